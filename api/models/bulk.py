"""Actions on many cases at once, and cover for an absent colleague."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.models.base import ACCOUNT_EXAMPLE, REF_EXAMPLE, FromDomain, NextCursor, StrictBody

MAX_CASES = 500


class CaseSelection(StrictBody):
    """The cases that an action is for."""

    cases: list[str] = Field(
        min_length=1,
        max_length=MAX_CASES,
        description="Their references.",
        examples=[[REF_EXAMPLE, "RJ-2XHB-77KT"]],
    )


class BulkExtension(CaseSelection):
    """The new due date of what is overdue in these cases, or of every wait of a case where nothing is overdue."""

    until: str = Field(
        pattern=r"^\d{4}-\d\d-\d\d$", description="A day in the future of the cases.", examples=["2026-12-18"]
    )
    reason: str | None = Field(default=None, description="The code of a reason.", examples=["venue_or_prison_pending"])


class BulkReassignment(CaseSelection):
    """Who these cases are assigned to."""

    to: str = Field(min_length=1, max_length=100, description="Their account.", examples=[ACCOUNT_EXAMPLE])


class NewCover(StrictBody):
    """Who is absent, and who has their cases meanwhile."""

    absent: str = Field(min_length=1, max_length=100, examples=[ACCOUNT_EXAMPLE])
    covering: str = Field(min_length=1, max_length=100, examples=["d.ferreira"])


class BulkItemResponse(BaseModel):
    """The result for one of many cases; of a dry run, what the action would do."""

    ref: str = Field(examples=[REF_EXAMPLE])
    done: bool = Field(description="After a dry run: whether it can be done.")
    version: int | None = Field(description="The case's version afterwards.", examples=[7])
    code: str | None = Field(description="The problem, if it was not done.", examples=["refused"])
    reason: str | None = Field(description="Why the process refuses it.", examples=["case_closed"])
    sentence: str = Field(examples=["The case is closed and accepts nothing more of this kind."])
    changes: list[str] = Field(description="What changes.", examples=[["Assigned to d.ferreira instead of c.okafor."]])
    notifies: list[str] = Field(description="Who is told, and how.", examples=[["Reminder to the probation service."]])


class BulkResponse(BaseModel):
    """The result for each case, in the order in which they were named."""

    dry_run: bool = Field(description="True: nothing was changed.")
    done: int = Field(examples=[2])
    failed: int = Field(examples=[0])
    results: list[BulkItemResponse]


class CoverResponse(FromDomain):
    """A colleague who covers for another."""

    id: str = Field(examples=["http:0f3a"])
    absent: str = Field(examples=[ACCOUNT_EXAMPLE])
    covering: str = Field(examples=["d.ferreira"])
    started_at: datetime
    started_by: str = Field(examples=["staff:s.lindqvist"])
    ended_at: datetime | None
    cases: int = Field(description="How many cases are covered.", examples=[58])


class CoverResultResponse(BulkResponse):
    """A cover, and the result for each of its cases."""

    cover: CoverResponse | None = Field(description="null: a dry run, which starts no cover.")
    is_open: bool = Field(
        description="The cover has not ended: some cases were not given back, are of areas that are not yours, or are "
        "in a later cover. End it again when that one has ended.",
    )


class CoverListResponse(BaseModel):
    """A page of the covers, the latest first."""

    covers: list[CoverResponse]
    next: NextCursor
