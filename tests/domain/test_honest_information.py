"""Honest information for the victim (section 2 of the process): who tells what, when, and what is sent."""

from dataclasses import astuple, replace
from datetime import date, datetime, timedelta
from itertools import product

import pytest

from domain import events as e
from domain.case import Case, active_waits
from domain.due_events import due_now, next_due
from domain.effects import NotifySupervisor, NotifyVictim, effects
from domain.events import Actor, Continuation, Event, Record
from domain.process import advance
from domain.reasons import REASON_RULES, Reason
from domain.victim_explanation import VictimView, compose, explain, explain_on_page, victim_view, words_to_say
from domain.victim_facts import Variant
from domain.victim_notifications import MessageKind, next_update_on, update_due_on
from domain.vocabulary import (
    CaseRef,
    Consenter,
    Contact,
    Form,
    NewsKind,
    Refusal,
    Side,
    Stage,
    Step,
    WaitKey,
    Whereabouts,
)
from domain.wording import my_case
from domain.wording.my_case import TO_BE_TOLD_HEADING, ActText
from tests.domain.alphabet import CASEWORKER, OTHER_SUPERVISOR, PRISON, SUPERVISOR, TIMER, as_agency
from tests.domain.assumptions import Claim, claims_in, claims_of
from tests.domain.slices import NOW, give_consents, open_request
from tests.domain.test_safety import (
    ARRANGED,
    MEETING_DAY,
    TODAY,
    refusal,
    schedule,
    start_approach,
    start_follow_up,
    start_preparation,
    then,
)
from tests.domain.truth import untruths

TOLD = e.VictimTold("telephone")
NOT_YET = e.ReadinessAssessed("not_yet", Side.OFFENDER, Reason.REMORSE_NOT_EVIDENT)
NEEDS_MET = e.Withdrawn(Side.VICTIM, Reason.VICTIM_NEEDS_MET)
EVE = datetime.combine(MEETING_DAY - timedelta(days=1), NOW.timetz())


class Story:
    """A case with everything that the victim and the supervisors are sent, from its present state on."""

    def __init__(self, case: Case, now: datetime = NOW) -> None:
        self.case = case
        self.now = now
        self.sent: list[NotifyVictim] = []
        self.alerts: list[NotifySupervisor] = []

    def then(self, event: Event, by: Actor = CASEWORKER) -> "Story":
        record = Record(f"entry-{self.case.version + 1}", event, by)
        after = advance(self.case, record, self.now)
        todo = effects(self.case, after, record)
        self.sent += [effect for effect in todo if isinstance(effect, NotifyVictim)]
        self.alerts += [effect for effect in todo if isinstance(effect, NotifySupervisor)]
        self.case = after
        return self

    def until(self, days: int) -> "Story":
        """Let the clock run for some days."""
        end = self.now + timedelta(days=days)
        while (due := next_due(self.case)) is not None and due[0] <= end:
            self.now = max(self.now, due[0])
            self.then(due[1], TIMER)
        self.now = end
        return self

    @property
    def messages(self) -> list[MessageKind]:
        return [effect.message for effect in self.sent]


def tell_waits(case: Case) -> list[tuple[str, str, date]]:
    return [(wait.key, wait.waiting_on, wait.due_on) for wait in active_waits(case) if wait.key.startswith("tell")]


# ------------------------------------------------------------------------------------ 2.1 a person tells it first


BAD_NEWS: list[tuple[Case, Event, NewsKind]] = [
    (start_preparation(), e.Withdrawn(Side.OFFENDER), NewsKind.ENDED),
    (start_preparation(), NOT_YET, NewsKind.NOT_YET),
    (schedule(), e.MeetingHeld(Form.FACE_TO_FACE, "stopped_for_safety"), NewsKind.CONTACT_STOPPED),
    (then(start_preparation(), e.DeathReported(Side.OFFENDER)), e.DeathConfirmed(Side.OFFENDER), NewsKind.DEATH),
    (schedule(), e.MeetingPostponed(Reason.ILLNESS), NewsKind.DAY_CANCELLED),
]


@pytest.mark.parametrize(("case", "event", "kind"), BAD_NEWS)
def test_bad_news_is_told_by_a_caseworker_and_nothing_is_sent_before(case: Case, event: Event, kind: NewsKind) -> None:
    """2.1a, 2.1b, 2.1d."""
    story = Story(case).then(event)
    assert story.case.news is not None
    assert story.case.news.kind is kind
    ((key, owner, due_on),) = tell_waits(story.case)
    is_cancelled = kind is NewsKind.DAY_CANCELLED
    assert (key, owner) == (f"tell:{story.case.version}", "caseworker")
    assert due_on == (TODAY if is_cancelled else story.case.calendar.add_working_days(TODAY, 2))
    story.until(60)
    assert story.messages == [MessageKind.DAY_CANCELLED] * is_cancelled
    assert words_to_say(story.case, TODAY) is not None
    story.then(TOLD)
    assert tell_waits(story.case) == []
    assert len(story.messages) == 1 + is_cancelled, "the letter follows"


def test_untold_news_is_overdue_for_a_supervisor_and_lasts_through_aftercare() -> None:
    """2.1b, 2.1d."""
    story = Story(start_preparation()).then(e.Withdrawn(Side.OFFENDER)).until(400)
    assert story.case.is_closed
    assert [alert.event for alert in story.alerts] == ["became_overdue", "second_notice"]
    assert len(tell_waits(story.case)) == 1
    assert story.messages == []
    assert story.then(TOLD).messages == [MessageKind.ENDED]


def test_the_words_to_say_are_those_of_the_letter() -> None:
    """2.1b, 2.1c."""
    story = Story(start_preparation()).then(e.Withdrawn(Side.OFFENDER))
    words = words_to_say(story.case, TODAY)
    assert words is not None
    assert "no longer want to take part" in words.happened
    (letter,) = story.then(TOLD).sent
    assert words.happened in compose(letter)[1]
    assert words_to_say(story.case, TODAY) is None


def test_a_victim_who_chose_letters_is_told_by_the_letter_at_once() -> None:
    """2.1c."""
    by_letter = then(start_preparation(), e.ContactPreferenceChanged(Contact.LETTER))
    story = Story(by_letter).then(e.Withdrawn(Side.OFFENDER))
    assert (story.messages, tell_waits(story.case)) == ([MessageKind.ENDED], [])


def test_a_cancelled_day_is_told_in_person_whatever_the_victim_chose() -> None:
    """2.1b, 2.2."""
    for contact in Contact:
        chosen = then(schedule(), e.ContactPreferenceChanged(contact))
        story = Story(chosen).then(e.MeetingPostponed(Reason.ILLNESS))
        assert len(tell_waits(story.case)) == 1
        assert story.messages == [MessageKind.DAY_CANCELLED]


def test_who_was_told_by_telephone_and_chose_the_telephone_is_sent_nothing_more() -> None:
    """2.1c."""
    by_telephone = then(start_preparation(), e.ContactPreferenceChanged(Contact.PHONE))
    story = Story(by_telephone).then(NOT_YET).then(TOLD)
    assert story.messages == []
    assert story.case.victim_updated_on == TODAY
    unreached = Story(by_telephone).then(NOT_YET).then(e.VictimTold("not_reached"))
    assert unreached.messages == [MessageKind.MILESTONE]


def test_news_of_a_death_is_never_sent_by_text_message() -> None:
    """2.1e."""
    by_text = then(start_preparation(), e.ContactPreferenceChanged(Contact.TEXT), e.DeathReported(Side.OFFENDER))
    story = Story(by_text).then(e.DeathConfirmed(Side.OFFENDER)).then(e.VictimTold("not_reached"))
    assert story.messages == []


@pytest.mark.parametrize(("case", "event", "kind"), BAD_NEWS)
def test_a_page_that_the_victim_opens_says_bad_news_only_after_a_person_has(
    case: Case, event: Event, kind: NewsKind
) -> None:
    """2.1d, 2.2, 2.12a."""
    story = Story(case)
    assert explain_on_page(story.case, TODAY) == explain(victim_view(story.case, TODAY))
    untold = explain_on_page(story.then(event).case, TODAY)
    if kind is NewsKind.DAY_CANCELLED:
        assert "Please do not travel" in untold.happened
        assert "responsible" not in " ".join(astuple(untold))
    else:
        assert untold.heading == TO_BE_TOLD_HEADING
        others = [explain_on_page(Story(one).then(other).case, TODAY) for one, other, _ in BAD_NEWS[:-1]]
        assert set(others) == {untold}, "nothing tells which news it is"
    told = story.then(TOLD).case
    assert explain_on_page(told, TODAY) == explain(victim_view(told, TODAY))


def test_a_cancelled_day_that_has_passed_is_on_no_page() -> None:
    story = Story(schedule()).then(e.MeetingPostponed(Reason.ILLNESS))
    assert explain_on_page(story.case, MEETING_DAY + timedelta(days=1)).heading == TO_BE_TOLD_HEADING


def test_what_the_victim_chose_themselves_is_no_news() -> None:
    """2.1a."""
    for event in (e.Withdrawn(Side.VICTIM), NEEDS_MET):
        story = Story(start_preparation()).then(event)
        assert (story.messages, story.case.news) == ([MessageKind.ENDED], None)
    story = Story(then(start_preparation(), NOT_YET)).then(e.Withdrawn(Side.VICTIM))
    assert (story.messages, story.case.news) == ([MessageKind.ENDED], None)


def test_news_that_overtakes_untold_news_is_told_with_it() -> None:
    """2.1b."""
    story = Story(schedule()).then(NOT_YET).then(e.Withdrawn(Side.OFFENDER))
    assert story.case.news is not None
    assert (story.case.news.kind, story.case.news.day) == (NewsKind.ENDED, MEETING_DAY)
    assert [due_on for _, _, due_on in tell_waits(story.case)] == [TODAY]
    assert story.messages == [MessageKind.DAY_CANCELLED], "nobody travels"


def test_only_what_is_to_be_told_can_be_told() -> None:
    """2.1c."""
    assert refusal(start_preparation(), TOLD) is Refusal.NOTHING_TO_TELL
    untold = then(start_preparation(), NOT_YET)
    assert refusal(untold, replace(TOLD, wait=WaitKey("tell:1"))) is Refusal.UNKNOWN_WAIT
    assert refusal(untold, replace(TOLD, on=TODAY + timedelta(days=1))) is Refusal.DAY_IN_FUTURE
    assert refusal(untold, replace(TOLD, on=TODAY - timedelta(days=1))) is Refusal.DAY_BEFORE_REQUEST
    assert refusal(untold, TOLD, as_agency(PRISON)) is Refusal.NOT_BY_THIS_SENDER
    assert then(untold, replace(TOLD, on=TODAY)).news is None


def test_telling_runs_in_parallel_with_a_hold() -> None:
    """2.1b."""
    on_hold = then(start_preparation(), NOT_YET, e.PutOnHold(Reason.ILLNESS))
    assert {wait.key.partition(":")[0] for wait in active_waits(on_hold)} == {"hold", "tell"}
    overdue = Story(on_hold).until(7)
    assert ("became_overdue", on_hold.news and on_hold.news.wait.key) in [(a.event, a.about) for a in overdue.alerts]


# ------------------------------------------------------------------------------------ 2.2 a cancelled meeting day


@pytest.mark.parametrize(
    "event",
    [
        e.MeetingPostponed(Reason.ILLNESS),
        e.PutOnHold(Reason.ILLNESS),
        e.ConcernRaised(Reason.SAFEGUARDING),
        e.DeathReported(Side.OFFENDER),
        e.Withdrawn(Side.OFFENDER),
        e.ConsentRecorded(Consenter.OFFENDER, "withdrawn"),
        e.EntryCorrected("arranged"),
    ],
)
def test_whatever_cancels_a_day_is_told_alike_and_alerted_at_once(event: Event) -> None:
    """2.2: nothing in the words or times shows what cancelled it."""
    case = advance(start_preparation(), Record("arranged", ARRANGED, CASEWORKER), NOW)
    story = Story(case).then(event, SUPERVISOR)
    (message,) = story.sent
    assert (message.message, message.day, message.reason) == (MessageKind.DAY_CANCELLED, MEETING_DAY, None)
    assert "will not take place. Please do not travel" in compose(message)[1]
    assert "person responsible" not in " ".join(compose(message)), "neutral: others may see it"
    assert ("day_cancelled", True) in [(alert.event, alert.urgent) for alert in story.alerts]
    assert not message.urgent


def test_the_caseworker_is_alerted_as_well_as_supervisors() -> None:
    """2.2."""
    assigned = then(schedule(), (e.Reassigned("c.okafor"), SUPERVISOR))
    story = Story(assigned).then(e.MeetingPostponed(Reason.ILLNESS))
    assert [(alert.event, alert.account) for alert in story.alerts] == [
        ("day_cancelled", ""),
        ("day_cancelled", "c.okafor"),
    ]


def test_on_the_eve_the_neutral_message_is_sent_at_night_too() -> None:
    """2.2."""
    (message,) = Story(schedule(), EVE).then(e.MeetingPostponed(Reason.ILLNESS)).sent
    assert message.urgent


def test_a_new_day_that_is_set_before_the_victim_was_told_is_in_the_letter() -> None:
    """2.2, 2.4."""
    later = replace(ARRANGED, day=MEETING_DAY + timedelta(days=7))
    story = Story(schedule()).then(e.MeetingPostponed(Reason.ILLNESS)).then(later).then(TOLD)
    assert story.messages == [MessageKind.DAY_CANCELLED, MessageKind.MILESTONE]
    assert story.sent[-1].day == later.day


# --------------------------------------------------------------------- 2.3 corrections of what was told or not told


def test_news_that_is_corrected_before_it_was_told_is_not_told() -> None:
    """2.3, 1.13."""
    untold = then(start_preparation(), NOT_YET)
    assert untold.undo_point is not None
    story = Story(untold).then(e.EntryCorrected(untold.undo_point.entry), SUPERVISOR)
    assert (story.case.news, story.messages) == (None, [])


def test_news_that_was_told_and_is_corrected_is_a_task() -> None:
    """1.13, 2.3."""
    told = then(start_preparation(), NOT_YET, TOLD)
    assert told.undo_point is not None
    story = Story(told).then(e.EntryCorrected(told.undo_point.entry), SUPERVISOR)
    assert story.case.news is not None
    assert story.case.news.kind is NewsKind.CORRECTED
    assert story.then(TOLD).messages == [MessageKind.CORRECTED]


def test_a_cancelled_day_stays_news_when_the_entry_after_it_is_corrected() -> None:
    """1.13: a day is never restored."""
    untold = then(schedule(), e.MeetingPostponed(Reason.ILLNESS), NOT_YET)
    assert untold.undo_point is not None
    corrected = then(untold, (e.EntryCorrected(untold.undo_point.entry), SUPERVISOR))
    assert corrected.news is not None
    assert (corrected.news.kind, corrected.news.day) == (NewsKind.DAY_CANCELLED, MEETING_DAY)


def test_a_correction_names_the_message_that_it_corrects() -> None:
    """2.3."""
    story = Story(start_approach()).then(e.OffenderApproached())
    (milestone,) = story.sent
    assert story.case.undo_point is not None
    story.then(e.EntryCorrected(story.case.undo_point.entry), SUPERVISOR)
    assert (story.messages[-1], story.sent[-1].corrects) == (MessageKind.CORRECTED, milestone.key)


def test_an_entry_that_sent_nothing_is_corrected_without_a_message() -> None:
    """2.3."""
    story = Story(then(start_approach(), e.OffenderApproached())).then(e.OffenderAnswered("willing"))
    assert story.case.undo_point is not None
    assert story.then(e.EntryCorrected(story.case.undo_point.entry), SUPERVISOR).messages == []


# --------------------------------------------------------------------------------- 2.4 informed when it happens


def test_the_offenders_yes_is_told_only_where_it_may_be() -> None:
    """2.4: otherwise every text and date equals those of reflecting until the next milestone."""
    thinking = then(start_approach(), e.OffenderApproached())
    told = Story(thinking).then(e.OffenderAnswered("willing", may_be_told=True))
    assert told.messages == [MessageKind.MILESTONE]
    assert "willing" in compose(told.sent[0])[1]
    silent, waiting = Story(thinking).then(e.OffenderAnswered("willing")), Story(thinking)
    for story in (silent, waiting):
        story.until(25)
    assert silent.case.step is Step.ASSESSING
    assert [compose(message) for message in silent.sent] == [compose(message) for message in waiting.sent]
    today = silent.now.date()
    assert explain(victim_view(silent.case, today)) == explain(victim_view(waiting.case, today))


def test_a_meeting_day_is_told_when_it_is_set_and_not_announced_once_it_has_passed() -> None:
    """2.4, 2.6a."""
    story = Story(start_preparation()).then(ARRANGED)
    (message,) = story.sent
    assert "16 March 2026" in compose(message)[1]
    story.until(40)
    assert all(message.day is None for message in story.sent[1:])
    assert "16 March" not in " ".join(compose(story.sent[-1]))
    assert "It has now passed" in explain(victim_view(story.case, story.now.date())).happened


def test_a_review_that_the_victim_asked_for_is_confirmed_and_its_result_told() -> None:
    """2.4."""
    ended = then(start_preparation(), e.Withdrawn(Side.OFFENDER), TOLD)
    for result, message in (("upheld", MessageKind.REVIEW_UPHELD), ("not_upheld", MessageKind.REVIEW_NOT_UPHELD)):
        story = Story(ended).then(e.ReviewRequested()).then(e.ReviewDecided(result), OTHER_SUPERVISOR)  # type: ignore[arg-type]
        assert story.messages == [MessageKind.REVIEW_RECEIVED, message]
    offenders = Story(ended).then(e.ReviewRequested("offender")).then(e.ReviewDecided("upheld"), OTHER_SUPERVISOR)
    assert offenders.messages == [], "that the offender asks for a review is not told"


# ---------------------------------------------------------------------------------------- 2.5 whose reason it was


def test_a_decline_for_behaviour_is_attributed_only_where_it_is_the_offenders() -> None:
    """2.5."""
    for whose, told in ((None, False), (Side.VICTIM, False), (Side.OFFENDER, True)):
        story = Story(start_preparation()).then(e.DeclinedByService(Reason.INAPPROPRIATE_BEHAVIOUR, whose)).then(TOLD)
        assert ("The way they behave" in compose(story.sent[-1])[1]) is told
    own = Story(start_preparation()).then(e.DeclinedByService(Reason.THERAPY_FIRST, Side.VICTIM)).then(TOLD)
    assert "as we agreed with you" in compose(own.sent[-1])[1]


# ------------------------------------------------------------------------------------- 2.6 true on their day


def test_the_promised_day_is_kept_by_an_update_a_working_day_before() -> None:
    """2.6c."""
    case = then(open_request(), e.RequestScreened("proceed"))
    promised, due_on = next_update_on(case), update_due_on(case)
    assert promised == TODAY + timedelta(weeks=4)
    assert due_on == case.calendar.subtract_working_days(promised, 1)
    assert Story(case).until((due_on - TODAY).days).messages == []
    assert Story(case).until((due_on - TODAY).days + 1).messages == [MessageKind.UPDATE]


def test_the_third_update_in_a_row_says_that_it_takes_too_long_and_a_supervisor_is_asked() -> None:
    """2.6b: ReHub silent for eleven months."""
    story = Story(
        then(give_consents(open_request()), e.RequestScreened("proceed"), e.TraceAnswered("not_found"))
    ).until(335)
    updates = story.messages
    assert updates[:2] == [MessageKind.UPDATE] * 2
    assert set(updates[2:]) == {MessageKind.LONG_WAIT}
    assert len(updates) == 12
    asked = [alert for alert in story.alerts if alert.event == "victim_updated"]
    assert len(asked) == len(updates) - 2
    assert "A manager has been asked to look at it" in compose(story.sent[2])[1]
    after_news = story.then(e.TraceAnswered("found", Whereabouts.CUSTODY, PRISON), CASEWORKER).until(40)
    assert after_news.messages[-2:] == [MessageKind.MILESTONE, MessageKind.UPDATE], "news in between: counted again"


# -------------------------------------------------------------------------------- 2.7 a re-approach reveals nothing


def test_a_reopened_case_is_told_alike_for_every_reason_that_may_not_be_told() -> None:
    """2.7: until the next milestone, in words and in time, wherever the case goes on."""
    told = set()
    hidden = [reason for reason, rule in REASON_RULES.items() if not rule.tellable]
    for reason in hidden:
        ended = Continuation(
            CaseRef("RJ-2222-3333"),
            Stage.DECLINED,
            date(2025, 1, 6),
            reason,
            Stage.READINESS_ASSESSED,
            responsible_agency=PRISON,
        )
        case = open_request(continues=ended)
        story = Story(case).until(60)
        words = tuple(compose(message) for message in story.sent)
        told.add((explain(victim_view(case, TODAY)), words, tuple(message.next_update_on for message in story.sent)))
    assert len(told) == 1
    assert len(hidden) > 10


def test_a_reopened_case_reads_as_usual_from_the_next_milestone_on() -> None:
    """2.7."""
    ended = Continuation(
        CaseRef("RJ-2222-3333"), Stage.DECLINED, date(2025, 1, 6), Reason.OFFENDER_DECLINED, responsible_agency=PRISON
    )
    case = open_request(continues=ended)
    assert explain(victim_view(case, TODAY)).heading == "We have taken this request up again"
    approached = then(case, (e.OffenderApproached(), as_agency(PRISON)))
    assert (
        explain(victim_view(approached, TODAY)).heading
        == "The person responsible knows that you would like to take part"
    )


# --------------------------------------------------------------------------------------------------- situations


def test_a_stopped_contact_is_told_and_not_celebrated() -> None:
    """2.1a, 2.6a."""
    story = Story(schedule()).then(e.MeetingHeld(Form.FACE_TO_FACE, "stopped_for_safety")).then(TOLD)
    (letter,) = story.sent
    assert "has stopped" in compose(letter)[1]
    assert "Thank you for taking part" not in " ".join(compose(letter))


def test_no_further_contact_after_a_meeting_is_told_in_person() -> None:
    """2.1a."""
    concern = then(start_follow_up(), e.ConcernRaised(Reason.SAFEGUARDING))
    story = Story(concern).then(e.ConcernDecided("decline"), SUPERVISOR)
    assert story.case.news is not None
    assert story.case.news.kind is NewsKind.CONTACT_STOPPED
    assert story.then(TOLD).messages == [MessageKind.MILESTONE]
    assert due_now(story.case, story.now) is None


# ---------------------------------------------------------------------------------- what words assume is checked


def test_words_that_are_not_so_in_a_case_are_found() -> None:
    """The exploration asks this of every message in every state."""
    for step, stage, case in (
        (Step.TRACING, Stage.REQUESTED, start_approach()),
        (Step.AGENCY_CHECK, Stage.OFFENDER_TRACED, start_preparation()),
        (Step.ASSESSING, Stage.OFFENDER_APPROACHED, start_preparation()),
        (Step.PREPARING, Stage.READINESS_ASSESSED, schedule()),
        (Step.FOLLOWING_UP, Stage.MEETING_HELD, start_preparation()),
        (Step.CLOSED, Stage.DECLINED, start_preparation()),
    ):
        assert list(untruths(VictimView(stage, step), case, TODAY))
    day = VictimView(Stage.READINESS_ASSESSED, Step.SCHEDULED, day=MEETING_DAY)
    assert list(untruths(day, schedule(), TODAY)) == []
    assert list(untruths(day, schedule(), MEETING_DAY + timedelta(days=1)))


def test_every_claim_is_made_by_a_text_and_none_that_is_never_so() -> None:
    views = (
        VictimView(stage, step, reason, message, day, variant, day)
        for stage, step, reason, message, variant, day in product(
            Stage, Step, (None, *Reason), (None, *MessageKind), Variant, (None, TODAY)
        )
    )
    after_acts = {claim for act in vars(my_case).values() if isinstance(act, ActText) for claim in claims_in(act.done)}
    assert {claim for view in views for claim in claims_of(view)} | after_acts == set(Claim) - {Claim.NEVER}
    written = [text for text in vars(my_case).values() if isinstance(text, str)]
    assert all(Claim.NEVER not in claims_in(text) for text in written)
