#!/usr/bin/env python3
"""Checks the dashboards: Grafana's schema, the rules of README.md, the metrics' names, and PromQL by promtool.

check.py                     everything; needs grafana-foundation-sdk and promtool
check.py --list-expressions  what the dashboards ask Prometheus, a line of JSON each, all variables selected
check.py --tidy FILE...      bring an export of Grafana into the form that is committed
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
from typing import Iterator

from checks import metrics, rules
from checks.dashboard import DIRECTORY, Dashboard, all_dashboards
from checks.tidy import tidied


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list-expressions", action="store_true", help="print the expressions and exit")
    parser.add_argument("--tidy", nargs="+", type=pathlib.Path, metavar="FILE", help="rewrite these files and exit")
    arguments = parser.parse_args()
    if arguments.tidy:
        for path in arguments.tidy:
            path.write_text(tidied(path.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    dashboards = all_dashboards()
    if arguments.list_expressions:
        for line in expressions(dashboards):
            print(json.dumps(line))
        return 0
    found = list(problems(dashboards))
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        return 1
    panels = sum(len(list(dashboard.panels)) for dashboard in dashboards)
    asked = sum(len(list(dashboard.expressions)) for dashboard in dashboards)
    print(f"{len(dashboards)} dashboards, {panels} panels, {asked} expressions")
    return 0


def expressions(dashboards: list[Dashboard]) -> Iterator[dict[str, str]]:
    for dashboard in dashboards:
        for expression in dashboard.expressions:
            place = {"dashboard": dashboard.uid, "panel": expression.place, "ref": expression.reference}
            yield place | {"expr": expression.concrete}


def problems(dashboards: list[Dashboard]) -> Iterator[str]:
    # Not needed by the other commands.
    from checks import schema

    if not dashboards:
        yield f"no dashboard in {DIRECTORY}"
    for dashboard in dashboards:
        yield from (f"{dashboard.file}.json: {problem}" for problem in schema.problems(dashboard.data))
    series = metrics.documented(metrics.DOCUMENT.read_text(encoding="utf-8"))
    yield from rules.problems(dashboards, series, schema.UNITS)
    yield from unparsed(dashboards)


def unparsed(dashboards: list[Dashboard]) -> Iterator[str]:
    """What Prometheus' own parser says of the expressions, as a file of recording rules."""
    if not shutil.which("promtool"):
        yield "promtool is missing: it is in Debian's package prometheus"
        return
    lines = list(expressions(dashboards))
    # YAML is a superset of JSON.
    recorded = [{"record": f"expression_{index}", "expr": line["expr"]} for index, line in enumerate(lines)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"groups": [{"name": "dashboards", "rules": recorded}]}, file)
        file.flush()
        run = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True)
    if run.returncode == 0:
        return
    for line in (run.stdout + run.stderr).splitlines():
        index = line.partition('"expression_')[2].partition('"')[0]
        if index.isdigit():
            place = lines[int(index)]
            yield f"{place['dashboard']}: {place['panel']}: {line.rpartition('could not parse expression: ')[2]}"
        elif "FAILED" not in line and "Checking" not in line and line.strip():
            yield f"promtool: {line.strip()}"


if __name__ == "__main__":
    sys.exit(main())
