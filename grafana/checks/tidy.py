"""The form in which a dashboard is committed, so that two exports differ in what was changed and nothing else."""

import json
from typing import Any

ALL = {"selected": True, "text": ["All"], "value": ["$__all"]}


def tidied(text: str) -> str:
    """An export of Grafana without what belongs to the Grafana that it came from."""
    data = json.loads(text)
    data["id"] = None
    data["editable"] = False
    for key in ("version", "iteration", "gnetId", "revision"):
        data.pop(key, None)
    for variable in data.get("templating", {}).get("list", []):
        variable["options"] = []
        if variable.get("includeAll"):
            variable["current"] = dict(ALL)
    for panel in data.get("panels", []):
        _tidy(panel)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _tidy(panel: dict[str, Any]) -> None:
    panel.pop("pluginVersion", None)
    for inner in panel.get("panels", []):
        _tidy(inner)
