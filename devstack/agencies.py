"""Simulated agencies: an ordinary HTTP server that takes asks, and answers later by signed webhooks of its own.

It knows of the service what a real agency would: the address, its own keys, and what an ask says.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import httpx
import structlog
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from pydantic import BeforeValidator, TypeAdapter
from standardwebhooks import Webhook, WebhookVerificationError

from devstack.behaviours import ReceivedAsk, unavailable_days, plan_replies
from devstack.directory import MAIL_DOMAIN, Keys, agency_at, agency_ids, load_keys
from devstack.mailbox import NOBODY, NOT_NOW, TAKEN, Letter, mail_server
from devstack.reply_sender import Sender
from devstack.scenarios import Manner, Behaviour
from devstack.simulator_state import Memory, Owed, read_memory, write_memory
from domain.references import is_ref
from domain.vocabulary import AgencyKind, WaitKey, WaitKind, wait_kind
from log import configure_logging

log = structlog.get_logger("devstack.agencies")


def _from_manner(given: object) -> object:
    """A manner alone is short for a behaviour with nothing else to it."""
    return {"manner": given} if isinstance(given, str) else given


_SCENARIO = TypeAdapter(dict[AgencyKind, Annotated[Behaviour, BeforeValidator(_from_manner)]])


@dataclass
class Simulator:
    """The agencies. `day_seconds`: how long a case's day lasts; `file`: where their memory is kept, if anywhere."""

    sender: Sender
    day_seconds: float
    memory: Memory = field(default_factory=Memory)
    file: Path | None = None
    answering: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def take(self, agency: str, key: str, body: Mapping[str, Any], link: str = "") -> bool:
        """Take what was asked of `agency` under `key`, to be answered at `link` if there is one.

        False where it cannot be reached now.
        """
        case = str(body["case"])
        behaviour = self.memory.scenarios.of(case, agency_ids()[agency][0])
        if not self._is_reachable(agency, case, behaviour):
            return False
        if key not in self.memory.taken:
            self.memory.taken.add(key)
            self._react(agency, body, behaviour, link)
            self.keep()
        return True

    def take_letter(self, letter: Letter) -> str:
        """Take a mail: what the mail server answers to it. It takes victims' mail as well, which nobody answers."""
        agency = agency_at(letter.to)
        if agency is None:
            return NOBODY if letter.to.endswith(f"@{MAIL_DOMAIN}") else TAKEN
        if letter.key.startswith("RJ-") and not self.take(agency, letter.key, _as_body(letter), letter.link):
            return NOT_NOW
        return TAKEN

    def keep(self) -> None:
        """Keep what is remembered, before anybody is told that it is."""
        write_memory(self.file, self.memory)

    def resume(self) -> None:
        """Go on with what is owed."""
        for owed in list(self.memory.owed.values()):
            self._begin(owed)

    def _is_reachable(self, agency: str, case: str, behaviour: Behaviour) -> bool:
        now = time.time()
        away = unavailable_days(behaviour) * self.day_seconds
        return now >= self.memory.reachable_at.setdefault(f"{agency} {case}", now + away)

    def _react(self, agency: str, body: Mapping[str, Any], behaviour: Behaviour, link: str) -> None:
        ask = str(body["ask"])
        if body["type"] == "ask_cancelled":
            self._forget(ask)
            return
        # A reminder of an ask that is not known here (our memory was lost) is as good as the ask.
        as_new = ask not in self.memory.taken and behaviour.manner is not Manner.NEEDS_REMINDER
        asked = self._asked(agency, body, 0 if as_new else int(body["reminder"]))
        for number, reply in enumerate(plan_replies(behaviour, asked), 1):
            due_at = time.time() + reply.after_days * self.day_seconds
            message_id = f"{ask}.{asked.reminder}.{number}"
            self._begin(Owed(message_id, agency, str(body["case"]), ask, due_at, reply, link))

    def _asked(self, agency: str, body: Mapping[str, Any], reminder: int) -> ReceivedAsk:
        kind, question = agency_ids()[agency][0], WaitKind(body["question"])
        counted = f"{agency} {body['case']} {question}"
        self.memory.times[counted] += 1 if body["type"] == "ask" else 0
        due_on = date.fromisoformat(body["due_on"])
        return ReceivedAsk(kind, question, due_on, reminder, max(1, self.memory.times[counted]))

    def _begin(self, owed: Owed) -> None:
        if owed.message_id in self.answering:
            return
        self.memory.owed[owed.message_id] = owed
        self.answering[owed.message_id] = asyncio.create_task(self._answer(owed))

    def _forget(self, ask: str) -> None:
        """Owe no answer to `ask` any more, but for what comes at any rate."""
        for owed in [each for each in self.memory.owed.values() if each.ask == ask and not each.reply.even_if_cancelled]:
            self.answering.pop(owed.message_id).cancel()
            del self.memory.owed[owed.message_id]

    async def _answer(self, owed: Owed) -> None:
        await asyncio.sleep(owed.due_at - time.time())
        await self.sender.send(owed)
        del self.answering[owed.message_id], self.memory.owed[owed.message_id]
        self.keep()

    async def stop(self) -> None:
        """Leave every answer that is still owed."""
        tasks = list(self.answering.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _as_body(letter: Letter) -> dict[str, Any]:
    """A mail as it would have come over HTTP."""
    ask, _, reminder = letter.key.partition(".reminder-")
    case, _, wait = letter.key.split(".", 2)
    if not letter.link:
        return {"type": "ask_cancelled", "ask": ask.removesuffix(".cancel"), "case": case}
    return {
        "type": "reminder" if reminder else "ask",
        "ask": ask,
        "case": case,
        "question": wait_kind(WaitKey(wait.partition(".")[0])),
        "due_on": letter.due_on.isoformat(),
        "reminder": reminder or 0,
    }


def create_simulator(
    keys: Mapping[str, Keys], server_url: str, day_seconds: float, memory: Path | None = None, smtp_port: int = 0
) -> FastAPI:
    """The agencies as one application, each at `/{agency}/asks` or by a mail to `smtp_port`.

    Its state is `app.state.simulator`. What they took and still owe is kept in the file `memory`, so that another one
    can go on with it.
    """
    client = httpx.AsyncClient(timeout=15, limits=httpx.Limits(max_connections=20))
    simulator = Simulator(Sender(keys, server_url.rstrip("/"), client), day_seconds, read_memory(memory), memory)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        simulator.resume()
        async with mail_server(smtp_port, simulator.take_letter) if smtp_port else nullcontext():
            yield
        await simulator.stop()
        await client.aclose()

    app = FastAPI(title="Simulated agencies", lifespan=lifespan, openapi_url=None)
    app.state.simulator = simulator

    @app.post("/{agency}/asks")
    async def take(agency: str, request: Request) -> dict[str, bool]:
        body = await _verified(keys, agency, request)
        # A ping asks nothing: that it was understood is the answer.
        if body["type"] != "ping" and not simulator.take(agency, request.headers["idempotency-key"], body):
            raise HTTPException(503)
        return {"taken": True}

    @app.put("/scenarios/{case}", status_code=204)
    async def set_scenario(case: str, request: Request) -> None:
        """Say how agencies behave in this case; before the case asks any of them."""
        try:
            scenario = read_scenario(json.loads(await request.body()))
        except ValueError:
            raise HTTPException(422) from None
        if not is_ref(case):
            raise HTTPException(422)
        simulator.memory.scenarios.by_case[case] = scenario
        simulator.keep()

    return app


async def _verified(keys: Mapping[str, Keys], agency: str, request: Request) -> dict[str, Any]:
    """What our service asks, if it is our service that asks."""
    if agency not in keys:
        raise HTTPException(404)
    body = await request.body()
    try:
        asked: dict[str, Any] = Webhook(keys[agency].signed_with).verify(body, dict(request.headers))
    except (WebhookVerificationError, ValueError):
        raise HTTPException(401) from None
    if request.headers.get("idempotency-key") != request.headers["webhook-id"]:
        raise HTTPException(400)
    return asked


def scenario_json(scenario: Mapping[AgencyKind, Behaviour]) -> bytes:
    """The body of `PUT /scenarios/{case}`."""
    return _SCENARIO.dump_json(dict(scenario), exclude_none=True)


def read_scenario(raw: object) -> dict[AgencyKind, Behaviour]:
    """The scenario in `raw`, such as `{"vlo": "slow", "prison": {"manner": "slow", "after_days": 3}}`.

    Raises ValueError.
    """
    return _SCENARIO.validate_python(raw)


def main() -> None:
    """Serve the sample agencies until interrupted."""
    parser = argparse.ArgumentParser(description="Simulated agencies, for trying the service out")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server-url", required=True, help="where the service takes webhooks")
    parser.add_argument("--smtp-port", type=int, default=0, help="where they take e-mail; 0: nowhere")
    parser.add_argument("--day", type=float, default=86_400, help="how long a case's day lasts, in seconds")
    parser.add_argument("--keys", type=Path, default=Path(".local/agencies.json"), help="the agencies' keys")
    parser.add_argument("--memory", type=Path, help="what they took and still owe; without it they forget it")
    given = parser.parse_args()
    configure_logging("console" if sys.stderr.isatty() else "json", "info")
    app = create_simulator(load_keys(given.keys), given.server_url, given.day, given.memory, given.smtp_port)
    uvicorn.run(app, host=given.host, port=given.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
