"""The webhook endpoint of agencies: what became of a message. Messages themselves are accepted by the fast path."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request

from api.dependencies import Needs
from api.guarded_route import BODY_PROBLEMS
from api.models.webhooks import MessageReceivedResponse, MessageStatusResponse
from api.outgoing_webhooks import EXAMPLE_SIGNATURE, EXAMPLE_TIMESTAMP, signed_header
from api.problems import Code, Problem, document_problems
from api.signatures import ID, SIGNATURE, TIMESTAMP, verify
from api.webhook_fast_path import LOOKUP_SECONDS, find_sender
from domain.vocabulary import Refusal
from domain.wording.refusals import SENTENCES
from workflows.agency_messages import AgencyMessage, source_of

SenderId = Annotated[
    str, Path(description="The sender's id in the directory of agencies.", examples=["eastmoor-probation"])
]
MessageId = Annotated[str, Path(description="The webhook-id of the message.", examples=["7f3c1f0a"])]
_SIGNATURE_PROBLEMS = (
    Code.UNKNOWN_AGENCY,
    Code.SIGNATURE_MISSING,
    Code.TIMESTAMP_STALE,
    Code.SIGNATURE_WRONG,
    Code.MESSAGE_ID_MALFORMED,
    Code.DATABASE_UNAVAILABLE,
)
_SIGNED_HEADERS = [
    signed_header(ID, "Chosen by the sender and unique: the same id again is the same message.", "7f3c1f0a"),
    signed_header(
        TIMESTAMP, "Seconds since 1970 when the request was signed; at most five minutes off.", EXAMPLE_TIMESTAMP
    ),
    signed_header(SIGNATURE, "`v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`.", EXAMPLE_SIGNATURE),
]

router = APIRouter(prefix="/webhooks/agencies/{agency}", tags=["webhooks"])


@router.post(
    "",
    status_code=202,
    summary="Send an answer",
    responses=document_problems(
        *_SIGNATURE_PROBLEMS, *BODY_PROBLEMS, Code.FREE_TEXT, Code.UNKNOWN_EVENT, Code.NOT_BY_THIS_SENDER
    ),
    openapi_extra={"parameters": _SIGNED_HEADERS},
)
async def accept_message(agency: SenderId, message: AgencyMessage) -> MessageReceivedResponse:
    """Stores a signed message and answers 202; the same `webhook-id` again gets the same response."""
    raise AssertionError("documentation only: WebhookFastPath answers these requests")


@router.get(
    "/messages/{message_id}",
    summary="Show the status of a message",
    responses=document_problems(*_SIGNATURE_PROBLEMS, Code.UNKNOWN_MESSAGE),
    openapi_extra={"parameters": _SIGNED_HEADERS},
)
async def show_message(
    agency: SenderId, message_id: MessageId, request: Request, needs: Needs
) -> MessageStatusResponse:
    """Signed like a message, over an empty body, with the id of the message as `webhook-id`."""
    sender = await find_sender(needs, agency)
    if verify(sender, request.headers, b"") != message_id:
        raise Problem(Code.SIGNATURE_WRONG, "webhook-id: the id in the address is expected")
    async with asyncio.timeout(LOOKUP_SECONDS):
        status = await needs.inbox.get_status(source_of(sender), message_id)
    if status is None:
        raise Problem(Code.UNKNOWN_MESSAGE)
    reason = Refusal(status.reason) if status.reason else None
    return MessageStatusResponse(
        message_id=status.message_id,
        case=status.ref,
        event=status.event,
        status=status.status,
        reason=reason,
        sentence=SENTENCES[reason] if reason else None,
        received_at=status.received_at,
    )
