"""Staff remind an agency now, whatever the clock will do on its day."""

import pytest

from domain import events as e
from domain.case import find_wait
from domain.effects import Ask
from domain.events import Actor
from domain.reasons import Reason
from domain.vocabulary import Refusal, Role, WaitKey
from tests.domain.alphabet import CASEWORKER, SERVICE, SUPERVISOR, VICTIM
from tests.domain.slices import opened
from tests.domain.test_process_table import after, refused, tracing
from tests.domain.test_undeliverable import TRACE, failed, todo


@pytest.mark.parametrize("who", [CASEWORKER, SUPERVISOR], ids=lambda who: who.role)
def test_a_reminder_goes_out_now_and_is_counted(who: Actor) -> None:
    [sent] = todo(tracing(), e.Chased(TRACE), who)
    assert isinstance(sent, Ask)
    assert sent.key.endswith(".reminder-1")
    again = after(tracing(), (e.Chased(TRACE), who), (e.Chased(TRACE), who))
    wait = find_wait(again, TRACE)
    assert wait is not None
    assert wait.chases == 2


def test_the_clock_sends_its_own_reminder_all_the_same() -> None:
    before, chased = find_wait(tracing(), TRACE), find_wait(after(tracing(), (e.Chased(TRACE), CASEWORKER)), TRACE)
    assert before is not None
    assert chased is not None
    assert (chased.chase_on, chased.due_on) == (before.chase_on, before.due_on)


def test_only_an_agency_that_was_asked_and_can_be_is_reminded() -> None:
    assert refused(opened(), e.Chased(WaitKey("screening")), CASEWORKER) is Refusal.NOT_ASKED
    assert refused(tracing(), e.Chased(WaitKey("weather")), CASEWORKER) is Refusal.UNKNOWN_WAIT
    assert refused(failed(tracing(), TRACE), e.Chased(TRACE), CASEWORKER) is Refusal.ALREADY_FAILED
    on_hold = after(tracing(), (e.PutOnHold(Reason.ILLNESS), CASEWORKER))
    assert refused(on_hold, e.Chased(TRACE), CASEWORKER) is Refusal.ON_HOLD


@pytest.mark.parametrize("who", [VICTIM, SERVICE, Actor(Role.AGENCY, "x")], ids=lambda who: who.role)
def test_nobody_else_reminds(who: Actor) -> None:
    assert refused(tracing(), e.Chased(TRACE), who) is Refusal.NOT_BY_THIS_SENDER
