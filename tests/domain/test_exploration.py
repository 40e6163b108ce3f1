"""Every state that a case can reach, explored by the process itself: see `exploration` for what counts as a state."""

import functools
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from domain import events as e
from domain.case import Case, active_waits, without_waits
from domain.due_events import next_due
from domain.effects import Ask, NotifyVictim, asks, effects
from domain.events import EVENTS, Record
from domain.process import OPEN, RULE_FOR, TABLE, WHERE_BLOCKED, advance
from domain.reasons import Reason
from domain.refusals import RecordRefused
from domain.steps import checks_outstanding
from domain.transitions.undeliverable import technical_problems
from domain.victim_notifications import SENT_AT_ONCE, MessageKind
from domain.vocabulary import (
    AskProblem,
    CircumstanceChange,
    Contact,
    DeadlineKind,
    Flag,
    Form,
    Refusal,
    Role,
    Satisfaction,
    Side,
    Step,
    WaitKey,
    WaitKind,
)
from domain.wording.refusals import SENTENCES
from tests.domain.alphabet import CASEWORKER, OTHER_SUPERVISOR, SERVICE, SUPERVISOR, TIMER, VICTIM, records
from tests.domain.exploration import (
    Graph,
    TooManyStates,
    explore,
    find_untrue_words,
    reach,
    state_of,
    try_record,
    untruths_of_entry,
    without_a_way_out,
)
from tests.domain.slices import SLICES, Slice

StepChange = tuple[type[e.Event], Step, Step]
GOLDEN = Path(__file__).parent / "golden" / "rules-1.json"
SHORT = [pytest.param(part, id=part.name) for part in SLICES if part.short]
LONG = [pytest.param(part, id=part.name, marks=pytest.mark.long) for part in SLICES if not part.short]
EITHER = [*SHORT, *LONG]

NEUTRAL_EVENTS: tuple[e.Event, ...] = (
    e.PutOnHold(Reason.ILLNESS),
    e.DeadlineNoted(DeadlineKind.SENTENCING, date(2027, 5, 3)),
    e.ContactPreferenceChanged(Contact.NONE),
    e.ReviewRequested(),
    e.Reassigned("staff-9"),
    e.FeedbackRecorded(Side.VICTIM, Satisfaction.NEITHER),
)
MEANS_THE_ASIDE = {
    e.MessagePassed,
    e.PutOnHold,
    e.Resumed,
    e.WaitExtended,
    e.MeetingArranged,
    e.ReviewRequested,
    e.ReviewDecided,
}
"""What speaks of the hold or the review itself, and the meeting, which the table couples to the hold."""

TAKEN_WHEN_CLOSED = {
    e.ConcernRaised,
    e.ContactReported,
    e.DeathReported,
    e.ContactPreferenceChanged,
    e.VictimReplied,
    e.EntryCorrected,
    e.FactsCorrected,
    e.FeedbackRecorded,
    e.ReviewRequested,
    e.RulesAdopted,
    e.NoteAdded,
    e.CalendarUpdated,
}
"""What an ended case takes at once; a review that was requested then also takes its decision and its timers."""

DECIDED_WHEN_CLOSED = {
    e.AgencyCheckAnswered,
    e.ConcernDecided,
    e.DeathConfirmed,
    e.DeathNotConfirmed,
    e.VictimTold,
    e.BecameOverdue,
    e.SecondNotice,
    e.WithdrawalChecked,
}
"""What an ended case takes where something was open at its end, and an objection of an agency once asked."""


@functools.cache
def explore_slice(part: Slice) -> Graph:
    """The graph of one slice, explored once."""
    graph = explore(part.starts(), part.follows)
    print(f"\n{part.name}: {len(graph.cases)} states, {graph.edge_count} edges, digest {graph.digest()[:12]}")  # noqa: T201 - what was explored is said
    return graph


def test_an_exploration_that_comes_to_its_limit_says_so() -> None:
    with pytest.raises(TooManyStates, match="more than 10 states"):
        explore(SLICES[0].starts(), SLICES[0].follows, limit=10)


@pytest.mark.parametrize("name", ["another contact", "technical problems"])
def test_the_states_alone_are_those_of_the_exploration(name: str) -> None:
    part = next(part for part in SLICES if part.name == name)
    assert list(reach(part.starts(), part.follows).items()) == list(explore_slice(part).cases.items())


@pytest.mark.parametrize("part", EITHER)
def test_every_state_has_waits_with_owner_and_date_and_every_entry_keeps_the_rules(part: Slice) -> None:
    assert explore_slice(part).faults == []


PAUSES = (
    (e.PutOnHold(Reason.ILLNESS), CASEWORKER),
    (e.PutOnHold(Reason.VICTIM_WISHES), VICTIM),
    (e.ConcernRaised(Reason.SAFEGUARDING), VICTIM),
)


@pytest.mark.parametrize("part", EITHER)
def test_what_is_told_is_true_on_hold_too_and_while_a_concern_of_the_victims_own_is_open(part: Slice) -> None:
    """2.6a: tried in one case of each step, since a hold is not a part of the states."""
    one_a_step = {case.step: (case, now) for case, now in explore_slice(part).cases.values()}
    faults = []
    for case, now in one_a_step.values():
        for event, actor in PAUSES:
            paused = try_record(case, Record("paused", event, actor), now)
            if paused is None:
                continue
            faults += [f"{event.name} at {case.step}: {fault}" for fault in find_untrue_words(paused, now)]
            for record, moment in records(paused, now):
                after = try_record(paused, record, moment)
                if after is None:
                    continue
                todo = effects(paused, after, record)
                told = untruths_of_entry(paused, record, after, todo, moment.date())
                faults += [f"{event.name} at {case.step}, {record.event!r}: {fault}" for fault in told]
    assert faults == []


@pytest.mark.parametrize("part", EITHER)
def test_every_open_state_can_reach_an_end(part: Slice) -> None:
    assert without_a_way_out(explore_slice(part)) == []


@pytest.mark.parametrize("part", EITHER)
def test_an_ended_case_takes_nothing_but_what_the_table_says(part: Slice) -> None:
    assert explore_slice(part).taken_when_closed - DECIDED_WHEN_CLOSED == TAKEN_WHEN_CLOSED


@pytest.mark.parametrize("part", EITHER)
def test_no_event_leads_where_its_rule_does_not_say(part: Slice) -> None:
    for event, outcomes in list_outcomes(explore_slice(part).step_changes).items():
        assert outcomes <= {*RULE_FOR[event].leads_to, *WHERE_BLOCKED.values()}, event.name


GUARDED = set(WHERE_BLOCKED.values())
"""Where the guard may lead after any event."""


def test_wherever_a_rule_leads_is_seen() -> None:
    short = [part for part in SLICES if part.short]
    expected = {(rule.event, step) for rule in TABLE for step in {*rule.leads_to} - GUARDED}
    seen: set[tuple[type[e.Event], Step | None]] = set()

    def see(step_changes: set[StepChange]) -> None:
        outcomes = ((event, None if source is target else target) for event, source, target in step_changes)
        seen.update(outcome for outcome in outcomes if outcome[1] not in GUARDED)

    for part in short:
        see(explore_slice(part).step_changes)
    for part in short:
        one_a_step = {case.step: (case, now) for case, now in explore_slice(part).cases.values()}
        for case, now in (*one_a_step.values(), *list_asking_cases(part)):
            if expected - seen:
                see(moves_in_parallel(case, now))
    assert {(event.name, step) for event, step in seen ^ expected} == set()


TRIED_OF_A_STEP = 5
FROM_REQUEST_TO_APPROACH = {Step.ASKING_VICTIM, Step.SCREENING, Step.TRACING, Step.AGENCY_CHECK, Step.APPROACHING}
NEVER_TAKEN: dict[type[e.Event], set[Step]] = {
    e.Chased: {Step.ASKING_VICTIM, Step.SCREENING},
    e.ConcernDecided: {Step.SCHEDULED},
    e.DeathConfirmed: {Step.SCHEDULED},
    e.DeathNotConfirmed: {Step.SCHEDULED},
    e.EntryCorrected: {Step.ASKING_VICTIM},
    e.HoldEnded: {Step.SCHEDULED},
    e.Resumed: {Step.SCHEDULED},
    e.TransferProposed: {Step.SCHEDULED},
    e.TransferAccepted: {Step.SCHEDULED},
    e.TransferredOut: {Step.SCHEDULED},
    e.VictimTold: {*FROM_REQUEST_TO_APPROACH, Step.REFLECTING, Step.SCHEDULED},
    e.VictimUpdated: {Step.ASKING_VICTIM},
    e.WithdrawalChecked: {Step.SCHEDULED},
}
"""At which steps of its rule there is nothing for an event to speak of, so that it is refused with that sentence."""


@pytest.mark.long
def test_each_event_is_taken_at_every_step_of_its_rule_and_nowhere_else() -> None:
    taken = {(event, source) for part in SLICES for event, source, _ in explore_slice(part).step_changes}
    expected = {(rule.event, step) for rule in TABLE for step in rule.at - NEVER_TAKEN.get(rule.event, set())}
    for part in SLICES:
        tried: Counter[Step] = Counter()
        for case, now in explore_slice(part).cases.values():
            if tried[case.step] < TRIED_OF_A_STEP and any(step is case.step for _, step in expected - taken):
                tried[case.step] += 1
                taken |= {move[:2] for move in moves_in_parallel(case, now)}
    assert {(event.name, step) for event, step in taken ^ expected} == set()


BY_SUPERVISOR: tuple[e.Event, ...] = (
    *NEUTRAL_EVENTS,
    e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS),
    e.ConcernRaised(Reason.SAFEGUARDING),
    e.DeathReported(Side.VICTIM),
    e.InformationRequested(),
    e.DeadlineNoted(DeadlineKind.PAROLE, date(2026, 4, 20)),
)
"""What may be open in parallel with any step."""


MOVED = Record("moved", e.CircumstancesChanged(CircumstanceChange.MOVED), CASEWORKER)


def moves_in_parallel(case: Case, now: datetime) -> set[StepChange]:
    """What can be recorded in a case on hold, in review, with an objection, and so on, and what its clock records."""
    step_changes: set[StepChange] = set()
    for event in BY_SUPERVISOR:
        with suppress(RecordRefused):
            step_changes |= steps_in_parallel(advance(case, Record("open", event, OTHER_SUPERVISOR), now), now)
    with suppress(RecordRefused):
        withdrawn = with_unchecked_withdrawal(case, now)
        step_changes |= steps_in_parallel(withdrawn, now)
        corrected = Record("corrected", e.EntryCorrected("withdrawn"), OTHER_SUPERVISOR)
        step_changes |= steps_in_parallel(advance(withdrawn, corrected, now), now)
    for asking in (case, moved) if (moved := try_record(case, MOVED, now)) else (case,):
        if asks(asking):
            step_changes |= steps_in_parallel(with_failure(asking, find_asked_wait(asking), now), now)
    return step_changes


def with_unchecked_withdrawal(case: Case, now: datetime) -> Case:
    """The case after a withdrawal by link that somebody has to make sure of; after contact, from a plan of another."""
    if case.step is Step.FOLLOWING_UP:
        case = advance(case, Record("planned", e.AnotherContactPlanned(Form.FACE_TO_FACE), CASEWORKER), now)
    case = advance(case, Record("flagged", e.FlagsChanged("add", frozenset({Flag.SEXUAL_HARM})), CASEWORKER), now)
    return advance(case, Record("withdrawn", e.Withdrawn(Side.VICTIM, Reason.VICTIM_WITHDREW), VICTIM), now)


def list_asking_cases(part: Slice) -> list[tuple[Case, datetime]]:
    """One case of each step in which an agency is asked something."""
    found = [(case, now) for case, now in explore_slice(part).cases.values() if asks(case)]
    return list({case.step: (case, now) for case, now in found}.values())


def find_asked_wait(case: Case) -> WaitKey:
    """The wait on an agency that was asked last."""
    return asks(case)[-1].wait


def with_failure(case: Case, key: WaitKey, now: datetime) -> Case:
    """The case once the ask of the wait `key` could not be delivered."""
    return advance(case, Record("failed", e.AskFailed(key, AskProblem.NO_AGENCY), SERVICE), now)


def steps_in_parallel(case: Case, now: datetime) -> set[StepChange]:
    """What can be recorded in `case` now, and what its clock records in the years to come."""
    step_changes, later = set(), now + timedelta(days=800)
    for record, moment in records(case, now):
        try:
            step_changes.add((type(record.event), case.step, advance(case, record, moment).step))
        except RecordRefused:
            continue
    while (coming := next_due(case)) is not None and coming[0] <= later:
        moment, event = max(now, coming[0]), coming[1]
        after = advance(case, Record("timer", event, TIMER), moment)
        step_changes.add((type(event), case.step, after.step))
        case = after
    return step_changes


def list_outcomes(step_changes: set[StepChange]) -> dict[type[e.Event], set[Step | None]]:
    """Where each event was seen to lead; None where the step stayed."""
    outcomes: dict[type[e.Event], set[Step | None]] = defaultdict(set)
    for event, source, target in step_changes:
        outcomes[event].add(None if source is target else target)
    return outcomes


@pytest.mark.parametrize("part", EITHER)
def test_the_explored_rules_are_those_of_their_version(part: Slice) -> None:
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {"slices": {}}
    graph = explore_slice(part)
    found = {"states": len(graph.cases), "edges": graph.edge_count, "digest": graph.digest()}
    assert golden["slices"].get(part.name) == found, (
        "The rules give something else than version 1 did. Once version 1 is released, give the changed rules a new "
        "version (an open case keeps its own). Until then, regenerate: .venv/bin/python -m tests.domain.golden_rules"
    )


RUNS_ON_HOLD = {
    WaitKind.CONCERN,
    WaitKind.CONCERN_ANSWER,
    WaitKind.DEATH,
    WaitKind.TELL,
    WaitKind.TRANSFER,
    WaitKind.OWN_CONSENT,
}
"""What is to be decided and to be told in any state."""


@pytest.mark.parametrize("part", SHORT)
def test_a_hold_changes_nothing_but_that_a_meeting_day_is_cancelled(part: Slice) -> None:
    for case, now in explore_slice(part).cases.values():
        if case.is_closed:
            continue
        held = advance(case, Record("hold", e.PutOnHold(Reason.ILLNESS), CASEWORKER), now)
        assert [wait.key for wait in active_waits(held) if wait.kind not in RUNS_ON_HOLD] == ["hold"]
        resumed = advance(held, Record("on", e.Resumed(), CASEWORKER), now)
        if case.step is Step.SCHEDULED:
            assert (resumed.step, resumed.progress.arrangement) == (Step.PREPARING, None)
        else:
            assert state_of(resumed) == state_of(case)


@pytest.mark.parametrize("part", SHORT)
def test_hold_deadline_preference_review_and_assignment_commute_with_every_entry(part: Slice) -> None:
    """Recorded before an entry or after it, they leave the same control state."""
    one_a_step = {case.step: (case, now) for case, now in explore_slice(part).cases.values() if not case.is_closed}
    for case, now in one_a_step.values():
        for neutral in NEUTRAL_EVENTS:
            if case.step is Step.SCHEDULED and isinstance(neutral, e.PutOnHold):
                continue  # a hold cancels the meeting day
            in_parallel = advance(
                case, Record("neutral", neutral, CASEWORKER if neutral.name != "reassigned" else SUPERVISOR), now
            )
            for record, moment in records(case, now):
                if record.by.role is Role.TIMER or type(record.event) in MEANS_THE_ASIDE:
                    continue
                assert outcome(in_parallel, record, moment) == outcome(case, record, moment), (neutral, record)


@pytest.mark.parametrize("part", SHORT)
def test_what_can_be_recorded_is_the_same_whether_the_victim_was_told_or_not(part: Slice) -> None:
    """2.1b: news is a wait in parallel, so it is no part of a state; until it is told no message is sent."""
    one_a_step = {
        (case.step, case.news.kind): (case, now) for case, now in explore_slice(part).cases.values() if case.news
    }
    for case, now in one_a_step.values():
        told = advance(case, Record("told", e.VictimTold("telephone"), CASEWORKER), now)
        for record, moment in records(case, now):
            if record.by.role is Role.TIMER or isinstance(record.event, e.VictimTold | e.EntryCorrected):
                continue
            assert outcome(case, record, moment) == outcome(told, record, moment), record
            assert messages_of(case, record, moment) <= SENT_THOUGH_UNTOLD


SENT_THOUGH_UNTOLD = {
    *SENT_AT_ONCE,
    MessageKind.DAY_CANCELLED,
    MessageKind.ENDED,
    MessageKind.CONTACT_DROPPED,
}
"""The neutral message; and what the victim ended themselves is no news, and is confirmed."""


def messages_of(case: Case, record: Record, moment: datetime) -> set[MessageKind]:
    """What the victim is sent because of `record`."""
    try:
        after = advance(case, record, moment)
    except RecordRefused:
        return set()
    return {effect.message for effect in effects(case, after, record) if isinstance(effect, NotifyVictim)}


MEANS_THE_FAILURE = {e.AskFailed, e.AskRetried, e.RouteExtended, e.InformationRequested}
"""What speaks of an ask that cannot be delivered, and a question about it."""


@pytest.mark.parametrize("part", EITHER)
def test_what_else_can_be_recorded_is_the_same_while_an_ask_cannot_be_delivered(part: Slice) -> None:
    """So a technical problem wedges nothing, and the slices may leave it apart."""
    for case, now in list_asking_cases(part):
        failed = with_failure(case, find_asked_wait(case), now)
        for record, moment in records(case, now):
            if record.by.role is not Role.TIMER and type(record.event) not in MEANS_THE_FAILURE:
                assert outcome(failed, record, moment, but_problems) == outcome(case, record, moment, but_problems)


def but_problems(case: Case) -> Case:
    """The case without a technical problem that it has."""
    return without_waits(case, *(problem.key for problem in technical_problems(case)))


@pytest.mark.parametrize("part", SHORT)
def test_what_is_sent_again_is_asked_as_it_was_and_under_a_key_of_its_own(part: Slice) -> None:
    for case, now in explore_slice(part).cases.values():
        for ask in asks(case):
            failed = with_failure(case, ask.wait, now)
            assert ask.key not in {wanted.key for wanted in asks(failed)}
            retry = Record("retried", e.AskRetried(ask.wait), CASEWORKER)
            again = advance(failed, retry, now)
            assert state_of(again) == state_of(case)
            (fresh,) = effects(failed, again, retry)
            assert isinstance(fresh, Ask)
            assert (fresh.wait, fresh.agency) == (ask.wait, ask.agency)
            assert fresh.key != ask.key


MEANS_A_CHECK = {
    e.AgencyCheckAnswered,
    e.ObjectionChallenged,
    e.NoResponseRecorded,
    e.AskReturned,
    e.RouteExtended,
    e.CircumstancesChanged,
    e.FactsCorrected,
    e.MeetingArranged,
    e.MessagePassed,
    e.EntryCorrected,
    e.WaitExtended,
    e.InformationRequested,
}
"""What speaks of an open check, or of whichever ask is open; and contact, which waits for every check."""

WITH_A_CHECK_BESIDE = (Step.REFLECTING, Step.ASSESSING, Step.NOT_YET, Step.PREPARING)


@pytest.mark.parametrize("part", EITHER)
def test_a_check_in_parallel_with_a_later_step_leaves_no_trace(part: Slice) -> None:
    """So what the slices of checks and of readiness leave apart may be explored apart."""
    cleared = Record("cleared", e.AgencyCheckAnswered("no_objection"), CASEWORKER)
    one_a_step = {case.step: (case, now) for case, now in explore_slice(part).cases.values()}
    for case, now in (one_a_step[step] for step in WITH_A_CHECK_BESIDE if step in one_a_step):
        if checks_outstanding(case):
            continue
        in_parallel = advance(case, MOVED, now)
        assert checks_outstanding(in_parallel)
        for record, moment in records(case, now):
            if record.by.role is Role.TIMER or type(record.event) in MEANS_A_CHECK:
                continue
            assert after_both(in_parallel, record, cleared, moment) == outcome(case, record, moment), record


def after_both(case: Case, record: Record, cleared: Record, moment: datetime) -> object:
    """The control state after `record` and then the check's answer, where the case is still open for it."""
    try:
        after = advance(case, record, moment)
    except RecordRefused as refusal:
        return refusal.code
    still_asked = not after.is_closed and checks_outstanding(after)
    return state_of(advance(after, cleared, moment) if still_asked else after)


def outcome(case: Case, record: Record, moment: datetime, seen: Callable[[Case], Case] = lambda case: case) -> object:
    """The control state after `record`, as far as it is to be `seen`, or why it is refused."""
    try:
        return state_of(seen(advance(case, record, moment)))
    except RecordRefused as refusal:
        return refusal.code


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_nobody_records_what_is_not_theirs(name: str) -> None:
    case, now = next(iter(explore_slice(SLICES[0]).cases.values()))
    rule = RULE_FOR.get(EVENTS[name])
    tried = [record for record, _ in records(case, now) if record.event.name == name]
    assert tried, f"the alphabet has no {name}"
    for record in tried if rule and Role.VICTIM not in rule.by else ():
        with pytest.raises(RecordRefused) as refused:
            advance(case, replace(record, by=VICTIM), now)
        assert refused.value.code is Refusal.NOT_BY_THIS_SENDER


def test_every_refusal_has_a_sentence_and_every_event_but_the_first_one_rule() -> None:
    assert set(SENTENCES) == set(Refusal)
    assert set(RULE_FOR) == set(EVENTS.values()) - {e.RequestReceived}
    assert len(TABLE) == len(RULE_FOR)
    assert Step.CLOSED not in OPEN
