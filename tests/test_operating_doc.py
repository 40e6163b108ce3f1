"""What the operating guide says of Temporal's command line, of SQL and of replaying is run here as it stands."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr
from temporalio.client import Client

from adapters.channels.factories import open_channels
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from api.app import create_app
from api.idempotency import RequireKey
from api.problems import PROBLEMS, SIGNING_IN, Code
from devstack.embedded import TemporalServer, attribute_types, temporal_program, temporal_server
from domain.reasons import DECLINE_REASONS
from domain.vocabulary import CaseRef
from ports.inbox import REJECTION_REASONS, InboxMessage
from queries.inbox import DeliveryState
from server import dependencies
from settings import Settings
from tests.agencies import enter_agencies_asked_by_hand
from tests.api.people import ADMIN, KnownTokens
from tests.cli.shell import Shell
from tests.connections import connected_to
from tests.serving import served
from worker import build_worker
from workflows.clock import CaseClock
from workflows.names import CASE_WORKFLOW, SEARCH_ATTRIBUTES
from workflows.starting import CaseStart

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
REF = "RJ-7Q2K-9F3M"
LATE = "RJ-8R3M-4H5N"


def blocks(language: str) -> list[str]:
    """The guide's blocks of code in a language."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", GUIDE, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.removeprefix(indent) for line in text.splitlines()) + "\n" for indent, text in found]


COMMANDS = [shlex.split(line) for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines()]
"""Each command of the guide that Temporal's program takes."""


def with_word(*words: str) -> list[list[str]]:
    """The commands in which all `words` stand."""
    found = [command for command in COMMANDS if set(words) <= set(command)]
    assert found, f"the guide has no command with {words}"
    return found


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal, beside a service that runs."""

    address: str
    shell: Shell

    async def temporal(self, command: list[str]) -> Any:
        """Run a command of the guide; its answer as JSON, as far as it is."""
        assert command[0] == "temporal"
        process = await asyncio.create_subprocess_exec(
            temporal_program(),
            *command[1:],
            "--output",
            "json",
            env={**os.environ, "TEMPORAL_ADDRESS": self.address},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, (command, err.decode())
        return json.loads(out) if out.strip().startswith((b"{", b"[")) else out.decode()

    async def query(self, kind: str) -> Any:
        """The answer of one of the guide's queries."""
        (command,) = with_word("query", kind)
        return (await self.temporal(command))["queryResult"][0]

    async def listed(self, query: str, count: int) -> set[str]:
        """The cases that a list of the guide finds, once it finds `count`: search attributes follow by a moment."""
        (command,) = with_word("list", query)
        found: set[str] = set()
        for _ in range(100):
            found = {each["execution"]["workflowId"] for each in await self.temporal(command)}
            if len(found) == count:
                return found
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{query} finds {found}")

    async def shown(self, version: int, refused: int = 0) -> Any:
        """The case as `rj show` prints it, once it has come to `version` with so many records `refused`."""
        for _ in range(100):
            ended = await self.shell.rj("show", REF, "--json")
            if ended.code == 0 and (ended.value["version"], len(ended.value["refused"])) == (version, refused):
                return ended.value
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{REF} does not come to version {version} with {refused} refused")


@pytest.fixture
async def temporal() -> AsyncIterator[TemporalServer]:
    """A server for this file alone: the guide's lists and counts speak of every case there is."""
    async with temporal_server(None, ui=False, search_attributes=attribute_types(SEARCH_ATTRIBUTES)) as server:
        yield server


@pytest.fixture
async def operator(dsn: str, temporal: TemporalServer) -> AsyncIterator[Operator]:
    """An operator, and a real worker on the task queue that the guide names."""
    task_queue = Settings.model_fields["task_queue"].default
    pool = await open_pool(dsn)
    await enter_agencies_asked_by_hand(pool, "eastmoor")
    client = await Client.connect(temporal.address, plugins=[SHARED])
    async with (
        open_channels(Settings(database_url=SecretStr(dsn)), pool) as channel,
        build_worker(client, pool, channel, task_queue),
    ):
        yield Operator(temporal.address, Shell({"RJ_DATABASE_URL": dsn, "RJ_TEMPORAL_ADDRESS": temporal.address}))
        for ref in (REF, LATE):
            # Of this test's server only: the guide says why no real case may be ended so.
            await client.get_workflow_handle(ref).terminate()
    pool.terminate()


async def test_temporals_command_line_does_what_the_guide_says_and_rj_shows_it(
    operator: Operator, temporal: TemporalServer, tmp_path: Path
) -> None:
    await start_a_late_case(temporal)
    (started,) = with_word("start")
    await operator.temporal(started)
    await operator.temporal(started)  # an existing case is used, never a second
    (screened,) = [command for command in with_word("signal") if "request_screened" in command[-1]]
    await operator.temporal(screened)
    await operator.temporal(screened)  # the same id counts once
    await operator.shown(version=2)
    (found,) = with_word("update")
    answer = (await operator.temporal(found))["result"]
    assert (answer["version"], answer["step"], answer["refused"]) == (3, "agency_check", None)

    await what_queries_answer_is_what_rj_shows(operator)
    await lists_find_what_rj_lists(operator)
    await malformed_signals_wedge_nothing(operator)
    await its_history_replays(operator, tmp_path)


async def start_a_late_case(temporal: TemporalServer) -> None:
    """A case whose clock has run so fast that its screening is overdue; its victim wants no messages."""
    client = await Client.connect(temporal.address, plugins=[SHARED])
    (started,) = with_word("start")
    request = json.loads(started[-1])["request"]
    request["data"]["contact"] = "none"
    now = datetime.now(UTC).timestamp()
    start = CaseStart(LATE, request, CaseClock(now, now, day_seconds=0.01))
    await client.start_workflow(CASE_WORKFLOW, start, id=LATE, task_queue=started[started.index("--task-queue") + 1])


async def what_queries_answer_is_what_rj_shows(operator: Operator) -> None:
    shown = await operator.shown(version=3)
    status = await operator.query("status")
    assert (status["sequence_conflict"], status["unwritten"]) == ("", 0)
    for name in ("version", "stage", "step", "reason", "area", "responsible_agency", "received_at"):
        assert status[name] == shown[name], name
    by_key = {wait["key"]: wait for wait in shown["waits"]}
    assert {wait["key"]: wait for wait in status["waits"]} == by_key
    assert set(by_key) == {"agency_check:prison", "agency_check:hmpps_rehub"}

    timeline = [
        (entry["version"], entry["id"], entry["event"], entry["at"]) for entry in await operator.query("timeline")
    ]
    assert timeline == [(e["version"], e["id"], e["event"], e["at"]) for e in reversed(shown["timeline"])]

    said = await operator.shell.value("explain", REF)
    assert await operator.query("explain") == {name: text for name, text in said.items() if name != "ref"}


async def lists_find_what_rj_lists(operator: Operator) -> None:
    overdue = await operator.listed("CaseOverdue = true", 1)
    assert overdue == {each["ref"] for each in (await operator.shell.rj("list", "--overdue", "--json")).values}
    assert overdue == {LATE}
    checked = await operator.listed("CaseStep = 'agency_check' and CaseWaitingOn = 'prison'", 1)
    rj = await operator.shell.rj("list", "--step", "agency_check", "--waiting-on", "prison", "--json")
    assert checked == {each["ref"] for each in rj.values} == {REF}
    (count,) = with_word("count")
    assert int((await operator.temporal(count))["count"]) == len(overdue)


async def malformed_signals_wedge_nothing(operator: Operator) -> None:
    malformed = [each for each in with_word("signal") if "request_screened" not in each[-1]]
    for command in malformed:
        await operator.temporal(command)
    shown = await operator.shown(version=3, refused=len(malformed))
    assert {each["code"] for each in shown["refused"]} == {"unreadable", "unknown_event"}

    moved = await operator.shell.value("move", REF, "progress_recorded")
    assert (moved["version"], moved["refused"]) == (4, None)
    assert (await operator.query("status"))["version"] == 4
    verified = await operator.shell.rj("verify", REF)
    assert verified.code == 0, verified


async def its_history_replays(operator: Operator, folder: Path) -> None:
    (show,) = re.findall(r"\$ (temporal workflow show .*?) --output json >", GUIDE)
    history = await operator.temporal(shlex.split(show))
    (folder / "case.json").write_text(json.dumps(history))
    (script,) = blocks("python")
    (folder / "replay.py").write_text(script)
    arguments = [sys.executable, str(folder / "replay.py"), str(folder / "case.json")]
    done = await asyncio.to_thread(
        subprocess.run,
        arguments,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{folder / 'case.json'} replays\n"), done.stderr


async def test_every_statement_in_the_guide_is_one_that_the_database_takes(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    statements = blocks("sql")
    assert len(statements) >= 2
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def test_the_directory_is_managed_by_the_commands_of_the_guide_as_they_stand(dsn: str) -> None:
    shell = Shell({"RJ_DATABASE_URL": dsn})
    section = GUIDE.partition("### Agencies")[2].partition("\n## ")[0].replace("\\\n", " ")
    commands = [shlex.split(line) for line in re.findall(r"^\$ rj ((?:agency|asks) .+)$", section, re.MULTILINE)]
    assert len(commands) >= 13
    for command in commands:
        ended = await shell.rj(*command)
        # Nobody has this agency's name: that is what a test of it finds.
        assert ended.code == (1 if command[:2] == ["agency", "test"] else 0), (command, ended)
    assert (await shell.value("agency", "show", "eastmoor-probation"))["works_on"] == "tue,wed"


async def test_the_register_of_staff_is_kept_by_the_commands_of_the_guide_as_they_stand(dsn: str) -> None:
    shell = Shell({"RJ_DATABASE_URL": dsn})
    section = GUIDE.partition("### Signing in\n")[2].partition("\n### ")[0]
    commands = [shlex.split(line) for line in re.findall(r"^\$ rj (staff .+)$", section, re.MULTILINE)]
    assert len(commands) >= 5
    for command in commands:
        ended = await shell.rj(*command)
        assert ended.code == 0, (command, ended)
    listed = await shell.value("staff", "list")
    assert (listed["id"], listed["email"], listed["active"]) == ("d.webb", "duty@service.example", True)


async def test_the_directory_is_managed_over_http_as_the_guide_shows(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        found = await connected_to(pool)
        settings = Settings(database_url=SecretStr(dsn))
        parts = replace(dependencies(found, settings), identities=KnownTokens())
        async with served(create_app(parts)) as address:
            (script,) = [each for each in blocks("bash") if "/api/v1/" in each]
            run = await asyncio.create_subprocess_exec(
                *("bash", "-euc", script.replace("http://127.0.0.1:8000", address)),
                env={**os.environ, "TOKEN": ADMIN.id},
                stdout=asyncio.subprocess.PIPE,
            )
            said, _ = await run.communicate()
        assert (run.returncode, b"whsec_" in said, b'"pauses"' in said) == (0, True, True)
        assert await PostgresDirectory(pool).find("vlo", "westhaven", "trace") is not None


@pytest.mark.parametrize(
    ("heading", "codes"),
    [
        ("#### Over HTTP", {Code.INVALID, Code.AGENCY_EXISTS, Code.ALREADY_DONE, *RequireKey.problems}),
        ("### Signing in", {*SIGNING_IN, Code.WRONG_AREA, Code.UNKNOWN_MEMBER, Code.MEMBER_EXISTS}),
    ],
)
def test_the_guide_lists_problems_with_their_status(heading: str, codes: set[Code]) -> None:
    section = GUIDE.partition(f"{heading}\n")[2].partition("\n### ")[0]
    listed = {code: int(status) for status, code in re.findall(r"^\| (\d+) \| `(\w+)` \|", section, re.MULTILINE)}
    assert listed == {str(code): int(PROBLEMS[code][0]) for code in codes}


async def test_what_the_guide_says_of_parked_messages_is_so(dsn: str) -> None:
    shell = Shell({"RJ_DATABASE_URL": dsn})
    commands = {line.split()[3]: line.split()[2:] for line in re.findall(r"^\$ rj inbox \w+ .*$", GUIDE, re.MULTILINE)}
    async with await open_pool(dsn) as pool:
        inbox = PostgresInbox(pool)
        for message in ("m-1", "m-2"):
            accepted = await inbox.accept(InboxMessage("agency:a", message, CaseRef(REF), {}, bytes(32)))
            await inbox.dead_letter(accepted.id, "not_in_temporal")
        for decision, id in (("retry", "1"), ("resolve", "2"), ("show", "2")):
            ended = await shell.rj(*(id if word == "17" else word for word in commands[decision]))
            assert ended.code == 0, ended
        assert [message.record["id"] for message in await inbox.lease_next(10, 60)] == ["agency:a/m-1"]
        settled = await inbox.get_status("agency:a", "m-2")
        assert settled is not None
        assert (settled.status, settled.reason) == ("refused", "recorded_otherwise")


def test_the_guide_names_every_state_and_every_reason_of_the_inbox() -> None:
    _, _, section = GUIDE.partition("### Messages that do not arrive")
    section = section.partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(DeliveryState) - {DeliveryState.ENDED}
    assert [reason for reason in REJECTION_REASONS if f"`{reason}`" not in section] == []


def test_the_case_is_ended_in_the_guide_for_a_reason_that_the_service_takes() -> None:
    reasons = re.findall(r"declined_by_service --reason (\w+)", GUIDE)
    assert reasons
    assert set(reasons) <= {str(reason) for reason in DECLINE_REASONS}
