"""What blocks contact (section 1 of the process): each unsafe path with its steps, what follows, and its end."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import pytest

from domain import events as e
from domain.case import Case, active_waits, open_concerns
from domain.change_preview import preview_change
from domain.days import format_day
from domain.due_events import next_due
from domain.effects import Ask, CancelAsk, Effect, NotifySupervisor, asks, effects
from domain.events import Actor, Continuation, Event, Record
from domain.guard import blocks_contact, blocks_meeting, has_valid_risk
from domain.intake import open_case
from domain.policy import YOUTH
from domain.process import advance
from domain.reasons import CONCERN_REASONS, Reason
from domain.refusals import RecordRefused
from domain.steps import checks_outstanding
from domain.victim_notifications import wants_messages
from domain.vocabulary import (
    AgeGroup,
    AgencyRef,
    CaseRef,
    CircumstanceChange,
    Condition,
    Consenter,
    Contact,
    Flag,
    Form,
    Harm,
    InitiatedBy,
    Measure,
    Offence,
    Refusal,
    Side,
    Stage,
    Step,
    TakesPartAs,
    WaitKey,
    Whereabouts,
)
from tests.domain.alphabet import (
    CASEWORKER,
    NEVER_ASKED,
    OTHER_SUPERVISOR,
    PRISON,
    SERVICE,
    SUPERVISOR,
    TIMER,
    VICTIM,
    as_agency,
)
from tests.domain.slices import NOW, REF, give_consents, make_request, open_request, with_facilitator_and_risk

TODAY = NOW.date()
EVE = datetime.combine(TODAY + timedelta(days=13), NOW.timetz())
MEETING_DAY = TODAY + timedelta(days=14)
FROM_PRISON = as_agency(PRISON)
FOUND = e.TraceAnswered("found", Whereabouts.CUSTODY, PRISON)
CLEARED = e.AgencyCheckAnswered("no_objection")
ARRANGED = e.MeetingArranged(Form.FACE_TO_FACE, MEETING_DAY)
CONCERN = e.ConcernRaised(Reason.SAFEGUARDING)
NO_CONCERN = e.ConcernDecided("no_concern")


def then(case: Case, *entries: Event | tuple[Event, Actor], now: datetime = NOW) -> Case:
    """The case after these entries, by a caseworker where nobody is named."""
    for entry in entries:
        event, actor = entry if isinstance(entry, tuple) else (entry, CASEWORKER)
        case = advance(case, Record(f"entry-{case.version + 1}", event, actor), now)
    return case


def effects_of(case: Case, event: Event, actor: Actor = CASEWORKER, now: datetime = NOW) -> tuple[Effect, ...]:
    record = Record(f"entry-{case.version + 1}", event, actor)
    return effects(case, advance(case, record, now), record)


def refusal(case: Case, event: Event, actor: Actor = CASEWORKER, now: datetime = NOW) -> Refusal:
    with pytest.raises(RecordRefused) as why:
        then(case, (event, actor), now=now)
    return why.value.code


def waits(case: Case) -> set[str]:
    return {wait.key for wait in active_waits(case)}


def answer_checks(case: Case, answer: e.AgencyCheckAnswered = CLEARED) -> Case:
    """The case after each agency whose check is awaited has given `answer`."""
    for wait in checks_outstanding(case):
        case = then(case, (answer, replace(CASEWORKER, on_behalf_of=AgencyRef(wait.waiting_on))))
    return case


def start_approach(**stated: Any) -> Case:
    return answer_checks(then(give_consents(open_request(**stated)), e.RequestScreened("proceed"), FOUND))


def start_preparation(**stated: Any) -> Case:
    answered = then(start_approach(**stated), e.OffenderApproached(), e.OffenderAnswered("willing"))
    return then(answered, e.ReadinessAssessed("ready"))


def schedule(**stated: Any) -> Case:
    return then(start_preparation(**stated), ARRANGED)


def start_follow_up() -> Case:
    return then(schedule(), e.MeetingHeld(Form.FACE_TO_FACE, "completed", on=TODAY))


@pytest.mark.parametrize("whose", Side)
def test_an_end_is_not_corrected_once_a_death_is_confirmed(whose: Side) -> None:
    """1.13: nobody goes on to the offender, and nobody on the side of a victim who died hears of it."""
    ended = then(start_preparation(), e.Withdrawn(Side.OFFENDER))
    assert ended.undo_point is not None
    correction = e.EntryCorrected(ended.undo_point.entry)
    reported = then(ended, e.DeathReported(whose))
    assert then(reported, (correction, SUPERVISOR)).step is Step.PREPARING
    died = then(reported, e.DeathConfirmed(whose))
    assert refusal(died, correction, SUPERVISOR) is Refusal.NOT_ALLOWED_NOW


def test_a_quiet_hold_is_still_quiet_after_an_end_that_was_a_mistake() -> None:
    """1.11."""
    held = then(start_preparation(), e.PutOnHold(Reason.VICTIM_WISHES, quiet=True))
    ended = then(held, e.Withdrawn(Side.OFFENDER))
    assert wants_messages(ended)
    assert ended.undo_point is not None
    back = then(ended, (e.EntryCorrected(ended.undo_point.entry), SUPERVISOR))
    assert back.is_on_hold
    assert not wants_messages(back)
    assert wants_messages(then(back, e.Resumed()))


@pytest.mark.parametrize("event", [e.PutOnHold(Reason.ILLNESS), CONCERN, e.MeetingPostponed(Reason.ILLNESS)])
def test_what_is_shown_before_an_entry_names_the_meeting_day_that_it_cancels(event: Event) -> None:
    """1.11."""
    before = schedule()
    record = Record("entry", event, CASEWORKER)
    shown = preview_change(before, advance(before, record, NOW), record).changes
    assert f"The meeting day, {format_day(MEETING_DAY)}, is cancelled." in shown


def test_what_is_shown_before_a_day_is_set_or_a_meeting_is_held_names_no_cancelled_day() -> None:
    for before, event in ((start_preparation(), ARRANGED), (schedule(), e.MeetingHeld(Form.FACE_TO_FACE, "completed"))):
        record = Record("entry", event, CASEWORKER)
        shown = preview_change(before, advance(before, record, NOW), record).changes
        assert not [line for line in shown if "cancelled" in line]


# ------------------------------------------------------------------------------------------------ concerns


def test_a_late_objection_on_the_eve_cancels_the_meeting_and_stops_contact_until_it_is_decided() -> None:
    """1.1d, 1.2c: an agency that cleared the case objects after a day was set."""
    objection = e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS)
    alerts = [
        effect for effect in effects_of(schedule(), objection, FROM_PRISON) if isinstance(effect, NotifySupervisor)
    ]
    assert {(alert.event, alert.urgent) for alert in alerts} == {("concern_raised", True), ("day_cancelled", True)}
    stopped = then(schedule(), (objection, FROM_PRISON), now=EVE)
    assert (stopped.step, stopped.progress.arrangement) == (Step.PREPARING, None)
    (concern,) = stopped.concerns
    assert concern.wait.due_on == TODAY + timedelta(days=13), "always before the meeting day that was set"
    assert refusal(stopped, ARRANGED) is Refusal.CONCERN_OPEN
    assert refusal(stopped, e.MessagePassed(Form.LETTER, "victim")) is Refusal.CONCERN_OPEN
    decided = then(stopped, (NO_CONCERN, SUPERVISOR))
    assert decided.progress.arrangement is None, "a day is arranged again, never restored"
    assert then(decided, ARRANGED).step is Step.SCHEDULED


def test_an_objection_to_a_check_beside_a_later_step_is_a_concern_and_the_check_is_asked_again_once_decided() -> None:
    """1.1d: a supervisor is alerted at once, and nobody asks the offender for an answer meanwhile."""
    reflecting = then(start_approach(), e.OffenderApproached())
    moved = e.CircumstancesChanged(CircumstanceChange.MOVED, AgencyRef("prison:farmoor"), Whereabouts.CUSTODY)
    case = then(reflecting, (moved, FROM_PRISON))
    there = as_agency(AgencyRef("prison:farmoor"))
    assert {(ask.agency, ask.question) for ask in asks(case)} == {
        ("prison:farmoor", "agency_check"),
        ("prison:farmoor", "offender_answer"),
    }
    objection = e.AgencyCheckAnswered("objection", Reason.NO_CONTACT_ORDER)
    alerts = [effect for effect in effects_of(case, objection, there) if isinstance(effect, NotifySupervisor)]
    assert [(alert.event, alert.urgent) for alert in alerts] == [("concern_raised", True)]
    objected = then(case, (objection, there))
    assert (objected.step, asks(objected)) == (Step.REFLECTING, ())
    assert waits(objected) == {objected.concerns[0].wait.key}
    decided = then(objected, (NO_CONCERN, SUPERVISOR))
    assert {ask.question for ask in asks(decided)} == {"agency_check", "offender_answer"}
    assert then(decided, (CLEARED, there)).progress.checks[-1].cleared_on == TODAY
    declined = then(objected, (e.ConcernDecided("decline"), SUPERVISOR))
    assert (declined.step, declined.progress.reason) == (Step.CLOSED, Reason.NOT_SAFE_AT_PRESENT)


def test_an_agency_that_was_never_asked_raises_no_concern_and_the_victim_may() -> None:
    """1.1a."""
    assert refusal(start_preparation(), CONCERN, as_agency(NEVER_ASKED)) is Refusal.NOT_ASKED
    assert then(start_preparation(), (CONCERN, VICTIM)).concerns


def test_a_concern_pauses_the_approach_and_sends_it_again_under_a_new_key() -> None:
    """1.2c, 1.3b."""
    case = start_approach()
    (asked,) = asks(case)
    assert [type(effect) for effect in effects_of(case, CONCERN)] == [CancelAsk, NotifySupervisor]
    stopped = then(case, CONCERN)
    assert asks(stopped) == ()
    (again,) = [effect for effect in effects_of(stopped, NO_CONCERN, SUPERVISOR) if isinstance(effect, Ask)]
    assert (again.wait, again.agency) == (asked.wait, asked.agency)
    assert again.key != asked.key


@pytest.mark.parametrize("reason", Reason)
def test_a_concern_is_raised_for_its_own_reasons_and_for_no_other(reason: Reason) -> None:
    """1.1c."""
    raised = e.ConcernRaised(reason)
    if reason in CONCERN_REASONS:
        assert [concern.reason for concern in then(start_preparation(), (raised, FROM_PRISON)).concerns] == [reason]
    else:
        assert refusal(start_preparation(), raised, FROM_PRISON) is Refusal.REASON_DOES_NOT_FIT


def test_all_that_is_not_contact_goes_on_while_a_concern_is_open() -> None:
    """1.2e: other requests, their reminders and answers, consents, notes, and the victim's dated updates."""
    case = then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND, CONCERN)
    assert {ask.question for ask in asks(case)} == {"agency_check"}
    seen: list[str] = []
    while (coming := next_due(case)) is not None and coming[0] <= NOW + timedelta(weeks=8):
        case = advance(case, Record(f"timer-{case.version}", coming[1], TIMER), coming[0])
        seen.append(coming[1].name)
    assert seen.count("victim_updated") == 2
    assert {"chased", "became_overdue"} <= set(seen)
    case = answer_checks(case)
    assert case.step is Step.APPROACHING
    assert asks(case) == (), "the approach waits for the decision"
    going_on = (e.ConsentRecorded(Consenter.VICTIM), e.ProgressRecorded(), e.ContactPreferenceChanged(Contact.TEXT))
    assert then(case, *going_on).concerns == case.concerns


def test_a_paused_wait_keeps_the_time_it_has_left() -> None:
    """1.2c."""
    case = start_approach()
    (before,) = case.progress.waits
    later = NOW + timedelta(days=7)
    decided = then(then(case, CONCERN), (NO_CONCERN, SUPERVISOR), now=later)
    (after,) = decided.progress.waits
    days = decided.calendar.working_days_between
    assert days(later.date(), after.due_on) == days(TODAY, before.due_on)


def test_of_two_concerns_one_decided_still_stops_contact() -> None:
    """1.2a: several may be open at once."""
    both = then(start_preparation(), CONCERN, CONCERN)
    first, second = (concern.wait.key for concern in both.concerns)
    assert refusal(both, NO_CONCERN, SUPERVISOR) is Refusal.WHICH_WAIT
    one = then(both, (e.ConcernDecided("no_concern", first), SUPERVISOR))
    assert refusal(one, ARRANGED) is Refusal.CONCERN_OPEN
    assert then(one, (e.ConcernDecided("no_concern", second), SUPERVISOR), ARRANGED).step is Step.SCHEDULED


def test_a_concern_is_raised_and_decided_during_a_hold() -> None:
    """1.2b: its wait runs on hold too."""
    on_hold = then(start_approach(), e.PutOnHold(Reason.ILLNESS), CONCERN)
    assert waits(on_hold) == {"hold", on_hold.concerns[0].wait.key}
    resumed = then(on_hold, e.Resumed())
    assert asks(resumed) == ()
    assert len(asks(then(resumed, (NO_CONCERN, SUPERVISOR)))) == 1


def test_a_withdrawal_while_a_concern_waits_leaves_it_to_be_decided() -> None:
    """1.2b: the wait is active after the end too."""
    ended = then(start_preparation(), CONCERN, e.Withdrawn(Side.VICTIM))
    assert waits(ended) == {ended.concerns[0].wait.key}
    assert waits(then(ended, (NO_CONCERN, SUPERVISOR))) == set()


def test_an_objection_after_the_meeting_stops_further_contact_and_not_the_follow_up() -> None:
    """1.1d, 1.3c."""
    objected = then(start_follow_up(), (e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS), FROM_PRISON))
    declined = then(objected, (e.ConcernDecided("decline"), SUPERVISOR))
    assert (declined.step, declined.no_further_contact) == (Step.FOLLOWING_UP, True)
    assert any(wait.startswith("follow_up") for wait in waits(declined))


def test_a_concern_that_is_upheld_ends_the_case_for_a_reason_that_is_not_told() -> None:
    """1.3c."""
    ended = then(start_preparation(), CONCERN, (e.ConcernDecided("decline"), SUPERVISOR))
    assert (ended.stage, ended.progress.reason) == (Stage.DECLINED, Reason.NOT_SAFE_AT_PRESENT)


def test_the_supervisor_who_raised_a_concern_decides_it_only_later_and_with_a_note() -> None:
    """1.3a: where the area's only supervisor raised it."""
    raised = then(start_preparation(), (CONCERN, SUPERVISOR))
    later = NOW + timedelta(days=2)
    assert refusal(raised, NO_CONCERN, SUPERVISOR, later) is Refusal.SAME_SUPERVISOR
    with_note = Record("decided", NO_CONCERN, SUPERVISOR, note="0b9b7f0e-3f1c-4a52-8f57-3f0d1c9f5a11")
    assert advance(raised, with_note, later).concerns[0].result == "no_concern"
    with pytest.raises(RecordRefused):
        advance(raised, with_note, NOW)
    assert then(raised, (NO_CONCERN, OTHER_SUPERVISOR)).concerns[0].result == "no_concern"


def test_conditions_of_a_decision_must_be_met_by_the_arrangement() -> None:
    """1.3a, 1.9d."""
    conditions = e.ConcernDecided("conditions", None, frozenset({Condition.STAFF_PRESENT}))
    decided = then(start_preparation(), CONCERN, (conditions, SUPERVISOR))
    assert refusal(decided, ARRANGED) is Refusal.CONDITION_NOT_MET
    met = replace(ARRANGED, conditions=frozenset({Condition.STAFF_PRESENT}))
    assert then(decided, met).step is Step.SCHEDULED


def test_a_concern_after_the_end_is_open_in_the_case_that_takes_the_request_up_again() -> None:
    """1.6e: nothing that was a concern is forgotten."""
    ended = Continuation(CaseRef("RJ-2222-3333"), Stage.DECLINED, TODAY - timedelta(days=300), Reason.VICTIM_WITHDREW)
    again = open_request(
        continues=replace(ended, responsible_agency=PRISON, is_blocked=True, from_stage=Stage.OFFENDER_TRACED)
    )
    assert any(wait.startswith("concern") for wait in waits(again))
    assert not open_request(continues=ended).concerns


def test_a_day_before_which_nothing_may_take_place_holds_for_the_case_that_takes_the_request_up_again() -> None:
    """1.6e."""
    later = MEETING_DAY + timedelta(days=30)
    ended = Continuation(
        CaseRef("RJ-2222-3333"),
        Stage.DECLINED,
        TODAY - timedelta(days=300),
        Reason.VICTIM_WITHDREW,
        conditions=frozenset({Condition.NOT_BEFORE}),
        not_before=later,
    )
    again = start_preparation(continues=ended)
    assert refusal(again, ARRANGED) is Refusal.CONDITION_NOT_MET
    assert then(again, replace(ARRANGED, day=later)).step is Step.SCHEDULED


def test_after_the_meeting_a_supervisor_is_alerted_to_contact_outside_the_process() -> None:
    """1.1a, 1.4: what agencies report in aftercare is not lost either."""
    (alert,) = effects_of(start_follow_up(), e.ContactReported(), FROM_PRISON)
    assert isinstance(alert, NotifySupervisor)
    assert alert.event == "contact_reported"


# ---------------------------------------------------------------------------------------- holds, corrections


def test_a_hold_cancels_the_meeting_day_and_the_entry_before_cannot_be_corrected() -> None:
    """1.11, 1.13."""
    on_hold = then(schedule(), e.PutOnHold(Reason.SAFEGUARDING))
    assert on_hold.progress.arrangement is None
    assert on_hold.undo_point is None
    resumed = then(on_hold, e.Resumed())
    assert (resumed.step, resumed.progress.arrangement) == (Step.PREPARING, None)


def test_a_concern_that_cancelled_a_meeting_day_is_never_undone() -> None:
    """1.13."""
    arranged = schedule()
    assert arranged.undo_point is not None
    stopped = then(arranged, CONCERN)
    assert refusal(stopped, e.EntryCorrected(arranged.undo_point.entry), SUPERVISOR) is Refusal.NOTHING_TO_CORRECT


def test_a_correction_of_a_meeting_held_restores_no_arrangement() -> None:
    """1.13."""
    held = start_follow_up()
    assert held.undo_point is not None
    corrected = then(held, (e.EntryCorrected(held.undo_point.entry), SUPERVISOR))
    assert (corrected.step, corrected.progress.arrangement) == (Step.PREPARING, None)


# ---------------------------------------------------------------------------------- risk and facilitator


def test_nobody_is_approached_without_a_risk_record_and_if_it_happened_a_supervisor_knows() -> None:
    """1.7c; facts are always accepted."""
    without = answer_checks(then(open_request(), e.RequestScreened("proceed"), FOUND))
    assert without.step is Step.APPROACHING
    assert asks(without) == ()
    assert waits(without) == {"risk", "facilitator"}
    todo = effects_of(without, e.OffenderApproached(), FROM_PRISON)
    assert ("offender_approached", "not_asked") in [
        (effect.event, effect.about) for effect in todo if isinstance(effect, NotifySupervisor)
    ]
    assert then(without, (e.OffenderApproached(), FROM_PRISON)).step is Step.REFLECTING


@pytest.mark.parametrize(
    ("answer", "step"), [("willing", Step.ASSESSING), ("needs_time", Step.REFLECTING), ("unwilling", Step.CLOSED)]
)
def test_an_offender_who_answered_at_once_was_approached_whether_that_was_asked_for_or_not(
    answer: Literal["willing", "needs_time", "unwilling"], step: Step
) -> None:
    """1: facts are always accepted; a supervisor knows where nobody had asked for the approach."""
    answered = e.OffenderAnswered(answer)
    asked, checking = start_approach(), then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND)
    for case in (asked, then(asked, CONCERN), checking):
        assert then(case, (answered, FROM_PRISON)).step is step
        alerts = [effect for effect in effects_of(case, answered, FROM_PRISON) if isinstance(effect, NotifySupervisor)]
        expected = [] if case is asked else [("offender_answered", "not_asked")]
        assert [(alert.event, alert.about) for alert in alerts] == expected
        assert refusal(case, answered, as_agency(NEVER_ASKED)) is Refusal.NOT_ASKED
    assert not [effect for effect in effects_of(asked, answered, FROM_PRISON) if isinstance(effect, CancelAsk)]


@pytest.mark.parametrize(("answer", "step"), [("willing", Step.ASSESSING), ("unwilling", Step.CLOSED)])
def test_an_agency_that_the_offender_has_left_may_still_pass_on_their_answer(
    answer: Literal["willing", "unwilling"], step: Step
) -> None:
    """1: facts are always accepted; the agency that was asked instead is not asked any more."""
    elsewhere = e.CircumstancesChanged(CircumstanceChange.MOVED, AgencyRef("prison:farmoor"), Whereabouts.CUSTODY)
    case = then(start_approach(), (e.OffenderApproached(), FROM_PRISON), elsewhere)
    assert "prison:farmoor" in {ask.agency for ask in asks(case) if ask.question == "offender_answer"}
    answered = then(case, (e.OffenderAnswered(answer), FROM_PRISON))
    assert answered.step is step
    assert not {"offender_answer"} & {ask.question for ask in asks(answered)}
    assert refusal(case, e.OffenderAnswered(answer), as_agency(NEVER_ASKED)) is Refusal.NOT_ASKED


def test_a_risk_record_that_expires_while_approaching_cancels_the_request() -> None:
    """1.7d: chased ten working days before, then nobody is approached until there is a new one."""
    case, seen = start_approach(), []
    while (coming := next_due(case)) is not None and coming[0].date() <= TODAY + timedelta(weeks=12):
        case = advance(case, Record(f"timer-{case.version}", coming[1], TIMER), coming[0])
        seen.append((coming[1].name, getattr(coming[1], "wait", "")))
    assert ("chased", "risk") in seen
    assert ("risk_expired", "") in seen
    assert asks(case) == ()
    assert "risk" in waits(case)
    later = NOW + timedelta(weeks=12, days=3)
    assessed = then(case, e.RiskAssessed("direct", False, specialist_in=frozenset(Flag)), now=later)
    assert [ask.question for ask in asks(assessed)] == ["approach"]


def test_a_risk_record_says_who_assessed_what_and_in_a_flagged_case_a_specialist_makes_it() -> None:
    """1.7a: with codes of what was considered and agreed; the words are in the vault."""
    flagged = open_request(flags=frozenset({Flag.SEXUAL_HARM}))
    assessed = e.RiskAssessed(
        "indirect_only",
        further_abuse=True,
        facilitator="staff-4",
        harms=frozenset({Harm.REVICTIMISATION}),
        measures=frozenset({Measure.SEPARATE_ARRIVALS}),
        reassess_by=TODAY + timedelta(weeks=4),
    )
    assert refusal(flagged, assessed) is Refusal.SPECIALIST_NEEDED
    risk = then(flagged, replace(assessed, specialist_in=frozenset({Flag.SEXUAL_HARM}))).risk
    assert risk is not None
    assert (risk.assessed_on, risk.result, risk.further_abuse) == (TODAY, "indirect_only", True)
    assert refusal(flagged, e.RiskAssessed("direct", False), FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER


@pytest.mark.parametrize(("reassess_in", "valid_for"), [(None, 12), (4, 4), (12, 12), (20, 12)])
def test_a_risk_record_is_valid_until_its_day_or_for_twelve_weeks(reassess_in: int | None, valid_for: int) -> None:
    """1.7b: whichever ends earlier, and to the end of that day."""
    reassess_by = None if reassess_in is None else TODAY + timedelta(weeks=reassess_in)
    day = TODAY + timedelta(weeks=valid_for)
    assessed = then(
        start_preparation(), e.RiskAssessed("direct", False, specialist_in=frozenset(Flag), reassess_by=reassess_by)
    )
    assert has_valid_risk(assessed, day)
    assert not has_valid_risk(assessed, day + timedelta(days=1))


def test_a_meeting_later_than_the_risk_record_counts_is_refused() -> None:
    """1.7c: so nothing expires before a meeting day that is set."""
    late = replace(ARRANGED, day=TODAY + timedelta(weeks=12, days=1))
    assert refusal(start_preparation(), late) is Refusal.RISK_RUNS_OUT
    sooner = e.RiskAssessed("direct", False, specialist_in=frozenset(Flag), reassess_by=MEETING_DAY - timedelta(days=1))
    assert then(schedule(), sooner).step is Step.PREPARING


def test_stop_is_a_concern_and_direct_contact_with_further_abuse_is_refused() -> None:
    """1.7e."""
    stopped = then(schedule(), e.RiskAssessed("stop", True, specialist_in=frozenset(Flag)))
    assert stopped.step is Step.PREPARING
    assert stopped.concerns
    assert (
        refusal(start_preparation(), e.RiskAssessed("direct", True, specialist_in=frozenset(Flag)))
        is Refusal.FURTHER_ABUSE
    )
    indirect = then(start_preparation(), e.RiskAssessed("indirect_only", False, specialist_in=frozenset(Flag)))
    assert refusal(indirect, ARRANGED) is Refusal.INDIRECT_ONLY
    assert then(indirect, replace(ARRANGED, form=Form.LETTER)).step is Step.SCHEDULED


@pytest.mark.parametrize(
    "changed",
    [
        e.FacilitatorChanged("staff-4", active=False, specialist_in=frozenset(Flag)),
        e.FacilitatorChanged("staff-4", True, frozenset(Flag), accredited_until=MEETING_DAY - timedelta(days=1)),
    ],
)
def test_a_facilitator_who_may_no_longer_facilitate_cancels_the_meeting(changed: e.FacilitatorChanged) -> None:
    """1.8: deactivated at night, meeting at ten; or an accreditation that ends before the meeting."""
    lost = then(schedule(), (changed, SERVICE), now=EVE)
    assert (lost.step, lost.progress.arrangement) == (Step.PREPARING, None)
    assert refusal(lost, ARRANGED) is Refusal.FACILITATOR_NEEDED


def test_an_agency_that_reports_ongoing_abuse_reaches_no_milestone() -> None:
    """1.10: the victim is not told that contact is being prepared."""
    assessing = then(start_approach(), e.OffenderApproached(), e.OffenderAnswered("willing"))
    unsafe = e.ReadinessAssessed("unsuitable", Side.OFFENDER, Reason.ONGOING_RISK_OR_ABUSE)
    reported = then(assessing, (unsafe, FROM_PRISON))
    assert (reported.step, reported.stage) == (Step.ASSESSING, Stage.OFFENDER_APPROACHED)
    assert [concern.reason for concern in reported.concerns] == [Reason.ONGOING_RISK_OR_ABUSE]


def test_an_agency_assesses_only_the_offender_and_only_where_it_was_asked_to() -> None:
    """1.10: the prison does not speak for the victim."""
    assessing = then(start_approach(), e.OffenderApproached(), e.OffenderAnswered("willing"))
    for_the_victim = e.ReadinessAssessed("ready", Side.VICTIM)
    assert refusal(assessing, for_the_victim, FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER
    assert refusal(assessing, e.ReadinessAssessed("ready"), FROM_PRISON) is Refusal.MISSING_FIELD
    assert refusal(start_preparation(), e.ReadinessAssessed("ready", Side.OFFENDER), FROM_PRISON) is Refusal.NOT_ASKED


def test_a_readiness_reason_ends_no_case_before_the_offender_was_approached() -> None:
    """1.10."""
    early = e.DeclinedByService(Reason.DENIES_RESPONSIBILITY)
    assert refusal(start_approach(), early) is Refusal.REASON_DOES_NOT_FIT
    assert then(start_preparation(), early).is_closed


# ------------------------------------------------------------------------------------------------- flags


@pytest.mark.parametrize(
    ("offence", "flag"),
    [
        (Offence.SEXUAL_OFFENCE, Flag.SEXUAL_HARM),
        (Offence.DOMESTIC_ABUSE, Flag.DOMESTIC_ABUSE),
        (Offence.STALKING_OR_HARASSMENT, Flag.STALKING),
    ],
)
def test_an_offence_sets_its_flag_whatever_else_the_request_says(offence: Offence, flag: Flag) -> None:
    """1.6a."""
    assert open_request(offence=offence).flags == {flag}
    by_offender = make_request(offence=offence, initiated_by=InitiatedBy.OFFENDER)
    with pytest.raises(RecordRefused) as why:
        open_case(REF, Record("opening", by_offender, CASEWORKER), NOW)
    assert why.value.code is Refusal.VICTIM_MUST_ASK


def test_a_flag_added_on_the_eve_to_a_case_that_the_offender_started_cancels_the_meeting() -> None:
    """1.6c: later, the guard decides."""
    started = give_consents(open_request(initiated_by=InitiatedBy.OFFENDER))
    case = answer_checks(then(started, e.VictimAnswered("wants"), e.RequestScreened("proceed"), FOUND))
    case = then(case, e.OffenderApproached(), e.OffenderAnswered("willing"), e.ReadinessAssessed("ready"))
    plain = e.FacilitatorAssigned("staff-8")
    case = then(case, (plain, SUPERVISOR), ARRANGED)
    flagged = then(case, e.FlagsChanged("add", frozenset({Flag.DOMESTIC_ABUSE})), now=EVE)
    assert (flagged.step, flagged.progress.arrangement) == (Step.PREPARING, None)
    assert refusal(flagged, ARRANGED) is Refusal.SPECIALIST_NEEDED


def test_a_flag_added_before_screening_to_a_case_that_the_victim_did_not_start_is_a_concern() -> None:
    """1.6c."""
    asking = open_request(initiated_by=InitiatedBy.SERVICE)
    flagged = then(asking, e.FlagsChanged("add", frozenset({Flag.SEXUAL_HARM})))
    assert [concern.reason for concern in flagged.concerns] == [Reason.VICTIM_MUST_ASK]
    assert not then(open_request(), e.FlagsChanged("add", frozenset({Flag.SEXUAL_HARM}))).concerns


def test_a_flag_that_comes_with_a_concern_opens_one_of_its_own_where_the_victim_did_not_ask() -> None:
    """1.6b, 1.6c: each is decided by itself, and contact waits for both."""
    asking = open_request(initiated_by=InitiatedBy.SERVICE)
    raised = e.ConcernRaised(Reason.THREAT_OR_HARASSMENT, frozenset({Flag.STALKING}))
    case = then(asking, raised)
    assert {(concern.reason, concern.wait.key) for concern in case.concerns} == {
        (Reason.THREAT_OR_HARASSMENT, "concern:2"),
        (Reason.VICTIM_MUST_ASK, "concern:2-2"),
    }
    (alert,) = [effect for effect in effects_of(asking, raised) if isinstance(effect, NotifySupervisor)]
    assert (alert.event, alert.about, alert.urgent) == ("concern_raised", "concern:2", True)
    one = then(case, (e.ConcernDecided("no_concern", WaitKey("concern:2")), SUPERVISOR))
    assert [concern.reason for concern in open_concerns(one)] == [Reason.VICTIM_MUST_ASK]
    assert not open_concerns(then(one, (NO_CONCERN, SUPERVISOR)))
    assert len(then(open_request(), raised).concerns) == 1, "a victim who asked need not ask again"


def test_a_flag_that_follows_from_the_offence_is_not_removed() -> None:
    """1.6b: a supervisor removes a flag, with a reason."""
    remove = e.FlagsChanged("remove", frozenset({Flag.DOMESTIC_ABUSE}), Reason.NEW_INFORMATION)
    implied = open_request(offence=Offence.DOMESTIC_ABUSE)
    assert refusal(implied, remove, SUPERVISOR) is Refusal.FLAG_FOLLOWS_OFFENCE
    stated = open_request(flags=frozenset({Flag.DOMESTIC_ABUSE}))
    assert refusal(stated, remove) is Refusal.SUPERVISOR_DECIDES
    assert then(stated, (remove, SUPERVISOR)).flags == frozenset()


# -------------------------------------------------------------------------------------------- clearances


def test_a_clearance_is_void_once_the_offender_moves_between_two_prisons() -> None:
    """1.9b, 1.9c: while approaching, the case returns to the checks and the approach is cancelled."""
    moved = e.CircumstancesChanged(CircumstanceChange.MOVED, None, Whereabouts.CUSTODY)
    returned = then(start_approach(), moved)
    assert (returned.step, returned.stage) == (Step.AGENCY_CHECK, Stage.OFFENDER_TRACED)
    assert [ask.question for ask in asks(returned)] == ["agency_check"]
    assert then(schedule(), moved).step is Step.PREPARING
    assert refusal(then(start_preparation(), moved), ARRANGED) is Refusal.CHECK_OUTSTANDING


BAILED = e.CircumstancesChanged(CircumstanceChange.RELEASED, None, Whereabouts.ON_BAIL)
RECALLED = e.CircumstancesChanged(CircumstanceChange.MOVED, PRISON, Whereabouts.CUSTODY)
UNSUPERVISED = e.TraceAnswered("found", Whereabouts.UNSUPERVISED)


def find_unsupervised(*later: Event) -> Case:
    case = answer_checks(then(give_consents(open_request()), e.RequestScreened("proceed"), UNSUPERVISED))
    return then(case, *later)


APPROACHED: tuple[Event, ...] = (e.OffenderApproached(),)
WILLING = (*APPROACHED, e.OffenderAnswered("willing"))
READY = (*WILLING, e.ReadinessAssessed("ready"))


@pytest.mark.parametrize(
    "later",
    [
        (),
        APPROACHED,
        WILLING,
        (*WILLING, e.ReadinessAssessed("not_yet", None, Reason.THERAPY_FIRST)),
        READY,
        (*READY, ARRANGED),
    ],
)
def test_every_check_that_changed_whereabouts_need_is_asked_for_in_parallel(later: tuple[Event, ...]) -> None:
    """1.9c: the ReHub where the offender went to prison, the court where they are on bail now."""
    moved = then(find_unsupervised(*later), RECALLED)
    assert {wait.key for wait in checks_outstanding(moved)} == {"agency_check:prison", "agency_check:hmpps_rehub"}
    assert moved.progress.arrangement is None
    bailed = then(moved, BAILED)
    asked = {"agency_check:probation", "agency_check:hmpps_rehub", "agency_check:court"}
    assert {wait.key for wait in checks_outstanding(bailed)} == asked, "the prison holds them no longer"
    blocked = {block.detail for block in blocks_contact(bailed, None, TODAY) if block.code is Refusal.CHECK_OUTSTANDING}
    assert blocked == {"probation", "hmpps_rehub", "court"}
    assert blocks_contact(answer_checks(bailed), None, TODAY) == ()


def test_a_change_after_the_meeting_asks_for_every_check_before_another_contact() -> None:
    """1.9c, 3.8."""
    held = find_unsupervised(*READY, e.MeetingHeld(Form.FACE_TO_FACE, "completed"))
    moved = then(held, RECALLED)
    assert not checks_outstanding(moved)
    planned = then(moved, e.AnotherContactPlanned(Form.FACE_TO_FACE))
    assert {wait.key for wait in checks_outstanding(planned)} == {"agency_check:prison", "agency_check:hmpps_rehub"}


def test_a_correction_of_the_whereabouts_asks_for_every_check_in_parallel() -> None:
    """4.1: whereabouts act as circumstances that changed."""
    corrected = then(
        find_unsupervised(*READY, ARRANGED),
        e.FactsCorrected(whereabouts=Whereabouts.ON_BAIL, responsible_agency=PRISON),
    )
    assert corrected.step is Step.PREPARING
    asked = {"agency_check:prison", "agency_check:hmpps_rehub", "agency_check:court"}
    assert {wait.key for wait in checks_outstanding(corrected)} == asked


@pytest.mark.parametrize(
    ("corrected", "missing"),
    [
        (e.FactsCorrected(takes_part_as=TakesPartAs.PROXY), Consenter.DIRECT_VICTIM),
        (e.FactsCorrected(offender_age_group=AgeGroup.UNDER_18), Consenter.OFFENDER_GUARDIAN),
    ],
)
def test_a_correction_that_makes_another_consent_necessary_cancels_a_meeting_day(
    corrected: e.FactsCorrected, missing: Consenter
) -> None:
    """4.1, 3.10: the consents that a day needs are part of the guard, which looks at the facts as they are now."""
    both = with_facilitator_and_risk(open_request())
    both = then(both, *(e.ConsentRecorded(whose) for whose in (Consenter.VICTIM, Consenter.OFFENDER)))
    case = answer_checks(then(both, e.RequestScreened("proceed"), UNSUPERVISED))
    arranged = then(case, *READY, ARRANGED)
    cancelled = then(arranged, corrected)
    assert (cancelled.step, cancelled.progress.arrangement) == (Step.PREPARING, None)
    assert refusal(cancelled, ARRANGED) is Refusal.CONSENT_MISSING
    blocked = blocks_meeting(cancelled, Form.FACE_TO_FACE, MEETING_DAY)
    assert [(block.code, block.detail) for block in blocked] == [(Refusal.CONSENT_MISSING, missing)]
    assert then(cancelled, e.ConsentRecorded(missing), ARRANGED).step is Step.SCHEDULED


def test_a_policy_that_asks_for_guardians_cancels_a_day_that_none_agreed_to() -> None:
    """3.10: every entry is judged by the consents that are needed now."""
    lenient = replace(YOUTH, name="lenient", guardian_consents=False)
    both = with_facilitator_and_risk(open_request(offender_age_group=AgeGroup.UNDER_18))
    both = then(both, *(e.ConsentRecorded(whose) for whose in (Consenter.VICTIM, Consenter.OFFENDER)))
    both = then(both, (e.RulesAdopted(1, lenient), SUPERVISOR), e.RequestScreened("proceed"))
    team = replace(CASEWORKER, on_behalf_of=AgencyRef("youth_offending_team"))
    arranged = then(answer_checks(then(both, (UNSUPERVISED, team))), *READY, ARRANGED)
    assert then(arranged, (e.RulesAdopted(1, YOUTH), SUPERVISOR)).progress.arrangement is None


def test_a_meeting_that_took_place_without_a_consent_is_recorded_and_a_supervisor_knows() -> None:
    """Facts are always accepted."""
    without = answer_checks(then(with_facilitator_and_risk(open_request()), e.RequestScreened("proceed"), UNSUPERVISED))
    todo = effects_of(then(without, *READY), e.MeetingHeld(Form.FACE_TO_FACE, "completed"))
    assert ("meeting_held", "consent_missing") in [
        (effect.event, effect.about) for effect in todo if isinstance(effect, NotifySupervisor)
    ]


def test_somebody_who_is_supervised_now_has_an_agency_to_be_asked() -> None:
    """1.9b: the service itself does not clear somebody who came to prison."""
    recalled = e.CircumstancesChanged(CircumstanceChange.MOVED, None, Whereabouts.CUSTODY)
    assert refusal(find_unsupervised(), recalled) is Refusal.MISSING_FIELD


def test_a_clearance_counts_for_six_months() -> None:
    """1.9a."""
    later = NOW + timedelta(weeks=27)
    renewed = then(start_preparation(), e.RiskAssessed("direct", False, specialist_in=frozenset(Flag)), now=later)
    assert any(wait.startswith("agency_check") for wait in waits(renewed))
    day = later.date() + timedelta(days=14)
    assert refusal(renewed, replace(ARRANGED, day=day), now=later) is Refusal.CHECK_OUTSTANDING


@pytest.mark.parametrize("stated", [{Condition.SECURE_VENUE, Condition.NOT_BEFORE}, {Condition.SECURE_VENUE}])
def test_a_meeting_names_the_conditions_of_every_clearance(stated: set[Condition]) -> None:
    """1.9a, 1.9d: a day is a condition, even where it is not stated as one."""
    conditions = frozenset(stated)
    day = TODAY + timedelta(days=20)
    clearance = e.AgencyCheckAnswered("no_objection", conditions=conditions, not_before=day)
    traced = then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND)
    case = then(
        answer_checks(traced, clearance),
        e.OffenderApproached(),
        e.OffenderAnswered("willing"),
        e.ReadinessAssessed("ready"),
    )
    met = frozenset({Condition.SECURE_VENUE})
    assert refusal(case, replace(ARRANGED, conditions=met)) is Refusal.CONDITION_NOT_MET
    assert then(case, replace(ARRANGED, day=day, conditions=met)).step is Step.SCHEDULED


# ------------------------------------------------------------------------------------------------ deaths


def test_a_death_reported_on_the_eve_by_mistake_cancels_the_meeting_and_ends_nothing() -> None:
    """1.12a, 1.12b."""
    reported = then(schedule(), e.DeathReported(Side.OFFENDER), now=EVE)
    assert (reported.step, reported.is_closed) == (Step.PREPARING, False)
    assert refusal(reported, ARRANGED) is Refusal.DEATH_REPORTED
    assert then(reported, e.DeathNotConfirmed(Side.OFFENDER), ARRANGED).step is Step.SCHEDULED


def test_nobody_on_the_side_of_a_victim_who_is_reported_dead_is_sent_a_message() -> None:
    """1.12a."""
    reported = then(start_preparation(), e.DeathReported(Side.VICTIM))
    later = NOW + timedelta(weeks=6)
    due = []
    while (coming := next_due(reported)) is not None and coming[0] <= later:
        due.append(coming[1].name)
        reported = advance(reported, Record(f"timer-{reported.version}", coming[1], TIMER), coming[0])
    assert "victim_updated" not in due


def test_a_sister_takes_up_the_request_of_a_victim_who_died() -> None:
    """1.12c: the family may continue the case at once."""
    ended = Continuation(CaseRef("RJ-2222-3333"), Stage.DECLINED, TODAY, Reason.VICTIM_DIED)
    assert open_request(continues=ended, takes_part_as=TakesPartAs.BEREAVED_FAMILY).step is Step.SCREENING
    with pytest.raises(RecordRefused) as why:
        open_request(continues=ended)
    assert why.value.code is Refusal.TOO_SOON


def test_every_reason_to_block_contact_is_returned_at_once() -> None:
    """One guard: `blocks_contact` returns every reason."""
    case = then(open_request(), CONCERN, e.DeathReported(Side.OFFENDER), e.PutOnHold(Reason.ILLNESS))
    codes = {block.code for block in blocks_contact(case, Form.FACE_TO_FACE, date(2026, 4, 1))}
    assert codes == {
        Refusal.CONCERN_OPEN,
        Refusal.DEATH_REPORTED,
        Refusal.ON_HOLD,
        Refusal.FACILITATOR_NEEDED,
        Refusal.RISK_NEEDED,
        Refusal.CHECK_OUTSTANDING,
    }
