"""The register of staff over HTTP, kept by admins and read by supervisors: the same as `rj staff`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Query, Request, Response

from api.agency_bodies import body_of, read_as
from api.bodies import parsed, read_body
from api.cursors import Cursor, Limit, bad_cursor, place_of
from api.cursors import cursor as cursor_at
from api.idempotency import KEY_PROBLEMS, IdempotencyKey, answer_of
from api.identity import SignedIn, require
from api.managing import PEOPLE_NOT_KEPT, Office, posted
from api.ports import Managing
from api.problems import SIGNING_IN, Code, Problem, documented
from api.staff_bodies import MemberEdits, MemberList, MemberShown, NewMember
from domain.areas import AREA_PATTERN
from domain.people import Person, StaffRole
from ports.staff import (
    STAFF_ID,
    InvalidMember,
    Member,
    MemberAlreadyAdded,
    MemberExists,
    MemberFilters,
    StaffRegister,
    UnknownMember,
    member_to_json,
)

log = structlog.get_logger("api.staff")

STAFF = "/api/v1/staff"
MemberId = Annotated[str, Path(description="Their account.", examples=["d.webb"])]
SECONDS_TO_STORE = 5.0
READERS = (StaffRole.ADMIN, StaffRole.SUPERVISOR)

_BODY = (
    Code.NOT_JSON_TYPE,
    Code.BODY_TOO_LARGE,
    Code.BODY_TOO_SLOW,
    Code.NOT_JSON,
    Code.MISSING_FIELD,
    Code.UNKNOWN_FIELD,
    Code.UNREADABLE,
    Code.INVALID,
)


def router(managing: Callable[[], Managing], away: tuple[type[Exception], ...]) -> APIRouter:
    """The addresses of the register."""
    routes, desk = APIRouter(prefix=STAFF, tags=["staff"]), StaffOffice(managing, away)
    one = (*SIGNING_IN, Code.UNKNOWN_MEMBER)
    listed = (*SIGNING_IN, Code.BAD_REQUEST, Code.BAD_CURSOR)
    added = (*SIGNING_IN, *KEY_PROBLEMS, *_BODY, Code.MEMBER_EXISTS, Code.ALREADY_DONE)
    for method, path, what, model, summary, codes, extra in (
        ("GET", "", desk.members, MemberList, "List members of staff", listed, {}),
        ("POST", "", desk.add, MemberShown, "Enter somebody", added, body_of(NewMember)),
        ("GET", "/{member}", desk.member, MemberShown, "Show a member of staff", one, {}),
        (
            "PATCH",
            "/{member}",
            desk.edit,
            MemberShown,
            "Change a member of staff",
            (*one, *_BODY),
            body_of(MemberEdits),
        ),
    ):
        routes.add_api_route(
            path,
            what,
            methods=[method],
            status_code=201 if method == "POST" else 200,
            response_model=model,
            summary=summary,
            responses=documented(*codes),
            openapi_extra=extra,
        )
    return routes


class StaffOffice(Office):
    """Does what is asked of the register."""

    async def members(
        self,
        person: SignedIn,
        role: StaffRole | None = None,
        area: Annotated[str | None, Query(pattern=rf"^{AREA_PATTERN}$", examples=["eastmoor"])] = None,
        active: bool = True,
        limit: Limit = 50,
        cursor: Cursor = "",
    ) -> MemberList:
        """Whom cases can be assigned to; `active=false`: who is kept out. A supervisor sees who shares an area."""
        of = {"staff": MemberFilters(role, area, active)}
        after = _place(place_of(cursor, of, 1)) if cursor else ""
        async with self._kept(person, *READERS) as register:
            wanted = MemberFilters(role, area, active, within=_within(person))
            found = await register.members(wanted, limit=limit, after=after)
        further = cursor_at(of, (found[-1].id,)) if len(found) == limit else None
        return MemberList(staff=[_shown(each) for each in found], next=further)

    async def member(self, member: MemberId, person: SignedIn) -> MemberShown:
        """Also somebody who is kept out."""
        async with self._kept(person, *READERS) as register:
            found = await register.members(MemberFilters(active=None, id=member, within=_within(person)))
        if not found:
            raise Problem(Code.UNKNOWN_MEMBER)
        return _shown(found[0])

    async def add(self, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = "") -> Response:
        """Ahead of their first sign-in, so that cases and mail can be theirs. Then their token says their roles."""
        sent = await posted(request, person, idempotency_key)
        new = read_as(NewMember, parsed(sent.body))

        async def do(id: str) -> Response:
            async with self._kept(person, StaffRole.ADMIN) as register:
                added = await register.add(new.member(), person.account, id)
            return answer_of(_shown(added), 201, {"location": f"{STAFF}/{added.id}"})

        return await self.execute_idempotently(sent, do, PEOPLE_NOT_KEPT)

    async def edit(self, member: MemberId, request: Request, person: SignedIn) -> MemberShown:
        """What the body names, and nothing else. `active` false keeps somebody out from now on."""
        require(person, StaffRole.ADMIN)
        edits = read_as(MemberEdits, parsed(await read_body(request)))
        async with self._kept(person, StaffRole.ADMIN) as register:
            return _shown(await register.edit(member, edits.changes(), person.account))

    @asynccontextmanager
    async def _kept(self, person: Person, *roles: StaffRole) -> AsyncIterator[StaffRegister]:
        """The register, for who has one of `roles`; what goes wrong meanwhile is raised as a Problem."""
        require(person, *roles)
        try:
            async with asyncio.timeout(SECONDS_TO_STORE):
                yield self.managing().staff
        except UnknownMember:
            raise Problem(Code.UNKNOWN_MEMBER) from None
        except MemberAlreadyAdded:
            raise Problem(PEOPLE_NOT_KEPT.code, PEOPLE_NOT_KEPT.detail) from None
        except MemberExists:
            raise Problem(Code.MEMBER_EXISTS, "id: it is taken, if only by somebody who is kept out") from None
        except InvalidMember as unfit:
            raise Problem(Code.INVALID, str(unfit)) from None
        except self.away as error:
            log.warning("staff.database_unavailable", error=type(error).__name__)
            raise Problem(Code.DATABASE_UNAVAILABLE, "the database does not answer: try again") from None


def _place(parts: list[str]) -> str:
    """The account at which the list goes on. Raises Problem."""
    [id] = parts
    if not STAFF_ID.fullmatch(id):
        raise bad_cursor()
    return id


def _within(person: Person) -> frozenset[str] | None:
    """Whose areas bound what `person` sees of the register; None: an admin sees everybody."""
    return None if person.may(StaffRole.ADMIN) else person.areas


def _shown(member: Member) -> MemberShown:
    return MemberShown.model_validate(member_to_json(member))
