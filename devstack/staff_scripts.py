"""What staff do in the demonstration: the plays of a request's own script, and beside them their habits.

A script only ever looks at the case as it stands, so it does not matter in which order the agencies answer.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from devstack.sample_staff import caseworker_in
from devstack.script_variants import VARIANTS
from devstack.staff_routine import habit
from domain.case import Case, active_waits
from domain.events import EVENTS, Actor, Event, Reassigned, Record
from domain.vocabulary import AgencyRef, Role, WaitKind, is_agency
from domain.waits import Wait
from workflows.record_codec import read_event

CLOSED = "closed"
"""What a play names instead of a wait where it waits for the end of the case."""

_DATES = ("until", "day", "on", "review_on")


class BadScriptError(ValueError):
    """A script cannot be played; the text says what is wrong with it."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Play:
    """One thing that staff do about a wait, `after` so many days of it; without `event` they do nothing.

    `on` is a wait's kind or key, or `closed`. Dates in `data` may be counted from the day of the play: `+10`.
    A form that is left out is the one arranged or aimed at; the entry to correct is the last that can be.
    """

    on: str
    after: int
    event: str | None
    data: Mapping[str, Any] = field(default_factory=dict)
    by: Literal[Role.CASEWORKER, Role.SUPERVISOR] = Role.CASEWORKER
    on_behalf_of: AgencyRef | None = None


_PLAY = TypeAdapter(Play)


@dataclass(frozen=True, slots=True)
class Script:
    """What staff do about one request: about each wait the first of its plays that was not played yet."""

    source_id: str
    plays: tuple[Play, ...] = ()


def script_of(source_id: str, staff: Sequence[object] = ()) -> Script:
    """The script of a scenario's `staff`: variants by name, or plays written out. Raises BadScriptError."""
    plays: list[Play] = []
    for part in staff:
        if isinstance(part, str):
            plays.extend(_variant(part))
        else:
            plays.append(_play(part))
    return Script(source_id, tuple(plays))


def _variant(name: str) -> tuple[Play, ...]:
    if name not in VARIANTS:
        raise BadScriptError(f"there is no variant named {name!r}")
    return tuple(_play(raw) for raw in VARIANTS[name])


def _play(raw: object) -> Play:
    try:
        play = _PLAY.validate_python(raw)
    except ValidationError as error:
        raise BadScriptError(f"this is no play: {raw!r}: {error}") from error
    if not _known(play.on) or (play.event is not None and play.event not in EVENTS):
        raise BadScriptError(f"a play names what is not known: {raw!r}")
    return play


def _known(on: str) -> bool:
    return on == CLOSED or on.partition(":")[0] in set(WaitKind)


def next_staff_event(script: Script, case: Case, now: datetime, done: Collection[str] = frozenset()) -> Record | None:
    """What staff record now, at the case's time `now`; None where they have nothing to do yet.

    `done` are the ids of records that the case has taken. The record asks for the version of `case`: sent
    late or twice it is refused or changes nothing, and the next look decides anew. Staff work on working
    days only. Before all else a supervisor gives the case to somebody.
    """
    if not case.calendar.is_working_day(now.date()):
        return None
    if not case.assigned_to and not case.is_closed:
        return _given_to_somebody(script, case)
    for place in (*active_waits(case), *((CLOSED,) if case.is_closed else ())):
        record = _about(script, case, place, now, done)
        if record is not None:
            return record
    return None


def _given_to_somebody(script: Script, case: Case) -> Record:
    event = Reassigned(caseworker_in(case.request.area))
    return Record(_usual_id(script, case, event), event, _actor(case, Role.SUPERVISOR), case.version)


def _about(script: Script, case: Case, place: Wait | str, now: datetime, done: Collection[str]) -> Record | None:
    """What staff do about one wait, or the end of the case: the next play, else what they usually do."""
    for number, play in enumerate(script.plays, 1):
        record_id = f"demo:{script.source_id}:{number}:{play.event}"
        if _is_about(play, place) and record_id not in done:
            return _played(play, record_id, case, place, now)
    return None if isinstance(place, str) else _usual(script, case, place, now)


def _usual(script: Script, case: Case, wait: Wait, now: datetime) -> Record | None:
    event = habit(case, wait, now.date())
    if event is None:
        return None
    ours = AgencyRef(wait.waiting_on) if is_agency(wait.waiting_on) else None
    role = Role.CASEWORKER if ours else Role(wait.waiting_on)
    return Record(_usual_id(script, case, event), event, _actor(case, role, ours), case.version)


def _usual_id(script: Script, case: Case, event: Event) -> str:
    return f"demo:{script.source_id}:v{case.version}:{event.name}"


def _is_about(play: Play, place: Wait | str) -> bool:
    return play.on == place if isinstance(place, str) else play.on in (place.kind, place.key)


def _played(play: Play, record_id: str, case: Case, place: Wait | str, now: datetime) -> Record | None:
    if play.event is None or now.date() < _since(case, place) + timedelta(days=play.after):
        return None
    event = read_event(play.event, _filled(EVENTS[play.event], play.data, case, now.date()))
    return Record(record_id, event, _actor(case, play.by, play.on_behalf_of), case.version)


def _since(case: Case, place: Wait | str) -> date:
    ended_on = case.progress.ended_on
    return place.since.date() if isinstance(place, Wait) else ended_on or case.received_at.date()


def _filled(kind: type[Event], data: Mapping[str, Any], case: Case, today: date) -> dict[str, Any]:
    """The fields of a play, its dates counted from `today`, what it leaves out taken from the case."""
    names = {each.name for each in fields(kind)}
    filled = {name: _dated(name, value, case, today) for name, value in data.items()}
    arrangement = case.progress.arrangement
    if "form" in names:
        filled.setdefault("form", arrangement.form if arrangement else case.form)
    if "which" in names and case.undo_point:
        filled.setdefault("which", case.undo_point.entry)
    return filled


def _dated(name: str, value: Any, case: Case, today: date) -> Any:
    if name not in _DATES or not isinstance(value, str) or not re.fullmatch(r"\+\d{1,4}", value):
        return value
    day = today + timedelta(days=int(value))
    return (day if case.calendar.is_working_day(day) else case.calendar.next_working_day(day)).isoformat()


def _actor(case: Case, role: Role, on_behalf_of: AgencyRef | None = None) -> Actor:
    """Who records. A second supervisor decides what the first had a part in."""
    review = case.review_wait is not None and role is Role.SUPERVISOR
    return Actor(role, f"{role}-{case.request.area}" + ("-2" if review else ""), on_behalf_of=on_behalf_of)
