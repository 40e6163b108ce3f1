"""A case as it travels over HTTP to staff: what they send, and what is answered. Codes, dates and references only."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from api.agency_bodies import Shown, Written
from api.cursors import Next
from domain.case import Case
from domain.event_fields import FieldKind
from domain.staff_explanation import describe_awaited, describe_options, explain_to_staff, name_of
from domain.vocabulary import WaitKey
from ports.case_file import CaseSnapshot, Entry, RefusedRecord, WaitSnapshot
from queries.cases import CaseListItem
from queries.duplicates import SharedDetail

_REF = "RJ-7Q2K-9F3M"
_ACCOUNT = "c.okafor"
_CASE = TypeAdapter(Case)


class NewEvent(Written):
    """Something that happened, to be recorded in a case."""

    event: str = Field(description="What `/moves` offers, such as request_screened.", examples=["request_screened"])
    data: dict[str, Any] = Field(
        default_factory=dict,
        description="The event's fields: codes, dates and references only.",
        examples=[{"answer": "proceed"}],
    )
    note: str = Field(
        default="",
        max_length=10_000,
        description="Free text: kept in the vault, never in the case's history.",
        examples=["She would rather be written to."],
    )
    on_behalf_of: str | None = Field(
        default=None, description="The agency whose answer this is.", examples=["probation"], max_length=200
    )


class WaitShown(BaseModel):
    """What a case waits for, on whom, and until when."""

    key: str = Field(examples=["trace:probation"])
    waiting_on: str = Field(description="caseworker, supervisor or an agency.", examples=["probation"])
    since: datetime
    due_on: date
    chase_on: date | None
    chases: int = Field(description="How often whoever is waited on was reminded.", examples=[1])
    overdue_since: date | None
    describe_awaited: str = Field(examples=["the trace by the probation service"])
    who: str = Field(examples=["the probation service"])
    can_do: str = Field(examples=["record its answer on its behalf (trace_answered), or name another agency"])


class CaseLine(Shown):
    """A case in a list."""

    ref: str = Field(examples=[_REF])
    version: int = Field(description="How many entries it has.", examples=[5])
    area: str = Field(examples=["eastmoor"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    reason: str | None = Field(description="Why it ended, or why it is not yet.", examples=["offender_declined"])
    received_at: datetime
    on_hold: bool
    assigned_to: str = Field(description="Empty: nobody.", examples=[_ACCOUNT])
    ended_on: date | None
    waiting_on: list[str] = Field(examples=[["probation"]])
    due_on: date | None = Field(description="The earliest day by which somebody must answer.")
    overdue_since: date | None
    step_since: datetime
    victim_updated_on: date | None = Field(description="When the victim last heard.")


class CaseShown(BaseModel):
    """A case as it stands."""

    ref: str = Field(examples=[_REF])
    version: int = Field(examples=[5])
    area: str = Field(examples=["eastmoor"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    reason: str | None = Field(examples=["offender_declined"])
    received_at: datetime
    initiated_by: str = Field(examples=["victim"])
    incident: str = Field(examples=["CR/2026/0113"])
    form: str = Field(description="The form that the sides aim at.", examples=["face_to_face"])
    contact: str = Field(description="How the victim wants to hear.", examples=["email"])
    on_hold: bool
    assigned_to: str = Field(examples=[_ACCOUNT])
    responsible_agency: str | None = Field(examples=["probation"])
    victim_updated_on: date | None
    ended_on: date | None
    aftercare_ends_on: date | None
    rules: int = Field(description="The version of the process that it is under.", examples=[1])
    policy: str = Field(examples=["adult"])
    waits: list[WaitShown]
    explanation: list[str] = Field(
        description="Why it stands where it does, in sentences for staff.",
        examples=[["Step: tracing. Stage reached: requested."]],
    )


class Recorded(BaseModel):
    """What was recorded, and the case after it."""

    version: int = Field(description="The number of the entry.", examples=[6])
    event: str = Field(examples=["request_screened"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    case: CaseShown | None = Field(description="null: the case file is behind at the moment; read it in a while.")


class EntryShown(Shown):
    """An entry of a case's file."""

    version: int = Field(examples=[2])
    id: str = Field(examples=["http:0f3a"])
    event: str = Field(examples=["request_screened"])
    data: dict[str, Any] = Field(examples=[{"answer": "proceed"}])
    by: dict[str, Any] = Field(examples=[{"role": "caseworker", "id": _ACCOUNT}])
    at: datetime
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    reason: str | None = Field(examples=["offender_declined"])
    note: str = Field(description="The id of a free text in the vault; empty: there is none.", examples=[""])


class RefusalShown(Shown):
    """Something that was refused, and changed nothing."""

    id: str = Field(examples=["msg-77"])
    event: str = Field(examples=["trace_answered"])
    by: dict[str, Any] = Field(examples=[{"role": "agency", "id": "probation"}])
    at: datetime
    code: str = Field(examples=["not_asked"])
    detail: str = Field(examples=["charity:farfield"])


class Timeline(BaseModel):
    """A part of what a case has been through, the newest first."""

    entries: list[EntryShown]
    refused: list[RefusalShown] = Field(description="What was refused in this case, with the first part only.")
    next: Next = Field(description="The cursor of the part before; null: this is the first of the case.")


class CaseList(BaseModel):
    """A part of a list of cases."""

    cases: list[CaseLine]
    next: Next


class AlikeShown(Shown):
    """A case that may be about the same thing."""

    ref: str = Field(examples=[_REF])
    area: str = Field(examples=["eastmoor"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    reason: str | None = Field(examples=["offender_declined"])
    received_at: datetime
    assigned_to: str = Field(examples=[_ACCOUNT])
    ended_on: date | None
    same: list[SharedDetail] = Field(description="What both have in common.", examples=[["victim", "incident"]])


class DuplicatesShown(Shown):
    """Possible duplicates of a case: those with most in common first. Nothing of the people is told."""

    cases: list[AlikeShown]
    more: int = Field(description="How many more there are.", examples=[0])
    elsewhere: int = Field(description="How many there are in areas that you do not see.", examples=[1])


class Explanation(BaseModel):
    """What the victim may be told now, in the words that they would be sent."""

    heading: str = Field(examples=["We are finding out whether the person can be reached"])
    happened: str = Field(examples=["We have received your request."])
    next: str = Field(examples=["We are asking who is in contact with the other person."])
    could_change: str = Field(examples=["You may change your mind at any time."])
    next_update: str = Field(examples=["You hear from us again by 30 March 2026."])


class FieldShown(Shown):
    """A field of an event, and what it may be filled with now."""

    name: str = Field(examples=["reason"])
    kind: FieldKind
    required: bool
    choices: list[str] = Field(examples=[["duplicate", "outside_area"]])
    required_with: list[str] = Field(
        description="Choices of other fields beside which this one is required too.", examples=[["answer=refuse"]]
    )
    not_before: date | None = Field(description="Of a day: the first.")
    not_after: date | None = Field(description="Of a day: the last.")


class VariantShown(Shown):
    """What has to be said with one value of the leading field."""

    value: str = Field(description="Empty for an event without such a field.", examples=["refuse"])
    fields: list[FieldShown]


class MoveShown(Shown):
    """An event that may be recorded now."""

    event: str = Field(examples=["request_screened"])
    meaning: str = Field(examples=["A caseworker has looked at the request."])
    lead: str = Field(description="The field that chooses a variant; empty: there is none.", examples=["answer"])
    variants: list[VariantShown]
    in_own_name: bool = Field(description="Whether it may be recorded on behalf of nobody.")
    on_behalf_of: list[str] = Field(
        description="The agencies on whose behalf it may be recorded.", examples=[["probation"]]
    )


class MovesShown(BaseModel):
    """What the person who asks may record in the case now."""

    version: int = Field(description="That of the case which was looked at.", examples=[5])
    moves: list[MoveShown]


def state_of(now: CaseSnapshot) -> Case:
    """The whole state of a case, as the case file keeps it."""
    case: Case = _CASE.validate_python(now.state)
    return case


def case_shown(now: CaseSnapshot, at: datetime) -> CaseShown:
    """The case at the case's time `at`."""
    case = state_of(now)
    fields = {name: getattr(now, name) for name in CaseShown.model_fields if hasattr(now, name) and name != "waits"}
    return CaseShown(
        **fields,
        form=case.form,
        contact=case.contact,
        waits=[_wait_shown(wait) for wait in now.waits],
        explanation=list(explain_to_staff(case, at)),
    )


def _wait_shown(wait: WaitSnapshot) -> WaitShown:
    key = WaitKey(wait.key)
    return WaitShown(
        key=wait.key,
        waiting_on=wait.waiting_on,
        since=wait.since,
        due_on=wait.due_on,
        chase_on=wait.chase_on,
        chases=wait.chases,
        overdue_since=wait.overdue_since,
        describe_awaited=describe_awaited(key),
        who=name_of(wait.waiting_on),
        can_do=describe_options(key),
    )


def entries_shown(entries: tuple[Entry, ...]) -> list[EntryShown]:
    """Entries as they are answered."""
    return [EntryShown.model_validate(entry) for entry in entries]


def refusals_shown(refused: tuple[RefusedRecord, ...]) -> list[RefusalShown]:
    """Refusals as they are answered."""
    return [RefusalShown.model_validate(each) for each in refused]


def lines_shown(listed: tuple[CaseListItem, ...]) -> list[CaseLine]:
    """Lines of a list as they are answered."""
    return [CaseLine.model_validate(each) for each in listed]


def csv_rows(listed: tuple[CaseListItem, ...]) -> Iterator[Mapping[str, object]]:
    """The lines as rows of a table."""
    for line in lines_shown(listed):
        yield {**line.model_dump(mode="json"), "waiting_on": " ".join(line.waiting_on)}
