"""What agencies and referrers are told of a case, 3.1."""

from dataclasses import replace

import pytest

from domain import events as e
from domain.agency_updates import CaseUpdate, EndOutcome, UpdateKind
from domain.case import Case
from domain.effects import CancelAsk
from domain.events import Actor, Event
from domain.reasons import Reason
from domain.vocabulary import AgencyRef, CircumstanceChange, Form, InitiatedBy, Side, Step
from domain.wording.updates import describe_changes, describe_update_task
from tests.domain.alphabet import CASEWORKER, SUPERVISOR
from tests.domain.test_safety import (
    ARRANGED,
    CONCERN,
    EVE,
    FROM_PRISON,
    NO_CONCERN,
    TODAY,
    effects_of,
    schedule,
    start_follow_up,
    start_preparation,
    then,
)

POSTPONED = e.MeetingPostponed(Reason.ILLNESS)
K = UpdateKind


def updates_of(case: Case, event: Event, actor: Actor = CASEWORKER) -> dict[str, CaseUpdate]:
    """The updates that `event` leads to, by the agency that each is for."""
    found = [effect for effect in effects_of(case, event, actor) if isinstance(effect, CaseUpdate)]
    assert len({update.key for update in found}) == len(found)
    return {update.agency: update for update in found}


def list_told(case: Case, event: Event, actor: Actor = CASEWORKER) -> dict[str, tuple[UpdateKind, ...]]:
    return {agency: update.changed for agency, update in updates_of(case, event, actor).items()}


def test_those_who_work_with_the_offender_or_cleared_the_case_hear_of_a_day_that_is_set() -> None:
    """3.1a, 3.1b: not the agency that only traced the offender. The key names case, entry and agency."""
    case = start_preparation()
    updates = updates_of(case, ARRANGED)
    assert set(updates) == {"prison", "hmpps_rehub"}
    prison = updates["prison"]
    assert (prison.key, prison.version) == (f"{case.ref}.{case.version + 1}.update.prison", case.version + 1)
    assert (prison.changed, prison.day, prison.form) == ((K.DAY_SET,), ARRANGED.day, Form.FACE_TO_FACE)


@pytest.mark.parametrize(
    ("event", "actor", "changed"),
    [
        (POSTPONED, CASEWORKER, (K.DAY_CANCELLED,)),
        (e.PutOnHold(Reason.ILLNESS), CASEWORKER, (K.DAY_CANCELLED, K.ON_HOLD)),
        (CONCERN, CASEWORKER, (K.DAY_CANCELLED,)),
        (e.DeathReported(Side.OFFENDER), CASEWORKER, (K.DAY_CANCELLED,)),
        (e.Withdrawn(Side.VICTIM), CASEWORKER, (K.DAY_CANCELLED, K.ENDED)),
        (e.Withdrawn(Side.OFFENDER), FROM_PRISON, (K.DAY_CANCELLED, K.ENDED)),
        (e.DeclinedByService(Reason.VICTIM_NEEDS_MET), CASEWORKER, (K.DAY_CANCELLED, K.ENDED)),
    ],
)
def test_whatever_cancels_a_day_the_agencies_that_expect_it_are_told(
    event: Event, actor: Actor, changed: tuple[UpdateKind, ...]
) -> None:
    """3.1a: in one update, with the day, which no later update replaces (3.1b)."""
    updates = updates_of(schedule(), event, actor)
    assert {agency: update.changed for agency, update in updates.items()} == dict.fromkeys(
        ("prison", "hmpps_rehub"), changed
    )
    assert all(update.day == ARRANGED.day and update.must_arrive for update in updates.values())


def test_a_meeting_that_was_held_is_no_cancelled_day() -> None:
    assert list_told(schedule(), e.MeetingHeld(Form.FACE_TO_FACE, "completed", on=TODAY)) == {}


def test_a_decision_on_a_concern_also_informs_the_agency_that_raised_it() -> None:
    """3.1a, 1.3d: here the officer who traced the offender, who otherwise takes no part any more."""
    officer = next(asked.agency for asked in start_preparation().asked if asked.agency == "vlo")
    raised = then(start_preparation(), (CONCERN, replace(CASEWORKER, on_behalf_of=officer)))
    updates = updates_of(raised, NO_CONCERN, SUPERVISOR)
    assert set(updates) == {"vlo", "prison", "hmpps_rehub"}
    assert updates["vlo"].changed == (K.CONCERN_DECIDED,)
    assert updates["vlo"].result == "no_concern"


def test_an_agency_whose_request_the_entry_cancels_receives_the_cancellation_only() -> None:
    """3.1d."""
    asking = then(schedule(), POSTPONED, (e.CircumstancesChanged(CircumstanceChange.MOVED), FROM_PRISON))
    effects = effects_of(asking, e.Withdrawn(Side.VICTIM))
    assert [effect.agency for effect in effects if isinstance(effect, CancelAsk)] == ["prison"]
    assert list_told(asking, e.Withdrawn(Side.VICTIM)) == {"hmpps_rehub": (K.ENDED,)}


def test_the_end_is_one_of_three_outcomes() -> None:
    """3.1e."""
    held = start_follow_up()
    for _ in range(2):
        held = then(held, e.FollowUpRecorded("met"))
    ended = updates_of(held, e.FollowUpRecorded("met"))
    assert {update.outcome for update in ended.values()} == {EndOutcome.CONTACT_TOOK_PLACE}
    withdrawn = updates_of(start_preparation(), e.Withdrawn(Side.VICTIM))
    assert {update.outcome for update in withdrawn.values()} == {EndOutcome.NO_CONTACT}


@pytest.mark.parametrize("referrer", ["charity:westmoor-charity", "police", "person"])
def test_who_referred_the_case_hears_of_its_end_and_of_nothing_else(referrer: str) -> None:
    """3.1e: without the day, and nothing before."""
    case = schedule(referred_by=referrer)
    assert referrer not in list_told(case, POSTPONED)
    update = updates_of(case, e.Withdrawn(Side.VICTIM))[referrer]
    assert (update.changed, update.outcome, update.day) == ((K.ENDED,), EndOutcome.NO_CONTACT, None)
    assert not update.was_asked


def test_a_court_that_asked_hears_of_the_end() -> None:
    """3.1e."""
    case = start_preparation(referred_by="")
    by_court = replace(case, request=replace(case.request, initiated_by=InitiatedBy.COURT))
    assert list_told(by_court, e.Withdrawn(Side.VICTIM))["court"] == (K.ENDED,)
    assert "court" not in list_told(case, e.Withdrawn(Side.VICTIM))


def test_a_person_who_referred_is_told_by_a_task_and_if_the_victim_agrees() -> None:
    """3.1e."""
    update = updates_of(start_preparation(referred_by="person"), e.Withdrawn(Side.VICTIM))["person"]
    task = describe_update_task(update, "", "", failed=False)
    assert task.startswith("If the victim agrees, tell the person who referred the case:")
    assert "did not take place" in task


def test_a_correction_that_reopens_a_case_corrects_what_agencies_were_told() -> None:
    """1.13, 3.1a: everybody who heard of the end."""
    case = start_preparation(referred_by="police")
    ended = then(case, e.Withdrawn(Side.VICTIM))
    assert ended.undo_point is not None
    correction = e.EntryCorrected(ended.undo_point.entry)
    assert list_told(ended, correction, SUPERVISOR) == {
        "prison": (K.CORRECTED,),
        "hmpps_rehub": (K.CORRECTED,),
        "police": (K.CORRECTED,),
    }


def test_a_correction_of_a_day_or_of_a_meeting_says_that_the_day_is_cancelled() -> None:
    """1.13: a correction restores no arrangement, so that nobody prepares for it."""
    for case in (schedule(), start_follow_up()):
        assert case.undo_point is not None
        changed = list_told(case, e.EntryCorrected(case.undo_point.entry), SUPERVISOR)
        assert changed["prison"] == (K.DAY_CANCELLED, K.CORRECTED)


@pytest.mark.parametrize("event", [e.MessagePassed(Form.LETTER, "victim"), e.ProgressRecorded(), e.Reassigned("x.y")])
def test_what_concerns_no_agency_sends_no_update(event: Event) -> None:
    assert list_told(start_preparation(), event, SUPERVISOR) == {}


def test_the_words_on_an_end_on_the_eve_begin_with_the_cancelled_day() -> None:
    """3.1a."""
    case = schedule()
    withdrawn = e.Withdrawn(Side.VICTIM)
    ended = then(case, withdrawn, now=EVE)
    assert (ended.step, ended.progress.reason) == (Step.CLOSED, Reason.VICTIM_WITHDREW)
    prison = updates_of(case, withdrawn)["prison"]
    assert prison.must_arrive
    first, second = describe_changes(prison)
    assert first.startswith("The day that was set, ")
    assert first.endswith("is cancelled. Nobody should travel or prepare for it.")
    assert second == "The case has ended. Contact did not take place."


def test_agencies_hear_that_another_area_has_the_case() -> None:
    """3.1a, 3.7."""
    proposed = then(start_preparation(), e.TransferProposed("southmere", True))
    assert list_told(start_preparation(), e.TransferProposed("southmere", True)) == {}
    assert list_told(proposed, e.TransferAccepted(), SUPERVISOR) == dict.fromkeys(
        ("prison", "hmpps_rehub"), (K.TRANSFERRED,)
    )


def test_a_case_that_another_service_takes_over_has_an_outcome_of_its_own() -> None:
    """3.1e, 3.7e."""
    case = start_preparation(referred_by="police")
    updates = updates_of(case, e.TransferredOut(AgencyRef("restorative_service")), SUPERVISOR)
    assert {update.outcome for update in updates.values()} == {EndOutcome.TRANSFERRED}
    assert "police" in updates
