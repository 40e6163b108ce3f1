"""The staff register decides who facilitates, also after the assignment: real HTTP, PostgreSQL and Temporal (1.8)."""

import asyncio
from typing import Any

from api.problems import Code
from tests.api.cases.conftest import StaffClient, problem
from tests.api.people import ADMIN, SUPERVISOR, shows

MEMBER = {"id": "f.osei", "roles": ["caseworker"], "areas": ["*"], "accredited_until": "2045-12-31"}


async def facilitator_of(staff: StaffClient, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = await staff.pool.fetchval("select state -> 'facilitator' from cases where ref = $1", ref)
    return found


async def edit(staff: StaffClient, **changes: object) -> None:
    answer = await staff.http.patch("/api/v1/staff/f.osei", json=changes, headers=shows(ADMIN))
    assert answer.status_code == 200, answer.text


async def test_a_change_of_the_register_reaches_the_case_and_the_sender_states_nothing(staff: StaffClient) -> None:
    await staff.pool.execute("delete from staff where id = 'f.osei'")
    assert (await staff.post("/api/v1/staff", MEMBER, ADMIN)).status_code == 201
    ref = await staff.open_case()
    stated = {"facilitator": "f.osei", "specialist_in": ["stalking"]}
    refused = problem(await staff.record(ref, "facilitator_assigned", SUPERVISOR, data=stated), Code.REFUSED)
    assert refused["reason"] == "from_staff_register"
    without = {"facilitator": "c.okafor"}
    refused = problem(await staff.record(ref, "facilitator_assigned", SUPERVISOR, data=without), Code.REFUSED)
    assert refused["reason"] == "not_accredited"
    unknown = await staff.record(ref, "facilitator_assigned", SUPERVISOR, data={"facilitator": "f.oseii"})
    assert problem(unknown, Code.UNKNOWN_MEMBER)["near"] == ["f.osei"]

    named = await staff.record(ref, "facilitator_assigned", SUPERVISOR, data={"facilitator": "f.osei"})
    assert named.status_code == 200, named.text
    expected = {"id": "f.osei", "specialist_in": [], "active": True, "accredited_until": "2045-12-31"}
    assert await facilitator_of(staff, ref) == expected

    for changes, said in (
        ({"specialist_in": ["stalking"]}, {"specialist_in": ["stalking"]}),
        ({"active": False}, {"active": False}),
    ):
        await edit(staff, **changes)
        expected |= said
        async with asyncio.timeout(120):
            while await facilitator_of(staff, ref) != expected:  # noqa: ASYNC110 - the case writes it
                await asyncio.sleep(0.05)
    entries = "select count(*) from entries where ref = $1 and event = 'facilitator_changed'"
    assert await staff.pool.fetchval(entries, ref) == 2
