"""Messages that were not delivered, findings, and the digest, over HTTP."""

from api.problems import Code
from domain.people import StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, AUDITOR, CASEWORKER, NOBODY, SUPERVISOR, person

INBOX = "/api/v1/inbox"
LOCAL = person("l.amari", StaffRole.SUPERVISOR, areas=(AREA,))


_INSERT = """
insert into inbox (source, message_id, ref, kind, record, note, digest, dead_letter_reason)
values ($1, $2, $3, 'event', $4, '', $5, 'not_in_temporal') returning id
"""


async def dead_lettered(staff: StaffClient, ref: str, message_id: str) -> int:
    """The number of a message for the case that is not tried any more."""
    record = {"event": "progress_recorded", "data": {}, "by": {"role": "agency", "id": f"{AREA}-charity", "area": AREA}}
    values = (f"agency:{AREA}-charity", message_id, ref, record, bytes(32))
    number: int = await staff.pool.fetchval(_INSERT, *values)
    return number


async def test_a_dead_lettered_message_is_listed_shown_and_retried(staff: StaffClient) -> None:
    ref = await staff.open_case()
    number = await dead_lettered(staff, ref, f"retried-{ref}")
    listed = (await staff.get(f"{INBOX}?ref={ref.lower()}")).json()
    [message] = listed["messages"]
    assert (message["id"], message["state"], message["area"], listed["more"]) == (number, "dead_lettered", AREA, False)
    assert message["why"]
    shown = (await staff.get(f"{INBOX}/{number}", AUDITOR)).json()
    assert (shown["message"], shown["decisions"]) == (message, [])
    retried = (await staff.post(f"{INBOX}/{number}/retry", None)).json()
    assert [(decision["decision"], decision["by"]) for decision in retried["decisions"]] == [
        ("retried", CASEWORKER.account)
    ]


async def test_a_supervisor_rejects_a_dead_lettered_message_with_a_reason_for_its_sender(staff: StaffClient) -> None:
    ref = await staff.open_case()
    number = await dead_lettered(staff, ref, f"rejected-{ref}")
    body = {"reason": "recorded_otherwise"}
    problem(await staff.post(f"{INBOX}/{number}/reject", body), Code.WRONG_ROLE)
    problem(await staff.post(f"{INBOX}/{number}/reject", {"reason": "weather"}, SUPERVISOR), Code.UNREADABLE)
    rejected = (await staff.post(f"{INBOX}/{number}/reject", body, SUPERVISOR)).json()
    assert (rejected["message"]["outcome"], rejected["message"]["reason"]) == ("refused", "recorded_otherwise")
    for action, sent in (("retry", None), ("reject", body)):
        ended = problem(await staff.post(f"{INBOX}/{number}/{action}", sent, SUPERVISOR), Code.WRONG_STATE)
        assert ended["detail"] == "it has ended"


async def test_messages_are_of_ones_own_areas(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    here, there = await staff.open_case(), await staff.open_case(ELSEWHERE)
    numbers = [await dead_lettered(staff, ref, f"area-{ref}") for ref in (here, there)]
    listed = {message["id"] for message in (await staff.get(f"{INBOX}?limit=200", LOCAL)).json()["messages"]}
    assert (numbers[0] in listed, numbers[1] in listed) == (True, False)
    problem(await staff.get(f"{INBOX}/{numbers[1]}", LOCAL), Code.WRONG_AREA)
    problem(await staff.post(f"{INBOX}/{numbers[1]}/retry", None, LOCAL), Code.WRONG_AREA)
    for number in numbers:
        await staff.post(f"{INBOX}/{number}/reject", {"reason": "not_delivered"}, SUPERVISOR)


async def test_who_does_no_casework_sees_no_message(staff: StaffClient) -> None:
    for who in (ADMIN, NOBODY):
        problem(await staff.get(INBOX, who), Code.WRONG_ROLE)
        problem(await staff.get("/api/v1/findings", who), Code.WRONG_ROLE)
    for who in (AUDITOR, ADMIN):
        problem(await staff.post(f"{INBOX}/1/retry", None, who), Code.WRONG_ROLE)
    problem(await staff.get(f"{INBOX}/999999999"), Code.UNKNOWN_MESSAGE)


async def test_findings_are_listed_in_words_and_of_ones_own_areas(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    insert = "insert into findings (ref, kind, area, detail) values ($1, 'state_mismatch', $2, 'no_case')"
    refs = {"RJ-4XAB-9PQW": AREA, "RJ-4XAC-9PQW": ELSEWHERE}
    for ref, area in refs.items():
        await staff.pool.execute(insert, ref, area)
    try:
        for who, expected in ((SUPERVISOR, set(refs)), (LOCAL, {"RJ-4XAB-9PQW"})):
            found = (await staff.get("/api/v1/findings", who)).json()
            assert {finding["ref"] for finding in found["findings"]} & set(refs) == expected
            assert all(finding["sentence"] for finding in found["findings"])
        assert (await staff.get("/api/v1/findings?limit=1", SUPERVISOR)).json()["more"] is True
    finally:
        await staff.pool.execute("delete from findings where ref = any($1)", list(refs))


async def test_a_supervisor_reads_their_next_digest(staff: StaffClient) -> None:
    await staff.open_case()
    digest = (await staff.get("/api/v1/digest", SUPERVISOR)).json()
    assert digest["subject"].endswith(f"{digest['overdue']} overdue")
    assert digest["lines"][0].startswith(f"Open: {digest['open']}.")
    mine = (await staff.get("/api/v1/digest", CASEWORKER)).json()
    assert mine["lines"][0].startswith("Your open cases: ")
    for who in (AUDITOR, ADMIN):
        problem(await staff.get("/api/v1/digest", who), Code.WRONG_ROLE)
