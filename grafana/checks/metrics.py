"""The families that docs/metrics.md names, and what an expression asks of them."""

import fnmatch
import pathlib
import re
from typing import Iterator

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "metrics.md"

# What Prometheus adds to every series of a target.
TARGET = {"instance", "job"}
# Where several servers are watched, every series of theirs has it.
SERVER = {"pg_": {"server"}, "redis_": {"server"}}
# What Prometheus makes by itself; None: the labels are whatever an alert has.
PROMETHEUS: dict[str, set[str] | None] = {
    "ALERTS": None,
    "ALERTS_FOR_STATE": None,
    "scrape_duration_seconds": set(),
    "scrape_samples_scraped": set(),
    "scrape_series_added": set(),
    "up": set(),
}

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SELECTOR = re.compile(r"\b([a-zA-Z_:][\w:]*)\s*\{([^}]*)\}")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_CLAUSE = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_NAME = re.compile(r"(?<![\w:.$])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])")
_TYPES = {"counter", "gauge", "histogram", "info", "summary", "unknown", "untyped"}
_KEYWORDS = {"and", "or", "unless", "atan2", "bool", "offset", "inf", "nan", "group_left", "group_right"}


def documented(text: str) -> dict[str, set[str] | None]:
    """The series that can be asked for, with their labels, from the tables of docs/metrics.md."""
    series = dict(PROMETHEUS)
    for row in re.findall(r"^\| (`.*) \|$", text, re.MULTILINE):
        cells = [cell.strip() for cell in row.split(" | ")]
        if len(cells) < 3 or cells[1] not in _TYPES:
            continue
        family, kind, labels = cells[0].strip("`"), cells[1], set(re.findall(r"`(\w+)`", cells[2]))
        if kind == "histogram":
            series |= {family + "_bucket": labels | {"le"}, family + "_sum": labels, family + "_count": labels}
        else:
            series[family] = labels
    return series


def names(expr: str) -> set[str]:
    """The metrics that an expression asks for."""
    expr = _CLAUSE.sub(" ", re.sub(r"\[[^\]]*\]", " ", re.sub(r"\{[^}]*\}", " ", _STRING.sub(" ", expr))))
    return {name for name in _NAME.findall(expr) if name.lower() not in _KEYWORDS}


def row(name: str, series: dict[str, set[str] | None]) -> str | None:
    """What the document has the series under: its name, or a pattern with `*`; None where it has it not."""
    if name in series:
        return name
    return next((pattern for pattern in series if "*" in pattern and fnmatch.fnmatchcase(name, pattern)), None)


def labels(name: str, series: dict[str, set[str] | None]) -> set[str] | None:
    """The labels that a series may have; None of one that may have any."""
    known = series.get(row(name, series))
    return known if known is None else known | TARGET | SERVER.get(name[: name.find("_") + 1], set())


def problems(expr: str, series: dict[str, set[str] | None]) -> Iterator[str]:
    """What no series can answer."""
    for name in sorted(names(expr)):
        if row(name, series) is None:
            yield f"{name} is not in docs/metrics.md"
    for name, matchers in _SELECTOR.findall(_STRING.sub('""', expr)):
        known = labels(name, series)
        for label in _LABEL.findall(matchers):
            if known is not None and label not in known:
                yield f"{name} has no label {label}"
