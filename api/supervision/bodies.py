"""What supervisors ask for and are answered over HTTP."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.agency_bodies import Shown, Written
from api.cursors import Next
from api.error_mapping import problem_of
from application.bulk import MAX_CASES, BulkResult
from ports.covers import Cover
from queries.board import Board, Caseload
from queries.reports import AgencyAnswers, RequestOutcome, StepDuration

_REFS = [["RJ-7Q2K-9F3M", "RJ-2XHB-77KT"]]


class Many(Written):
    """Which cases are meant."""

    cases: list[str] = Field(min_length=1, max_length=MAX_CASES, description="Their references.", examples=_REFS)


class Extension(Many):
    """Until when the waits of these cases that have run out are extended; where none has, every wait of a case."""

    until: str = Field(
        pattern=r"^\d{4}-\d\d-\d\d$", description="A day that lies ahead of the cases.", examples=["2026-12-18"]
    )
    reason: str | None = Field(default=None, description="The code of a reason.", examples=["venue_or_prison_pending"])


class Assignment(Many):
    """Who is to have these cases."""

    to: str = Field(min_length=1, max_length=100, description="Their account.", examples=["c.okafor"])


class NewCover(Written):
    """Who is absent, and who has their cases meanwhile."""

    absent: str = Field(min_length=1, max_length=100, examples=["c.okafor"])
    covering: str = Field(min_length=1, max_length=100, examples=["d.ferreira"])


class DoneShown(BaseModel):
    """What came of one of many cases."""

    ref: str = Field(examples=["RJ-7Q2K-9F3M"])
    done: bool
    version: int | None = Field(description="That of the case afterwards.", examples=[7])
    code: str | None = Field(description="The problem, if it was not done.", examples=["refused"])
    reason: str | None = Field(description="Why the process refuses it.", examples=["case_closed"])
    sentence: str = Field(examples=["The case has ended and takes nothing more of this kind."])


class ManyDone(BaseModel):
    """What came of each case, in the order in which they were named."""

    done: int = Field(examples=[2])
    failed: int = Field(examples=[0])
    results: list[DoneShown]


class CoverShown(Shown):
    """Who has whose cases."""

    id: str = Field(examples=["http:0f3a"])
    absent: str = Field(examples=["c.okafor"])
    covering: str = Field(examples=["d.ferreira"])
    started_at: datetime
    started_by: str = Field(examples=["staff:s.lindqvist"])
    ended_at: datetime | None
    cases: int = Field(description="How many cases it is about.", examples=[58])


class CoverDone(BaseModel):
    """A cover, and what came of each of its cases now."""

    cover: CoverShown
    goes_on: bool = Field(
        description="It is not over: cases were not given back, are of areas that are not yours, or are covered for in "
        "turn by a later cover. End it again when that has ended.",
    )
    done: int = Field(examples=[58])
    failed: int = Field(examples=[0])
    results: list[DoneShown]


class CoverList(BaseModel):
    """A part of the covers, the latest first."""

    covers: list[CoverShown]
    next: Next


class BoardShown(BaseModel):
    """How many open cases stand where, as of a moment; null: no server has counted yet."""

    board: Board | None
    people: list[Caseload] = Field(description="Who has how many, the most overdue ones first; at most 201.")
    other_people: int = Field(description="How many more have open cases: ask for an area.", examples=[0])


class ReportShown(BaseModel):
    """A report on a period; the lines with an empty area are of all these areas together."""

    first: date
    last: date


class DurationReport(ReportShown):
    """How long steps took."""

    lines: list[StepDuration]


class OutcomeReport(ReportShown):
    """How requests ended."""

    lines: list[RequestOutcome]


class AgencyReport(ReportShown):
    """How agencies answered."""

    lines: list[AgencyAnswers]


class MeShown(BaseModel):
    """Who asks, as the token says."""

    id: str = Field(examples=["s.lindqvist"])
    roles: list[str] = Field(examples=[["supervisor"]])
    areas: list[str] | None = Field(description="null: all areas.", examples=[["eastmoor"]])


def many_done(done: tuple[BulkResult, ...]) -> ManyDone:
    """What came of many cases, as it is answered."""
    results = [_done_shown(each) for each in done]
    good = sum(each.done for each in results)
    return ManyDone(done=good, failed=len(results) - good, results=results)


def _done_shown(done: BulkResult) -> DoneShown:
    if done.failed is None:
        return DoneShown(ref=done.ref, done=True, version=done.version, code=None, reason=None, sentence="BulkResult.")
    problem = problem_of(done.failed)
    return DoneShown(
        ref=done.ref,
        done=False,
        version=done.version,
        code=problem.code,
        reason=problem.more.get("reason"),
        sentence=problem.sentence,
    )


def cover_done(cover: Cover, done: tuple[BulkResult, ...]) -> CoverDone:
    """A cover and what came of its cases, as it is answered."""
    shown = CoverShown.model_validate(cover)
    return CoverDone(cover=shown, goes_on=cover.is_open, **many_done(done).model_dump())
