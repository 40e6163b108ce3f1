"""What is to be done by hand over HTTP: the list, and how each task leaves it."""

import asyncio
from typing import Any

from api.idempotency import REPLAYED
from api.problems import Code
from domain.people import StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, AUDITOR, CASEWORKER, NOBODY, SUPERVISOR, person

TASKS, NOTIFICATIONS = "/api/v1/tasks", "/api/v1/notifications"
LOCAL = person("l.amari", StaffRole.CASEWORKER, areas=(AREA,))
STORED = {"mark-told": "resolved", "resend": "resent", "mark-returned": "returned"}
LOST = "update idempotency_keys set status = null, headers = null, body = null where key = $1"


async def find_recipient_and_key(staff: StaffClient, state: str, area: str = AREA) -> tuple[str, str]:
    """Somebody, and the key of what their victim is to be told, which is in this state."""
    ref = await staff.open_case(area, phone="07700 900123")
    who = f"by.hand.{ref.lower()}"
    await staff.enter(who)
    await staff.post("/api/v1/bulk/reassign", {"cases": [ref], "to": who}, SUPERVISOR)
    await staff.pool.execute(
        """
        update notifications set state = $2, form = 'email', error = 'by_telephone', sent_at = now(),
            task_since = case when $2 in ('by_hand', 'failed') then now() end
        where ref = $1 and recipient = 'victim'
        """,
        ref,
        state,
    )
    key = await staff.pool.fetchval("select key from notifications where ref = $1 and recipient = 'victim'", ref)
    return who, key


async def tasks_of(staff: StaffClient, who: str, **asked: Any) -> Any:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return (await staff.get(f"{TASKS}?assigned_to={who}&{query}", SUPERVISOR)).json()


async def get_notification(staff: StaffClient, key: str) -> dict[str, Any]:
    row = await staff.pool.fetchrow("select * from notifications where key = $1", key)
    assert row is not None
    return dict(row)


async def test_an_agency_asked_by_hand_leaves_the_list_by_its_answer(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.enter(f"asks.{ref}")
    await staff.post("/api/v1/bulk/reassign", {"cases": [ref], "to": f"asks.{ref}"}, SUPERVISOR)
    await staff.record(ref, "request_screened", data={"answer": "proceed"})
    async with asyncio.timeout(120):
        while not (asks := (await tasks_of(staff, f"asks.{ref}"))["asks"]):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    [task] = asks
    assert (task["ref"], task["area"], task["agency"], task["question"]) == (ref, AREA, "charity", "trace")
    assert task["what"].startswith("Ask charity to trace the offender. Due on ")
    await staff.record(ref, task["event"], data={"answer": "not_found"}, on_behalf_of=task["agency"])
    assert "charity" not in {ask["agency"] for ask in (await tasks_of(staff, f"asks.{ref}"))["asks"]}


async def test_a_message_is_listed_with_what_to_say_and_settled_with_who_said_it(staff: StaffClient) -> None:
    who, key = await find_recipient_and_key(staff, "by_hand")
    [task] = (await tasks_of(staff, who))["notifications"]
    assert (task["key"], task["contact"], task["state"]) == (key, "phone", "by_hand")
    assert task["wording"]
    assert "Prefers the telephone." in task["what"]

    first, again = [await staff.post(f"{NOTIFICATIONS}/{key}/mark-told", None, key="settle-1") for _ in range(2)]
    assert (first.json(), again.json()) == ({"key": key, "state": "by_hand"},) * 2
    assert again.headers[REPLAYED] == "true"
    assert (await get_notification(staff, key))["resolved_by"] == CASEWORKER.account
    assert (await tasks_of(staff, who))["notifications"] == []
    refusal = problem(await staff.post(f"{NOTIFICATIONS}/{key}/mark-told", None), Code.WRONG_STATE)
    assert refusal["detail"] == "it is by_hand"


async def test_what_came_back_is_a_task_and_is_sent_once_more(staff: StaffClient) -> None:
    who, key = await find_recipient_and_key(staff, "sent")
    assert (await tasks_of(staff, who))["notifications"] == []
    assert (await staff.post(f"{NOTIFICATIONS}/{key}/mark-returned", None)).json() == {"key": key, "state": "failed"}
    [task] = (await tasks_of(staff, who))["notifications"]
    assert "The email was returned." in task["what"]
    assert (await staff.post(f"{NOTIFICATIONS}/{key}/resend", None)).json() == {"key": key, "state": "waiting"}
    assert (await get_notification(staff, key))["resent_by"] == CASEWORKER.account


async def test_what_was_done_and_not_answered_is_told_as_done_and_is_not_done_twice(staff: StaffClient) -> None:
    for state, did in (("by_hand", "mark-told"), ("failed", "resend"), ("sent", "mark-returned")):
        _, key = await find_recipient_and_key(staff, state)
        first = await staff.post(f"{NOTIFICATIONS}/{key}/{did}", None, key=f"lost-{did}")
        before = await get_notification(staff, key)
        await staff.pool.execute(LOST, f"lost-{did}")
        again = await staff.post(f"{NOTIFICATIONS}/{key}/{did}", None, key=f"lost-{did}")
        assert (again.status_code, again.json(), REPLAYED in again.headers) == (200, first.json(), False)
        assert await get_notification(staff, key) == before
        problem(await staff.post(f"{NOTIFICATIONS}/{key}/{did}", None), Code.WRONG_STATE)


async def test_what_is_asked_for_again_is_not_done_again_whatever_has_happened_meanwhile(
    staff: StaffClient,
) -> None:
    for state, did, meanwhile in (
        ("failed", "resend", "state = 'failed', task_since = now()"),
        ("sent", "mark-returned", "state = 'sent', task_since = null"),
        ("by_hand", "mark-told", "resolved_at = null, resolved_by = null"),
    ):
        _, key = await find_recipient_and_key(staff, state)
        await staff.post(f"{NOTIFICATIONS}/{key}/{did}", None, key=f"overtaken-{did}")
        await staff.pool.execute(LOST, f"overtaken-{did}")
        await staff.pool.execute(f"update notifications set {meanwhile} where key = $1", key)  # noqa: S608 - those above
        before = await get_notification(staff, key)
        again = await staff.post(f"{NOTIFICATIONS}/{key}/{did}", None, key=f"overtaken-{did}")
        assert (again.status_code, await get_notification(staff, key)) == (200, before)
        deeds = await staff.pool.fetch("select action, by from notification_actions where key = $1", key)
        assert [tuple(deed) for deed in deeds] == [(STORED[did], CASEWORKER.account)]


async def test_tasks_and_messages_are_of_ones_own_areas(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    for area, is_theirs in ((AREA, True), (ELSEWHERE, False)):
        who, key = await find_recipient_and_key(staff, "by_hand", area)
        [task] = (await tasks_of(staff, who))["notifications"]
        mine = (await staff.get(f"{TASKS}?assigned_to={who}", LOCAL)).json()["notifications"]
        assert mine == ([task] if is_theirs else [])
        for did in () if is_theirs else ("mark-told", "resend", "mark-returned"):
            problem(await staff.post(f"{NOTIFICATIONS}/{key}/{did}", None, LOCAL), Code.WRONG_AREA)
    problem(await staff.get(f"{TASKS}?area={ELSEWHERE}", LOCAL), Code.WRONG_AREA)


async def test_who_does_no_casework_does_nothing_by_hand(staff: StaffClient) -> None:
    _, key = await find_recipient_and_key(staff, "by_hand")
    before = await get_notification(staff, key)
    for who in (AUDITOR, ADMIN, NOBODY):
        for did in ("mark-told", "resend", "mark-returned"):
            problem(await staff.post(f"{NOTIFICATIONS}/{key}/{did}", None, who), Code.WRONG_ROLE)
    assert await get_notification(staff, key) == before
    assert (await staff.get(TASKS, AUDITOR)).status_code == 200
    for who in (ADMIN, NOBODY):
        problem(await staff.get(TASKS, who), Code.WRONG_ROLE)


async def test_a_message_that_is_not_there_or_a_supervisor_s_is_unknown(staff: StaffClient) -> None:
    _, key = await find_recipient_and_key(staff, "by_hand")
    await staff.pool.execute(
        """
        update notifications set state = 'waiting', task_since = null, recipient = 'supervisor', stage = null,
            step = null, variant = null, corrects = null, wording = '{}'
        where key = $1
        """,
        key,
    )
    problem(await staff.post(f"{NOTIFICATIONS}/{key}/mark-told", None), Code.UNKNOWN_NOTIFICATION)
    for key in ("RJ-2222-2222.1.victim", "RJ-2222-2222.1.supervisor", "no%00text", "%20"):
        problem(await staff.post(f"{NOTIFICATIONS}/{key}/mark-told", None), Code.UNKNOWN_NOTIFICATION)


async def test_that_there_is_more_to_do_is_said(staff: StaffClient) -> None:
    _, key = await find_recipient_and_key(staff, "by_hand")
    other, _ = await find_recipient_and_key(staff, "by_hand")
    await staff.post("/api/v1/bulk/reassign", {"cases": [key.partition(".")[0]], "to": other}, SUPERVISOR)
    for limit, more in ((1, True), (2, False)):
        tasks = await tasks_of(staff, other, limit=limit)
        assert (len(tasks["notifications"]), tasks["more"]) == (limit, more)


async def test_an_update_that_only_a_person_can_give_leaves_the_list_once_it_is_told(staff: StaffClient) -> None:
    """3.1c, 3.1e: who referred the case is told of its end by a caseworker."""
    ref = await staff.open_case(referred_by="charity")
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    async with asyncio.timeout(120):
        while not (updates := [one for one in (await updates_in(staff)) if one["ref"] == ref]):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    [task] = updates
    assert (task["agency"], task["has_failed"], task["key"]) == ("charity", False, f"{ref}.2.update.charity")
    assert "The case has ended. Contact did not take place." in task["what"]
    path = f"{NOTIFICATIONS}/{task['key']}/mark-told"
    other = f"{NOTIFICATIONS}/{await staff.open_case(ELSEWHERE)}.2.update.charity/mark-told"
    problem(await staff.post(other, None, LOCAL), Code.WRONG_AREA)
    assert (await staff.post(path, None)).status_code == 200
    assert ref not in {one["ref"] for one in await updates_in(staff)}
    problem(await staff.post(f"{NOTIFICATIONS}/{ref}.9.update.prison/mark-told", None), Code.UNKNOWN_NOTIFICATION)


async def updates_in(staff: StaffClient) -> Any:
    return (await staff.get(f"{TASKS}?area={AREA}&limit=200", SUPERVISOR)).json()["updates"]
