"""Recording in a case: the event of a member of staff goes to the case, and its answer comes back."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Response

from api.authentication import Recorder, Supervisor
from api.dependencies import Services, StaffServices
from api.error_mapping import OF_RECORDING
from api.filters import DryRun
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, to_json_response
from api.models.cases import ChangePreviewResponse, Correction, CorrectionResponse, NewEvent, RecordResponse
from api.problems import Code, document_problems
from api.responses import Ref, read_ref, to_case_response
from api.versions import ExpectedVersion, format_etag
from application.context import AreaForbidden, wait_until_written
from application.corrections import find_correction
from application.known_names import require_agency, require_names_in
from application.policies import with_rules_by_value, with_token_of_incident
from application.previews import EventPreview, preview_event
from application.record_event import EventInput, record_event
from domain.people import Person
from domain.refusals import RecordRefused
from domain.vocabulary import AgencyRef, CaseRef
from workflows.record_codec import read_event

router = APIRouter(prefix="/api/v1/cases/{ref}", tags=["cases"], route_class=GuardedRoute)


@router.post(
    "/events",
    summary="Record an event",
    response_model=RecordResponse,
    responses=document_problems(
        *OF_RECORDING,
        Code.UNKNOWN_EVENT,
        Code.FREE_TEXT,
        Code.IF_MATCH_MISSING,
        Code.BAD_REQUEST,
        Code.UNKNOWN_AGENCY,
        Code.UNKNOWN_MEMBER,
        Code.UNKNOWN_AREA,
    ),
)
async def record(
    ref: Ref,
    new: NewEvent,
    version: ExpectedVersion,
    person: Recorder,
    services: Services,
    idempotent: Idempotent,
    dry_run: DryRun = False,
) -> Response:
    """Waits for the case: the case after the event, or why the process refuses it, which changes nothing."""
    data = await with_rules_by_value(new.event, new.data, services.list_policies)
    data, note = with_token_of_incident(new.event, data, new.note, services.token_key)
    event = read_event(new.event, data)
    behalf = AgencyRef(new.on_behalf_of) if new.on_behalf_of else None

    async def do(record_id: str) -> Response:
        await require_names_in(services.names, event)
        if behalf:
            await require_agency(services.names, behalf, "on_behalf_of")
        event_input = EventInput(record_id, event, version, note, behalf, new.occurred_on)
        return await _record(services, person, read_ref(ref), event_input, RecordResponse, dry_run=dry_run)

    return await do("dry-run") if dry_run else await idempotent.execute(do)


@router.post(
    "/correction",
    summary="Undo the last step",
    response_model=CorrectionResponse,
    responses=document_problems(*OF_RECORDING),
)
async def correct(
    ref: Ref,
    body: Correction,
    person: Supervisor,
    services: Services,
    idempotent: Idempotent,
    dry_run: DryRun = False,
) -> Response:
    """For an entry recorded by mistake: the case is as before it, and requests to agencies since then are cancelled.

    Both entries stay in the timeline.
    """

    async def do(record_id: str) -> Response:
        found = await find_correction(services.context, person, read_ref(ref), body.note, record_id)

        def respond(**fields: Any) -> CorrectionResponse:
            entry = found.entry
            return CorrectionResponse(**fields, undone=entry.version, undone_event=entry.event, undone_step=entry.step)

        return await _record(services, person, read_ref(ref), found.event, respond, dry_run=dry_run)

    return await do("dry-run") if dry_run else await idempotent.execute(do)


async def _record(
    services: StaffServices,
    person: Person,
    ref: CaseRef,
    event_input: EventInput,
    respond: Callable[..., RecordResponse],
    *,
    dry_run: bool,
) -> Response:
    if dry_run:
        preview = await preview_event(services.context, person, ref, event_input, services.now())
        case = preview.after
        response = respond(
            version=case.version,
            event=event_input.event.name,
            stage=case.stage,
            step=case.step,
            dry_run=True,
            preview=ChangePreviewResponse.model_validate(preview.change),
        )
        return to_json_response(response, headers={"etag": format_etag(case.version - 1)})
    expected: EventPreview | None = None
    # Without one, the case file is behind the case, or the person sees only a transfer of it.
    with suppress(RecordRefused, AreaForbidden):
        expected = await preview_event(services.context, person, ref, event_input, services.now())
    result = await record_event(services.context, person, ref, event_input)
    after = await wait_until_written(services.context, ref, result.version)
    # Somebody else may have recorded something in between, or the same was recorded before.
    is_next = expected is not None and expected.after.version == result.version
    response = respond(
        version=result.version,
        event=result.event,
        stage=result.stage,
        step=result.step,
        preview=ChangePreviewResponse.model_validate(expected.change) if expected and is_next else None,
        case=to_case_response(after, services.now()) if after and person.may_see(after.area) else None,
    )
    return to_json_response(response, headers={"etag": format_etag(after.version if after else result.version)})
