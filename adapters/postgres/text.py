"""Text that PostgreSQL cannot hold: NUL, and halves of surrogate pairs, both of which JSON can carry.

The doors should let none of it in; but what got as far as a case must not stop that case from being written.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import asyncpg
from pydantic_core import PydanticSerializationError, to_json

T = TypeVar("T")

UNSTORABLE: tuple[type[Exception], ...] = (
    UnicodeEncodeError,
    PydanticSerializationError,
    asyncpg.DataError,
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)
"""How such a text makes itself known; `asyncpg.DataError` can mean other things too."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NUL = b"\\u0000"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def make_storable(value: T) -> T:
    """`value` with a replacement character for each one that cannot be kept, in every text inside it."""
    return cast("T", _storable(value))


def to_storable_json(value: Mapping[str, Any]) -> str:
    """`value` as JSON that can be kept: what hardly ever needs a replacement is looked through only where it may."""
    try:
        written = to_json(value)
    except PydanticSerializationError:  # Half a pair has no UTF-8.
        return to_json(make_storable(value)).decode()
    return (to_json(make_storable(value)) if _NUL in written else written).decode()


def _storable(value: object) -> object:
    match value:
        case str():
            return _UNSTORABLE.sub(REPLACEMENT, value)
        case Mapping():
            return {_storable(name): _storable(each) for name, each in value.items()}
        case list() | tuple():
            return type(value)(_storable(each) for each in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: _storable(getattr(value, field.name)) for field in fields(value)})
        case _:
            return value
