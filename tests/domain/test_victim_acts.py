"""2.12: what a victim may do themselves, by a link and a code of their own, and what they may not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import events as e
from domain.case import Case, active_waits, find_wait
from domain.effects import NotifySupervisor, NotifyVictim, effects
from domain.events import Actor, Event, Record
from domain.process import TABLE, advance
from domain.reasons import Reason
from domain.victim_notifications import MessageKind
from domain.vocabulary import Contact, Flag, Form, InitiatedBy, Refusal, Role, Side, Step, WaitKind, wait_key
from tests.domain.alphabet import CASEWORKER, SERVICE, SUPERVISOR, VICTIM
from tests.domain.slices import NOW, open_request, open_uncontacted
from tests.domain.test_process_table import after, get_refusal, start_trace
from tests.domain.test_safety import schedule, start_approach, start_preparation

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
    held = after(schedule(), (ON_HOLD, VICTIM))
    assert (held.is_on_hold, held.progress.arrangement) == (True, None)
    assert not after(held, (e.Resumed(), VICTIM)).is_on_hold


def test_a_victim_puts_a_case_on_hold_because_they_wish_it_and_ends_no_hold_of_others() -> None:
    """2.12a."""
    assert get_refusal(start_preparation(), e.PutOnHold(Reason.ILLNESS), VICTIM) is Refusal.REASON_DOES_NOT_FIT
    for_others = after(start_preparation(), e.PutOnHold(Reason.SAFEGUARDING))
    assert get_refusal(for_others, e.Resumed(), VICTIM) is Refusal.NOT_BY_THIS_SENDER


def test_a_victim_withdraws_at_once_and_speaks_for_nobody_else() -> None:
    """2.12a."""
    ended = after(schedule(), (e.Withdrawn(Side.VICTIM), VICTIM))
    assert (ended.step, ended.progress.reason, active_waits(ended)) == (Step.CLOSED, Reason.VICTIM_WITHDREW, ())
    assert get_refusal(schedule(), e.Withdrawn(Side.OFFENDER), VICTIM) is Refusal.NOT_BY_THIS_SENDER


@pytest.mark.parametrize("flag", list(Flag))
def test_who_withdraws_by_link_in_a_flagged_case_is_rung_at_the_safe_number(flag: Flag) -> None:
    """2.12a: somebody else may have the link."""
    ended = after(open_request(flags=frozenset({flag})), (e.Withdrawn(Side.VICTIM), VICTIM))
    (wait,) = active_waits(ended)
    assert (wait.kind, wait.waiting_on) == (WaitKind.SAFE_CALL, "caseworker")
    assert active_waits(after(ended, e.WithdrawalChecked("confirmed"))) == ()
    concern = after(ended, e.WithdrawalChecked("not_their_wish")).concerns[0]
    assert concern.reason is Reason.THREAT_OR_HARASSMENT
    assert get_refusal(start_trace(), e.WithdrawalChecked("confirmed")) is Refusal.NOT_DUE


def test_a_day_that_a_link_cancels_in_a_flagged_case_is_told_before_anybody_travels() -> None:
    """2.1b, 2.2, 2.12a: the victim may know nothing of the withdrawal, and expects to travel."""
    case = schedule(flags=frozenset({Flag.SEXUAL_HARM}))
    assert case.progress.arrangement is not None
    eve = datetime.combine(case.progress.arrangement.day - timedelta(days=1), NOW.timetz())
    record = Record("by-link", e.Withdrawn(Side.VICTIM), VICTIM)
    ended = advance(case, record, eve)
    assert {(wait.kind, wait.waiting_on, wait.due_on) for wait in active_waits(ended)} == {
        (WaitKind.SAFE_CALL, "caseworker", eve.date()),
        (WaitKind.TELL, "caseworker", eve.date()),
    }
    (message,) = [effect for effect in effects(case, ended, record) if isinstance(effect, NotifyVictim)]
    assert (message.message, message.urgent) == (MessageKind.DAY_CANCELLED, True)
    alerts = [effect for effect in effects(case, ended, record) if isinstance(effect, NotifySupervisor)]
    assert MessageKind.DAY_CANCELLED in {alert.event for alert in alerts if alert.urgent}
    told = Record("told", e.VictimTold("telephone"), CASEWORKER)
    (letter,) = [
        effect for effect in effects(ended, advance(ended, told, eve), told) if isinstance(effect, NotifyVictim)
    ]
    assert letter.message is MessageKind.ENDED


def test_what_was_not_told_before_a_withdrawal_by_link_is_still_told_in_a_flagged_case() -> None:
    """2.12a: the one who has the link does not decide what the victim hears."""
    case = after(schedule(flags=frozenset({Flag.STALKING})), e.MeetingPostponed(Reason.ILLNESS))
    assert case.news is not None
    ended = after(case, (e.Withdrawn(Side.VICTIM), VICTIM))
    assert ended.news is not None
    assert ended.news.day == case.news.day


def test_a_reply_on_the_eve_of_a_meeting_is_read_before_it() -> None:
    """2.12c: they may not be able to come."""
    case = schedule()
    assert case.progress.arrangement is not None
    eve = datetime.combine(case.progress.arrangement.day - timedelta(days=1), NOW.timetz())
    replied = advance(case, Record("reply", e.VictimReplied(), SERVICE), eve)
    assert [wait.due_on for wait in active_waits(replied) if wait.kind is WaitKind.REPLY] == [eve.date()]


NOT_SAFE = e.ConcernRaised(Reason.SAFEGUARDING)


@pytest.mark.parametrize("flags", [frozenset[Flag](), frozenset({Flag.DOMESTIC_ABUSE})])
@pytest.mark.parametrize("result", ["no_concern", "decline"])
def test_a_caseworker_rings_a_victim_whose_concern_was_decided(flags: frozenset[Flag], result: Any) -> None:
    """1.3d: nothing of it is sent, which somebody else might read, and no account is alerted."""
    raised = after(start_preparation(flags=flags), (NOT_SAFE, VICTIM))
    record = Record("decided", e.ConcernDecided(result), SUPERVISOR)
    decided = advance(raised, record, NOW)
    assert WaitKind.CONCERN_ANSWER in {wait.kind for wait in active_waits(decided)}
    todo = effects(raised, decided, record)
    assert not [effect for effect in todo if isinstance(effect, NotifySupervisor) and effect.account]
    assert not [effect for effect in todo if isinstance(effect, NotifyVictim)]
    told = Record("told", e.VictimTold("telephone", wait=wait_key(WaitKind.CONCERN_ANSWER)), CASEWORKER)
    rung = advance(decided, told, NOW)
    assert WaitKind.CONCERN_ANSWER not in {wait.kind for wait in active_waits(rung)}
    assert rung.news == decided.news
    assert not [effect for effect in effects(decided, rung, told) if isinstance(effect, NotifyVictim)]


def test_one_call_gives_the_news_and_the_decision() -> None:
    """1.3d, 2.1."""
    raised = after(schedule(), (NOT_SAFE, VICTIM))
    decided = after(raised, (e.ConcernDecided("no_concern"), SUPERVISOR))
    told = after(decided, e.VictimTold("telephone"))
    assert (told.news, told.victim_waits) == (None, ())
    assert get_refusal(told, e.VictimTold("telephone")) is Refusal.NOTHING_TO_TELL


def test_a_victim_who_was_not_reached_is_rung_again_about_their_concern() -> None:
    """1.3d: nothing is sent about it, so only a call tells them."""
    raised = after(schedule(), (NOT_SAFE, VICTIM))
    decided = after(raised, (e.ConcernDecided("no_concern"), SUPERVISOR))
    later = NOW + timedelta(days=3)
    unreached = advance(decided, Record("unreached", e.VictimTold("not_reached"), CASEWORKER), later)
    assert unreached.news is None, "the letter says it"
    (wait,) = unreached.victim_waits
    assert (wait.kind, wait.counted_from, wait.is_overdue) == (WaitKind.CONCERN_ANSWER, later.date(), False)
    assert after(unreached, e.VictimTold("telephone")).victim_waits == ()


def test_a_concern_of_staff_is_answered_by_an_alert_and_needs_no_call() -> None:
    """1.3d."""
    raised = after(start_preparation(), NOT_SAFE)
    record = Record("decided", e.ConcernDecided("no_concern"), SUPERVISOR)
    decided = advance(raised, record, NOW)
    assert decided.victim_waits == ()
    alerts = [effect for effect in effects(raised, decided, record) if isinstance(effect, NotifySupervisor)]
    assert [alert.account for alert in alerts] == ["staff-1"]


def test_nobody_is_rung_about_a_concern_after_the_victims_death() -> None:
    """1.12a."""
    decided = after(start_preparation(), (NOT_SAFE, VICTIM), (e.ConcernDecided("no_concern"), SUPERVISOR))
    died = after(decided, e.DeathReported(Side.VICTIM), e.DeathConfirmed(Side.VICTIM))
    assert died.victim_waits == ()


ON_VICTIM = {
    "victim_answer",
    "first_contact",
    "assessment:victim",
    "preparation",
    "follow_up:1-1",
    "concern_answer",
    "safe_call",
    "own_consent:victim",
}


def list_cases_with_a_call() -> list[Case]:
    """Cases in which somebody is to be in touch with the victim, each at another step."""
    by_link = (e.Withdrawn(Side.VICTIM, Reason.VICTIM_WITHDREW), VICTIM)
    decided = ((NOT_SAFE, VICTIM), (e.ConcernDecided("no_concern"), SUPERVISOR))
    return [
        open_request(initiated_by=InitiatedBy.SERVICE),
        open_uncontacted(),
        after(start_approach(), e.OffenderApproached(), e.OffenderAnswered("willing")),
        after(start_preparation(), *decided),
        after(start_preparation(), e.MeetingHeld(Form.FACE_TO_FACE, "completed")),
        after(open_request(flags=frozenset({Flag.SEXUAL_HARM})), by_link),
        after(open_request(victim_under_18=True), e.CameOfAge(Side.VICTIM)),
    ]


def test_nobody_is_asked_to_ring_a_victim_who_is_reported_dead() -> None:
    """1.12a: it is found out first; if it was a mistake, each wait goes on with the time that it had left."""
    seen = set()
    for case in list_cases_with_a_call():
        asked = {wait.key for wait in active_waits(case)} & ON_VICTIM
        seen |= asked
        reported = after(case, e.DeathReported(Side.VICTIM))
        assert {wait.key for wait in active_waits(reported)} & ON_VICTIM == set()
        assert "death:victim" in {wait.key for wait in active_waits(reported)}
        week_later = NOW + timedelta(days=7)
        mistaken = advance(reported, Record("mistaken", e.DeathNotConfirmed(Side.VICTIM), CASEWORKER), week_later)
        due = {wait.key: wait.due_on for wait in active_waits(case)}
        shifted = {wait.key: wait.due_on - due[wait.key] for wait in active_waits(mistaken) if wait.key in asked}
        fixed = {"follow_up:1-1"}
        assert shifted == {key: timedelta(0 if key in fixed else 7) for key in asked}
        died = after(reported, e.DeathConfirmed(Side.VICTIM))
        assert {wait.key for wait in active_waits(died)} & ON_VICTIM == set()
    assert seen == ON_VICTIM


def test_a_wait_that_a_correction_gives_back_was_paused_by_a_concern_too() -> None:
    """1.2c, 1.13: the approach that is asked for again has the time that it had left."""
    asked = start_approach()
    approached = after(asked, e.OffenderApproached(), NOT_SAFE)
    week_later = NOW + timedelta(days=7)
    assert approached.undo_point is not None
    which = e.EntryCorrected(approached.undo_point.entry)
    decided = advance(approached, Record("decided", e.ConcernDecided("no_concern"), SUPERVISOR), week_later)
    back = advance(decided, Record("corrected", which, SUPERVISOR), week_later)
    key = wait_key(WaitKind.APPROACH, "prison")
    (before, given_back) = (find_wait(case, key) for case in (asked, back))
    assert before is not None
    assert given_back is not None
    assert given_back.due_on - before.due_on == timedelta(days=7)


def test_a_wait_that_is_paused_on_hold_has_rested_since_the_hold_began() -> None:
    """1.2c, 1.11."""
    asked = start_approach()
    held = after(asked, e.PutOnHold(Reason.ILLNESS))
    days = (NOW + timedelta(days=7), NOW + timedelta(days=14), NOW + timedelta(days=21))
    entries: tuple[tuple[Event, Actor], ...] = (
        (NOT_SAFE, CASEWORKER),
        (e.ConcernDecided("no_concern"), SUPERVISOR),
        (e.Resumed(), CASEWORKER),
    )
    case = held
    for day, (event, actor) in zip(days, entries, strict=True):
        case = advance(case, Record(f"on-{day}", event, actor), day)
    key = wait_key(WaitKind.APPROACH, "prison")
    (before, resumed) = (find_wait(one, key) for one in (asked, case))
    assert before is not None
    assert resumed is not None
    left = [
        case.calendar.working_days_between(*days)
        for days in ((NOW.date(), before.due_on), (days[-1].date(), resumed.due_on))
    ]
    assert left == [15, 15]


def test_a_withdrawal_that_a_caseworker_records_needs_no_call() -> None:
    ended = after(open_request(flags=frozenset({Flag.STALKING})), (e.Withdrawn(Side.VICTIM), CASEWORKER))
    assert active_waits(ended) == ()


def test_i_do_not_feel_safe_is_a_concern_that_stops_contact() -> None:
    """2.12a."""
    stopped = after(schedule(), (e.ConcernRaised(Reason.SAFEGUARDING), VICTIM))
    assert (stopped.step, stopped.progress.arrangement) == (Step.PREPARING, None)


def test_a_victim_asks_for_a_review_after_the_end_too_and_another_supervisor_decides() -> None:
    """2.12a."""
    ended = after(start_preparation(), (e.DeclinedByService(Reason.THERAPY_FIRST), SUPERVISOR))
    reviewed = after(ended, (e.ReviewRequested(), VICTIM))
    assert WaitKind.REVIEW in {wait.kind for wait in active_waits(reviewed)}


def test_a_victim_chooses_how_they_hear() -> None:
    """2.12a."""
    assert after(start_preparation(), (e.ContactPreferenceChanged(Contact.TEXT), VICTIM)).contact is Contact.TEXT


def test_a_reply_is_for_a_caseworker_to_read_also_on_hold_and_after_the_end() -> None:
    """2.12c."""
    on_hold = after(start_preparation(), e.PutOnHold(Reason.ILLNESS))
    ended = after(start_preparation(), e.Withdrawn(Side.VICTIM))
    for case in (start_preparation(), on_hold, ended):
        replied = after(case, (e.VictimReplied(), SERVICE), (e.VictimReplied(), SERVICE))
        waits = [wait for wait in active_waits(replied) if wait.kind is WaitKind.REPLY]
        assert [wait.waiting_on for wait in waits] == ["caseworker"]
        assert active_waits(after(replied, e.VictimReplied())) == active_waits(case)
