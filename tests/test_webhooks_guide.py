"""docs/webhooks.md keeps its word: its example runs unchanged, and its tables are complete."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path

import pytest

from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from api.app import create_app
from api.problems import PROBLEMS
from devstack.directory import load_keys, sample_agencies
from devstack.stack import STACK_PORTS
from domain.events import EVENTS
from domain.vocabulary import WaitKind
from tests.connections import dependencies_on
from tests.serving import serve_app, sign_headers
from tests.staff_problems import FOR_STAFF
from workflows.agency_messages import AGENCY_EVENTS, AgencyMessage

GUIDE = (Path(__file__).parent.parent / "docs" / "webhooks.md").read_text()


def block(language: str, number: int = 0) -> str:
    """One of the guide's blocks of this language, counted from 0."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return blocks[number]


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table after `heading`, without its head."""
    table = GUIDE.split(heading, 1)[1].split("| --- |", 1)[1].split("\n\n", 1)[0]
    lines = [line for line in table.splitlines() if line.startswith("| ") and "---" not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.fixture
async def server(dsn: str, tmp_path: Path) -> AsyncIterator[str]:
    async with await open_pool(dsn) as pool:
        for agency in sample_agencies("http://127.0.0.1:9", load_keys(tmp_path / "agencies.json")):
            await PostgresDirectory(pool).save(agency)
        async with serve_app(create_app(await dependencies_on(pool))) as address:
            yield address


CLIENTS = {
    "curl": ("bash", "-euo", "pipefail", "-c", block("bash")),
    "python": (sys.executable, "-c", block("python")),
}


@pytest.mark.postgres
@pytest.mark.parametrize("client", CLIENTS)
async def test_each_client_runs_unchanged(server: str, tmp_path: Path, client: str) -> None:
    environment = {**os.environ, "SERVER": server, "KEYS": str(tmp_path / "agencies.json")}

    run = await asyncio.create_subprocess_exec(
        *CLIENTS[client],
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await run.communicate()

    assert (run.returncode, errors) == (0, b"")
    accepted, status = re.findall(r"\{.*\}", output.decode())
    assert "202" in output.decode().replace(accepted, "").replace(status, "").split()
    assert json.loads(accepted)["status_url"].endswith(f"/messages/{json.loads(accepted)['id']}")
    shown = json.loads(status)
    assert (shown["case"], shown["event"], shown["status"]) == ("RJ-7Q2K-9F3M", "trace_answered", "received")
    assert shown["message_id"] == json.loads(accepted)["id"]
    assert set(shown) == set(json.loads(re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)[0]))


@pytest.mark.parametrize("language", ["bash", "python"])
def test_a_client_is_shorter_than_thirty_lines(language: str) -> None:
    assert len(block(language).splitlines()) < 30


def test_the_example_names_the_address_of_make_up() -> None:
    assert f"http://127.0.0.1:{STACK_PORTS.api}" in block("bash")


def test_the_guide_lists_every_problem_with_its_status() -> None:
    listed = {(row[1].strip("`"), int(row[0])) for row in rows("### Errors")}

    met = {code: status for code, (status, _) in PROBLEMS.items() if code not in FOR_STAFF}
    assert listed == {(code.value, int(status)) for code, status in met.items()}


def test_the_guide_lists_every_field_of_a_message() -> None:
    assert [row[0].strip("`") for row in rows("The body, of at most 64 KiB:")] == list(AgencyMessage.model_fields)


def test_the_guide_lists_every_event_that_an_agency_may_record_with_its_fields() -> None:
    answers = {row[1].strip("`"): row[2] for row in rows("### Which event answers which question")}
    others = {row[0].strip("`"): row[1] for row in rows("Without being asked just then")}

    assert set(answers) | set(others) == set(AGENCY_EVENTS)
    for event, data in (answers | others).items():
        # What these hold is free text, which the webhook endpoint puts into the note.
        names = {field.name for field in fields(EVENTS[event])} - {"candidates"}
        assert {name for name in names if f"`{name}`" not in data} == set(), event


def test_the_guide_names_each_question_that_an_agency_is_asked() -> None:
    asked = {row[0].strip("`") for row in rows("### Which event answers which question")}

    assert asked == {
        kind.value
        for kind in (
            WaitKind.TRACE,
            WaitKind.AGENCY_CHECK,
            WaitKind.APPROACH,
            WaitKind.OFFENDER_ANSWER,
            WaitKind.ASSESSMENT,
        )
    }


def test_the_lines_that_verify_an_ask_verify_one() -> None:
    key = "whsec_" + "c2VjcmV0IHNlY3JldCBzZWNyZXQ="
    names = {"key": key, "body": b'{"type": "ask"}', "headers": sign_headers(key, "k", b'{"type": "ask"}')}

    exec(block("python", 1), names)  # noqa: S102 - it is our own document

    assert names["ask"] == {"type": "ask"}
