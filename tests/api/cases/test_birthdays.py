"""Birthdays by the vault: who is 18 is recorded in their case, by a case and a database as they are in service."""

from datetime import date
from typing import Any

import pytest

from application.birthdays import Birthdays
from domain.vocabulary import Side
from ports.birthdays import BirthdayTotals
from queries.birthdays import BirthdayQueries
from tests.api.cases.conftest import StaffClient
from tests.waiting import eventually

TODAY = date(2026, 3, 1)


async def with_birthday(staff: StaffClient, side: Side, field: str, born: str, **request: Any) -> str:
    """An open case, with a birthday of one side in the vault."""
    ref = await staff.open_case(**request)
    await staff.pool.execute(
        f"insert into vault.{side}s (ref, details, written_by) values ($1, $2, 'test') "  # noqa: S608 - a side's table
        f"on conflict (ref) do update set details = vault.{side}s.details || excluded.details",
        ref,
        {field: born},
    )
    return ref


async def new_adults(staff: StaffClient, ref: str, today: date = TODAY) -> list[Side]:
    found = await BirthdayQueries(staff.pool).list_new_adults(today)
    return [adult.side for adult in found if adult.ref == ref]


@pytest.mark.parametrize(
    ("born", "is_adult"),
    [
        ("2008-03-01", True),
        ("2008-02-29", True),
        ("2008-03-02", False),
        ("1900-01-01", False),
    ],
)
async def test_a_victim_under_18_is_an_adult_on_their_birthday(staff: StaffClient, born: str, is_adult: bool) -> None:
    """3.10."""
    ref = await with_birthday(staff, Side.VICTIM, "date_of_birth", born, victim_under_18=True)
    assert await new_adults(staff, ref) == [Side.VICTIM] * is_adult


async def test_the_birthday_of_a_child_is_the_childs_and_not_the_parents(staff: StaffClient) -> None:
    """3.10."""
    request = {"victim_under_18": True, "takes_part_as": "parent_or_guardian"}
    ref = await with_birthday(staff, Side.VICTIM, "date_of_birth", "1980-05-05", **request)
    await staff.pool.execute(
        "update vault.victims set details = details || $2 where ref = $1", ref, {"child_date_of_birth": "2012-07-04"}
    )
    assert await new_adults(staff, ref) == []
    assert await new_adults(staff, ref, date(2030, 7, 4)) == [Side.VICTIM]


async def test_an_adult_has_no_birthday_that_matters(staff: StaffClient) -> None:
    """3.10."""
    ref = await with_birthday(staff, Side.OFFENDER, "date_of_birth", "1990-12-31")
    assert await new_adults(staff, ref) == []


async def test_that_an_offender_came_of_age_is_recorded_once_and_without_a_day(staff: StaffClient) -> None:
    """3.10: by the service; a second week records nothing more."""
    ref = await with_birthday(staff, Side.OFFENDER, "date_of_birth", "2008-01-01", offender_age_group="under_18")
    beats: list[None] = []
    birthdays = Birthdays(BirthdayQueries(staff.pool), staff.temporal, lambda: TODAY)
    totals = await birthdays.record_birthdays(lambda: beats.append(None))
    assert (totals.recorded >= 1, totals.left) == (True, 0)
    await staff.wait_for_version(ref, 2)
    timeline = (await staff.get(f"/api/v1/cases/{ref}/timeline")).json()["entries"]
    assert (timeline[0]["event"], timeline[0]["data"]) == ("came_of_age", {"whose": "offender"})
    assert await new_adults(staff, ref) == []

    async def has_nothing_more() -> bool:
        return await birthdays.record_birthdays(lambda: None) == BirthdayTotals()

    # The case of another test may have been recorded, and not been written yet.
    assert await eventually(has_nothing_more)
    assert (await staff.get(f"/api/v1/cases/{ref}")).json()["version"] == 2
