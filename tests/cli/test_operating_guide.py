"""The commands, queries, statements and tables of the operating guide, run and compared as they are written there."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import asyncpg
import pytest
from pydantic import SecretStr
from temporalio.client import Client

from adapters.channels.factories import open_channels
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from api.idempotency import RequireKey
from api.problems import PROBLEMS, SIGNING_IN, Code
from devstack.embedded import TemporalServer, attribute_types, temporal_program, temporal_server
from domain.reasons import DECLINE_REASONS
from domain.vocabulary import CaseRef
from ports.inbox import InboxMessage, RejectionReason
from queries.inbox import DeliveryState
from settings import Settings
from tests.agencies import enter_agencies_asked_by_hand
from tests.cli.conftest import LocalIssuer, RunningService, running_server
from tests.cli.shell import Shell
from tests.token_keys import TOKEN_KEY_SETTING
from worker import build_worker
from workflows.clock import CaseClock
from workflows.names import CASE_WORKFLOW, SEARCH_ATTRIBUTES
from workflows.starting import CaseStart

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
REF = "RJ-7Q2K-9F3M"
LATE = "RJ-8R3M-4H5N"


def code_blocks(language: str) -> list[str]:
    """The guide's code blocks in a language."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", GUIDE, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.removeprefix(indent) for line in text.splitlines()) + "\n" for indent, text in found]


def section(heading: str, end: str) -> str:
    """The text after a heading, up to `end`, with continued lines joined."""
    _, _, text = GUIDE.partition(f"{heading}\n")
    assert text, f"the guide has no heading {heading}"
    return text.partition(end)[0].replace("\\\n", " ")


def rj_commands(text: str, names: str) -> list[list[str]]:
    """The commands of `rj` in a text whose first word is one of `names`."""
    return [shlex.split(line) for line in re.findall(rf"^\$ rj ((?:{names}) .+)$", text, re.MULTILINE)]


TEMPORAL_COMMANDS = [
    shlex.split(line) for block in code_blocks("sh") for line in block.replace("\\\n", " ").splitlines()
]


def temporal_commands(*words: str) -> list[list[str]]:
    """The commands of the guide for Temporal's command line that contain all `words`."""
    found = [command for command in TEMPORAL_COMMANDS if set(words) <= set(command)]
    assert found, f"the guide has no command with {words}"
    return found


@dataclass(frozen=True)
class Operator:
    """Somebody at a terminal next to a running service, who is also signed in as a supervisor."""

    address: str
    shell: Shell
    supervisor: Shell

    async def temporal(self, command: list[str]) -> Any:
        """Run a command of the guide; return its output, parsed if it is JSON."""
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
        """Return the answer to one of the guide's queries, with UTC written as the API writes it."""
        (command,) = temporal_commands("query", kind)
        answer = (await self.temporal(command))["queryResult"][0]
        return json.loads(json.dumps(answer).replace("+00:00", "Z"))

    async def list_refs(self, query: str, count: int) -> set[str]:
        """Return the cases in a list of the guide once it has `count`: search attributes follow by a moment."""
        (command,) = temporal_commands("list", query)
        found: set[str] = set()
        for _ in range(100):
            found = {execution["execution"]["workflowId"] for execution in await self.temporal(command)}
            if len(found) == count:
                return found
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{query} finds {found}")

    async def show(self, version: int, refused: int = 0) -> Any:
        """Return the case as `rj show` prints it, once it has this `version` and so many `refused` records."""
        for _ in range(100):
            ended = await self.supervisor.rj("show", REF, "--json")
            if ended.code == 0 and (ended.value["version"], len(ended.value["refused"])) == (version, refused):
                return ended.value
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{REF} does not reach version {version} with {refused} refused")


@pytest.fixture
async def own_temporal() -> AsyncIterator[TemporalServer]:
    """A server for one test: the guide's lists and counts are about all cases of a server."""
    async with temporal_server(None, ui=False, search_attributes=attribute_types(SEARCH_ATTRIBUTES)) as server:
        yield server


@pytest.fixture
async def operator(
    dsn: str, own_temporal: TemporalServer, issuer: LocalIssuer, tokens: dict[str, str]
) -> AsyncIterator[Operator]:
    """An operator, with a real server, and a real worker on the task queue that the guide names."""
    task_queue = Settings.model_fields["task_queue"].default
    pool = await open_pool(dsn)
    await enter_agencies_asked_by_hand(pool, "eastmoor")
    client = await Client.connect(own_temporal.address, plugins=[SHARED])
    async with (
        open_channels(Settings(token_key=TOKEN_KEY_SETTING, database_url=SecretStr(dsn)), pool) as channel,
        build_worker(client, pool, channel, task_queue),
        running_server(dsn, own_temporal.address, issuer, tokens) as service,
    ):
        yield Operator(own_temporal.address, service.operator, service.supervisor)
        for ref in (REF, LATE):
            # Only in tests: the guide says why no real case may be ended in this way.
            await client.get_workflow_handle(ref).terminate()
    pool.terminate()


async def test_temporals_command_line_does_what_the_guide_says(
    operator: Operator, own_temporal: TemporalServer, tmp_path: Path
) -> None:
    await start_a_late_case(own_temporal)
    (start,) = temporal_commands("start")
    await operator.temporal(start)
    await operator.temporal(start)  # an existing case is used, never a second
    (screen,) = [command for command in temporal_commands("signal") if "request_screened" in command[-1]]
    await operator.temporal(screen)
    await operator.temporal(screen)  # the same id counts once
    await operator.show(version=2)
    (update,) = temporal_commands("update")
    answer = (await operator.temporal(update))["result"]
    assert (answer["version"], answer["step"], answer["refused"]) == (3, "agency_check", None)

    await compare_queries_with_rj_show(operator)
    await compare_lists_with_rj_list(operator)
    await send_signals_that_cannot_be_read(operator)
    await replay_with_the_script_of_the_guide(operator, tmp_path)


async def start_a_late_case(temporal: TemporalServer) -> None:
    """Start a case whose clock is so fast that its screening is overdue; its victim wants no messages."""
    client = await Client.connect(temporal.address, plugins=[SHARED])
    (command,) = temporal_commands("start")
    request = json.loads(command[-1])["request"]
    request["data"]["contact"] = "none"
    now = datetime.now(UTC).timestamp()
    start = CaseStart(LATE, request, CaseClock(now, now, day_seconds=0.01))
    await client.start_workflow(CASE_WORKFLOW, start, id=LATE, task_queue=command[command.index("--task-queue") + 1])


async def compare_queries_with_rj_show(operator: Operator) -> None:
    case = await operator.show(version=3)
    status = await operator.query("status")
    assert (status["sequence_conflict"], status["unwritten"]) == ("", 0)
    for name in ("version", "stage", "step", "reason", "area", "responsible_agency", "received_at"):
        assert status[name] == case[name], name
    waits = {wait["key"]: wait for wait in case["waits"]}
    checks = {"agency_check:prison", "agency_check:hmpps_rehub"}
    assert set(waits) == {*checks, "facilitator", "risk", "first_contact"}
    for wait in status["waits"]:
        del wait["notice_on"]  # the only date that the API leaves out
        assert wait == {name: waits[wait["key"]][name] for name in wait}

    timeline = [
        (entry["version"], entry["id"], entry["event"], entry["at"]) for entry in await operator.query("timeline")
    ]
    assert timeline == [(e["version"], e["id"], e["event"], e["at"]) for e in reversed(case["timeline"])]

    explained = await operator.supervisor.value("explain", REF)
    assert await operator.query("explain") == {name: text for name, text in explained.items() if name != "ref"}


async def compare_lists_with_rj_list(operator: Operator) -> None:
    overdue = await operator.list_refs("CaseOverdue = true", 1)
    listed = await operator.supervisor.rj("list", "--overdue", "--json")
    assert overdue == {case["ref"] for case in listed.values} == {LATE}
    checked = await operator.list_refs("CaseStep = 'agency_check' and CaseWaitingOn = 'prison'", 1)
    listed = await operator.supervisor.rj("list", "--step", "agency_check", "--waiting-on", "prison", "--json")
    assert checked == {case["ref"] for case in listed.values} == {REF}
    (count,) = temporal_commands("count")
    assert int((await operator.temporal(count))["count"]) == len(overdue)


async def send_signals_that_cannot_be_read(operator: Operator) -> None:
    unreadable = [command for command in temporal_commands("signal") if "request_screened" not in command[-1]]
    for command in unreadable:
        await operator.temporal(command)
    case = await operator.show(version=3, refused=len(unreadable))
    assert {refused["code"] for refused in case["refused"]} == {"unreadable", "unknown_event"}

    recorded = await operator.supervisor.value("record", REF, "progress_recorded")
    assert recorded["version"] == 4
    assert (await operator.query("status"))["version"] == 4
    verified = await operator.shell.rj("verify", REF)
    assert verified.code == 0, verified


async def replay_with_the_script_of_the_guide(operator: Operator, folder: Path) -> None:
    (show,) = re.findall(r"\$ (temporal workflow show .*?) --output json >", GUIDE)
    history = await operator.temporal(shlex.split(show))
    (folder / "case.json").write_text(json.dumps(history))
    (script,) = code_blocks("python")
    (folder / "replay.py").write_text(script)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(folder / "replay.py"), str(folder / "case.json")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{folder / 'case.json'} replays\n"), done.stderr


async def test_postgresql_accepts_every_statement_of_the_guide(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    statements = code_blocks("sql")
    assert len(statements) >= 2
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def test_the_commands_of_the_guide_manage_the_directory(alone: RunningService) -> None:
    commands = rj_commands(section("### Agencies", "\n## "), "agency")
    assert len(commands) >= 13
    for command in commands:
        ended = await alone.admin.rj(*command)
        # The agency's host name does not exist, which is what a ping finds.
        assert ended.code == (1 if command[:2] == ["agency", "ping"] else 0), (command, ended)
    assert (await alone.admin.value("agency", "show", "eastmoor-probation"))["works_on"] == "tue,wed"


async def test_the_commands_of_the_guide_manage_the_staff_register(alone: RunningService) -> None:
    text = section("### Signing in", "\n### ")
    ((*first_admin, account),) = [c for c in rj_commands(text, "staff") if "add-first-admin" in c]
    added = await alone.operator.rj(*first_admin, account)
    assert added.code == 0, added
    # An area is known once an agency serves it.
    added = await alone.admin.rj(*rj_commands(section("### Agencies", "\n## "), "agency add")[0])
    assert added.code == 0, added
    commands = [command for command in rj_commands(text, "staff") if "add-first-admin" not in command]
    assert len(commands) >= 5
    for command in commands:
        ended = await alone.admin.rj(*command, typed="duty@service.example\n")
        assert ended.code == 0, (command, ended)
    listed = await alone.admin.rj("staff", "list", "--json")
    member = next(member for member in listed.values if member["id"] == "d.webb")
    assert (member["email"], member["active"]) == ("duty@service.example", True)


async def test_the_directory_is_managed_over_http_as_the_guide_shows(
    dsn: str, alone: RunningService, tokens: dict[str, str]
) -> None:
    (script,) = [block for block in code_blocks("bash") if "/api/v1/" in block]
    run = await asyncio.create_subprocess_exec(
        *("bash", "-euc", script.replace("http://127.0.0.1:8000", alone.url)),
        env={**os.environ, "TOKEN": tokens["admin"]},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await run.communicate()
    assert (run.returncode, b"whsec_" in output, b'"pauses"' in output) == (0, True, True)
    async with await open_pool(dsn) as pool:
        assert await PostgresDirectory(pool).find("vlo", "westhaven", "trace") is not None


@pytest.mark.parametrize(
    ("heading", "codes"),
    [
        ("#### Over HTTP", {Code.INVALID, Code.AGENCY_EXISTS, Code.ALREADY_DONE, *RequireKey.problems}),
        ("### Signing in", {*SIGNING_IN, Code.WRONG_AREA, Code.UNKNOWN_MEMBER, Code.MEMBER_EXISTS}),
    ],
)
def test_the_guide_lists_problems_with_their_status(heading: str, codes: set[Code]) -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", section(heading, "\n### "), re.MULTILINE)
    listed = {code: int(status) for status, code in rows}
    assert listed == {str(code): int(PROBLEMS[code][0]) for code in codes}


async def test_the_commands_of_the_guide_retry_and_reject_dead_letters(dsn: str, alone: RunningService) -> None:
    commands = {command[1]: command for command in rj_commands(GUIDE, "inbox")}
    async with await open_pool(dsn) as pool:
        inbox = PostgresInbox(pool)
        for message in ("m-1", "m-2"):
            accepted = await inbox.accept(InboxMessage("agency:a", message, CaseRef(REF), {}, bytes(32)))
            await inbox.dead_letter(accepted.id, "not_in_temporal")
        for decision, id in (("retry", "1"), ("reject", "2"), ("show", "2")):
            ended = await alone.supervisor.rj(*(id if word == "17" else word for word in commands[decision]))
            assert ended.code == 0, ended
        retried = await pool.fetchval("select dead_letter_reason is null from inbox where message_id = 'm-1'")
        assert retried
        rejected = await inbox.get_status("agency:a", "m-2")
        assert rejected is not None
        assert (rejected.status, rejected.reason) == ("refused", "recorded_otherwise")


def test_the_guide_names_every_state_and_every_reason_of_the_inbox() -> None:
    text = section("### Messages that are not delivered", "\n## ")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(DeliveryState) - {DeliveryState.ENDED}
    assert [reason for reason in get_args(RejectionReason) if f"`{reason}`" not in text] == []


def test_the_guide_ends_a_case_for_a_reason_that_the_process_accepts() -> None:
    reasons = re.findall(r"declined_by_service --reason (\w+)", GUIDE)
    assert reasons
    assert set(reasons) <= {str(reason) for reason in DECLINE_REASONS}
