"""Exploring every control state that a case can reach, by running the real process over its whole alphabet.

Two cases are one state when they agree in what decides which events are taken and where they lead:

- step and stage, and the key of each wait and what it is on;
- the agencies still to be asked, the responsible one, and the challenged checks of those who could still object;
- which sides are ready, which forms are ruled out, the form aimed at and the form arranged;
- the recorded consents (whose, which forms), and, where the case needs care, specialist and risk review;
- whether an entry can be corrected is left to each edge: a correction is tried at every state that is found, and every
  entry that keeps the step must leave what can be corrected as it was.

While a contact is followed up, what another contact would depend on is left to the slice that plans one.

Left out, because nothing but the clock and the wording depends on them: dates, counts, versions, ids, which agencies
were asked before, whereabouts, limited access, who is assigned. A wait's reminders and overdue marks are left out too:
at each state the clock is run to its end. Time stops between entries; what the clock does next happens at its
own time, so that timers fire. Hold, deadlines, contact preference, review, assignment and rules are independent: each
is tried at every state and must leave it, and `test_exploration` shows that they commute with every other entry.
"""

import functools
import hashlib
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from domain.agency_updates import CaseUpdate
from domain.authority import agency_waited_on, may_speak_for
from domain.case import Case, active_waits, open_concerns, waits_of
from domain.due_events import due_now, next_due
from domain.effects import Ask, CancelAsk, Effect, NotifySupervisor, NotifyVictim, answers_to, asks, effects
from domain.events import (
    AskFailed,
    AskRetried,
    AskReturned,
    CircumstancesChanged,
    EntryCorrected,
    Event,
    FactsCorrected,
    InformationRequested,
    MessagePassed,
    Record,
    Resumed,
    RouteExtended,
)
from domain.guard import blocks_meeting, conditions_of, is_stopped
from domain.process import advance
from domain.reasons import Reason
from domain.refusals import RecordRefused
from domain.steps import ADDED, CHECKED_IN_PARALLEL, checks_outstanding, consents_needed
from domain.values import replace
from domain.victim_explanation import victim_view
from domain.victim_notifications import wants_messages
from domain.vocabulary import (
    AGENCY_KINDS,
    IMPLIED_FLAGS,
    AgencyRef,
    InitiatedBy,
    Refusal,
    Role,
    Stage,
    Step,
    WaitKind,
    is_agency,
    subject_of,
)
from domain.waits import Wait
from domain.wording.refusals import SENTENCES
from tests.domain.alphabet import ANOTHER, NEVER_ASKED, SUPERVISOR, TIMER, as_agency, ask_answers, records
from tests.domain.truth import untruths, untruths_of_act, untruths_on_page, view_of
from tests.domain.truth_to_agencies import untruths_told

State = tuple[object, ...]
Follows = Callable[[Case, Event], bool]
Entry = tuple[Case, Record, datetime, Case]
"""A case, what is recorded in it and when, and the case after it."""
_STAGES = tuple(Stage)
TIMER_STEPS_AT_MOST = 60


def state_of(case: Case) -> State:
    """The control state of `case`; see above for what it leaves out."""
    progress = case.progress
    if case.is_closed or case.step is Step.FOLLOWING_UP:
        over = case.no_further_contact and not case.is_closed
        return (
            progress.step.value,
            progress.stage.value,
            _contacts(case),
            _list_undecided(case),
            over,
            _transfer(case),
            _adults(case),
        )
    return (
        progress.step.value,
        progress.stage.value,
        tuple(sorted(_wait(wait) for wait in progress.waits)),
        _list_undecided(case),
        tuple(progress.route) if case.step is Step.TRACING else (),
        progress.responsible_agency,
        _list_challenged(case),
        tuple(sorted(side.value for side in progress.ready)),
        tuple(sorted(form.value for form in progress.ruled_out)),
        case.form.value,
        progress.arrangement.form.value if progress.arrangement else "",
        _contacts(case),
        _transfer(case),
        _adults(case),
        tuple(sorted((consent.whose.value, len(consent.forms)) for consent in case.consents)),
        _safety(case),
    )


def _wait(wait: Wait) -> str:
    """What is waited for, from which side, and whether it is paused; which entry added a follow-up is left out."""
    key = wait.key.partition(ADDED)[0] if wait.kind is WaitKind.FOLLOW_UP else wait.key
    return f"{key}@{wait.waiting_on}{'*' * bool(wait.paused_since)}"


def _contacts(case: Case) -> tuple[object, ...]:
    """How many contacts there were, how many follow-ups of each are done, which others are outstanding, and a stop."""
    contacts = case.progress.contacts
    if not contacts:
        return ((), 0, False)
    added = sum(wait.key.startswith(f"{WaitKind.FOLLOW_UP}:{ADDED}") for wait in waits_of(case, WaitKind.FOLLOW_UP))
    stopped = contacts[-1].result == "stopped_for_safety"
    return (tuple(held.follow_ups for held in contacts), added, stopped and not case.is_closed)


def _list_undecided(case: Case) -> tuple[object, ...]:
    """What stops contact in any state: up to two open concerns, and reported deaths."""
    return (min(len(open_concerns(case)), 2), tuple(sorted(death.whose.value for death in case.deaths)))


def _adults(case: Case) -> tuple[object, ...]:
    """Who came of age, and has not said yet whether they take part."""
    return () if case.is_closed else tuple(sorted((adult.side.value, adult.wait is None) for adult in case.adults))


def _transfer(case: Case) -> tuple[object, ...]:
    """The area, and whether another is to take the case over."""
    return () if case.is_closed else (case.area, case.transfer is not None)


def _safety(case: Case) -> tuple[object, ...]:
    """What else the guard depends on."""
    facilitator, risk = case.facilitator, case.risk
    return (
        bool(case.needs_specialist_in),
        (bool(facilitator.specialist_in), facilitator.active) if facilitator else (),
        (risk.result, risk.further_abuse, bool(risk.specialist_in), risk.expired) if risk else (),
        tuple(sorted({condition.value for condition, _ in conditions_of(case)})),
        case.no_further_contact,
        tuple(sorted(check.agency for check in case.progress.checks if check.cleared_on is None)),
    )


def _list_challenged(case: Case) -> tuple[str, ...]:
    """The challenged agencies that could still object: those now asked, and those that the alphabet may ask again."""
    challenged = [check.agency for check in case.progress.checks if check.challenged]
    if not challenged:
        return ()
    asked = {agency_waited_on(wait) for wait in case.progress.waits}
    may_object = asked | {case.progress.responsible_agency, ANOTHER}
    return tuple(sorted(agency for agency in challenged if agency in may_object))


class TooManyStates(Exception):
    """An exploration came to its limit; the text says how many states that is."""


@dataclass
class Graph:
    """The result: one case for each state, and every edge, refusal and change of step."""

    cases: dict[State, tuple[Case, datetime]] = field(default_factory=dict)
    edges: dict[State, set[State]] = field(default_factory=lambda: defaultdict(set))
    labels: set[tuple[str, str, str, str]] = field(default_factory=set)
    step_changes: set[tuple[type[Event], Step, Step]] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    taken_when_closed: set[type[Event]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @property
    def edge_count(self) -> int:
        """How many different (state, event, state) there are."""
        return len(self.labels)

    def digest(self) -> str:
        """A digest of every edge with its effects: it changes when the rules give anything else for any state."""
        written = json.dumps(sorted(self.labels), separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()


def explore(starts: Iterable[tuple[Case, datetime]], follows: Follows, limit: int = 1_000_000) -> Graph:
    """Every state that is reachable from `starts` by what `follows`, with what was wrong on the way in `faults`.

    Events that are not followed are tried at every state too, and what they lead to is judged, but not explored.
    Raises TooManyStates where there are more than `limit`: a part of them proves nothing about the rest.
    """
    graph, waiting = Graph(), deque[State]()

    def visit(case: Case, now: datetime) -> State:
        state = state_of(case)
        if state not in graph.cases:
            if len(graph.cases) == limit:
                raise TooManyStates(f"more than {limit} states can be reached")
            graph.cases[state] = (case, now)
            waiting.append(state)
        return state

    for case, now in starts:
        visit(case, now)
    while waiting:
        state = waiting.popleft()
        case, now = graph.cases[state]
        graph.faults += [f"{_name(case)}: {fault}" for fault in faults_of(case, now)]
        for before, record, moment, after in (*_try_all(graph, case, now), *_run_clock(case, now)):
            followed = follows(before, record.event)
            target = visit(after, moment) if followed else state_of(after)
            if followed:
                graph.edges[state].add(target)
            _note(graph, before, record, moment, after, state, target)
            graph.faults += [
                f"{record.event!r} at {_name(case)}: {fault}" for fault in _undo_at_once(graph, before, after, moment)
            ]
    return graph


def reach(starts: Iterable[tuple[Case, datetime]], follows: Follows) -> dict[State, tuple[Case, datetime]]:
    """One case for each state that `explore` finds, as it finds them: nothing else is tried, and nothing is judged."""
    cases: dict[State, tuple[Case, datetime]] = {}
    waiting = deque(starts)
    while waiting:
        case, now = waiting.popleft()
        state = state_of(case)
        if state in cases:
            continue
        cases[state] = (case, now)
        for record, moment in records(case, now):
            if follows(case, record.event) and (after := try_record(case, record, moment)) is not None:
                waiting.append((after, moment))
        for before, record, moment, after in _run_clock(case, now):
            if follows(before, record.event):
                waiting.append((after, moment))
    return cases


def _try_all(graph: Graph, case: Case, now: datetime) -> Iterator[Entry]:
    for record, moment in records(case, now):
        try:
            yield case, record, moment, advance(case, record, moment)
        except RecordRefused as refusal:
            graph.refusals[refusal.code] += 1
            is_unasked = refusal.code is Refusal.CHECK_OUTSTANDING and not checks_outstanding(case)
            if is_unasked and isinstance(record.event, MessagePassed):
                graph.faults.append(f"{_name(case)}: contact waits for a check that nobody is asked for")
            if refusal.code not in SENTENCES or not str(refusal):
                graph.faults.append(f"{record.event!r} is refused without a sentence")


def _run_clock(case: Case, now: datetime) -> Iterator[Entry]:
    """What the clock records while nobody else records anything, until it leads to another state."""
    state = state_of(case)
    for step in range(TIMER_STEPS_AT_MOST):
        coming = next_due(case)
        if coming is None:
            break
        moment, record = max(now, coming[0]), Record(f"clock-{step}", coming[1], TIMER)
        after = advance(case, record, moment)
        yield case, record, moment, after
        if state_of(after) != state:
            break
        case, now = after, moment


def _note(graph: Graph, case: Case, record: Record, moment: datetime, after: Case, state: State, target: State) -> None:
    todo = effects(case, after, record)
    graph.step_changes.add((type(record.event), case.step, after.step))
    graph.labels.add((_digest(state), record.event.name, "; ".join(map(_describe, todo)), _digest(target)))
    if case.is_closed:
        graph.taken_when_closed.add(type(record.event))
    faults = edge_faults(case, record, after, todo, moment)
    graph.faults += [f"{record.event!r} at {_name(case)}: {fault}" for fault in faults]


def _undo_at_once(graph: Graph, case: Case, after: Case, moment: datetime) -> Iterator[str]:
    """Take an entry that changed the step back at once: the case is as it was, but for a meeting day."""
    if after.undo_point is None or after.step is case.step:
        return
    try:
        back = advance(after, Record("correction", EntryCorrected(after.undo_point.entry), SUPERVISOR), moment)
    except RecordRefused as refusal:
        yield f"cannot be corrected: {refusal.code}"
        return
    graph.step_changes.add((EntryCorrected, after.step, back.step))
    if case.progress.arrangement is not None:
        if (back.step, back.progress.arrangement) != (Step.PREPARING, None):
            yield "a correction restores a meeting day"
        return
    running = {wait.key: wait.asked for wait in after.progress.waits}
    waits = tuple(
        wait if not wait.asked or running.get(wait.key) == wait.asked else replace(wait, asked=back.version)
        for wait in case.progress.waits
    )
    limited_access = after.progress.limited_access
    if back.progress != replace(case.progress, waits=waits, limited_access=limited_access):
        yield "a correction does not give the case as it was"


def _describe(effect: Effect) -> str:
    match effect:
        case Ask():
            return f"ask {effect.question} {effect.agency} {bool(effect.reminder)}"
        case CancelAsk():
            return f"cancel {effect.agency}"
        case CaseUpdate():
            return f"update {effect.agency} {' '.join(effect.changed)}"
        case NotifyVictim():
            return f"notify victim {effect.message}"
        case NotifySupervisor():
            return f"notify supervisor {effect.event}"


@functools.cache
def _digest(state: State) -> str:
    return hashlib.blake2b(repr(state).encode(), digest_size=8).hexdigest()


def _name(case: Case) -> str:
    return f"{case.step} [{', '.join(wait.key for wait in case.progress.waits)}]"


def faults_of(case: Case, now: datetime) -> Iterator[str]:
    """What is wrong with a case: a wait missing, unowned or undated, an ask nobody may answer, a restless clock."""
    waits = active_waits(case)
    if not case.is_closed and all(wait.kind is WaitKind.FIRST_CONTACT for wait in waits):
        yield "open without a wait"
    if len({wait.key for wait in case.progress.waits}) != len(case.progress.waits):
        yield "two waits of one key"
    yield from (f"{wait.key} has no owner" for wait in waits if not wait.waiting_on)
    yield from _unsafe(case)
    yield from _find_undelivered(case, now)
    if case.is_closed and case.progress.waits:
        yield "ended and still waiting"
    yield from find_untrue_words(case, now)
    yield from _unheard(case, now)
    yield from _restless(case, now)


def find_untrue_words(case: Case, now: datetime) -> Iterator[str]:
    """What a caseworker would say, or the victim would be sent at the next update, although it is not so."""
    if case.step is not Step.ASKING_VICTIM and wants_messages(case):
        view = victim_view(case, now.date())
        yield from untruths(view if case.news is None else replace(view, next_update_on=None), case, now.date())
        yield from untruths_on_page(case, now.date())


def _unsafe(case: Case) -> Iterator[str]:
    """A meeting day that the guard blocks, a side that is ready without assessment, or an ask while it is stopped."""
    arrangement = case.progress.arrangement
    if case.progress.ready and case.progress.ready_on is None:
        yield "a side is ready that nobody has assessed"
    if arrangement is not None and (
        blocks := blocks_meeting(case, arrangement.form, arrangement.day, arrangement.conditions)
    ):
        yield f"has a meeting day although {blocks[0].code}"
    if _list_undecided(case) != (0, ()):
        kinds = {WaitKind.APPROACH, WaitKind.OFFENDER_ANSWER}
        yield from (
            f"asks for {ask.question} although contact is stopped" for ask in asks(case) if ask.question in kinds
        )


def _find_undelivered(case: Case, now: datetime) -> Iterator[str]:
    """What is wrong with an ask that cannot be delivered: nobody can solve it, or not in every way."""
    failed = {wait.key: wait for wait in case.progress.waits if wait.undelivered}
    problems = {subject_of(wait.key): wait for wait in waits_of(case, WaitKind.TECHNICAL_PROBLEM)}
    if failed.keys() != problems.keys():
        yield f"undelivered: {sorted(failed)}, to be settled: {sorted(problems)}"
    yield from (f"{key} is chased in vain" for key, wait in failed.items() if wait.chase_on is not None)
    for problem in problems.values():
        if problem.waiting_on != "supervisor" or problem.problem is None or problem.due_on <= problem.since.date():
            yield f"{problem.key} is nobody's, has no day, or does not say what failed"
        for event in (AskRetried(problem.key), RouteExtended(NEVER_ASKED, wait=problem.key)):
            settled = try_record(case, Record("settled", event, SUPERVISOR), now)
            if settled is None or any(wait.key == problem.key for wait in settled.progress.waits):
                yield f"{event.name} does not settle {problem.key}"


def try_record(case: Case, record: Record, now: datetime) -> Case | None:
    """The case after `record`; None where it is refused."""
    try:
        return advance(case, record, now)
    except RecordRefused:
        return None


def _unheard(case: Case, now: datetime) -> Iterator[str]:
    """What an agency that is waited on would be refused: its answer, or that the ask is not its own to answer."""
    for wait in case.progress.waits:
        if not is_agency(wait.waiting_on):
            continue
        for event in (ask_answers(case, wait.kind), AskReturned(wait.key)):
            if try_record(case, Record("answer", event, as_agency(AgencyRef(wait.waiting_on))), now) is None:
                yield f"waits for {wait.key} and refuses {event.name} of {wait.waiting_on}"


def _restless(case: Case, now: datetime) -> Iterator[str]:
    """Whether the clock, run some years ahead, stops there and has nothing left to do."""
    coming = next_due(case)
    later = now + timedelta(days=3 * 366)
    for step in range(TIMER_STEPS_AT_MOST):
        event = due_now(case, later)
        if event is None:
            break
        case = advance(case, Record(f"timer-{step}", event, TIMER), later)
    else:
        yield f"the clock never stops: {due_now(case, later)!r}"
    coming = next_due(case)
    if coming is not None and coming[0] <= later:
        yield "something is still due after the clock stopped"


def edge_faults(case: Case, record: Record, after: Case, todo: tuple[Effect, ...], moment: datetime) -> Iterator[str]:
    """What is wrong with an entry and with the effects that follow from it."""
    if after.version != case.version + 1:
        yield "versions do not count entries"
    corrects = isinstance(record.event, EntryCorrected)
    if _STAGES.index(after.stage) < _STAGES.index(case.stage) and not corrects:
        yield f"the stage goes back to {after.stage}"
    # After a hold, what a correction gives back has the time that it had left.
    may_change = after.step is not case.step or isinstance(record.event, (EntryCorrected, Resumed))
    if not may_change and after.undo_point is not case.undo_point and _undoes(after) != _undoes(case):
        yield "an entry that keeps the step changes what can be corrected"
    if corrects and after.undo_point is not None:
        yield "a correction can itself be corrected"
    yield from _find_unchecked(record, after)
    yield from _find_unflagged(case, after)
    if after.area != case.area:
        cleared = {check.agency for check in after.progress.checks if check.cleared_on is not None}
        yield from (f"the clearance of {agency} is that of another area" for agency in cleared & AGENCY_KINDS)
    if isinstance(record.event, MessagePassed):
        given = {consent.whose for consent in case.consents if record.event.form in consent.forms}
        yield from (
            f"a message is passed on without a consent of {whose}" for whose in {*consents_needed(case)} - given
        )
    if corrects:
        yield from _made_easier(case, after)
    yield from _duty_faults(case, record, after, todo)
    yield from untruths_of_entry(case, record, after, todo, moment.date())


def untruths_of_entry(case: Case, record: Record, after: Case, todo: tuple[Effect, ...], today: date) -> Iterator[str]:
    """What anybody is sent because of an entry, or reads after their act, although it is not so."""
    for effect in todo:
        if isinstance(effect, NotifyVictim):
            since = after.news.wait.since.date() if after.news else None
            yield from untruths(view_of(effect), after, since or after.victim_updated_on or after.day_of_request, todo)
        else:
            yield from untruths_told(effect, after, today)
    if record.by.role is Role.VICTIM:
        yield from untruths_of_act(case, record, after, today)


def _undoes(case: Case) -> tuple[object, ...]:
    """What a correction would undo; when its waits are due is left out, since a pause shifts them too."""
    undo = case.undo_point
    if undo is None:
        return ()
    states = (undo.before, undo.after)
    waits = tuple((wait.key, wait.waiting_on) for state in states for wait in state.waits)
    return (undo.entry, *(replace(state, waits=()) for state in states), waits, undo.notified)


def _made_easier(case: Case, after: Case) -> Iterator[str]:
    """What a correction gives back although it was lost after the entry that is undone."""
    assert case.undo_point is not None
    now, undone, back = case.progress, case.undo_point.after, after.progress
    if not (now.ruled_out - undone.ruled_out) | case.undo_point.ruled_out <= back.ruled_out:
        yield "a correction allows a type of contact that was ruled out since"
    if now.limited_access and not back.limited_access:
        yield "a correction opens a record that only named people may see"
    if back.arrangement is not None:
        yield "a correction restores a meeting day"
    cleared, lost = ({check.agency for check in state.checks if check.cleared_on} for state in (now, undone))
    for check in back.checks:
        if check.cleared_on is not None and check.agency not in cleared and check.agency in lost:
            yield f"a correction restores the clearance of {check.agency}, which is void since"


def _find_unflagged(case: Case, after: Case) -> Iterator[str]:
    """A flag that does not follow from its offence, or that stops nothing before the victim has asked."""
    implied = IMPLIED_FLAGS.get(after.request.offence)
    if implied is not None and implied not in after.flags:
        yield f"{implied} does not follow from the offence"
    early = after.step in (Step.ASKING_VICTIM, Step.SCREENING)
    added = after.needs_specialist_in - case.needs_specialist_in
    others = early and after.request.initiated_by is not InitiatedBy.VICTIM
    if others and added and Reason.VICTIM_MUST_ASK not in {concern.reason for concern in open_concerns(after)}:
        yield "a flag is added and nobody decides whether the victim must ask"


def _find_unchecked(record: Record, after: Case) -> Iterator[str]:
    """A check that changed whereabouts need and for which nobody is asked."""
    progress, event = after.progress, record.event
    moved = isinstance(event, CircumstancesChanged | FactsCorrected) and event.whereabouts is not None
    if not moved or progress.responsible_agency is None or after.step not in CHECKED_IN_PARALLEL | {Step.AGENCY_CHECK}:
        return
    known = {check.agency for check in progress.checks}
    waited = {agency_waited_on(wait) for wait in checks_outstanding(after)}
    waited |= {check.agency for check in progress.checks if check.cleared_on is not None}
    if is_stopped(after):
        # Asked again once the concern is decided that its objection is.
        waited |= {check.agency for check in progress.checks if check.objection is not None}
    for checker in after.rules.process.checkers_of(progress.responsible_agency, progress.whereabouts):
        if checker not in known & waited:
            yield f"{checker} is not asked for its check"


def _duty_faults(case: Case, record: Record, after: Case, todo: tuple[Effect, ...]) -> Iterator[str]:
    keys = [effect.key for effect in todo]
    before, now = {ask.key: ask for ask in asks(case)}, {ask.key: ask for ask in asks(after)}
    if len(set(keys)) != len(keys):
        yield f"a key recurs: {keys}"
    fresh = [effect for effect in todo if isinstance(effect, Ask) and not effect.reminder]
    if {ask.key for ask in fresh} != now.keys() - before.keys():
        yield "what is asked is not what is newly wanted"
    yield from (f"{ask.key} may recur" for ask in fresh if ask.key.split(".")[1] != str(after.version))
    back = {effect.ask for effect in todo if isinstance(effect, CancelAsk)}
    if back & now.keys():
        yield "an ask that is still wanted is cancelled"
    vanished = before.keys() - now.keys()
    yield from (f"{key} is forgotten" for key in vanished - back if not _has_answered(case, record, before[key]))


def _has_answered(case: Case, record: Record, ask: Ask) -> bool:
    if isinstance(record.event, AskFailed):
        return record.event.wait == ask.wait
    answers = isinstance(record.event, (*answers_to(ask.question), AskReturned, InformationRequested))
    staff = record.by.role is not Role.AGENCY and record.by.on_behalf_of is None
    return answers and not staff and may_speak_for(case, record.by, ask.agency)


def without_a_way_out(graph: Graph) -> list[State]:
    """The states from which no end can be reached."""
    back: dict[State, set[State]] = defaultdict(set)
    for source, targets in graph.edges.items():
        for target in targets:
            back[target].add(source)
    ends = deque(state for state in graph.cases if state[0] == Step.CLOSED)
    reached = set(ends)
    while ends:
        fresh = back[ends.popleft()] - reached
        reached |= fresh
        ends.extend(fresh)
    return [state for state in graph.cases if state not in reached]
