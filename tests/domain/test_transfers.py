"""Transfer to another area (3.7): its path, who is asked again, what each person is sent, and its end."""

from datetime import datetime, timedelta

from domain import events as e
from domain.case import Case
from domain.effects import Ask, CancelAsk, NotifySupervisor, NotifyVictim, asks
from domain.events import Actor
from domain.reasons import Reason
from domain.victim_explanation import compose
from domain.vocabulary import (
    AgencyKind,
    AgencyRef,
    CircumstanceChange,
    InitiatedBy,
    Refusal,
    Role,
    Side,
    Step,
    Whereabouts,
)
from tests.domain.alphabet import OTHER_SUPERVISOR, PRISON, SUPERVISOR, TIMER
from tests.domain.slices import NOW, give_consents, open_request
from tests.domain.test_safety import (
    ARRANGED,
    CONCERN,
    FOUND,
    FROM_PRISON,
    NO_CONCERN,
    answer_checks,
    effects_of,
    refusal,
    schedule,
    start_approach,
    start_follow_up,
    start_preparation,
    then,
    waits,
)

PROPOSED = e.TransferProposed("south", consent=True)
ACCEPTED = e.TransferAccepted()
FACILITATED = (e.FacilitatorAssigned("staff-9"), SUPERVISOR)


def propose(case: Case) -> Case:
    return then(case, PROPOSED)


def test_the_wait_for_the_other_area_is_parallel_and_the_case_goes_on() -> None:
    """3.7a."""
    case = propose(start_preparation())
    assert waits(case) == {"preparation", "transfer:south"}
    assert case.transfer is not None
    wait = case.transfer.wait
    assert (wait.waiting_on, case.calendar.working_days_between(wait.since.date(), wait.due_on)) == ("supervisor", 5)
    assert waits(then(case, e.TransferWithdrawn())) == {"preparation"}
    declined = then(case, (e.TransferDeclined(), OTHER_SUPERVISOR))
    assert (declined.area, declined.transfer) == ("north", None)
    alerts = effects_of(case, e.TransferDeclined(), OTHER_SUPERVISOR)
    assert [type(alert) for alert in alerts] == [NotifySupervisor]


def test_a_transfer_needs_the_consent_of_a_victim_who_knows_of_the_case() -> None:
    """3.7a."""
    assert refusal(start_preparation(), e.TransferProposed("south")) is Refusal.CONSENT_MISSING
    not_asked_yet = open_request(initiated_by=InitiatedBy.SERVICE)
    assert then(not_asked_yet, e.TransferProposed("south")).transfer is not None


def test_a_transfer_goes_to_another_area_and_one_at_a_time() -> None:
    """3.7a."""
    assert refusal(start_preparation(), e.TransferProposed("north", consent=True)) is Refusal.SAME_AREA
    assert refusal(propose(start_preparation()), PROPOSED) is Refusal.TRANSFER_PENDING
    assert refusal(start_preparation(), ACCEPTED, SUPERVISOR) is Refusal.NO_TRANSFER_PENDING
    assert refusal(propose(start_preparation()), ACCEPTED) is Refusal.NOT_BY_THIS_SENDER


def test_a_transfer_proposed_or_accepted_while_a_meeting_day_is_set_is_refused() -> None:
    """3.7b, unsafe path: the day stays, and so does the proposal."""
    assert refusal(schedule(), PROPOSED) is Refusal.MEETING_DAY_SET
    set_later = then(propose(start_preparation()), ARRANGED)
    assert refusal(set_later, ACCEPTED, SUPERVISOR) is Refusal.MEETING_DAY_SET
    assert refusal(set_later, e.TransferredOut(AgencyRef("charity")), SUPERVISOR) is Refusal.MEETING_DAY_SET
    assert set_later.progress.arrangement is not None


def test_a_transfer_is_not_accepted_while_a_concern_is_open() -> None:
    """1.2d, 3.7b."""
    case = then(propose(start_preparation()), CONCERN)
    assert refusal(case, ACCEPTED, SUPERVISOR) is Refusal.CONCERN_OPEN
    assert then(case, (NO_CONCERN, SUPERVISOR), (ACCEPTED, SUPERVISOR)).area == "south"


def test_a_case_is_not_given_away_while_a_concern_or_a_death_is_undecided() -> None:
    """1.2d, 1.12a, 3.7e: who takes it over would not know of it."""
    out = (e.TransferredOut(AgencyRef("charity:farfield")), SUPERVISOR)
    case = then(start_preparation(), CONCERN)
    assert refusal(case, *out) is Refusal.CONCERN_OPEN
    assert then(case, (NO_CONCERN, SUPERVISOR), out).is_closed
    reported = then(start_preparation(), e.DeathReported(Side.OFFENDER))
    assert refusal(reported, *out) is Refusal.DEATH_REPORTED
    assert then(reported, e.DeathNotConfirmed(Side.OFFENDER), out).is_closed


def test_agencies_named_by_kind_are_asked_again_in_the_new_area_and_others_are_not() -> None:
    """3.7c."""
    by_kind = then(give_consents(open_request()), e.RequestScreened("proceed"))
    (asked,) = asks(by_kind)
    todo = effects_of(propose(by_kind), ACCEPTED, SUPERVISOR)
    (cancelled,) = [effect for effect in todo if isinstance(effect, CancelAsk)]
    (again,) = [effect for effect in todo if isinstance(effect, Ask)]
    assert (cancelled.area, cancelled.ask) == ("north", asked.key)
    assert (again.area, again.agency, again.wait) == ("south", asked.agency, asked.wait)
    assert again.key != asked.key
    named = e.TraceAnswered("found", Whereabouts.UNSUPERVISED, AgencyRef("restorative_service:eastmoor"))
    todo = effects_of(propose(then(by_kind, named)), ACCEPTED, SUPERVISOR)
    assert [effect for effect in todo if isinstance(effect, Ask | CancelAsk)] == []


def test_after_a_transfer_nobody_has_the_case_and_the_approach_waits_for_a_facilitator() -> None:
    """3.7c: assignee and facilitator are cleared in the same entry, policy and history stay."""
    case = then(start_approach(), (e.Reassigned("staff-5"), SUPERVISOR))
    moved = then(propose(case), (ACCEPTED, OTHER_SUPERVISOR))
    assert (moved.area, moved.assigned_to, moved.facilitator) == ("south", "", None)
    assert moved.policy == case.policy
    assert moved.request.area == "north"
    assert {ask.question for ask in asks(moved)} == {"agency_check"}
    cleared = answer_checks(moved)
    assert asks(cleared) == ()
    assert "facilitator" in waits(cleared)
    again = then(cleared, (e.FacilitatorAssigned(facilitator="staff-9"), SUPERVISOR))
    assert [(ask.question, ask.area) for ask in asks(again)] == [("approach", "south")]


def test_the_clearance_of_an_agency_named_by_kind_is_void_in_the_other_area_which_is_asked_there() -> None:
    """3.7c, 1.9b: before the approach that leads back to the checks; later they run in parallel and block contact."""
    moved = then(propose(start_approach()), (ACCEPTED, OTHER_SUPERVISOR))
    assert (moved.step, moved.undo_point) == (Step.AGENCY_CHECK, None)
    checked = {(ask.agency, ask.question, ask.area) for ask in asks(moved)}
    assert checked == {("prison", "agency_check", "south"), ("hmpps_rehub", "agency_check", "south")}
    later = then(propose(start_preparation()), (ACCEPTED, OTHER_SUPERVISOR), FACILITATED)
    assert (later.step, {ask.agency for ask in asks(later)}) == (Step.PREPARING, {"prison", "hmpps_rehub"})
    assert refusal(later, ARRANGED) is Refusal.CHECK_OUTSTANDING
    assert then(answer_checks(later), ARRANGED).step is Step.SCHEDULED


def test_the_clearance_of_an_agency_named_by_its_id_counts_in_the_other_area_too() -> None:
    """3.7c."""
    named = AgencyRef("restorative_service:eastmoor")
    found = e.TraceAnswered("found", Whereabouts.UNSUPERVISED, named)
    case = answer_checks(then(give_consents(open_request()), e.RequestScreened("proceed"), found))
    moved = then(propose(case), (ACCEPTED, OTHER_SUPERVISOR))
    assert (moved.step, [check.cleared_on for check in moved.progress.checks]) == (Step.APPROACHING, [NOW.date()])


def test_an_objection_stays_with_the_agency_that_made_it_and_another_one_may_be_challenged_afresh() -> None:
    """3.7c."""
    checks = then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND)
    objected = then(checks, (e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS), FROM_PRISON))
    moved = then(propose(objected), (ACCEPTED, OTHER_SUPERVISOR))
    assert "objection:prison" in waits(moved)
    challenged = then(propose(then(objected, e.ObjectionChallenged(PRISON))), (ACCEPTED, OTHER_SUPERVISOR))
    assert {check.challenged for check in challenged.progress.checks} == {False}


def test_who_may_answer_for_a_kind_of_agency_follows_the_present_area_and_both_may_raise_a_concern() -> None:
    """3.7c, 1.1b: an agency that was once asked stays asked, in the area of that time."""
    there = Actor(Role.AGENCY, "south-vlo", AgencyKind.VLO, "south")
    here = Actor(Role.AGENCY, "north-vlo", AgencyKind.VLO, "north")
    found = e.TraceAnswered("not_found")
    tracing = then(give_consents(open_request()), e.RequestScreened("proceed"))
    moved = then(propose(tracing), (ACCEPTED, SUPERVISOR))
    assert refusal(moved, found, here) is Refusal.NOT_ASKED
    assert then(moved, (found, there)).step is Step.TRACING
    assert then(moved, (CONCERN, here)).concerns
    assert then(moved, (CONCERN, there)).concerns


def test_a_case_is_moved_from_the_youth_team_to_probation_in_another_area() -> None:
    """3.7: what was asked of the youth team is asked of probation there."""
    youth_team = AgencyRef("youth_offending_team")
    case = then(give_consents(open_request()), e.RequestScreened("proceed"))
    case = then(case, e.TraceAnswered("found", Whereabouts.COMMUNITY_SUPERVISED, youth_team))
    moved = then(
        case,
        e.CircumstancesChanged(CircumstanceChange.MOVED, AgencyRef("probation"), Whereabouts.COMMUNITY_SUPERVISED),
        PROPOSED,
        (ACCEPTED, OTHER_SUPERVISOR),
    )
    assert moved.step is Step.AGENCY_CHECK
    assert {(ask.agency, ask.area) for ask in asks(moved)} == {("probation", "south"), ("hmpps_rehub", "south")}


def test_a_case_on_hold_is_transferred_and_its_agencies_are_asked_once_it_is_resumed() -> None:
    """3.7c with a hold: nothing is asked meanwhile."""
    tracing = then(give_consents(open_request()), e.RequestScreened("proceed"), e.PutOnHold(Reason.ILLNESS))
    moved = then(propose(tracing), (ACCEPTED, SUPERVISOR))
    assert asks(moved) == ()
    assert [ask.area for ask in asks(then(moved, e.Resumed()))] == ["south"]


def test_a_transfer_out_ends_the_case_for_a_reason_of_its_own_and_bars_nobody() -> None:
    """3.7e."""
    out = e.TransferredOut(AgencyRef("charity:farfield"))
    ended = then(propose(start_preparation()), (out, SUPERVISOR))
    assert (ended.is_closed, ended.progress.reason, ended.transfer) == (True, Reason.TRANSFERRED_OUT, None)
    (message,) = [
        effect for effect in effects_of(start_preparation(), out, SUPERVISOR) if isinstance(effect, NotifyVictim)
    ]
    assert compose(message)[0] == "Another service has your request now"
    assert refusal(start_preparation(), out) is Refusal.NOT_BY_THIS_SENDER


def test_a_case_after_no_further_contact_can_still_be_transferred() -> None:
    upheld = then(start_follow_up(), CONCERN, (e.ConcernDecided("decline"), SUPERVISOR))
    assert then(propose(upheld), (ACCEPTED, SUPERVISOR)).area == "south"


def test_the_other_areas_wait_becomes_overdue_like_any_other() -> None:
    """3.7a: five working days."""
    case = propose(start_preparation())
    assert case.transfer is not None
    late = datetime.combine(case.transfer.wait.due_on + timedelta(days=1), NOW.timetz())
    overdue = then(case, (e.BecameOverdue(case.transfer.wait.key), TIMER), now=late)
    assert overdue.transfer is not None
    assert overdue.transfer.wait.is_overdue
