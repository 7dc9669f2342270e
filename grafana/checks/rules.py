"""What every dashboard keeps to, beyond Grafana's schema. README.md says why."""

import re
from typing import Iterable, Iterator

from . import metrics
from .dashboard import DURATIONS, JSON, Dashboard, values, variables
from .tidy import tidied

PANELS = {"bargauge", "heatmap", "stat", "state-timeline", "table", "timeseries"}
SCHEMA_VERSIONS = range(39, 43)
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24


def problems(dashboards: Iterable[Dashboard], series: dict[str, set[str] | None], units: set[str]) -> Iterator[str]:
    """Everything that is wrong, a line each."""
    dashboards = list(dashboards)
    for dashboard in dashboards:
        found = [*_file(dashboard), *_variables(dashboard, series), *_annotations(dashboard), *_grid(dashboard)]
        found += _unique("panel title", [panel.get("title") for panel in dashboard.panels])
        found += _unique("panel id", [panel.get("id") for panel in [*dashboard.rows, *dashboard.panels]])
        for panel in dashboard.panels:
            found += (f"{panel.get('title') or panel.get('id')}: {text}" for text in _panel(panel, dashboards, units))
        for expression in dashboard.expressions:
            asked = [*_windows(expression.expr), *metrics.problems(expression.expr, series)]
            found += (f"{expression.place}: {text}" for text in asked)
        yield from (f"{dashboard.file}.json: {text}" for text in found)
    yield from _unique("uid", [dashboard.uid for dashboard in dashboards])


def _unique(what: str, values: list[object]) -> list[str]:
    return [f"{what} twice: {value}" for value in sorted({str(value) for value in values if values.count(value) > 1})]


def _file(dashboard: Dashboard) -> Iterator[str]:
    data = dashboard.data
    if dashboard.uid != f"vitals-{dashboard.file}":
        yield f"uid is not vitals-{dashboard.file}"
    if data.get("schemaVersion") not in SCHEMA_VERSIONS:
        yield f"schemaVersion {data.get('schemaVersion')}"
    if "vitals" not in data.get("tags", []):
        yield "no tag vitals, by which the dashboards link to each other"
    if not any(link.get("type") == "dashboards" and link.get("tags") == ["vitals"] for link in data.get("links", [])):
        yield "no links to the other dashboards"
    if "__inputs" in data or "${DS_" in dashboard.text:
        yield "was exported for sharing externally: export it without that"
    for key in ("title", "description", "refresh"):
        if not data.get(key):
            yield f"no {key}"
    if dashboard.text != tidied(dashboard.text):
        yield "is not tidy: run grafana/check.py --tidy on it"


def _variables(dashboard: Dashboard, series: dict[str, set[str] | None]) -> Iterator[str]:
    defined = [variable["name"] for variable in dashboard.variables]
    yield from _unique("variable", defined)
    if defined[:1] != ["datasource"]:
        yield "the first variable is not datasource"
    # A variable is used where something is asked; links that set it do not count.
    used = variables(str(DATASOURCE)).union(*(variables(expression.expr) for expression in dashboard.expressions))
    for variable in sorted(set(defined) - used):
        yield f"variable {variable} is not used"
    for variable in sorted(used - set(defined) - set(DURATIONS)):
        yield f"variable {variable} is not defined"
    for variable in dashboard.variables:
        if not variable.get("label") or not variable.get("description"):
            yield f"variable {variable['name']}: no label or no description"
        if variable["type"] == "query":
            selector, label = values(variable)
            if not selector:
                yield f"variable {variable['name']}: does not ask for label_values(selector, label)"
            for name in metrics.names(selector) & series.keys():
                if label not in (metrics.labels(name, series) or {label}):
                    yield f"variable {variable['name']}: {name} has no label {label}"
            if variable.get("datasource") != DATASOURCE:
                yield f"variable {variable['name']}: not of ${{datasource}}"
            if variable.get("refresh") != 2:
                yield f"variable {variable['name']}: is not refreshed when the time range changes"


def _annotations(dashboard: Dashboard) -> Iterator[str]:
    for annotation in dashboard.annotations:
        if annotation.get("datasource") != DATASOURCE:
            yield f"annotation {annotation.get('name')}: not of ${{datasource}}"


def _grid(dashboard: Dashboard) -> Iterator[str]:
    """The panels cover the page: no gap and no overlap."""
    # A collapsed row hides its panels; opened, they follow it.
    panels = dashboard.data.get("panels", [])
    for page in [panels, *(panel["panels"] for panel in panels if panel.get("panels"))]:
        taken: dict[tuple[int, int], str] = {}
        for panel in page:
            at = panel["gridPos"]
            for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
                if cell in taken:
                    yield f"{panel.get('title')} overlaps {taken[cell]}"
                    break
                taken[cell] = panel.get("title", "")
            if at["x"] + at["w"] > COLUMNS:
                yield f"{panel.get('title')} is beyond the {COLUMNS} columns"
        lines = range(min((y for _, y in taken), default=0), max((y for _, y in taken), default=-1) + 1)
        gaps = sorted({y for y in lines for x in range(COLUMNS) if (x, y) not in taken})
        if gaps:
            yield f"gap in the grid at y {gaps[0]}"


def _windows(expr: str) -> Iterator[str]:
    for window in re.findall(r"\[([^\]]*)\]", expr):
        if window not in ("$__rate_interval", "$__range"):
            yield f"[{window}] does not follow the time range: use [$__rate_interval] or [$__range]"


def _panel(panel: JSON, dashboards: list[Dashboard], units: set[str]) -> Iterator[str]:
    if panel.get("type") not in PANELS:
        yield f"type {panel.get('type')}"
    for key in ("title", "description"):
        if not panel.get(key):
            yield f"no {key}"
    if panel.get("datasource") != DATASOURCE:
        yield "not of ${datasource}"
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    if not defaults.get("unit"):
        yield "no unit"
    if not defaults.get("noValue"):
        yield "no text for the case that there is no data (noValue)"
    yield from _targets(panel)
    overrides = panel.get("fieldConfig", {}).get("overrides", [])
    properties = [item for override in overrides for item in override["properties"]]
    shown = [defaults.get("unit"), *(item["value"] for item in properties if item["id"] == "unit")]
    yield from (f"unit {unit} is none of Grafana's" for unit in shown if unit and unit not in units)
    lists = [defaults.get("links", []), *(item["value"] for item in properties if item["id"] == "links")]
    for link in sum(lists, []):
        yield from _link(link["url"], dashboards)
    if panel.get("type") == "table":
        yield from _columns(panel)
    if panel.get("type") == "stat" and panel.get("options", {}).get("colorMode", "value").startswith("background"):
        special = [item["options"].get("match") for item in defaults.get("mappings", []) if item["type"] == "special"]
        if "null+nan" not in special:
            yield "no data would have the colour of the lowest threshold: map null+nan to a colour of its own"


def _targets(panel: JSON) -> Iterator[str]:
    targets = panel.get("targets", [])
    yield from _unique("refId", [target.get("refId") for target in targets])
    if not targets:
        yield "asks nothing"
    for target in targets:
        if target.get("datasource") != DATASOURCE:
            yield f"{target.get('refId')}: not of ${{datasource}}"
        if not target.get("expr"):
            yield f"{target.get('refId')}: no expression"
        if panel.get("type") == "table":
            if target.get("format") != "table" or not target.get("instant"):
                yield f"{target.get('refId')}: a table asks for one moment, as a table"
        elif not target.get("legendFormat"):
            yield f"{target.get('refId')}: no legend"


def _link(url: str, dashboards: list[Dashboard]) -> Iterator[str]:
    """Grafana opens a link to what does not exist without a word."""
    match = re.match(r"/d/([\w-]+)", url)
    target = next((dashboard for dashboard in dashboards if match and dashboard.uid == match[1]), None)
    if target is None:
        yield f"link to nothing: {url}"
        return
    known = {variable["name"] for variable in target.variables}
    yield from (f"{target.uid} has no variable {name}" for name in re.findall(r"var-(\w+)=", url) if name not in known)


def _columns(panel: JSON) -> Iterator[str]:
    """Columns that are renamed, formatted or sorted by exist; Grafana ignores those that do not."""
    organize: JSON = {}
    for item in panel.get("transformations", []):
        if item["id"] == "organize":
            organize = item["options"]
    renamed = organize.get("renameByName", {})
    named = [*renamed, *organize.get("excludeByName", {}), *organize.get("indexByName", {})]
    # A query alone has no letter.
    letters = [f" #{target.get('refId')}" for target in panel["targets"]] if len(panel["targets"]) > 1 else [""]
    values = {f"Value{letter}" for letter in letters}
    for column in dict.fromkeys(named):
        if column.startswith("Value") and column not in values:
            yield f"no column {column}"
    known = {renamed.get(column, column) for column in named}
    matchers = [override["matcher"] for override in panel["fieldConfig"].get("overrides", [])]
    matched = [matcher["options"] for matcher in matchers if matcher["id"] == "byName"]
    matched += [item["displayName"] for item in panel.get("options", {}).get("sortBy", [])]
    yield from (f"no column {column}" for column in dict.fromkeys(matched) if column not in known)
