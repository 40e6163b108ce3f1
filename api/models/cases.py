"""A case: its state, its timeline, and what may be recorded in it. Codes, dates and references only."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field, computed_field

from api.models.base import ACCOUNT_EXAMPLE, REF_EXAMPLE, FromDomain, NextCursor, StrictBody
from domain.event_fields import FieldKind
from domain.vocabulary import Refusal
from domain.wording.refusals import SENTENCES


class NewEvent(StrictBody):
    """An event to be recorded in a case."""

    event: str = Field(
        description="One of the case's allowed events, such as request_screened.", examples=["request_screened"]
    )
    data: dict[str, Any] = Field(
        default_factory=dict,
        description="The event's fields: codes, dates and references only.",
        examples=[{"answer": "proceed"}],
    )
    note: str = Field(
        default="",
        max_length=10_000,
        description="Free text: stored in the vault, never in the case's history.",
        examples=["She would rather receive letters."],
    )
    on_behalf_of: str | None = Field(
        default=None, description="The agency whose answer this is.", examples=["probation"], max_length=200
    )
    occurred_on: date | None = Field(
        default=None,
        strict=False,
        description="The day on which it happened; by default today.",
        examples=["2026-11-27"],
    )


class Correction(StrictBody):
    """Why the last step is undone."""

    note: str = Field(
        default="",
        max_length=10_000,
        description="Free text: stored in the vault.",
        examples=["Recorded in the wrong case."],
    )


class WaitResponse(BaseModel):
    """A reply or decision that a case is waiting for."""

    key: str = Field(examples=["trace:probation"])
    waiting_on: str = Field(description="caseworker, supervisor or an agency.", examples=["probation"])
    since: datetime
    due_on: date
    chase_on: date | None = Field(description="When a reminder is sent.")
    chases: int = Field(description="How many reminders were sent.", examples=[1])
    overdue_since: date | None
    waited_for: str = Field(examples=["the trace by the probation service"])
    who: str = Field(examples=["the probation service"])
    can_do: str = Field(examples=["record its answer on its behalf (trace_answered), or name another agency"])


class CaseSummaryResponse(FromDomain):
    """A case in a list."""

    ref: str = Field(examples=[REF_EXAMPLE])
    version: int = Field(description="How many entries it has.", examples=[5])
    area: str = Field(examples=["eastmoor"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    reason: str | None = Field(description="Why it was closed or deferred.", examples=["offender_declined"])
    received_at: datetime
    on_hold: bool
    assigned_to: str = Field(description="Empty: unassigned.", examples=[ACCOUNT_EXAMPLE])
    ended_on: date | None
    waiting_on: list[str] = Field(examples=[["probation"]])
    due_on: date | None = Field(description="The earliest day on which something is due.")
    overdue_since: date | None
    step_since: datetime
    victim_updated_on: date | None = Field(description="When the victim was last updated.")


class CaseListResponse(BaseModel):
    """A page of a list of cases."""

    cases: list[CaseSummaryResponse]
    next: NextCursor


class CaseResponse(BaseModel):
    """The present state of a case."""

    ref: str = Field(examples=[REF_EXAMPLE])
    version: int = Field(examples=[5])
    area: str = Field(examples=["eastmoor"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    reason: str | None = Field(examples=["offender_declined"])
    received_at: datetime
    initiated_by: str = Field(examples=["victim"])
    incident: str = Field(
        description="A token of the number of the crime, which is in the vault.", examples=["9f0c2a7e51d34b68"]
    )
    form: str = Field(description="The type of contact that both sides are preparing for.", examples=["face_to_face"])
    contact: str = Field(description="How the victim prefers to be contacted.", examples=["email"])
    on_hold: bool
    assigned_to: str = Field(description="Empty: unassigned.", examples=[ACCOUNT_EXAMPLE])
    responsible_agency: str | None = Field(examples=["probation"])
    victim_updated_on: date | None = Field(description="When the victim was last updated.")
    ended_on: date | None
    aftercare_ends_on: date | None
    rules: int = Field(description="The version of the process that it follows.", examples=[1])
    policy: str = Field(examples=["adult"])
    waits: list[WaitResponse]
    explanation: list[str] = Field(
        description="Why it is at this step, in sentences for staff.",
        examples=[["Step: tracing. Stage reached: requested."]],
    )


class ChangePreviewResponse(FromDomain):
    """What an action changes in a case, and who is told."""

    changes: list[str] = Field(examples=[["Step: screening becomes tracing."]])
    notifies: list[str] = Field(examples=[["Request to the probation service: trace, due on 16 March 2026."]])


class RecordResponse(BaseModel):
    """The event that was recorded, and the case after it; after a dry run, what recording it would do."""

    version: int = Field(description="The number of the entry, which is the case's version after it.", examples=[6])
    event: str = Field(examples=["request_screened"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    dry_run: bool = Field(default=False, description="True: nothing was recorded.")
    preview: ChangePreviewResponse | None = Field(
        default=None, description="What changes and who is told; null: the case file is behind at the moment."
    )
    case: CaseResponse | None = Field(
        default=None, description="null: a dry run, or the case file is behind at the moment: read it a little later."
    )


class CorrectionResponse(RecordResponse):
    """The entry that was undone, and the case after that; after a dry run, what undoing it would do."""

    undone: int = Field(description="The number of the entry that is undone.", examples=[3])
    undone_event: str = Field(examples=["trace_answered"])
    undone_step: str = Field(description="The step that the entry led to.", examples=["agency_check"])


class EntryResponse(FromDomain):
    """An entry in a case's file."""

    version: int = Field(description="Its number, which is the case's version after it.", examples=[2])
    id: str = Field(examples=["http:0f3a"])
    event: str = Field(examples=["request_screened"])
    data: dict[str, Any] = Field(examples=[{"answer": "proceed"}])
    by: dict[str, Any] = Field(examples=[{"role": "caseworker", "id": ACCOUNT_EXAMPLE}])
    at: datetime
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    reason: str | None = Field(examples=["offender_declined"])
    note: str = Field(description="The id of a free text in the vault; empty: there is none.", examples=[""])
    occurred_on: date | None = Field(description="The day on which it happened.")


class RefusedRecordResponse(FromDomain):
    """A message that was refused, and changed nothing."""

    id: str = Field(examples=["msg-77"])
    event: str = Field(examples=["trace_answered"])
    by: dict[str, Any] = Field(examples=[{"role": "agency", "id": "probation"}])
    at: datetime
    code: str = Field(examples=["not_asked"])
    detail: str = Field(examples=["charity:farfield"])

    @computed_field(examples=["This agency was not asked in this case."])  # type: ignore[prop-decorator]
    @property
    def sentence(self) -> str:
        """Why it was refused."""
        return SENTENCES[Refusal(self.code)] if self.code in set(Refusal) else self.code


class TimelineResponse(BaseModel):
    """A page of a case's timeline, newest first."""

    entries: list[EntryResponse]
    refused: list[RefusedRecordResponse] = Field(
        description="Messages that were refused in this case, with the first page only."
    )
    next: NextCursor


class PossibleDuplicateResponse(FromDomain):
    """A case that may be the same request."""

    ref: str = Field(examples=[REF_EXAMPLE])
    area: str = Field(examples=["eastmoor"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    reason: str | None = Field(examples=["offender_declined"])
    received_at: datetime
    assigned_to: str = Field(examples=[ACCOUNT_EXAMPLE])
    ended_on: date | None
    same: list[str] = Field(
        description="What both have in common: victim, offender or incident.", examples=[["victim", "incident"]]
    )


class DuplicatesResponse(FromDomain):
    """Possible duplicates of a case, those with most in common first; nothing about the people themselves."""

    cases: list[PossibleDuplicateResponse]
    more: int = Field(description="How many more there are.", examples=[0])
    elsewhere: int = Field(description="How many there are in areas that are not yours.", examples=[1])


class ExplanationResponse(FromDomain):
    """What the victim may be told now, in the words of the service's messages."""

    heading: str = Field(examples=["We are finding out whether the person can be reached"])
    happened: str = Field(examples=["We have received your request."])
    next: str = Field(examples=["We are asking who is in contact with the other person."])
    could_change: str = Field(examples=["You may change your mind at any time."])
    next_update: str = Field(examples=["You hear from us again by 30 March 2026."])


class EventFieldResponse(FromDomain):
    """A field of an event, and the values that it may have now."""

    name: str = Field(examples=["reason"])
    kind: FieldKind
    required: bool
    choices: list[str] = Field(examples=[["duplicate", "outside_area"]])
    required_with: list[str] = Field(
        description="Choices of other fields that make this one required.", examples=[["answer=refuse"]]
    )
    not_before: date | None = Field(description="Of a day: the first.")
    not_after: date | None = Field(description="Of a day: the last.")


class EventVariantResponse(FromDomain):
    """The fields of an event for one value of its leading field."""

    value: str = Field(description="Empty for an event without a leading field.", examples=["refuse"])
    fields: list[EventFieldResponse]


class AllowedEventResponse(FromDomain):
    """An event that may be recorded now."""

    event: str = Field(examples=["request_screened"])
    meaning: str = Field(examples=["A caseworker has looked at the request."])
    lead: str = Field(description="The field that chooses a variant; empty: there is none.", examples=["answer"])
    variants: list[EventVariantResponse]
    in_own_name: bool = Field(description="Whether it may be recorded without an agency in `on_behalf_of`.")
    on_behalf_of: list[str] = Field(
        description="The agencies on whose behalf it may be recorded.", examples=[["probation"]]
    )


class AllowedEventsResponse(BaseModel):
    """What you may record in the case now."""

    version: int = Field(description="The case's version that this is about.", examples=[5])
    allowed_events: list[AllowedEventResponse]


class TransferResponse(FromDomain):
    """A case that another area proposes to hand over, with nothing else of it."""

    ref: str = Field(examples=[REF_EXAMPLE])
    version: int = Field(description="For `If-Match`, when you answer.", examples=[17])
    to_area: str = Field(examples=["eastmoor"])
    step: str = Field(examples=["preparing"])
    flags: list[str] = Field(examples=[["domestic_abuse"]])
    received_at: datetime
    proposed_on: date
    due_on: date


class TransfersResponse(BaseModel):
    """The first due first."""

    transfers: list[TransferResponse]
    more: bool = Field(description="There are more than `limit`.")
