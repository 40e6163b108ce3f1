"""The personal details of a case, in the vault: notes and the details of both people. Access is logged."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.authentication import Reader, Recorder
from api.dependencies import Services
from api.error_mapping import OF_A_CASE
from api.guarded_route import GuardedRoute
from api.models.personal import (
    NoteResponse,
    NotesResponse,
    OffenderChanges,
    OffenderResponse,
    VictimChanges,
    VictimResponse,
)
from api.problems import Code, document_problems
from api.responses import Ref, read_ref
from application.context import get_visible_case, read_state, require_access, require_access_to_read
from application.notes import read_notes
from application.people import correct_details, get_details, retry_failed_traces
from domain.vocabulary import Side

_NO_STORE = {"cache-control": "no-store"}

router = APIRouter(prefix="/api/v1/cases/{ref}", tags=["cases"], route_class=GuardedRoute)


@router.get("/notes", summary="Read the notes", responses=document_problems(*OF_A_CASE))
async def list_notes(
    ref: Ref,
    person: Reader,
    services: Services,
    response: Response,
    entry: Annotated[
        int | None, Query(ge=1, le=10**9, description="Only the note of this entry, by its number.", examples=[3])
    ] = None,
) -> NotesResponse:
    """What agencies and staff wrote, in the order of the entries. That you read each is logged."""
    await require_access_to_read(services.context, person, read_ref(ref))
    notes = await read_notes(services.context, read_ref(ref), by=person.account, version=entry)
    response.headers.update(_NO_STORE)
    return NotesResponse(
        notes=[
            NoteResponse(
                version=note.entry.version,
                at=note.entry.at,
                event=note.entry.event,
                by=dict(note.entry.by),
                note=note.entry.note,
                text=note.text,
            )
            for note in notes
        ]
    )


@router.get(
    "/victim", summary="How the victim is reached", responses=document_problems(*OF_A_CASE, Code.UNKNOWN_VICTIM)
)
async def show_victim(ref: Ref, person: Reader, services: Services, response: Response) -> VictimResponse:
    """As stored in the vault. That you looked is logged."""
    await require_access(services.context, person, read_ref(ref))
    details = await get_details(services.context, Side.VICTIM, read_ref(ref), person.account)
    response.headers.update(_NO_STORE)
    return VictimResponse.model_validate(details)


@router.patch(
    "/victim", summary="Correct how the victim is reached", responses=document_problems(*OF_A_CASE, Code.UNKNOWN_VICTIM)
)
async def edit_victim(
    ref: Ref, changes: VictimChanges, person: Recorder, services: Services, response: Response
) -> VictimResponse:
    """Changes what the body names, and nothing else. How they prefer to be contacted is an event of the case."""
    await require_access(services.context, person, read_ref(ref))
    named = changes.model_dump(exclude_unset=True)
    details = await correct_details(
        services.context, Side.VICTIM, services.read_victim, read_ref(ref), named, person.account
    )
    response.headers.update(_NO_STORE)
    return VictimResponse.model_validate(details)


@router.get("/offender", summary="What is known of the offender", responses=document_problems(*OF_A_CASE))
async def show_offender(ref: Ref, person: Reader, services: Services, response: Response) -> OffenderResponse:
    """As stored in the vault; empty where nobody knows. That you looked is logged."""
    await require_access(services.context, person, read_ref(ref))
    details = await get_details(services.context, Side.OFFENDER, read_ref(ref), person.account)
    response.headers.update(_NO_STORE)
    return OffenderResponse.model_validate(details)


@router.patch("/offender", summary="Correct what is known of the offender", responses=document_problems(*OF_A_CASE))
async def edit_offender(
    ref: Ref, changes: OffenderChanges, person: Recorder, services: Services, response: Response
) -> OffenderResponse:
    """Changes or adds what the body names, and nothing else. Searches that failed are made again with it."""
    await require_access(services.context, person, read_ref(ref))
    case = read_state(await get_visible_case(services.context, person, read_ref(ref)))

    def read(details: Mapping[str, Any]) -> Mapping[str, Any]:
        read_details = services.read_offender(details)
        services.check_offender_age(case.request.offender_age_group, read_details, services.today())
        return read_details

    named = changes.model_dump(exclude_unset=True)
    details = await correct_details(services.context, Side.OFFENDER, read, read_ref(ref), named, person.account)
    if named:
        await retry_failed_traces(services.context, person, case)
    response.headers.update(_NO_STORE)
    return OffenderResponse.model_validate(details)
