"""What an agency says of a case: read strictly, so that only codes go on and free text goes to the vault."""

import re
from dataclasses import fields
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from activities.ports import Agency
from api.problems import Code, Problem
from domain.events import EVENTS, Actor, Event
from domain.plain import Plain, stated
from domain.process import RULE_FOR
from domain.references import is_ref
from domain.refusals import SENTENCES, Refusal
from domain.vocabulary import AgencyKind, Role
from workflows.messages import Unreadable, read_event

AGENCY_EVENTS = tuple(name for name, event in EVENTS.items() if event in RULE_FOR and Role.AGENCY in RULE_FOR[event].by)
"""What an agency may record."""

_FIELD_NAME = re.compile(r"[a-z_][a-z0-9_.]{0,60}")
_PROBLEM_OF = {"missing": Code.MISSING_FIELD, "extra_forbidden": Code.UNKNOWN_FIELD}


def _shaped(text: str) -> str:
    if not is_ref(text):
        raise ValueError("a case's reference looks like RJ-7Q2K-9F3M")
    return text


class AgencyEvent(BaseModel):
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
        max_length=10_000,
        description="Free text for the caseworker, kept apart and never shown to the victim.",
        examples=["Please ring before Thursday."],
    )


def read_agency_event(raw: dict[str, Any]) -> tuple[AgencyEvent, Event]:
    """The message in `raw`, and the event that it carries. Raises Problem."""
    try:
        message = AgencyEvent.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _unread(_PROBLEM_OF.get(first["type"], Code.UNREADABLE), where, first["msg"]) from None
    return message, _read_event(message)


def _read_event(message: AgencyEvent) -> Event:
    kind = EVENTS.get(message.event)
    if kind is None:
        raise Problem(Code.UNKNOWN_EVENT, f"event: {SENTENCES[Refusal.UNKNOWN_EVENT]}")
    if message.event not in AGENCY_EVENTS:
        raise Problem(Code.NOT_BY_THIS_SENDER, f"event: an agency records {', '.join(AGENCY_EVENTS)}")
    known = {field.name for field in fields(kind)}
    if unknown := sorted(set(message.data) - known):
        raise _unread(Code.UNKNOWN_FIELD, f"data.{unknown[0]}", f"{message.event} knows {_listed(known)}")
    try:
        return read_event(message.event, message.data)
    except Unreadable as unreadable:
        if unreadable.code is Refusal.FREE_TEXT:
            raise _unread(Code.FREE_TEXT, unreadable.field, unreadable.problem) from None
        code = Code.UNREADABLE if _is_there(message.data, unreadable.field) else Code.MISSING_FIELD
        raise _unread(code, unreadable.field, unreadable.problem) from None


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "no fields"


def _is_there(data: dict[str, Any], path: str) -> bool:
    return path.split(".")[1:2] == [] or path.split(".")[1] in data


def _unread(code: Code, where: str, what: str) -> Problem:
    """The sender chose the name of an unknown field too, so it is repeated only where it looks like one."""
    return Problem(code, f"{where if _FIELD_NAME.fullmatch(where) else 'a field'}: {what}")


def stored_body(event: Event, agency: Agency) -> dict[str, Plain]:
    """What the inbox keeps of `event`: its name, its fields, and the agency as the one who records it."""
    actor = Actor(Role.AGENCY, agency.id, AgencyKind(agency.kind), agency.area)
    return {"event": event.name, "data": stated(event), "by": stated(actor)}
