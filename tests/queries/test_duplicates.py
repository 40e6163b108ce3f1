"""Possible duplicates: found by what two cases share, without personal data. All invented."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.channels.hmpps.person_names import comparable_words
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.vault import PostgresVault
from domain.references import is_ref
from domain.vocabulary import CaseRef
from queries.duplicates import DuplicateQueries, Duplicates, SharedDetail
from tests.adapters.batches import OTHER_REF, REF, START, create_batch

pytestmark = pytest.mark.postgres

THIRD_REF = CaseRef("RJ-9MNP-3QRS")
VICTIM = {"name": "Zoë O'Farrow", "email": "zoe@example.org", "phone": "07700 900123"}
OFFENDER = {"name": "Rolf Tander", "date_of_birth": "1990-12-31", "pnc_number": "2008/0545166T"}
ENDED: dict[str, Any] = {"stage": "declined", "step": "closed", "ended_on": date(2026, 4, 1), "waits": ()}


@dataclass(frozen=True)
class RequestMaker:
    """Makes requests, and finds what they share."""

    pool: asyncpg.Pool

    async def put(self, ref: str, victim: Any = None, offender: Any = None, days_later: int = 0, **case: Any) -> None:
        assert is_ref(ref)
        received = START + timedelta(days=days_later)
        await PostgresCaseFile(self.pool).write(create_batch(1, ref=CaseRef(ref), received_at=received, **case))
        vault = PostgresVault(self.pool)
        if victim is not None:
            await vault.save_victim(CaseRef(ref), victim, by="staff:test")
        if offender is not None:
            await vault.save_offender(CaseRef(ref), offender, by="staff:test")

    async def find_shared(self, areas: list[str] | None = None) -> dict[str, tuple[SharedDetail, ...]]:
        return {
            duplicate.ref: duplicate.same
            for duplicate in (await DuplicateQueries(self.pool).find_duplicates(REF, areas=areas)).cases
        }


@pytest.fixture
def requests(pool: asyncpg.Pool) -> RequestMaker:
    return RequestMaker(pool)


@pytest.mark.parametrize(
    "theirs",
    [
        {"name": "zoe ofarrow", "email": "ZOE@example.org "},
        {"name": "O\u2019Farrow, Zoë", "phone": "+44 (0)7700 900-123"},
        {"name": "Zoë Ann O'Farrow", "phone": "00447700900123"},
        {"name": "Miss Zoe O\u00b4FARROW", "phone": "07700.900.123"},
        {"name": "ZOE O FARROW", "email": "zoe@example.org"},
    ],
)
async def test_the_same_victim_is_found_however_they_are_written(
    requests: RequestMaker, theirs: dict[str, str]
) -> None:
    await requests.put(REF, VICTIM)
    await requests.put(OTHER_REF, theirs)
    assert await requests.find_shared() == {OTHER_REF: (SharedDetail.VICTIM,)}


@pytest.mark.parametrize(
    "theirs",
    [
        {"name": "Kit O'Farrow", "email": "zoe@example.org", "phone": "07700 900123"},
        {"name": "Zoë O'Farrow", "email": "another@example.org"},
        {"name": "Zoë O'Farrow"},
        {"name": "-"},
    ],
)
async def test_one_of_a_household_or_of_the_same_name_is_somebody_else(
    requests: RequestMaker, theirs: dict[str, str]
) -> None:
    await requests.put(REF, {**VICTIM, "name": theirs["name"] if theirs["name"] == "-" else VICTIM["name"]})
    await requests.put(OTHER_REF, theirs)
    assert await requests.find_shared() == {}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (OFFENDER, {"name": "ROLF TANDER", "date_of_birth": "1990-12-31"}),
        (OFFENDER, {"name": "Somebody Else", "pnc_number": "08/545166t"}),
        ({**OFFENDER, "aliases": ["Ray Tandy"]}, {"name": "Ray Tandy", "date_of_birth": "1990-12-31"}),
        (OFFENDER, {"name": "Ray Tandy", "aliases": ["Tandér, Rolf"], "date_of_birth": "1990-12-31"}),
    ],
)
async def test_the_same_offender_is_found_by_name_and_birth_or_by_number(
    requests: RequestMaker, ours: dict[str, Any], theirs: dict[str, Any]
) -> None:
    await requests.put(REF, None, ours)
    await requests.put(OTHER_REF, None, theirs)
    assert await requests.find_shared() == {OTHER_REF: (SharedDetail.OFFENDER,)}


@pytest.mark.parametrize(
    "theirs",
    [{"name": "Rolf Tander"}, {"name": "Rolf Tander", "date_of_birth": "1990-12-30"}, {"name": "", "aliases": None}],
)
async def test_a_name_alone_makes_nobody_the_same_offender(requests: RequestMaker, theirs: dict[str, Any]) -> None:
    await requests.put(REF, None, {"name": "Rolf Tander", "date_of_birth": "1990-12-31"})
    await requests.put(OTHER_REF, None, theirs)
    assert await requests.find_shared() == {}


async def test_an_incident_has_its_number_within_its_area_only(requests: RequestMaker) -> None:
    await requests.put(REF, incident="CR/2026/0113")
    await requests.put(OTHER_REF, incident="cr/2026/0113")
    await requests.put(THIRD_REF, incident="CR/2026/0113", area="westhaven")
    assert await requests.find_shared() == {OTHER_REF: (SharedDetail.INCIDENT,)}


async def test_cases_without_details_and_without_a_number_have_nothing_in_common(requests: RequestMaker) -> None:
    await requests.put(REF)
    await requests.put(OTHER_REF)
    assert await DuplicateQueries(requests.pool).find_duplicates(REF) == Duplicates((), 0, 0)


async def test_what_has_most_in_common_comes_first_then_the_latest(requests: RequestMaker) -> None:
    await requests.put(REF, VICTIM, OFFENDER, incident="CR/2026/0113")
    await requests.put(OTHER_REF, VICTIM, OFFENDER, incident="CR/2026/0113")
    await requests.put(THIRD_REF, VICTIM, days_later=1)
    await requests.put("RJ-2XHB-77KT", VICTIM, days_later=2)
    found = await DuplicateQueries(requests.pool).find_duplicates(REF, limit=2)
    assert [duplicate.ref for duplicate in found.cases] == [OTHER_REF, "RJ-2XHB-77KT"]
    assert (found.cases[0].same, found.more) == ((SharedDetail.VICTIM, SharedDetail.OFFENDER, SharedDetail.INCIDENT), 1)


async def test_cases_of_other_areas_are_counted_and_not_shown(requests: RequestMaker) -> None:
    await requests.put(REF, VICTIM)
    await requests.put(OTHER_REF, VICTIM, area="westhaven")
    await requests.put(THIRD_REF, VICTIM)
    found = await DuplicateQueries(requests.pool).find_duplicates(REF, areas=["eastshire"])
    assert ([duplicate.ref for duplicate in found.cases], found.elsewhere) == ([THIRD_REF], 1)
    assert await DuplicateQueries(requests.pool).find_duplicates(REF, areas=[]) == Duplicates((), 0, 2)


async def test_requests_that_were_refused_or_take_up_an_ended_case_are_none(requests: RequestMaker) -> None:
    await requests.put(REF, VICTIM, state={"version": 1, "request": {"continues": {"ref": THIRD_REF}}})
    await requests.put(OTHER_REF, VICTIM, reason="duplicate", **ENDED)
    await requests.put(THIRD_REF, VICTIM, reason="offender_declined", **ENDED)
    assert await requests.find_shared() == {}
    assert [
        duplicate.ref for duplicate in (await DuplicateQueries(requests.pool).find_duplicates(THIRD_REF)).cases
    ] == []


async def test_a_case_that_ended_otherwise_is_one_with_its_reason(requests: RequestMaker) -> None:
    await requests.put(REF, VICTIM)
    await requests.put(OTHER_REF, VICTIM, reason="offender_declined", **ENDED)
    [found] = (await DuplicateQueries(requests.pool).find_duplicates(REF)).cases
    assert (found.ref, found.step, found.reason) == (OTHER_REF, "closed", "offender_declined")


async def test_details_that_change_or_are_erased_are_compared_as_they_are_then(requests: RequestMaker) -> None:
    await requests.put(REF, VICTIM)
    await requests.put(OTHER_REF, {**VICTIM, "name": "Kit Farrow"})
    assert await requests.find_shared() == {}
    await PostgresVault(requests.pool).save_victim(OTHER_REF, VICTIM, by="staff:test")
    assert await requests.find_shared() == {OTHER_REF: (SharedDetail.VICTIM,)}
    await requests.pool.execute("delete from vault.victims where ref = $1", OTHER_REF)
    assert await requests.find_shared() == {}


async def test_no_detail_is_shown_or_logged_as_read(requests: RequestMaker) -> None:
    await requests.put(REF, VICTIM, OFFENDER)
    await requests.put(OTHER_REF, VICTIM, OFFENDER)
    shown = repr(await DuplicateQueries(requests.pool).find_duplicates(REF))
    assert not [duplicate for duplicate in (*VICTIM.values(), *OFFENDER.values()) if duplicate in shown]
    assert await requests.pool.fetchval("select count(*) from vault.access_log") == 0


@pytest.mark.parametrize(
    "name",
    [
        "Mr Darren Pollitt",
        "POLLITT, Darren",
        "Sean O\u2019Neill",
        "Sean O Neill",
        "Łukasz Bjørn-Weiß",
        "Đorđe Þór",
        "Zoë\u2013Ann Æbler",
        "Olena \u041a\u043e\u0432\u0430\u043b\u044c",
        "Prof. Dr. Mary van der Berg",
        "Ian Mac Donald",
        "Mary Smith Jones",
    ],
)
async def test_match_keys_and_the_search_of_the_register_fold_a_name_alike(pool: asyncpg.Pool, name: str) -> None:
    """4.7b."""
    words = comparable_words(name)
    first, last = words[0], words[-1]
    assert await pool.fetchval("select vault.normalised_name($1)", name) == f"{min(first, last)} {max(first, last)}"


@pytest.mark.parametrize("name", ["Unknown Unknown", "unknown", "N/K", "not known", "Darren Unknown", "?"])
async def test_a_placeholder_has_no_match_key(pool: asyncpg.Pool, name: str) -> None:
    """4.7c."""
    assert await pool.fetchval("select vault.normalised_name($1)", name) is None


async def test_unknown_people_are_never_the_same(requests: RequestMaker) -> None:
    """4.7c."""
    for ref in (REF, OTHER_REF):
        await requests.put(
            ref, offender={"name": "Unknown Unknown", "date_of_birth": "1900-01-01", "pnc_number": "00/0000000Z"}
        )
    await requests.put(
        THIRD_REF, offender={"name": "Rolf Tander", "date_of_birth": "1900-01-01", "pnc_number": "2000/0Z"}
    )
    assert await requests.find_shared() == {}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"pnc_number": "2008/0545166T"}, {"pnc_number": "080545166T"}),
        ({"nomis_number": "A1234BC"}, {"name": "Rolf Tander", "nomis_number": "a1234bc"}),
        ({"crn": "X123456"}, {"crn": "X123456"}),
    ],
)
async def test_the_same_number_is_the_same_offender(requests: RequestMaker, ours: Any, theirs: Any) -> None:
    """4.7a."""
    await requests.put(REF, offender=ours)
    await requests.put(OTHER_REF, offender=theirs)
    assert await requests.find_shared() == {OTHER_REF: (SharedDetail.OFFENDER,)}
