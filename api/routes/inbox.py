"""Messages that were received and not delivered to their cases."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.authentication import Reader, Recorder, Supervisor
from api.dependencies import Services, StaffServices
from api.filters import Areas
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, to_json_response
from api.models.inbox import (
    InboxDecisionResponse,
    InboxListResponse,
    InboxMessageDetailResponse,
    InboxMessageResponse,
    Rejection,
)
from api.pagination import Limit
from api.problems import Code, document_problems
from api.responses import MessageNumber, read_ref
from application.inbox import get_message, reject_message, retry_message
from application.known_names import require_agency_id
from domain.people import Person
from queries.inbox import InboxFilters

_ONE = (Code.UNKNOWN_MESSAGE, Code.WRONG_AREA, Code.BAD_REQUEST)

router = APIRouter(prefix="/api/v1", tags=["inbox"], route_class=GuardedRoute)


@router.get(
    "/inbox",
    summary="List delivery problems",
    responses=document_problems(Code.WRONG_AREA, Code.UNKNOWN_AREA, Code.UNKNOWN_AGENCY, Code.UNKNOWN_CASE),
)
async def list_inbox(
    _person: Reader,
    areas: Areas,
    services: Services,
    agency: Annotated[
        str | None, Query(max_length=100, pattern=r"^[^\x00]*$", description="Its id.", examples=["eastmoor-probation"])
    ] = None,
    ref: Annotated[str | None, Query(max_length=20, examples=["RJ-7Q2K-9F3M"])] = None,
    limit: Limit = 50,
) -> InboxListResponse:
    """Messages that were dead-lettered, are being retried, are late, or reuse an id; the worst first."""
    if agency is not None:
        await require_agency_id(services.names, agency)
    filters = InboxFilters(areas.areas, agency, read_ref(ref) if ref is not None else None)
    found = await services.inbox.list_delivery_problems(filters, limit + 1)
    return InboxListResponse(
        messages=[InboxMessageResponse.model_validate(message) for message in found[:limit]], more=len(found) > limit
    )


@router.get("/inbox/{message}", summary="Show a message", responses=document_problems(*_ONE))
async def show_message(message: MessageNumber, person: Reader, services: Services) -> InboxMessageDetailResponse:
    """Its state and why, and what was decided about it; not its contents."""
    return await _get_response(services, person, message)


@router.post(
    "/inbox/{message}/retry",
    summary="Deliver a message again",
    response_model=InboxMessageDetailResponse,
    responses=document_problems(*_ONE, Code.WRONG_STATE),
)
async def retry(message: MessageNumber, person: Recorder, services: Services, idempotent: Idempotent) -> Response:
    """Now: one that was dead-lettered, or that waits for its next attempt. Correct first what stopped it."""

    async def do(_record_id: str) -> Response:
        await retry_message(services.inbox, services.inbox_decisions, person, message)
        return to_json_response(await _get_response(services, person, message))

    return await idempotent.execute(do)


@router.post(
    "/inbox/{message}/reject",
    summary="Reject a message",
    response_model=InboxMessageDetailResponse,
    responses=document_problems(*_ONE, Code.WRONG_STATE),
)
async def reject(
    message: MessageNumber, body: Rejection, person: Supervisor, services: Services, idempotent: Idempotent
) -> Response:
    """A dead-lettered message ends as refused, with the reason, which its sender can read."""

    async def do(_record_id: str) -> Response:
        await reject_message(services.inbox, services.inbox_decisions, person, message, body.reason)
        return to_json_response(await _get_response(services, person, message))

    return await idempotent.execute(do)


async def _get_response(services: StaffServices, person: Person, id: int) -> InboxMessageDetailResponse:
    message, decisions = await get_message(services.inbox, person, id)
    return InboxMessageDetailResponse(
        message=InboxMessageResponse.model_validate(message),
        decisions=[InboxDecisionResponse.model_validate(decision) for decision in decisions],
    )
