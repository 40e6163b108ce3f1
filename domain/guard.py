"""The one guard: what keeps the offender from being approached, a meeting day from being set, a message from passing.

It is evaluated after every entry; what it blocks is cancelled or paused in the same entry (`domain.enforcement`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from domain.case import AgencyCheck, Case, consent_of, open_concerns
from domain.refusals import RecordRefused, refuse_if
from domain.steps import consents_needed, is_another_contact, is_readiness_valid
from domain.vocabulary import DIRECT_FORMS, Condition, Form, Refusal, Side


@dataclass(frozen=True, slots=True)
class Block:
    """One reason why contact may not take place; `detail` names the wait, agency, condition or form."""

    code: Refusal
    detail: str = ""


def blocks_contact(
    case: Case, form: Form | None, day: date, met: frozenset[Condition] = frozenset()
) -> tuple[Block, ...]:
    """Every reason why contact of `form` may not take place on `day`; without a form, why nobody may be approached.

    `met` are the conditions that the arrangement meets; they matter where there is a form.
    """
    finders = case.rules.process.guard
    return tuple(block for find in finders for block in find(case, form, day, met))


def blocks_meeting(case: Case, form: Form, day: date, met: frozenset[Condition] = frozenset()) -> tuple[Block, ...]:
    """Every reason why no meeting of `form` may be on `day`: what blocks contact, and what is missing for it."""
    finders = case.rules.process.meeting_guard
    return tuple(block for find in finders for block in find(case, form, day, met))


def refuse_blocked(blocks: tuple[Block, ...]) -> None:
    """Refuse what the guard blocks. Raises RecordRefused with the first reason."""
    for block in blocks:
        raise RecordRefused(block.code, block.detail)


def is_stopped(case: Case) -> bool:
    """Whether a concern or a reported death is undecided, so that agencies must not go to the offender either."""
    return bool(open_concerns(case) or case.deaths)


def require_not_stopped(case: Case) -> None:
    """Refuse what may not be planned while a concern or a death is undecided, or after no further contact."""
    for block in _blocks_of_concerns(case):
        refuse_if(block.code is not Refusal.ON_HOLD, block.code, block.detail)


def _blocks_of_concerns(case: Case) -> Iterator[Block]:
    yield from (Block(Refusal.CONCERN_OPEN, concern.wait.key) for concern in open_concerns(case))
    yield from (Block(Refusal.DEATH_REPORTED, death.wait.key) for death in case.deaths)
    if case.no_further_contact:
        yield Block(Refusal.NO_FURTHER_CONTACT)
    if case.is_on_hold:
        yield Block(Refusal.ON_HOLD)


def _blocks_of_facilitator(case: Case, day: date) -> Iterator[Block]:
    """Find why nobody may facilitate on `day`: it takes somebody active and accredited, in flagged cases a specialist.

    Source: Scottish Government, Delivery of Restorative Justice in Scotland: Guidance, section 6 (specialists).
    """
    facilitator = case.facilitator
    if facilitator is None or not facilitator.active:
        yield Block(Refusal.FACILITATOR_NEEDED)
    elif facilitator.accredited_until is not None and facilitator.accredited_until < day:
        yield Block(Refusal.FACILITATOR_NEEDED, facilitator.accredited_until.isoformat())
    elif not case.needs_specialist_in <= facilitator.specialist_in:
        yield Block(Refusal.SPECIALIST_NEEDED)


def has_facilitator(case: Case, day: date) -> bool:
    """Whether somebody may facilitate the case on `day`."""
    return not any(_blocks_of_facilitator(case, day))


def has_valid_risk(case: Case, day: date) -> bool:
    """Whether a risk assessment counts on `day` that allows contact of some form."""
    risk = case.risk
    return (
        risk is not None
        and not risk.expired
        and risk.result != "stop"
        and day <= risk.valid_until
        and case.needs_specialist_in <= risk.specialist_in
    )


def _blocks_of_risk(case: Case, form: Form | None, day: date) -> Iterator[Block]:
    """Find why the risk record does not allow contact on `day`; without one that counts, nobody is approached.

    Sources: Restorative Justice Council, practice guidance (an assessment before any contact); Scottish Government,
    Delivery of Restorative Justice in Scotland: Guidance, section 6 (none in person if abuse may go on).
    """
    risk = case.risk
    if risk is None or not has_valid_risk(case, min(day, risk.valid_until)):
        yield Block(Refusal.RISK_NEEDED)
    elif day > risk.valid_until:
        yield Block(Refusal.RISK_RUNS_OUT, risk.valid_until.isoformat())
    elif form in DIRECT_FORMS and (risk.further_abuse or risk.result == "indirect_only"):
        yield Block(Refusal.FURTHER_ABUSE if risk.further_abuse else Refusal.INDIRECT_ONLY, str(form))


def is_cleared(case: Case, check: AgencyCheck, day: date) -> bool:
    """Whether the agency's clearance counts on `day`."""
    return check.cleared_on is not None and day <= check.cleared_on + timedelta(weeks=case.policy.clearance)


def _blocks_of_checks(case: Case, form: Form | None, day: date, met: frozenset[Condition]) -> Iterator[Block]:
    checks = case.progress.checks
    if not checks:
        yield Block(Refusal.CHECK_OUTSTANDING)
    for check in checks:
        if check.cleared_on is None:
            yield Block(Refusal.CHECK_OUTSTANDING, check.agency)
        elif not is_cleared(case, check, day):
            yield Block(Refusal.CLEARANCE_RUNS_OUT, check.agency)
    if form is None:
        return
    for condition, not_before in conditions_of(case):
        match condition:
            case Condition.NOT_BEFORE:
                is_met = not_before is None or day >= not_before
            case Condition.INDIRECT_ONLY:
                is_met = form not in DIRECT_FORMS
            case _:
                is_met = condition in met
        if not is_met:
            yield Block(Refusal.CONDITION_NOT_MET, condition)


def conditions_of(case: Case) -> tuple[tuple[Condition, date | None], ...]:
    """The conditions of all clearances and decisions on concerns, with the day of `not_before`."""
    stated = [(check.conditions, check.not_before) for check in case.progress.checks]
    stated += [(concern.conditions, concern.not_before) for concern in case.concerns]
    if case.request.continues is not None:
        stated.append((case.request.continues.conditions, case.request.continues.not_before))
    return tuple((condition, not_before) for conditions, not_before in stated for condition in sorted(conditions))


def _blocks_of_forms(case: Case, form: Form | None) -> Iterator[Block]:
    if form is not None and form in case.progress.ruled_out:
        yield Block(Refusal.FORM_RULED_OUT, form)


def _blocks_of_own_consents(case: Case, form: Form | None) -> Iterator[Block]:
    """A young person who is an adult now has not said whether they take part; an offender is approached to say it."""
    for adult in case.adults:
        if adult.wait is not None and (adult.side is Side.VICTIM or form is not None):
            yield Block(Refusal.OWN_CONSENT_NEEDED, adult.side)


def _blocks_of_readiness(case: Case, form: Form | None, day: date) -> Iterator[Block]:
    """For a direct form both are assessed; another contact needs assessments that still count."""
    if form not in DIRECT_FORMS:
        return
    if case.progress.ready != frozenset(Side):
        yield Block(Refusal.ASSESSMENT_OUTSTANDING, str(form))
    if is_another_contact(case) and not is_readiness_valid(case, day):
        yield Block(Refusal.READINESS_RUNS_OUT)


def _blocks_of_consents(case: Case, form: Form | None, day: date) -> Iterator[Block]:
    """Everybody whose consent is needed, as the facts are now, consents to this form on this day."""
    consents = {whose: consent_of(case, whose) for whose in consents_needed(case)}
    missing = [whose for whose, given in consents.items() if not (form and given and given.covers(form, day))]
    if missing:
        yield Block(Refusal.CONSENT_MISSING, ", ".join(missing))


FindBlocks = Callable[[Case, Form | None, date, frozenset[Condition]], Iterable[Block]]

GUARD: tuple[FindBlocks, ...] = (
    lambda case, _form, _day, _met: _blocks_of_concerns(case),
    lambda case, _form, day, _met: _blocks_of_facilitator(case, day),
    lambda case, form, day, _met: _blocks_of_risk(case, form, day),
    _blocks_of_checks,
    lambda case, form, _day, _met: _blocks_of_own_consents(case, form),
    lambda case, form, _day, _met: _blocks_of_forms(case, form),
)
"""What may block contact, in the order in which people read it."""

MEETING_GUARD: tuple[FindBlocks, ...] = (
    *GUARD,
    lambda case, form, day, _met: _blocks_of_readiness(case, form, day),
    lambda case, form, day, _met: _blocks_of_consents(case, form, day),
)
"""What may block a meeting day."""
