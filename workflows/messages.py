"""How records travel: the JSON of signals, updates, webhooks and the command line, read into the domain's values.

A record looks like `{"id": "…", "event": "request_screened", "data": {"answer": "proceed"}, "by": {"role":
"caseworker", "id": "…"}}`, with `expected_version`, `note` and `inbox` where they apply.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from pydantic_core import PydanticSerializationError, to_json

from domain.events import EVENTS, Actor, Continuation, Event, Record
from domain.plain import stated
from domain.refusals import Refusal
from domain.vocabulary import Role

CLOCK = "timer:"
"""How the ids of the clock's own records begin; nobody else may use such an id."""

CODE = re.compile(r"[A-Za-z0-9_:./@-]{0,200}", re.ASCII)
"""What a field of text may hold: a reference, a code or an id, and never a sentence."""

_CLOSED = with_config(ConfigDict(extra="forbid"))
for _part in (Actor, Continuation):
    _CLOSED(_part)
_ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(_CLOSED(kind)) for name, kind in EVENTS.items()}


@_CLOSED
@dataclass(frozen=True, slots=True)
class Envelope:
    """A record before its data is read."""

    id: str
    event: str
    by: Actor
    data: dict[str, Any]
    expected_version: int | None = None
    note: str = ""
    inbox: int = 0


_ENVELOPE = TypeAdapter(Envelope)


class Unreadable(Exception):
    """A message cannot be read as a record: `field` says where, `problem` why. Neither repeats a value."""

    def __init__(self, code: Refusal, field: str, problem: str) -> None:
        super().__init__(code, field, problem)
        self.code = code
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        """What is wrong, with its field."""
        return f"{self.field}: {self.problem}" if self.field else self.problem


def read_record(raw: object) -> Record:
    """The record in `raw`, the JSON of a signal or update. Raises Unreadable."""
    _require_storable(raw)
    try:
        envelope = _ENVELOPE.validate_python({"data": {}, **raw} if isinstance(raw, Mapping) else raw)
    except ValidationError as error:
        raise _unreadable(error, "") from None
    if envelope.by.role is Role.TIMER or envelope.id.startswith(CLOCK):
        raise Unreadable(Refusal.NOT_BY_THIS_SENDER, "by.role", "only the case's own clock records as a timer")
    event = _event(envelope.event, envelope.data)
    return Record(envelope.id, event, envelope.by, envelope.expected_version, envelope.note, envelope.inbox)


def read_event(name: str, data: object) -> Event:
    """The event `name` with the fields in `data`. Raises Unreadable: unknown event, unknown field, bad value."""
    _require_storable(data)
    return _event(name, data)


def _event(name: str, data: object) -> Event:
    adapter = _ADAPTERS.get(name)
    if adapter is None:
        raise Unreadable(Refusal.UNKNOWN_EVENT, "event", f"there is no event named {name!r}"[:200])
    try:
        # As JSON and strictly: a number is no date, and a text no number.
        event: Event = adapter.validate_json(_json(data), strict=True)
    except ValidationError as error:
        raise _unreadable(error, "data") from None
    _require_codes(event)
    return event


def _json(data: object) -> bytes:
    try:
        return to_json(data)
    except PydanticSerializationError:
        raise Unreadable(Refusal.UNREADABLE, "data", "must be JSON") from None


def _require_codes(event: Event) -> None:
    """Refuse free text among an event's fields: they go where personal details must not."""
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, str) and not CODE.fullmatch(value):
            raise Unreadable(Refusal.FREE_TEXT, f"data.{field.name}", "a code is expected; put free text in the note")


def _require_storable(raw: object) -> None:
    """Refuse text that no database can hold: it would block the writing of its case for ever."""
    match raw:
        case str():
            if "\x00" in raw or not _is_whole(raw):
                raise Unreadable(Refusal.UNREADABLE, "", "a text holds a NUL or half a character")
        case Mapping():
            for each in (*raw.keys(), *raw.values()):
                _require_storable(each)
        case list():
            for each in raw:
                _require_storable(each)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unreadable(error: ValidationError, prefix: str) -> Unreadable:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    path = ".".join(str(part) for part in ((prefix, *first["loc"]) if prefix else first["loc"]))
    return Unreadable(Refusal.UNREADABLE, path, first["msg"])


def write_record(record: Record) -> dict[str, Any]:
    """The JSON of `record`; reading it gives an equal record."""
    return {
        "id": record.id,
        "event": record.event.name,
        "data": stated(record.event),
        "by": stated(record.by),
        "expected_version": record.expected_version,
        "note": record.note,
        "inbox": record.inbox,
    }


def event_data(event: Event) -> dict[str, Any]:
    """The fields of `event` that differ from their defaults, as they are stored and sent."""
    return stated(event)
