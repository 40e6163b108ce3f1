"""What supervisors do to many cases at once over HTTP, with a result for each; and cover for who is absent."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Request, Response

from api.agency_bodies import Written, body_of, read_as
from api.bodies import parsed, read_body
from api.cases.recording import BODY, RECORDERS, event_of
from api.cursors import Cursor, Limit, bad_cursor, moment_in, place_of
from api.cursors import cursor as cursor_at
from api.error_mapping import as_problems
from api.idempotency import KEY_PROBLEMS, IdempotencyKey, answer_of, execute_idempotently, required
from api.identity import SignedIn, require
from api.opened import Opener
from api.ports import Casework
from api.problems import SIGNING_IN, Code, Problem, documented
from api.supervision.bodies import (
    Assignment,
    CoverDone,
    CoverList,
    CoverShown,
    Extension,
    Many,
    ManyDone,
    NewCover,
    cover_done,
    many_done,
)
from application import cover
from application.bulk import BulkResult, EventsForCase, apply_to_cases, chase, extend, reassign
from domain.events import Reassigned, WaitExtended
from domain.people import Person, StaffRole
from ports.cases import Retryable
from ports.covers import CoverCursor

BULK, COVER = "/api/v1/bulk", "/api/v1/cover"
CoverId = Annotated[str, Path(description="The cover's id, as it was answered.", examples=["http:0f3a"])]
W = TypeVar("W", bound=Written)
E = TypeVar("E", Reassigned, WaitExtended)
Do = Callable[[Casework, str], Awaitable[Response]]

_ACTING = (*SIGNING_IN, *BODY, *KEY_PROBLEMS)
_NAMING = (*_ACTING, Code.FREE_TEXT)


def router(opener: Opener) -> APIRouter:
    """The addresses of what supervisors do."""
    routes, acting = APIRouter(tags=["supervision"]), Acting(opener)
    for path, what, summary, model, answer, codes in (
        (f"{BULK}/extend", acting.extend, "Extend waits", Extension, ManyDone, _NAMING),
        (f"{BULK}/reassign", acting.reassign, "Give cases to somebody", Assignment, ManyDone, _NAMING),
        (f"{BULK}/chase", acting.chase, "Remind agencies now", Many, ManyDone, _ACTING),
        (COVER, acting.begin, "Have somebody cover for a colleague", NewCover, CoverDone, _NAMING),
    ):
        extra, responses = body_of(model), documented(*codes)
        routes.add_api_route(
            path,
            what,
            methods=["POST"],
            summary=summary,
            response_model=answer,
            responses=responses,
            openapi_extra=extra,
        )
    routes.add_api_route(
        f"{COVER}/{{cover_id}}/end",
        acting.end,
        methods=["POST"],
        summary="Give the cases back",
        response_model=CoverDone,
        responses=documented(*SIGNING_IN, *KEY_PROBLEMS, Code.UNKNOWN_COVER),
    )
    routes.add_api_route(
        COVER,
        acting.covers,
        methods=["GET"],
        summary="Who covers for whom",
        responses=documented(*SIGNING_IN, Code.BAD_REQUEST, Code.BAD_CURSOR),
    )
    return routes


class Acting:
    """Does things to many cases, for supervisors."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def extend(self, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = "") -> Response:
        """The waits of each case that have run out; where none has, all. What became of each case is in the answer."""
        body, said = await self._read(Extension, request, person, idempotency_key)
        meant = _event(WaitExtended, until=said.until, **({} if said.reason is None else {"reason": said.reason}))

        async def do(casework: Casework, id: str) -> Response:
            return await _many(casework, person, said.cases, extend(casework.select_waits, meant.until, meant.reason), id)

        return await self._once(request, person, idempotency_key, body, do)

    async def reassign(self, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = "") -> Response:
        """What became of each case is in the answer."""
        body, said = await self._read(Assignment, request, person, idempotency_key)
        meant = _event(Reassigned, to=said.to)

        async def do(casework: Casework, id: str) -> Response:
            return await _many(casework, person, said.cases, reassign(meant.to), id)

        return await self._once(request, person, idempotency_key, body, do)

    async def chase(self, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = "") -> Response:
        """The agencies of each case that have run out of time; where none has, all that it waits for."""
        body, said = await self._read(Many, request, person, idempotency_key, RECORDERS)

        async def do(casework: Casework, id: str) -> Response:
            return await _many(casework, person, said.cases, chase(casework.select_waits), id)

        return await self._once(request, person, idempotency_key, body, do)

    async def begin(self, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = "") -> Response:
        """All open cases of one person go to another, and are remembered, so that those very cases come back."""
        body, said = await self._read(NewCover, request, person, idempotency_key)
        if said.absent == said.covering:
            raise Problem(Code.UNREADABLE, "covering: somebody else than who is absent")

        async def do(casework: Casework, id: str) -> Response:
            begun = await cover.start_cover(casework.desk, casework.covers, person, said.absent, said.covering, id)
            return _answer(cover_done(*begun), begun[1])

        return await self._once(request, person, idempotency_key, body, do)

    async def end(
        self, cover_id: CoverId, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = ""
    ) -> Response:
        """What the one who covered still has goes back; what went to somebody else meanwhile stays there.

        Cases of areas that are not yours stay covered for, and so the cover goes on.
        """
        require(person, StaffRole.SUPERVISOR)
        required(idempotency_key)

        async def do(casework: Casework, id: str) -> Response:
            ended = await cover.end_cover(casework.desk, casework.covers, person, cover_id, id)
            return _answer(cover_done(*ended), ended[1])

        return await self._once(request, person, idempotency_key, b"", do)

    async def covers(self, person: SignedIn, ended: bool = False, limit: Limit = 50, cursor: Cursor = "") -> CoverList:
        """Those of cases of your areas, and these cases counted; with `ended`, covers that are over."""
        of = {"covers": ended}
        after = _place(place_of(cursor, of, 2)) if cursor else None
        async with self._opener.reading(person, StaffRole.SUPERVISOR, StaffRole.AUDITOR) as casework:
            found = await casework.covers.list_covers(person, is_open=not ended, limit=limit, after=after)
        further = cursor_at(of, _stated(*found[-1].cursor)) if len(found) == limit else None
        return CoverList(covers=[CoverShown.model_validate(each) for each in found], next=further)

    async def _read(
        self,
        model: type[W],
        request: Request,
        person: Person,
        key: str,
        roles: Collection[StaffRole] = (StaffRole.SUPERVISOR,),
    ) -> tuple[bytes, W]:
        """The body, which is read for nobody but who has one of `roles`. Raises Problem."""
        require(person, *roles)
        required(key)
        body = await read_body(request)
        return body, read_as(model, parsed(body))

    async def _once(self, request: Request, person: Person, key: str, body: bytes, do: Do) -> Response:
        async def told(id: str) -> Response:
            with as_problems(self._opener.away):
                return await do(casework, id)

        with as_problems(self._opener.away):
            casework = self._opener.casework()
            return await execute_idempotently(casework.idempotency, person, key, request, body, told)


async def _many(casework: Casework, person: Person, refs: list[str], each: EventsForCase, id: str) -> Response:
    done = await apply_to_cases(casework.desk, person, [ref.upper() for ref in refs], each, id)
    return _answer(many_done(done), done)


def _answer(shown: ManyDone | CoverDone, done: Sequence[BulkResult]) -> Response:
    """What became of each case; where some of it may yet be done, the same again does it."""
    is_finished = not any(isinstance(each.failed, Retryable) for each in done)
    return answer_of(shown, is_finished=is_finished)


def _stated(started_at: datetime, id: str) -> tuple[str, str]:
    return started_at.isoformat(), id


def _place(parts: list[str]) -> CoverCursor:
    """The cover at which a list goes on. Raises Problem."""
    started_at, id = parts
    if not id.isprintable():
        raise bad_cursor()
    return moment_in(started_at), id


def _event(kind: type[E], **fields: str) -> E:
    """The event of these fields of a body. Raises Problem."""
    event = event_of(kind.name, fields, inside="data.")
    assert isinstance(event, kind)
    return event
