"""The plain form of a value: what JSON can carry, the same for the same value on every machine and run."""

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


def plain(value: object) -> Plain:
    """`value` with dataclasses as objects, enums as their values, dates as ISO 8601, sets as sorted lists.

    Raises TypeError for anything else that JSON does not know.
    """
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case frozenset():
            return [plain(each) for each in sorted(value)]
        case tuple() | list():
            return [plain(each) for each in value]
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")


def stated(value: object) -> dict[str, Plain]:
    """The plain form of a dataclass without the fields that stand at their default."""
    assert is_dataclass(value)
    return {
        field.name: plain(getattr(value, field.name))
        for field in fields(value)
        if getattr(value, field.name) != field.default
    }
