"""Cover for an absent colleague goes on where it broke off: real PostgreSQL, and cases that stop answering."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.covers import PostgresCovers
from adapters.postgres.pool import open_pool
from application.context import CaseworkContext
from application.cover import UnknownCover, end_cover, start_cover
from domain.events import Reassigned, Record
from domain.people import Person, StaffRole
from domain.refusals import RecordRefused
from domain.vocabulary import CaseRef, Stage, Step
from ports.case_file import RecordResult
from ports.cases import TemporalUnavailable
from ports.covers import Cover, CoverCursor
from tests.adapters.batches import START, create_batch
from tests.application.fakes import make_context

pytestmark = pytest.mark.postgres

REFS = [CaseRef(f"RJ-{letter * 4}-2222") for letter in "ABCDE"]
LEAD = Person("s.lindqvist", frozenset({StaffRole.SUPERVISOR}), None)


@dataclass
class FewAnswers:
    """Cases that take so many records, and are away then."""

    pool: asyncpg.Pool
    left: int

    async def record_event(self, ref: CaseRef, record: Record) -> RecordResult:
        if self.left == 0:
            raise TemporalUnavailable
        self.left -= 1
        assert isinstance(record.event, Reassigned)
        given = "update cases set assigned_to = $2, version = version + 1 where ref = $1 returning version"
        version = await self.pool.fetchval(given, ref, record.event.to)
        return RecordResult(record.id, record.event.name, START, version, Stage.REQUESTED, Step.SCREENING)


async def _context(pool: asyncpg.Pool, left: int, *whose: str) -> CaseworkContext:
    """Where cases of these people are given to others, so many times."""
    for ref, assigned_to in zip(REFS, whose, strict=False):
        await PostgresCaseFile(pool).write(create_batch(1, ref=ref, assigned_to=assigned_to))
    return make_context(pool, FewAnswers(pool, left))


async def _whose(pool: asyncpg.Pool) -> list[str]:
    return [row["assigned_to"] for row in await pool.fetch("select assigned_to from cases order by ref")]


async def test_an_interrupted_cover_is_completed_by_the_same_request_and_gives_back_its_cases(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        for ref in REFS:
            await PostgresCaseFile(pool).write(create_batch(1, ref=ref, assigned_to="c.okafor"))
        cases, covers = FewAnswers(pool, 2), PostgresCovers(pool)
        context = make_context(pool, cases)

        _, done = await start_cover(context, covers, LEAD, "c.okafor", "d.ferreira", "cover-1")
        assert sum(result.failed is None for result in done) == 2
        cases.left = 3
        cover, done = await start_cover(context, covers, LEAD, "c.okafor", "d.ferreira", "cover-1")
        assert (len(done), cover.cases, await _whose(pool)) == (3, 5, ["d.ferreira"] * 5)

        await pool.execute("update cases set assigned_to = 'e.third' where ref = $1", REFS[0])
        cases.left = 1
        cover, _ = await end_cover(context, covers, LEAD, "cover-1", "end-1")
        assert cover.ended_at is None
        cases.left = 3
        cover, _ = await end_cover(context, covers, LEAD, "cover-1", "end-1")
        assert cover.ended_at is not None
        assert await _whose(pool) == ["e.third", *["c.okafor"] * 4]

        cases.left = 5
        late, done = await start_cover(context, covers, LEAD, "c.okafor", "d.ferreira", "cover-1")
        assert (late, done) == (cover, ())
        assert await _whose(pool) == ["e.third", *["c.okafor"] * 4]


@dataclass
class MemoryCovers:
    """Covers in memory; none has cases."""

    stored: dict[str, Cover] = field(default_factory=dict)

    async def start(self, id: str, absent: str, covering: str, person: Person) -> Sequence[CaseRef]:
        self.stored.setdefault(id, Cover(id, absent, covering, START, person.account, None, 0))
        return ()

    async def list_cases(self, id: str, person: Person) -> Sequence[CaseRef]:
        return ()

    async def end(self, id: str, person: Person) -> None:
        self.stored[id] = replace(self.stored[id], ended_at=START)

    async def get_cover(self, id: str, person: Person) -> Cover | None:
        return self.stored.get(id)

    async def list_covers(
        self, person: Person, *, is_open: bool, limit: int | None = None, after: CoverCursor | None = None
    ) -> Sequence[Cover]:
        return [cover for cover in self.stored.values() if cover.is_open is is_open]


@pytest.mark.parametrize(("absent", "covering"), [("Mary Smith", "d.ferreira"), ("c.okafor", "Mary Smith"), ("", "c")])
async def test_cover_is_for_accounts_and_a_persons_name_is_not_stored(dsn: str, absent: str, covering: str) -> None:
    covers = MemoryCovers()
    async with await open_pool(dsn) as pool:
        with pytest.raises(RecordRefused, match="free text"):
            await start_cover(make_context(pool, FewAnswers(pool, 9)), covers, LEAD, absent, covering, "cover-1")
    assert covers.stored == {}


async def test_a_cover_without_cases_is_started_and_ended(dsn: str) -> None:
    covers = MemoryCovers()
    async with await open_pool(dsn) as pool:
        context = make_context(pool, FewAnswers(pool, 0))
        started, _ = await start_cover(context, covers, LEAD, "c.okafor", "d.ferreira", "cover-1")
        ended, _ = await end_cover(context, covers, LEAD, "cover-1", "end-1")
        with pytest.raises(UnknownCover):
            await end_cover(context, covers, LEAD, "cover-2", "end-2")
    assert (started.is_open, ended.is_open) == (True, False)


async def test_a_cover_stays_open_while_its_cases_are_in_a_later_cover(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        context, covers = await _context(pool, 100, "a", "a", "b", "c"), PostgresCovers(pool)
        for number, (absent, covering) in enumerate([("a", "b"), ("b", "c"), ("c", "d")], 1):
            await start_cover(context, covers, LEAD, absent, covering, f"cover-{number}")
        assert await _whose(pool) == ["d"] * 4

        for number in (1, 2):
            cover, done = await end_cover(context, covers, LEAD, f"cover-{number}", f"early-{number}")
            assert (cover.is_open, done, await _whose(pool)) == (True, (), ["d"] * 4)
        for number, whose in ((3, ["c", "c", "c", "c"]), (2, ["b", "b", "b", "c"]), (1, ["a", "a", "b", "c"])):
            cover, _ = await end_cover(context, covers, LEAD, f"cover-{number}", f"end-{number}")
            assert (cover.is_open, await _whose(pool)) == (False, whose)


async def test_a_cover_that_took_a_case_later_is_the_later_one_though_it_had_begun_before(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        context, covers = await _context(pool, 100, "a"), PostgresCovers(pool)
        await start_cover(context, covers, LEAD, "b", "c", "cover-2")
        await start_cover(context, covers, LEAD, "a", "b", "cover-1")
        await start_cover(context, covers, LEAD, "b", "c", "cover-2")
        for cover_id, is_open, whose in (("cover-1", True, "c"), ("cover-2", False, "b"), ("cover-1", False, "a")):
            cover, _ = await end_cover(context, covers, LEAD, cover_id, f"end-{cover_id}-{whose}")
            assert (cover.is_open, await _whose(pool)) == (is_open, [whose])


async def test_a_cover_is_over_where_its_cases_have_ended_or_the_later_cover_has_none_of_them(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        context, covers = await _context(pool, 100, "a", "a", "b"), PostgresCovers(pool)
        await start_cover(context, covers, LEAD, "a", "b", "cover-1")
        await pool.execute("update cases set assigned_to = 'third' where ref = $1", REFS[0])
        await start_cover(context, covers, LEAD, "b", "c", "cover-2")
        await pool.execute("update cases set step = 'closed', ended_on = '2026-03-09' where ref = $1", REFS[1])
        cover, done = await end_cover(context, covers, LEAD, "cover-1", "end-1")
        assert (cover.is_open, done) == (False, ())


async def test_two_who_cover_for_each_other_get_their_cases_back(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        context, covers = await _context(pool, 100, "a", "b"), PostgresCovers(pool)
        await start_cover(context, covers, LEAD, "a", "b", "cover-1")
        await start_cover(context, covers, LEAD, "b", "a", "cover-2")
        assert await _whose(pool) == ["a", "a"]
        for cover_id, whose in (("cover-2", ["b", "b"]), ("cover-1", ["a", "b"])):
            cover, _ = await end_cover(context, covers, LEAD, cover_id, f"end-{cover_id}")
            assert (cover.is_open, await _whose(pool)) == (False, whose)
