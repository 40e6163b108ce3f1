"""What an agency can say in a webhook, and what becomes of it in the case: real HTTP, PostgreSQL and Temporal."""

from datetime import timedelta

from adapters.clock import StackClock
from tests.api.cases.conftest import StaffClient
from tests.api.cases.test_refused_messages import check_by_prison, send


async def test_an_agency_says_on_which_day_a_consent_was_signed_and_the_later_one_counts(staff: StaffClient) -> None:
    """4.5a, 4.5b."""
    ref = await check_by_prison(staff)
    today = StackClock().today()
    days = [today - timedelta(days=days) for days in (3, 10)]
    consent = {"whose": "offender", "what": "given"}
    for day, form in zip(days, ("letter", "video"), strict=True):
        assert await send(staff, ref, "consent_recorded", occurred_on=str(day), forms=[form], **consent) == "applied"
    entries = (await staff.get(f"/api/v1/cases/{ref}/timeline")).json()["entries"]
    assert [entry["occurred_on"] for entry in entries[:2]] == [str(day) for day in reversed(days)]
    state = await staff.pool.fetchval("select state from cases where ref = $1", ref)
    assert [(consent["whose"], consent["forms"]) for consent in state["consents"]] == [("offender", ["letter"])]
    tomorrow = today + timedelta(days=1)
    assert await send(staff, ref, "consent_recorded", occurred_on=str(tomorrow), whose="offender") == "refused"
