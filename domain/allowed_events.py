"""What staff may record in a case now, with the fields that each event needs, so that any client can draw the form.

Nothing here knows the rules: everything that is offered was tried through `advance`, which alone decides. Fields are
filled with one candidate after another, guided by the codes of refusals.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from domain.authority import agency_waited_on
from domain.calendar import Calendar
from domain.case import Case, all_waits
from domain.event_fields import FIELD_SHAPES, FROM_STAFF_REGISTER, FieldKind, FieldShape
from domain.events import Actor, Event, NoteAdded, Record
from domain.policy import Policy
from domain.process import TABLE, Rule, advance
from domain.refusals import RecordRefused
from domain.rules import PROCESS_VERSIONS
from domain.values import replace
from domain.vocabulary import AgencyRef, Refusal, Role, WaitKey, is_agency
from domain.wording.events import MEANINGS

ANY_AGENCY = AgencyRef("probation:any-other")
"""An agency that is not part of the case."""
ANY_ACCOUNT = "x"
"""An account of somebody else."""
LEADING_FIELDS = ("answer", "what")
"""The field, where an event has one, that decides which others are needed."""
TWO_WEEKS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class EventField:
    """A field of an event, and what it may hold now. A day is from `not_before` to `not_after`, where they are set.

    `required_with` lists choices of other fields, as `field=choice`, with which this field is required too.
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
    """The fields for one value of the leading field; `value` is empty for an event without one."""

    value: str
    fields: tuple[EventField, ...]


@dataclass(frozen=True, slots=True)
class AllowedEvent:
    """An event that may be recorded now; `lead` names the field that chooses the variant, if there is one.

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
    tried = (_try_rule(rule, _Trial(case, actor, now)) for rule in TABLE if actor.role in rule.by)
    return tuple(event for event in tried if event is not None)


_Values = dict[str, Any]
_ByAgency = dict[AgencyRef | None, _Values]


def _try_rule(rule: Rule, trial: "_Trial") -> AllowedEvent | None:
    agencies = trial.agencies if Role.AGENCY in rule.by else ()
    shapes = FIELD_SHAPES[rule.event.name]
    lead = next((name for name in LEADING_FIELDS if name in shapes), "")
    accepted: dict[str, _ByAgency] = {}
    for value in trial.candidates(shapes[lead]) if lead else [None]:
        given = {lead: value} if lead else {}
        filled = {agency: trial.fill(rule.event, given, agency) for agency in (None, *agencies)}
        by_agency = {agency: values for agency, values in filled.items() if values is not None}
        if by_agency:
            accepted[str(value or "")] = by_agency
    if not accepted:
        return None
    speakers = dict.fromkeys(agency for by_agency in accepted.values() for agency in by_agency)
    return AllowedEvent(
        event=rule.event.name,
        meaning=MEANINGS[rule.event],
        lead=lead,
        variants=_variants(rule.event, lead, accepted, trial),
        in_own_name=None in speakers,
        on_behalf_of=tuple(agency for agency in speakers if agency is not None),
    )


@dataclass(frozen=True, slots=True)
class _TriedField:
    """A field as it may be filled; `matters` says whether its value makes a difference to the case."""

    field: EventField
    matters: bool


def _variants(
    event: type[Event], lead: str, accepted: Mapping[str, _ByAgency], trial: "_Trial"
) -> tuple[EventVariant, ...]:
    """Each variant with its fields, without those that matter in another variant only."""
    hidden = {lead, *FROM_STAFF_REGISTER}
    shapes = [shape for name, shape in FIELD_SHAPES[event.name].items() if name not in hidden]
    tried: dict[str, list[_TriedField]] = {}
    for value, by_agency in accepted.items():
        by_speaker = []
        for agency, values in by_agency.items():
            fields = (_try_field(event, shape, lead, values, agency, trial) for shape in shapes)
            by_speaker.append([tried_field for tried_field in fields if tried_field is not None])
        tried[value] = _merge(by_speaker)
    matter = {tried_field.field.name for fields in tried.values() for tried_field in fields if tried_field.matters}
    return tuple(
        EventVariant(value, tuple(one.field for one in fields if one.matters or one.field.name not in matter))
        for value, fields in tried.items()
    )


def _merge(by_speaker: list[list[_TriedField]]) -> list[_TriedField]:
    """The fields as any of the speakers may fill them; what one of them may omit is not required."""
    named: dict[str, list[_TriedField]] = {}
    for fields in by_speaker:
        for tried in fields:
            named.setdefault(tried.field.name, []).append(tried)
    return [
        _TriedField(
            replace(
                same[0].field,
                required=len(same) == len(by_speaker) and all(tried.field.required for tried in same),
                choices=tuple(dict.fromkeys(choice for tried in same for choice in tried.field.choices)),
                required_with=tuple(dict.fromkeys(other for tried in same for other in tried.field.required_with)),
            ),
            any(tried.matters for tried in same),
        )
        for same in named.values()
    ]


def _try_field(
    event: type[Event], shape: FieldShape, lead: str, values: _Values, agency: AgencyRef | None, trial: "_Trial"
) -> _TriedField | None:
    """The field as it may be filled; None where nothing but its default is accepted."""

    def outcome(value: object, **others: object) -> Case | None:
        fixed = frozenset({lead, shape.name, *others})
        return trial.outcome(event, {**values, **others, shape.name: value}, fixed, agency)

    outcomes = {value: outcome(value) for value in trial.candidates(shape)}
    accepted = [value for value, case in outcomes.items() if case is not None]
    if not accepted or accepted == [shape.default]:
        return None
    without = None if shape.default is MISSING else outcome(shape.default)
    matters = any(case != without for case in outcomes.values())
    found = _event_field(shape, accepted, trial)
    if shape.default is MISSING:
        return _TriedField(replace(found, required=True), matters)
    optional_with = {
        f"{other.name}={choice}": outcome(shape.default, **{other.name: choice}) is not None
        for other in FIELD_SHAPES[event.name].values()
        if other.name not in (lead, shape.name) and other.is_short
        for choice in other.values
    }
    if without is None and not any(optional_with.values()):
        return _TriedField(replace(found, required=True), matters)
    required_with = tuple(choice for choice, is_optional in optional_with.items() if not is_optional)
    return _TriedField(replace(found, required_with=required_with), matters)


_CHOSEN = frozenset({FieldKind.CHOICE, FieldKind.CHOICES, FieldKind.NUMBER})


def _event_field(shape: FieldShape, accepted: list[Any], trial: "_Trial") -> EventField:
    if shape.kind is FieldKind.DAY:
        first, last = trial.bounds(accepted)
        return EventField(shape.name, FieldKind.DAY, False, not_before=first, not_after=last)
    if shape.kind is FieldKind.AGENCY and ANY_AGENCY not in accepted:
        return EventField(shape.name, FieldKind.CHOICE, False, tuple(map(str, accepted)))
    if shape.kind is FieldKind.ACCOUNT and ANY_ACCOUNT not in accepted:
        # Themselves alone.
        return EventField(shape.name, FieldKind.CHOICE, False, tuple(accepted))
    choices = accepted if shape.kind in _CHOSEN else []
    # Of several choices together, one was tried at a time.
    named = (str(next(iter(choice)) if isinstance(choice, frozenset) else choice) for choice in choices)
    return EventField(shape.name, shape.kind, False, tuple(named))


_VARY_AFTER: dict[Refusal, tuple[str, ...]] = {
    Refusal.MISSING_REASON: ("reason", "reasons"),
    Refusal.REASON_DOES_NOT_FIT: ("reason", "reasons"),
    Refusal.SUPERVISOR_DECIDES: ("reason", "to"),
    Refusal.NOTHING_CORRECTED: ("offender_age_group", "offence", "takes_part_as"),
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
    Refusal.FURTHER_ABUSE: ("further_abuse", "form"),
    Refusal.INDIRECT_ONLY: ("form",),
    Refusal.RISK_RUNS_OUT: ("day",),
    Refusal.CLEARANCE_RUNS_OUT: ("day",),
    Refusal.CONDITION_NOT_MET: ("conditions", "form", "day"),
    Refusal.SPECIALIST_NEEDED: ("specialist_in",),
    Refusal.FLAG_FOLLOWS_OFFENCE: ("flags",),
    Refusal.DEATH_REPORTED: ("whose",),
    Refusal.ASSESSMENT_OUTSTANDING: ("form",),
    Refusal.CONSENT_MISSING: ("form", "day", "consent"),
}
"""The fields to fill differently after a refusal; where a field is missing or a day is wrong, the refusal names it."""

_HELPED_BY_ANY_VALUE = frozenset({Refusal.MISSING_REASON, Refusal.REASON_DOES_NOT_FIT, Refusal.MISSING_FIELD})

_NAMES_FIELD = frozenset(
    {
        Refusal.MISSING_FIELD,
        Refusal.DAY_IN_PAST,
        Refusal.DAY_IN_FUTURE,
        Refusal.DAY_OUT_OF_REACH,
        Refusal.DAY_BEFORE_REQUEST,
    }
)


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
        asked = (one.agency for one in self.case.asked)
        known = (*(AgencyRef(agency) for agency in waited if is_agency(agency)), *asked)
        self.agencies = tuple(dict.fromkeys(known))

    def fill(self, event: type[Event], given: _Values, on_behalf_of: AgencyRef | None) -> _Values | None:
        """Find values with which `event` is accepted, those in `given` unchanged; None: there are none."""
        values = {
            name: next(iter(self.candidates(shape)), None) if shape.default is MISSING else shape.default
            for name, shape in FIELD_SHAPES[event.name].items()
        } | given
        return self._search(event, values, frozenset(given), on_behalf_of)

    def outcome(
        self, event: type[Event], values: _Values, fixed: frozenset[str], on_behalf_of: AgencyRef | None
    ) -> Case | None:
        """The case after `event` with these values, or with others for fields that are not `fixed`; None: refused."""
        found = self._search(event, values, fixed, on_behalf_of)
        after = None if found is None else self._advance(event, found, on_behalf_of)
        return after if isinstance(after, Case) else None

    def _search(
        self, event: type[Event], values: _Values, fixed: frozenset[str], agency: AgencyRef | None
    ) -> _Values | None:
        refusal = self._advance(event, values, agency)
        if isinstance(refusal, Case):
            return values
        names = (refusal.detail,) if refusal.code in _NAMES_FIELD else _VARY_AFTER.get(refusal.code, ())
        shapes = FIELD_SHAPES[event.name]
        for name in (name for name in names if name in shapes and name not in fixed):
            for candidate in (value for value in self.candidates(shapes[name]) if value != values[name]):
                changed = {**values, name: candidate}
                found = self._search(event, changed, fixed | {name}, agency)
                if found is not None:
                    return found
                after = self._advance(event, changed, agency)
                same = isinstance(after, RecordRefused) and after.args == refusal.args
                if same and refusal.code in _HELPED_BY_ANY_VALUE:
                    # The fault is elsewhere: no other value of this field would help.
                    break
        return None

    def _advance(self, event: type[Event], values: _Values, agency: AgencyRef | None) -> Case | RecordRefused:
        key = (event.name, agency, *values.values())
        if key not in self._known:
            # A note is a text of its own, and not among the fields.
            note = "trial" if event is NoteAdded else ""
            record = Record("trial", event(**values), replace(self.actor, on_behalf_of=agency), note=note)
            try:
                self._known[key] = advance(self.case, record, self.now)
            except RecordRefused as refusal:
                self._known[key] = refusal
        return self._known[key]

    def candidates(self, shape: FieldShape) -> tuple[Any, ...]:
        """The values with which the field is tried."""
        if shape.values:
            return shape.values
        if shape.holds in (Policy, Calendar):
            return (self.case.policy if shape.holds is Policy else self.case.calendar,)
        match shape.kind:
            case FieldKind.DAY:
                return self._days()
            case FieldKind.YES_NO:
                return (True, False)
            case FieldKind.AGENCY:
                return (ANY_AGENCY, *self.agencies)
            case FieldKind.ACCOUNT:
                return (ANY_ACCOUNT, self.actor.id)
            case FieldKind.CHOICE | FieldKind.NUMBER if shape.holds is WaitKey:
                return tuple(wait.key for wait in all_waits(self.case))
            case FieldKind.CHOICE | FieldKind.NUMBER if shape.name == "version":
                return tuple(sorted(PROCESS_VERSIONS))
            case FieldKind.CHOICE | FieldKind.NUMBER:
                return (self.case.undo_point.entry,) if self.case.undo_point else ("none",)
            case _:
                return ("x",)

    def _days(self) -> tuple[date, ...]:
        today = self.case.calendar.day_of(self.now)
        return (today + TWO_WEEKS, today, today - timedelta(days=1))

    def bounds(self, accepted: list[Any]) -> tuple[date | None, date | None]:
        """The first and the last day that a field may hold, if those in `accepted` were accepted."""
        soon, today, yesterday = self._days()
        first = None if yesterday in accepted else today if today in accepted else today + timedelta(days=1)
        return first, None if soon in accepted else today
