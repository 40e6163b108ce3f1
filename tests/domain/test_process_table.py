"""The table of the process, row by row: who records what, and where it leads; and what is refused, and why."""

import ast
import inspect
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain import events as e
from domain import process
from domain.calendar import ENGLAND_AND_WALES_2028
from domain.case import Case, active_waits
from domain.due_events import next_due
from domain.effects import Ask, CancelAsk, effects
from domain.events import Actor, Event, Record
from domain.intake import open_case
from domain.policy import ADULT, YOUTH
from domain.process import advance
from domain.reasons import Reason
from domain.refusals import RecordRefused
from domain.vocabulary import (
    AgencyKind,
    CircumstanceChange,
    Consenter,
    Contact,
    DeadlineKind,
    Flag,
    Form,
    InitiatedBy,
    Refusal,
    Role,
    Side,
    Stage,
    Step,
    Whereabouts,
)
from tests.domain.alphabet import (
    ANOTHER,
    CASEWORKER,
    OTHER_SUPERVISOR,
    PRISON,
    SERVICE,
    SUPERVISOR,
    TIMER,
    as_agency,
    on_behalf,
)
from tests.domain.slices import NOW, REF, give_consents, make_request, open_request

TODAY = NOW.date()
VLO = Actor(Role.AGENCY, "vlo-of-the-area", AgencyKind.VLO)
FROM_PRISON = as_agency(PRISON)
FOUND = e.TraceAnswered("found", Whereabouts.CUSTODY, PRISON)
REFUSAL_OF_A_CHECK = e.AgencyCheckAnswered("objection", Reason.LICENCE_CONDITION)
ARRANGED = e.MeetingArranged(Form.FACE_TO_FACE, TODAY + timedelta(days=14))


def test_each_part_of_the_table_fits_on_one_screen() -> None:
    """Fifty lines of at most 120 columns; each event has one row."""
    parts = [
        node
        for node in ast.parse(inspect.getsource(process)).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "tuple[Rule, ...]"
    ]
    assert len(parts) == 5
    assert all(part.end_lineno is not None and part.end_lineno - part.lineno < 50 for part in parts)
    assert len({rule.event for rule in process.TABLE}) == len(process.TABLE)


def after(case: Case, *entries: Event | tuple[Event, Actor]) -> Case:
    """The case after these entries, by a caseworker where nobody is named."""
    for entry in entries:
        event, actor = entry if isinstance(entry, tuple) else (entry, CASEWORKER)
        case = advance(case, Record(f"entry-{case.version + 1}", event, actor), NOW)
    return case


def get_refusal(case: Case, event: Event, actor: Actor = CASEWORKER) -> Refusal:
    """Why the case refuses `event`."""
    with pytest.raises(RecordRefused) as why:
        after(case, (event, actor))
    return why.value.code


def waits(case: Case) -> set[str]:
    """What the case waits for, and what each wait is on."""
    return {f"{wait.key} on {wait.waiting_on}" for wait in active_waits(case)}


def start_trace(**stated: Any) -> Case:
    return after(give_consents(open_request(**stated)), e.RequestScreened("proceed"))


def start_checks(**stated: Any) -> Case:
    return after(start_trace(**stated), (FOUND, VLO))


def start_approach(**stated: Any) -> Case:
    none = e.AgencyCheckAnswered("no_objection")
    return after(start_checks(**stated), (none, on_behalf(PRISON)), none)


def await_offender() -> Case:
    return after(start_approach(), (e.OffenderApproached(), FROM_PRISON))


def start_assessments() -> Case:
    return after(await_offender(), (e.OffenderAnswered("willing"), FROM_PRISON))


def start_preparation() -> Case:
    return after(start_assessments(), e.ReadinessAssessed("ready"))


def schedule() -> Case:
    return after(start_preparation(), ARRANGED)


def hold_meeting() -> Case:
    return after(schedule(), e.MeetingHeld(Form.FACE_TO_FACE, "completed"))


def test_a_victims_own_request_is_screened_and_anybody_elses_asks_the_victim_first() -> None:
    assert open_request().step is Step.SCREENING
    assert open_request(initiated_by=InitiatedBy.COURT).step is Step.ASKING_VICTIM


@pytest.mark.parametrize("flag", list(Flag))
def test_where_care_is_due_only_the_victim_may_ask(flag: Flag) -> None:
    request = make_request(initiated_by=InitiatedBy.OFFENDER, flags=frozenset({flag}))
    with pytest.raises(RecordRefused) as why:
        open_case(REF, Record("opening", request, CASEWORKER), NOW)
    assert why.value.code is Refusal.VICTIM_MUST_ASK


def test_the_victim_who_is_asked_wants_it_needs_time_or_does_not() -> None:
    asked, later = open_request(initiated_by=InitiatedBy.SERVICE), TODAY + timedelta(days=40)
    assert after(asked, e.VictimAnswered("wants")).step is Step.SCREENING
    assert active_waits(after(asked, e.VictimAnswered("needs_time", later)))[0].due_on == later
    ended = after(asked, e.VictimAnswered("does_not"))
    assert (ended.stage, ended.progress.reason) == (Stage.DECLINED, Reason.VICTIM_DOES_NOT_WANT)
    assert get_refusal(open_request(), e.VictimAnswered("wants")) is Refusal.NOT_ALLOWED_NOW


def test_a_screened_request_goes_to_the_first_agency_of_its_route_or_ends_with_a_reason() -> None:
    assert waits(start_trace()) == {"trace:vlo on vlo"}
    assert after(open_request(), e.RequestScreened("refuse", Reason.DUPLICATE)).step is Step.CLOSED
    assert get_refusal(open_request(), e.RequestScreened("refuse")) is Refusal.MISSING_REASON
    live = e.RequestScreened("refuse", Reason.CONTESTED_PROCEEDINGS_LIVE)
    assert get_refusal(open_request(), live) is Refusal.REASON_DOES_NOT_FIT


@pytest.mark.parametrize("answer", ["not_found", "restricted", "not_ours"])
def test_without_a_find_the_next_agency_is_asked_and_at_the_end_a_supervisor(answer: str) -> None:
    nothing = e.TraceAnswered(answer)  # type: ignore[arg-type]
    assert waits(after(start_trace(), (nothing, VLO))) == {"trace:probation on probation"}
    exhausted = after(start_trace(), nothing, nothing, nothing)
    assert waits(exhausted) == {"route on supervisor"}
    assert after(exhausted, (FOUND, VLO)).step is Step.AGENCY_CHECK, "a late find counts"
    assert waits(after(exhausted, (e.RouteExtended(ANOTHER), SUPERVISOR))) == {f"trace:{ANOTHER} on {ANOTHER}"}
    assert get_refusal(exhausted, e.DeclinedByService(Reason.NO_MATCH)) is Refusal.SUPERVISOR_DECIDES


def test_a_repeated_answer_leaves_a_supervisors_wait_as_overdue_as_it_was() -> None:
    nothing = e.TraceAnswered("not_found")
    exhausted = after(start_trace(), nothing, nothing, nothing)
    later = NOW + timedelta(days=90)
    again = advance(exhausted, Record("again", nothing, VLO), later)
    assert active_waits(again) == active_waits(exhausted)


def test_an_offender_found_is_checked_by_the_responsible_agency_and_the_rehub() -> None:
    assert start_checks().stage is Stage.OFFENDER_TRACED
    assert waits(start_checks()) == {"agency_check:prison on prison", "agency_check:hmpps_rehub on hmpps_rehub"}
    assert get_refusal(start_trace(), FOUND, FROM_PRISON) is Refusal.NOT_ASKED


def test_several_candidates_wait_for_a_caseworker_and_are_never_guessed() -> None:
    ambiguous = after(start_trace(), (e.TraceAnswered("ambiguous"), VLO))
    assert waits(ambiguous) == {"candidate:vlo on caseworker"}
    assert after(ambiguous, e.CandidateChosen(Whereabouts.CUSTODY, PRISON)).step is Step.AGENCY_CHECK
    assert get_refusal(start_trace(), e.CandidateChosen(Whereabouts.CUSTODY, PRISON)) is Refusal.NOT_ALLOWED_NOW


def test_an_offender_who_is_said_to_have_died_ends_the_case_once_that_is_confirmed() -> None:
    reported = after(start_trace(), (e.TraceAnswered("deceased"), VLO))
    assert waits(reported) == {"death:offender on caseworker"}
    assert after(reported, e.DeathConfirmed(Side.OFFENDER)).progress.reason is Reason.OFFENDER_DIED
    assert waits(after(reported, e.DeathNotConfirmed(Side.OFFENDER))) == {"trace:probation on probation"}


def test_a_silent_agency_is_replaced_by_a_supervisor_and_may_still_answer_late() -> None:
    silent = after(start_checks(), (e.NoResponseRecorded(active_waits(start_checks())[0].key), SUPERVISOR))
    assert "substitute:agency_check:prison on supervisor" in waits(silent)
    assert f"agency_check:{ANOTHER} on {ANOTHER}" in waits(after(silent, (e.RouteExtended(ANOTHER), SUPERVISOR)))
    assert len(waits(after(silent, (e.AgencyCheckAnswered("no_objection"), FROM_PRISON)))) == 1
    assert get_refusal(start_checks(), e.NoResponseRecorded(), CASEWORKER) is Refusal.NOT_BY_THIS_SENDER


def test_an_ask_that_is_returned_waits_on_a_supervisor() -> None:
    returned = after(start_checks(), (e.AskReturned(), FROM_PRISON))
    assert "substitute:agency_check:prison on supervisor" in waits(returned)


def test_when_all_checkers_have_answered_the_offender_is_approached() -> None:
    none = e.AgencyCheckAnswered("no_objection")
    half = after(start_checks(), (none, FROM_PRISON))
    assert half.step is Step.AGENCY_CHECK
    assert after(half, none).step is Step.APPROACHING
    assert get_refusal(half, none, FROM_PRISON) is Refusal.NOT_ASKED


def test_an_objection_is_challenged_once_and_then_is_a_supervisors() -> None:
    objecting = after(start_checks(), (REFUSAL_OF_A_CHECK, FROM_PRISON))
    assert "objection:prison on caseworker" in waits(objecting)
    again = after(objecting, e.ObjectionChallenged())
    assert "agency_check:prison on prison" in waits(again)
    still = after(again, (REFUSAL_OF_A_CHECK, FROM_PRISON))
    assert "objection:prison on supervisor" in waits(still)
    assert get_refusal(still, e.ObjectionChallenged()) is Refusal.ALREADY_CHALLENGED
    assert get_refusal(still, e.DeclinedByService(Reason.LICENCE_CONDITION)) is Refusal.SUPERVISOR_DECIDES
    assert get_refusal(start_checks(), e.AgencyCheckAnswered("objection"), FROM_PRISON) is Refusal.MISSING_REASON


def test_a_check_asked_again_during_its_own_objection_takes_the_answer() -> None:
    objecting = after(start_checks(), (REFUSAL_OF_A_CHECK, FROM_PRISON))
    asked_again = after(objecting, (e.RouteExtended(PRISON), SUPERVISOR))
    assert len(waits(after(asked_again, (e.AgencyCheckAnswered("no_objection"), FROM_PRISON)))) == 1


def test_an_approached_offender_reflects_and_is_willing_needs_time_or_is_not() -> None:
    assert await_offender().stage is Stage.OFFENDER_APPROACHED
    assert start_assessments().step is Step.ASSESSING
    later = TODAY + timedelta(days=50)
    thinking = after(await_offender(), (e.OffenderAnswered("needs_time", later), FROM_PRISON))
    assert active_waits(thinking)[0].due_on == later
    unwilling = after(await_offender(), (e.OffenderAnswered("unwilling"), FROM_PRISON))
    assert unwilling.progress.reason is Reason.OFFENDER_DECLINED
    assert get_refusal(await_offender(), e.OffenderAnswered("needs_time", TODAY)) is Refusal.DAY_IN_PAST


def test_the_offender_being_ready_changes_the_step_and_the_victims_assessment_continues() -> None:
    ready = after(start_assessments(), (e.ReadinessAssessed("ready", Side.OFFENDER), FROM_PRISON))
    assert ready.step is Step.PREPARING
    assert "assessment:victim on caseworker" in waits(ready)
    assert get_refusal(ready, ARRANGED) is Refusal.ASSESSMENT_OUTSTANDING
    assert get_refusal(start_assessments(), e.ReadinessAssessed("ready_if_accepted")) is Refusal.MISSING_REASON


def test_not_yet_is_reviewed_on_its_day_and_then_assessed_again() -> None:
    review_on = TODAY + timedelta(days=84)
    waiting = after(
        start_assessments(), e.ReadinessAssessed("not_yet", None, Reason.THERAPY_FIRST, review_on=review_on)
    )
    assert (waiting.step, waiting.stage) == (Step.NOT_YET, Stage.READINESS_ASSESSED)
    assert get_refusal(waiting, e.ReviewDue(), TIMER) is Refusal.NOT_DUE
    review = advance(waiting, Record("review", e.ReviewDue(), TIMER), NOW + timedelta(days=85))
    assert (review.step, review.stage) == (Step.ASSESSING, Stage.READINESS_ASSESSED)
    hard = e.ReadinessAssessed("not_yet", None, Reason.COERCION)
    assert get_refusal(start_assessments(), hard) is Refusal.REASON_DOES_NOT_FIT


def test_unsuitable_for_direct_forms_leaves_indirect_ones_and_for_all_forms_ends_the_case() -> None:
    denies = e.ReadinessAssessed("unsuitable", None, Reason.DENIES_RESPONSIBILITY, forms=frozenset({Form.FACE_TO_FACE}))
    indirect = after(start_assessments(), denies)
    assert indirect.step is Step.PREPARING
    assert get_refusal(indirect, ARRANGED) is Refusal.FORM_RULED_OUT
    assert after(indirect, e.MeetingArranged(Form.LETTER, ARRANGED.day)).step is Step.SCHEDULED
    ended = after(start_assessments(), e.ReadinessAssessed("unsuitable", None, Reason.DENIES_RESPONSIBILITY))
    assert (ended.stage, ended.progress.reason) == (Stage.DECLINED, Reason.DENIES_RESPONSIBILITY)


def test_a_consent_below_the_arranged_form_takes_the_arrangement_back() -> None:
    narrowed = e.ConsentRecorded(Consenter.OFFENDER, "narrowed", frozenset({Form.LETTER}))
    fallen = after(schedule(), narrowed)
    assert (fallen.step, fallen.progress.arrangement) == (Step.PREPARING, None)
    assert after(schedule(), e.ConsentRecorded(Consenter.VICTIM, "withdrawn")).step is Step.PREPARING
    assert (
        get_refusal(start_assessments(), e.ConsentRecorded(Consenter.VICTIM), FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER
    )


def test_no_message_is_passed_on_beyond_a_consent() -> None:
    letter, by_letter = e.MessagePassed(Form.LETTER, "victim"), frozenset({Form.LETTER})
    assert (
        get_refusal(after(start_preparation(), e.ConsentRecorded(Consenter.VICTIM, "withdrawn")), letter)
        is Refusal.CONSENT_MISSING
    )
    narrowed = after(start_preparation(), e.ConsentRecorded(Consenter.OFFENDER, "narrowed", by_letter))
    assert after(narrowed, letter).step is Step.PREPARING
    withdrawn = after(narrowed, e.ConsentRecorded(Consenter.OFFENDER, "withdrawn", by_letter))
    assert get_refusal(withdrawn, letter) is Refusal.CONSENT_MISSING


def test_once_they_are_told_not_yet_a_victim_is_updated_until_the_review() -> None:
    not_yet = e.ReadinessAssessed("not_yet", reason=Reason.PARTIAL_RESPONSIBILITY)
    due = next_due(after(after(start_assessments(), not_yet), e.VictimTold("telephone")))
    assert due is not None
    assert due[1] == e.VictimUpdated()


def test_messages_and_progress_renew_the_wait_of_the_one_who_records_them() -> None:
    later, case = NOW + timedelta(days=20), start_preparation()
    passed = advance(case, Record("round", e.MessagePassed(Form.LETTER, "victim"), CASEWORKER), later)
    assert active_waits(passed)[0].due_on > active_waits(case)[0].due_on
    assert get_refusal(case, e.MessagePassed(Form.PHONE, "victim")) is Refusal.FORM_NOT_INDIRECT
    assert get_refusal(open_request(), e.MessagePassed(Form.LETTER, "victim")) is Refusal.NOT_ALLOWED_NOW
    other = e.ProgressRecorded(active_waits(start_checks())[1].key)
    assert get_refusal(start_checks(), other, FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER


def test_another_direct_form_is_assessed_again_and_the_same_one_is_not() -> None:
    assert len(waits(after(start_preparation(), e.FormChanged(Form.FACE_TO_FACE)))) == 1
    assert len(waits(after(start_preparation(), e.FormChanged(Form.VIDEO)))) == 3


def test_a_meeting_is_arranged_with_every_consent_on_a_day_to_come() -> None:
    assert schedule().step is Step.SCHEDULED
    assert get_refusal(start_preparation(), e.MeetingArranged(Form.LETTER, TODAY)) is Refusal.DAY_IN_PAST
    taken_back = after(start_preparation(), e.ConsentRecorded(Consenter.OFFENDER, "withdrawn"))
    assert get_refusal(taken_back, ARRANGED) is Refusal.CONSENT_MISSING
    checked = after(start_preparation(), e.CircumstancesChanged(CircumstanceChange.MOVED, ANOTHER))
    assert get_refusal(checked, ARRANGED) is Refusal.CHECK_OUTSTANDING
    assert get_refusal(after(start_preparation(), e.PutOnHold(Reason.ILLNESS)), ARRANGED) is Refusal.ON_HOLD


def test_a_postponed_meeting_is_prepared_again() -> None:
    assert after(schedule(), e.MeetingPostponed(Reason.DID_NOT_ATTEND)).step is Step.PREPARING
    assert get_refusal(schedule(), e.MeetingPostponed(Reason.DUPLICATE)) is Refusal.REASON_DOES_NOT_FIT


def test_a_meeting_that_was_held_is_recorded_whatever_was_missing() -> None:
    unarranged = after(start_assessments(), (e.ReadinessAssessed("ready", Side.OFFENDER), FROM_PRISON))
    assert after(unarranged, e.MeetingHeld(Form.PHONE, "partial")).stage is Stage.MEETING_HELD
    tomorrow = e.MeetingHeld(Form.PHONE, "partial", on=TODAY + timedelta(days=1))
    assert get_refusal(unarranged, tomorrow) is Refusal.DAY_IN_FUTURE


def test_the_third_follow_up_closes_the_case_with_its_meeting_held() -> None:
    follow_up = e.FollowUpRecorded("met")
    second = after(hold_meeting(), follow_up)
    assert waits(second) == {"follow_up:1-2 on caseworker"}
    closed = after(second, follow_up, follow_up)
    assert (closed.step, closed.stage) == (Step.CLOSED, Stage.MEETING_HELD)


def test_a_side_may_withdraw_until_the_meeting_and_an_agency_speaks_for_the_offender_only() -> None:
    assert after(schedule(), e.Withdrawn(Side.VICTIM)).progress.reason is Reason.VICTIM_WITHDREW
    assert after(schedule(), (e.Withdrawn(Side.OFFENDER), FROM_PRISON)).stage is Stage.DECLINED
    assert get_refusal(schedule(), e.Withdrawn(Side.VICTIM), FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER
    assert get_refusal(hold_meeting(), e.Withdrawn(Side.VICTIM)) is Refusal.NOT_ALLOWED_NOW


def test_a_withdrawal_keeps_its_reason_and_a_victim_who_has_what_they_need_ends_the_case_well() -> None:
    """2.8."""
    ended = after(start_preparation(), e.Withdrawn(Side.OFFENDER, Reason.THERAPY_FIRST)).progress
    assert (ended.reason, ended.reason_given) == (Reason.OFFENDER_WITHDREW, Reason.THERAPY_FIRST)
    ended = after(start_preparation(), e.Withdrawn(Side.VICTIM, Reason.ILLNESS)).progress
    assert (ended.reason, ended.reason_given) == (Reason.VICTIM_WITHDREW, Reason.ILLNESS)
    assert after(start_preparation(), e.Withdrawn(Side.VICTIM, Reason.VICTIM_NEEDS_MET)).progress.reason is (
        Reason.VICTIM_NEEDS_MET
    )


def test_changed_circumstances_ask_the_new_agency_or_check_in_parallel() -> None:
    moved = e.CircumstancesChanged(CircumstanceChange.MOVED, ANOTHER)
    assert waits(after(start_approach(), moved)) == {f"agency_check:{ANOTHER} on {ANOTHER}"}
    assert f"agency_check:{ANOTHER} on {ANOTHER}" in waits(after(start_preparation(), moved))
    assert after(schedule(), moved).step is Step.PREPARING
    assert get_refusal(start_trace(), e.CircumstancesChanged(CircumstanceChange.RELEASED)) is Refusal.MISSING_FIELD


def test_a_deadline_warns_ahead_and_closes_nothing() -> None:
    noted = after(start_preparation(), e.DeadlineNoted(DeadlineKind.PAROLE, TODAY + timedelta(days=35)))
    warned = advance(
        noted,
        Record("near", e.DeadlineNear(DeadlineKind.PAROLE, TODAY + timedelta(days=35)), TIMER),
        NOW + timedelta(days=8),
    )
    assert (warned.step, warned.deadlines[0].warned) == (Step.PREPARING, True)
    assert get_refusal(start_preparation(), e.DeadlineNoted(DeadlineKind.PAROLE, TODAY)) is Refusal.DAY_IN_PAST


def test_the_service_declines_for_its_own_reasons_only() -> None:
    assert after(start_preparation(), e.DeclinedByService(Reason.VICTIM_NEEDS_MET)).stage is Stage.DECLINED
    assert (
        get_refusal(start_preparation(), e.DeclinedByService(Reason.OFFENDER_DECLINED)) is Refusal.REASON_DOES_NOT_FIT
    )
    assert get_refusal(hold_meeting(), e.DeclinedByService(Reason.VICTIM_NEEDS_MET)) is Refusal.NOT_ALLOWED_NOW


def test_a_hold_cancels_its_asks_and_resuming_asks_again() -> None:
    hold = Record("hold", e.PutOnHold(Reason.ILLNESS), CASEWORKER)
    before = start_checks()
    on_hold = advance(before, hold, NOW)
    assert waits(on_hold) == {"hold on caseworker"}
    assert len([effect for effect in effects(before, on_hold, hold) if isinstance(effect, CancelAsk)]) == 2
    resume = Record("resume", e.Resumed(), CASEWORKER)
    resumed = advance(on_hold, resume, NOW)
    assert len([effect for effect in effects(on_hold, resumed, resume) if isinstance(effect, Ask)]) == 2
    assert get_refusal(on_hold, e.PutOnHold(Reason.ILLNESS)) is Refusal.ALREADY_ON_HOLD
    assert get_refusal(before, e.Resumed()) is Refusal.NOT_ON_HOLD
    assert after(on_hold, e.Withdrawn(Side.VICTIM)).step is Step.CLOSED


def test_a_hold_that_runs_out_is_overdue_and_never_resumes_by_itself() -> None:
    on_hold = after(start_checks(), e.PutOnHold(Reason.ILLNESS))
    ended = advance(on_hold, Record("out", e.HoldEnded(), TIMER), NOW + timedelta(weeks=5))
    assert ended.is_on_hold
    assert active_waits(ended)[0].is_overdue


def test_a_supervisor_extends_a_wait_and_reassigns_a_case() -> None:
    later = TODAY + timedelta(days=90)
    assert active_waits(after(open_request(), (e.WaitExtended(later), SUPERVISOR)))[0].due_on == later
    assert get_refusal(start_checks(), e.WaitExtended(later), SUPERVISOR) is Refusal.WHICH_WAIT
    assert get_refusal(open_request(), e.WaitExtended(later)) is Refusal.NOT_BY_THIS_SENDER
    assert after(open_request(), (e.Reassigned("staff-9"), SUPERVISOR)).assigned_to == "staff-9"


def test_the_last_change_of_step_can_be_corrected_once_also_after_the_end() -> None:
    ended = after(start_preparation(), e.Withdrawn(Side.VICTIM))
    assert ended.undo_point is not None
    back = after(ended, (e.EntryCorrected(ended.undo_point.entry), SUPERVISOR))
    assert (back.step, back.stage) == (Step.PREPARING, Stage.READINESS_ASSESSED)
    assert get_refusal(back, e.EntryCorrected(ended.undo_point.entry), SUPERVISOR) is Refusal.NOTHING_TO_CORRECT
    assert get_refusal(ended, e.EntryCorrected("entry-1"), SUPERVISOR) is Refusal.NOT_THE_LAST_ENTRY


def test_a_victim_who_is_asked_again_after_a_correction_is_in_no_round() -> None:
    wants = after(open_request(initiated_by=InitiatedBy.SERVICE), e.VictimAnswered("wants"))
    assert wants.undo_point is not None
    asked = after(wants, (e.EntryCorrected(wants.undo_point.entry), SUPERVISOR))
    coming = next_due(asked)
    assert coming is not None
    assert not isinstance(coming[1], e.VictimUpdated)


def test_a_review_is_decided_by_another_supervisor() -> None:
    ended = after(start_preparation(), (e.DeclinedByService(Reason.VICTIM_NEEDS_MET), SUPERVISOR), e.ReviewRequested())
    assert waits(ended) == {"review on supervisor"}
    decided = e.ReviewDecided("upheld")
    assert get_refusal(ended, decided, SUPERVISOR) is Refusal.SAME_SUPERVISOR
    assert waits(after(ended, (decided, OTHER_SUPERVISOR))) == set()
    assert get_refusal(ended, e.ReviewRequested()) is Refusal.REVIEW_PENDING


def test_other_rules_come_only_by_an_event_that_carries_their_value() -> None:
    """4.10c."""
    assert after(open_request(), (e.RulesAdopted(1, YOUTH), SERVICE)).policy == YOUTH
    assert after(open_request(), (e.RulesAdopted(1), SERVICE)).policy == ADULT
    assert get_refusal(open_request(), e.RulesAdopted(2), SUPERVISOR) is Refusal.UNKNOWN_RULES
    lunar = replace(ENGLAND_AND_WALES_2028, name="lunar")
    assert after(open_request(), (e.CalendarUpdated(lunar), SERVICE)).calendar == lunar


def test_a_preference_stops_the_messages_and_not_the_case() -> None:
    quiet = after(start_preparation(), e.ContactPreferenceChanged(Contact.NONE))
    assert (quiet.contact, quiet.step) == (Contact.NONE, Step.PREPARING)
    assert after(
        after(hold_meeting(), e.DeathReported(Side.OFFENDER), e.DeathConfirmed(Side.OFFENDER)),
        e.ContactPreferenceChanged(Contact.TEXT),
    ).is_closed


def test_a_day_in_another_age_is_refused_and_a_stale_version_too() -> None:
    far = e.WaitExtended(TODAY.replace(year=9999))
    assert get_refusal(open_request(), far, SUPERVISOR) is Refusal.DAY_OUT_OF_REACH
    with pytest.raises(RecordRefused) as why:
        advance(
            open_request(),
            Record("late", e.DeadlineNoted(DeadlineKind.PAROLE, TODAY), CASEWORKER, expected_version=7),
            NOW,
        )
    assert why.value.code is Refusal.VERSION_CONFLICT


def test_an_ended_case_takes_nothing_that_moves_it() -> None:
    assert (
        get_refusal(after(start_preparation(), e.Withdrawn(Side.VICTIM)), e.RequestScreened("proceed"))
        is Refusal.CASE_CLOSED
    )


def test_a_reminder_after_a_renewed_wait_has_a_key_of_its_own() -> None:
    case, keys = start_trace(), []
    for days in (10, 40):
        record = Record(f"chase-{days}", e.Chased(active_waits(case)[0].key), TIMER)
        chased = advance(case, record, NOW + timedelta(days=days))
        keys += [effect.key for effect in effects(case, chased, record)]
        case = advance(chased, Record(f"progress-{days}", e.ProgressRecorded(), VLO), NOW + timedelta(days=days))
    assert len(set(keys)) == 2
