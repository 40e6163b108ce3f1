"""The directory of agencies: read by all staff, managed by admins."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.authentication import Admin, SignedIn
from api.dependencies import Services, StaffServices
from api.error_mapping import KEYS_NOT_STORED
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, IdempotentRequest, to_json_response
from api.models.agencies import (
    AgencyAddedResponse,
    AgencyListResponse,
    AgencyPauseResponse,
    AgencyPausesResponse,
    AgencyResponse,
    AgencyUpdate,
    KeyRotatedResponse,
    NewAgency,
    NewKey,
    NewKeysResponse,
    PingResponse,
)
from api.pagination import Page, invalid_cursor
from api.problems import Code, Problem, document_problems
from application.known_names import require_agency_id, require_area
from domain.areas import AREA_PATTERN, is_area
from domain.people import Person
from domain.vocabulary import AgencyKind
from ports.agencies import ChannelName
from ports.agency_views import ALL_AGENCIES, LIST_START, AgencyFilters, AgencySortKey
from ports.directory import AGENCY_ID, AgencyDetails, AgencyEdit, UnknownAgency

STORE_SECONDS = 5.0
AgencyId = Annotated[str, Path(description="Its id in the directory.", examples=["eastmoor-probation"])]

router = APIRouter(prefix="/api/v1", tags=["agencies"], route_class=GuardedRoute)


async def require_known_agency(agency: AgencyId, _person: SignedIn, services: Services) -> str:
    """Return the id. Raises UnknownName."""
    await require_agency_id(services.names, agency)
    return agency


KnownAgency = Annotated[str, Depends(require_known_agency)]
"""The id of an agency in the directory; another is answered with the ids like it."""


@router.get("/agencies", summary="List agencies", responses=document_problems(Code.BAD_CURSOR, Code.UNKNOWN_AREA))
async def list_agencies(
    person: SignedIn,
    services: Services,
    page: Page,
    kind: AgencyKind | None = None,
    area: Annotated[str | None, Query(pattern=rf"^({AREA_PATTERN})?$", examples=["eastmoor"])] = None,
    channel: ChannelName | None = None,
    paused: bool | None = None,
    active: bool = True,
) -> AgencyListResponse:
    """Agencies in use; `active=false`: those that were removed. An empty `area`: the national agencies."""
    if area:
        await require_area(services.names, area, person)
    filters = AgencyFilters(kind, area, channel, paused, active)
    query = {"agencies": filters}
    after = page.start_after(query, 3)
    start = _read_sort_key(after) if after else LIST_START
    found = await services.agencies.list_agencies(filters, limit=page.limit, after=start)
    return AgencyListResponse(
        agencies=[AgencyResponse.model_validate(agency) for agency in found],
        next=page.next_cursor(query, found, lambda agency: agency.place),
    )


@router.post(
    "/agencies",
    summary="Add an agency",
    status_code=201,
    response_model=AgencyAddedResponse,
    responses=document_problems(Code.INVALID, Code.AGENCY_EXISTS, Code.ALREADY_DONE),
)
async def add_agency(new: NewAgency, person: Admin, services: Services, idempotent: Idempotent) -> Response:
    """Its keys are in this response and nowhere else: hand them over."""

    async def add(record_id: str) -> Response:
        details = AgencyDetails(**new.model_dump() | {"questions": tuple(new.questions)})
        keys = await services.directory.add(details, person.account, record_id)
        added = AgencyAddedResponse(
            agency=await _get_agency(services, new.id), keys=NewKeysResponse.model_validate(keys)
        )
        return to_json_response(added, 201, {"location": f"/api/v1/agencies/{new.id}"})

    return await idempotent.execute(add, stored=KEYS_NOT_STORED, exclusive=True, seconds=STORE_SECONDS)


@router.get("/agencies/{agency}", summary="Show an agency", responses=document_problems(Code.UNKNOWN_AGENCY))
async def show_agency(agency: KnownAgency, _person: SignedIn, services: Services) -> AgencyResponse:
    """Also one that was removed. No key is shown."""
    return await _get_agency(services, agency)


@router.patch(
    "/agencies/{agency}", summary="Change an agency", responses=document_problems(Code.UNKNOWN_AGENCY, Code.INVALID)
)
async def edit_agency(agency: KnownAgency, update: AgencyUpdate, person: Admin, services: Services) -> AgencyResponse:
    """Changes what the body names, and nothing else."""
    named = update.model_dump(exclude_unset=True)
    if "questions" in named:
        named["questions"] = tuple(named["questions"])
    await services.directory.edit(agency, AgencyEdit(**named), person.account)
    return await _get_agency(services, agency)


@router.post(
    "/agencies/{agency}/keys",
    summary="Replace a signing key",
    status_code=201,
    response_model=KeyRotatedResponse,
    responses=document_problems(Code.UNKNOWN_AGENCY, Code.INVALID, Code.ALREADY_DONE),
)
async def rotate_key(
    agency: KnownAgency, new: NewKey, person: Admin, services: Services, idempotent: Idempotent
) -> Response:
    """The key is in this response and nowhere else. The older keys stay valid until the overlap ends."""

    async def rotate(record_id: str) -> Response:
        overlap = timedelta(days=new.overlap_days)
        rotated = await services.rotate_key(agency, new.side, overlap, person.account, record_id)
        return to_json_response(KeyRotatedResponse.model_validate(rotated), 201)

    return await idempotent.execute(rotate, stored=KEYS_NOT_STORED, exclusive=True, seconds=STORE_SECONDS)


@router.post(
    "/agencies/{agency}/ping",
    summary="Test an agency",
    response_model=PingResponse,
    responses=document_problems(Code.UNKNOWN_AGENCY),
)
async def ping_agency(agency: KnownAgency, _person: Admin, services: Services, idempotent: Idempotent) -> Response:
    """By its own channel: a signed ping, an email, a harmless request. Takes as long as the agency does."""

    async def ping(_record_id: str) -> Response:
        await _get_agency(services, agency)
        found = await services.directory.get_by_id(agency)
        if found is None:
            raise Problem(Code.UNKNOWN_AGENCY, "it was removed from the directory")
        return to_json_response(PingResponse.model_validate(await services.ping(found)))

    return await idempotent.execute(ping, exclusive=True)


@router.post(
    "/agencies/{agency}/pause",
    summary="Pause requests to an agency",
    response_model=AgencyPausesResponse,
    responses=document_problems(Code.UNKNOWN_AGENCY),
)
async def pause_agency(agency: KnownAgency, person: Admin, services: Services, idempotent: Idempotent) -> Response:
    """They are sent when they are resumed. The agency's answers are accepted meanwhile."""
    return await _change_pauses(services.pause_agency, agency, person, services, idempotent)


@router.post(
    "/agencies/{agency}/resume",
    summary="Resume requests to an agency",
    response_model=AgencyPausesResponse,
    responses=document_problems(Code.UNKNOWN_AGENCY),
)
async def resume_agency(agency: KnownAgency, person: Admin, services: Services, idempotent: Idempotent) -> Response:
    """Ends this pause and no other: the response has those that remain."""
    return await _change_pauses(services.resume_agency, agency, person, services, idempotent)


@router.get("/asks/pauses", summary="List paused requests")
async def list_pauses(_person: SignedIn, services: Services) -> AgencyPausesResponse:
    """The pause of all requests to agencies, and those of single agencies."""
    return await _list_pauses(services, ALL_AGENCIES)


@router.post("/asks/pause", summary="Pause requests to all agencies", response_model=AgencyPausesResponse)
async def pause_all(person: Admin, services: Services, idempotent: Idempotent) -> Response:
    """They are sent when they are resumed. The agencies' answers are accepted meanwhile."""
    return await pause_agency(ALL_AGENCIES, person, services, idempotent)


@router.post("/asks/resume", summary="Resume requests to all agencies", response_model=AgencyPausesResponse)
async def resume_all(person: Admin, services: Services, idempotent: Idempotent) -> Response:
    """An agency that is paused by itself stays paused: the response has those that remain."""
    return await resume_agency(ALL_AGENCIES, person, services, idempotent)


def _read_sort_key(parts: list[str]) -> AgencySortKey:
    area, kind, id = parts
    if (area and not is_area(area)) or kind not in set(AgencyKind) or not AGENCY_ID.fullmatch(id):
        raise invalid_cursor()
    return area, kind, id


async def _get_agency(services: StaffServices, id: str) -> AgencyResponse:
    found = await services.agencies.get_agency(id)
    if found is None:
        raise UnknownAgency
    return AgencyResponse.model_validate(found)


async def _change_pauses(
    change: Callable[[str, str], Awaitable[object]],
    agency: str,
    person: Person,
    services: StaffServices,
    idempotent: IdempotentRequest,
) -> Response:
    async def do(_record_id: str) -> Response:
        await change(agency, person.account)
        return to_json_response(await _list_pauses(services, agency))

    return await idempotent.execute(do, exclusive=True, seconds=STORE_SECONDS)


async def _list_pauses(services: StaffServices, agency: str) -> AgencyPausesResponse:
    pauses = await services.agencies.list_pauses(agency=agency or None)
    return AgencyPausesResponse(agency=agency, pauses=[AgencyPauseResponse.model_validate(pause) for pause in pauses])
