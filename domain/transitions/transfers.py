"""A case that another area takes over: proposed here, accepted or declined by a supervisor there."""

from domain.areas import is_area
from domain.case import AgencyCheck, Case, Transfer, open_concerns, waits_of, with_progress, with_wait
from domain.events import TransferAccepted, TransferDeclined, TransferProposed, TransferredOut, TransferWithdrawn
from domain.reasons import Reason
from domain.refusals import refuse_if, require
from domain.steps import SUPERVISOR, TransitionContext, create_policy_wait, end, start_wait
from domain.values import replace
from domain.vocabulary import AGENCY_KINDS, Consenter, Refusal, Step, WaitKind


def propose_transfer(case: Case, event: TransferProposed, context: TransitionContext) -> Case:
    """A supervisor of the other area decides; a victim who knows of the case must agree to it."""
    refuse_if(not is_area(event.to_area), Refusal.MISSING_FIELD, "to_area")
    refuse_if(event.to_area == case.area, Refusal.SAME_AREA, event.to_area)
    refuse_if(case.transfer is not None, Refusal.TRANSFER_PENDING)
    refuse_if(case.progress.arrangement is not None, Refusal.MEETING_DAY_SET)
    must_agree = case.step is not Step.ASKING_VICTIM
    refuse_if(must_agree and not event.consent, Refusal.CONSENT_MISSING, Consenter.VICTIM)
    wait = create_policy_wait(case, WaitKind.TRANSFER, SUPERVISOR, context.now, event.to_area)
    return replace(case, transfer=Transfer(event.to_area, context.today, wait))


def accept_transfer(case: Case, event: TransferAccepted, context: TransitionContext) -> Case:
    """The case belongs to the other area: nobody there has it yet, and agencies named by kind are those there."""
    transfer = require(case.transfer, Refusal.NO_TRANSFER_PENDING)
    _require_settled(case)
    case = replace(case, area=transfer.to_area, assigned_to="", facilitator=None, transfer=None)
    # The clearance of a prison, say, is that of the prison here: the one there is asked for its own.
    checks = tuple(
        AgencyCheck(check.agency) if check.agency in AGENCY_KINDS and check.objection is None else check
        for check in case.progress.checks
    )
    case = with_progress(case, checks=checks)
    for wait in case.progress.waits:
        if wait.waiting_on in AGENCY_KINDS:
            case = start_wait(case, wait.kind, wait.waiting_on, context.now, wait.key.partition(":")[2])
            (fresh,) = (new for new in waits_of(case, wait.kind) if new.key == wait.key)
            case = with_wait(case, replace(fresh, paused_since=wait.paused_since and context.today))
    return case


def _require_settled(case: Case) -> None:
    """Refuse to give a case away while a meeting day is set, or while something is to be decided that stops contact."""
    refuse_if(case.progress.arrangement is not None, Refusal.MEETING_DAY_SET)
    refuse_if(bool(open_concerns(case)), Refusal.CONCERN_OPEN)
    refuse_if(bool(case.deaths), Refusal.DEATH_REPORTED)


def decline_transfer(case: Case, event: TransferDeclined, context: TransitionContext) -> Case:
    """The other area does not take the case, which stays where it is."""
    require(case.transfer, Refusal.NO_TRANSFER_PENDING)
    return replace(case, transfer=None)


def withdraw_transfer(case: Case, event: TransferWithdrawn, context: TransitionContext) -> Case:
    """The case is not to be transferred after all."""
    require(case.transfer, Refusal.NO_TRANSFER_PENDING)
    return replace(case, transfer=None)


def transfer_out(case: Case, event: TransferredOut, context: TransitionContext) -> Case:
    """A service that does not run here has the case now, so that it ends here."""
    _require_settled(case)
    return end(case, context, Reason.TRANSFERRED_OUT)
