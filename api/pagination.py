"""Lists by pages: a cursor says where the next page begins.

A cursor is opaque to clients and valid for one list with the same parameters. It is validated like any other input, and
every query is bound to the areas of the person, so a forged cursor shows nothing that the list itself would not.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Query

from api.models.base import CURSOR_EXAMPLE
from api.problems import Code, Problem
from domain.references import is_ref
from domain.vocabulary import CaseRef

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="The size of a page.", examples=[50])]
Cursor = Annotated[str, Query(max_length=500, description="`next` of the page before.", examples=[CURSOR_EXAMPLE])]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The page of a list that is asked for. `query` is the list's name and its other parameters."""

    limit: int
    cursor: str

    def start_after(self, query: Mapping[str, object], length: int) -> list[str] | None:
        """Return the sort key, of `length` texts, after which the page begins; None: the first page. Raises Problem."""
        if not self.cursor:
            return None
        try:
            parts = json.loads(base64.urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4)))
        except ValueError:
            raise invalid_cursor() from None
        if not isinstance(parts, list) or not parts or not all(isinstance(part, str) for part in parts):
            raise invalid_cursor()
        digest, *sort_key = parts
        if digest != _digest(query) or len(sort_key) != length:
            raise invalid_cursor()
        return sort_key

    def next_cursor(
        self, query: Mapping[str, object], found: Sequence[T], sort_key: Callable[[T], Sequence[object]]
    ) -> str | None:
        """Return the cursor of the page after the items that were `found`; None: there are no more."""
        return encode_cursor(query, sort_key(found[-1])) if len(found) == self.limit else None


def read_page_request(limit: Limit = 50, cursor: Cursor = "") -> PageRequest:
    """Return the page that a request asks for, as FastAPI resolves it."""
    return PageRequest(limit, cursor)


Page = Annotated[PageRequest, Depends(read_page_request)]


def encode_cursor(query: Mapping[str, object], sort_key: Sequence[object]) -> str:
    """Return the cursor for what follows `sort_key` in the list of `query`."""
    text = json.dumps([_digest(query), *map(str, sort_key)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _digest(query: Mapping[str, object]) -> str:
    named = sorted((name, str(value)) for name, value in query.items() if value is not None)
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:12]


def read_ref(text: str) -> CaseRef:
    """Return the reference of a case in a cursor. Raises Problem."""
    if not is_ref(text):
        raise invalid_cursor()
    return CaseRef(text)


def read_moment(text: str) -> datetime:
    """Return the moment in a cursor, in UTC. Raises Problem."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise invalid_cursor()
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        # Some moments of the first and the last year have no date in UTC.
        raise invalid_cursor() from None


def invalid_cursor() -> Problem:
    """Return the problem of a cursor that cannot be used."""
    return Problem(Code.BAD_CURSOR, "cursor: use `next` of the same list, or begin without a cursor")
