"""What supervisors look at over HTTP: how many cases stand where, reports, who they are; what is stuck is beside."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar

from fastapi import APIRouter, Request

from api.areas import Area, areas_asked
from api.identity import SignedIn
from api.opened import SECONDS_TO_REPORT, Opener
from api.problems import SIGNING_IN, Code, Problem, documented
from api.supervision.bodies import (
    AgencyReport,
    BoardShown,
    DurationReport,
    MeShown,
    OutcomeReport,
    ReportShown,
)
from api.supervision.stuck import StuckLists
from api.tables import AS_CSV, WantedFormat, table, wants_csv
from domain.json_values import to_json_object
from domain.people import READERS, Person
from queries.board import Board
from queries.periods import InvalidPeriod, Period, make_period
from queries.reports import AgencyAnswers, ReportQueries, RequestOutcome, StepDuration

API = "/api/v1"

R = TypeVar("R", bound=ReportShown)

_STANDING = ("stage", "step", "open", "overdue", "on_hold", "median_days", "p90_days")


def router(opener: Opener) -> APIRouter:
    """The addresses of what supervisors look at."""
    routes, looking = APIRouter(tags=["supervision"]), Looking(opener)
    tabled: dict[int | str, dict[str, Any]] = {200: AS_CSV}
    lists = (*SIGNING_IN, Code.WRONG_AREA, Code.BAD_REQUEST)
    for path, what, summary, codes, more in (
        ("/stuck", StuckLists(opener).stuck, "What is stuck, and why", (*lists, Code.BAD_CURSOR), tabled),
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

    async def board(
        self, request: Request, person: SignedIn, area: Area = None, format: WantedFormat = None
    ) -> BoardShown:
        """Counted once a minute, as of the moment that it names. Days are whole ones at the present step."""
        areas = areas_asked(person, area)
        async with self._opener.reading(person, *READERS) as casework:
            shown = await casework.board.get_board(areas)
            people = await casework.board.get_caseloads(areas)
        if wants_csv(request, format):
            return await table(("as_of", *_STANDING), _standings(shown), "board")  # type: ignore[return-value]
        return BoardShown(
            board=shown, people=list(people.people) if people else [], other_people=people.others if people else 0
        )

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
        return await self._report(
            request, person, area, (first, last), format, DurationReport, StepDuration, ReportQueries.list_durations
        )

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
        return await self._report(
            request, person, area, (first, last), format, OutcomeReport, RequestOutcome, ReportQueries.list_outcomes
        )

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
        return await self._report(
            request, person, area, (first, last), format, AgencyReport, AgencyAnswers, ReportQueries.list_agency_answers
        )

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
        areas = areas_asked(person, area)
        async with self._opener.reading(person, *READERS, seconds=SECONDS_TO_REPORT) as casework:
            period = _period(days, casework.now().date())
            found = await read(casework.reports, period, areas=areas)
        if wants_csv(request, format):
            lines, columns = map(to_json_object, found), (each.name for each in fields(kind))
            return await table(columns, lines, request.url.path.rpartition("/")[2])  # type: ignore[return-value]
        return model(first=period.first, last=period.last, lines=list(found))


def _period(days: tuple[date | None, date | None], today: date) -> Period:
    """The days that are asked for. Raises Problem."""
    try:
        return make_period(*days, today)
    except InvalidPeriod as unfit:
        raise Problem(Code.BAD_REQUEST, f"first, last: {unfit}") from None


def _standings(shown: Board | None) -> list[dict[str, object]]:
    """The board as rows of a table: each stage as a whole, then its steps."""
    if shown is None:
        return []
    rows: list[dict[str, object]] = []
    for stage in shown.stages:
        for step, standing in ((None, stage.counts), *stage.steps):
            where = {"as_of": shown.as_of.isoformat(), "stage": stage.stage, "step": step}
            rows.append({**where, **to_json_object(standing)})
    return rows
