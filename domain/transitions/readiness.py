"""From an offender who is willing to both sides prepared: assessments, consents, forms and messages."""

from dataclasses import replace
from datetime import date
from typing import assert_never

from domain.authority import may_speak_for, require_asked
from domain.case import Case, Consent, allowed_forms, consent_of, with_progress, with_wait, without_waits
from domain.events import ConsentRecorded, FormChanged, MessagePassed, ProgressRecorded, ReadinessAssessed
from domain.reasons import HARD, SOFT, Reason
from domain.refusals import Refusal, refuse_if
from domain.steps import (
    CASEWORKER,
    SUPERVISOR,
    TransitionContext,
    assess,
    assessed_in,
    assessments_outstanding,
    end,
    enter,
    is_reconfirmed,
    is_safe,
)
from domain.vocabulary import (
    ALL_FORMS,
    DIRECT_FORMS,
    INDIRECT_FORMS,
    AgencyRef,
    Consenter,
    Form,
    Role,
    Side,
    Step,
    WaitKey,
    WaitKind,
    is_agency,
    wait_key,
)
from domain.waits import Wait, renew, set_due

BOTH = frozenset(Side)


def assess_readiness(case: Case, event: ReadinessAssessed, context: TransitionContext) -> Case:
    """What an assessor found of one side, or of both."""
    require_asked(case, context.record.by)
    sides = BOTH if event.whose is None else frozenset({event.whose})
    match event.answer:
        case "ready":
            return _ready(case, sides, context)
        case "ready_if_accepted":
            refuse_if(not event.reasons, Refusal.MISSING_REASON)
            refuse_if(not event.reasons <= SOFT, Refusal.REASON_DOES_NOT_FIT, _listed(event.reasons - SOFT))
            return _ready(case, sides, context)
        case "not_yet":
            return _not_yet(case, event, sides, context)
        case "unsuitable":
            return _unsuitable(case, event, sides, context)
        case _:
            assert_never(event.answer)


def _listed(reasons: frozenset[Reason]) -> str:
    return ", ".join(sorted(reasons))


def _ready(case: Case, sides: frozenset[Side], context: TransitionContext) -> Case:
    case = _without_assessments(with_progress(case, ready=case.progress.ready | sides), sides)
    if case.step is Step.ASSESSING and Side.OFFENDER in case.progress.ready:
        return enter(case, Step.PREPARING, context.now)
    return case


def _without_assessments(case: Case, sides: frozenset[Side]) -> Case:
    over = [wait.key for wait in assessments_outstanding(case) if assessed_in(wait) in sides]
    return without_waits(case, *over)


def _not_yet(case: Case, event: ReadinessAssessed, sides: frozenset[Side], context: TransitionContext) -> Case:
    refuse_if(event.reason is None, Refusal.MISSING_REASON)
    refuse_if(event.reason not in SOFT, Refusal.REASON_DOES_NOT_FIT, str(event.reason))
    refuse_if(event.review_on is not None and event.review_on <= context.today, Refusal.DAY_IN_PAST, "review_on")
    case = with_progress(case, ready=case.progress.ready - sides, arrangement=None, reason=event.reason)
    case = enter(case, Step.NOT_YET, context.now)
    if event.review_on is None:
        return case
    review = next(wait for wait in case.progress.waits if wait.kind is WaitKind.READINESS_REVIEW)
    terms = case.policy.waits[WaitKind.READINESS_REVIEW]
    return with_wait(case, set_due(review, event.review_on, terms, case.calendar))


def _unsuitable(case: Case, event: ReadinessAssessed, sides: frozenset[Side], context: TransitionContext) -> Case:
    """Without a form that both allow the case ends; else indirect forms are left, for which the side is ready."""
    refuse_if(event.reason is None, Refusal.MISSING_REASON)
    refuse_if(event.reason not in HARD, Refusal.REASON_DOES_NOT_FIT, str(event.reason))
    named = event.forms or (DIRECT_FORMS if event.reason is Reason.ONGOING_RISK_OR_ABUSE else ALL_FORMS)
    case = with_progress(case, ruled_out=case.progress.ruled_out | named | DIRECT_FORMS)
    if not allowed_forms(case):
        return end(case, context, event.reason)
    return _without_ruled_out_arrangement(_ready(case, sides, context), context)


def _without_ruled_out_arrangement(case: Case, context: TransitionContext) -> Case:
    arrangement = case.progress.arrangement
    if arrangement is None or arrangement.form not in case.progress.ruled_out:
        return case
    return enter(with_progress(case, arrangement=None), Step.PREPARING, context.now)


def record_consent(case: Case, event: ConsentRecorded, context: TransitionContext) -> Case:
    """A consent as it now stands; an arrangement that it no longer covers falls."""
    actor = context.record.by
    if actor.role is Role.AGENCY:
        refuse_if(
            event.whose is not Consenter.OFFENDER,
            Refusal.NOT_BY_THIS_SENDER,
            "an agency speaks for the offender",
        )
    require_asked(case, actor)
    refuse_if(event.until is not None and event.until <= context.today, Refusal.DAY_IN_PAST, "until")
    consent = Consent(event.whose, _consented_forms(case, event), context.today, event.until)
    others = tuple(each for each in case.consents if each.whose is not event.whose)
    return _with_arrangement_covered(replace(case, consents=(*others, consent)), consent, context)


def _consented_forms(case: Case, event: ConsentRecorded) -> frozenset[Form]:
    before = consent_of(case, event.whose)
    match event.what:
        case "given":
            return event.forms or ALL_FORMS
        case "narrowed":
            refuse_if(not event.forms, Refusal.MISSING_FIELD, "forms")
            return event.forms & (before.forms if before else ALL_FORMS)
        case "withdrawn":
            return (before.forms if before else ALL_FORMS) - (event.forms or ALL_FORMS)
        case _:
            assert_never(event.what)


def _with_arrangement_covered(case: Case, consent: Consent, context: TransitionContext) -> Case:
    arrangement = case.progress.arrangement
    if arrangement is None:
        return case
    if not consent.covers(arrangement.form, arrangement.day):
        return enter(with_progress(case, arrangement=None), Step.PREPARING, context.now)
    return without_waits(case, wait_key(WaitKind.RECONFIRMATION)) if is_reconfirmed(case) else case


def pass_message(case: Case, event: MessagePassed, context: TransitionContext) -> Case:
    """Indirect contact is often the main route, in many rounds; it renews the wait."""
    refuse_if(event.form not in INDIRECT_FORMS, Refusal.FORM_NOT_INDIRECT, event.form)
    return _renewing(case, None, context)


def record_progress(case: Case, event: ProgressRecorded, context: TransitionContext) -> Case:
    """Something was done: the wait goes on, counted afresh."""
    require_asked(case, context.record.by)
    return _renewing(case, event.wait, context)


def _renewing(case: Case, key: WaitKey | None, context: TransitionContext) -> Case:
    """Renew the wait that `key` names, or each that whoever records owns."""
    refuse_if(
        key is not None and all(wait.key != key for wait in case.progress.waits),
        Refusal.UNKNOWN_WAIT,
        key or "",
    )
    for wait in case.progress.waits:
        refuse_if(wait.key == key and _is_anothers(case, context, wait), Refusal.NOT_BY_THIS_SENDER, wait.key)
        if wait.key == key or (key is None and _owns(case, context, wait)):
            case = with_wait(case, _renewed(case, wait, context))
    return case


def _renewed(case: Case, wait: Wait, context: TransitionContext) -> Wait:
    terms = case.policy.waits.get(wait.kind)
    return wait if terms is None else renew(wait, terms, context.now, case.calendar)


def _is_anothers(case: Case, context: TransitionContext, wait: Wait) -> bool:
    """Whether progress is named for a wait that is not theirs: a supervisor's, a review date, another agency's."""
    if context.record.by.role is Role.AGENCY:
        return not _owns(case, context, wait)
    return wait.waiting_on == SUPERVISOR or wait.kind is WaitKind.READINESS_REVIEW


def _owns(case: Case, context: TransitionContext, wait: Wait) -> bool:
    """Whether `wait` is on whoever records: an agency, one that staff record for, or the caseworker."""
    actor = context.record.by
    if actor.role is Role.AGENCY or actor.on_behalf_of is not None:
        return is_agency(wait.waiting_on) and may_speak_for(case, actor, AgencyRef(wait.waiting_on))
    return wait.waiting_on == CASEWORKER and wait.kind is not WaitKind.READINESS_REVIEW


def change_form(case: Case, event: FormChanged, context: TransitionContext) -> Case:
    """The sides aim at another form; a direct one is assessed again, for both."""
    refuse_if(event.form in case.progress.ruled_out, Refusal.FORM_RULED_OUT, event.form)
    require_safe(case, event.form)
    changed = replace(case, form=event.form)
    if case.progress.arrangement is not None:
        return _arrangement_changed(changed, event.form)
    if event.form in DIRECT_FORMS and event.form is not case.form:
        return _assessed_again(changed, context)
    return changed


def require_safe(case: Case, form: Form) -> None:
    """Refuse a direct form that could lead to further abuse."""
    refuse_if(not is_safe(case, form), Refusal.FURTHER_ABUSE, form)


def require_covered(case: Case, form: Form, day: date) -> None:
    """Refuse a meeting of `form` on `day` that a recorded consent leaves out."""
    uncovered = [consent.whose for consent in case.consents if not consent.covers(form, day)]
    refuse_if(bool(uncovered), Refusal.CONSENT_MISSING, ", ".join(uncovered))


def _arrangement_changed(case: Case, form: Form) -> Case:
    arrangement = case.progress.arrangement
    assert arrangement is not None
    refuse_if(form in DIRECT_FORMS and form is not arrangement.form, Refusal.ASSESSMENT_OUTSTANDING, form)
    require_covered(case, form, arrangement.day)
    return with_progress(case, arrangement=replace(arrangement, form=form))


def _assessed_again(case: Case, context: TransitionContext) -> Case:
    if case.step not in (Step.ASSESSING, Step.NOT_YET, Step.PREPARING):
        return case
    case = with_progress(case, ready=frozenset())
    return case if case.step is Step.NOT_YET else assess(case, context.now)
