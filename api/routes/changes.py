"""The stream of changes: server-sent events that continue where they were interrupted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from api.authentication import Reader
from api.dependencies import Needs
from api.guarded_route import GuardedRoute
from api.models.changes import CaseChangeResponse
from api.problems import Code, Problem, document_problems
from application.change_feed import ChangeFeed
from domain.people import Person
from queries.changes import ChangeBatch, PositionExpired

MEDIA_TYPE = "text/event-stream"
KEEPALIVE_SECONDS = 15.0
"""After so long without a change a comment shows that the stream works."""
STREAM_SECONDS = 900.0
"""Then the stream ends, and the client comes back with a token that is still valid."""
STOP_SECONDS = 0.5
"""How soon a stream notices that the server stops, or that the client is gone."""
RECONNECT_MILLISECONDS = 2000

router = APIRouter(prefix="/api/v1", tags=["cases"], route_class=GuardedRoute)


@router.get(
    "/changes",
    summary="Follow changes",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`case_changed`, whose data is a CaseChangeResponse, and `reset`.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        },
        **document_problems(Code.BAD_REQUEST),
    },
)
async def follow_changes(
    request: Request,
    person: Reader,
    needs: Needs,
    last_event_id: Annotated[
        str,
        Header(
            alias="last-event-id",
            description="The id of the last event that you received: you get what came after it.",
            examples=["7312"],
        ),
    ] = "",
) -> Response:
    """Events `case_changed` in your areas. `reset`: more was missed than is stored, so read everything again.

    The stream ends after a quarter of an hour at the latest: connect again with `Last-Event-ID`.
    """
    if last_event_id and (not last_event_id.isdecimal() or len(last_event_id) > 18):
        raise Problem(Code.BAD_REQUEST, "last-event-id: the id of an event of this stream")
    # An unavailable database is reported before the stream begins.
    async with needs.changes.subscribe():
        position = int(last_event_id) if last_event_id else needs.changes.head
    events = _stream(request, person, needs.changes, position, needs.stopping)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, headers=headers, media_type=MEDIA_TYPE)


async def _stream(
    request: Request, person: Person, feed: ChangeFeed, position: int, stopping: asyncio.Event
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    ends_at, quiet_since = loop.time() + STREAM_SECONDS, loop.time()
    yield format_sse_event(data_str=None, comment="following", retry=RECONNECT_MILLISECONDS, id=str(position))
    async with feed.subscribe():
        while loop.time() < ends_at and not stopping.is_set() and not await request.is_disconnected():
            found = await feed.read_after(position, person.areas)
            for event in _format_events(found):
                yield event
                quiet_since = loop.time()
            is_caught_up = found.position == position
            position = found.position
            if loop.time() - quiet_since > KEEPALIVE_SECONDS:
                # With the position, so that a client that comes back does not have its areas searched again.
                yield format_sse_event(data_str=None, comment="quiet", id=str(position))
                quiet_since = loop.time()
            if is_caught_up:
                await feed.wait_for_change(position, STOP_SECONDS)


def _format_events(found: ChangeBatch | PositionExpired) -> tuple[bytes, ...]:
    if isinstance(found, PositionExpired):
        return (format_sse_event(event="reset", data_str="{}", id=str(found.position)),)
    events = []
    for change, following in zip(found.changes, (*found.changes[1:], None), strict=False):
        data = CaseChangeResponse.model_validate(change).model_dump_json()
        # Without its position where the following one has the same: a client that comes back needs both.
        has_more = following is not None and following.position == change.position
        events.append(
            format_sse_event(event="case_changed", data_str=data, id=None if has_more else str(change.position))
        )
    return tuple(events)
