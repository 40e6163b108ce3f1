"""What supervisors look at over HTTP: what is stuck and why, how many cases stand where, reports, and who they are."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request

from api.cases.reading import Cursor, Limit
from api.cursors import bad_cursor, moment_in, place_of, ref_in
from api.cursors import cursor as cursor_at
from api.identity import SignedIn
from api.opened import SECONDS_TO_REPORT, Opener, seconds_to_read
from api.problems import SIGNING_IN, Code, Problem, documented
from api.supervision.bodies import (
    AgencyReport,
    BoardShown,
    DurationReport,
    MeShown,
    OutcomeReport,
    ReportShown,
    StuckList,
    StuckShown,
    stuck_rows,
    stuck_shown,
)
from api.tables import AS_CSV, MOST_ROWS, WantedFormat, table, wants_csv
from casework.people import READERS, Person
from domain.plain import plain
from readmodel.board import Board, board, caseloads
from readmodel.reports import AgencyAnswers, Duration, Outcome, Period, agencies, durations, outcomes
from readmodel.stuck import KINDS, Place, StuckKind, Wanted, stuck_part

API = "/api/v1"
DAYS_OF_REPORT = 90
"""How far a report goes back where nobody says."""
MOST_DAYS = 400

R = TypeVar("R", bound=ReportShown)

Area = Annotated[
    str | None,
    Query(pattern=r"^[a-z0-9_-]{1,50}$", description="One of your areas; none: all of them.", examples=["eastmoor"]),
]
_STANDING = ("stage", "step", "open", "overdue", "on_hold", "median_days", "p90_days")


def router(opener: Opener) -> APIRouter:
    """The addresses of what supervisors look at."""
    routes, looking = APIRouter(tags=["supervision"]), Looking(opener)
    tabled: dict[int | str, dict[str, Any]] = {200: AS_CSV}
    lists = (*SIGNING_IN, Code.WRONG_AREA, Code.BAD_REQUEST)
    for path, what, summary, codes, more in (
        ("/stuck", looking.stuck, "What is stuck, and why", (*lists, Code.BAD_CURSOR), tabled),
        ("/board", looking.board, "How many cases stand where", lists, tabled),
        ("/reports/durations", looking.durations, "How long steps take", lists, tabled),
        ("/reports/outcomes", looking.outcomes, "How requests end", lists, tabled),
        ("/reports/agencies", looking.agencies, "How agencies answer", lists, tabled),
        ("/me", looking.me, "Who am I?", SIGNING_IN, {}),
    ):
        responses = {**more, **documented(*codes)}
        routes.add_api_route(f"{API}{path}", what, methods=["GET"], summary=summary, responses=responses)
    return routes


class Looking:
    """Shows supervisors, and whoever else may read, what concerns their areas."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def stuck(
        self,
        request: Request,
        person: SignedIn,
        area: Area = None,
        kind: Annotated[list[StuckKind] | None, Query(description="Only for these reasons; may be repeated.")] = None,
        assigned_to: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._@-]{0,100}$", examples=["c.okafor"])] = None,
        limit: Limit = 50,
        cursor: Cursor = "",
        format: WantedFormat = None,
    ) -> StuckList:
        """Every case that stands still, once, by harm and then the longest first, with each reason in plain words."""
        kinds = sorted(set(kind)) if kind else None
        of: dict[str, object] = {"stuck": area, "kinds": kinds, "assigned_to": assigned_to}
        after = _place(place_of(cursor, of, 3)) if cursor else None
        areas = _areas(person, area)
        as_table = wants_csv(request, format)
        most = MOST_ROWS if as_table else limit
        async with self._opener.reading(person, *READERS, seconds=seconds_to_read(as_table)) as casework:
            wanted = Wanted(areas, kinds or KINDS, assigned_to)
            part = await stuck_part(casework.desk.pool, casework.now().date(), wanted, most, after)
        cases = [stuck_shown(each) for each in part.cases]
        last = part.goes_on
        further = cursor_at(of, (last.kind, last.since.isoformat(), last.ref)) if last else None
        if as_table:
            columns = (*(name for name in StuckShown.model_fields if name != "reasons"), "reasons", "why", "can_do")
            goes_on = str(request.url.include_query_params(cursor=further)) if further else ""
            return table(columns, stuck_rows(cases), "stuck", goes_on)  # type: ignore[return-value]
        return StuckList(cases=cases, next=further)

    async def board(
        self, request: Request, person: SignedIn, area: Area = None, format: WantedFormat = None
    ) -> BoardShown:
        """Counted once a minute, as of the moment that it names. Days are whole ones at the present step."""
        areas = _areas(person, area)
        async with self._opener.reading(person, *READERS) as casework:
            shown = await board(casework.desk.pool, areas)
            people = await caseloads(casework.desk.pool, areas)
        if wants_csv(request, format):
            return table(("as_of", *_STANDING), _standings(shown), "board")  # type: ignore[return-value]
        return BoardShown(board=shown, people=list(people.people) if people else [])

    async def durations(
        self,
        request: Request,
        person: SignedIn,
        area: Area = None,
        first: date | None = None,
        last: date | None = None,
        format: WantedFormat = None,
    ) -> DurationReport:
        """Of each step and stage that cases left in the period: how many, the median and 90th percentile of days."""
        return await self._report(request, person, area, (first, last), format, DurationReport, Duration, durations)

    async def outcomes(
        self,
        request: Request,
        person: SignedIn,
        area: Area = None,
        first: date | None = None,
        last: date | None = None,
        format: WantedFormat = None,
    ) -> OutcomeReport:
        """How the requests ended that did so in the period: at which stage, why, and in what form people met."""
        return await self._report(request, person, area, (first, last), format, OutcomeReport, Outcome, outcomes)

    async def agencies(
        self,
        request: Request,
        person: SignedIn,
        area: Area = None,
        first: date | None = None,
        last: date | None = None,
        format: WantedFormat = None,
    ) -> AgencyReport:
        """How long each agency took, how often it was reminded, how often it was overdue, and what it still owes."""
        return await self._report(request, person, area, (first, last), format, AgencyReport, AgencyAnswers, agencies)

    async def me(self, person: SignedIn) -> MeShown:
        """What the token says, as it is understood here."""
        areas = person.within
        return MeShown(id=person.id, roles=sorted(person.roles), areas=None if areas is None else list(areas))

    async def _report(
        self,
        request: Request,
        person: Person,
        area: str | None,
        days: tuple[date | None, date | None],
        format: WantedFormat,
        model: type[R],
        kind: type[Any],
        read: Callable[..., Awaitable[Sequence[Any]]],
    ) -> R:
        areas = _areas(person, area)
        async with self._opener.reading(person, *READERS, seconds=SECONDS_TO_REPORT) as casework:
            period = _period(days, casework.now().date())
            found = await read(casework.desk.pool, period, areas=areas)
        if wants_csv(request, format):
            lines, columns = map(_object, found), (each.name for each in fields(kind))
            return table(columns, lines, read.__name__)  # type: ignore[return-value]
        return model(first=period.first, last=period.last, lines=list(found))


def _areas(person: Person, area: str | None) -> tuple[str, ...] | None:
    """The areas that are asked for, as far as they are theirs. Raises Problem."""
    if area is None:
        return person.within
    if not person.sees(area):
        raise Problem(Code.WRONG_AREA, "the token's areas do not have this one")
    return (area,)


def _period(days: tuple[date | None, date | None], today: date) -> Period:
    """The days that are asked for; the last 90 where none are. Raises Problem."""
    last = days[1] or today
    first = days[0] or last - timedelta(days=min(DAYS_OF_REPORT - 1, (last - date.min).days))
    if first > last or (last - first).days > MOST_DAYS:
        raise Problem(Code.BAD_REQUEST, f"first, last: a period of at most {MOST_DAYS} days, its first day first")
    return Period(first, last)


def _place(parts: list[str]) -> Place:
    """The place in the list of what is stuck. Raises Problem."""
    kind, since, ref = parts
    try:
        return Place(StuckKind(kind), moment_in(since), ref_in(ref))
    except ValueError:
        raise bad_cursor() from None


def _standings(shown: Board | None) -> list[dict[str, object]]:
    """The board as rows of a table: each stage as a whole, then its steps."""
    if shown is None:
        return []
    rows: list[dict[str, object]] = []
    for stage in shown.stages:
        for step, standing in ((None, stage.standing), *stage.steps):
            rows.append({"as_of": shown.as_of.isoformat(), "stage": stage.stage, "step": step, **_object(standing)})
    return rows


def _object(value: object) -> dict[str, Any]:
    fields = plain(value)
    assert isinstance(fields, dict)
    return fields
