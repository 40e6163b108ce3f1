"""Cases: the list, and what can be read of one of them."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.authentication import Reader
from api.csv_tables import AS_CSV, MAX_ROWS, AsCsv, to_csv_response
from api.dependencies import Services, StaffServices
from api.error_mapping import OF_A_CASE
from api.filters import Areas, AssignedTo
from api.guarded_route import GuardedRoute
from api.models.case_contacts import (
    AgencyContactResponse,
    AgencyContactsResponse,
    AskResponse,
    AsksResponse,
    VictimMessageResponse,
    VictimMessagesResponse,
)
from api.models.cases import (
    AllowedEventResponse,
    AllowedEventsResponse,
    CaseListResponse,
    CaseResponse,
    CaseSummaryResponse,
    DuplicatesResponse,
    EntryResponse,
    ExplanationResponse,
    RefusedRecordResponse,
    TimelineResponse,
)
from api.pagination import Page, PageRequest, invalid_cursor, read_moment
from api.pagination import read_ref as read_cursor_ref
from api.problems import Code, document_problems
from api.responses import Ref, read_ref, to_case_response
from api.versions import IfNoneMatch, format_etag, is_known
from application.agency_contacts import find_contacts
from application.context import get_visible_case, read_state
from application.known_names import require_waiting_on
from domain.allowed_events import allowed_events
from domain.events import Actor
from domain.people import Person
from domain.victim_explanation import explain, victim_view, words_to_say
from domain.vocabulary import Stage, Step
from ports.case_file import CaseSnapshot
from queries.cases import CaseFilters, Sort

_CODE = r"^[A-Za-z0-9_:./@=+~-]{1,200}$"

router = APIRouter(prefix="/api/v1/cases", tags=["cases"], route_class=GuardedRoute)


@router.get(
    "",
    summary="List cases",
    responses={
        **AS_CSV,
        **document_problems(
            Code.WRONG_AREA, Code.UNKNOWN_AREA, Code.UNKNOWN_AGENCY, Code.UNKNOWN_MEMBER, Code.BAD_CURSOR
        ),
    },
)
async def list_cases(
    request: Request,
    _person: Reader,
    areas: Areas,
    assigned_to: AssignedTo,
    services: Services,
    page: Page,
    as_csv: AsCsv,
    stage: Stage | None = None,
    step: Step | None = None,
    waiting_on: Annotated[str | None, Query(pattern=_CODE, examples=["probation"])] = None,
    overdue: bool | None = None,
    on_hold: bool | None = None,
    is_open: Annotated[bool | None, Query(alias="open")] = None,
    received_from: date | None = None,
    received_to: date | None = None,
    due_from: date | None = None,
    due_to: date | None = None,
    due_within: Annotated[
        int | None,
        Query(ge=0, le=366, description="Due today, by the cases' clock, or within so many days.", examples=[7]),
    ] = None,
    text: Annotated[
        str | None, Query(max_length=20, description="The beginning of either half of a reference.", examples=["7Q2K"])
    ] = None,
    sort: Sort = Sort.RECEIVED,
    descending: bool = False,
) -> CaseListResponse:
    """Cases of your areas that match every filter. A later page costs no more than the first."""
    if waiting_on:
        await require_waiting_on(services.names, waiting_on, "waiting_on")
    if due_within is not None:
        last = services.today() + timedelta(days=due_within)
        due_to = min(due_to, last) if due_to else last
    filters = CaseFilters(
        areas.area, stage, step, waiting_on, overdue, on_hold, assigned_to, is_open,
        received_from, received_to, due_from, due_to, text,
    )  # fmt: skip
    query: dict[str, object] = {"cases": filters, "sort": sort, "descending": descending}
    start = page.start_after(query, 2)
    wanted = PageRequest(MAX_ROWS, page.cursor) if as_csv else page
    found = await services.context.queries.list_cases(
        filters,
        wanted.limit,
        areas=areas.areas,
        sort=sort,
        descending=descending,
        after=_read_sort_key(start, sort) if start else None,
    )
    following = wanted.next_cursor(query, found, lambda case: (case.sort_key(sort)[0].isoformat(), case.ref))
    lines = [CaseSummaryResponse.model_validate(case) for case in found]
    if as_csv:
        url = str(request.url.include_query_params(cursor=following)) if following else ""
        rows = ({**line.model_dump(mode="json"), "waiting_on": " ".join(line.waiting_on)} for line in lines)
        return await to_csv_response(CaseSummaryResponse.model_fields, rows, "cases", url)  # type: ignore[no-any-return]
    return CaseListResponse(cases=lines, next=following)


@router.get(
    "/{ref}",
    summary="Show a case",
    responses={304: {"description": "The case is still at that version."}, **document_problems(*OF_A_CASE)},
)
async def show_case(
    ref: Ref, person: Reader, services: Services, response: Response, if_none_match: IfNoneMatch = ""
) -> CaseResponse:
    """With everything that it is waiting for, who can do what about it, and why it is at its step."""
    case = await _get_case(services, person, ref)
    if is_known(if_none_match, case.version):
        return Response(status_code=304, headers={"etag": format_etag(case.version)})  # type: ignore[return-value]
    response.headers["etag"] = format_etag(case.version)
    return to_case_response(case, services.now())


@router.get("/{ref}/timeline", summary="Show its timeline", responses=document_problems(*OF_A_CASE, Code.BAD_CURSOR))
async def show_timeline(ref: Ref, person: Reader, services: Services, page: Page) -> TimelineResponse:
    """Every entry with who recorded it, newest first."""
    case = await _get_case(services, person, ref)
    query = {"timeline": case.ref}
    start = page.start_after(query, 1)
    if start and (not start[0].isdecimal() or len(start[0]) > 9):
        raise invalid_cursor()
    before = int(start[0]) if start else None
    entries = await services.context.history.list_entries(case.ref, newest_first=True, limit=page.limit, before=before)
    refused = () if start else await services.context.history.list_refused(case.ref)
    is_last = not entries or entries[-1].version == 1
    return TimelineResponse(
        entries=[EntryResponse.model_validate(entry) for entry in entries],
        refused=[RefusedRecordResponse.model_validate(record) for record in refused],
        next=None if is_last else page.next_cursor(query, entries, lambda entry: (entry.version,)),
    )


@router.get("/{ref}/explain", summary="What the victim may be told", responses=document_problems(*OF_A_CASE))
async def explain_case(ref: Ref, person: Reader, services: Services) -> ExplanationResponse:
    """In the words of the messages that the service would send now, and in no others."""
    case = await _get_case(services, person, ref)
    state, today = read_state(case), services.today()
    return ExplanationResponse.model_validate(words_to_say(state, today) or explain(victim_view(state, today)))


@router.get("/{ref}/messages", summary="List messages to the victim", responses=document_problems(*OF_A_CASE))
async def list_messages(ref: Ref, person: Reader, services: Services) -> VictimMessagesResponse:
    """Each with its words, how it was sent, and what became of it; newest first."""
    case = await _get_case(services, person, ref)
    messages = await services.context.history.list_victim_messages(case.ref)
    return VictimMessagesResponse(messages=[VictimMessageResponse.model_validate(message) for message in messages])


@router.get("/{ref}/asks", summary="List requests to agencies", responses=document_problems(*OF_A_CASE))
async def list_asks(ref: Ref, person: Reader, services: Services) -> AsksResponse:
    """Each with every attempt: the agency, the channel, the time and the result. Times are real ones."""
    case = await _get_case(services, person, ref)
    asks = await services.context.history.list_asks(case.ref)
    return AsksResponse(asks=[AskResponse.model_validate(ask) for ask in asks])


@router.get("/{ref}/agencies", summary="Who to contact", responses=document_problems(*OF_A_CASE))
async def list_agencies(ref: Ref, person: Reader, services: Services) -> AgencyContactsResponse:
    """Each agency that the case is waiting for, as it is in the directory today: another may have been asked."""
    case = await _get_case(services, person, ref)
    waits = ((wait.key, wait.waiting_on) for wait in case.waits)
    found = await find_contacts(services.directory, case.area, waits)
    return AgencyContactsResponse(agencies=[AgencyContactResponse.model_validate(agency) for agency in found])


@router.get("/{ref}/duplicates", summary="List possible duplicates", responses=document_problems(*OF_A_CASE))
async def list_duplicates(ref: Ref, person: Reader, services: Services) -> DuplicatesResponse:
    """Cases of the same victim, offender or incident; those in areas that are not yours are only counted."""
    case = await _get_case(services, person, ref)
    return DuplicatesResponse.model_validate(await services.duplicates.find_duplicates(case.ref, areas=person.within))


@router.get("/{ref}/allowed-events", summary="What you may record now", responses=document_problems(*OF_A_CASE))
async def list_allowed_events(ref: Ref, person: Reader, services: Services) -> AllowedEventsResponse:
    """With the fields of each event, so that a form can be made of it. An auditor records nothing."""
    case = await _get_case(services, person, ref)
    if person.records_as is None:
        return AllowedEventsResponse(version=case.version, allowed_events=[])
    actor = Actor(person.records_as, person.id)
    # It tries some hundred records, which would block the event loop for others.
    allowed = await asyncio.to_thread(allowed_events, read_state(case), actor, services.now())
    return AllowedEventsResponse(
        version=case.version, allowed_events=[AllowedEventResponse.model_validate(event) for event in allowed]
    )


async def _get_case(services: StaffServices, person: Person, ref: str) -> CaseSnapshot:
    return await get_visible_case(services.context, person, read_ref(ref))


def _read_sort_key(parts: list[str], sort: Sort) -> tuple[datetime | date, str]:
    day, ref = parts
    try:
        return (read_moment(day) if sort is Sort.RECEIVED else date.fromisoformat(day)), read_cursor_ref(ref)
    except ValueError:
        raise invalid_cursor() from None
