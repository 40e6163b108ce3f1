"""What the demonstration says of a case that is not where it was to end."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from devstack.demo_report import describe_run
from devstack.runner import SampleRun
from devstack.samples import read_samples
from domain.events import Actor, Record
from domain.intake import open_case
from domain.vocabulary import CaseRef, Role

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REF = CaseRef("RJ-2222-3333")


@pytest.fixture
def run() -> SampleRun:
    return SampleRun(read_samples()[0], REF)


def test_a_case_is_at_a_step_and_waits_for_somebody(run: SampleRun) -> None:
    record = Record("request", run.sample.row.request, Actor(Role.SERVICE))
    run.case = open_case(REF, record, MONDAY)

    assert describe_run(run) == (
        "stage requested, step screening; waits on caseworker for screening, due 2026-11-30; "
        "waits on caseworker for first_contact, due 2026-11-30"
    )


def test_what_is_overdue_is_said_to_be(run: SampleRun) -> None:
    record = Record("request", run.sample.row.request, Actor(Role.SERVICE))
    case = open_case(REF, record, MONDAY)
    waits = tuple(replace(wait, overdue_since=wait.due_on) for wait in case.progress.waits)
    run.case = replace(case, progress=replace(case.progress, waits=waits))

    assert "screening, due 2026-11-30, overdue" in describe_run(run)


def test_a_request_may_have_been_refused_or_have_come_nowhere(run: SampleRun) -> None:
    assert describe_run(run) == "not in the case file"
    run.refused = "victim_must_ask"
    assert describe_run(run) == "refused, victim_must_ask"
