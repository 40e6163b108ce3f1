"""Cases as staff read them over HTTP: one, what it has been through, what may be recorded in it, and lists."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.areas import Area, areas_asked
from api.cases.bodies import (
    CaseLine,
    CaseList,
    CaseShown,
    DuplicatesShown,
    Explanation,
    MoveShown,
    MovesShown,
    Timeline,
    case_shown,
    csv_rows,
    entries_shown,
    lines_shown,
    refusals_shown,
    state_of,
)
from api.cases.contacts import AskedShown, MessageShown, ToldShown, WhomList, WhomShown
from api.cases.versions import IfNoneMatch, etag, is_known
from api.cursors import Cursor, Limit, bad_cursor, moment_in, place_of, ref_in
from api.cursors import cursor as cursor_at
from api.error_mapping import OF_A_CASE
from api.identity import SignedIn
from api.opened import Opener, seconds_to_read
from api.ports import Casework
from api.problems import SIGNING_IN, Code, documented
from api.tables import AS_CSV, MOST_ROWS, WantedFormat, table, wants_csv
from application.agency_contacts import find_contacts
from application.context import UnknownCase, get_visible_case
from domain.allowed_events import allowed_events
from domain.events import Actor
from domain.people import READERS, Person
from domain.references import is_ref
from domain.victim_explanation import explain, victim_view
from domain.vocabulary import CaseRef, Stage, Step
from ports.case_file import CaseSnapshot
from queries.cases import CaseFilters, Sort

CASES = "/api/v1/cases"

Ref = Annotated[str, Path(description="The case's reference, in capitals or not.", examples=["RJ-7Q2K-9F3M"])]

_CODE, _CODE_OR_NONE = r"^[A-Za-z0-9_:./@=+~-]{1,200}$", r"^[A-Za-z0-9_:./@=+~-]{0,200}$"
_ONE = (*SIGNING_IN, *OF_A_CASE)
_LIST = (*SIGNING_IN, Code.WRONG_AREA, Code.BAD_REQUEST, Code.BAD_CURSOR)


def router(opener: Opener) -> APIRouter:
    """The addresses at which cases are read."""
    routes, reading = APIRouter(tags=["cases"]), Reading(opener)
    one = f"{CASES}/{{ref}}"
    of_list: dict[int | str, dict[str, Any]] = {200: AS_CSV}
    of_case: dict[int | str, dict[str, Any]] = {304: {"description": "The case is still at that version."}}
    for path, what, summary, codes, more in (
        (CASES, reading.cases, "List cases", _LIST, of_list),
        (one, reading.case, "Show a case", _ONE, of_case),
        (f"{one}/timeline", reading.timeline, "What it has been through", (*_ONE, Code.BAD_CURSOR), {}),
        (f"{one}/explain", reading.explained, "What the victim may be told", _ONE, {}),
        (f"{one}/told", reading.told, "What the victim was told, and when", _ONE, {}),
        (f"{one}/asks", reading.asks, "What agencies were sent", _ONE, {}),
        (f"{one}/agencies", reading.agencies, "Whom to ring", _ONE, {}),
        (f"{one}/duplicates", reading.duplicates, "What may be the same request", _ONE, {}),
        (f"{one}/moves", reading.moves, "What you may record now", _ONE, {}),
    ):
        routes.add_api_route(path, what, methods=["GET"], summary=summary, responses={**more, **documented(*codes)})
    return routes


def case_ref(text: str) -> CaseRef:
    """The reference in `text`, in capitals as it is kept. Raises UnknownCase for what cannot be one."""
    if not is_ref(text.upper()):
        raise UnknownCase
    return CaseRef(text.upper())


class Reading:
    """Shows cases to those who may see them: never one of an area that is not theirs."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def _case(self, casework: Casework, person: Person, ref: Ref) -> CaseSnapshot:
        return await get_visible_case(casework.desk, person, case_ref(ref))

    async def case(self, ref: Ref, person: SignedIn, response: Response, if_none_match: IfNoneMatch = "") -> CaseShown:
        """With what it waits for, who can do what about it, and why it stands where it does."""
        async with self._opener.reading(person, *READERS) as casework:
            case = await self._case(casework, person, ref)
            if is_known(if_none_match, case.version):
                return Response(status_code=304, headers={"etag": etag(case.version)})  # type: ignore[return-value]
            response.headers["etag"] = etag(case.version)
            return case_shown(case, casework.now())

    async def timeline(self, ref: Ref, person: SignedIn, limit: Limit = 50, cursor: Cursor = "") -> Timeline:
        """Every entry with who recorded it; the newest first."""
        async with self._opener.reading(person, *READERS) as casework:
            case = await self._case(casework, person, ref)
            before = int(_number(place_of(cursor, {"timeline": case.ref}, 1)[0])) if cursor else None
            entries = await casework.desk.history.list_entries(case.ref, newest_first=True, limit=limit, before=before)
            refused = () if cursor else await casework.desk.history.list_refused(case.ref)
        more = len(entries) == limit and entries[-1].version > 1
        return Timeline(
            entries=entries_shown(entries),
            refused=refusals_shown(refused),
            next=cursor_at({"timeline": case.ref}, (entries[-1].version,)) if more else None,
        )

    async def explained(self, ref: Ref, person: SignedIn) -> Explanation:
        """In the words that they would be sent now, and in no others."""
        async with self._opener.reading(person, *READERS) as casework:
            words = explain(victim_view(state_of(await self._case(casework, person, ref))))
        return Explanation.model_validate(words, from_attributes=True)

    async def told(self, ref: Ref, person: SignedIn) -> ToldShown:
        """Each message with its words, its way, and what became of it; the newest first."""
        async with self._opener.reading(person, *READERS) as casework:
            case = await self._case(casework, person, ref)
            messages = await casework.desk.history.list_victim_messages(case.ref)
        return ToldShown(told=[MessageShown.model_validate(each) for each in messages])

    async def asks(self, ref: Ref, person: SignedIn) -> AskedShown:
        """Each with every attempt: to whom, by which way, when, and what came of it. Times are real ones."""
        async with self._opener.reading(person, *READERS) as casework:
            case = await self._case(casework, person, ref)
            return AskedShown(asks=list(await casework.desk.history.list_asks(case.ref)))

    async def agencies(self, ref: Ref, person: SignedIn) -> WhomList:
        """Each agency that the case waits for, by the directory as it is today: somebody else may have been asked."""
        async with self._opener.reading(person, *READERS) as casework:
            case = await self._case(casework, person, ref)
            found = await find_contacts(
                casework.directory, case.area, ((wait.key, wait.waiting_on) for wait in case.waits)
            )
        return WhomList(agencies=[WhomShown.model_validate(each) for each in found])

    async def duplicates(self, ref: Ref, person: SignedIn) -> DuplicatesShown:
        """Cases of the same victim, offender or incident; those of areas that are not yours are counted only."""
        async with self._opener.reading(person, *READERS) as casework:
            case = await self._case(casework, person, ref)
            found = await casework.duplicates.find_duplicates(case.ref, areas=person.within)
        return DuplicatesShown.model_validate(found)

    async def moves(self, ref: Ref, person: SignedIn) -> MovesShown:
        """With the fields that each event needs, so that any form can be drawn of it. An auditor records nothing."""
        async with self._opener.reading(person, *READERS) as casework:
            case = await self._case(casework, person, ref)
            if person.records_as is None:
                return MovesShown(version=case.version, moves=[])
            who = Actor(person.records_as, person.id)
            # It tries some hundred records, which takes long enough for others to notice.
            offered = await asyncio.to_thread(allowed_events, state_of(case), who, casework.now())
        return MovesShown(version=case.version, moves=[MoveShown.model_validate(each) for each in offered])

    async def cases(
        self,
        request: Request,
        person: SignedIn,
        area: Area = None,
        stage: Stage | None = None,
        step: Step | None = None,
        waiting_on: Annotated[str | None, Query(pattern=_CODE, examples=["probation"])] = None,
        assigned_to: Annotated[str | None, Query(pattern=_CODE_OR_NONE, examples=["c.okafor"])] = None,
        overdue: bool | None = None,
        on_hold: bool | None = None,
        is_open: Annotated[bool | None, Query(alias="open")] = None,
        received_from: date | None = None,
        received_to: date | None = None,
        due_from: date | None = None,
        due_to: date | None = None,
        text: Annotated[
            str | None, Query(max_length=20, description="The beginning of a half of a reference.", examples=["7Q2K"])
        ] = None,
        sort: Sort = Sort.RECEIVED,
        descending: bool = False,
        limit: Limit = 50,
        cursor: Cursor = "",
        format: WantedFormat = None,
    ) -> CaseList:
        """Those of your areas to which every filter applies. A later part costs no more than the first."""
        areas = areas_asked(person, area)
        filters = CaseFilters(
            area,
            stage,
            step,
            waiting_on,
            overdue,
            on_hold,
            assigned_to,
            is_open,
            received_from,
            received_to,
            due_from,
            due_to,
            text,
        )
        of: dict[str, object] = {"cases": filters, "sort": sort, "descending": descending}
        after = _place(place_of(cursor, of, 2), sort) if cursor else None
        as_table = wants_csv(request, format)
        wanted = MOST_ROWS if as_table else limit
        async with self._opener.reading(person, *READERS, seconds=seconds_to_read(as_table)) as casework:
            listed = await casework.desk.queries.list_cases(
                filters,
                wanted,
                areas=areas,
                sort=sort,
                descending=descending,
                after=after,
            )
        further = cursor_at(of, _stated(*listed[-1].key(sort))) if len(listed) == wanted else None
        if as_table:
            goes_on = str(request.url.include_query_params(cursor=further)) if further else ""
            return await table(CaseLine.model_fields, csv_rows(listed), "cases", goes_on)  # type: ignore[return-value]
        return CaseList(cases=lines_shown(listed), next=further)


def _stated(day: datetime | date, ref: str) -> tuple[str, str]:
    return day.isoformat(), ref


def _place(parts: list[str], sort: Sort) -> tuple[datetime | date, str]:
    """The place in a list sorted by `sort`. Raises Problem."""
    day, ref = parts
    try:
        return (moment_in(day) if sort is Sort.RECEIVED else date.fromisoformat(day)), ref_in(ref)
    except ValueError:
        raise bad_cursor() from None


def _number(text: str) -> str:
    if not text.isdecimal() or len(text) > 9:
        raise bad_cursor()
    return text
