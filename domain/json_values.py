"""Values as JSON: the same for the same value on every machine and in every run."""

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def to_json(value: object) -> Json:
    """Return `value` with dataclasses as objects, enums as their values, dates as ISO 8601, and sets as sorted lists.

    Raises TypeError for anything else that JSON does not know.
    """
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return to_json(value.value)
        case str():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case frozenset():
            return [to_json(item) for item in sorted(value)]
        case tuple() | list():
            return [to_json(item) for item in value]
        case dict():
            return {str(key): to_json(item) for key, item in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {name: to_json(getattr(value, name)) for name in field_defaults(value)}
    raise TypeError(f"{type(value).__name__} is not for JSON")


def to_json_object(value: object) -> dict[str, Any]:
    """Return a dataclass as a JSON object."""
    json = to_json(value)
    assert isinstance(json, dict), "only a dataclass has fields"
    return json


def to_json_without_defaults(value: object) -> dict[str, Json]:
    """Return a dataclass as a JSON object without the fields that have their default value."""
    defaults = field_defaults(value).items()
    return {name: to_json(getattr(value, name)) for name, default in defaults if getattr(value, name) != default}


def field_defaults(value: Any) -> dict[str, object]:
    """Return the fields of a dataclass by name, with their defaults; `dataclasses.MISSING` for a field without one."""
    kind: Any = type(value)
    return _defaults(kind)


@cache
def _defaults(kind: Any) -> dict[str, object]:
    return {field.name: field.default for field in fields(kind)}
