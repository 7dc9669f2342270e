#!/usr/bin/env python3
"""Checks prometheus/ and docs/runbooks/: that Prometheus and Alertmanager take their files, that the rules' tests pass,
and that rules, tests, runbooks and docs/metrics.md fit together. Says nothing but what is wrong."""

import pathlib
import re
import subprocess
import sys
import tempfile
from typing import Any, Iterator

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "grafana"))
from checks import metrics  # noqa: E402

RULES = sorted((ROOT / "prometheus/rules").glob("*.yml"))
TESTS = sorted((ROOT / "prometheus/tests").glob("*.yml"))
RUNBOOKS = ROOT / "docs/runbooks"
SECTIONS = ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation"]
QUESTIONS = re.compile(r"^ *```promql\n(.*?)^ *```", re.M | re.S)
# Whom Alertmanager tells, by severity.
RECEIVERS = {"critical": "critical", "warning": "warning", "info": "digest", "": "warning"}

Rule = dict[str, Any]


def main() -> int:
    rules = [rule for file in RULES for group in load(file)["groups"] for rule in group["rules"]]
    alerts = {rule["alert"]: rule for rule in rules if "alert" in rule}
    asked = list(questions())
    checks = [
        tools(), found(asked), asked_by_prometheus(asked), pages(alerts), index(alerts), tested(alerts), silenced(alerts),
        known(rules, asked),
    ]
    problems = [problem for check in checks for problem in check]
    for problem in problems:
        print(f"check-monitoring: {problem}", file=sys.stderr)
    return 1 if problems else 0


def load(path: pathlib.Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def tools() -> Iterator[str]:
    """What the programs say of their own files."""
    yield from failure("promtool", "check", "config", "prometheus/prometheus.yml")
    yield from failure("promtool", "check", "rules", "--lint=all", "--lint-fatal", *map(str, RULES))
    yield from failure("promtool", "test", "rules", *map(str, TESTS))
    yield from failure("amtool", "check-config", "prometheus/alertmanager.yml")
    for severity, receiver in RECEIVERS.items():
        file, verify = "--config.file=prometheus/alertmanager.yml", f"--verify.receivers={receiver}"
        yield from failure("amtool", "config", "routes", "test", file, verify, "alertname=Any", f"severity={severity}")


def failure(*command: str) -> Iterator[str]:
    try:
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        yield f"{command[0]} is missing: scripts/install-dependencies test"
        return
    if result.returncode != 0:
        yield f"failed: {' '.join(command)}\n{result.stdout}{result.stderr}"


def questions() -> Iterator[tuple[str, str]]:
    """The expressions that the runbooks tell to ask, with the page's name."""
    for page in sorted(RUNBOOKS.glob("*.md")):
        for block in QUESTIONS.findall(page.read_text(encoding="utf-8")):
            yield from ((page.stem, line.strip()) for line in block.splitlines() if line.strip())


def found(asked: list[tuple[str, str]]) -> Iterator[str]:
    """No question is overlooked for the way in which it is written."""
    if not asked:
        yield "docs/runbooks: no question to Prometheus is found"
    for page in sorted(RUNBOOKS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if len(QUESTIONS.findall(text)) != len(re.findall(r"(?:```|~~~).*promql", text, re.I)):
            yield f"{page.name}: a block of promql is not read"


def asked_by_prometheus(asked: list[tuple[str, str]]) -> Iterator[str]:
    # YAML is a superset of JSON; the names only have to differ.
    recorded = [{"record": f"{page}:{number}", "expr": expr} for number, (page, expr) in enumerate(asked)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        yaml.safe_dump({"groups": [{"name": "asked", "rules": recorded}]}, file)
        file.flush()
        yield from failure("promtool", "check", "rules", "--lint=none", file.name)


def pages(alerts: dict[str, Rule]) -> Iterator[str]:
    """Every alert has a severity and a page, and every page an alert."""
    for name, rule in alerts.items():
        severity, url = rule["labels"].get("severity"), rule["annotations"].get("runbook_url")
        if severity not in RECEIVERS:
            yield f"{name}: severity is {severity!r}"
        if url != f"{{{{ $externalLabels.runbooks }}}}/{name}.md":
            yield f"{name}: runbook_url is {url!r}"
        page = RUNBOOKS / f"{name}.md"
        if not page.exists():
            yield f"{name}: there is no {page.relative_to(ROOT)}"
            continue
        lines = page.read_text(encoding="utf-8").splitlines()
        if lines[0] != f"# {name}":
            yield f"{page.name}: the title is not {name}"
        if [line for line in lines if line.startswith("## ")] != SECTIONS:
            yield f"{page.name}: the sections are not {', '.join(SECTIONS)}"
    for page in RUNBOOKS.glob("*.md"):
        if page.stem != "README" and page.stem not in alerts:
            yield f"{page.name}: there is no such alert"


def index(alerts: dict[str, Rule]) -> Iterator[str]:
    """The table of docs/runbooks/README.md has each alert as it is."""
    text = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    rows = {name: (severity, wait) for name, severity, wait in re.findall(
        r"^\| \[(\w+)\]\(\1\.md\) \| (\w+) \| (\S+) \|", text, re.M)}
    for name in sorted(rows.keys() | alerts.keys()):
        rule = alerts.get(name)
        wanted = (rule["labels"].get("severity"), rule.get("for", "-")) if rule else None
        if rows.get(name) != wanted:
            yield f"docs/runbooks/README.md: {name} is {rows.get(name)}, the alert is {wanted}"


def tested(alerts: dict[str, Rule]) -> Iterator[str]:
    """Every alert has a test in which it fires, and one in which it does not."""
    ways: set[tuple[str, bool]] = set()
    for file in TESTS:
        for test in load(file)["tests"]:
            for case in test.get("alert_rule_test", []):
                ways.add((case["alertname"], bool(case.get("exp_alerts"))))
    for name in alerts:
        if (name, True) not in ways:
            yield f"{name}: no test in prometheus/tests in which it fires"
        if (name, False) not in ways:
            yield f"{name}: no test in prometheus/tests in which it is silent"


def silenced(alerts: dict[str, Rule]) -> Iterator[str]:
    """Alertmanager's rules name alerts that there are."""
    text = (ROOT / "prometheus/alertmanager.yml").read_text(encoding="utf-8")
    for pattern in sorted({part for names in re.findall(r'alertname=~?"([^"]*)"', text) for part in names.split("|")}):
        if not any(re.fullmatch(pattern, name) for name in alerts):
            yield f"prometheus/alertmanager.yml: no alert is called {pattern}"


def known(rules: list[Rule], asked: list[tuple[str, str]]) -> Iterator[str]:
    """Every expression asks for what docs/metrics.md has, and the tests' series have the labels that it has."""
    series = metrics.documented(metrics.DOCUMENT.read_text(encoding="utf-8"))
    recorded = {rule["record"]: None for rule in rules if "record" in rule}
    expressions = [(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules] + asked
    for place, expr in expressions:
        yield from (f"{place}: {problem}" for problem in metrics.problems(expr, series | recorded))
    given = {entry["series"] for file in TESTS for test in load(file)["tests"] for entry in test.get("input_series", [])}
    for selector in sorted(given):
        yield from (f"prometheus/tests: {problem}" for problem in metrics.problems(selector, series | recorded))


if __name__ == "__main__":
    sys.exit(main())
