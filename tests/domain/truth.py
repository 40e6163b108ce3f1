"""Whether what a text to the victim assumes is so in a case."""

from collections.abc import Callable, Iterator
from dataclasses import astuple
from datetime import date

from domain.case import Case, all_waits, open_concerns, waits_of
from domain.effects import Effect, NotifySupervisor, NotifyVictim
from domain.events import ConcernRaised, Event, PutOnHold, Record, Resumed, ReviewRequested, Withdrawn
from domain.reasons import REOPENS_AT_ONCE, Reason
from domain.victim_explanation import VictimView, explain_on_page, tellable_reason, victim_view
from domain.victim_facts import has_own_concern, has_stopped
from domain.victim_notifications import next_update_on
from domain.vocabulary import Side, Stage, Step, WaitKind
from domain.wording.my_case import ASK_FOR_REVIEW, GO_ON, NOT_SAFE, STOP, STOP_ANOTHER, TAKE_A_BREAK, ActText
from tests.domain.assumptions import Claim, claims_in, claims_of

_STAGES = tuple(Stage)


def untruths(view: VictimView, case: Case, today: date, todo: tuple[Effect, ...] = ()) -> Iterator[str]:
    """What the words for `view` assume although it is not so in `case`, an entry of which has the effects `todo`."""
    asked = any(isinstance(effect, NotifySupervisor) and effect.event == "victim_updated" for effect in todo)
    for claim in claims_of(view):
        is_so = asked if claim is Claim.MANAGER_ASKED else _TRUTHS[claim](case, view, today)
        if not is_so:
            yield f"the victim reads that {claim}"


def untruths_on_page(case: Case, today: date) -> Iterator[str]:
    """What the victim reads about their case on its page although it is not so."""
    words = explain_on_page(case, today)
    yield from _untruths_in(" ".join(astuple(words)), case, today)


ACTS: dict[type[Event], ActText] = {
    PutOnHold: TAKE_A_BREAK,
    Resumed: GO_ON,
    Withdrawn: STOP,
    ReviewRequested: ASK_FOR_REVIEW,
    ConcernRaised: NOT_SAFE,
}
"""What a victim reads after an act of their own."""
CANCELS_DAY = frozenset({PutOnHold, Withdrawn, ConcernRaised})
"""The acts before which they read that the meeting day will be cancelled."""


def untruths_of_act(before: Case, record: Record, after: Case, today: date) -> Iterator[str]:
    """What the page of a victim's own act says afterwards although it is not so, or of a meeting day beforehand."""
    kind = type(record.event)
    if kind not in ACTS:
        return
    is_met = before.stage is Stage.MEETING_HELD and before.news is None
    text = STOP_ANOTHER if kind is Withdrawn and is_met else ACTS[kind]
    yield from _untruths_in(f"{text.about} {text.done}" if kind is ConcernRaised else text.done, after, today)
    arranged, still = before.progress.arrangement, after.progress.arrangement
    if arranged is not None and (still is None) is not (kind in CANCELS_DAY):
        yield f"the victim is not told whether {record.event.name} cancels the meeting day"


def _untruths_in(text: str, case: Case, today: date) -> Iterator[str]:
    for claim in claims_in(text):
        if not _TRUTHS[claim](case, victim_view(case, today), today):
            yield f"the victim reads that {claim}"


def view_of(effect: NotifyVictim) -> VictimView:
    """The view on which the words of a message depend."""
    return VictimView(
        effect.stage, effect.step, effect.reason, effect.message, effect.next_update_on, effect.variant, effect.day
    )


def _has_reached(case: Case, stage: Stage) -> bool:
    return _STAGES.index(case.stage) >= _STAGES.index(stage)


def _day(case: Case) -> date | None:
    return case.progress.arrangement.day if case.progress.arrangement else None


def _takes_part(case: Case) -> bool:
    reported = any(death.whose is Side.VICTIM for death in case.deaths)
    return case.step is not Step.ASKING_VICTIM and not case.progress.victim_died and not reported


def _reason_is(case: Case, view: VictimView) -> bool:
    return tellable_reason(case.progress.reason) is view.reason


CONCERN = WaitKind.CONCERN
CALLS = (WaitKind.TELL, WaitKind.CONCERN_ANSWER, WaitKind.SAFE_CALL, WaitKind.FIRST_CONTACT)
"""The waits in which somebody rings the victim."""


def _waits_on(case: Case, who: str, *kinds: WaitKind) -> bool:
    """Whether something of one of `kinds`, or anything, waits on `who`, also once a pause is over."""
    return any(wait.waiting_on == who and (not kinds or wait.kind in kinds) for wait in all_waits(case))


def _is_looked_at_soon(case: Case, today: date) -> bool:
    own = [concern for concern in open_concerns(case) if concern.by_victim]
    soon = case.calendar.add_working_days(today, 1)
    return bool(own) and own[-1].wait.waiting_on == "supervisor" and own[-1].wait.due_on <= soon


def _reopens_at_once(case: Case) -> bool:
    is_upheld = case.review is not None and case.review.result == "upheld"
    return is_upheld or case.progress.reason in REOPENS_AT_ONCE


_TRUTHS: dict[Claim, Callable[[Case, VictimView, date], bool]] = {
    Claim.TAKES_PART: lambda case, _view, _today: _takes_part(case) or case.news is not None,
    Claim.TOLD: lambda case, _view, _today: case.news is None,
    Claim.OPEN: lambda case, _view, _today: not case.is_closed,
    Claim.ENDED: lambda case, _view, _today: case.is_closed,
    Claim.NOT_ON_HOLD: lambda case, _view, _today: case.hold is None or case.is_closed,
    Claim.ON_HOLD: lambda case, _view, _today: case.hold is not None,
    Claim.ON_HOLD_AS_WISHED: lambda case, _view, _today: (
        case.hold is not None and case.hold.reason is Reason.VICTIM_WISHES
    ),
    Claim.REOPENED: lambda case, _view, _today: case.request.continues is not None,
    Claim.WANTS_CONTACT: lambda case, _view, _today: _takes_part(case),
    Claim.OWN_CONCERN: lambda case, _view, _today: has_own_concern(case) and _waits_on(case, "supervisor", CONCERN),
    Claim.GOES_ON: lambda case, _view, _today: not (case.is_on_hold or has_own_concern(case) or case.is_closed),
    Claim.MAY_HAVE_MORE: lambda case, _view, _today: not case.no_further_contact and not case.offender_died,
    Claim.MAY_ASK_AT_ONCE: lambda case, _view, _today: case.is_closed and _reopens_at_once(case),
    Claim.MUST_WAIT: lambda case, _view, _today: case.is_closed and case.progress.reason not in REOPENS_AT_ONCE,
    Claim.SOMEBODY_OWES_A_CALL: lambda case, _view, _today: _waits_on(case, "caseworker", *CALLS),
    Claim.CASEWORKER_HAS_A_TASK: lambda case, _view, _today: _waits_on(case, "caseworker"),
    Claim.NOT_STOPPED: lambda case, _view, _today: not has_stopped(case) and not case.no_further_contact,
    Claim.NOT_TRACED: lambda case, _view, _today: not _has_reached(case, Stage.OFFENDER_TRACED),
    Claim.NOT_APPROACHED: lambda case, _view, _today: case.stage is Stage.OFFENDER_TRACED,
    Claim.APPROACHED: lambda case, _view, _today: _has_reached(case, Stage.OFFENDER_APPROACHED),
    Claim.NO_ANSWER_TO_TELL: lambda case, _view, _today: (
        not case.progress.yes_told and Side.OFFENDER not in case.progress.ready
    ),
    Claim.WILLING: lambda case, _view, _today: case.progress.yes_told,
    Claim.WAS_NOT_YET: lambda case, _view, _today: _has_reached(case, Stage.READINESS_ASSESSED),
    Claim.NOT_YET: lambda case, _view, _today: case.step is Step.NOT_YET,
    Claim.READY: lambda case, _view, _today: _has_reached(case, Stage.READINESS_ASSESSED),
    Claim.DAY_AHEAD: lambda case, view, today: view.day is not None and _day(case) == view.day >= today,
    Claim.DAY_PASSED: lambda case, _view, today: (day := _day(case)) is not None and day < today,
    Claim.DAY_CANCELLED: lambda case, view, _today: _day(case) != view.day,
    Claim.DAY_FREE: lambda case, _view, _today: case.progress.arrangement is None,
    Claim.CONTACT_HELD: lambda case, _view, _today: bool(case.progress.contacts),
    Claim.CONTACT_STOPPED: lambda case, _view, _today: has_stopped(case),
    Claim.NO_FURTHER_CONTACT: lambda case, _view, _today: case.no_further_contact,
    Claim.CONTACT_OVER: lambda case, _view, _today: has_stopped(case) or case.no_further_contact,
    Claim.REASON_IS_SO: lambda case, view, _today: _reason_is(case, view),
    Claim.OFFENDERS_REASON: lambda case, _view, _today: case.progress.reason_of is Side.OFFENDER,
    Claim.VICTIMS_REASON: lambda case, _view, _today: case.progress.reason_of is Side.VICTIM,
    Claim.OFFENDER_DIED: lambda case, _view, _today: case.offender_died,
    Claim.REVIEW_OPEN: lambda case, _view, _today: case.review_wait is not None,
    Claim.REVIEW_UPHELD: lambda case, _view, _today: case.review is not None and case.review.result == "upheld",
    Claim.REVIEW_NOT_UPHELD: lambda case, _view, _today: case.review is not None and case.review.result == "not_upheld",
    Claim.PROMISE_KEPT: lambda case, view, today: (
        view.next_update_on == next_update_on(case) and view.next_update_on is not None and view.next_update_on > today
    ),
    Claim.NO_WORK_TOWARDS_CONTACT: lambda case, _view, _today: case.step in (Step.FOLLOWING_UP, Step.CLOSED),
    Claim.NO_PLAN: lambda case, _view, _today: case.step is Step.FOLLOWING_UP,
    Claim.FOLLOWED_UP: lambda case, _view, _today: bool(waits_of(case, WaitKind.FOLLOW_UP)),
    Claim.LOOKED_AT_SOON: lambda case, _view, today: _is_looked_at_soon(case, today),
    Claim.ASKED_AFTER_HOLD: lambda case, _view, _today: _waits_on(case, "caseworker", WaitKind.HOLD),
    Claim.NEVER: lambda _case, _view, _today: False,
}
