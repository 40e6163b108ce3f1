"""Each reason has a meaning, belongs to one kind of decision, and ends only what it may end."""

import pytest

from domain.reasons import (
    CONCERN_REASONS,
    DECLINE_REASONS,
    HARD,
    HOLD_REASONS,
    OBJECTIONS,
    POSTPONEMENTS,
    REASON_RULES,
    REOPENS_AT_ONCE,
    SCREENING_REFUSALS,
    SOFT,
    SUPERVISOR_REASONS,
    Reason,
)
from domain.wording.staff import REASON_LABELS


def test_every_reason_has_a_meaning_and_nothing_else_has() -> None:
    assert set(REASON_RULES) == set(Reason)
    assert set(REASON_LABELS) == set(Reason)


def test_hard_reasons_end_and_soft_ones_can_change() -> None:
    assert {Reason.DENIES_RESPONSIBILITY, Reason.ONGOING_RISK_OR_ABUSE, Reason.COERCION} == HARD
    assert Reason.REMORSE_NOT_EVIDENT in SOFT, "some victims need remorse and some do not"
    assert not HARD & SOFT


def test_denial_is_not_told_by_default() -> None:
    assert not REASON_RULES[Reason.DENIES_RESPONSIBILITY].tellable


def test_contested_proceedings_rest_a_case_and_never_refuse_it() -> None:
    assert Reason.CONTESTED_PROCEEDINGS_LIVE in HOLD_REASONS
    assert Reason.CONTESTED_PROCEEDINGS_LIVE not in SCREENING_REFUSALS | DECLINE_REASONS


def test_a_concern_has_one_of_nine_reasons() -> None:
    """1.1c."""
    assert {
        Reason.NO_CONTACT_ORDER,
        Reason.LICENCE_CONDITION,
        Reason.COURT_ORDER,
        Reason.COURT_PERMISSION_PENDING,
        Reason.AGENCY_OBJECTS,
        Reason.THREAT_OR_HARASSMENT,
        Reason.SAFEGUARDING,
        Reason.NEW_OFFENCE,
        Reason.NEW_INFORMATION,
    } == CONCERN_REASONS


def test_silence_is_no_objection() -> None:
    assert Reason.AGENCY_NO_RESPONSE not in OBJECTIONS


@pytest.mark.parametrize("reason", sorted(SUPERVISOR_REASONS))
def test_what_only_a_supervisor_decides_can_end_a_case(reason: Reason) -> None:
    assert reason in DECLINE_REASONS


@pytest.mark.parametrize("reason", [Reason.OFFENDER_DECLINED, Reason.OFFENDER_WITHDREW, Reason.VICTIM_DOES_NOT_WANT])
def test_what_a_side_decides_is_not_the_services_decision(reason: Reason) -> None:
    assert reason not in DECLINE_REASONS


def test_a_meeting_is_postponed_for_reasons_of_the_meeting() -> None:
    assert {Reason.DID_NOT_ATTEND, Reason.ILLNESS, Reason.INTERPRETER_PENDING} <= POSTPONEMENTS
    assert Reason.DUPLICATE not in POSTPONEMENTS


def test_the_victim_may_come_back_at_once_unless_somebody_decided_against_contact() -> None:
    """2.8."""
    chosen = {Reason.VICTIM_DOES_NOT_WANT, Reason.VICTIM_WITHDREW, Reason.VICTIM_NEEDS_MET}
    nobody_decided = {
        Reason.VICTIM_UNREACHABLE,
        Reason.OFFENDER_UNREACHABLE,
        Reason.AGENCY_NO_RESPONSE,
        Reason.OUTSIDE_AREA,
        Reason.TRANSFERRED_OUT,
        Reason.NO_AGREED_FORM,
        Reason.DUPLICATE,
    }
    assert chosen | nobody_decided == REOPENS_AT_ONCE
