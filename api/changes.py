"""What happens to cases as it happens: a stream of server-sent events that goes on where it broke off."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel, Field

from api.error_mapping import as_problems
from api.identity import SignedIn, require
from api.opened import Opener
from api.problems import SIGNING_IN, Code, Problem, documented
from application.change_feed import ChangeFeed
from domain.people import READERS, Person
from queries.changes import CaseChange, ChangeBatch, PositionExpired

CHANGES = "/api/v1/changes"
MEDIA_TYPE = "text/event-stream"
SECONDS_BETWEEN_SIGNS = 15.0
"""After so long without news a comment says that the stream is alive."""
SECONDS_OF_STREAM = 900.0
"""Then it ends, and is to go on with a token that is still good: whoever may not read any more reads no longer."""
SECONDS_TO_END = 0.5
"""How soon a stream notices that the server is being stopped, or that nobody listens."""
MILLISECONDS_TO_COME_BACK = 2000

LastEventId = Annotated[
    str,
    Header(
        alias="last-event-id",
        description="The id of the last event that you have seen: you get what came after it.",
        examples=["7312"],
    ),
]


class CaseChanged(BaseModel):
    """The data of an event `case_changed`: read the case, or the list that it is in, anew."""

    ref: str = Field(examples=["RJ-7Q2K-9F3M"])
    version: int = Field(examples=[6])
    area: str = Field(examples=["eastmoor"])
    event: str = Field(description="The last entry's.", examples=["request_screened"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    at: datetime = Field(description="The case's time.")


_STREAM: dict[str, Any] = {
    "description": "`case_changed`, whose data is a CaseChanged, and `reset`.",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
}
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


def router(opener: Opener, follower: ChangeFeed, stopping: asyncio.Event) -> APIRouter:
    """The address of the stream, which ends when the server is `stopping`."""
    routes = APIRouter(tags=["cases"])

    @routes.get(
        CHANGES,
        summary="Follow what happens to cases",
        response_class=StreamingResponse,
        responses={200: _STREAM, **documented(*SIGNING_IN, Code.BAD_REQUEST)},
    )
    async def changes(request: Request, person: SignedIn, last_event_id: LastEventId = "") -> Response:
        """Events `case_changed` of your areas. `reset` says that more was missed than is kept: read anew, and go on.

        The stream ends after a quarter of an hour at the latest: come back with `Last-Event-ID`.
        """
        require(person, *READERS)
        position = _position(last_event_id)
        with as_problems(opener.away):
            # Where the database is away, that is said before the stream begins.
            async with follower.following():
                begun = follower.head if position is None else position
        events = _stream(request, person, follower, begun, stopping)
        return StreamingResponse(events, headers=_HEADERS, media_type=MEDIA_TYPE)

    return routes


async def _stream(
    request: Request, person: Person, follower: ChangeFeed, position: int, stopping: asyncio.Event
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    ends_at, quiet_since = loop.time() + SECONDS_OF_STREAM, loop.time()
    yield format_sse_event(data_str=None, comment="following", retry=MILLISECONDS_TO_COME_BACK, id=str(position))
    async with follower.following():
        while loop.time() < ends_at and not stopping.is_set() and not await request.is_disconnected():
            found = await follower.after(position, person.areas)
            for event in _events(found):
                yield event
                quiet_since = loop.time()
            caught_up = found.position == position
            position = found.position
            if loop.time() - quiet_since > SECONDS_BETWEEN_SIGNS:
                # With the place, so that whoever comes back need not read what they never were to see.
                yield format_sse_event(data_str=None, comment="quiet", id=str(position))
                quiet_since = loop.time()
            if caught_up:
                await follower.wait(position, SECONDS_TO_END)


def _events(found: ChangeBatch | PositionExpired) -> tuple[bytes, ...]:
    if isinstance(found, PositionExpired):
        return (format_sse_event(event="reset", data_str="{}", id=str(found.position)),)
    later = (*found.changes[1:], None)
    return tuple(_event(change, following) for change, following in zip(found.changes, later, strict=False))


def _event(change: CaseChange, following: CaseChange | None) -> bytes:
    """With its place, unless the one that follows has the same: whoever comes back must get that one too."""
    fields = {name: getattr(change, name) for name in CaseChanged.model_fields}
    data = CaseChanged(**fields).model_dump_json()
    goes_on = following is not None and following.position == change.position
    return format_sse_event(event="case_changed", data_str=data, id=None if goes_on else str(change.position))


def _position(last_event_id: str) -> int | None:
    """From where to go on; None: from now. Raises Problem."""
    if not last_event_id:
        return None
    if not last_event_id.isdecimal() or len(last_event_id) > 18:
        raise Problem(Code.BAD_REQUEST, "last-event-id: the id of an event of this stream")
    return int(last_event_id)
