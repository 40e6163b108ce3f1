"""The messages of agencies, by webhook or otherwise: read strictly, so that free text is apart from the codes."""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from domain.event_fields import FIELD_SHAPES, FieldKind
from domain.events import EVENTS, Actor, Event
from domain.process import RULE_FOR
from domain.references import is_ref
from domain.vocabulary import AgencyKind, CaseRef, Refusal, Role
from domain.wording.refusals import SENTENCES
from ports.agencies import Agency
from ports.inbox import InboxMessage
from workflows.record_codec import InvalidRecord, read_event, write_event

AGENCY_EVENTS = tuple(name for name, event in EVENTS.items() if event in RULE_FOR and Role.AGENCY in RULE_FOR[event].by)
"""What an agency may record."""

MAX_NOTE_LENGTH = 10_000
"""In characters."""

NAMES_AGENCY = {
    name: tuple(shape.name for shape in FIELD_SHAPES[name].values() if shape.kind is FieldKind.AGENCY)
    for name in AGENCY_EVENTS
}
"""The fields in which an event names an agency."""

_FIELDS = {name: frozenset(field.name for field in fields(EVENTS[name])) for name in AGENCY_EVENTS}
_FIELD_NAME = re.compile(r"[a-z_][a-z0-9_.]{0,60}")


class MessageProblem(StrEnum):
    """What is wrong with a message."""

    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    UNREADABLE = "unreadable"
    UNKNOWN_EVENT = "unknown_event"
    FREE_TEXT = "free_text"
    NOT_BY_THIS_SENDER = "not_by_this_sender"


class InvalidMessage(Exception):
    """A message that no case would accept: `detail` says what to correct, and repeats no value."""

    def __init__(self, problem: MessageProblem, field: str, detail: str) -> None:
        # The sender chose the name of an unknown field too, so it is repeated only where it looks like one.
        detail = f"{field if _FIELD_NAME.fullmatch(field) else 'a field'}: {detail}"
        super().__init__(problem, detail)
        self.problem = problem
        self.detail = detail


_PROBLEM_OF = {"missing": MessageProblem.MISSING_FIELD, "extra_forbidden": MessageProblem.UNKNOWN_FIELD}


def _require_ref(text: str) -> str:
    if not is_ref(text):
        raise ValueError("a case's reference looks like RJ-7Q2K-9F3M")
    return text


class AgencyMessage(BaseModel):
    """An event that an agency records in a case. A field that is not listed here is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)

    case: Annotated[str, AfterValidator(_require_ref)] = Field(
        description="The case's reference, as in our request.", examples=["RJ-7Q2K-9F3M"]
    )
    event: str = Field(description=f"One of: {', '.join(AGENCY_EVENTS)}.", examples=["trace_answered"])
    data: dict[str, Any] = Field(
        default_factory=dict,
        description="The event's fields: codes, dates and references only.",
        examples=[{"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}],
    )
    note: str = Field(
        default="",
        max_length=MAX_NOTE_LENGTH,
        description="Free text for the caseworker, stored apart and never shown to the victim.",
        examples=["Please ring before Thursday."],
    )
    occurred_on: date | None = Field(
        default=None,
        strict=False,
        description="The day on which it happened; by default that on which we receive it.",
        examples=["2026-11-27"],
    )


def read_message(raw: Mapping[str, Any], sender: Agency, message_id: str, digest: bytes) -> InboxMessage:
    """Return the message in `raw`, an `AgencyMessage`, as the inbox stores it. Raises InvalidMessage."""
    try:
        message = AgencyMessage.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        problem = _PROBLEM_OF.get(first["type"], MessageProblem.UNREADABLE)
        raise InvalidMessage(problem, field, first["msg"]) from None
    record = write_event(_read_event(message), _actor(sender.id, sender.kind, sender.area))
    if message.occurred_on is not None:
        record["occurred_on"] = message.occurred_on.isoformat()
    return InboxMessage(source_of(sender), message_id, CaseRef(message.case), record, digest, message.note)


def _read_event(message: AgencyMessage) -> Event:
    if message.event not in EVENTS:
        raise InvalidMessage(MessageProblem.UNKNOWN_EVENT, "event", SENTENCES[Refusal.UNKNOWN_EVENT])
    if message.event not in AGENCY_EVENTS:
        detail = f"an agency records {', '.join(AGENCY_EVENTS)}"
        raise InvalidMessage(MessageProblem.NOT_BY_THIS_SENDER, "event", detail)
    known = _FIELDS[message.event]
    if unknown := message.data.keys() - known:
        detail = f"{message.event} knows {', '.join(sorted(known)) or 'no fields'}"
        raise InvalidMessage(MessageProblem.UNKNOWN_FIELD, f"data.{min(unknown)}", detail)
    try:
        return read_event(message.event, message.data)
    except InvalidRecord as invalid:
        problem = MessageProblem.UNREADABLE
        if invalid.code is Refusal.FREE_TEXT:
            problem = MessageProblem.FREE_TEXT
        elif invalid.field.startswith("data.") and invalid.field.split(".")[1] not in message.data:
            problem = MessageProblem.MISSING_FIELD
        raise InvalidMessage(problem, invalid.field, invalid.problem) from None


@lru_cache(maxsize=1000)
def _actor(id: str, kind: str, area: str) -> Actor:
    return Actor(Role.AGENCY, id, AgencyKind(kind), area)


def source_of(agency: Agency) -> str:
    """The inbox's source of what `agency` sends."""
    return f"agency:{agency.id}"
