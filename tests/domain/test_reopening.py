"""An ended case that is reopened: what counts again, and what has to be done again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import events as e
from domain.case import Case
from domain.events import Continuation, Record
from domain.guard import blocks_meeting
from domain.intake import open_case
from domain.reasons import Reason
from domain.vocabulary import CaseRef, Flag, Form, Offence, Refusal, Side, Stage, Step, TakesPartAs, Whereabouts
from tests.domain.alphabet import CASEWORKER, PRISON, SUPERVISOR
from tests.domain.situations import Walk
from tests.domain.slices import NOW, REF, SLICES, give_consents, make_request, open_request
from tests.domain.test_safety import ARRANGED, TODAY, answer_checks, refusal, start_preparation, then

AFTER_A_MEETING = Continuation(
    CaseRef("RJ-2222-3333"),
    Stage.MEETING_HELD,
    TODAY - timedelta(days=800),
    from_stage=Stage.MEETING_HELD,
    whereabouts=Whereabouts.CUSTODY,
    responsible_agency=PRISON,
)


BEFORE_A_DEATH = Continuation(
    CaseRef("RJ-2222-3333"),
    Stage.DECLINED,
    TODAY,
    Reason.VICTIM_DIED,
    from_stage=Stage.READINESS_ASSESSED,
    whereabouts=Whereabouts.CUSTODY,
    responsible_agency=PRISON,
)


def reopen(ended: Continuation = AFTER_A_MEETING) -> Case:
    """The case that reopens `ended`, with everybody's consent, a facilitator, a risk assessment and clearances."""
    return answer_checks(give_consents(open_request(continues=ended)))


def reopen_for_family(ended: Continuation) -> Case:
    """The case that reopens `ended` for somebody of the victim's family, as it is opened."""
    request = make_request(continues=ended, takes_part_as=TakesPartAs.BEREAVED_FAMILY)
    return open_case(CaseRef("RJ-4444-5555"), Record("reopened", request, CASEWORKER), NOW)


def test_a_direct_meeting_after_a_reopening_needs_both_sides_to_be_assessed_again() -> None:
    """3.8a: a contact that was stopped for safety may be the last thing that is known of the two."""
    case = reopen()
    assert case.step is Step.PREPARING
    assert {"assessment:offender", "assessment:victim"} <= {wait.key for wait in case.progress.waits}
    assert refusal(case, ARRANGED) is Refusal.ASSESSMENT_OUTSTANDING
    one = then(case, e.ReadinessAssessed("ready", Side.VICTIM))
    assert refusal(one, ARRANGED) is Refusal.ASSESSMENT_OUTSTANDING
    assert then(one, e.ReadinessAssessed("ready", Side.OFFENDER), ARRANGED).step is Step.SCHEDULED


def test_a_contact_after_a_reopened_meeting_is_another_one_whose_assessments_count_for_twelve_weeks() -> None:
    """3.8a."""
    case = then(reopen(), e.ReadinessAssessed("ready"))
    last = TODAY + timedelta(weeks=case.policy.readiness)
    runs_out = [
        Refusal.READINESS_RUNS_OUT in {block.code for block in blocks_meeting(case, Form.FACE_TO_FACE, day)}
        for day in (last, last + timedelta(days=1))
    ]
    assert runs_out == [False, True]


def test_letters_after_a_reopened_meeting_need_no_assessment() -> None:
    """Domain rule: only direct contact needs that both are assessed."""
    assert then(reopen(), replace(ARRANGED, form=Form.LETTER)).step is Step.SCHEDULED


def test_nobody_is_ready_in_any_case_that_was_just_reopened() -> None:
    """3.8a: wherever the earlier case ended, for whatever reason."""
    (part,) = (part for part in SLICES if part.name == "reopened")
    assert {case.progress.ready for case, _ in part.starts()} == {frozenset()}


def test_an_offence_that_is_corrected_after_the_end_flags_the_case_and_the_one_that_reopens_it() -> None:
    """1.6a, 1.6e, 4.1: a specialist is needed from then on."""
    ended = then(start_preparation(), e.DeclinedByService(Reason.NO_AGREED_FORM))
    corrected = then(ended, e.FactsCorrected(offence=Offence.DOMESTIC_ABUSE))
    assert corrected.flags == {Flag.DOMESTIC_ABUSE}
    assert not corrected.concerns
    again = open_request(continues=replace(AFTER_A_MEETING, flags=corrected.flags))
    assert again.needs_specialist_in == {Flag.DOMESTIC_ABUSE}
    assert then(corrected, (e.FactsCorrected(offence=Offence.BURGLARY), SUPERVISOR)).flags == frozenset()


@pytest.mark.parametrize("ended", [BEFORE_A_DEATH, replace(AFTER_A_MEETING, reason=Reason.VICTIM_DIED)])
def test_an_offender_who_said_yes_to_a_victim_who_died_is_asked_about_the_family(ended: Continuation) -> None:
    """1.12c: nobody is assessed for contact with somebody they have never heard of."""
    case = reopen_for_family(ended)
    assert case.step is Step.AGENCY_CHECK
    approaching = answer_checks(give_consents(case))
    assert approaching.step is Step.APPROACHING
    assert {"prison: approach"} <= Walk(approaching).requests


@pytest.mark.parametrize("stage", [Stage.REQUESTED, Stage.OFFENDER_TRACED, Stage.READINESS_ASSESSED])
def test_the_family_of_a_victim_who_died_is_contacted_within_a_working_day(stage: Stage) -> None:
    """1.12c, 4.11: the service has never spoken with them."""
    case = reopen_for_family(replace(BEFORE_A_DEATH, from_stage=stage))
    assert case.first_contact is not None
    assert case.first_contact.due_on == case.calendar.add_working_days(TODAY, 1)
    assert then(case, e.ContactMade()).first_contact is None


def test_a_victim_who_comes_back_is_known_and_needs_no_first_contact() -> None:
    """4.11."""
    assert (
        open_case(REF, Record("reopened", make_request(continues=AFTER_A_MEETING), CASEWORKER), NOW).first_contact
        is None
    )
