"""`rj import`: good rows are stored once, bad ones are named, whatever is in the file and however often it is read."""

import json
from pathlib import Path

import asyncpg
import pytest

from tests.cli.shell import Shell

GOOD = {
    "source_id": "row-1",
    "request": {
        "area": "avonside",
        "initiated_by": "victim",
        "takes_part_as": "direct_victim",
        "offender_age_group": "adult",
    },
    "victim": {"name": "Marta Quill", "email": "marta@example.org"},
}
COLUMNS = "area,request.initiated_by,request.takes_part_as,request.offender_age_group,victim.name,victim.email"
CSV = f"""source_id,request.{COLUMNS}
c-1,avonside,victim,direct_victim,adult,Marta Quill,marta@example.org
c-2,avonside,somebody,direct_victim,adult,Ivo Fenn,ivo@example.org
c-3,avonside,victim,direct_victim,adult,Ada Lorne,ada@example.org
"""


def rows(*more: str) -> str:
    return "\n".join([json.dumps(GOOD), json.dumps(GOOD | {"source_id": "row-2"}), *more]) + "\n"


@pytest.fixture
def operator(dsn: str) -> Shell:
    """An operator's shell with a database of its own."""
    return Shell({"RJ_DATABASE_URL": dsn})


async def count_requests(shell: Shell) -> int:
    connection = await asyncpg.connect(shell.environment["RJ_DATABASE_URL"])
    try:
        return int(await connection.fetchval("select count(*) from inbox where kind = 'request'"))
    finally:
        await connection.close()


async def test_a_file_that_is_read_twice_is_imported_once(operator: Shell, tmp_path: Path) -> None:
    file = tmp_path / "spring.jsonl"
    file.write_text(rows())
    first, again = await operator.rj("import", str(file)), await operator.rj("import", str(file))
    assert (first.code, first.out, first.err) == (0, "2 stored, 0 known already, 0 bad\n", "")
    assert (again.code, again.out) == (0, "0 stored, 2 known already, 0 bad\n")
    assert await count_requests(operator) == 2


async def test_bad_rows_are_named_by_line_and_field_and_good_ones_are_stored(operator: Shell, tmp_path: Path) -> None:
    file = tmp_path / "spring.csv"
    file.write_text(CSV)
    ended = await operator.rj("import", str(file))
    assert ended.code == 2
    assert ended.err == "rj: line 3: request.initiated_by must be one of victim, offender, court, service\n"
    assert ended.out == "2 stored, 0 known already, 1 bad\n"
    file.write_text(CSV.replace("somebody", "court"))
    mended = await operator.rj("import", str(file))
    assert (mended.code, mended.out) == (0, "1 stored, 2 known already, 0 bad\n")
    assert await count_requests(operator) == 3


async def test_programs_get_a_line_for_each_row(operator: Shell, tmp_path: Path) -> None:
    file = tmp_path / "spring.jsonl"
    file.write_text(rows("{", json.dumps({**GOOD, "source_id": "row-4", "victim": {}})))
    ended = await operator.rj("import", str(file), "--json", "--source", "old-system")
    *lines, summary = ended.values
    assert ended.code == 2
    assert [(line["line"], line.get("first")) for line in lines] == [(1, True), (2, True), (3, None), (4, None)]
    assert lines[2]["faults"] == [{"field": "", "problem": "is not JSON"}]
    assert [fault["field"] for fault in lines[3]["faults"]] == ["victim.name", "victim.email"]
    assert summary == {"stored": 2, "known": 0, "bad": 2}
    assert ended.err.count("\n") == 2


async def test_the_same_ids_of_two_systems_are_two_requests(operator: Shell, tmp_path: Path) -> None:
    file = tmp_path / "spring.jsonl"
    file.write_text(rows())
    for source in ("north", "south"):
        assert (await operator.rj("import", str(file), "--source", source)).out.startswith("2 stored")
    assert await count_requests(operator) == 4
