"""How many cases there are at each step, and reports of a period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from api.authentication import Reader
from api.csv_tables import ALL_AREAS, ALL_STEPS, AS_CSV, TOO_FEW, AsCsv, to_csv_response
from api.dependencies import Services, StaffServices
from api.filters import Areas
from api.guarded_route import ReportRoute
from api.models.reports import (
    AgencyAnswersResponse,
    AgencyReportResponse,
    BoardCountsResponse,
    BoardResponse,
    CaseloadResponse,
    DurationReportResponse,
    DurationResponse,
    OutcomeReportResponse,
    OutcomeResponse,
    ReportResponse,
    ReturnLineResponse,
    ReturnReportResponse,
    StageCountsResponse,
    StepCountsResponse,
)
from api.problems import Code, Problem, document_problems
from domain.wording.reports import INDICATORS, describe_item
from queries.periods import InvalidPeriod, Period, make_period

router = APIRouter(
    prefix="/api/v1",
    tags=["supervision"],
    route_class=ReportRoute,
    responses={**AS_CSV, **document_problems(Code.WRONG_AREA, Code.UNKNOWN_AREA)},
)


def read_period(services: Services, first: date | None = None, last: date | None = None) -> Period:
    """Return the period of a request, as FastAPI resolves it. Raises Problem."""
    try:
        return make_period(first, last, services.today())
    except InvalidPeriod as invalid:
        raise Problem(Code.BAD_REQUEST, f"first, last: {invalid}") from None


RETURN_COLUMNS = ("area", "indicator_label", "item_label", "number", "median_days", "p90_days")
"""In words, since a return is sent on."""

ReportPeriod = Annotated[Period, Depends(read_period)]


@router.get("/board", summary="Count the open cases")
async def show_board(_person: Reader, areas: Areas, services: Services, as_csv: AsCsv) -> BoardResponse:
    """Counted once a minute. Days are whole ones since a case came to its present step."""
    board = await services.board.get_board(areas.areas)
    people = await services.board.get_caseloads(areas.areas)
    response = BoardResponse(
        as_of=board.as_of if board else None,
        today=board.today if board else None,
        all_stages=BoardCountsResponse.model_validate(board.counts) if board else None,
        stages=[
            StageCountsResponse(
                stage=stage.stage,
                **_to_counts(stage.counts),
                steps=[StepCountsResponse(step=step, **_to_counts(counts)) for step, counts in stage.steps],
            )
            for stage in (board.stages if board else ())
        ],
        people=[CaseloadResponse.model_validate(caseload) for caseload in (people.people if people else ())],
        other_people=people.others if people else 0,
    )
    if as_csv:
        of_all = {"as_of": response.as_of, "area": areas.area or ALL_AREAS}
        # Each stage as a whole, which is marked, and then its steps.
        rows: list[dict[str, object]] = [
            {**of_all, "stage": stage.stage, **row}
            for stage in response.stages
            for row in (
                {**stage.model_dump(exclude={"stage", "steps"}), "step": ALL_STEPS},
                *(step.model_dump() for step in stage.steps),
            )
        ]
        columns = ("as_of", "area", "stage", *StepCountsResponse.model_fields)
        return await to_csv_response(columns, rows, "board")  # type: ignore[no-any-return]
    return response


def _to_counts(counts: object) -> dict[str, int | None]:
    return BoardCountsResponse.model_validate(counts).model_dump()


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What a report is asked for."""

    services: StaffServices
    areas: tuple[str, ...] | None
    period: Period
    as_csv: bool

    async def respond(self, model: type[ReportResponse], lines: Sequence[BaseModel], columns: Iterable[str]) -> Any:
        """The report, or as a table its `columns` with the period.

        Lines that sum up others are marked in the table, so that no total counts twice.
        """
        if not self.as_csv:
            return model(first=self.period.first, last=self.period.last, lines=lines)
        rows: list[dict[str, object]] = []
        for line in lines:
            row = {"first": self.period.first, "last": self.period.last, **line.model_dump()}
            row["area"] = row["area"] or ALL_AREAS
            if "step" in row:
                row["step"] = row["step"] or ALL_STEPS
            if "number" in row and row["number"] is None:
                row["number"] = TOO_FEW
            rows.append(row)
        name = f"{model.NAME}-{self.period.first}-{self.period.last}"
        return await to_csv_response(("first", "last", *columns), rows, name)


async def read_report_request(
    _person: Reader, areas: Areas, services: Services, period: ReportPeriod, as_csv: AsCsv
) -> ReportRequest:
    """Return what is asked for, as FastAPI resolves it."""
    return ReportRequest(services, areas.areas, period, as_csv)


Asked = Annotated[ReportRequest, Depends(read_report_request)]


@router.get("/reports/durations", summary="How long steps take")
async def report_durations(asked: Asked) -> DurationReportResponse:
    """Of each step and stage that cases left in the period: how many, the median and the 90th percentile of days."""
    found = await asked.services.reports.list_durations(asked.period, areas=asked.areas)
    lines = [DurationResponse.model_validate(line) for line in found]
    return await asked.respond(DurationReportResponse, lines, DurationResponse.model_fields)  # type: ignore[no-any-return]


@router.get("/reports/outcomes", summary="How requests end")
async def report_outcomes(asked: Asked) -> OutcomeReportResponse:
    """Of the requests that ended in the period: at which stage, why, and by which type of contact."""
    found = await asked.services.reports.list_outcomes(asked.period, areas=asked.areas)
    lines = [OutcomeResponse.model_validate(line) for line in found]
    return await asked.respond(OutcomeReportResponse, lines, OutcomeResponse.model_fields)  # type: ignore[no-any-return]


@router.get("/reports/agencies", summary="How agencies answer")
async def report_agencies(asked: Asked) -> AgencyReportResponse:
    """How long each agency took, how often it was reminded, how often it was overdue, and what is still open."""
    found = await asked.services.reports.list_agency_answers(asked.period, areas=asked.areas)
    lines = [AgencyAnswersResponse.model_validate(line) for line in found]
    return await asked.respond(AgencyReportResponse, lines, AgencyAnswersResponse.model_fields)  # type: ignore[no-any-return]


@router.get("/reports/return", summary="The return to the commissioner")
async def report_return(asked: Asked) -> ReturnReportResponse:
    """Offers, requests, days, contacts, ends, agreements, needs and satisfaction, and what people said of themselves.

    The last are counted of the whole quarters in the period only, each number to the nearest 5 and none under 5.
    """
    found = await asked.services.returns.list_lines(asked.period, areas=asked.areas)
    lines = [
        ReturnLineResponse(
            area=line.area,
            indicator=line.indicator,
            item=line.item,
            indicator_label=INDICATORS[line.indicator],
            item_label=describe_item(line.indicator, line.item),
            number=line.number,
            median_days=line.median_days,
            p90_days=line.p90_days,
        )
        for line in found
    ]
    return await asked.respond(ReturnReportResponse, lines, RETURN_COLUMNS)  # type: ignore[no-any-return]
