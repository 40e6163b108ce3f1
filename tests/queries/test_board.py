"""The board: what is counted of the open cases, exact for any areas together, and as of when."""

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres.board import PostgresBoard
from adapters.postgres.case_file import PostgresCaseFile
from application.digests import DigestMaker
from domain.people import Person, StaffRole
from domain.vocabulary import CaseRef, Stage, Step
from ports.case_file import WaitSnapshot, WriteBatch
from queries.board import BoardCounts, BoardQueries, Caseload
from queries.cases import CaseQueries
from queries.day_counts import DayCounts
from queries.digests import DigestQueries
from queries.news import News
from queries.stuck import StuckQueries
from tests.adapters.batches import START, case, entry

pytestmark = pytest.mark.postgres

TODAY = date(2026, 3, 31)
LATE = WaitSnapshot("screening", "caseworker", START, date(2026, 3, 9), overdue_since=date(2026, 3, 10))


async def _at_its_step_for(pool: asyncpg.Pool, number: int, days: int, **changes: Any) -> None:
    """An open case that has been at its step for `days`."""
    since = START + timedelta(days=(TODAY - START.date()).days - days)
    snapshot = case(1, CaseRef(f"RJ-2222-{2222 + number}"), received_at=since, **changes)
    await PostgresCaseFile(pool).write(
        WriteBatch(snapshot.ref, (entry(1, at=since, stage=snapshot.stage, step=snapshot.step),), case=snapshot)
    )


@pytest.fixture
async def _count_cases(pool: asyncpg.Pool) -> None:
    await _at_its_step_for(pool, 1, 3, assigned_to="cw-1")
    await _at_its_step_for(pool, 2, 5, assigned_to="cw-1", waits=(LATE,))
    await _at_its_step_for(pool, 3, 20, area="westhaven", assigned_to="cw-2", on_hold=True)
    await _at_its_step_for(pool, 4, 7, area="westhaven", stage="offender_traced", step="agency_check")
    await _at_its_step_for(pool, 5, 9, stage="declined", step="closed", ended_on=date(2026, 3, 30), waits=())
    assert await PostgresBoard(pool).refresh(TODAY, older_than=0)


async def test_nothing_is_said_before_a_server_has_counted(pool: asyncpg.Pool) -> None:
    assert await BoardQueries(pool).get_board(None) is None
    assert await BoardQueries(pool).get_caseloads(None) is None


@pytest.mark.usefixtures("_count_cases")
async def test_a_board_counts_the_open_cases_at_each_step(pool: asyncpg.Pool) -> None:
    shown = await BoardQueries(pool).get_board(None)
    assert shown is not None
    assert (shown.today, shown.counts) == (TODAY, BoardCounts(4, 1, 1, median_days=5, p90_days=20))
    requested, traced = shown.stages
    screening = BoardCounts(3, 1, 1, median_days=5, p90_days=20)
    assert (requested.stage, requested.counts, requested.steps) == (
        Stage.REQUESTED,
        screening,
        ((Step.SCREENING, screening),),
    )
    assert (traced.stage, traced.counts) == (Stage.OFFENDER_TRACED, BoardCounts(1, 0, 0, 7, 7))


@pytest.mark.usefixtures("_count_cases")
async def test_the_board_of_some_areas_counts_these_together(pool: asyncpg.Pool) -> None:
    one, both, none = (
        await BoardQueries(pool).get_board(["eastshire"]),
        await BoardQueries(pool).get_board(["eastshire", "westhaven"]),
        await BoardQueries(pool).get_board([""]),
    )
    assert one is not None
    assert one.counts == BoardCounts(2, 1, 0, median_days=3, p90_days=5)
    assert both == await BoardQueries(pool).get_board(None)
    assert none is not None
    assert (none.counts, none.stages) == (BoardCounts(), ())


@pytest.mark.usefixtures("_count_cases")
async def test_a_caseload_is_what_somebody_has_in_the_areas(pool: asyncpg.Pool) -> None:
    every, west = await BoardQueries(pool).get_caseloads(None), await BoardQueries(pool).get_caseloads(["westhaven"])
    assert every is not None
    assert every.people == (Caseload("cw-1", 2, 1, 0), Caseload("", 1, 0, 0), Caseload("cw-2", 1, 0, 1))
    assert west is not None
    assert west.people == (Caseload("", 1, 0, 0), Caseload("cw-2", 1, 0, 1))


@pytest.mark.usefixtures("_count_cases")
async def test_the_people_with_the_most_overdue_cases_and_the_unassigned_are_listed(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queries.board.MAX_PEOPLE", 1)
    shown = await BoardQueries(pool).get_caseloads(None)
    assert shown is not None
    assert shown.people == (Caseload("cw-1", 2, 1, 0), Caseload("", 1, 0, 0))
    assert shown.others == 1


@pytest.mark.usefixtures("_count_cases")
async def test_somebody_with_few_overdue_cases_finds_their_own_count(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queries.board.MAX_PEOPLE", 1)
    maker = DigestMaker(DigestQueries(pool), BoardQueries(pool), StuckQueries(pool), News(pool), CaseQueries(pool))
    caseworker = Person("cw-2", frozenset({StaffRole.CASEWORKER}), None)
    digest = await maker.make_caseworker_digest(caseworker, TODAY, TODAY)
    assert (digest.open, digest.overdue, digest.unassigned) == (1, 0, 1)


@pytest.mark.usefixtures("_count_cases")
async def test_new_counts_replace_the_old_ones(pool: asyncpg.Pool) -> None:
    await _at_its_step_for(pool, 6, 1)
    await PostgresBoard(pool).refresh(TODAY + timedelta(days=1), older_than=0)

    shown = await BoardQueries(pool).get_board(["eastshire"])
    assert shown is not None
    assert (shown.today, shown.counts.open, shown.counts.median_days) == (TODAY + timedelta(days=1), 3, 4)


def test_half_of_the_cases_do_not_exceed_the_median_and_nine_of_ten_not_the_90th_percentile() -> None:
    days = DayCounts.of((number, 1) for number in range(1, 11))
    assert (days.median, days.p90, days.count) == (5, 9, 10)
    assert (DayCounts.of([(3, 1)]).median, DayCounts().median) == (3, None)
    assert (DayCounts.of([(1, 9)]) + DayCounts.of([(8, 1), (2, 10)])).within(95) == 2
