"""A dashboard that is right, and what the checks say when one thing in it is wrong."""

import copy
import json
import unittest
from typing import Any, Callable

from . import metrics, rules, schema
from .dashboard import Dashboard
from .tidy import tidied

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SERIES = metrics.documented(
    """
| name | type | labels | meaning |
|---|---|---|---|
| `nodes` | gauge | `node`, `state` | Nodes. |
| `tasks_total` | counter |  | Tasks. |
| `duration_seconds` | histogram | `handler` | Time. |
| `manager` | a manager that answers | |
"""
)


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
    "annotations": {"list": [{"name": "Deploys", "datasource": DATASOURCE, "expr": "changes(nodes[$__rate_interval])"}]},
    "templating": {
        "list": [
            {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "L", "description": "D", "options": []},
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
        {"id": 1, "type": "row", "title": "Row", "collapsed": False, "panels": [], "gridPos": {"h": 1, "w": 24, "x": 0, "y": 0}},
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


def problems(data: dict[str, Any], file: str = "right") -> list[str]:
    dashboard = Dashboard(file, tidied(json.dumps(data)))
    return [*schema.problems(dashboard.data), *rules.problems([dashboard], SERIES, schema.UNITS)]


class Rules(unittest.TestCase):
    # What is said, and the change that makes it true.
    wrong: dict[str, Callable[[dict[str, Any]], object]] = {
        "uid is not vitals-right": lambda data: data.update(uid="other"),
        "schemaVersion 16": lambda data: data.update(schemaVersion=16),
        "no tag vitals": lambda data: data.update(tags=[]),
        "no links to the other dashboards": lambda data: data.update(links=[]),
        "exported for sharing externally": lambda data: data.update(__inputs=[]),
        "no refresh": lambda data: data.pop("refresh"),
        "no description": lambda data: data["panels"][1].pop("description"),
        "no unit": lambda data: data["panels"][1]["fieldConfig"]["defaults"].pop("unit"),
        "unit byte is none of Grafana's": lambda data: data["panels"][1]["fieldConfig"]["defaults"].update(unit="byte"),
        "(noValue)": lambda data: data["panels"][1]["fieldConfig"]["defaults"].pop("noValue"),
        "type graph": lambda data: data["panels"][1].update(type="graph"),
        "panel id twice: 2": lambda data: data["panels"][2].update(id=2),
        "panel title twice: Panel 2": lambda data: data["panels"][2].update(title="Panel 2"),
        "Panel 2: not of ${datasource}": lambda data: data["panels"][1].update(datasource={"type": "prometheus", "uid": "prometheus"}),
        "A: not of ${datasource}": lambda data: data["panels"][1]["targets"][0].pop("datasource"),
        "annotation Deploys: not of ${datasource}": lambda data: data["annotations"]["list"][0].pop("datasource"),
        "asks nothing": lambda data: data["panels"][1].update(targets=[]),
        "no legend": lambda data: data["panels"][1]["targets"][0].pop("legendFormat"),
        "a table asks for one moment": lambda data: data["panels"][2]["targets"][0].pop("instant"),
        "refId twice: A": lambda data: data["panels"][1]["targets"].append(target("up", legendFormat="up")),
        "Panel 3 overlaps Panel 2": lambda data: data["panels"][2]["gridPos"].update(x=11),
        "gap in the grid at y 8": lambda data: data["panels"][1]["gridPos"].update(h=7),
        "Panel 3 is beyond the 24 columns": lambda data: data["panels"][2]["gridPos"].update(w=13),
        "[5m] does not follow": lambda data: data["panels"][2]["targets"][0].update(expr="rate(tasks_total[5m])"),
        "[1m] does not follow": lambda data: data["annotations"]["list"][0].update(expr="changes(nodes[1m])"),
        "knots is not in docs/metrics.md": lambda data: data["panels"][2]["targets"][0].update(expr="max by (node) (knots)"),
        "duration_seconds is not in docs/metrics.md": lambda data: data["panels"][2]["targets"][0].update(expr="duration_seconds"),
        "tasks_total has no label node": lambda data: data["panels"][2]["targets"][0].update(expr='tasks_total{node="a"}'),
        "variable node is not used": lambda data: data["panels"][1]["targets"][0].update(expr="nodes"),
        "variable stack is not defined": lambda data: data["panels"][2]["targets"][0].update(expr='nodes{state=~"${stack:regex}"}'),
        "variable node: is not refreshed": lambda data: data["templating"]["list"][1].update(refresh=1),
        "variable node: not of ${datasource}": lambda data: data["templating"]["list"][1].pop("datasource"),
        "variable node: no label": lambda data: data["templating"]["list"][1].pop("label"),
        "no column Value #A": lambda data: data["panels"][2]["transformations"][0]["options"]["renameByName"].update({"Value #A": "B"}),
        "no column Task": lambda data: data["panels"][2]["options"]["sortBy"][0].update(displayName="Task"),
        "link to nothing": lambda data: data["panels"][1]["fieldConfig"]["defaults"].update(links=[{"title": "L", "url": "/d/gone"}]),
        "vitals-right has no variable stack": lambda data: data["panels"][1]["fieldConfig"]["defaults"].update(
            links=[{"title": "L", "url": "/d/vitals-right?var-stack=a"}]
        ),
    }

    def test_nothing_is_said_of_a_dashboard_that_is_right(self) -> None:
        self.assertEqual(problems(RIGHT), [])

    def test_every_rule_is_kept(self) -> None:
        for said, change in self.wrong.items():
            with self.subTest(said):
                data = copy.deepcopy(RIGHT)
                change(data)
                self.assertIn(said, "\n".join(problems(data)))

    def test_two_files_of_the_same_uid(self) -> None:
        twice = [Dashboard("right", tidied(json.dumps(RIGHT)))] * 2
        self.assertIn("uid twice: vitals-right", list(rules.problems(twice, SERIES, schema.UNITS)))

    def test_a_file_that_is_not_tidy(self) -> None:
        found = rules.problems([Dashboard("right", json.dumps(RIGHT | {"id": 7, "version": 3}))], SERIES, schema.UNITS)
        self.assertTrue(any("is not tidy" in problem for problem in found))


class Schema(unittest.TestCase):
    def test_what_grafana_does_not_know(self) -> None:
        for path, change in {
            ".colour": lambda data: data.update(colour="red"),
            ".panels[1].tittle": lambda data: data["panels"][1].update(tittle="T"),
            ".panels[1].targets[0].legend": lambda data: data["panels"][1]["targets"][0].update(legend="l"),
            ".panels[2].options.showHeaders": lambda data: data["panels"][2]["options"].update(showHeaders=True),
            ".panels[1].fieldConfig.defaults.units": lambda data: data["panels"][1]["fieldConfig"]["defaults"].update(units="s"),
            ".panels[1].fieldConfig.defaults.custom.width": lambda data: data["panels"][1]["fieldConfig"]["defaults"].update(custom={"width": 1}),
            ".panels[2].transformations[0].option": lambda data: data["panels"][2]["transformations"][0].update(option={}),
        }.items():
            with self.subTest(path):
                self.assertIn(f"{path}: unknown to Grafana", self.said(change))

    def test_what_has_the_wrong_type(self) -> None:
        for said, change in {
            ".title: 7 is no str": lambda data: data.update(title=7),
            ".graph_tooltip: 9 is no DashboardCursorSync": lambda data: data.update(graphTooltip=9),
            ".panels[1].grid_pos.h: '8' is no int": lambda data: data["panels"][1]["gridPos"].update(h="8"),
            ".panels[1].field_config.defaults.custom.draw_style: 'line chart' is no GraphDrawStyle": lambda data: data["panels"][1][
                "fieldConfig"
            ]["defaults"].update(custom={"drawStyle": "line chart"}),
            ".tags[1]: 7 is no str": lambda data: data.update(tags=["vitals", 7]),
            "is no dashboard: KeyError: 'type'": lambda data: data["panels"][1].pop("type"),
        }.items():
            with self.subTest(said):
                self.assertIn(said, self.said(change))

    def said(self, change: Callable[[dict[str, Any]], object]) -> str:
        data = copy.deepcopy(RIGHT)
        change(data)
        return "\n".join(schema.problems(data))


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
        data = copy.deepcopy(RIGHT)
        data["panels"][1]["targets"][0]["expr"] = 'rate(nodes{node=~"$node",state=~"${node:regex}"}[$__rate_interval])'
        first = next(Dashboard("right", json.dumps(data)).expressions)
        self.assertEqual(first.concrete, 'rate(nodes{node=~".*",state=~".*"}[1m])')
