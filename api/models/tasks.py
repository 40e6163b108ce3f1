"""What caseworkers do in person: requests to agencies that only a person can make, and messages to victims."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.models.base import ACCOUNT_EXAMPLE, REF_EXAMPLE, FromDomain
from api.models.refused_messages import RefusedMessageResponse

_KEY = f"{REF_EXAMPLE}.4.victim"


class TaskResponse(FromDomain):
    """A task of a caseworker; `since` is a real time."""

    key: str
    ref: str = Field(examples=[REF_EXAMPLE])
    area: str = Field(examples=["eastmoor"])
    assigned_to: str = Field(description="Empty: unassigned.", examples=[ACCOUNT_EXAMPLE])
    since: datetime


class AskTaskResponse(TaskResponse):
    """An agency that only a person can ask. Record its answer in the case with `on_behalf_of`."""

    key: str = Field(examples=[f"{REF_EXAMPLE}.2.trace:charity"])
    agency: str = Field(description="As the case names it: for `on_behalf_of`.", examples=["charity"])
    agency_name: str = Field(examples=["Eastmoor Restorative Charity"])
    contact: str = Field(description="Who to contact there; empty: not known.", examples=["Duty desk, 01632 960001"])
    question: str = Field(examples=["trace"])
    wait: str = Field(examples=["trace:charity"])
    reminder: int = Field(description="0: ask; else the number of the reminder.", examples=[0])
    due_on: date
    is_overdue: bool
    event: str = Field(description="The event that records the answer.", examples=["trace_answered"])
    what: str = Field(examples=["Ask Eastmoor Restorative Charity to trace the offender. Due on 16 March 2026."])


class UpdateTaskResponse(TaskResponse):
    """What only a person can tell an agency, or the person who referred the case: an update, or a cancellation."""

    key: str = Field(examples=[f"{REF_EXAMPLE}.17.update.prison"])
    agency: str = Field(description="As the case names it; `person`: who referred the case.", examples=["prison"])
    agency_name: str = Field(examples=["HMP Eastmoor"])
    contact: str = Field(description="Who to contact there; empty: not known.", examples=["Duty desk, 01632 960001"])
    has_failed: bool = Field(description="It was to be sent, and has not been accepted.")
    what: str = Field(examples=["Tell HMP Eastmoor: The day that was set, 16 March 2026, is cancelled."])


class NotificationTaskResponse(TaskResponse):
    """News that a person has to tell the victim, or to have sent again."""

    key: str = Field(examples=[_KEY])
    form: str = Field(description="How it was to be sent.", examples=["email"])
    state: str = Field(description="by_hand, failed, or waiting while it is still being sent.", examples=["failed"])
    error: str = Field(examples=["returned"])
    wording: list[str] = Field(description="What to say, in lines.", examples=[["We have received it."]])
    at: datetime = Field(description="Its date, in the case's time.")
    contact: str = Field(description="How the victim prefers to be contacted now.", examples=["phone"])
    what: str = Field(examples=["Update the victim (news of 2 March 2026). The email was returned."])


class NewsTaskResponse(FromDomain):
    """Bad news that a person gives the victim before anything is sent. Record `victim_told` in the case afterwards."""

    ref: str = Field(examples=[REF_EXAMPLE])
    area: str = Field(examples=["eastmoor"])
    assigned_to: str = Field(description="Empty: unassigned.", examples=[ACCOUNT_EXAMPLE])
    wait: str = Field(examples=["tell:17"])
    news: str = Field(description="Its kind.", examples=["ended"])
    cancelled_day: date | None = Field(description="A meeting day that is cancelled, which the victim does not know.")
    wording: list[str] = Field(description="What to say, in lines.", examples=[["Your request has ended."]])
    contact: str = Field(description="How the victim prefers to be contacted.", examples=["phone"])
    due_on: date
    is_overdue: bool
    since: datetime = Field(description="When it was recorded, in the case's time.")
    what: str = Field(examples=["Tell the victim in person how the case has ended. Due on 4 March 2026."])


class JointMeetingTaskResponse(FromDomain):
    """A meeting planned together with others, when not everybody can come. It does not say who."""

    ref: str = Field(examples=[REF_EXAMPLE])
    area: str = Field(examples=["eastmoor"])
    assigned_to: str = Field(description="Empty: unassigned.", examples=[ACCOUNT_EXAMPLE])
    day: date
    what: str = Field(examples=["The meeting on 14 April 2026 is planned together with others."])


class TasksResponse(BaseModel):
    """What is to be done in person."""

    news: list[NewsTaskResponse] = Field(description="Of cancelled meeting days first, then by due date.")
    asks: list[AskTaskResponse] = Field(description="By due date.")
    updates: list[UpdateTaskResponse] = Field(description="The longest waiting first.")
    notifications: list[NotificationTaskResponse] = Field(description="The longest waiting first.")
    refused_messages: list[RefusedMessageResponse] = Field(
        description="Messages of agencies that were not recorded, by due date; those for a supervisor too."
    )
    joint_meetings: list[JointMeetingTaskResponse] = Field(description="The soonest first.")
    more: bool = Field(description="There are more of a kind: raise `limit`, or do these first.")


class NotificationStateResponse(BaseModel):
    """The state of a notification after an action."""

    key: str = Field(examples=[_KEY])
    state: str = Field(examples=["by_hand"])
