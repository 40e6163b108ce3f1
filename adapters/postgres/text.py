"""Text that PostgreSQL cannot hold: NUL, and halves of surrogate pairs, both of which JSON can carry.

The API accepts none of it, but if such a text reaches a case, it must not stop the case from being written.
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
"""The errors that such a text causes; `asyncpg.DataError` has other causes too."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_NUL = b"\\u0000"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def make_storable(value: T) -> T:
    """Replace each character that cannot be stored, in every text of `value`."""
    return cast("T", _storable(value))


def to_storable_json(value: Mapping[str, Any]) -> str:
    """Write `value` as JSON that can be stored; its texts are searched only if one of them is unstorable."""
    try:
        text = to_json(value)
    except PydanticSerializationError:  # Half a surrogate pair has no UTF-8.
        return to_json(make_storable(value)).decode()
    return (to_json(make_storable(value)) if _NUL in text else text).decode()


def _storable(value: object) -> object:
    match value:
        case str():
            return _UNSTORABLE.sub(REPLACEMENT, value)
        case Mapping():
            return {_storable(name): _storable(part) for name, part in value.items()}
        case list() | tuple():
            return type(value)(_storable(part) for part in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{field.name: _storable(getattr(value, field.name)) for field in fields(value)})
        case _:
            return value
