"""What is to be done by hand, and what becomes of a notice, as it is answered."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.agency_bodies import Shown

_KEY = "RJ-7Q2K-9F3M.4.victim"


class TaskShown(Shown):
    """Something that a caseworker has to do by hand; `since` is in real time."""

    key: str
    ref: str = Field(examples=["RJ-7Q2K-9F3M"])
    area: str = Field(examples=["eastmoor"])
    assigned_to: str = Field(description="Empty: nobody.", examples=["c.okafor"])
    since: datetime


class AskTaskShown(TaskShown):
    """An agency that only a person can ask. Its answer is recorded in the case, with `on_behalf_of`."""

    key: str = Field(examples=["RJ-7Q2K-9F3M.2.trace:charity"])
    agency: str = Field(description="As the case names it: `on_behalf_of`.", examples=["charity"])
    agency_name: str = Field(examples=["Eastmoor Restorative Charity"])
    contact: str = Field(description="Whom to ring there; empty: not known.", examples=["Duty desk, 01632 960001"])
    question: str = Field(examples=["trace"])
    wait: str = Field(examples=["trace:charity"])
    reminder: int = Field(description="How often it is to have been reminded.", examples=[0])
    due_on: date
    is_overdue: bool
    event: str = Field(description="What records the answer.", examples=["trace_answered"])
    what: str = Field(
        examples=["Ask Eastmoor Restorative Charity for the trace by the charity. It is due on 16 March 2026."]
    )


class NoticeTaskShown(TaskShown):
    """Something that a victim has to be told by a person, or to be sent once more."""

    key: str = Field(examples=[_KEY])
    form: str = Field(description="By which way it was to go.", examples=["email"])
    state: str = Field(description="by_hand, failed, or waiting where it is still tried.", examples=["failed"])
    error: str = Field(examples=["returned"])
    wording: list[str] = Field(description="What is to be said, in lines.", examples=[["We have received it."]])
    at: datetime = Field(description="When it came up, in the case's time.")
    contact: str = Field(description="How the victim wants to hear now.", examples=["phone"])
    what: str = Field(examples=["Tell the victim what came up on 2 March 2026. It was sent by email and came back."])


class TasksShown(BaseModel):
    """What is to be done by hand."""

    asks: list[AskTaskShown] = Field(description="By the day on which they are due.")
    notices: list[NoticeTaskShown] = Field(description="The longest first.")
    more: bool = Field(description="There are more of a kind: they come as these are done, or with a higher `limit`.")


class NoticeStanding(BaseModel):
    """Where a notice stands now."""

    key: str = Field(examples=[_KEY])
    state: str = Field(examples=["by_hand"])
