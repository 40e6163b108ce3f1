"""Guardians and birthdays (3.10): who consents for which child, and what changes on coming of age."""

from datetime import timedelta
from typing import Any

import pytest

from domain import events as e
from domain.case import Case, consent_of
from domain.due_events import next_due
from domain.effects import CancelAsk, asks
from domain.events import Record
from domain.process import advance
from domain.steps import consents_needed
from domain.vocabulary import (
    AgeGroup,
    AgencyRef,
    Consenter,
    Form,
    Refusal,
    Side,
    Stage,
    TakesPartAs,
    Whereabouts,
)
from tests.domain.alphabet import CASEWORKER, SERVICE, TIMER
from tests.domain.slices import NOW, give_consents, open_request
from tests.domain.test_safety import (
    ARRANGED,
    answer_checks,
    effects_of,
    refusal,
    start_approach,
    start_preparation,
    then,
    waits,
)

BOTH: dict[str, Any] = {"victim_under_18": True, "offender_age_group": AgeGroup.UNDER_18}
VICTIM_IS_18 = e.CameOfAge(Side.VICTIM)
OFFENDER_IS_18 = e.CameOfAge(Side.OFFENDER)
YOUTH_TEAM = AgencyRef("youth_offending_team")


def young(but: Consenter | None = None, **stated: Any) -> Case:
    """A case of two young people at `preparing`, with every consent but one."""
    case = then(give_consents(open_request(**(BOTH | stated)), but), e.RequestScreened("proceed"))
    found = e.TraceAnswered("found", Whereabouts.COMMUNITY_SUPERVISED, YOUTH_TEAM)
    case = then(answer_checks(then(case, found)), e.OffenderApproached(), e.OffenderAnswered("willing"))
    return then(case, e.ReadinessAssessed("ready"))


@pytest.mark.parametrize(
    ("stated", "guardian"),
    [
        ({"victim_under_18": True}, Consenter.VICTIM_GUARDIAN),
        ({"offender_age_group": AgeGroup.UNDER_18}, Consenter.OFFENDER_GUARDIAN),
    ],
)
def test_only_the_guardian_of_the_child_is_asked(stated: dict[str, Any], guardian: Consenter) -> None:
    """3.10."""
    guardians = {Consenter.VICTIM_GUARDIAN, Consenter.OFFENDER_GUARDIAN}
    assert set(consents_needed(open_request(**stated))) & guardians == {guardian}


def test_nothing_is_sent_by_the_clock_while_a_young_person_is_asked_and_the_wait_becomes_overdue() -> None:
    """3.10: messages to a parent stop; the caseworker has five working days, halved under the youth policy."""
    case, seen = then(young(), (VICTIM_IS_18, SERVICE)), []
    while (coming := next_due(case)) is not None and coming[0] < NOW + timedelta(weeks=6):
        case = advance(case, Record(f"timer-{case.version}", coming[1], TIMER), coming[0])
        seen.append((coming[1].name, getattr(coming[1], "wait", "")))
    assert ("became_overdue", "own_consent:victim") in seen
    assert "victim_updated" not in {name for name, _ in seen}


def test_a_young_person_who_does_not_want_to_go_on_says_so() -> None:
    """3.10: what was asked is answered either way."""
    adult = then(young(), (VICTIM_IS_18, SERVICE), e.ConsentRecorded(Consenter.VICTIM, "withdrawn"))
    assert "own_consent:victim" not in waits(adult)
    assert refusal(adult, ARRANGED) is Refusal.CONSENT_MISSING
    assert then(adult, e.Withdrawn(Side.VICTIM)).stage is Stage.DECLINED


@pytest.mark.parametrize(
    ("earlier", "is_asked"),
    [(timedelta(days=60), True), (timedelta(days=1), True), (timedelta(0), False)],
)
def test_what_was_signed_as_a_child_is_no_consent_of_an_adult(earlier: timedelta, is_asked: bool) -> None:
    """3.10, 4.5b: however late it arrives."""
    adult = then(young(), (VICTIM_IS_18, SERVICE))
    signed = Record("signed", e.ConsentRecorded(Consenter.VICTIM), CASEWORKER, occurred_on=NOW.date() - earlier)
    case = advance(adult, signed, NOW)
    assert ("own_consent:victim" in waits(case)) is is_asked
    assert (consent_of(case, Consenter.VICTIM) is None) is is_asked
    if is_asked:
        assert refusal(case, ARRANGED) is Refusal.OWN_CONSENT_NEEDED


def test_a_guardian_has_no_say_once_the_young_person_is_an_adult() -> None:
    """3.10: neither a yes nor a no, which would cancel the day of somebody else."""
    adult = then(young(), (VICTIM_IS_18, SERVICE), e.ConsentRecorded(Consenter.VICTIM), ARRANGED)
    for what in ("given", "withdrawn"):
        after = then(adult, e.ConsentRecorded(Consenter.VICTIM_GUARDIAN, what))
        assert (after.consents, after.progress.arrangement) == (adult.consents, adult.progress.arrangement)
    other = then(adult, e.ConsentRecorded(Consenter.OFFENDER_GUARDIAN, "withdrawn"))
    assert other.progress.arrangement is None, "the offender is under 18 still"


@pytest.mark.parametrize("whose", consents_needed(open_request(**BOTH, takes_part_as=TakesPartAs.PROXY)))
def test_a_message_is_passed_on_once_everybody_has_consented_who_has_to(whose: Consenter) -> None:
    """1: as for a meeting day."""
    case = young(but=whose, takes_part_as=TakesPartAs.PROXY)
    letter = e.MessagePassed(Form.LETTER, "victim")
    assert refusal(case, letter) is Refusal.CONSENT_MISSING
    assert then(case, e.ConsentRecorded(whose), letter).step is case.step


def test_the_approach_waits_while_a_victim_of_18_is_asked() -> None:
    """3.10 with the guard."""
    case = start_approach(victim_under_18=True)
    assert [type(effect) for effect in effects_of(case, VICTIM_IS_18)] == [CancelAsk]
    adult = then(case, VICTIM_IS_18)
    assert asks(adult) == ()
    assert [ask.question for ask in asks(then(adult, e.ConsentRecorded(Consenter.VICTIM)))] == ["approach"]


def test_an_offender_of_18_is_asked_again_only_where_there_was_a_consent() -> None:
    """3.10."""
    adult = then(young(), (OFFENDER_IS_18, SERVICE))
    assert "own_consent:offender" in waits(adult)
    assert set(consents_needed(adult)) == {Consenter.VICTIM, Consenter.OFFENDER, Consenter.VICTIM_GUARDIAN}
    before_approach = then(open_request(offender_age_group=AgeGroup.UNDER_18), (OFFENDER_IS_18, SERVICE))
    assert "own_consent:offender" not in waits(before_approach)


def test_nobody_comes_of_age_twice_and_no_adult_at_all() -> None:
    """3.10: by the service or by staff, as each comes first."""
    assert refusal(start_preparation(), VICTIM_IS_18, SERVICE) is Refusal.NOT_UNDER_18
    adult = then(young(), VICTIM_IS_18)
    assert refusal(adult, VICTIM_IS_18, SERVICE) is Refusal.NOT_UNDER_18
