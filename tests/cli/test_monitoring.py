"""`rj offer`, `rj characteristics` and `rj report return`: 5.1."""

import json

import asyncpg
import pytest

from tests.cli.casework import open_case
from tests.cli.conftest import RunningService
from tests.cli.shell import flags

pytestmark = pytest.mark.postgres

AREA = "eastshire"
QUARTER = ("--from", "2026-01-01", "--to", "2026-03-31")
VLO = flags(kind="vlo", name="Eastshire VLO", area=AREA)


async def test_offers_are_recorded_once_and_are_in_the_return(alone: RunningService) -> None:
    await alone.admin.value("agency", "add", "eastshire-vlo", *VLO)
    offer = ("offer", *flags(area=AREA, offence="burglary", by="vlo", day="2026-02-03"))
    printed = [await alone.caseworker.rj(*offer, "--key", "offer-1") for _ in range(2)]
    assert {ended.out for ended in printed} == {"Offer recorded: 2026-02-03, eastshire, burglary, by vlo\n"}
    await alone.caseworker.rj("offer", *flags(area=AREA, offence="theft", day="2026-02-03"))

    report = await alone.supervisor.rj("report", "return", *QUARTER)
    lines = [" ".join(line.split()) for line in report.out.splitlines()]
    assert lines[0] == "Return from 2026-01-01 to 2026-03-31"
    assert "All areas Offers of restorative justice all 2" in lines
    assert "eastshire Offers by who made them the VLO 1" in lines
    in_csv = (await alone.supervisor.rj("report", "return", *QUARTER, "--csv")).out.splitlines()
    assert "2026-01-01,2026-03-31,All areas,Offers by offence,burglary,1,," in in_csv
    values = await alone.supervisor.values("report", "return", *QUARTER)
    assert ("offers_by_agency", "restorative_service", 1) in [
        (line["indicator"], line["item"], line["number"]) for line in values
    ]


async def test_an_offer_is_corrected_by_the_id_that_the_list_shows(alone: RunningService) -> None:
    await alone.admin.value("agency", "add", "eastshire-vlo", *VLO)
    offer = flags(area=AREA, day="2026-02-03")
    await alone.caseworker.rj("offer", *offer, *flags(offence="theft"))
    (line,) = (await alone.caseworker.rj("offers")).out.splitlines()
    id, _, said = line.partition("  ")
    assert said == "2026-02-03, eastshire, theft, by restorative service"

    await alone.caseworker.rj("offer", *offer, *flags(offence="burglary", corrects=id))
    latest, first = await alone.caseworker.values("offers", "--area", AREA)
    assert (first["id"], first["is_corrected"], latest["corrects"]) == (id, True, id)
    ended = await alone.caseworker.rj("offer", *offer, *flags(offence="burglary", corrects=latest["id"]), "--not-made")
    assert ended.out.startswith("Recorded that this was not offered: 2026-02-03, eastshire, burglary")
    assert "Offers" not in (await alone.supervisor.rj("report", "return", *QUARTER)).out
    assert "corrected" in await alone.caseworker.get_error("offer", *offer, *flags(offence="theft", corrects=id))


async def test_a_misspelt_offer_gets_one_line(alone: RunningService) -> None:
    await alone.admin.value("agency", "add", "eastshire-vlo", *VLO)
    for options, said in (
        (flags(area="eastshir", offence="theft"), "did you mean eastshire"),
        (flags(area=AREA, offence="thefts"), "did you mean theft"),
        (flags(area=AREA, offence="theft", by="vlos"), "did you mean vlo"),
        (flags(area=AREA, offence="theft", day="yesterday"), "Use YYYY-MM-DD"),
        (flags(area=AREA, offence="theft", day="2999-01-01"), "today or before"),
    ):
        assert said in await alone.caseworker.get_error("offer", *options)


async def test_people_are_asked_for_each_characteristic_and_may_leave_it_out(alone: RunningService) -> None:
    await alone.admin.value("agency", "add", "eastshire-vlo", *VLO)
    command = ("characteristics", *flags(area=AREA, side="victim"))
    counted = await alone.caseworker.rj(*command, typed="35_to_49\n\nblack\n\n\n\n")
    assert (counted.code, counted.out) == (0, "Counted: 2. Nothing else was stored.\n")
    answers = json.dumps({"age": "35_to_49"})
    for _ in range(4):
        await alone.caseworker.rj(*command, "--from", "-", typed=answers)
    report = await alone.supervisor.rj("report", "return")
    assert "black" not in report.out, "fewer than five"
    assert "nothing to count" in await alone.caseworker.get_error(*command, typed="\n" * 6)
    assert "did you mean black" in await alone.caseworker.get_error(*command, typed="\n\nblak\n\n\n\n")


async def test_feedback_is_recorded_by_a_command(service: RunningService, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    feedback = flags(whose="victim", satisfaction="satisfied", needs_met="yes")
    recorded = await service.caseworker.rj("record", ref, "feedback_recorded", *feedback)
    assert recorded.out.startswith(f"{ref}: feedback recorded recorded")
    entries = "select data from entries where ref = $1 and event = 'feedback_recorded'"
    assert await pool.fetchval(entries, ref) == {"whose": "victim", "satisfaction": "satisfied", "needs_met": "yes"}
