"""What agencies are told of a case besides what they are asked: at most one update for each entry and agency."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.case import Arrangement, Case, ConcernResult
from domain.events import ConcernDecided, EntryCorrected, Event, MeetingHeld, Record
from domain.reasons import Reason
from domain.vocabulary import AgencyKind, AgencyRef, CaseRef, Form, InitiatedBy, is_agency


class UpdateKind(StrEnum):
    """What changed in a case."""

    DAY_SET = "day_set"
    DAY_MOVED = "day_moved"
    DAY_CANCELLED = "day_cancelled"
    ON_HOLD = "on_hold"
    CONCERN_DECIDED = "concern_decided"
    CORRECTED = "corrected"
    """The case goes on: what the last update said was a mistake."""
    TRANSFERRED = "transferred"
    """Another area has the case, and continues it."""
    ENDED = "ended"


class EndOutcome(StrEnum):
    """All that others are told of how a case ended."""

    CONTACT_TOOK_PLACE = "contact_took_place"
    NO_CONTACT = "contact_did_not_take_place"
    TRANSFERRED = "transferred"


@dataclass(frozen=True, slots=True)
class CaseUpdate:
    """Tell `agency`, which was asked for a case of `area`, what `changed` in entry `version`.

    `agency` may also be `person`: a caseworker tells the person who referred the case. `day` and `form` are those
    of the meeting that is set or cancelled, `result` is that of the concern. Without `was_asked` it is a referrer or a
    court that was asked nothing.
    """

    key: str
    ref: CaseRef
    area: str
    agency: str
    version: int
    changed: tuple[UpdateKind, ...]
    was_asked: bool = True
    day: date | None = None
    form: Form | None = None
    outcome: EndOutcome | None = None
    result: ConcernResult | None = None

    @property
    def must_arrive(self) -> bool:
        """Whether no later update replaces it: somebody may be about to travel."""
        return UpdateKind.DAY_CANCELLED in self.changed


def updates(before: Case, after: Case, record: Record, cancelled: frozenset[str]) -> Iterator[CaseUpdate]:
    """The updates about the entry of `record`; the agencies in `cancelled` hear of a cancelled request instead.

    Only the decision on a concern is told even then to the agency that raised it.
    """
    event = record.event
    changed = tuple(_changes(before, after, event))
    if not changed:
        return
    has_day = bool({UpdateKind.DAY_SET, UpdateKind.DAY_MOVED, UpdateKind.DAY_CANCELLED} & set(changed))
    arrangement = (after.progress.arrangement or _arrangement_before(before, event)) if has_day else None
    outcome = _outcome(after) if UpdateKind.ENDED in changed else None
    prefix = f"{after.ref}.{after.version}.update"
    # Who is asked for the first time in this entry knows nothing that it could change.
    areas = {asked.agency: asked.area for asked in before.asked}
    for agency, area in areas.items():
        key = f"{prefix}.{agency}"
        if agency in cancelled:
            if isinstance(event, ConcernDecided) and agency in _agencies_behind(before, after):
                only_decision = (UpdateKind.CONCERN_DECIDED,)
                yield CaseUpdate(key, after.ref, area, agency, after.version, only_decision, result=event.result)
        elif _takes_part(before, after, agency, event):
            yield CaseUpdate(
                key=key,
                ref=after.ref,
                area=area,
                agency=agency,
                version=after.version,
                changed=changed,
                day=arrangement.day if arrangement else None,
                form=arrangement.form if arrangement else None,
                outcome=outcome,
                result=event.result if isinstance(event, ConcernDecided) else None,
            )
    about_end = tuple(kind for kind in changed if kind in (UpdateKind.ENDED, UpdateKind.CORRECTED))
    for other in _others_told_of_end(after) if about_end else ():
        is_told = other in areas and (other in cancelled or _takes_part(before, after, other, event))
        if not is_told:
            yield CaseUpdate(
                key=f"{prefix}.{other}",
                ref=after.ref,
                area=areas.get(AgencyRef(other), after.area),
                agency=other,
                version=after.version,
                changed=about_end,
                was_asked=other in areas,
                outcome=outcome,
            )


def _changes(before: Case, after: Case, event: Event) -> Iterator[UpdateKind]:
    old, new = _arrangement_before(before, event), after.progress.arrangement
    if new is not None and new != old:
        yield UpdateKind.DAY_SET if old is None else UpdateKind.DAY_MOVED
    elif old is not None and new is None and not isinstance(event, MeetingHeld):
        yield UpdateKind.DAY_CANCELLED
    if after.is_on_hold and not before.is_on_hold:
        yield UpdateKind.ON_HOLD
    if isinstance(event, ConcernDecided):
        yield UpdateKind.CONCERN_DECIDED
    if isinstance(event, EntryCorrected) and (old is not None or before.is_closed):
        yield UpdateKind.CORRECTED
    if after.area != before.area:
        yield UpdateKind.TRANSFERRED
    if after.is_closed and not before.is_closed:
        yield UpdateKind.ENDED


def _arrangement_before(before: Case, event: Event) -> Arrangement | None:
    """The meeting day that agencies know; a correction also undoes one that counted as held."""
    if isinstance(event, EntryCorrected) and before.undo_point is not None:
        return before.progress.arrangement or before.undo_point.before.arrangement
    return before.progress.arrangement


def _takes_part(before: Case, after: Case, agency: str, event: Event) -> bool:
    """Whether `agency` works with the offender, was asked for a check, is asked something, or raised the concern.

    Not the service itself, where nobody supervises the offender.
    """
    if agency == AgencyKind.RESTORATIVE_SERVICE.value:
        return False
    if isinstance(event, ConcernDecided) and agency in _agencies_behind(before, after):
        return True
    return any(
        agency in (case.progress.responsible_agency, case.progress.may_also_answer)
        or any(agency == check.agency for check in case.progress.checks)
        or any(agency == wait.waiting_on for wait in case.progress.waits)
        for case in (before, after)
    )


def _agencies_behind(before: Case, after: Case) -> frozenset[str]:
    """The agency that raised the concern that was decided, as it was asked: by its kind, or by its own id."""
    decided = [concern for concern in after.concerns if concern not in before.concerns]
    return frozenset(
        name
        for concern in decided
        if is_agency(concern.raised_by)
        for name in (concern.raised_by, concern.raised_by.partition(":")[0])
    )


def _others_told_of_end(case: Case) -> tuple[str, ...]:
    """A court that asked for the case, and who referred it."""
    referrer = case.request.referred_by
    others = [referrer] if referrer else []
    if case.request.initiated_by is InitiatedBy.COURT and referrer.partition(":")[0] != AgencyKind.COURT:
        others.append(AgencyKind.COURT.value)
    return tuple(others)


def _outcome(case: Case) -> EndOutcome:
    if case.progress.reason is Reason.TRANSFERRED_OUT:
        return EndOutcome.TRANSFERRED
    return EndOutcome.CONTACT_TOOK_PLACE if case.progress.contacts else EndOutcome.NO_CONTACT
