"""2.12a: a victim's change of how they are reached is done as a whole, or not at all, and once."""

from typing import Any

import httpx

from adapters.postgres.vault import PostgresVault
from api.problems import Code
from tests.api.cases.conftest import StaffClient, problem
from tests.api.cases.test_my_case import PHONE, link_of
from tests.connections import unreachable_temporal

NEW, NEWER = "07700 900456", "07700 900789"
CUT_OFF = """
create function fail() returns trigger language plpgsql as $$ begin raise exception 'cut off'; end $$;
create trigger cut_off before update on vault.victims for each row when (new.ref = '{ref}') execute function fail();
"""
REPAIR = "drop trigger if exists cut_off on vault.victims; drop function if exists fail();"


async def change(
    staff: StaffClient, link: tuple[str, dict[str, str]], key: str, status: int = 204, **body: Any
) -> httpx.Response:
    path, code = link
    answer = await staff.http.patch(f"{path}/contact", json=body, headers=code | {"idempotency-key": key})
    assert answer.status_code == status, answer.text
    return answer


async def get_contact(staff: StaffClient, ref: str) -> tuple[str, str]:
    """How the victim wants to hear, and their number."""
    case = (await staff.get(f"/api/v1/cases/{ref}")).json()
    return case["contact"], (await staff.get(f"/api/v1/cases/{ref}/victim")).json()["phone"]


async def entries(staff: StaffClient, ref: str) -> list[str]:
    rows = await staff.pool.fetch("select event from entries where ref = $1 order by version", ref)
    return [row["event"] for row in rows]


async def corrections(staff: StaffClient, ref: str) -> int:
    found: int = await staff.pool.fetchval(
        "select count(*) from vault.access_log where ref = $1 and action = 'corrected'", ref
    )
    return found


async def test_a_change_that_is_sent_again_counts_once_and_never_replaces_a_newer_one(staff: StaffClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    link = await link_of(staff, ref)
    for _ in range(2):
        await change(staff, link, "first", contact="text", phone=NEW)
    await staff.wait_for_version(ref, 2)
    assert await get_contact(staff, ref) == ("text", NEW)
    await change(staff, link, "second", phone=NEWER)
    await change(staff, link, "first", contact="text", phone=NEW)
    await change(staff, link, "second", phone=NEWER)
    assert await get_contact(staff, ref) == ("text", NEWER)
    await staff.wait_for_version(ref, 4)
    assert await entries(staff, ref) == ["request_received", "contact_preference_changed", *["victim_replied"] * 2]
    assert await corrections(staff, ref) == 2


async def test_while_the_case_cannot_be_reached_nothing_changes_and_the_same_again_does_it(staff: StaffClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    link, client = await link_of(staff, ref), staff.temporal.client
    staff.temporal.client = await unreachable_temporal()
    try:
        answer = await change(staff, link, "once", 503, contact="text", phone=NEW)
    finally:
        staff.temporal.client = client
    assert "send it again with the same Idempotency-Key" in problem(answer, Code.TEMPORAL_UNAVAILABLE)["detail"]
    assert await get_contact(staff, ref) == ("phone", PHONE)
    assert await PostgresVault(staff.pool).apply_recorded_changes(7) == 0
    await change(staff, link, "once", contact="text", phone=NEW)
    await staff.wait_for_version(ref, 2)
    assert await get_contact(staff, ref) == ("text", NEW)


async def test_what_is_cut_off_after_the_entry_is_completed_without_anybody(staff: StaffClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    link, vault = await link_of(staff, ref), PostgresVault(staff.pool)
    await staff.pool.execute(CUT_OFF.format(ref=ref))
    try:
        answer = await change(staff, link, "cut-off", 500, contact="text", phone=NEW)
        problem(answer, Code.INTERNAL)
        await staff.wait_for_version(ref, 2)
        assert await get_contact(staff, ref) == ("text", PHONE), "cut off in between"
    finally:
        await staff.pool.execute(REPAIR)
    assert await vault.apply_recorded_changes(7) == 1
    assert await get_contact(staff, ref) == ("text", NEW)
    await change(staff, link, "newer", phone=NEWER)
    assert await vault.apply_recorded_changes(7) == 0
    await change(staff, link, "cut-off", contact="text", phone=NEW)
    assert await get_contact(staff, ref) == ("text", NEWER), "applied once"
    await staff.wait_for_version(ref, 4)
    assert await entries(staff, ref) == ["request_received", "contact_preference_changed", *["victim_replied"] * 2]


async def test_what_is_completed_late_never_replaces_what_was_changed_since(staff: StaffClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    link, vault = await link_of(staff, ref), PostgresVault(staff.pool)
    await staff.pool.execute(CUT_OFF.format(ref=ref))
    try:
        await change(staff, link, "late", 500, contact="text", phone=NEW)
        await staff.wait_for_version(ref, 2)
    finally:
        await staff.pool.execute(REPAIR)
    await change(staff, link, "newer", phone=NEWER)
    for completed in (1, 0):
        assert await vault.apply_recorded_changes(7) == completed
        assert await get_contact(staff, ref) == ("text", NEWER)
    assert await corrections(staff, ref) == 1


async def test_a_refused_change_changes_nothing_and_leaves_no_detail(staff: StaffClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    link = await link_of(staff, ref)
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    await staff.temporal.client.get_workflow_handle(ref).terminate()
    problem(await change(staff, link, "late", 409, contact="text", phone=NEW), Code.REFUSED)
    assert (await get_contact(staff, ref))[1] == PHONE
    assert await staff.pool.fetchval("select count(*) from vault.contact_changes where ref = $1", ref) == 0


async def test_wrong_details_change_nothing_at_all(staff: StaffClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    link = await link_of(staff, ref)
    problem(await change(staff, link, "wrong", 422, contact="email", email="nowhere"), Code.UNREADABLE)
    assert await get_contact(staff, ref) == ("phone", PHONE)
    assert await entries(staff, ref) == ["request_received"]


async def test_changes_are_kept_for_no_longer_than_their_keys_and_without_their_details(staff: StaffClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    await change(staff, await link_of(staff, ref), "old", phone=NEW)
    (row,) = await staff.pool.fetch("select details, removed from vault.contact_changes where ref = $1", ref)
    assert (row["details"], row["removed"]) == ({}, [])
    await staff.pool.execute("update vault.contact_changes set requested_at = now() - interval '8 days'")
    await PostgresVault(staff.pool).apply_recorded_changes(7)
    assert await staff.pool.fetchval("select count(*) from vault.contact_changes where ref = $1", ref) == 0


async def test_a_caseworker_reads_what_there_was_before_a_change_by_the_link(staff: StaffClient) -> None:
    """2.12a: somebody else may have the link, and would be rung about what only the victim may hear."""
    ref = await staff.open_case(phone=PHONE)
    await change(staff, await link_of(staff, ref), "only", phone=NEW)
    await staff.wait_for_version(ref, 2)
    (replied,) = await staff.pool.fetch("select note from entries where ref = $1 and event = 'victim_replied'", ref)
    text = await PostgresVault(staff.pool).get_note(replied["note"], by="c.okafor")
    assert text is not None
    assert text.endswith(f"Before the change we had: {PHONE}.")
    assert await staff.pool.fetchval("select count(*) from waits where ref = $1 and key = 'reply'", ref) == 1
