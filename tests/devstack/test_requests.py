"""The sample requests: each is walked through the process, with its agencies and staff, to where it is to end."""

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from devstack.behaviours import ReceivedAsk, ReceivedUpdate, Reply, plan_replies, plan_statements, unavailable_days
from devstack.directory import AREAS, BY_HAND
from devstack.samples import REQUESTS, BadSampleError, Sample, read_samples
from devstack.scenarios import PROMPT, Manner
from devstack.situations import Course, PastEntry, find_gaps
from devstack.staff_scripts import CLOSED, ScriptedAction, next_staff_event
from domain.agency_updates import CaseUpdate, UpdateKind
from domain.case import Case, active_waits
from domain.due_events import due_now
from domain.effects import Ask, CancelAsk, effects
from domain.events import Actor, Record
from domain.intake import open_case
from domain.json_values import to_json
from domain.process import advance
from domain.reasons import Reason
from domain.refusals import RecordRefused
from domain.routes import route_of
from domain.vocabulary import (
    AgeGroup,
    AgencyRef,
    CaseRef,
    Form,
    InitiatedBy,
    Offence,
    Refusal,
    Role,
    Route,
    Stage,
    Step,
    TakesPartAs,
    WaitKind,
    agency_kind,
)
from workflows.record_codec import read_record, write_record

SAMPLES = read_samples()
STARTS = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAYS = 420
"""How long a walk may take, in days of the case."""
AWAY = timedelta(days=70)
"""How long nobody works where the demonstration's worker is killed, and its work given to another."""

_CASE = TypeAdapter(Case)


@dataclass
class Walk:
    """One request on its way: agencies answer, the clock runs, staff look, every so many `days` or sooner."""

    sample: Sample
    chance: random.Random
    days: int = 1
    now: datetime = STARTS
    records: list[Record] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    answers: list[tuple[datetime, int, AgencyRef, str, Reply]] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    number: Iterator[int] = field(default_factory=count)
    case: Case = field(init=False)
    entries: list[PastEntry] = field(default_factory=list)
    told: dict[str, frozenset[UpdateKind]] = field(default_factory=dict)
    filed: Case | None = None
    next_look: datetime = STARTS
    unavailable_before: ScriptedAction | None = None
    """Once this action is the next about some wait, nobody works for a while."""

    def __post_init__(self) -> None:
        by = Actor(Role.SERVICE, "import:samples")
        record = Record(f"request:{self.sample.row.source_id}", self.sample.row.request, by)
        self.case = open_case(CaseRef("RJ-2222-3333"), record, self.now)

    def until_over(self) -> None:
        """Go on until the case is where it is to end and nothing more comes, or time is up."""
        while self.now < STARTS + timedelta(days=DAYS):
            self.now += timedelta(hours=self.chance.choice((3, 9, 26)))
            self._stay_unavailable()
            self._run_clock()
            self._hear_agencies()
            if self.now >= self.next_look:
                self.next_look = self.now + timedelta(hours=self.chance.randrange(0, 24 * self.days))
                self._look_as_staff()
            if self.sample.end.is_reached(self.case) and self._is_quiet():
                return

    def _stay_unavailable(self) -> None:
        action, places = (
            self.unavailable_before,
            {place for wait in active_waits(self.case) for place in (wait.kind, wait.key)},
        )
        if action is not None and action.on in places and not self._left_before(action):
            self.now += AWAY
            self.unavailable_before = None

    def _left_before(self, action: ScriptedAction) -> list[ScriptedAction]:
        """The actions about the same wait that come before `action`, and were not played yet."""
        actions = self.sample.script.actions
        return [
            other
            for other in actions[: actions.index(action)]
            if other.on == action.on and not self.has_recorded(other)
        ]

    def has_recorded(self, action: ScriptedAction) -> bool:
        """Whether the case has taken it."""
        number = self.sample.script.actions.index(action) + 1
        id = f"demo:{self.sample.row.source_id}:{number}:{action.event}:v"
        return any(record.id.startswith(id) for record in self.records)

    def _is_quiet(self) -> bool:
        late = any(reply.even_if_cancelled for *_, reply in self.answers)
        ended_on = self.case.progress.ended_on
        settled = ended_on is None or self.now.date() > ended_on + timedelta(days=20)
        return not late and settled and self.case.review_wait is None

    def _run_clock(self) -> None:
        while (event := due_now(self.case, self.now)) is not None:
            self._take(Record(f"timer:{next(self.number)}", event, Actor(Role.TIMER)))

    def _hear_agencies(self) -> None:
        while self.answers and self.answers[0][0] <= self.now:
            _, number, agency, ask, reply = heapq.heappop(self.answers)
            if reply.even_if_cancelled or ask not in self.cancelled:
                self._take(self._webhook(agency, reply, number))

    def _webhook(self, agency: AgencyRef, reply: Reply, number: int) -> Record:
        kind = agency_kind(agency)
        by = Actor(Role.AGENCY, f"sample-{kind}", kind, self.case.area)
        raw = {"id": f"answer:{number}", "event": reply.event, "data": reply.data, "by": to_json(by)}
        return read_record(raw)

    def _look_as_staff(self) -> None:
        done = {record.id for record in self.records}
        record = next_staff_event(self.sample.script, self._as_filed(), self.now, done)
        if record is not None:
            self._take(read_record(write_record(record)))

    def _as_filed(self) -> Case:
        """The case as it is read from the case file."""
        if self.filed is None or self.filed.version != self.case.version:
            self.filed = _CASE.validate_python(to_json(self.case))
            assert self.filed == self.case
        return self.filed

    def _take(self, record: Record) -> None:
        try:
            after = advance(self.case, record, self.now)
        except RecordRefused as refusal:
            self.refused.append((record.id, refusal.code))
            return
        self.records.append(record)
        self.entries.append(PastEntry(record.event.name, after.step, self.now.date()))
        before, self.case = self.case, after
        for effect in effects(before, after, record):
            match effect:
                case Ask():
                    self._ask(effect)
                case CancelAsk():
                    self.cancelled.add(effect.ask)
                case CaseUpdate():
                    self._tell(effect)

    def _tell(self, update: CaseUpdate) -> None:
        kind = agency_kind(AgencyRef(update.agency))
        behaviour = self.sample.agencies.get(kind, PROMPT)
        for change in update.changed:
            self.asked[update.agency, change] += 1
            received = ReceivedUpdate(change, update.day, self.asked[update.agency, change])
            for reply in plan_statements(behaviour, received, self.now):
                at = self.now + timedelta(days=reply.after_days)
                heapq.heappush(self.answers, (at, next(self.number), AgencyRef(update.agency), update.key, reply))
        self.told[kind] = self.told.get(kind, frozenset()) | set(update.changed)

    def _ask(self, ask: Ask) -> None:
        kind = agency_kind(ask.agency)
        if kind in BY_HAND:
            return
        behaviour = self.sample.agencies.get(kind, PROMPT)
        self.asked[ask.agency, ask.question] += ask.reminder == 0
        times = self.asked[ask.agency, ask.question]
        asked = ReceivedAsk(kind, ask.question, ask.due_on, ask.reminder, times)
        away = unavailable_days(behaviour)
        for reply in plan_replies(behaviour, asked):
            at = self.now + timedelta(days=reply.after_days + away)
            # What is asked under a reminder's key is the ask that it reminds of.
            key = ask.key.partition(".reminder-")[0]
            heapq.heappush(self.answers, (at, next(self.number), ask.agency, key, reply))


TAKEN = tuple(sample for sample in SAMPLES if sample.end.refused is None)


@pytest.mark.parametrize("days", [1, 2, 5], ids="staff look every {} days".format)
@pytest.mark.parametrize("sample", TAKEN, ids=lambda sample: sample.row.source_id)
def test_a_sample_comes_to_the_end_that_its_scenario_names(sample: Sample, days: int) -> None:
    walk = Walk(sample, random.Random(days), days)
    walk.until_over()
    events = [record.event.name for record in walk.records]
    assert sample.end.is_reached(walk.case), (walk.case.step, walk.case.progress.reason, events, walk.refused)
    assert not [refusal for refusal in walk.refused if refusal[0].startswith("demo:")]
    assert not list(find_gaps(sample.end, walk.case, Course(tuple(walk.entries), walk.told))), events
    assert walk.now < STARTS + timedelta(days=DAYS)


@pytest.mark.parametrize(
    ("sample", "action"),
    [
        pytest.param(sample, action, id=f"{sample.row.source_id} {action.on} {action.event}")
        for sample in TAKEN
        for action in sample.script.actions
        if action.event is not None and action.on != CLOSED
    ],
)
def test_no_play_has_to_be_sooner_than_an_agency(sample: Sample, action: ScriptedAction) -> None:
    walk = Walk(sample, random.Random(1), unavailable_before=action)
    walk.until_over()
    assert sample.end.is_reached(walk.case)
    assert walk.has_recorded(action)


@pytest.mark.parametrize(
    "sample", [sample for sample in SAMPLES if sample.end.refused], ids=lambda sample: sample.row.source_id
)
def test_a_sample_that_is_refused_at_once_opens_no_case(sample: Sample) -> None:
    with pytest.raises(RecordRefused) as refused:
        Walk(sample, random.Random(1))
    assert refused.value.code is sample.end.refused is Refusal.VICTIM_MUST_ASK


def test_a_sample_left_open_is_overdue_with_somebody_since_a_day() -> None:
    for sample in (sample for sample in SAMPLES if sample.end.open):
        walk = Walk(sample, random.Random(1))
        walk.until_over()
        overdue = [wait for wait in active_waits(walk.case) if wait.is_overdue]
        assert overdue
        assert all(wait.waiting_on and wait.due_on <= walk.now.date() for wait in overdue)


def test_the_samples_are_many_and_varied() -> None:
    requests = [sample.row.request for sample in SAMPLES]
    assert len(SAMPLES) >= 44
    assert {request.area for request in requests} == set(AREAS)
    assert {route_of(request) for request in requests} == set(Route)
    assert {request.initiated_by for request in requests} == set(InitiatedBy)
    assert {request.takes_part_as for request in requests} == set(TakesPartAs)
    assert {request.preferred_form for request in requests} == set(Form)
    assert {request.offender_age_group for request in requests} >= set(AgeGroup) - {AgeGroup.ORGANISATION}
    assert {"en", "cy", "pl", "ur", "bfi"} <= {sample.row.victim.language for sample in SAMPLES}
    offences = set(Offence) - {Offence.STALKING_OR_HARASSMENT, Offence.NOT_STATED}
    assert {request.offence for request in requests} == offences


def test_nobody_occurs_twice_among_the_samples() -> None:
    names = [sample.row.victim.name for sample in SAMPLES]
    names += [sample.row.offender.name for sample in SAMPLES if sample.row.offender]
    again = [sample.row.victim.name for sample in SAMPLES if sample.situation == "Two offenders: the other says yes"]
    assert Counter(names) - Counter(set(names)) == Counter(again)


def test_the_victim_of_two_offenders_has_a_case_about_each_of_them() -> None:
    no, yes = (sample.row for sample in SAMPLES if sample.situation.startswith("Two offenders"))
    assert (no.victim, no.request.incident, no.request.area) == (yes.victim, yes.request.incident, yes.request.area)
    assert no.offender != yes.offender


def test_the_samples_go_through_the_situations_that_the_process_must_master() -> None:
    assert len({sample.situation for sample in SAMPLES} - {""}) >= 15
    for sample in SAMPLES:
        assert not sample.situation or sample.end.passes or sample.end.refused or sample.end.open, sample.situation


def test_every_way_to_end_occurs() -> None:
    ends = [sample.end for sample in SAMPLES]
    assert {end.reason for end in ends if end.stage is Stage.DECLINED} == ENDINGS
    held = [sample for sample in SAMPLES if sample.end.stage is Stage.MEETING_HELD]
    assert {sample.row.request.preferred_form for sample in held} == set(Form)
    assert {(end.step, end.waits_on) for end in ends if end.open} == {
        (Step.TRACING, WaitKind.TRACE),
        (Step.TRACING, WaitKind.ROUTE),
        (Step.AGENCY_CHECK, WaitKind.AGENCY_CHECK),
        (Step.PREPARING, WaitKind.PREPARATION),
    }


def test_every_manner_of_an_agency_occurs() -> None:
    assert {value.manner for sample in SAMPLES for value in sample.agencies.values()} == set(Manner)


ENDINGS = frozenset(
    {
        Reason.VICTIM_DOES_NOT_WANT,
        Reason.DUPLICATE,
        Reason.NO_STANDING,
        Reason.VICTIM_UNREACHABLE,
        Reason.OFFENDER_UNIDENTIFIED,
        Reason.OUTSIDE_AREA,
        Reason.NO_MATCH,
        Reason.ACCESS_RESTRICTED,
        Reason.OFFENDER_DIED,
        Reason.DEPORTED,
        Reason.LICENCE_CONDITION,
        Reason.NO_CONTACT_ORDER,
        Reason.AGENCY_OBJECTS,
        Reason.AGENCY_NO_RESPONSE,
        Reason.OFFENDER_DECLINED,
        Reason.OFFENDER_WITHDREW,
        Reason.OFFENDER_UNREACHABLE,
        Reason.DENIES_RESPONSIBILITY,
        Reason.NOT_SAFE_AT_PRESENT,
        Reason.VICTIM_DIED,
        Reason.NO_AGREED_FORM,
        Reason.VICTIM_NEEDS_MET,
        Reason.VICTIM_WITHDREW,
    }
)
"""Each reason for which a sample ends without a meeting."""


def test_a_bad_sample_is_named_by_its_line(tmp_path: Path) -> None:
    good = REQUESTS.read_text().splitlines()[0]
    file = tmp_path / "samples.jsonl"
    file.write_text(good.replace('"expects"', '"expect"'))
    with pytest.raises(BadSampleError, match="line 1"):
        read_samples(file)
