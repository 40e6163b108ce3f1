"""What victims and agencies read is so when they read it (section 2 of the process): each sentence that was not."""

import pytest

from domain import events as e
from domain.agency_updates import CaseUpdate, UpdateKind
from domain.case import Case
from domain.effects import NotifySupervisor, NotifyVictim, effects
from domain.events import Actor, Event, Record
from domain.process import advance
from domain.reasons import Reason
from domain.staff_explanation import compose_alert
from domain.victim_explanation import compose, explain, victim_view, words_to_say
from domain.vocabulary import (
    AgencyRef,
    CircumstanceChange,
    Consenter,
    Flag,
    Form,
    InitiatedBy,
    NewsKind,
    Step,
    WaitKind,
    Whereabouts,
)
from domain.wording import my_case
from domain.wording.agencies import QUESTIONS
from domain.wording.updates import describe_changes
from tests.domain.alphabet import CASEWORKER, OTHER_SUPERVISOR, PRISON, SUPERVISOR, VICTIM, as_agency
from tests.domain.situations import TOLD, Walk, address_agencies, continue_case
from tests.domain.slices import give_consents, open_request
from tests.domain.test_honest_information import NOT_YET
from tests.domain.test_safety import (
    FOUND,
    FROM_PRISON,
    TODAY,
    answer_checks,
    effects_of,
    schedule,
    start_approach,
    start_follow_up,
    start_preparation,
    then,
)
from tests.domain.truth_to_agencies import find_untruths

NOT_SAFE = e.ConcernRaised(Reason.SAFEGUARDING)
ON_HOLD = e.PutOnHold(Reason.SAFEGUARDING)
STOPPED = e.MeetingHeld(Form.FACE_TO_FACE, "stopped_for_safety")


def read_messages(walk: Walk, *entries: Event | tuple[Event, Actor]) -> tuple[Walk, list[str]]:
    """The walk after these entries, and all that the victim was sent because of them."""
    sent = []
    for entry in entries:
        event, actor = entry if isinstance(entry, tuple) else (entry, CASEWORKER)
        record = Record(f"entry-{walk.case.version + 1}", event, actor)
        after = advance(walk.case, record, walk.now)
        todo = effects(walk.case, after, record)
        sent += [" ".join(compose(effect)) for effect in todo if isinstance(effect, NotifyVictim)]
        walk = Walk(after, walk.now)
    return walk, sent


def read_page(walk: Walk) -> str:
    """What the victim reads about the case now."""
    words = explain(victim_view(walk.case, walk.now.date()))
    return f"{words.heading} {words.happened} {words.next}"


# ------------------------------------------------------------------- 1.2e, 2.12a: a concern of the victim's own


@pytest.mark.parametrize("text", [my_case.NOT_SAFE.about, my_case.NOT_SAFE.done])
def test_a_victim_who_does_not_feel_safe_is_promised_what_a_concern_does(text: str) -> None:
    """1.2c, 1.2e: checks and assessments go on, so that nobody says that everything stops; contact is blocked."""
    assert "There will be no contact until a manager has looked at this" in text
    assert "all steps" not in text


def test_while_their_own_concern_is_open_nothing_reads_as_if_contact_came_closer() -> None:
    """1.2c: the checks are answered meanwhile; the words show nobody else that the victim said anything."""
    checking = then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND)
    walk = Walk(answer_checks(then(checking, (NOT_SAFE, VICTIM))))
    assert walk.case.step is Step.APPROACHING
    page = read_page(walk)
    assert "getting ready" not in page
    assert "There will be no contact until a manager has looked at this" in page
    assert "safe" not in page
    decided = walk.then((e.ConcernDecided("no_concern"), SUPERVISOR))
    assert "We are getting ready to tell them" in read_page(decided)


def test_a_concern_of_somebody_else_does_not_show() -> None:
    """2.7: the victim may not know of it."""
    for_agency = Walk(start_approach()).then((NOT_SAFE, as_agency(PRISON)))
    assert read_page(for_agency) == read_page(Walk(start_approach()))


# --------------------------------------------------------------- 2.5: who was asked first, and who goes on


@pytest.mark.parametrize("initiated_by", list(InitiatedBy))
def test_no_text_says_that_a_victim_asked_for_contact_who_was_asked_first(initiated_by: InitiatedBy) -> None:
    """2.5: what the victim said is told as theirs, and nothing else."""
    walk = Walk(open_request(initiated_by=initiated_by))
    sent: list[str] = []
    if walk.case.step is Step.ASKING_VICTIM:
        walk, sent = read_messages(walk, e.VictimAnswered("wants"))
        assert "You have told us that you would like contact" in sent[0]
    walk = Walk(give_consents(walk.case))
    walk, more = read_messages(walk, e.RequestScreened("proceed"), FOUND)
    walk, last = read_messages(Walk(answer_checks(walk.case)), (e.OffenderApproached(), as_agency(PRISON)))
    assert "has been told that you would like to take part" in last[0]
    for text in (*sent, *more, *last):
        assert "You asked" not in text
        assert "asked us" not in text
        assert "told about your request" not in text


# ------------------------------------------------------------------------------- 1.3c: after no further contact


def test_after_no_further_contact_the_end_invites_to_none() -> None:
    """1.3c."""
    walk, told = read_messages(Walk(start_follow_up()), NOT_SAFE, (e.ConcernDecided("decline"), SUPERVISOR), TOLD)
    assert "there will be no further contact" in told[0]
    assert "for now" not in told[0]
    _, sent = read_messages(walk, e.FollowUpEnded())
    assert "If you would like further contact" not in sent[0]
    assert "Thank you for taking part" not in sent[0]
    _, usual = read_messages(Walk(start_follow_up()), e.FollowUpEnded())
    assert "If you would like further contact" in usual[0]


# ------------------------------------------------------------------ 2.4, 2.6a: what happens while the case is on hold


def test_what_happens_on_hold_is_told_together_with_the_hold() -> None:
    """2.4, 2.6a: the milestone, and that nothing goes on for now."""
    _, (approached,) = read_messages(Walk(start_approach()).then(ON_HOLD), (e.OffenderApproached(), as_agency(PRISON)))
    assert "has been told that you would like to take part" in approached
    assert "Your request is paused for now" in approached
    assert "We are waiting" not in approached
    _, (held,) = read_messages(Walk(start_preparation()).then(ON_HOLD), e.MeetingHeld(Form.FACE_TO_FACE, "completed"))
    assert "has taken place" in held
    assert "Your request is paused for now" in held


def test_bad_news_on_hold_is_in_the_words_to_say_and_in_the_letter() -> None:
    """2.1b, 2.6a."""
    for event, words in ((STOPPED, "has stopped."), (NOT_YET, "the answer is not yet")):
        walk = Walk(start_preparation()).then(ON_HOLD, event)
        said = words_to_say(walk.case, TODAY)
        assert said is not None
        _, (letter,) = read_messages(walk, TOLD)
        for text in (said.happened, letter):
            assert words in text
            assert "Your request is paused for now" in text
            assert "Thank you for taking part" not in text


# ------------------------------------------------------------------------- 2.1, 2.2: a day that the victim cancelled

BREAK = e.PutOnHold(Reason.VICTIM_WISHES)


@pytest.mark.parametrize(
    ("case", "news", "end"),
    [
        (
            schedule(),
            e.MeetingPostponed(Reason.ILLNESS),
            (e.TransferredOut(AgencyRef("restorative_service:x")), SUPERVISOR),
        ),
        (start_preparation(), NOT_YET, (e.TransferredOut(AgencyRef("restorative_service:x")), SUPERVISOR)),
        (start_preparation(), STOPPED, (e.FollowUpEnded(), CASEWORKER)),
    ],
)
def test_after_the_end_the_letter_about_untold_news_is_about_the_end(
    case: Case, news: Event, end: tuple[Event, Actor]
) -> None:
    """2.1c: nothing of a day or a contact is still to come."""
    ended = Walk(case).then(news, end)
    assert ended.case.news is not None
    said = words_to_say(ended.case, TODAY)
    _, (letter,) = read_messages(ended, TOLD)
    assert said is not None
    assert "A new day" not in f"{said.happened} {said.next} {letter}"
    assert "We are writing to tell you how your request has ended." in letter


@pytest.mark.parametrize("actor", [VICTIM, CASEWORKER])
def test_a_break_is_not_told_to_the_victim_who_wished_it(actor: Actor) -> None:
    """2.1a, 2.12a: the page said that the day is cancelled, or they said so themselves; staff must still know."""
    walk = Walk(schedule()).then((e.Reassigned("c.okafor"), SUPERVISOR)).quietly().then((BREAK, actor))
    assert (walk.case.news, walk.to_victim, walk.case.progress.arrangement) == (None, [], None)
    alerted = ["supervisor: urgent day_cancelled", "c.okafor: urgent day_cancelled"]
    assert walk.list_sent_to("supervisor", "c.okafor") == (alerted if actor is VICTIM else [])
    assert set(address_agencies("day_cancelled, on_hold")) <= set(walk.sent)


def test_an_alert_to_a_day_that_the_victim_cancelled_says_so() -> None:
    """2.2: nobody has to tell them before they travel."""
    todo = effects_of(schedule(), BREAK, VICTIM)
    (alert,) = (effect for effect in todo if isinstance(effect, NotifySupervisor))
    assert "the victim cancelled the meeting day" in compose_alert(alert)


def test_a_break_by_link_in_a_flagged_case_is_told_as_any_other_cancelled_day() -> None:
    """2.2, 2.12a: somebody else may have the link."""
    walk = Walk(schedule(flags=frozenset({Flag.STALKING}))).quietly().then((BREAK, VICTIM))
    assert walk.case.news is not None
    assert walk.to_victim == ["day_cancelled"]


def test_a_break_hides_no_other_news() -> None:
    """2.1b: what nobody has told the victim yet is still told."""
    walk = Walk(start_preparation()).then(NOT_YET, (BREAK, VICTIM))
    assert walk.case.news is not None
    assert walk.case.news.kind is NewsKind.NOT_YET


def test_a_day_that_ends_with_the_victims_own_consent_has_words_of_its_own() -> None:
    """2.1c, 4.5b: their form may arrive late, so that a person tells them all the same."""
    walk = Walk(schedule()).then(e.ConsentRecorded(Consenter.VICTIM, "withdrawn"))
    said = words_to_say(walk.case, TODAY)
    assert said is not None
    _, (letter,) = read_messages(walk, TOLD)
    for text in (said.happened, letter):
        assert "You told us that you do not want contact as it was planned." in text
        assert "We are sorry" not in text
        assert "did anything wrong" not in text
    offenders = Walk(schedule()).then(e.ConsentRecorded(Consenter.OFFENDER, "withdrawn"))
    _, (other,) = read_messages(offenders, TOLD)
    assert "You told us" not in other


# -------------------------------------------------------------------------------- promises that somebody keeps


def test_what_agencies_are_told_of_a_hold_is_so_when_it_ends_without_another_word() -> None:
    """3.1a: that a hold is over is told to those that are asked, and to nobody else."""
    resumed = Walk(start_preparation()).then(ON_HOLD).quietly().then(e.Resumed())
    assert not [line for line in resumed.sent if "update" in line]
    on_hold = CaseUpdate("key", resumed.case.ref, "north", "prison", 1, (UpdateKind.ON_HOLD,))
    assert "until we ask you" in " ".join(describe_changes(on_hold))


def test_a_review_that_agreed_promises_no_call_and_says_that_a_new_request_is_possible() -> None:
    """2.4, 2.8: nobody has a task after the end."""
    ended = Walk(start_approach()).then(e.DeclinedByService(Reason.NO_AGREED_FORM), TOLD, (e.ReviewRequested(), VICTIM))
    walk, (upheld,) = read_messages(ended, (e.ReviewDecided("upheld"), OTHER_SUPERVISOR))
    assert walk.tasks == set()
    assert "You can make a new request now." in upheld
    assert "will talk with you" not in upheld
    open_case = Walk(start_approach()).then((e.ReviewRequested(), VICTIM))
    _, (still_open,) = read_messages(open_case, (e.ReviewDecided("upheld"), OTHER_SUPERVISOR))
    assert "new request" not in still_open


def test_the_result_of_a_review_is_told_once_bad_news_is() -> None:
    """2.1d, 2.4: "we will tell you what they find" is kept, and nothing is sent before the news."""
    walk = Walk(start_preparation()).then((e.ReviewRequested(), VICTIM), NOT_YET).quietly()
    decided = walk.then((e.ReviewDecided("upheld"), OTHER_SUPERVISOR))
    assert decided.to_victim == []
    assert decided.then(TOLD).to_victim == ["milestone, remorse_not_evident", "review_upheld, remorse_not_evident"]
    assert decided.then(TOLD).quietly().after(weeks=5).to_victim == ["update, remorse_not_evident"]
    assert decided.case.undo_point is not None
    corrected = decided.then((e.EntryCorrected(decided.case.undo_point.entry), SUPERVISOR))
    assert corrected.to_victim == ["review_upheld"], "no news is left to be told first"


def test_a_transfer_promises_no_call() -> None:
    """3.7: nobody there has the case yet."""
    walk = Walk(start_approach()).then(e.TransferProposed("south", True))
    _, (message,) = read_messages(walk, (e.TransferAccepted(), OTHER_SUPERVISOR))
    assert "looks after your request now" in message
    assert "contact you" not in message


# --------------------------------------------------------------------------------------- what agencies are asked


def test_a_check_asked_after_the_approach_does_not_say_that_nobody_was_told() -> None:
    """1.9b: such a check runs in parallel with a later step."""
    moved = e.CircumstancesChanged(CircumstanceChange.MOVED, AgencyRef("prison:other"), Whereabouts.CUSTODY)
    walk = Walk(start_preparation()).then(moved)
    assert "prison:other: agency_check" in walk.requests
    assert "Before that person is told" not in QUESTIONS[WaitKind.AGENCY_CHECK].asked


@pytest.mark.parametrize(
    "text",
    [
        "It is no reason to stop contact. Contact may go ahead.",
        "Contact has conditions now, and can go ahead. Contact can go ahead.",
        "There will be no contact.",
        "A day has been set: 16 March 2026.",
        "The case is on hold.",
        "The case has ended. Contact took place.",
        "Before that person is told, please check whether there is a reason not to offer it to them.",
        "The person responsible for the crime is willing to take part.",
    ],
)
def test_words_to_agencies_that_are_not_so_are_found(text: str) -> None:
    """1.3b, 3.1a: the exploration asks this of every update, request and alert in every state."""
    blocked = Walk(start_preparation()).then((NOT_SAFE, as_agency(PRISON)), NOT_SAFE)
    blocked = blocked.then((e.ConcernDecided("no_concern", blocked.case.concerns[0].wait.key), SUPERVISOR))
    update = CaseUpdate("key", blocked.case.ref, "north", "prison", 1, (UpdateKind.CONCERN_DECIDED,))
    assert list(find_untruths(text, update, blocked.case, TODAY))


def test_an_agency_whose_concern_was_decided_still_assesses() -> None:
    """1.2e, 1.3d: it is told to wait with what goes to the offender, not with what it is asked meanwhile."""
    willing = then(start_approach(), e.OffenderApproached(), e.OffenderAnswered("willing"), (NOT_SAFE, FROM_PRISON))
    decided = Walk(willing).then((e.ConcernDecided("no_concern"), SUPERVISOR))
    assert "prison: assessment" in decided.requests
    update = CaseUpdate("key", willing.ref, "north", "prison", 1, (UpdateKind.CONCERN_DECIDED,), result="no_concern")
    assert "please wait until we ask you" not in " ".join(describe_changes(update))


# --------------------------------------------------------------------------------------------------- smaller ones


def test_tracing_reads_as_true_once_nobody_is_left_to_ask() -> None:
    """3.3: a supervisor then looks for another agency."""
    walk = Walk(then(give_consents(open_request()), e.RequestScreened("proceed")))
    while walk.requests:
        walk = walk.then(e.TraceAnswered("not_found"))
    assert walk.tasks >= {"route"}
    assert "We are asking" not in read_page(walk)
    assert "We are looking for a way" in read_page(walk)


def test_no_type_of_contact_is_offered_that_may_be_ruled_out() -> None:
    """1.6e, 1.9: words about types of contact are general."""
    assert "It may be a meeting" not in read_page(Walk(start_preparation()))


def test_a_victim_whose_offender_could_not_be_reached_may_ask_again_at_once() -> None:
    """2.8."""
    ended = Walk(start_approach()).then(e.DeclinedByService(Reason.OFFENDER_UNREACHABLE))
    _, (letter,) = read_messages(ended, TOLD)
    assert "You do not have to wait before you ask again" in letter
    assert "six months." not in letter.replace("within six months of the end of your request.", "")
    assert continue_case(ended.case).step is Step.AGENCY_CHECK
