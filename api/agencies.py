"""The directory of agencies over HTTP, managed by admins and read by all staff: as by `rj agency` and `rj asks`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, TypeVar

import structlog
from fastapi import APIRouter, Path, Query, Request, Response

from api.agency_bodies import (
    AgencyAdded,
    AgencyChanges,
    AgencyList,
    AgencyShown,
    AsksStanding,
    KeyRotated,
    KeysShown,
    NewAgency,
    NewKey,
    PauseShown,
    TestResult,
    Written,
    body_of,
    read_as,
)
from api.bodies import parsed, read_body
from api.cursors import Cursor, Limit, bad_cursor, place_of
from api.cursors import cursor as cursor_at
from api.idempotency import KEY_PROBLEMS, IdempotencyKey, answer_of
from api.identity import SignedIn, require
from api.managing import KEYS_NOT_KEPT, Office, bodiless, posted
from api.ports import Managing
from api.problems import SIGNING_IN, Code, Problem, documented
from domain.areas import AREA_PATTERN, is_area
from domain.people import Person, StaffRole
from domain.vocabulary import AgencyKind
from ports.agencies import ChannelName
from ports.agency_views import EVERY_AGENCY, LIST_START, AgencyFilters, AgencySortKey
from ports.directory import AGENCY_ID, AgencyExists, InvalidAgency, KeyAlreadyMade, UnknownAgency

log = structlog.get_logger("api.agencies")

W = TypeVar("W", bound=Written)

SECONDS_TO_STORE = 5.0
AGENCIES, ASKS = "/api/v1/agencies", "/api/v1/asks"
AgencyId = Annotated[str, Path(description="Its id in the directory.", examples=["eastmoor-probation"])]

READERS = tuple(StaffRole)
"""Whoever works with cases may have to know whom to ring."""

_POST = (*SIGNING_IN, *KEY_PROBLEMS)
_ONE = (*SIGNING_IN, Code.UNKNOWN_AGENCY)
_SHOWN_ONCE = (Code.ALREADY_DONE,)
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


_SUMMARIES = {
    "agencies": "List agencies",
    "add": "Enter an agency",
    "agency": "Show an agency",
    "edit": "Change an agency",
    "rotate": "Make a new key for one side",
    "try_out": "Try whether an agency can be reached",
    "pause": "Let the asks to an agency rest",
    "resume": "Send asks to an agency again",
    "pause_all": "Let all asks rest",
    "resume_all": "Send asks again",
}


def router(managing: Callable[[], Managing], away: tuple[type[Exception], ...]) -> APIRouter:
    """The addresses at which the directory is read and managed."""
    routes, office = APIRouter(tags=["directory"]), DirectoryOffice(managing, away)
    one = f"{AGENCIES}/{{agency}}"
    for method, path, what, model, codes, extra in (
        ("GET", AGENCIES, office.agencies, AgencyList, (*SIGNING_IN, Code.BAD_REQUEST, Code.BAD_CURSOR), {}),
        (
            "POST",
            AGENCIES,
            office.add,
            AgencyAdded,
            (*_POST, *_BODY, *_SHOWN_ONCE, Code.AGENCY_EXISTS),
            body_of(NewAgency),
        ),
        ("GET", one, office.agency, AgencyShown, _ONE, {}),
        ("PATCH", one, office.edit, AgencyShown, (*_ONE, *_BODY), body_of(AgencyChanges)),
        (
            "POST",
            f"{one}/keys",
            office.rotate,
            KeyRotated,
            (*_ONE, *KEY_PROBLEMS, *_BODY, *_SHOWN_ONCE),
            body_of(NewKey),
        ),
        ("POST", f"{one}/test", office.try_out, TestResult, (*_ONE, *KEY_PROBLEMS), {}),
        ("POST", f"{one}/pause", office.pause, AsksStanding, (*_ONE, *KEY_PROBLEMS), {}),
        ("POST", f"{one}/resume", office.resume, AsksStanding, (*_ONE, *KEY_PROBLEMS), {}),
        ("POST", f"{ASKS}/pause", office.pause_all, AsksStanding, _POST, {}),
        ("POST", f"{ASKS}/resume", office.resume_all, AsksStanding, _POST, {}),
    ):
        routes.add_api_route(
            path,
            what,
            methods=[method],
            status_code=201 if model in (AgencyAdded, KeyRotated) else 200,
            response_model=model,
            summary=_SUMMARIES[what.__name__],
            responses=documented(*codes),
            openapi_extra=extra,
        )
    return routes


class DirectoryOffice(Office):
    """Does what is asked of the directory."""

    async def agencies(
        self,
        person: SignedIn,
        kind: AgencyKind | None = None,
        area: Annotated[str | None, Query(pattern=rf"^({AREA_PATTERN})?$", examples=["eastmoor"])] = None,
        channel: ChannelName | None = None,
        paused: bool | None = None,
        active: bool = True,
        limit: Limit = 50,
        cursor: Cursor = "",
    ) -> AgencyList:
        """Those that are asked; `active=false`: those that were taken out. An empty `area`: the national ones."""
        filters = AgencyFilters(kind, area, channel, paused, active)
        of = {"agencies": filters}
        after = _place(place_of(cursor, of, 3)) if cursor else LIST_START
        async with self._directory(person, *READERS) as directory:
            found = await directory.listing.agencies(filters, limit=limit, after=after)
        further = cursor_at(of, found[-1].place) if len(found) == limit else None
        return AgencyList(agencies=[AgencyShown.model_validate(each) for each in found], next=further)

    async def agency(self, agency: AgencyId, person: SignedIn) -> AgencyShown:
        """Also one that was taken out. No key is shown."""
        async with self._directory(person, *READERS) as directory:
            return await _shown(directory, agency)

    async def add(self, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = "") -> Response:
        """Its keys are in this answer and nowhere else: hand them over."""
        sent = await posted(request, person, idempotency_key)
        new = read_as(NewAgency, parsed(sent.body))

        async def do(id: str) -> Response:
            async with self._directory(person, StaffRole.ADMIN) as directory:
                keys = await directory.directory.add(new.details(), person.account, id)
                added = AgencyAdded(agency=await _shown(directory, new.id), keys=KeysShown.model_validate(keys))
            return answer_of(added, 201, {"location": f"{AGENCIES}/{new.id}"})

        return await self.execute_idempotently(sent, do, KEYS_NOT_KEPT)

    async def edit(self, agency: AgencyId, request: Request, person: SignedIn) -> AgencyShown:
        """What the body names, and nothing else."""
        require(person, StaffRole.ADMIN)
        changes = read_as(AgencyChanges, parsed(await read_body(request)))
        async with self._directory(person, StaffRole.ADMIN) as directory:
            await directory.directory.edit(agency, changes.changes(), person.account)
            return await _shown(directory, agency)

    async def rotate(
        self, agency: AgencyId, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = ""
    ) -> Response:
        """The key is in this answer and nowhere else. The older ones count until the overlap is over."""
        sent = await posted(request, person, idempotency_key)
        new = read_as(NewKey, parsed(sent.body))

        async def do(id: str) -> Response:
            overlap = timedelta(days=new.overlap_days)
            async with self._directory(person, StaffRole.ADMIN) as directory:
                rotated = await directory.keys.rotate(agency, new.side, overlap, person.account, id)
            return answer_of(KeyRotated.model_validate(rotated), 201)

        return await self.execute_idempotently(sent, do, KEYS_NOT_KEPT)

    async def try_out(
        self, agency: AgencyId, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = ""
    ) -> Response:
        """By its own channel: a signed ping, a mail, a harmless request. Takes as long as the agency does."""

        async def do(_id: str) -> Response:
            async with self._directory(person, StaffRole.ADMIN) as directory:
                await _shown(directory, agency)
                found = await directory.directory.get_by_id(agency)
            if found is None:
                raise Problem(Code.UNKNOWN_AGENCY, "it was taken out of the directory")
            return answer_of(TestResult.model_validate(await directory.try_out(found)))

        return await self.execute_idempotently(bodiless(request, person, idempotency_key), do)

    async def pause(
        self, agency: AgencyId, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = ""
    ) -> Response:
        """They wait and are sent when they are resumed. What agencies answer is taken all the same."""

        async def do(_id: str) -> Response:
            async with self._directory(person, StaffRole.ADMIN) as directory:
                await directory.pauses.pause(agency, person.account)
                return answer_of(await _standing(directory, agency))

        return await self.execute_idempotently(bodiless(request, person, idempotency_key), do)

    async def resume(
        self, agency: AgencyId, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = ""
    ) -> Response:
        """Ends this pause and no other: the answer says what still rests."""

        async def do(_id: str) -> Response:
            async with self._directory(person, StaffRole.ADMIN) as directory:
                await directory.pauses.resume(agency, person.account)
                return answer_of(await _standing(directory, agency))

        return await self.execute_idempotently(bodiless(request, person, idempotency_key), do)

    async def pause_all(self, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = "") -> Response:
        """They wait and are sent when they are resumed. What agencies answer is taken all the same."""
        return await self.pause(EVERY_AGENCY, request, person, idempotency_key)

    async def resume_all(self, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = "") -> Response:
        """An agency that rests by itself goes on resting: the answer says which do."""
        return await self.resume(EVERY_AGENCY, request, person, idempotency_key)

    @asynccontextmanager
    async def _directory(self, person: Person, *roles: StaffRole) -> AsyncIterator[Managing]:
        """What to work with, for who has one of `roles`; what goes wrong meanwhile is raised as a Problem."""
        require(person, *roles)
        try:
            async with asyncio.timeout(SECONDS_TO_STORE):
                yield self.managing()
        except UnknownAgency:
            raise Problem(Code.UNKNOWN_AGENCY) from None
        except KeyAlreadyMade:
            raise Problem(KEYS_NOT_KEPT.code, KEYS_NOT_KEPT.detail) from None
        except AgencyExists:
            raise Problem(Code.AGENCY_EXISTS, "id: it is taken, if only by an agency that was taken out") from None
        except InvalidAgency as unfit:
            raise Problem(Code.INVALID, str(unfit)) from None
        except self.away as error:
            log.warning("agencies.database_unavailable", error=type(error).__name__)
            raise Problem(
                Code.DATABASE_UNAVAILABLE, "the database does not answer: look what was changed, then try again"
            ) from None


def _place(parts: list[str]) -> AgencySortKey:
    """The agency at which the list goes on. Raises Problem."""
    area, kind, id = parts
    if (area and not is_area(area)) or kind not in set(AgencyKind) or not AGENCY_ID.fullmatch(id):
        raise bad_cursor()
    return area, kind, id


async def _shown(directory: Managing, agency: str) -> AgencyShown:
    """The agency as it is shown. Raises UnknownAgency."""
    found = await directory.listing.agency(agency)
    if found is None:
        raise UnknownAgency
    return AgencyShown.model_validate(found)


async def _standing(directory: Managing, agency: str) -> AsksStanding:
    """What holds back the asks of `agency`; where that is all of them, every pause."""
    resting = await directory.pauses.list_pauses(agency or None)
    return AsksStanding(agency=agency, pauses=[PauseShown.model_validate(each) for each in resting])
