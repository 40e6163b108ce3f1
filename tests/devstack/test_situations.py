"""A situation that a sample shows must have come about as it says, and the report says what happened in it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import asyncpg
import pytest
from rich.console import Console

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import open_pool
from devstack.runner import SampleRun
from devstack.samples import End, Sample, read_samples
from devstack.situations import Course, PastEntry, find_gaps, find_passed, read_course, situations_table
from domain.agency_updates import CaseUpdate, UpdateKind
from domain.case import Case, HeldContact
from domain.events import Actor, Record
from domain.intake import open_case
from domain.reasons import Reason
from domain.vocabulary import AgencyKind, CaseRef, Flag, Form, Role, Stage, Step
from ports.agencies import Attempt, AttemptOutcome, ChannelName
from ports.case_file import WriteBatch
from tests.adapters.batches import START, case, entry

REF = CaseRef("RJ-2222-3333")
DAY = date(2027, 1, 4)
END = End(
    Stage.DECLINED,
    Reason.NOT_SAFE_AT_PRESENT,
    passes=(("meeting_arranged", Step.SCHEDULED), ("agency_check_answered", Step.PREPARING), ("concern_decided", None)),
    told={AgencyKind.PRISON: (UpdateKind.DAY_SET, UpdateKind.DAY_CANCELLED)},
)
ARRANGED = PastEntry("meeting_arranged", Step.SCHEDULED, DAY)
CHECKED = PastEntry("agency_check_answered", Step.SCHEDULED, DAY)
OBJECTED = PastEntry("agency_check_answered", Step.PREPARING, DAY, ("objection", "agency_objects"), "prison")
DECIDED = PastEntry("concern_decided", Step.CLOSED, DAY, ("decline",))
TOLD = {"prison": frozenset({UpdateKind.DAY_SET, UpdateKind.DAY_CANCELLED})}


@pytest.fixture
def sample() -> Sample:
    return replace(read_samples()[0], end=END, situation="A late objection on the eve of the meeting")


def open_sample(sample: Sample) -> Case:
    return open_case(REF, Record("request", sample.row.request, Actor(Role.SERVICE)), START)


def test_entries_pass_in_their_order_and_at_their_step_with_others_between() -> None:
    course = Course((ARRANGED, CHECKED, OBJECTED, DECIDED), TOLD)
    assert find_passed(END, course) == (ARRANGED, OBJECTED, DECIDED)
    assert list(find_gaps(END, None, course)) == []


def test_the_first_entry_that_is_missing_is_named() -> None:
    course = Course((OBJECTED, ARRANGED, CHECKED, DECIDED), TOLD)
    assert find_passed(END, course) == (ARRANGED,)
    assert list(find_gaps(END, None, course)) == ["no agency_check_answered, at preparing"]
    assert list(find_gaps(END, None, Course((ARRANGED, OBJECTED), TOLD))) == ["no concern_decided, at any step"]


def test_what_an_agency_was_not_told_is_named() -> None:
    course = Course((ARRANGED, OBJECTED, DECIDED), {"prison": frozenset({UpdateKind.DAY_SET})})
    assert list(find_gaps(END, None, course)) == ["prison was not told: day_cancelled"]


def test_flags_contacts_and_time_are_as_the_situation_says(sample: Sample) -> None:
    end = End(Stage.MEETING_HELD, flags=frozenset({Flag.STALKING}), form=Form.LETTER, within_weeks=16)
    case = open_sample(sample)
    assert list(find_gaps(end, case, Course())) == [
        "no flag stalking",
        "contact by nothing instead of letter",
        "not at its end after 16 weeks",
    ]
    last_day = case.day_of_request + timedelta(weeks=16)
    contacts = (HeldContact(Form.LETTER, last_day),)
    ended = replace(case, flags=end.flags, progress=replace(case.progress, contacts=contacts, ended_on=last_day))
    assert list(find_gaps(end, ended, Course())) == []
    met = replace(ended, progress=replace(ended.progress, contacts=(*contacts, HeldContact(Form.VIDEO, last_day))))
    assert list(find_gaps(end, met, Course())) == ["contact by letter, video instead of letter"]


def test_the_report_says_what_happened_within_eighty_columns(sample: Sample) -> None:
    case = open_sample(sample)
    closed = replace(case.progress, stage=Stage.DECLINED, step=Step.CLOSED, reason=Reason.NOT_SAFE_AT_PRESENT)
    run = SampleRun(sample, REF, case=replace(case, progress=closed))
    with (console := Console(width=80)).capture() as captured:
        console.print(situations_table([run], {REF: Course((ARRANGED, CHECKED, OBJECTED, DECIDED), TOLD)}))
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= 80
    words = " ".join(line.strip("│").split("│")[-1].strip() for line in lines if line.startswith("│"))
    assert words == (
        "4 Jan: meeting arranged; 4 Jan: agency check answered by prison (objection, agency objects); 4 Jan: concern "
        "decided (decline); prison told: day set, day cancelled; ended: declined (not safe at present)"
    )


def test_a_request_that_was_refused_at_once_has_an_end_too(sample: Sample) -> None:
    run = SampleRun(sample, REF, refused="victim_must_ask")
    with (console := Console(width=80)).capture() as captured:
        console.print(situations_table([run], {REF: Course()}))
    assert "refused at once (victim must ask)" in captured.get()


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(dsn) as pool:
        yield pool


@pytest.mark.postgres
async def test_a_course_is_read_from_the_case_file_with_updates_that_arrived(pool: asyncpg.Pool) -> None:
    by = {"role": "agency", "id": "eastmoor-prison", "kind": "prison"}
    objection = entry(1, event="agency_check_answered", data={"answer": "objection"}, by=by)
    await PostgresCaseFile(pool).write(WriteBatch(REF, (objection,), case=case(1, REF)))
    for version, outcome in ((1, AttemptOutcome.DELIVERED), (2, AttemptOutcome.MANUAL), (3, AttemptOutcome.FAILED)):
        changed = ((UpdateKind.DAY_CANCELLED,), (UpdateKind.ON_HOLD,), (UpdateKind.ENDED,))[version - 1]
        update = CaseUpdate(f"{REF}.{version}.update.prison", REF, "eastmoor", "prison", version, changed)
        attempt = Attempt(outcome, "", "eastmoor-prison", ChannelName.HTTP, "https://prison.example")
        await PostgresAsks(pool).record_attempt(update, attempt)

    course = await read_course(pool, REF)

    assert [(past.event, past.codes, past.by) for past in course.entries] == [
        ("agency_check_answered", ("objection",), "prison")
    ]
    assert course.told == {"prison": {UpdateKind.DAY_CANCELLED, UpdateKind.ON_HOLD}}
