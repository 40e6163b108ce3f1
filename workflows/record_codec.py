"""The one codec of records: the JSON of the inbox, signals, updates and the command line, and the domain's `Record`.

A record looks like `{"id": "…", "event": "request_screened", "data": {"answer": "proceed"}, "by": {"role":
"caseworker", "id": "…"}}`, with `expected_version`, `note`, `inbox` and `occurred_on` where they apply. It is read
strictly: a number is no date, a text no number, and an unknown field is refused. What passes can be stored for ever:
codes, dates and references within the bounds of every store that they come to.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, with_config
from pydantic_core import PydanticSerializationError, to_json

from domain.calendar import Calendar
from domain.events import EVENTS, Actor, AskedAgency, AskFailed, Continuation, Event, Record
from domain.json_values import field_defaults, to_json_without_defaults
from domain.policy import Policy, WaitPolicy
from domain.vocabulary import Refusal, Role

CLOCK = "timer:"
"""The prefix of the ids of the clock's own records; no sender may use it."""
FAILED = "service:ask-failed:"
"""The prefix of the ids of what the case records about its own asks; no sender may use it."""

ID = r"[!-~]{1,200}"
"""An id: visible ASCII, no longer than an index accepts."""
CODE = re.compile(r"[A-Za-z0-9_:./=+~-]{0,200}", re.ASCII)
"""A field of text: a reference, a code or an id, and never a sentence or an address."""
ACCOUNT = re.compile(r"[A-Za-z0-9_:./@=+~-]{0,200}", re.ASCII)
"""The name of a member of staff or an agency: an account may look like an email address."""
ACCOUNT_FIELDS = frozenset({"to", "facilitator"})
VAULT_ID = re.compile(r"[0-9a-f-]{0,36}", re.ASCII)
VAULT_FIELDS = frozenset({"candidate", "candidates", "report_to"})
"""Fields that may name people: they hold the id of a text in the vault, and nothing else."""

MAX_RECORD_BYTES = 8 * 1024
"""How long a record may be as JSON. Its free text is in the vault, and what is left is codes."""

T = TypeVar("T")
_RecordId = Annotated[str, StringConstraints(pattern=f"^{ID}$")]
_NoteId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{0,36}$")]
_InboxId = Annotated[int, Field(ge=0, lt=2**63)]
_EntryVersion = Annotated[int, Field(ge=0, lt=2**31)]

_CLOSED = with_config(ConfigDict(extra="forbid"))
for _part in (Actor, AskedAgency, Calendar, Continuation, Policy, WaitPolicy):
    _CLOSED(_part)
_ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(_CLOSED(kind)) for name, kind in EVENTS.items()}


@_CLOSED
@dataclass(frozen=True, slots=True)
class _Envelope:
    """A record before its data is read; `note` is the id that the vault gave to a free text."""

    id: _RecordId
    event: str
    by: Actor
    data: dict[str, Any] = field(default_factory=dict)
    expected_version: _EntryVersion | None = None
    note: _NoteId = ""
    inbox: _InboxId = 0
    occurred_on: date | None = None


_ENVELOPE = TypeAdapter(_Envelope)
_SENT_ID = TypeAdapter(_RecordId)
_SENT_INBOX = TypeAdapter(_InboxId)


class InvalidRecord(Exception):
    """A message cannot be read as a record: `field` says where, `problem` why. Neither repeats what was sent.

    `id` and `inbox` are the message's own, as far as they could be read.
    """

    def __init__(self, code: Refusal, field: str, problem: str, id: str = "", inbox: int = 0) -> None:
        super().__init__(code, field, problem)
        self.code = code
        self.field = field
        self.problem = problem
        self.id = id
        self.inbox = inbox

    def __str__(self) -> str:
        """What is wrong, with its field."""
        return f"{self.field}: {self.problem}" if self.field else self.problem


def read_record(raw: object) -> Record:
    """The record in `raw`, the JSON of a signal or update. Raises InvalidRecord."""
    try:
        record = read_own_record(raw)
    except InvalidRecord as invalid:
        if isinstance(raw, Mapping):
            invalid.id = _valid(_SENT_ID, raw.get("id"), "")
            invalid.inbox = _valid(_SENT_INBOX, raw.get("inbox"), 0)
        raise
    if record.by.role is Role.TIMER or record.id.startswith((CLOCK, FAILED)):
        problem = "only the case's own clock records as a timer"
        raise InvalidRecord(Refusal.NOT_BY_THIS_SENDER, "by.role", problem, record.id, record.inbox)
    if isinstance(record.event, AskFailed):
        problem = "only the case itself records that an ask failed"
        raise InvalidRecord(Refusal.NOT_BY_THIS_SENDER, "event", problem, record.id, record.inbox)
    return record


def read_own_record(raw: object) -> Record:
    """The record in `raw`, also one that the case made itself. Raises InvalidRecord."""
    envelope: _Envelope = _read(_ENVELOPE, raw, "")
    _require_codes(envelope.by, "by", ACCOUNT)
    event = read_event(envelope.event, envelope.data)
    return Record(
        envelope.id,
        event,
        envelope.by,
        envelope.expected_version,
        envelope.note,
        envelope.inbox,
        envelope.occurred_on,
    )


def read_event(name: str, data: object) -> Event:
    """The event `name` with the fields in `data`. Raises InvalidRecord: unknown event, unknown field, bad value."""
    adapter = _ADAPTERS.get(name)
    if adapter is None:
        raise InvalidRecord(Refusal.UNKNOWN_EVENT, "event", "there is no event of this name")
    event: Event = _read(adapter, data, "data")
    _require_codes(event, "data", CODE)
    return event


def _valid(adapter: TypeAdapter[T], value: object, otherwise: T) -> T:
    try:
        return adapter.validate_python(value, strict=True)
    except ValidationError:
        return otherwise


def _read(adapter: TypeAdapter[Any], raw: object, prefix: str) -> Any:
    try:
        return adapter.validate_json(_json(raw), strict=True)
    except ValidationError as error:
        # The first fault, by a field of ours: the name of one that is not known is the sender's own text.
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        unknown = first["type"] in ("unexpected_keyword_argument", "extra_forbidden")
        place = first["loc"][:-1] if unknown else first["loc"]
        path = ".".join(str(part) for part in ((prefix, *place) if prefix else place))
        problem = "a field that is not known" if unknown else first["msg"]
        raise InvalidRecord(Refusal.UNREADABLE, path, problem) from None


def _json(raw: object) -> bytes:
    """`raw` as JSON that every store accepts: NUL and half a character would stop a case from being written."""
    try:
        written = to_json(raw)
    except (PydanticSerializationError, UnicodeEncodeError, ValueError):
        raise InvalidRecord(Refusal.UNREADABLE, "", "this is not JSON that can be stored") from None
    if len(written) > MAX_RECORD_BYTES:
        raise InvalidRecord(Refusal.UNREADABLE, "", f"this is longer than {MAX_RECORD_BYTES} bytes")
    if b"\\u0000" in written:
        raise InvalidRecord(Refusal.UNREADABLE, "", "a text holds a NUL")
    return written


def _require_codes(value: object, path: str, shape: re.Pattern[str]) -> None:
    """Refuse free text in fields: they reach places where no personal details may be."""
    for where, text in _texts(value, path):
        name = where.rpartition(".")[2]
        expected = ACCOUNT if name in ACCOUNT_FIELDS else VAULT_ID if name in VAULT_FIELDS else shape
        if not expected.fullmatch(text):
            raise InvalidRecord(Refusal.FREE_TEXT, where, "a code is expected; put free text in the note")


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every text in `value`, with its path. A member of an enumeration is no text."""
    if isinstance(value, str) and not isinstance(value, Enum):
        yield path, value
    elif isinstance(value, frozenset):
        for member in value:
            yield from _texts(member, path)
    elif is_dataclass(value) and not isinstance(value, type):
        for name in field_defaults(value):
            part = getattr(value, name)
            if part is not None and not isinstance(part, Enum):
                yield from _texts(part, f"{path}.{name}")


def write_record(record: Record) -> dict[str, Any]:
    """The JSON of `record`; reading it gives an equal record."""
    written = {"id": record.id, **write_event(record.event, record.by)}
    if record.expected_version is not None:
        written["expected_version"] = record.expected_version
    if record.note:
        written["note"] = record.note
    if record.inbox:
        written["inbox"] = record.inbox
    if record.occurred_on is not None:
        written["occurred_on"] = record.occurred_on.isoformat()
    return written


def write_event(event: Event, by: Actor) -> dict[str, Any]:
    """What the JSON of a record says of the event, and of who records it."""
    return {"event": event.name, "data": to_json_without_defaults(event), "by": to_json_without_defaults(by)}
