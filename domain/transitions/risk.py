"""The risk of contact, and who facilitates it."""

from datetime import timedelta

from domain.case import Case, Facilitator, RiskRecord, waits_of, without_waits
from domain.events import FacilitatorAssigned, FacilitatorChanged, RiskAssessed, RiskExpired
from domain.reasons import Reason
from domain.refusals import refuse_if, require
from domain.steps import TransitionContext
from domain.transitions.concerns import open_concern
from domain.values import replace
from domain.vocabulary import Refusal, WaitKind, wait_key


def assess_risk(case: Case, event: RiskAssessed, context: TransitionContext) -> Case:
    """The new record replaces the last one; *stop* is a concern.

    It is a checklist that is looked at again, and no score. Sources: Restorative Justice Council, practice guidance;
    Shapland, why-me.org, 2025.
    """
    refuse_if(event.result == "direct" and event.further_abuse, Refusal.FURTHER_ABUSE, "direct")
    refuse_if(not case.needs_specialist_in <= event.specialist_in, Refusal.SPECIALIST_NEEDED)
    refuse_if(event.reassess_by is not None and event.reassess_by <= context.today, Refusal.DAY_IN_PAST, "reassess_by")
    day = context.event_day
    if case.risk is not None and case.risk.assessed_on > day:
        # A later assessment is known, which counts; *stop* is a concern all the same.
        return open_concern(case, Reason.ONGOING_RISK_OR_ABUSE, context) if event.result == "stop" else case
    valid_until = day + timedelta(weeks=case.policy.risk)
    record = RiskRecord(
        assessed_on=day,
        result=event.result,
        further_abuse=event.further_abuse,
        specialist_in=event.specialist_in,
        valid_until=min(valid_until, event.reassess_by or valid_until),
    )
    case = without_waits(replace(case, risk=record), wait_key(WaitKind.RISK))
    return open_concern(case, Reason.ONGOING_RISK_OR_ABUSE, context) if event.result == "stop" else case


def expire_risk(case: Case, event: RiskExpired, context: TransitionContext) -> Case:
    """The last record no longer counts: nobody is approached, and no day set, until there is a new one."""
    risk = require(case.risk if waits_of(case, WaitKind.RISK) else None, Refusal.NOT_DUE)
    refuse_if(
        risk.expired or not context.calendar.has_passed(risk.valid_until, context.now),
        Refusal.NOT_DUE,
        str(risk.valid_until),
    )
    return without_waits(replace(case, risk=replace(risk, expired=True)), wait_key(WaitKind.RISK))


def assign_facilitator(case: Case, event: FacilitatorAssigned, context: TransitionContext) -> Case:
    """Somebody facilitates from now on."""
    until = event.accredited_until
    refuse_if(until is not None and until < context.today, Refusal.NOT_ACCREDITED, event.facilitator)
    facilitator = Facilitator(event.facilitator, event.specialist_in, accredited_until=until)
    return replace(case, facilitator=facilitator)


def change_facilitator(case: Case, event: FacilitatorChanged, context: TransitionContext) -> Case:
    """The staff register says something else of the facilitator of the case."""
    known = case.facilitator is not None and case.facilitator.id == event.facilitator
    refuse_if(not known, Refusal.NOT_ALLOWED_NOW, event.facilitator)
    changed = Facilitator(event.facilitator, event.specialist_in, event.active, event.accredited_until)
    return replace(case, facilitator=changed)
