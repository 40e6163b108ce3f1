"""The checklist of docs/webhooks.md is carried out as written, by an agency and an operator."""

import asyncio
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook, WebhookVerificationError

from devstack.processes import free_port
from tests.cli.conftest import RunningService
from tests.cli.shell import CommandResult, Shell, flags
from tests.serving import serve_app

GUIDE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
CHECKLIST = GUIDE.partition("## Before you go live\n")[2]
AGENCY = "eastmoor-probation"
CURL, PYTHON = (re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[0] for language in ("bash", "python"))


@dataclass
class Receiver:
    """The agency's side: what it signs with, what it verifies with, and what it was asked."""

    port: int = field(default_factory=free_port)
    their_keys: str = ""
    verifies_with: str = ""
    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/rj"

    @asynccontextmanager
    async def switch_on(self) -> AsyncIterator[None]:
        application = FastAPI(openapi_url=None)

        @application.post("/rj")
        async def take(request: Request) -> Response:
            try:
                body = Webhook(self.verifies_with).verify(await request.body(), dict(request.headers))
            except WebhookVerificationError:
                return Response(status_code=401)
            self.taken.append((request.headers["idempotency-key"], body))
            return Response(status_code=204)

        async with serve_app(application, self.port):
            yield

    @property
    def asks(self) -> list[tuple[str, dict[str, Any]]]:
        """The asks that have arrived, each with its key."""
        return [message for message in self.taken if message[1]["type"] == "ask"]

    async def wait_for_ask(self) -> tuple[str, dict[str, Any]]:
        """The ask that arrives, and its key."""
        async with asyncio.timeout(120):
            while not self.asks:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return self.asks[0]


def substitutes() -> list[list[str]]:
    """The commands that enter an agency of each kind in the area of trials."""
    [(kinds, line)] = re.findall(r"\$ for kind in ((?:.*\\\n)*.*); do\n *rj ((?:.*\\\n)*.*)\n *done\n", CHECKLIST)
    entered = line.replace("\\\n", " ")
    return [
        shlex.split(entered.replace("${kind//_/-}", kind.replace("_", "-")).replace("$kind", kind))
        for kind in kinds.replace("\\\n", " ").split()
    ]


def commands() -> list[list[str]]:
    """The operator's commands, in their order."""
    lines = re.findall(r"^ *\$ rj ((?:.*\\\n)*.*)$", CHECKLIST, re.MULTILINE)
    return [shlex.split(line.replace("\\\n", " ")) for line in lines]


async def of(operator: Shell, command: list[str], ref: str) -> CommandResult:
    """A command of the checklist, of this case."""
    return await operator.rj(*(ref if word == "RJ-7Q2K-9F3M" else word for word in command))


async def run_example(client: str, **given: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an example prints: what was answered to its message, and what became of that."""
    command = ("bash", "-euo", "pipefail", "-c", CURL) if client == "curl" else (sys.executable, "-c", PYTHON)
    run = await asyncio.create_subprocess_exec(*command, env={**os.environ, **given}, stdout=asyncio.subprocess.PIPE)
    printed, _ = await run.communicate()
    answer, became = re.findall(r"\{.*\}", printed.decode())
    assert (run.returncode, "202" in printed.decode().replace(answer, "").replace(became, "").split()) == (0, True)
    return json.loads(answer), json.loads(became)


async def at_last(status: str, client: str, **given: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same, sent again under its id until it has come to `status`."""
    answer, became = await run_example(client, **given)
    async with asyncio.timeout(120):
        while became["status"] != status:
            await asyncio.sleep(0.2)
            again, became = await run_example(client, **given, SAME_ID=answer["id"])
            assert again == answer
    return answer, became


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed here")
async def test_an_agency_goes_live_by_the_checklist(service: RunningService, pool: asyncpg.Pool) -> None:
    receiver = Receiver()
    entry = flags(kind="probation", name="Eastmoor Probation", area="eastmoor", channel="http")
    added = await service.admin.value("agency", "add", AGENCY, *entry, "--address", receiver.address)
    receiver.their_keys, receiver.verifies_with = added["keys"]["theirs"], added["keys"]["ours"]
    ours = {"SERVER": service.url, "AGENCY": AGENCY, "AGENCY_KEY": receiver.their_keys, "KEYS": "none"}
    await it_is_reached_and_checks_our_signature(service, receiver)
    assert (await at_last("refused", "curl", **ours))[1]["reason"] == "unknown_case"
    async with national_agencies(service, receiver):
        ref = await it_is_asked_once_it_is_back(service, receiver)
        async with receiver.switch_on():
            assert (await at_last("applied", "python", **ours, CASE=ref))[1]["case"] == ref
            await only_substitutes_are_asked_too(service, pool, ref)
            assert (await of(service.supervisor, commands()[-1], ref)).code == 0
            await it_is_over(service, ref)
        assert [ask["case"] for _, ask in receiver.asks] == [ref]
    await service.admin.rj("agency", "remove", AGENCY)


@asynccontextmanager
async def national_agencies(service: RunningService, receiver: Receiver) -> AsyncIterator[None]:
    """Agencies that are asked for a trace in every area but those that have one for it: nobody may ask them here."""
    kinds = ("charity", "probation", "prison")
    for kind in kinds:
        entry = flags(kind=kind, name="National", channel="http", questions="trace", address=receiver.address)
        assert (await service.admin.rj("agency", "add", f"national-{kind}", *entry)).code == 0
    yield
    for kind in kinds:
        await service.admin.rj("agency", "remove", f"national-{kind}")


async def only_substitutes_are_asked_too(service: RunningService, pool: asyncpg.Pool, ref: str) -> None:
    """Of all who could be asked: the agency, and the substitute for the first of the route and the next."""
    query = "select ask_attempts.agency from ask_attempts join asks using (key) where ref = $1"
    async with asyncio.timeout(120):
        while len(asked := {row["agency"] for row in await pool.fetch(query, ref)}) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert asked == {AGENCY, "trial-charity", "trial-probation"}
    assert ref in (await service.supervisor.rj("tasks", "--area", "trial")).out


async def it_is_over(service: RunningService, ref: str) -> None:
    """Nobody has anything more to do once the substitutes are told, and reports say how it ended."""
    substitutes_told: set[str] = set()
    while substitutes_told != {"charity", "probation"}:
        for task in await service.supervisor.values("tasks", "--area", "trial"):
            if task["ref"] == ref and task["kind"] == "update":
                assert (await service.supervisor.rj("notifications", "mark-told", task["key"])).code == 0
                substitutes_told.add(task["agency"])
    assert ref not in (await service.supervisor.rj("tasks", "--area", "trial")).out
    ended = await service.supervisor.values("report", "outcomes", "--area", "trial")
    assert ("trial", "declined", "no_match") in {(line["area"], line["outcome"], line["reason"]) for line in ended}


async def it_is_reached_and_checks_our_signature(service: RunningService, receiver: Receiver) -> None:
    async with receiver.switch_on():
        reached = await service.admin.rj("agency", "ping", AGENCY)
        good = receiver.verifies_with
        receiver.verifies_with = receiver.their_keys
        refused = await service.admin.rj("agency", "ping", AGENCY)
        receiver.verifies_with = good
    assert (reached.code, refused.code) == (0, 1)
    assert "it does not accept our signature" in refused.out


async def it_is_asked_once_it_is_back(service: RunningService, receiver: Receiver) -> str:
    """The case about which it is asked after it was switched off."""
    silent = await service.admin.rj("agency", "ping", AGENCY)
    assert silent.code == 1
    for entered in substitutes():
        assert (await service.admin.rj(*entered)).code == 0
    listed = await service.admin.values("agency", "list", "--area", "trial")
    assert [agency["channel"] for agency in listed] == ["manual"] * 11
    request, *records, show, _ = commands()
    # What is optional is left out: seventeen more questions.
    ref = (await service.supervisor.rj(*request, typed="Nobody (a trial)" + "\n" * 18)).out.splitlines()[0]
    for record in records:
        done = await of(service.supervisor, record, ref)
        assert done.code == 0, done
    shown = ""
    async with asyncio.timeout(120):
        while not re.search(rf"attempt \d+ at .*: failed.*{AGENCY}", shown):
            await asyncio.sleep(0.2)
            shown = (await of(service.supervisor, show, ref)).out
    async with receiver.switch_on():
        key, ask = await receiver.wait_for_ask()
    assert (ask["case"], ask["question"], key) == (ref, "trace", ask["ask"])
    return ref
