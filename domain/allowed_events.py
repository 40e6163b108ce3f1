"""What somebody may record in a case now, with the fields that each event needs, so that any client can draw the form.

Nothing here knows the process: what is offered was tried through `advance`, which alone decides. A field is filled
with one candidate after another, led by the codes of what is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from domain.authority import agency_waited_on
from domain.calendar import CALENDARS
from domain.case import Case, all_waits
from domain.event_fields import FIELD_SHAPES, FieldKind, FieldShape
from domain.events import Actor, Event, Record
from domain.policy import POLICIES
from domain.process import TABLE, Rule, advance
from domain.refusals import RecordRefused
from domain.transitions.upkeep import RULES_VERSIONS
from domain.vocabulary import AgencyRef, Refusal, Role, WaitKey, is_agency
from domain.wording.events import EVENTS

ANY_AGENCY = AgencyRef("probation:any-other")
"""Stands for an agency that the case has never heard of."""
LEADS = ("answer", "what")
"""The field, where an event has one, on which it depends what else has to be said."""
SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class EventField:
    """A field of an event: what it may be filled with now. A day lies from `not_before` to `not_after`, if set.

    `required_with` are choices of other fields, as `field=choice`, beside which this one is required too.
    """

    name: str
    kind: FieldKind
    required: bool
    choices: tuple[str, ...] = ()
    required_with: tuple[str, ...] = ()
    not_before: date | None = None
    not_after: date | None = None


@dataclass(frozen=True, slots=True)
class EventVariant:
    """What has to be said with one value of the leading field; `value` is empty for an event without one."""

    value: str
    fields: tuple[EventField, ...]


@dataclass(frozen=True, slots=True)
class AllowedEvent:
    """An event that may be recorded now: `lead` names the field that chooses a variant, if there is one.

    `on_behalf_of` are the agencies for which it may be recorded; `in_own_name`, whether also for none.
    """

    event: str
    meaning: str
    lead: str
    variants: tuple[EventVariant, ...]
    in_own_name: bool
    on_behalf_of: tuple[AgencyRef, ...] = ()


def allowed_events(case: Case, actor: Actor, now: datetime) -> tuple[AllowedEvent, ...]:
    """What `actor`, a member of staff, may record in `case` at the case's time `now`, in the order of the table."""
    offered = (_allowed_event(rule, _Trial(case, actor, now)) for rule in TABLE if actor.role in rule.by)
    return tuple(event for event in offered if event is not None)


def _allowed_event(rule: Rule, trial: "_Trial") -> AllowedEvent | None:
    agencies = trial.agencies if Role.AGENCY in rule.by else ()
    shape = FIELD_SHAPES[rule.event.name]
    lead = next((name for name in LEADS if name in shape), "")
    found: dict[str, dict[AgencyRef | None, _Values]] = {}
    for value in trial.candidates(shape[lead]) if lead else [None]:
        set_already = {lead: value} if lead else {}
        accepted = {agency: trial.filled(rule.event, set_already, agency) for agency in (None, *agencies)}
        whole = {agency: values for agency, values in accepted.items() if values is not None}
        if whole:
            found[str(value or "")] = whole
    if not found:
        return None
    speakers = dict.fromkeys(agency for whole in found.values() for agency in whole)
    return AllowedEvent(
        event=rule.event.name,
        meaning=EVENTS[rule.event],
        lead=lead,
        variants=_variants(rule.event, lead, found, trial),
        in_own_name=None in speakers,
        on_behalf_of=tuple(agency for agency in speakers if agency is not None),
    )


_Values = dict[str, Any]


def _variants(
    event: type[Event], lead: str, found: "Mapping[str, Mapping[AgencyRef | None, _Values]]", trial: "_Trial"
) -> tuple[EventVariant, ...]:
    """Each variant with its fields; a field that counts in another variant, and not in this one, is left out of it."""
    tried = {
        value: _merged([_tried(event, lead, agency, values, trial) for agency, values in whole.items()])
        for value, whole in found.items()
    }
    counts = {each.asked.name for fields in tried.values() for each in fields if each.counts}
    return tuple(
        EventVariant(value, tuple(each.asked for each in fields if each.counts or each.asked.name not in counts))
        for value, fields in tried.items()
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """A field as it may be filled, and whether it makes any difference to the case."""

    asked: EventField
    counts: bool


def _merged(by_speaker: list[tuple[_Tried, ...]]) -> tuple[_Tried, ...]:
    """Each field as any of those who may speak may fill it; what one of them need not say is not required."""
    fields: dict[str, list[_Tried]] = {}
    for each in (each for tried in by_speaker for each in tried):
        fields.setdefault(each.asked.name, []).append(each)
    return tuple(_together(alike, len(by_speaker)) for alike in fields.values())


def _together(alike: list[_Tried], speakers: int) -> _Tried:
    first = alike[0].asked
    return _Tried(
        replace(
            first,
            required=len(alike) == speakers and all(each.asked.required for each in alike),
            choices=tuple(dict.fromkeys(choice for each in alike for choice in each.asked.choices)),
            required_with=tuple(dict.fromkeys(beside for each in alike for beside in each.asked.required_with)),
        ),
        any(each.counts for each in alike),
    )


def _tried(
    event: type[Event], lead: str, agency: AgencyRef | None, values: "_Values", trial: "_Trial"
) -> tuple[_Tried, ...]:
    shapes = (shape for name, shape in FIELD_SHAPES[event.name].items() if name != lead)
    fields = (_field(event, shape, lead, values, agency, trial) for shape in shapes)
    return tuple(each for each in fields if each is not None)


def _field(
    event: type[Event], shape: FieldShape, lead: str, values: "_Values", agency: AgencyRef | None, trial: "_Trial"
) -> _Tried | None:
    """The field as it may be filled; None where nothing but its default is taken."""

    def outcome(value: object, **others: object) -> Case | None:
        settled = frozenset({lead, shape.name, *others})
        return trial.outcome(event, {**values, **others, shape.name: value}, settled, agency)

    outcomes = {each: outcome(each) for each in trial.candidates(shape)}
    taken = [each for each, case in outcomes.items() if case is not None]
    if not taken or taken == [shape.default]:
        return None
    without = None if shape.default is MISSING else outcome(shape.default)
    counts = any(case != without for case in outcomes.values())
    asked = _event_field(shape, taken, trial)
    if shape.default is MISSING:
        return _Tried(replace(asked, required=True), counts)
    beside = {
        f"{other.name}={choice}": outcome(shape.default, **{other.name: choice}) is not None
        for other in FIELD_SHAPES[event.name].values()
        if other.name not in (lead, shape.name) and other.is_short
        for choice in other.values
    }
    if without is None and not any(beside.values()):
        return _Tried(replace(asked, required=True), counts)
    return _Tried(
        replace(asked, required_with=tuple(each for each, is_taken in beside.items() if not is_taken)), counts
    )


_CHOSEN = frozenset({FieldKind.CHOICE, FieldKind.CHOICES, FieldKind.NUMBER})


def _event_field(shape: FieldShape, taken: list[Any], trial: "_Trial") -> EventField:
    if shape.kind is FieldKind.DAY:
        first, last = trial.bounds(taken)
        return EventField(shape.name, FieldKind.DAY, False, not_before=first, not_after=last)
    if shape.kind is FieldKind.AGENCY and ANY_AGENCY not in taken:
        return EventField(shape.name, FieldKind.CHOICE, False, tuple(map(str, taken)))
    choices = taken if shape.kind in _CHOSEN else []
    return EventField(shape.name, shape.kind, False, tuple(_told(each) for each in choices))


def _told(choice: object) -> str:
    """A choice as it is sent; of several together, the one that was tried."""
    return str(next(iter(choice)) if isinstance(choice, frozenset) else choice)


_VARIED_AFTER: dict[Refusal, tuple[str, ...]] = {
    Refusal.MISSING_REASON: ("reason", "reasons"),
    Refusal.REASON_DOES_NOT_FIT: ("reason", "reasons"),
    Refusal.SUPERVISOR_DECIDES: ("reason",),
    Refusal.WHICH_WAIT: ("wait", "instead_of"),
    Refusal.UNKNOWN_WAIT: ("wait", "instead_of"),
    Refusal.NOT_DUE: ("wait",),
    Refusal.NOT_BY_THIS_SENDER: ("wait",),
    Refusal.NOT_ALLOWED_NOW: ("instead_of", "wait"),
    Refusal.ALREADY_ASKED: ("agency", "instead_of"),
    Refusal.ALREADY_CHALLENGED: ("agency",),
    Refusal.NOTHING_TO_CHALLENGE: ("agency",),
    Refusal.WHICH_AGENCY: ("agency",),
    Refusal.FORM_RULED_OUT: ("form",),
    Refusal.FORM_NOT_INDIRECT: ("form",),
    Refusal.FURTHER_ABUSE: ("form",),
    Refusal.ASSESSMENT_OUTSTANDING: ("form",),
    Refusal.CONSENT_MISSING: ("form", "day"),
}
"""Which field to fill otherwise after a refusal; where a field is missing or a day is wrong, the refusal names it."""

_CURED_BY_ONE = frozenset({Refusal.MISSING_REASON, Refusal.REASON_DOES_NOT_FIT, Refusal.MISSING_FIELD})

_NAMED = frozenset({Refusal.MISSING_FIELD, Refusal.DAY_IN_PAST, Refusal.DAY_IN_FUTURE, Refusal.DAY_OUT_OF_REACH})


def _same(one: Case | RecordRefused, other: RecordRefused) -> bool:
    return isinstance(one, RecordRefused) and one.args == other.args


@dataclass
class _Trial:
    """Tries events on one case, as one actor, at one moment."""

    case: Case
    actor: Actor
    now: datetime
    agencies: tuple[AgencyRef, ...] = field(init=False)
    _known: dict[tuple[object, ...], Case | RecordRefused] = field(default_factory=dict)

    def __post_init__(self) -> None:
        waited = (agency_waited_on(wait) for wait in all_waits(self.case))
        known = (*(AgencyRef(owner) for owner in waited if is_agency(owner)), *self.case.progress.asked)
        self.agencies = tuple(dict.fromkeys(known))

    def filled(self, event: type[Event], given: "_Values", on_behalf_of: AgencyRef | None) -> "_Values | None":
        """Values with which `event` is taken, those in `given` as they are; None: there are none."""
        values = {name: self._first(shape) for name, shape in FIELD_SHAPES[event.name].items()} | given
        return self._search(event, values, frozenset(given), on_behalf_of)

    def outcome(
        self, event: type[Event], values: "_Values", settled: frozenset[str], on_behalf_of: AgencyRef | None
    ) -> Case | None:
        """The case after `event` with these values, or with others for what is not `settled`; None: it is refused."""
        found = self._search(event, values, settled, on_behalf_of)
        after = None if found is None else self._after(event, found, on_behalf_of)
        return after if isinstance(after, Case) else None

    def _first(self, shape: FieldShape) -> object:
        return next(iter(self.candidates(shape)), None) if shape.default is MISSING else shape.default

    def _search(
        self, event: type[Event], values: "_Values", settled: frozenset[str], agency: AgencyRef | None
    ) -> "_Values | None":
        refusal = self._after(event, values, agency)
        if isinstance(refusal, Case):
            return values
        for name in self._varied(event, refusal, settled):
            others = (each for each in self.candidates(FIELD_SHAPES[event.name][name]) if each != values[name])
            for candidate in others:
                changed = {**values, name: candidate}
                found = self._search(event, changed, settled | {name}, agency)
                if found is not None:
                    return found
                if refusal.code in _CURED_BY_ONE and _same(self._after(event, changed, agency), refusal):
                    # Whatever is wrong lies elsewhere: no other value of this field would cure it.
                    break
        return None

    def _after(self, event: type[Event], values: "_Values", agency: AgencyRef | None) -> Case | RecordRefused:
        key = (event.name, agency, *values.values())
        if key not in self._known:
            record = Record("trial", event(**values), replace(self.actor, on_behalf_of=agency))
            try:
                self._known[key] = advance(self.case, record, self.now)
            except RecordRefused as refusal:
                self._known[key] = refusal
        return self._known[key]

    def _varied(self, event: type[Event], refusal: RecordRefused, settled: frozenset[str]) -> Iterator[str]:
        names = (refusal.detail,) if refusal.code in _NAMED else _VARIED_AFTER.get(refusal.code, ())
        return (name for name in names if name in FIELD_SHAPES[event.name] and name not in settled)

    def candidates(self, shape: FieldShape) -> tuple[Any, ...]:
        """What the field is tried with."""
        if shape.values:
            return shape.values
        match shape.kind:
            case FieldKind.DAY:
                return self._days()
            case FieldKind.YES_NO:
                return (True, False)
            case FieldKind.AGENCY:
                return (ANY_AGENCY, *self.agencies)
            case FieldKind.CHOICE | FieldKind.NUMBER:
                return self._choices(shape)
            case _:
                return ("x",)

    def _choices(self, shape: FieldShape) -> tuple[Any, ...]:
        if shape.holds is WaitKey:
            return tuple(wait.key for wait in all_waits(self.case))
        match shape.name:
            case "version":
                return tuple(sorted(RULES_VERSIONS))
            case "policy":
                return tuple(POLICIES)
            case "calendar":
                return tuple(CALENDARS)
            case _:
                return (self.case.undo_point.entry,) if self.case.undo_point else ("none",)

    def _days(self) -> tuple[date, ...]:
        today = self.now.date()
        return (today + SOON, today, today - timedelta(days=1))

    def bounds(self, taken: list[Any]) -> tuple[date | None, date | None]:
        """From when to when a day may lie, of which those in `taken` were taken."""
        soon, today, yesterday = self._days()
        first = None if yesterday in taken else today if today in taken else today + timedelta(days=1)
        return first, None if soon in taken else today
