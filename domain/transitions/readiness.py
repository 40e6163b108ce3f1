"""From an offender who is willing to both sides prepared: assessments, consents, types of contact and messages."""

from datetime import date
from typing import assert_never

from domain.authority import find_answered_wait, may_speak_for, require_asked
from domain.case import (
    Case,
    Consent,
    allowed_forms,
    consent_of,
    find_wait,
    waits_of,
    with_progress,
    with_wait,
    without_waits,
)
from domain.events import ConsentRecorded, FormChanged, MessagePassed, ProgressRecorded, ReadinessAssessed
from domain.guard import blocks_contact, refuse_blocked
from domain.reasons import HARD, SOFT, Reason
from domain.refusals import RecordRefused, refuse_if, require
from domain.steps import (
    CASEWORKER,
    SUPERVISOR,
    TransitionContext,
    assess,
    assessment_side,
    assessments_outstanding,
    consents_needed,
    end_contact,
    enter,
    is_reconfirmed,
)
from domain.transitions.coming_of_age import counts_as_adult, without_own_consent_wait
from domain.transitions.concerns import open_concern
from domain.values import replace
from domain.vocabulary import (
    ALL_FORMS,
    DIRECT_FORMS,
    INDIRECT_FORMS,
    AgencyRef,
    Condition,
    Consenter,
    Form,
    Refusal,
    Role,
    Side,
    Step,
    WaitKey,
    WaitKind,
    is_agency,
    wait_key,
)
from domain.waits import renew, set_due

BOTH = frozenset(Side)

RENEWALS_IN_A_ROW = 2
"""How often one role may renew a wait before somebody else does, or something happens."""


WITHOUT_CLEARANCE = frozenset({Refusal.CHECK_OUTSTANDING, Refusal.CLEARANCE_RUNS_OUT})
"""What an agency has to be asked about, which nobody does during the follow-up."""


def assess_readiness(case: Case, event: ReadinessAssessed, context: TransitionContext) -> Case:
    """An assessor says whether one side is ready, or both; an agency assesses the offender, where it was asked to."""
    actor = context.record.by
    require_asked(case, actor)
    if event.answer == "unsuitable" and event.reason in (Reason.ONGOING_RISK_OR_ABUSE, Reason.COERCION):
        return open_concern(case, event.reason, context)
    if actor.is_for_agency:
        refuse_if(event.whose is None, Refusal.MISSING_FIELD, "whose")
        refuse_if(event.whose is not Side.OFFENDER, Refusal.NOT_BY_THIS_SENDER, "an agency assesses the offender only")
        find_answered_wait(case, actor, WaitKind.ASSESSMENT)
    sides = BOTH if event.whose is None else frozenset({event.whose})
    match event.answer:
        case "ready":
            return _mark_ready(case, sides, context)
        case "ready_if_accepted":
            refuse_if(not event.reasons, Refusal.MISSING_REASON)
            refuse_if(not event.reasons <= SOFT, Refusal.REASON_DOES_NOT_FIT, ", ".join(sorted(event.reasons - SOFT)))
            return _mark_ready(case, sides, context)
        case "not_yet":
            return _defer(case, event, sides, context)
        case "unsuitable":
            return _rule_out(case, event, sides, context)
        case _:
            assert_never(event.answer)


def _mark_ready(case: Case, sides: frozenset[Side], context: TransitionContext) -> Case:
    over = [wait.key for wait in assessments_outstanding(case) if assessment_side(wait) in sides]
    still_ready = case.progress.ready - sides
    ready_on = case.progress.ready_on if still_ready else context.today
    case = without_waits(with_progress(case, ready=still_ready | sides, ready_on=ready_on), *over)
    if case.step is Step.ASSESSING and Side.OFFENDER in case.progress.ready:
        return enter(case, Step.PREPARING, context.now)
    return case


def _defer(case: Case, event: ReadinessAssessed, sides: frozenset[Side], context: TransitionContext) -> Case:
    reason = require(event.reason, Refusal.MISSING_REASON)
    refuse_if(reason not in SOFT, Refusal.REASON_DOES_NOT_FIT, reason)
    refuse_if(event.review_on is not None and event.review_on <= context.today, Refusal.DAY_IN_PAST, "review_on")
    case = with_progress(case, ready=case.progress.ready - sides, arrangement=None, reason=reason)
    case = with_progress(case, reason_of=event.whose)
    case = enter(case, Step.NOT_YET, context.now)
    if event.review_on is None:
        return case
    (review,) = waits_of(case, WaitKind.READINESS_REVIEW)
    policy = case.policy.waits[WaitKind.READINESS_REVIEW]
    return with_wait(case, set_due(review, event.review_on, policy, case.calendar))


def _rule_out(case: Case, event: ReadinessAssessed, sides: frozenset[Side], context: TransitionContext) -> Case:
    """End the case where no form remains that both allow; else the side is ready for the indirect forms."""
    reason = require(event.reason, Refusal.MISSING_REASON)
    refuse_if(reason not in HARD, Refusal.REASON_DOES_NOT_FIT, reason)
    ruled_out = DIRECT_FORMS | (event.forms or ALL_FORMS)
    case = with_progress(case, ruled_out=case.progress.ruled_out | ruled_out)
    if case.undo_point is not None:
        known = case.undo_point.ruled_out | ruled_out
        case = replace(case, undo_point=replace(case.undo_point, ruled_out=known))
    if not allowed_forms(case):
        return with_progress(end_contact(case, context, reason), reason_of=event.whose)
    case = _mark_ready(case, sides, context)
    arrangement = case.progress.arrangement
    if arrangement is None or arrangement.form not in case.progress.ruled_out:
        return case
    return enter(with_progress(case, arrangement=None), Step.PREPARING, context.now)


def _require_consents(case: Case, form: Form, day: date) -> None:
    """Refuse contact of `form` without every consent that is needed, or beyond one that is recorded."""
    needed = dict.fromkeys((*consents_needed(case), *(consent.whose for consent in case.consents)))
    consents = {whose: consent_of(case, whose) for whose in needed}
    missing = [whose for whose, given in consents.items() if given is None or not given.covers(form, day)]
    refuse_if(bool(missing), Refusal.CONSENT_MISSING, ", ".join(missing))


def record_consent(case: Case, event: ConsentRecorded, context: TransitionContext) -> Case:
    """A consent is given, narrowed or withdrawn; an arrangement that it no longer covers is cancelled."""
    actor = context.record.by
    not_offenders = actor.is_for_agency and event.whose not in (Consenter.OFFENDER, Consenter.OFFENDER_GUARDIAN)
    refuse_if(not_offenders, Refusal.NOT_BY_THIS_SENDER, "an agency speaks for the offender")
    require_asked(case, actor)
    refuse_if(event.until is not None and event.until <= context.today, Refusal.DAY_IN_PAST, "until")
    if not counts_as_adult(case, event.whose, context.event_day):
        return case
    present = consent_of(case, event.whose)
    before = present.forms if present else ALL_FORMS
    match event.what:
        case "given":
            forms = event.forms or ALL_FORMS
        case "narrowed":
            refuse_if(not event.forms, Refusal.MISSING_FIELD, "forms")
            forms = event.forms & before
        case "withdrawn":
            forms = before - (event.forms or ALL_FORMS)
        case _:
            assert_never(event.what)
    day = context.event_day
    if present is not None and present.confirmed_on > day:
        # It was given before the one that is known, which counts.
        return case
    is_same_day = present is not None and present.confirmed_on == day
    if present is not None and is_same_day:
        forms &= present.forms
    until = event.until
    if present is not None and present.until is not None and (is_same_day or event.what != "given"):
        until = min(present.until, until or present.until)
    consent = Consent(event.whose, forms, day, until)
    others = tuple(other for other in case.consents if other.whose is not event.whose)
    case = without_own_consent_wait(replace(case, consents=(*others, consent)), event.whose)
    arrangement = case.progress.arrangement
    if arrangement is None:
        return case
    if not consent.covers(arrangement.form, arrangement.day):
        return enter(with_progress(case, arrangement=None), Step.PREPARING, context.now)
    return without_waits(case, wait_key(WaitKind.RECONFIRMATION)) if is_reconfirmed(case) else case


def pass_message(case: Case, event: MessagePassed, context: TransitionContext) -> Case:
    """Indirect contact is often the main route, in many rounds; each renews the wait.

    Nothing is passed on before everybody has consented whose consent is needed, nor beyond it.
    """
    refuse_if(event.form not in INDIRECT_FORMS, Refusal.FORM_NOT_INDIRECT, event.form)
    blocks = blocks_contact(case, event.form, context.today, frozenset(Condition))
    if case.step is Step.FOLLOWING_UP and blocks and blocks[0].code in WITHOUT_CLEARANCE:
        raise RecordRefused(Refusal.CHECKS_NEEDED, blocks[0].detail)
    refuse_blocked(blocks)
    _require_consents(case, event.form, context.today)
    return _renew_waits(case, None, context)


def record_progress(case: Case, event: ProgressRecorded, context: TransitionContext) -> Case:
    """Something was done: the wait is counted again from now."""
    require_asked(case, context.record.by)
    renewed = _renew_waits(case, event.wait, context)
    role = context.record.by.role
    for wait in renewed.progress.waits:
        before = find_wait(case, wait.key)
        if before is None or wait == before:
            continue
        again = before.renewed_by == role
        refuse_if(again and before.renewals >= RENEWALS_IN_A_ROW, Refusal.RENEWED_TWICE, wait.key)
        renewed = with_wait(renewed, replace(wait, renewed_by=role, renewals=before.renewals + 1 if again else 1))
    return renewed


def _renew_waits(case: Case, key: WaitKey | None, context: TransitionContext) -> Case:
    """Renew the wait that `key` names; without a key, every wait on the caseworker or agency that the record is by.

    Staff may record for an agency.
    """
    actor, waits = context.record.by, case.progress.waits
    refuse_if(key is not None and all(wait.key != key for wait in waits), Refusal.UNKNOWN_WAIT, key or "")
    for wait in waits:
        if actor.is_for_agency:
            own = is_agency(wait.waiting_on) and may_speak_for(case, actor, AgencyRef(wait.waiting_on))
        else:
            own = wait.waiting_on == CASEWORKER and wait.kind is not WaitKind.READINESS_REVIEW
        policy = case.policy.waits.get(wait.kind)
        if wait.key == key:
            theirs = wait.waiting_on == SUPERVISOR or wait.kind is WaitKind.READINESS_REVIEW
            refuse_if(not own if actor.role is Role.AGENCY else theirs, Refusal.NOT_BY_THIS_SENDER, wait.key)
        if policy is not None and wait.paused_since is None and (wait.key == key or (key is None and own)):
            case = with_wait(case, renew(wait, policy, context.now, case.calendar))
    return case


def change_form(case: Case, event: FormChanged, context: TransitionContext) -> Case:
    """The sides plan another form; for a direct one both are assessed again."""
    refuse_if(event.form in case.progress.ruled_out, Refusal.FORM_RULED_OUT, event.form)
    if case.risk is not None and event.form in DIRECT_FORMS:
        refuse_if(case.risk.further_abuse, Refusal.FURTHER_ABUSE, event.form)
        refuse_if(case.risk.result != "direct", Refusal.INDIRECT_ONLY, event.form)
    changed = replace(case, form=event.form)
    arrangement = case.progress.arrangement
    if arrangement is not None:
        unassessed = event.form in DIRECT_FORMS and event.form is not arrangement.form
        refuse_if(unassessed, Refusal.ASSESSMENT_OUTSTANDING, event.form)
        _require_consents(case, event.form, arrangement.day)
        return with_progress(changed, arrangement=replace(arrangement, form=event.form))
    reassessed = case.step in (Step.ASSESSING, Step.NOT_YET, Step.PREPARING)
    if not reassessed or event.form not in DIRECT_FORMS or event.form is case.form:
        return changed
    changed = with_progress(changed, ready=frozenset())
    return changed if case.step is Step.NOT_YET else assess(changed, context.now)
