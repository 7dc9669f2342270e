"""A dashboard that is right, and what the checks say when one thing in it is wrong."""

import copy
import json
import unittest
from typing import Any, ClassVar

from . import metrics, rules, schema
from .dashboard import Dashboard, Expression
from .tidy import tidied

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SERIES = metrics.documented("""
| name | type | labels | meaning |
|---|---|---|---|
| `nodes` | gauge | `node`, `state` | Nodes. |
| `tasks_total` | counter |  | Tasks. |
| `duration_seconds` | histogram | `handler` | Time. |
| `manager` | a manager that answers | |
""")


def target(expr: str, **more: Any) -> dict[str, Any]:
    return {"datasource": DATASOURCE, "refId": "A", "expr": expr} | more


def panel(number: int, kind: str, x: int, asked: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": kind,
        "title": f"Panel {number}",
        "description": "What it shows.",
        "datasource": DATASOURCE,
        "gridPos": {"h": 8, "w": 12, "x": x, "y": 1},
        "targets": [asked],
        "fieldConfig": {"defaults": {"unit": "short", "noValue": "none"}, "overrides": []},
    } | more


RIGHT: dict[str, Any] = {
    "id": None,
    "uid": "vitals-right",
    "title": "Right",
    "description": "For tests.",
    "tags": ["vitals"],
    "editable": False,
    "schemaVersion": 41,
    "refresh": "30s",
    "links": [{"type": "dashboards", "title": "Vitals", "tags": ["vitals"]}],
    "annotations": {
        "list": [{"name": "Deploys", "datasource": DATASOURCE, "expr": "changes(nodes[$__rate_interval])"}]
    },
    "templating": {
        "list": [
            {
                "name": "datasource",
                "type": "datasource",
                "query": "prometheus",
                "label": "L",
                "description": "D",
                "options": [],
            },
            {
                "name": "node",
                "type": "query",
                "query": {"query": "label_values(nodes, node)"},
                "datasource": DATASOURCE,
                "refresh": 2,
                "label": "L",
                "description": "D",
                "options": [],
            },
        ]
    },
    "panels": [
        {
            "id": 1,
            "type": "row",
            "title": "Row",
            "collapsed": False,
            "panels": [],
            "gridPos": {"h": 1, "w": 24, "x": 0, "y": 0},
        },
        panel(2, "timeseries", 0, target('sum by (state) (nodes{node=~"$node"})', legendFormat="{{state}}")),
        panel(
            3,
            "table",
            12,
            target("rate(tasks_total[$__rate_interval])", format="table", instant=True),
            transformations=[{"id": "organize", "options": {"renameByName": {"node": "Node", "Value": "Tasks"}}}],
            options={"showHeader": True, "sortBy": [{"displayName": "Tasks", "desc": True}]},
        ),
    ],
}


# Where a change is made. A change is the path to a value, and the new value.
PLOT, TABLE, VARIABLE = ("panels", 1), ("panels", 2), ("templating", "list", 1)
DEFAULTS = (*PLOT, "fieldConfig", "defaults")
REMOVED = object()

Change = tuple[tuple[str | int, ...], object]


def changed(change: Change) -> dict[str, Any]:
    data = copy.deepcopy(RIGHT)
    *path, last = change[0]
    place: Any = data
    for step in path:
        place = place[step]
    if change[1] is REMOVED:
        del place[last]
    else:
        place[last] = change[1]
    return data


def problems(data: dict[str, Any]) -> list[str]:
    dashboard = Dashboard("right", tidied(json.dumps(data)))
    return [*schema.problems(dashboard.data), *rules.problems([dashboard], SERIES, schema.UNITS)]


class Rules(unittest.TestCase):
    WRONG: ClassVar[dict[str, Change]] = {
        "uid is not vitals-right": (("uid",), "other"),
        "schemaVersion 16": (("schemaVersion",), 16),
        "no tag vitals": (("tags",), []),
        "no links to the other dashboards": (("links",), []),
        "exported for sharing externally": (("__inputs",), []),
        "no refresh": (("refresh",), REMOVED),
        "no description": ((*PLOT, "description"), REMOVED),
        "no unit": ((*DEFAULTS, "unit"), REMOVED),
        "unit byte is none of Grafana's": ((*DEFAULTS, "unit"), "byte"),
        "(noValue)": ((*DEFAULTS, "noValue"), REMOVED),
        "type graph": ((*PLOT, "type"), "graph"),
        "panel id twice: 1": ((*PLOT, "id"), 1),
        "panel title twice: Panel 2": ((*TABLE, "title"), "Panel 2"),
        "Panel 2: not of ${datasource}": ((*PLOT, "datasource", "uid"), "prometheus"),
        "A: not of ${datasource}": ((*PLOT, "targets", 0, "datasource"), REMOVED),
        "annotation Deploys: not of ${datasource}": (("annotations", "list", 0, "datasource"), REMOVED),
        "asks nothing": ((*PLOT, "targets"), []),
        "A: no expression": ((*PLOT, "targets", 0, "expr"), ""),
        "no legend": ((*PLOT, "targets", 0, "legendFormat"), REMOVED),
        "a table asks for one moment": ((*TABLE, "targets", 0, "instant"), False),
        "refId twice: A": ((*PLOT, "targets"), [target("up"), target("up")]),
        "Panel 3 overlaps Panel 2": ((*TABLE, "gridPos", "x"), 11),
        "gap in the grid at y 8": ((*PLOT, "gridPos", "h"), 7),
        "Panel 3 is beyond the 24 columns": ((*TABLE, "gridPos", "w"), 13),
        "[5m] does not follow": ((*TABLE, "targets", 0, "expr"), "rate(tasks_total[5m])"),
        "[1m] does not follow": (("annotations", "list", 0, "expr"), "changes(nodes[1m])"),
        "knots is not in docs/metrics.md": ((*TABLE, "targets", 0, "expr"), "max by (node) (knots)"),
        "duration_seconds is not in docs/metrics.md": ((*TABLE, "targets", 0, "expr"), "duration_seconds"),
        "tasks_total has no label node": ((*TABLE, "targets", 0, "expr"), 'tasks_total{node="a"}'),
        "variable node is not used": ((*PLOT, "targets", 0, "expr"), "nodes"),
        "variable stack is not defined": ((*TABLE, "targets", 0, "expr"), 'nodes{state=~"${stack:regex}"}'),
        "variable node: is not refreshed": ((*VARIABLE, "refresh"), 1),
        "variable node: not of ${datasource}": ((*VARIABLE, "datasource"), REMOVED),
        "does not ask for label_values": ((*VARIABLE, "query", "query"), "query_result(nodes)"),
        "$node: knots is not in": ((*VARIABLE, "query", "query"), "label_values(knots, node)"),
        "variable node: nodes has no label stack": ((*VARIABLE, "query", "query"), "label_values(nodes, stack)"),
        "variable node: no label": ((*VARIABLE, "label"), ""),
        "no column Value #A": ((*TABLE, "transformations", 0, "options", "renameByName", "Value #A"), "Tasks"),
        "no column Task": ((*TABLE, "options", "sortBy", 0, "displayName"), "Task"),
        "no data would have the colour": (
            PLOT,
            {**RIGHT["panels"][1], "type": "stat", "options": {"colorMode": "background"}},
        ),
        "link to nothing": ((*DEFAULTS, "links"), [{"title": "L", "url": "/d/gone"}]),
        "vitals-right has no variable stack": (
            (*DEFAULTS, "links"),
            [{"title": "L", "url": "/d/vitals-right?var-stack=a"}],
        ),
    }

    def test_nothing_is_said_of_a_dashboard_that_is_right(self) -> None:
        self.assertEqual(problems(RIGHT), [])

    def test_every_rule_is_held(self) -> None:
        for said, change in self.WRONG.items():
            with self.subTest(said):
                self.assertIn(said, "\n".join(problems(changed(change))))

    def test_two_files_of_the_same_uid(self) -> None:
        twice = [Dashboard("right", tidied(json.dumps(RIGHT)))] * 2
        self.assertIn("uid twice: vitals-right", list(rules.problems(twice, SERIES, schema.UNITS)))

    def test_a_file_that_is_not_tidy(self) -> None:
        found = rules.problems([Dashboard("right", json.dumps(RIGHT | {"id": 7, "version": 3}))], SERIES, schema.UNITS)
        self.assertTrue(any("is not tidy" in problem for problem in found))


class Schema(unittest.TestCase):
    WRONG: ClassVar[dict[str, Change]] = {
        ".colour: unknown to Grafana": (("colour",), "red"),
        ".panels[1].tittle: unknown to Grafana": ((*PLOT, "tittle"), "T"),
        ".panels[1].targets[0].legend: unknown to Grafana": ((*PLOT, "targets", 0, "legend"), "l"),
        ".panels[2].options.showHeaders: unknown to Grafana": ((*TABLE, "options", "showHeaders"), True),
        ".panels[1].fieldConfig.defaults.units: unknown to Grafana": ((*DEFAULTS, "units"), "s"),
        ".panels[1].fieldConfig.defaults.custom.width: unknown to Grafana": ((*DEFAULTS, "custom"), {"width": 1}),
        ".panels[2].transformations[0].option: unknown to Grafana": ((*TABLE, "transformations", 0, "option"), {}),
        ".title: 7 is no str": (("title",), 7),
        ".tags[1]: 7 is no str": (("tags",), ["vitals", 7]),
        ".graph_tooltip: 9 is no DashboardCursorSync": (("graphTooltip",), 9),
        ".panels[1].grid_pos.h: '8' is no int": ((*PLOT, "gridPos", "h"), "8"),
        ".custom.draw_style: 'curve' is no GraphDrawStyle": ((*DEFAULTS, "custom"), {"drawStyle": "curve"}),
        "is no dashboard: KeyError: 'type'": ((*PLOT, "type"), REMOVED),
    }

    def test_what_grafana_would_ignore_or_stumble_over(self) -> None:
        for said, change in self.WRONG.items():
            with self.subTest(said):
                self.assertIn(said, "\n".join(schema.problems(changed(change))))


class Metrics(unittest.TestCase):
    def test_the_names_in_an_expression(self) -> None:
        for expr, names in {
            'sum by (node) (rate(a_total{b="c{d}",e=~"x|y"}[$__rate_interval]))': {"a_total"},
            "max without (instance, job) (a) / on (node) group_left (state) b > bool 0": {"a", "b"},
            "histogram_quantile(0.95, sum(rate(a_bucket[5m])) by (le)) or vector(0)": {"a_bucket"},
            'label_join(a * 1000 and ignoring (x) b{s!="i"}, "subject", " ", "service")': {"a", "b"},
            "a:b:sum - 1e9": {"a:b:sum"},
            "time() - min(a) >= +Inf unless b offset 1h": {"a", "b"},
        }.items():
            with self.subTest(expr):
                self.assertEqual(metrics.names(expr), names)

    def test_the_tables_of_the_document(self) -> None:
        self.assertEqual(SERIES["nodes"], {"node", "state"})
        self.assertEqual(SERIES["duration_seconds_bucket"], {"handler", "le"})
        self.assertNotIn("manager", SERIES)


class Substitution(unittest.TestCase):
    def test_variables_become_values(self) -> None:
        asked = Expression("Panel", "A", 'rate(nodes{node=~"$node",state=~"${node:regex}"}[$__rate_interval])')
        self.assertEqual(asked.concrete, 'rate(nodes{node=~".*",state=~".*"}[1m])')
