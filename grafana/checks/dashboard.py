"""A dashboard as it is in its file."""

import json
import pathlib
import re
from dataclasses import dataclass
from typing import Any, Iterator

JSON = dict[str, Any]

GRAFANA = pathlib.Path(__file__).resolve().parent.parent
DIRECTORY = GRAFANA / "dashboards"

# Grafana's own variables that stand for a duration.
DURATIONS = ("__rate_interval", "__range", "__interval")
_VALUES = re.compile(r"label_values\((.*), *(\w+)\)$")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")


@dataclass(frozen=True)
class Expression:
    """A question of a dashboard to Prometheus, with the place where it stands."""

    place: str
    reference: str
    expr: str

    @property
    def concrete(self) -> str:
        """The expression as Grafana sends it when all values of every variable are selected."""
        return _VARIABLE.sub(lambda match: "1m" if name(match) in DURATIONS else ".*", self.expr)


def name(match: re.Match[str]) -> str:
    return match[1] or match[2]


def variables(text: str) -> set[str]:
    """The names of the variables that a text refers to."""
    return {name(match) for match in _VARIABLE.finditer(text)}


class Dashboard:
    """One file. `file` is the name without directory and suffix."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.data: JSON = json.loads(text)

    @classmethod
    def read(cls, path: pathlib.Path) -> "Dashboard":
        return cls(path.stem, path.read_text(encoding="utf-8"))

    @property
    def uid(self) -> str:
        return self.data.get("uid") or ""

    @property
    def variables(self) -> list[JSON]:
        return list(self.data.get("templating", {}).get("list", []))

    @property
    def rows(self) -> list[JSON]:
        return [panel for panel in self.data.get("panels", []) if panel.get("type") == "row"]

    @property
    def panels(self) -> Iterator[JSON]:
        """All panels that show something, also those in collapsed rows."""
        for panel in self.data.get("panels", []):
            if panel.get("type") == "row":
                yield from panel.get("panels", [])
            else:
                yield panel

    @property
    def annotations(self) -> Iterator[JSON]:
        """Annotations that ask Prometheus, not Grafana itself."""
        for annotation in self.data.get("annotations", {}).get("list", []):
            if not annotation.get("builtIn"):
                yield annotation

    @property
    def expressions(self) -> Iterator[Expression]:
        for panel in self.panels:
            for target in panel.get("targets", []):
                yield Expression(panel.get("title", ""), target.get("refId", ""), target.get("expr", ""))
        for annotation in self.annotations:
            # Where Grafana writes it, and where it reads it too.
            expr = annotation.get("target", {}).get("expr") or annotation.get("expr", "")
            yield Expression(annotation.get("name", ""), "annotation", expr)
        for variable in self.variables:
            if variable.get("type") == "query":
                yield Expression(f"${variable.get('name')}", "variable", values(variable)[0])


def values(variable: JSON) -> tuple[str, str]:
    """The selector and the label that a variable takes its values from: `label_values(selector, label)`."""
    asked = variable.get("query", "")
    match = _VALUES.match(asked.get("query", "") if isinstance(asked, dict) else asked)
    return (match[1], match[2]) if match else ("", "")


def all_dashboards(directory: pathlib.Path = DIRECTORY) -> list[Dashboard]:
    return [Dashboard.read(path) for path in sorted(directory.glob("**/*.json"))]
