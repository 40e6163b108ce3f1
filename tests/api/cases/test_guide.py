"""docs/api.md keeps its word: the supervisor's day runs as it stands, and every problem of staff is explained."""

import asyncio
import os
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.problems import FOR_STAFF, PROBLEMS, Code
from tests.api.cases.conftest import StaffDoor
from tests.api.people import SUPERVISOR

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
ELSEWHERE = {
    Code.SIGN_IN_OFF,
    Code.DEACTIVATED,
    Code.NOT_AUTHENTICATED,
    Code.UNFIT,
    Code.AGENCY_THERE,
    Code.UNKNOWN_MEMBER,
    Code.MEMBER_THERE,
    Code.DONE_BEFORE,
}
"""What is explained where agencies, the register of staff and receipts are."""


def day() -> str:
    [block] = re.findall(r"```bash\n(.*?)```", GUIDE, re.DOTALL)
    return str(block)


async def objected(door: StaffDoor) -> str:
    """A case in which the prison has objected."""
    ref = await door.opened(has_vlo=True)
    found = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
    for event, data, agency in (
        ("request_screened", {"answer": "proceed"}, None),
        ("trace_answered", found, "vlo"),
        ("agency_check_answered", {"answer": "objection", "reason": "agency_objects"}, "prison"),
    ):
        answer = await door.record(ref, event, SUPERVISOR, data=data, on_behalf_of=agency)
        assert answer.status_code == 200, answer.text
    return ref


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed here")
async def test_a_supervisors_day_runs_as_it_stands(staff_door: StaffDoor, tmp_path: Path) -> None:
    ref = await objected(staff_door)
    for _ in range(3):
        await staff_door.opened()
    settings = {
        "API": str(staff_door.http.base_url).rstrip("/"),
        "TOKEN": SUPERVISOR.id,
        "OBJECTED": ref,
        "UNTIL": (datetime.now(UTC).date() + timedelta(days=30)).isoformat(),
    }
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        day(),
        cwd=tmp_path,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await shell.communicate()
    assert (shell.returncode, err) == (0, b""), (out, err)
    said = out.decode()
    assert '"done":2,"failed":0' in said
    assert '"done":3,"failed":0' in said
    challenged = "select count(*) from entries where ref = $1 and event = 'objection_challenged'"
    assert await staff_door.pool.fetchval(challenged, ref) == 1
    assert (tmp_path / "agencies.csv").read_text(encoding="utf-8").startswith("area,")


def test_every_problem_of_staff_is_explained_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \|", GUIDE, re.MULTILINE)
    listed = {(code, int(status)) for status, codes in rows for code in re.findall(r"`([a-z_]+)`", codes)}
    wanted = {(code.value, int(PROBLEMS[code][0])) for code in FOR_STAFF - ELSEWHERE}
    assert wanted <= listed
    assert all(int(PROBLEMS[Code(code)][0]) == status for code, status in listed)
