"""Text that PostgreSQL cannot hold: NUL, and halves of surrogate pairs, both of which JSON can carry.

The doors should let none of it in; but what got as far as a case must not stop that case from being written.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

import asyncpg

T = TypeVar("T")

UNSTORABLE: tuple[type[Exception], ...] = (
    UnicodeEncodeError,
    asyncpg.DataError,
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)
"""How such a text makes itself known; `asyncpg.DataError` can mean other things too."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(value: T) -> T:
    """`value` with a replacement character for each one that cannot be kept, in every text inside it."""
    return cast("T", _storable(value))


def _storable(value: object) -> object:
    match value:
        case str():
            return "".join(REPLACEMENT if _is_unstorable(sign) else sign for sign in value)
        case Mapping():
            return {_storable(name): _storable(each) for name, each in value.items()}
        case list() | tuple():
            return type(value)(_storable(each) for each in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: _storable(getattr(value, field.name)) for field in fields(value)})
        case _:
            return value


def _is_unstorable(sign: str) -> bool:
    return sign == "\0" or "\ud800" <= sign <= "\udfff"
