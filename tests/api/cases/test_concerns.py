"""Who may decide a concern: another supervisor of the area, or where there is none, one of another area (1.3a)."""

from api.problems import Code
from domain.people import StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import person

HERE = person("k.stone", StaffRole.SUPERVISOR, areas=(AREA,))
THERE = person("l.field", StaffRole.SUPERVISOR, areas=(ELSEWHERE,))
CASEWORKER_THERE = person("m.brook", StaffRole.CASEWORKER, areas=(ELSEWHERE,))
ADD = "insert into staff (id, roles, areas) values ($1, '{supervisor}', array[$2])"
CONCERN = {"reason": "safeguarding"}
DECIDED = {"result": "no_concern"}


async def raised_here(staff: StaffClient) -> str:
    """A case in which the area's supervisor raised a concern; nobody else supervises there."""
    for who in (HERE, THERE, CASEWORKER_THERE):
        staff.tokens.people[who.id] = who
    await staff.pool.execute("delete from staff where 'supervisor' = any(roles)")
    await staff.pool.execute(ADD, HERE.id, AREA)
    await staff.pool.execute(ADD, THERE.id, ELSEWHERE)
    ref = await staff.open_case()
    answer = await staff.record(ref, "concern_raised", HERE, data=CONCERN, note="He was seen near her house.")
    assert answer.status_code == 200, answer.text
    return ref


async def test_where_the_area_has_no_other_supervisor_one_of_another_area_reads_and_decides(
    staff: StaffClient,
) -> None:
    ref = await raised_here(staff)
    path = f"/api/v1/cases/{ref}"
    assert (await staff.get(path, THERE)).status_code == 200
    assert (await staff.get(f"{path}/notes", THERE)).json()["notes"][0]["text"] == "He was seen near her house."
    problem(await staff.get(path, CASEWORKER_THERE), Code.WRONG_AREA)
    problem(await staff.get(f"{path}/victim", THERE), Code.WRONG_AREA)
    problem(await staff.record(ref, "put_on_hold", THERE, data={"reason": "safeguarding"}), Code.WRONG_AREA)
    refused = problem(await staff.record(ref, "concern_decided", HERE, data=DECIDED), Code.REFUSED)
    assert refused["reason"] == "same_supervisor"

    decided = await staff.record(ref, "concern_decided", THERE, data=DECIDED)
    assert decided.status_code == 200, decided.text
    problem(await staff.get(path, THERE), Code.WRONG_AREA)
    told = await staff.pool.fetchrow(
        "select account, wording from notifications where ref = $1 and message = 'concern_decided'", ref
    )
    assert told is not None
    assert told["account"] == HERE.id


async def test_where_the_area_has_another_supervisor_that_one_decides(staff: StaffClient) -> None:
    ref = await raised_here(staff)
    await staff.pool.execute(ADD, "n.marsh", AREA)
    problem(await staff.get(f"/api/v1/cases/{ref}", THERE), Code.WRONG_AREA)
    problem(await staff.record(ref, "concern_decided", THERE, data=DECIDED), Code.WRONG_AREA)
    with_note = await staff.record(ref, "concern_decided", HERE, data=DECIDED, note="I have looked at it again.")
    assert problem(with_note, Code.REFUSED)["reason"] == "same_supervisor"
