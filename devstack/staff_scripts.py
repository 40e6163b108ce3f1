"""What staff do in the demonstration: the actions of a request's own script, and otherwise their routine.

A script depends on the present state of the case only, so it does not matter in which order the agencies reply.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from devstack.sample_staff import caseworker_in
from devstack.script_variants import VARIANTS
from devstack.staff_routine import routine_event, working_day
from domain.case import Case, active_waits
from domain.events import EVENTS, Actor, Event, Reassigned, Record
from domain.vocabulary import AgencyRef, Role, WaitKind, is_agency
from domain.waits import Wait
from workflows.record_codec import read_event

CLOSED = "closed"
"""What an action names instead of a wait where it follows the end of the case."""

_DATES = ("until", "day", "on", "review_on")


class BadScriptError(ValueError):
    """A script cannot be used; the text says what is wrong with it."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class ScriptedAction:
    """One thing that staff do about a wait, `after` so many days of it; without `event` they do nothing.

    With `before` they do it on the last working day that is so many days before the meeting.

    `on` is a wait's kind or key, or `closed`. Dates in `data` may be counted from the day of the action: `+10`. A form
    that is left out is the one arranged or aimed at; the entry to correct is the last that can be.
    """

    on: str
    after: int
    event: str | None
    before: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    by: Literal[Role.CASEWORKER, Role.SUPERVISOR] = Role.CASEWORKER
    on_behalf_of: AgencyRef | None = None

    def is_about(self, subject: Wait | str) -> bool:
        """Whether it is about this wait, or follows the end of the case (CLOSED)."""
        return self.on == subject if isinstance(subject, str) else self.on in (subject.kind, subject.key)


BLOCKS_CONTACT = frozenset({WaitKind.CONCERN, WaitKind.DEATH, WaitKind.RISK, WaitKind.FACILITATOR})
"""What staff see to first, since nothing else may go on until then."""

_ACTION = TypeAdapter(ScriptedAction)


@dataclass(frozen=True, slots=True)
class Script:
    """What staff do about one request: about each wait the first of its actions that is not recorded yet."""

    source_id: str
    actions: tuple[ScriptedAction, ...] = ()


def read_script(source_id: str, staff: Sequence[object] = ()) -> Script:
    """The script of a scenario's `staff`: variants by name, or actions written out. Raises BadScriptError."""
    raw: list[object] = []
    for part in staff:
        if isinstance(part, str) and part not in VARIANTS:
            raise BadScriptError(f"there is no variant named {part!r}")
        raw.extend(VARIANTS[part] if isinstance(part, str) else [part])
    actions = []
    for written in raw:
        try:
            action = _ACTION.validate_python(written)
        except ValidationError as error:
            raise BadScriptError(f"this is not an action: {written!r}: {error}") from error
        is_known = action.on == CLOSED or action.on.partition(":")[0] in set(WaitKind)
        if not is_known or (action.event is not None and action.event not in EVENTS):
            raise BadScriptError(f"an action names an unknown wait or event: {written!r}")
        actions.append(action)
    return Script(source_id, tuple(actions))


def next_staff_event(script: Script, case: Case, now: datetime, recorded: Collection[str] = ()) -> Record | None:
    """What staff record now, at the case's time `now`; None where they have nothing to do yet.

    `recorded` are the ids of records that the case has. The record asks for the version of `case`: sent late or twice
    it is refused or changes nothing, and the next step decides again. Staff work on working days only. First of all a
    supervisor assigns the case.
    """
    if not case.calendar.is_working_day(now.date()):
        return None
    if not case.assigned_to and not case.is_closed:
        event = Reassigned(caseworker_in(case.area))
        return Record(_routine_id(script, case, event), event, _actor(case, Role.SUPERVISOR), case.version)
    waits = sorted(active_waits(case), key=lambda wait: wait.kind not in BLOCKS_CONTACT)
    subjects = (*waits, *((CLOSED,) if case.is_closed else ()))
    records = (_record_about(script, case, subject, now, recorded) for subject in subjects)
    return next((record for record in records if record is not None), None)


def _record_about(
    script: Script, case: Case, subject: Wait | str, now: datetime, recorded: Collection[str]
) -> Record | None:
    for number, action in enumerate(script.actions, 1):
        # One that was refused, since the case had changed meanwhile, is another record at the next version.
        id = f"demo:{script.source_id}:{number}:{action.event}:v"
        if action.is_about(subject) and not any(known.startswith(id) for known in recorded):
            return _scripted_record(action, f"{id}{case.version}", case, subject, now)
    if isinstance(subject, str):
        return None
    routine = routine_event(case, subject, now.date())
    if routine is None:
        return None
    own_agency = AgencyRef(subject.waiting_on) if is_agency(subject.waiting_on) else None
    role = Role.CASEWORKER if own_agency else Role(subject.waiting_on)
    return Record(_routine_id(script, case, routine), routine, _actor(case, role, own_agency), case.version)


def _routine_id(script: Script, case: Case, event: Event) -> str:
    return f"demo:{script.source_id}:v{case.version}:{event.name}"


def _scripted_record(
    action: ScriptedAction, record_id: str, case: Case, subject: Wait | str, now: datetime
) -> Record | None:
    since = subject.since.date() if isinstance(subject, Wait) else case.progress.ended_on or case.received_at.date()
    arrangement, first_day = case.progress.arrangement, since + timedelta(days=action.after)
    if arrangement is not None and action.before is not None:
        first_day = case.calendar.subtract_working_days(arrangement.day - timedelta(days=action.before - 1), 1)
    if action.event is None or now.date() < first_day:
        return None
    kind = EVENTS[action.event]
    data = dict(action.data)
    for name, value in action.data.items():
        # A date that is counted from today falls on a working day.
        if name in _DATES and isinstance(value, str) and re.fullmatch(r"\+\d{1,4}", value):
            data[name] = working_day(case, now.date() + timedelta(days=int(value))).isoformat()
    names = {known.name for known in fields(kind)}
    if "form" in names:
        data.setdefault("form", arrangement.form if arrangement else case.form)
    if "which" in names and case.undo_point:
        data.setdefault("which", case.undo_point.entry)
    actor = _actor(case, action.by, action.on_behalf_of)
    return Record(record_id, read_event(action.event, data), actor, case.version)


def _actor(case: Case, role: Role, on_behalf_of: AgencyRef | None = None) -> Actor:
    """The person who records. A second supervisor decides what the first was involved in, and one there a transfer."""
    is_review = case.review_wait is not None and role is Role.SUPERVISOR
    area = case.transfer.to_area if case.transfer is not None and role is Role.SUPERVISOR else case.area
    return Actor(role, f"{role}-{area}" + ("-2" if is_review else ""), on_behalf_of=on_behalf_of)
