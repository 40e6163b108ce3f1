"""2.12: what a victim may do themselves, by a link and a code of their own, and what they may not."""

import pytest

from domain import events as e
from domain.case import active_waits
from domain.process import TABLE
from domain.reasons import Reason
from domain.vocabulary import Contact, Flag, Refusal, Role, Side, Step, WaitKind
from tests.domain.alphabet import CASEWORKER, SERVICE, SUPERVISOR, VICTIM
from tests.domain.slices import opened
from tests.domain.test_process_table import after, preparing, refused, scheduled, tracing

ON_HOLD = e.PutOnHold(Reason.VICTIM_WISHES)


def test_the_table_says_what_a_victim_may_do() -> None:
    """2.12b."""
    assert {rule.event for rule in TABLE if Role.VICTIM in rule.by} == {
        e.ConcernRaised,
        e.PutOnHold,
        e.Resumed,
        e.Withdrawn,
        e.ReviewRequested,
        e.ContactPreferenceChanged,
    }


def test_a_victim_puts_their_case_on_hold_and_ends_the_hold_themselves() -> None:
    """2.12a."""
    held = after(scheduled(), (ON_HOLD, VICTIM))
    assert (held.is_on_hold, held.progress.arrangement) == (True, None)
    assert not after(held, (e.Resumed(), VICTIM)).is_on_hold


def test_a_victim_puts_a_case_on_hold_because_they_wish_it_and_ends_no_hold_of_others() -> None:
    """2.12a."""
    assert refused(preparing(), e.PutOnHold(Reason.ILLNESS), VICTIM) is Refusal.REASON_DOES_NOT_FIT
    for_others = after(preparing(), e.PutOnHold(Reason.SAFEGUARDING))
    assert refused(for_others, e.Resumed(), VICTIM) is Refusal.NOT_BY_THIS_SENDER


def test_a_victim_withdraws_at_once_and_speaks_for_nobody_else() -> None:
    """2.12a."""
    ended = after(scheduled(), (e.Withdrawn(Side.VICTIM), VICTIM))
    assert (ended.step, ended.progress.reason, active_waits(ended)) == (Step.CLOSED, Reason.VICTIM_WITHDREW, ())
    assert refused(scheduled(), e.Withdrawn(Side.OFFENDER), VICTIM) is Refusal.NOT_BY_THIS_SENDER


@pytest.mark.parametrize("flag", list(Flag))
def test_who_withdraws_by_link_in_a_flagged_case_is_rung_at_the_safe_number(flag: Flag) -> None:
    """2.12a: somebody else may have the link."""
    ended = after(opened(flags=frozenset({flag})), (e.Withdrawn(Side.VICTIM), VICTIM))
    (wait,) = active_waits(ended)
    assert (wait.kind, wait.waiting_on) == (WaitKind.SAFE_CALL, "caseworker")
    assert active_waits(after(ended, e.WithdrawalChecked("confirmed"))) == ()
    concern = after(ended, e.WithdrawalChecked("not_their_wish")).concerns[0]
    assert concern.reason is Reason.THREAT_OR_HARASSMENT
    assert refused(tracing(), e.WithdrawalChecked("confirmed")) is Refusal.NOT_DUE


def test_a_withdrawal_that_a_caseworker_records_needs_no_call() -> None:
    ended = after(opened(flags=frozenset({Flag.STALKING})), (e.Withdrawn(Side.VICTIM), CASEWORKER))
    assert active_waits(ended) == ()


def test_i_do_not_feel_safe_is_a_concern_that_stops_contact() -> None:
    """2.12a."""
    stopped = after(scheduled(), (e.ConcernRaised(Reason.SAFEGUARDING), VICTIM))
    assert (stopped.step, stopped.progress.arrangement) == (Step.PREPARING, None)


def test_a_victim_asks_for_a_review_after_the_end_too_and_another_supervisor_decides() -> None:
    """2.12a."""
    ended = after(preparing(), (e.DeclinedByService(Reason.THERAPY_FIRST), SUPERVISOR))
    reviewed = after(ended, (e.ReviewRequested(), VICTIM))
    assert WaitKind.REVIEW in {wait.kind for wait in active_waits(reviewed)}


def test_a_victim_chooses_how_they_hear() -> None:
    """2.12a."""
    assert after(preparing(), (e.ContactPreferenceChanged(Contact.TEXT), VICTIM)).contact is Contact.TEXT


def test_a_reply_is_for_a_caseworker_to_read_also_on_hold_and_after_the_end() -> None:
    """2.12c."""
    on_hold = after(preparing(), e.PutOnHold(Reason.ILLNESS))
    ended = after(preparing(), e.Withdrawn(Side.VICTIM))
    for case in (preparing(), on_hold, ended):
        replied = after(case, (e.VictimReplied(), SERVICE), (e.VictimReplied(), SERVICE))
        waits = [wait for wait in active_waits(replied) if wait.kind is WaitKind.REPLY]
        assert [wait.waiting_on for wait in waits] == ["caseworker"]
        assert active_waits(after(replied, e.VictimReplied())) == active_waits(case)
