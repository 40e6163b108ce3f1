"""What an agency says of a case, by whichever way: read strictly, so that only codes go on and free text is apart."""

import re
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from domain.events import EVENTS, Actor, Event
from domain.json_values import Json, to_json_without_defaults
from domain.process import RULE_FOR
from domain.references import is_ref
from domain.vocabulary import AgencyKind, Refusal, Role
from domain.wording.refusals import SENTENCES
from ports.agencies import Agency
from workflows.record_codec import InvalidRecord, read_event

AGENCY_EVENTS = tuple(name for name, event in EVENTS.items() if event in RULE_FOR and Role.AGENCY in RULE_FOR[event].by)
"""What an agency may record."""

MAX_NOTE_LENGTH = 10_000
"""How many characters a free text may have."""

_FIELDS = {name: frozenset(field.name for field in fields(EVENTS[name])) for name in AGENCY_EVENTS}
_FIELD_NAME = re.compile(r"[a-z_][a-z0-9_.]{0,60}")


class MessageProblem(StrEnum):
    """What is wrong with a message that is not taken."""

    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    UNREADABLE = "unreadable"
    UNKNOWN_EVENT = "unknown_event"
    FREE_TEXT = "free_text"
    NOT_BY_THIS_SENDER = "not_by_this_sender"


class InvalidMessage(Exception):
    """A message that no case would take: `fault` says why, `detail` what to mend. It repeats no value."""

    def __init__(self, fault: MessageProblem, detail: str) -> None:
        super().__init__(fault, detail)
        self.fault = fault
        self.detail = detail


_FAULT_OF = {"missing": MessageProblem.MISSING_FIELD, "extra_forbidden": MessageProblem.UNKNOWN_FIELD}


def _shaped(text: str) -> str:
    if not is_ref(text):
        raise ValueError("a case's reference looks like RJ-7Q2K-9F3M")
    return text


class AgencyMessage(BaseModel):
    """What an agency says of a case. A field that is not listed here is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)

    case: Annotated[str, AfterValidator(_shaped)] = Field(
        description="The case's reference, as the ask named it.", examples=["RJ-7Q2K-9F3M"]
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
        description="Free text for the caseworker, kept apart and never shown to the victim.",
        examples=["Please ring before Thursday."],
    )


def read_message(raw: Mapping[str, Any]) -> tuple[AgencyMessage, Event]:
    """The message in `raw`, and the event that it carries. Raises InvalidMessage."""
    try:
        message = AgencyMessage.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _not_taken(_FAULT_OF.get(first["type"], MessageProblem.UNREADABLE), where, first["msg"]) from None
    return message, _read_event(message)


def _read_event(message: AgencyMessage) -> Event:
    kind = EVENTS.get(message.event)
    if kind is None:
        raise InvalidMessage(MessageProblem.UNKNOWN_EVENT, f"event: {SENTENCES[Refusal.UNKNOWN_EVENT]}")
    if message.event not in AGENCY_EVENTS:
        raise InvalidMessage(MessageProblem.NOT_BY_THIS_SENDER, f"event: an agency records {', '.join(AGENCY_EVENTS)}")
    known = _FIELDS[message.event]
    if unknown := message.data.keys() - known:
        raise _not_taken(
            MessageProblem.UNKNOWN_FIELD, f"data.{min(unknown)}", f"{message.event} knows {_listed(known)}"
        )
    try:
        return read_event(message.event, message.data)
    except InvalidRecord as unreadable:
        if unreadable.code is Refusal.FREE_TEXT:
            raise _not_taken(MessageProblem.FREE_TEXT, unreadable.field, unreadable.problem) from None
        fault = MessageProblem.UNREADABLE if _is_there(message.data, unreadable.field) else MessageProblem.MISSING_FIELD
        raise _not_taken(fault, unreadable.field, unreadable.problem) from None


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "no fields"


def _is_there(data: dict[str, Any], path: str) -> bool:
    return path.split(".")[1:2] == [] or path.split(".")[1] in data


def _not_taken(fault: MessageProblem, where: str, what: str) -> InvalidMessage:
    """The sender chose the name of an unknown field too, so it is repeated only where it looks like one."""
    return InvalidMessage(fault, f"{where if _FIELD_NAME.fullmatch(where) else 'a field'}: {what}")


def source_of(agency: Agency) -> str:
    """The inbox's source of what `agency` says."""
    return f"agency:{agency.id}"


def stored_body(event: Event, agency: Agency) -> dict[str, Json]:
    """What the inbox keeps of `event`: its name, its fields, and the agency as the one who records it."""
    return {
        "event": event.name,
        "data": to_json_without_defaults(event),
        "by": _stated_sender(agency.id, agency.kind, agency.area),
    }


@lru_cache(maxsize=1000)
def _stated_sender(id: str, kind: str, area: str) -> dict[str, Json]:
    return to_json_without_defaults(Actor(Role.AGENCY, id, AgencyKind(kind), area))
