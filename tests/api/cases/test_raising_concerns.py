"""A concern is raised by everybody who may, in each way there is, also after an answer (1.1a, 3.6)."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.channels.email import EmailChannel
from adapters.channels.relay import Relay
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.directory import PostgresDirectory
from domain.effects import Ask
from domain.vocabulary import AgencyRef, CaseRef, WaitKey, WaitKind
from ports.agencies import Agency, ChannelName
from tests.api.answering import Page, fill_in
from tests.api.cases.conftest import AREA, StaffClient
from tests.api.cases.test_refused_messages import KEYS, check_by_prison, send
from tests.mailbox import mailbox
from tests.token_keys import TOKEN_KEY

CLEARED = {"answer": "no_objection"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def concerns_of(staff: StaffClient, ref: str) -> list[str]:
    """Who raised each concern of the case."""
    state = await staff.pool.fetchval("select state from cases where ref = $1", ref)
    return [concern["raised_by"] for concern in state.get("concerns", [])]


async def waits_of(staff: StaffClient, ref: str) -> set[str]:
    rows: list[Any] = await staff.pool.fetch("select key, waiting_on from waits where ref = $1", ref)
    return {row["waiting_on"] for row in rows if row["key"].startswith("concern:")}


async def test_an_agency_raises_a_concern_by_webhook_after_it_has_answered(staff: StaffClient) -> None:
    ref = await check_by_prison(staff)
    assert await send(staff, ref, "agency_check_answered", **CLEARED) == "applied"
    assert await send(staff, ref, "concern_raised", reason="threat_or_harassment", note="Ring before Friday.") == (
        "applied"
    )
    assert [agency.partition(":")[0] for agency in await concerns_of(staff, ref)] == ["prison"]
    assert await waits_of(staff, ref) == {"supervisor"}


async def test_staff_raise_a_concern_over_http_for_themselves_and_for_an_agency_that_has_answered(
    staff: StaffClient,
) -> None:
    ref = await check_by_prison(staff)
    assert await send(staff, ref, "agency_check_answered", **CLEARED) == "applied"
    reason = {"reason": "safeguarding"}
    for behalf in (None, "prison"):
        recorded = await staff.record(ref, "concern_raised", data=reason, on_behalf_of=behalf)
        assert recorded.status_code == 200, recorded.text
    own, agency = await concerns_of(staff, ref)
    assert (own.startswith("c."), agency) == (True, "prison")


async def test_an_agency_raises_a_concern_by_the_link_in_its_email_before_and_after_it_has_answered(
    staff: StaffClient,
) -> None:
    """From the email through its link and the inbox to the case."""
    ref = await check_by_prison(staff)
    by_hand = Agency(f"{AREA}-prison", "prison", AREA, "prison", their_keys=KEYS)
    agency = replace(by_hand, channel=ChannelName.EMAIL, address="checks@prison.example")
    await PostgresDirectory(staff.pool).save(agency)
    wait = WaitKey("agency_check:prison")
    ask = Ask(f"{ref}.3.{wait}", CaseRef(ref), AREA, AgencyRef("prison"), WaitKind.AGENCY_CHECK, date(2027, 3, 1), 0)
    try:
        async with mailbox() as box:
            relay, links = Relay("127.0.0.1", box.port, security="none"), PostgresAnswerLinks(staff.pool)
            base = str(staff.http.base_url).rstrip("/")
            areas = PostgresAreaSettings(staff.pool).get
            channel = EmailChannel(
                relay, links, areas, TOKEN_KEY, sender="rj@rj.example", public_url=base, link_days=90, phone=""
            )
            await channel.ask(agency, ask)
            (link,) = {word for word in box.text().split() if "/answer/" in word}
        expected = []
        for answer, reason in (("concern", "safeguarding"), ("no_objection", ""), ("concern", "threat_or_harassment")):
            entered = {"answer": answer} | ({"concern-reason": reason, "note": "Ring first."} if reason else {})
            page = Page((await staff.http.get(link)).text)
            sent = await staff.http.post(link, content=fill_in(page, entered), headers=FORM)
            assert sent.status_code == 200, sent.text
            expected.append(reason or answer)
            await _until_applied(staff, ref, len(expected))
        assert [agency.partition(":")[0] for agency in await concerns_of(staff, ref)] == ["prison", "prison"]
        assert await waits_of(staff, ref) == {"supervisor"}
        texts = (await staff.get(f"/api/v1/cases/{ref}/notes")).json()["notes"]
        assert [note["text"] for note in texts] == ["Ring first."] * 2
    finally:
        await PostgresDirectory(staff.pool).save(by_hand)


async def _until_applied(staff: StaffClient, ref: str, number: int) -> None:
    """Wait until so many messages by links have an outcome."""
    query = "select outcome from inbox where ref = $1 and message_id ~ '^(link|concern)-' order by id"
    async with asyncio.timeout(120):
        while [row["outcome"] for row in await staff.pool.fetch(query, ref)] != ["applied"] * number:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_an_agency_that_was_never_asked_raises_none(staff: StaffClient) -> None:
    ref = await check_by_prison(staff)
    assert await send(staff, ref, "concern_raised", sender="court", reason="safeguarding") == "refused"
    assert await concerns_of(staff, ref) == []
