"""The agencies' door: verify, store, answer 202. What the case makes of a message is looked up afterwards."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from api.acceptance import accept, known_agency, or_away
from api.outgoing_webhooks import A_SIGNATURE, MOMENT, signed_header
from api.ports import Parts
from api.problems import Code, Problem, documented
from api.signatures import ID, SIGNATURE, TIMESTAMP, verified_id
from domain.vocabulary import Refusal
from domain.wording.refusals import SENTENCES
from ports.agencies import Agency
from ports.inbox import MessageStatus
from workflows.agency_events import source_of

AgencyId = Annotated[
    str, Path(description="The sender's id in the directory of agencies.", examples=["eastmoor-probation"])
]
MessageId = Annotated[str, Path(description="The webhook-id of the message.", examples=["7f3c1f0a"])]


class Received(BaseModel):
    """The message is stored and will not be lost; what becomes of it is found at `status_url`."""

    id: str = Field(description="The webhook-id of the message.", examples=["7f3c1f0a"])
    status_url: str = Field(
        examples=["https://casework.example/webhooks/agencies/eastmoor-probation/messages/7f3c1f0a"]
    )


class MessageStatusResponse(BaseModel):
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
    Code.DATABASE_UNAVAILABLE,
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
    signed_header(ID, "Chosen by the sender, unique for ever: the same id again is the same message.", "7f3c1f0a"),
    signed_header(TIMESTAMP, "Seconds since 1970 at which the request was signed; at most five minutes off.", MOMENT),
    signed_header(SIGNATURE, "`v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`.", A_SIGNATURE),
]
_EVENT_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AgencyMessage"}}},
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
    async def receive(agency: AgencyId, request: Request) -> Received:
        """Stores a signed message and answers 202; the same `webhook-id` again gets the same answer."""
        return Received(**await accept(parts, agency, request))

    @routes.get(
        "/messages/{message_id}",
        summary="What became of a message?",
        responses=documented(*_SIGNATURE_PROBLEMS, Code.UNKNOWN_MESSAGE),
        openapi_extra={"parameters": _SIGNED_HEADERS},
    )
    async def message(agency: AgencyId, message_id: MessageId, request: Request) -> MessageStatusResponse:
        """Signed like a message, over an empty body, with the id that is asked about as `webhook-id`."""
        sender = await known_agency(parts, agency)
        if verified_id(sender, request.headers, b"") != message_id:
            raise Problem(Code.SIGNATURE_WRONG, "webhook-id: the id in the address is expected")
        return _shown(await _standing(parts, sender, message_id))

    return routes


async def _standing(parts: Parts, sender: Agency, message_id: str) -> MessageStatus:
    standing = await or_away(parts, parts.inbox.get_status(source_of(sender), message_id))
    if standing is None:
        raise Problem(Code.UNKNOWN_MESSAGE)
    return standing


def _shown(standing: MessageStatus) -> MessageStatusResponse:
    reason = Refusal(standing.reason) if standing.reason else None
    return MessageStatusResponse(
        message_id=standing.message_id,
        case=standing.ref,
        event=standing.event,
        status=standing.status,
        reason=reason,
        sentence=SENTENCES[reason] if reason else None,
        received_at=standing.received_at,
    )
