"""4.10b: policies are in a file, which `rj policies` checks and loads; a loaded version never changes."""

from pathlib import Path

from tests.cli.conftest import RunningService

LONGMOOR = """
[[policy]]
name = "longmoor"
version = 1
like = "adult"
area = "longmoor"
waits.screening = {due = 3, notice = 6}
"""


async def test_policies_are_checked_loaded_and_listed_and_a_loaded_version_never_changes(
    service: RunningService, tmp_path: Path
) -> None:
    operator, file = service.operator, tmp_path / "policies.toml"

    async def rj(*args: str) -> str:
        ended = await operator.rj("policies", *args)
        return f"{ended.code} {ended.out}{ended.err}"

    file.write_text(LONGMOOR.replace("due = 3", "due = 9"))
    wrong = await rj("check", str(file))
    assert "longmoor: waits.screening" in wrong
    assert not wrong.startswith("0")

    file.write_text(LONGMOOR)
    assert (await rj("check", str(file))).startswith("0")
    assert "longmoor" not in await rj("list"), "a check stores nothing"
    assert "longmoor/1" in await rj("load", str(file))
    assert "loaded already" in await rj("load", str(file))
    listed = await rj("list")
    assert "longmoor/1" in listed
    assert "adult/1" in listed, "those that come with the service"

    file.write_text(LONGMOOR.replace("due = 3", "due = 4"))
    changed = await rj("load", str(file))
    assert "give the changed policy a new version" in changed
    assert not changed.startswith("0")
