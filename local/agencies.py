"""Simulated agencies: an ordinary HTTP server that takes asks, and answers later by signed webhooks of its own.

It knows of the service what a real agency would: the address, its own keys, and what an ask says.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import structlog
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from pydantic import BeforeValidator, TypeAdapter
from standardwebhooks import Webhook, WebhookVerificationError

from domain.references import is_ref
from domain.vocabulary import AgencyKind, WaitKind
from local.directory import Keys, agency_ids, kept_keys
from local.memory import Memory, Owed, read_memory, write_memory
from local.scenarios import Manner, Temperament
from local.temperaments import Asked, refuses_for_days, replies
from log import configure_logging

log = structlog.get_logger("local.agencies")

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
TRIES_WHERE_REFUSED = 5
"""A webhook that is refused for what it says will be refused again; one that finds nobody is tried for ever."""


def _from_manner(given: object) -> object:
    """A manner alone is short for a temperament with nothing else to it."""
    return {"manner": given} if isinstance(given, str) else given


_SCENARIO = TypeAdapter(dict[AgencyKind, Annotated[Temperament, BeforeValidator(_from_manner)]])


@dataclass
class Simulator:
    """The agencies. `day_seconds`: how long a case's day lasts; `file`: where their memory is kept, if anywhere."""

    keys: Mapping[str, Keys]
    server_url: str
    day_seconds: float
    client: httpx.AsyncClient
    memory: Memory = field(default_factory=Memory)
    file: Path | None = None
    answering: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def take(self, agency: str, key: str, body: Mapping[str, Any]) -> bool:
        """Take what was asked of `agency` under `key`; False where it cannot be reached now."""
        case = str(body["case"])
        temperament = self.memory.scenarios.of(case, agency_ids()[agency][0])
        if not self._is_reachable(agency, case, temperament):
            return False
        if key not in self.memory.taken:
            self.memory.taken.add(key)
            self._react(agency, body, temperament)
            self.keep()
        return True

    def keep(self) -> None:
        """Keep what is remembered, before anybody is told that it is."""
        write_memory(self.file, self.memory)

    def resume(self) -> None:
        """Go on with what is owed."""
        for owed in list(self.memory.owed.values()):
            self._begin(owed)

    def _is_reachable(self, agency: str, case: str, temperament: Temperament) -> bool:
        now = time.time()
        away = refuses_for_days(temperament) * self.day_seconds
        return now >= self.memory.reachable_at.setdefault(f"{agency} {case}", now + away)

    def _react(self, agency: str, body: Mapping[str, Any], temperament: Temperament) -> None:
        ask = str(body["ask"])
        if body["type"] == "ask_called_back":
            self._forget(ask)
            return
        # A reminder of an ask that is not known here (our memory was lost) is as good as the ask.
        as_new = ask not in self.memory.taken and temperament.manner is not Manner.NEEDS_REMINDER
        asked = self._asked(agency, body, 0 if as_new else int(body["reminder"]))
        for number, reply in enumerate(replies(temperament, asked), 1):
            due_at = time.time() + reply.after_days * self.day_seconds
            message_id = f"{ask}.{asked.reminder}.{number}"
            self._begin(Owed(message_id, agency, str(body["case"]), ask, due_at, reply))

    def _asked(self, agency: str, body: Mapping[str, Any], reminder: int) -> Asked:
        kind, question = agency_ids()[agency][0], WaitKind(body["question"])
        counted = f"{agency} {body['case']} {question}"
        self.memory.times[counted] += 1 if body["type"] == "ask" else 0
        due_on = date.fromisoformat(body["due_on"])
        return Asked(kind, question, due_on, reminder, max(1, self.memory.times[counted]))

    def _begin(self, owed: Owed) -> None:
        if owed.message_id in self.answering:
            return
        self.memory.owed[owed.message_id] = owed
        self.answering[owed.message_id] = asyncio.create_task(self._answer(owed))

    def _forget(self, ask: str) -> None:
        """Owe no answer to `ask` any more, but for what comes at any rate."""
        for owed in [each for each in self.memory.owed.values() if each.ask == ask and not each.reply.at_any_rate]:
            self.answering.pop(owed.message_id).cancel()
            del self.memory.owed[owed.message_id]

    async def _answer(self, owed: Owed) -> None:
        await asyncio.sleep(owed.due_at - time.time())
        reply = owed.reply
        body: dict[str, Any] = {"case": owed.case, "event": reply.event, "data": reply.data}
        content = json.dumps({**body, "note": reply.note} if reply.note else body)
        for _ in range(reply.copies):
            await self._send(owed.agency, owed.message_id, content)
        del self.answering[owed.message_id], self.memory.owed[owed.message_id]
        self.keep()

    async def _send(self, agency: str, message_id: str, content: str) -> None:
        """Post until it is taken; each try is signed anew under the same id."""
        pause, refused = FIRST_PAUSE, 0
        while (status := await self._post(agency, message_id, content)) is None or not 200 <= status < 300:
            refused += status is not None and 400 <= status < 500
            if refused >= TRIES_WHERE_REFUSED:
                log.error("agency.gives_up", agency=agency, message=message_id, status=status)
                return
            log.info("agency.tries_again", agency=agency, message=message_id, status=status, again_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _post(self, agency: str, message_id: str, content: str) -> int | None:
        """The status of the answer; None: there was none."""
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.keys[agency].signs_with[0]).sign(message_id, now, content),
        }
        address = f"{self.server_url}/webhooks/agencies/{agency}"
        try:
            answer = await self.client.post(address, content=content.encode(), headers=headers)
        except httpx.HTTPError:
            return None
        return answer.status_code

    async def stop(self) -> None:
        """Leave every answer that is still owed."""
        tasks = list(self.answering.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def create_simulator(
    keys: Mapping[str, Keys], server_url: str, day_seconds: float, memory: Path | None = None
) -> FastAPI:
    """The agencies as one application, each at `/{agency}/asks`; its state is `app.state.simulator`.

    What they took and still owe is kept in the file `memory`, so that another one can go on with it.
    """
    client = httpx.AsyncClient(timeout=15, limits=httpx.Limits(max_connections=20))
    simulator = Simulator(keys, server_url.rstrip("/"), day_seconds, client, read_memory(memory), memory)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        simulator.resume()
        yield
        await simulator.stop()
        await client.aclose()

    app = FastAPI(title="Simulated agencies", lifespan=lifespan, openapi_url=None)
    app.state.simulator = simulator

    @app.post("/{agency}/asks")
    async def take(agency: str, request: Request) -> dict[str, bool]:
        body = await _verified(simulator.keys, agency, request)
        if not simulator.take(agency, request.headers["idempotency-key"], body):
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


def scenario_json(scenario: Mapping[AgencyKind, Temperament]) -> bytes:
    """The body of `PUT /scenarios/{case}`."""
    return _SCENARIO.dump_json(dict(scenario), exclude_none=True)


def read_scenario(raw: object) -> dict[AgencyKind, Temperament]:
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
    parser.add_argument("--day", type=float, default=86_400, help="how long a case's day lasts, in seconds")
    parser.add_argument("--keys", type=Path, default=Path(".local/agencies.json"), help="the agencies' keys")
    parser.add_argument("--memory", type=Path, help="what they took and still owe; without it they forget it")
    given = parser.parse_args()
    configure_logging("console" if sys.stderr.isatty() else "json", "info")
    app = create_simulator(kept_keys(given.keys), given.server_url, given.day, given.memory)
    uvicorn.run(app, host=given.host, port=given.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
