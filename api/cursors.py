"""Cursors: where a list goes on. Opaque to clients, bound to the list that they came from, and worth no more than that.

What a cursor says is checked like anything else from outside, and the areas of who asks are in every query, so a forged
one shows nothing that the list itself would not.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field

from api.problems import Code, Problem
from domain.references import is_ref
from domain.vocabulary import CaseRef

_EXAMPLE = "WyI2ZjFkMGE1YzNlMjQiLCI1Il0"

Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.", examples=[50])]
Cursor = Annotated[str, Query(max_length=500, description="`next` of the part before.", examples=[_EXAMPLE])]
Next = Annotated[
    str | None, Field(description="The cursor of the next part; null: there is no more.", examples=[_EXAMPLE])
]


def cursor(of: Mapping[str, object], place: Sequence[object]) -> str:
    """The cursor after `place` in the list that the parameters `of` ask for."""
    written = json.dumps([_digest(of), *map(str, place)], separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def place_of(given: str, of: Mapping[str, object], parts: int) -> list[str]:
    """The place in `given`, as so many texts. Raises Problem where it is no cursor of this list."""
    try:
        read = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))
    except ValueError:
        raise bad_cursor() from None
    if not isinstance(read, list) or len(read) != parts + 1 or not all(isinstance(each, str) for each in read):
        raise bad_cursor()
    digest, *place = read
    if digest != _digest(of):
        raise bad_cursor()
    return place


def ref_in(text: str) -> CaseRef:
    """The case at which a list goes on. Raises Problem."""
    if not is_ref(text):
        raise bad_cursor()
    return CaseRef(text)


def moment_in(text: str) -> datetime:
    """The moment at which a list goes on, in UTC. Raises Problem."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise bad_cursor()
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        # Near the first and the last year there are moments that have no date in UTC.
        raise bad_cursor() from None


def _digest(of: Mapping[str, object]) -> str:
    """Which list it is: every parameter but those that say how much of it, and from where."""
    named = sorted((name, str(value)) for name, value in of.items() if value is not None)
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:12]


def bad_cursor() -> Problem:
    """What is said of a cursor that cannot be used."""
    return Problem(Code.BAD_CURSOR, "cursor: take it as the same list gave it, or begin again without one")
