"""The register of staff: admins manage it, supervisors read it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.authentication import Admin, RegisterReader, SignedIn
from api.csv_tables import AS_CSV, MAX_ROWS, AsCsv, to_csv_response
from api.dependencies import Services, StaffServices
from api.error_mapping import MEMBER_NOT_STORED
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, to_json_response
from api.models.staff import MemberListResponse, MemberResponse, MemberUpdate, MeResponse, NewMember
from api.pagination import Page, PageRequest, invalid_cursor
from api.problems import Code, document_problems
from application.known_names import require_area, require_colleague
from domain.areas import AREA_PATTERN, is_area
from domain.people import Person, StaffRole
from domain.vocabulary import Flag
from ports.staff import (
    ALL_AREAS,
    STAFF_ID,
    Member,
    MemberChanges,
    MemberFilters,
    UnknownMember,
    member_to_json,
    parse_areas,
    parse_flags,
    parse_roles,
)

STORE_SECONDS = 5.0
CSV_COLUMNS = (
    "account",
    "roles",
    "areas",
    "accredited_until",
    "specialist_in",
    "languages",
    "co_facilitators",
    "open_cases",
    "active",
)
MemberId = Annotated[str, Path(description="Their account.", examples=["d.webb"])]

router = APIRouter(prefix="/api/v1", tags=["staff"], route_class=GuardedRoute)


@router.get("/me", summary="Who am I?")
async def me(person: SignedIn) -> MeResponse:
    """What the service reads in your token."""
    return MeResponse(
        id=person.id, roles=sorted(person.roles), areas=None if person.within is None else list(person.within)
    )


@router.get(
    "/staff",
    summary="List members of staff",
    responses={**AS_CSV, **document_problems(Code.BAD_CURSOR, Code.UNKNOWN_AREA)},
)
async def list_members(
    request: Request,
    person: RegisterReader,
    services: Services,
    page: Page,
    as_csv: AsCsv,
    role: StaffRole | None = None,
    area: Annotated[str | None, Query(pattern=rf"^{AREA_PATTERN}$", examples=["eastmoor"])] = None,
    active: bool = True,
    facilitator: Annotated[
        bool | None, Query(description="Those with an accreditation; false: the others.", examples=[True])
    ] = None,
    specialist_in: Annotated[Flag | None, Query(description="Those trained for a flag.", examples=["stalking"])] = None,
    language: Annotated[
        str | None, Query(pattern=r"^[a-z]{2,3}$", description="An ISO 639 code.", examples=["cy"])
    ] = None,
) -> MemberListResponse:
    """Those who can sign in; `active=false`: the others. A supervisor sees those who share an area.

    As a table it has every one of them: the register of facilitators is `facilitator=true`.
    """
    if area is not None:
        await require_area(services.names, area, person)
    wanted = MemberFilters(role, area, active, facilitator=facilitator, specialist_in=specialist_in, language=language)
    query = {"staff": wanted}
    after = page.start_after(query, 1)
    if after and not STAFF_ID.fullmatch(after[0]):
        raise invalid_cursor()
    filters = replace(wanted, within=_visible_areas(person))
    part = PageRequest(MAX_ROWS, page.cursor) if as_csv else page
    found = await services.members.list_members(filters, limit=part.limit, after=after[0] if after else "")
    following = part.next_cursor(query, found, lambda member: (member.id,))
    if as_csv:
        url = str(request.url.include_query_params(cursor=following)) if following else ""
        rows = []
        for member in found:
            values = {**member_to_json(member), "account": member.id, "open_cases": member.cases}
            rows.append({name: " ".join(value) if isinstance(value, list) else value for name, value in values.items()})
        return await to_csv_response(CSV_COLUMNS, rows, "staff", url)  # type: ignore[no-any-return]
    return MemberListResponse(staff=[_to_response(member) for member in found], next=following)


@router.post(
    "/staff",
    summary="Add a member of staff",
    status_code=201,
    response_model=MemberResponse,
    responses=document_problems(
        Code.INVALID, Code.UNKNOWN_AREA, Code.UNKNOWN_MEMBER, Code.MEMBER_EXISTS, Code.ALREADY_DONE
    ),
)
async def add_member(new: NewMember, person: Admin, services: Services, idempotent: Idempotent) -> Response:
    """Before their first sign-in, so that cases can be assigned to them. After it their token sets their roles."""

    async def add(record_id: str) -> Response:
        await _require_areas(services, new.areas)
        await _require_colleagues(services, new.co_facilitators)
        member = Member(
            new.id,
            parse_roles(new.roles),
            parse_areas(new.areas),
            new.email,
            new.name,
            new.phone,
            accredited_until=new.accredited_until,
            specialist_in=parse_flags(new.specialist_in),
            languages=frozenset(new.languages),
            co_facilitators=frozenset(new.co_facilitators),
        )
        added = await services.staff.add(member, person.account, record_id)
        return to_json_response(_to_response(added), 201, {"location": f"/api/v1/staff/{added.id}"})

    return await idempotent.execute(add, stored=MEMBER_NOT_STORED, exclusive=True, seconds=STORE_SECONDS)


@router.get("/staff/{member}", summary="Show a member of staff", responses=document_problems(Code.UNKNOWN_MEMBER))
async def show_member(member: MemberId, person: RegisterReader, services: Services) -> MemberResponse:
    """Also one who was deactivated."""
    found = await services.members.list_members(MemberFilters(active=None, id=member, within=_visible_areas(person)))
    if not found:
        raise UnknownMember
    return _to_response(found[0])


@router.patch(
    "/staff/{member}",
    summary="Change a member of staff",
    responses=document_problems(Code.UNKNOWN_MEMBER, Code.UNKNOWN_AREA, Code.INVALID),
)
async def edit_member(member: MemberId, update: MemberUpdate, person: Admin, services: Services) -> MemberResponse:
    """Changes what the body names, and nothing else. With `active` false they can no longer sign in.

    Each open case that they facilitate learns at once of a change of `active`, `accredited_until` or `specialist_in`.
    """
    if STAFF_ID.fullmatch(member):
        await require_colleague(services.names, member, "member")
    named = update.model_dump(exclude_unset=True)
    await _require_areas(services, named.get("areas", ()))
    await _require_colleagues(services, named.get("co_facilitators", ()))
    for name in {"roles", "areas", "specialist_in", "languages", "co_facilitators"} & named.keys():
        named[name] = tuple(named[name])
    if "accredited_until" in named:
        named["accredited_until"] = named["accredited_until"] or ""
    changes = MemberChanges(**named)
    return _to_response(await services.staff.edit(member, changes, person.account))


async def _require_areas(services: StaffServices, areas: list[str]) -> None:
    for area in areas:
        # What cannot be an area at all is reported with every other error of the member.
        if area != ALL_AREAS and is_area(area):
            await require_area(services.names, area, field="areas")


async def _require_colleagues(services: StaffServices, accounts: Iterable[str]) -> None:
    for account in accounts:
        await require_colleague(services.names, account, "co_facilitators")


def _visible_areas(person: Person) -> frozenset[str] | None:
    """The areas whose staff `person` sees; None: an admin sees everybody."""
    return None if person.has_role(StaffRole.ADMIN) else person.areas


def _to_response(member: Member) -> MemberResponse:
    return MemberResponse.model_validate(member_to_json(member))
