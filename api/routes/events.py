"""Recording in a case: the event of a member of staff goes to the case, and its answer comes back."""

from fastapi import APIRouter, Response

from api.authentication import Recorder
from api.dependencies import Services
from api.error_mapping import OF_RECORDING
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, json_response
from api.models.cases import NewEvent, RecordResponse
from api.problems import Code, documented
from api.responses import Ref, case_response, read_ref
from api.versions import ExpectedVersion, etag
from application.context import wait_until_written
from application.known_names import require_agency, require_names_in
from application.record_event import EventInput, record_event
from domain.vocabulary import AgencyRef
from workflows.record_codec import read_event

router = APIRouter(prefix="/api/v1/cases/{ref}", tags=["cases"], route_class=GuardedRoute)


@router.post(
    "/events",
    summary="Record an event",
    response_model=RecordResponse,
    responses=documented(
        *OF_RECORDING,
        Code.UNKNOWN_EVENT,
        Code.FREE_TEXT,
        Code.IF_MATCH_MISSING,
        Code.BAD_REQUEST,
        Code.UNKNOWN_AGENCY,
        Code.UNKNOWN_MEMBER,
    ),
)
async def record(
    ref: Ref, new: NewEvent, version: ExpectedVersion, person: Recorder, services: Services, idempotent: Idempotent
) -> Response:
    """Waits for the case: the case after the event, or why the process refuses it, which changes nothing."""
    event = read_event(new.event, new.data)

    async def do(record_id: str) -> Response:
        await require_names_in(services.names, event)
        if new.on_behalf_of:
            await require_agency(services.names, new.on_behalf_of, "on_behalf_of")
        behalf = AgencyRef(new.on_behalf_of) if new.on_behalf_of else None
        entered = EventInput(record_id, event, version, new.note, behalf)
        result = await record_event(services.context, person, read_ref(ref), entered)
        after = await wait_until_written(services.context, read_ref(ref), result.version)
        response = RecordResponse(
            version=result.version,
            event=result.event,
            stage=result.stage,
            step=result.step,
            case=case_response(after, services.now()) if after else None,
        )
        return json_response(response, headers={"etag": etag(after.version if after else result.version)})

    return await idempotent.execute(do)
