"""The agencies' door: verify, store, answer 202. What the case makes of a message is looked up afterwards."""

import asyncio
import hashlib
from collections.abc import Awaitable
from datetime import datetime
from typing import Literal, TypeVar

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from activities.ports import Agency
from api.bodies import parsed, read_body
from api.events import read_agency_event
from api.ports import Parts, Standing
from api.problems import Code, Problem, documented
from api.signatures import ID, SIGNATURE, TIMESTAMP, verified_id
from domain.refusals import SENTENCES, Refusal
from domain.vocabulary import CaseRef
from workflows.agency_events import source_of, stored_body

log = structlog.get_logger("api.webhooks")
T = TypeVar("T")

SECONDS_TO_STORE = 5.0


class Received(BaseModel):
    """The message is stored and will not be lost; what becomes of it is found at `status_url`."""

    id: str = Field(description="The webhook-id of the message.", examples=["7f3c1f0a"])
    status_url: str = Field(
        examples=["https://casework.example/webhooks/agencies/eastmoor-probation/messages/7f3c1f0a"]
    )


class MessageStatus(BaseModel):
    """What became of a message."""

    message_id: str = Field(examples=["7f3c1f0a"])
    case: str = Field(examples=["RJ-7Q2K-9F3M"])
    event: str = Field(examples=["trace_answered"])
    status: Literal["received", "applied", "refused"] = Field(
        description="received: stored, not yet looked at by the case; applied: it is in the case file; "
        "refused: it changed nothing, for `reason`."
    )
    reason: str | None = Field(description="The code of a refusal.", examples=["not_asked"])
    sentence: str | None = Field(description="The same in words.", examples=["This agency was not asked in this case."])
    received_at: datetime


_SIGNATURE_PROBLEMS = (
    Code.UNKNOWN_AGENCY,
    Code.SIGNATURE_MISSING,
    Code.TIMESTAMP_STALE,
    Code.SIGNATURE_WRONG,
    Code.MESSAGE_ID_MALFORMED,
    Code.STORE_AWAY,
)
_MESSAGE_PROBLEMS = (
    Code.NOT_JSON_TYPE,
    Code.BODY_TOO_LARGE,
    Code.BODY_TOO_SLOW,
    Code.NOT_JSON,
    Code.MISSING_FIELD,
    Code.UNKNOWN_FIELD,
    Code.UNREADABLE,
    Code.FREE_TEXT,
    Code.UNKNOWN_EVENT,
    Code.NOT_BY_THIS_SENDER,
)
_SIGNED_HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
    for name, text in (
        (ID, "Chosen by the sender, unique for ever: the same id again is the same message."),
        (TIMESTAMP, "Seconds since 1970 at which the request was signed; at most five minutes off."),
        (SIGNATURE, "`v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`."),
    )
]
_EVENT_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AgencyEvent"}}},
}


def router(parts: Parts) -> APIRouter:
    """The addresses of the agencies' door."""
    routes = APIRouter(prefix="/webhooks/agencies/{agency}", tags=["agencies"])

    @routes.post(
        "",
        status_code=202,
        summary="Say something of a case",
        responses=documented(*_SIGNATURE_PROBLEMS, *_MESSAGE_PROBLEMS),
        openapi_extra={"parameters": _SIGNED_HEADERS, "requestBody": _EVENT_BODY},
    )
    async def receive(agency: str, request: Request) -> Received:
        """Stores a signed message and answers 202; the same `webhook-id` again gets the same answer."""
        sender = await _known(parts, agency)
        body = await read_body(request)
        message_id = verified_id(sender, request.headers, body)
        await _store(parts, sender, message_id, body)
        return _received(parts, sender, message_id)

    @routes.get(
        "/messages/{message_id}",
        summary="What became of a message?",
        responses=documented(*_SIGNATURE_PROBLEMS, Code.UNKNOWN_MESSAGE),
        openapi_extra={"parameters": _SIGNED_HEADERS},
    )
    async def message(agency: str, message_id: str, request: Request) -> MessageStatus:
        """Signed like a message, over an empty body, with the id that is asked about as `webhook-id`."""
        sender = await _known(parts, agency)
        if verified_id(sender, request.headers, b"") != message_id:
            raise Problem(Code.SIGNATURE_WRONG, "webhook-id: the id in the address is expected")
        return _shown(await _standing(parts, sender, message_id))

    return routes


async def _known(parts: Parts, name: str) -> Agency:
    # A name that no database takes as text is nobody's.
    agency = None if "\0" in name else await _or_away(parts, parts.directory.by_id(name))
    if agency is None:
        raise Problem(Code.UNKNOWN_AGENCY)
    return agency


async def _store(parts: Parts, sender: Agency, message_id: str, body: bytes) -> None:
    message, event = read_agency_event(parsed(body))
    case, digest = CaseRef(message.case), hashlib.sha256(body).digest()
    stored = stored_body(event, sender)
    accepting = parts.inbox.accept_event(source_of(sender), message_id, case, stored, message.note, digest)
    accepted = await _or_away(parts, accepting)
    if accepted.first:
        parts.stored()
    name = "webhook.accepted" if accepted.first else "webhook.repeated"
    log.info(name, agency=sender.id, message=message_id, case=case, recorded=event.name)


def _received(parts: Parts, sender: Agency, message_id: str) -> Received:
    address = f"{parts.public_url.rstrip('/')}/webhooks/agencies/{sender.id}/messages/{message_id}"
    return Received(id=message_id, status_url=address)


async def _standing(parts: Parts, sender: Agency, message_id: str) -> Standing:
    standing = await _or_away(parts, parts.inbox.status(source_of(sender), message_id))
    if standing is None:
        raise Problem(Code.UNKNOWN_MESSAGE)
    return standing


def _shown(standing: Standing) -> MessageStatus:
    reason = Refusal(standing.reason) if standing.reason else None
    return MessageStatus(
        message_id=standing.message_id,
        case=standing.ref,
        event=standing.event,
        status=standing.status,
        reason=reason,
        sentence=SENTENCES[reason] if reason else None,
        received_at=standing.received_at,
    )


async def _or_away(parts: Parts, answer: Awaitable[T]) -> T:
    """What the store answers. Raises Problem where it does not, or not in time: then nothing is promised."""
    try:
        async with asyncio.timeout(SECONDS_TO_STORE):
            return await answer
    except parts.away as error:
        log.warning("webhook.store_away", error=type(error).__name__)
        raise Problem(Code.STORE_AWAY) from None
