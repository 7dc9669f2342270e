"""Holds a dashboard to the types of Grafana's SDK.

The SDK's `from_json` drops what it does not know and takes any type. What it was given is therefore compared with what
it gives back, and its objects with their own annotations.
"""

import enum
import json
import types
import typing
from typing import Any, Iterator

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from .dashboard import JSON

plugins.register_default_plugins()

UNITS = {value for value in vars(units).values() if isinstance(value, str)}


def problems(data: JSON) -> Iterator[str]:
    try:
        model = models.Dashboard.from_json(data)
    except Exception as error:  # It has no error of its own: a KeyError or TypeError, by what is wrong.
        yield f"is no dashboard: {type(error).__name__}: {error}"
        return
    yield from _kept(data, model, "")


def _kept(data: JSON, model: Any, path: str) -> Iterator[str]:
    yield from _lost(data, json.loads(json.dumps(model, cls=JSONEncoder)), path)
    yield from _mistyped(model, type(model), path)


def _lost(given: Any, kept: Any, path: str) -> Iterator[str]:
    """What the SDK did not keep. A null is nothing."""
    if given is None:
        return
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key in kept:
                yield from _lost(value, kept[key], f"{path}.{key}")
            elif value is not None:
                yield f"{path}.{key}: unknown to Grafana"
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for index, (value, other) in enumerate(zip(given, kept)):
            yield from _lost(value, other, f"{path}[{index}]")
    elif given != kept:
        yield f"{path}: {given!r} is taken for {kept!r}"


def _mistyped(value: Any, hint: Any, path: str) -> Iterator[str]:
    if _is_model(type(value)):
        for attribute, inner in typing.get_type_hints(type(value)).items():
            yield from _mistyped(getattr(value, attribute, None), inner, f"{path}.{attribute.removesuffix('_val')}")
    elif isinstance(value, dict) and (model := next(filter(_is_model, _choices(hint)), None)):
        # Some of them the SDK leaves as they are.
        yield from _kept(value, model.from_json(value), path)
    elif not _matches(value, hint):
        yield f"{path}: {value!r} is no {_shown(hint)}"
    elif isinstance(value, list):
        inner = _item(hint)
        for index, item in enumerate(value):
            yield from _mistyped(item, inner, f"{path}[{index}]")


def _is_model(kind: Any) -> bool:
    module: str = getattr(kind, "__module__", "")
    return module.startswith("grafana_foundation_sdk.models.") and hasattr(kind, "from_json")


def _item(hint: Any) -> Any:
    """The type of a list's items."""
    for choice in _choices(hint):
        if typing.get_origin(choice) is list:
            return typing.get_args(choice)[0]
    return Any


def _choices(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def _matches(value: Any, hint: Any) -> bool:
    return any(_is(value, choice) for choice in _choices(hint))


def _is(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if hint is Any or hint is object or isinstance(hint, typing.TypeVar):
        return True
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if origin in (list, dict):
        return isinstance(value, origin)
    if not isinstance(hint, type):
        return True
    if issubclass(hint, enum.Enum):
        return value in {case.value for case in hint}
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _shown(hint: Any) -> str:
    choices = (choice for choice in _choices(hint) if choice is not type(None))
    return " or ".join(getattr(choice, "__name__", str(choice)) for choice in choices)
