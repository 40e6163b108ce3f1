"""The plain form of a value: what JSON can carry, the same for the same value on every machine and run."""

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def to_json(value: object) -> Json:
    """`value` with dataclasses as objects, enums as their values, dates as ISO 8601, sets as sorted lists.

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
            return [to_json(each) for each in sorted(value)]
        case tuple() | list():
            return [to_json(each) for each in value]
        case dict():
            return {str(key): to_json(each) for key, each in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {name: to_json(getattr(value, name)) for name in defaults(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")


def to_json_object(value: object) -> dict[str, Any]:
    """The plain form of a dataclass: its fields by name."""
    found = to_json(value)
    assert isinstance(found, dict), "only a dataclass has fields"
    return found


def to_json_without_defaults(value: object) -> dict[str, Json]:
    """The plain form of a dataclass without the fields that stand at their default."""
    found = ((name, getattr(value, name), default) for name, default in defaults(value).items())
    return {name: to_json(each) for name, each, default in found if each != default}


def defaults(value: Any) -> dict[str, object]:
    """The fields of a dataclass by name, each with its default; one that has none has `dataclasses.MISSING`."""
    kind: Any = type(value)
    return _defaults(kind)


@cache
def _defaults(kind: Any) -> dict[str, object]:
    return {field.name: field.default for field in fields(kind)}
