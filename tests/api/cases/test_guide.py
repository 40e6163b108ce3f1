"""docs/api.md keeps its word: every problem of staff is explained. Its supervisor's day runs with a whole stack."""

import re
from pathlib import Path

from api.problems import PROBLEMS, Code
from tests.staff_problems import FOR_STAFF

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
ELSEWHERE = {
    Code.SIGN_IN_OFF,
    Code.DEACTIVATED,
    Code.NOT_AUTHENTICATED,
    Code.INVALID,
    Code.AGENCY_EXISTS,
    Code.UNKNOWN_MEMBER,
    Code.MEMBER_EXISTS,
    Code.ALREADY_DONE,
}
"""What is explained where agencies, the register of staff and receipts are."""


def test_every_problem_of_staff_is_explained_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.*?) \|", GUIDE, re.MULTILINE)
    listed = {(code, int(status)) for status, codes in rows for code in re.findall(r"`([a-z_]+)`", codes)}
    wanted = {(code.value, int(PROBLEMS[code][0])) for code in FOR_STAFF - ELSEWHERE}
    assert wanted <= listed
    assert all(int(PROBLEMS[Code(code)][0]) == status for code, status in listed)
