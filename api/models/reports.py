"""How many cases there are at each step, and reports of a period."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, Field

from api.models.base import ACCOUNT_EXAMPLE, FromDomain

_AREA = "Empty: all these areas together."


class BoardCountsResponse(FromDomain):
    """How many open cases there are; days are whole ones since they came to their present step."""

    open: int = Field(examples=[41])
    overdue: int = Field(examples=[3])
    on_hold: int = Field(examples=[2])
    median_days: int | None = Field(examples=[9])
    p90_days: int | None = Field(description="90 % of the cases are within so many days.", examples=[31])


class StepCountsResponse(BoardCountsResponse):
    """The open cases at a step."""

    step: str = Field(examples=["tracing"])


class StageCountsResponse(BoardCountsResponse):
    """The open cases at a stage, together and at each of its steps in the order of the process."""

    stage: str = Field(examples=["requested"])
    steps: list[StepCountsResponse]


class CaseloadResponse(FromDomain):
    """How many open cases somebody has."""

    assigned_to: str = Field(description="Empty: unassigned.", examples=[ACCOUNT_EXAMPLE])
    open: int = Field(examples=[12])
    overdue: int = Field(examples=[1])
    on_hold: int = Field(examples=[0])


class BoardResponse(BaseModel):
    """Counts of the open cases, at most about a minute old."""

    as_of: datetime | None = Field(description="When they were counted; null: no server has counted yet.")
    today: date | None = Field(description="The cases' day then.")
    all_stages: BoardCountsResponse | None
    stages: list[StageCountsResponse]
    people: list[CaseloadResponse] = Field(
        description="Who has how many, those with most overdue cases first; at most 201."
    )
    other_people: int = Field(description="How many more people have open cases: ask for an area.", examples=[0])


class DurationResponse(FromDomain):
    """How long cases were at a step; without a step, at all steps of the stage."""

    area: str = Field(description=_AREA, examples=["eastmoor"])
    stage: str = Field(examples=["requested"])
    step: str | None = Field(examples=["tracing"])
    cases: int = Field(examples=[18])
    median_days: int | None = Field(examples=[6])
    p90_days: int | None = Field(description="90 % of the cases are within so many days.", examples=[15])


class OutcomeResponse(FromDomain):
    """How many requests had an outcome."""

    area: str = Field(description=_AREA, examples=["eastmoor"])
    outcome: str = Field(
        description="The stage at the end, or `refused` for what never became a case.", examples=["meeting_held"]
    )
    reason: str | None = Field(examples=["offender_declined"])
    form: str | None = Field(description="The type of contact; null: there was none.", examples=["face_to_face"])
    cases: int = Field(examples=[4])


class AgencyAnswersResponse(FromDomain):
    """How an agency answers requests."""

    area: str = Field(description=_AREA, examples=["eastmoor"])
    agency: str = Field(examples=["probation"])
    asked: int = Field(examples=[20])
    answered: int = Field(examples=[15])
    unanswered: int = Field(description="Ended without an answer.", examples=[1])
    open: int = Field(description="Still waiting.", examples=[4])
    median_days: int | None = Field(description="Calendar days to the answer, holds included.", examples=[5])
    p90_days: int | None = Field(description="90 % of the answers came within so many days.", examples=[12])
    chased: int = Field(description="Requests with a reminder.", examples=[6])
    reminders: int = Field(examples=[9])
    overdue: int = Field(examples=[2])


class ReturnLineResponse(FromDomain):
    """How many there were of one item of what is counted."""

    area: str = Field(description=_AREA, examples=["eastmoor"])
    indicator: str = Field(examples=["requests_by_offence"])
    item: str = Field(description="`all`: everything of the indicator.", examples=["burglary"])
    indicator_label: str = Field(description="The indicator in words.", examples=["Requests by offence"])
    item_label: str = Field(description="The item in words.", examples=["burglary"])
    number: int | None = Field(description="null: too few people to be shown (under 5).", examples=[12])
    median_days: int | None = Field(
        description="Calendar days from the request, of an indicator of days.", examples=[4]
    )
    p90_days: int | None = Field(description="90 % of the cases came so far within so many days.", examples=[11])


class ReportResponse(BaseModel):
    """A report of a period, from its first to its last day; a file of it begins with `NAME`."""

    NAME: ClassVar[str]
    first: date
    last: date


class DurationReportResponse(ReportResponse):
    """How long steps took."""

    NAME = "durations"
    lines: list[DurationResponse]


class OutcomeReportResponse(ReportResponse):
    """How requests ended."""

    NAME = "outcomes"
    lines: list[OutcomeResponse]


class AgencyReportResponse(ReportResponse):
    """How agencies answered."""

    NAME = "agencies"
    lines: list[AgencyAnswersResponse]


class ReturnReportResponse(ReportResponse):
    """A service's return to its commissioner."""

    NAME = "return"
    lines: list[ReturnLineResponse]
