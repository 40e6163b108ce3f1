"""A concern is raised by everybody who may, also after an answer (1.1a, 3.6); for links see `test_answering`."""

from typing import Any

from tests.api.cases.conftest import StaffClient
from tests.api.cases.test_refused_messages import checked_by_prison, send

CLEARED = {"answer": "no_objection"}


async def concerns_of(staff: StaffClient, ref: str) -> list[str]:
    """Who raised each concern of the case."""
    state = await staff.pool.fetchval("select state from cases where ref = $1", ref)
    return [concern["raised_by"] for concern in state.get("concerns", [])]


async def waits_of(staff: StaffClient, ref: str) -> set[str]:
    rows: list[Any] = await staff.pool.fetch("select key, waiting_on from waits where ref = $1", ref)
    return {row["waiting_on"] for row in rows if row["key"].startswith("concern:")}


async def test_an_agency_raises_a_concern_by_webhook_after_it_has_answered(staff: StaffClient) -> None:
    ref = await checked_by_prison(staff)
    assert await send(staff, ref, "agency_check_answered", **CLEARED) == "applied"
    assert await send(staff, ref, "concern_raised", reason="threat_or_harassment", note="Ring before Friday.") == (
        "applied"
    )
    assert [agency.partition(":")[0] for agency in await concerns_of(staff, ref)] == ["prison"]
    assert await waits_of(staff, ref) == {"supervisor"}


async def test_staff_raise_a_concern_over_http_for_themselves_and_for_an_agency_that_has_answered(
    staff: StaffClient,
) -> None:
    ref = await checked_by_prison(staff)
    assert await send(staff, ref, "agency_check_answered", **CLEARED) == "applied"
    reason = {"reason": "safeguarding"}
    for behalf in (None, "prison"):
        recorded = await staff.record(ref, "concern_raised", data=reason, on_behalf_of=behalf)
        assert recorded.status_code == 200, recorded.text
    own, agency = await concerns_of(staff, ref)
    assert (own.startswith("c."), agency) == (True, "prison")


async def test_an_agency_that_was_never_asked_raises_none(staff: StaffClient) -> None:
    ref = await checked_by_prison(staff)
    assert await send(staff, ref, "concern_raised", sender="court", reason="safeguarding") == "refused"
    assert await concerns_of(staff, ref) == []
