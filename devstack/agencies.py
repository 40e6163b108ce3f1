"""Simulated agencies: an ordinary HTTP server that receives asks, and replies later by signed webhooks of its own.

It knows of the service what a real agency would: the address, its own keys, and what an ask says.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from pydantic import BeforeValidator, TypeAdapter
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.clock import StackClock
from devstack.behaviours import ReceivedAsk, ReceivedUpdate, Reply, plan_replies, plan_statements, unavailable_days
from devstack.directory import MAIL_DOMAIN, AgencyKeys, agency_at, agency_ids, load_keys
from devstack.mailbox import ACCEPTED, TRY_LATER, UNKNOWN_MAILBOX, AgencyMail, mail_server
from devstack.reply_sender import ReplySender
from devstack.scenarios import Behaviour, Manner
from devstack.simulator_state import PendingReply, SimulatorState, load_state, save_state
from domain.agency_updates import UpdateKind
from domain.references import is_ref
from domain.vocabulary import AgencyKind, WaitKey, WaitKind, wait_kind
from log import configure_logging
from workflows.clock import CaseClock

# A manner alone is short for a behaviour with nothing else to it.
_SHORT = BeforeValidator(lambda given: {"manner": given} if isinstance(given, str) else given)
_SCENARIO = TypeAdapter(dict[AgencyKind, Annotated[Behaviour, _SHORT]])


@dataclass(frozen=True, slots=True)
class SimulatorBacklog:
    """How many replies are due and not sent, all that are pending with their cases and moments, and the cases in which
    an agency cannot be reached now.
    """

    due: int = 0
    pending: list[tuple[str, datetime]] = field(default_factory=list)
    unavailable: set[str] = field(default_factory=set)


@dataclass
class Simulator:
    """The agencies. `read_clock` gives the clock of the cases; `file`: where their state is stored, if anywhere."""

    sender: ReplySender
    read_clock: Callable[[], CaseClock]
    state: SimulatorState = field(default_factory=SimulatorState)
    file: Path | None = None
    replying: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _clock_set: asyncio.Event = field(default_factory=asyncio.Event)

    def receive(self, agency: str, key: str, body: Mapping[str, Any], link: str = "") -> bool:
        """Receive what `agency` is asked under `key`, to be answered at `link` if there is one.

        False where it cannot be reached now.
        """
        case = str(body["case"])
        behaviour = self.state.scenarios.of(case, agency_ids()[agency][0])
        now, away = self._now(), timedelta(days=unavailable_days(behaviour))
        if now < self.state.reachable_at.setdefault(f"{agency} {case}", now + away):
            return False
        if key in self.state.received:
            return True
        self.state.received.add(key)
        if body["type"] == "ask_cancelled":
            ask = str(body["ask"])
            for pending in list(self.state.pending.values()):
                if pending.ask == ask and not pending.reply.even_if_cancelled:
                    self.replying.pop(pending.message_id).cancel()
                    del self.state.pending[pending.message_id]
        elif body["type"] == "case_update":
            self._read_update(agency, key, body, behaviour)
        else:
            self._react(agency, body, behaviour, link)
        self.save()
        return True

    def receive_mail(self, mail: AgencyMail) -> str:
        """Receive a mail: what the mail server replies. It accepts victims' mail as well, which nobody answers."""
        agency = agency_at(mail.to)
        if agency is None:
            return UNKNOWN_MAILBOX if mail.to.endswith(f"@{MAIL_DOMAIN}") else ACCEPTED
        if not mail.key.startswith("RJ-"):
            return ACCEPTED
        ask, _, reminder = mail.key.partition(".reminder-")
        case, _, wait = mail.key.split(".", 2)
        # As it would have come over HTTP.
        body: dict[str, Any] = {"type": "ask_cancelled", "ask": ask.removesuffix(".cancel"), "case": case}
        if wait.startswith("update."):
            body = {"type": "case_update", "case": case}
        if mail.link:
            body = {
                "type": "reminder" if reminder else "ask",
                "ask": ask,
                "case": case,
                "question": wait_kind(WaitKey(wait.partition(".")[0])),
                "due_on": mail.due_on.isoformat(),
                "reminder": reminder or 0,
            }
        return ACCEPTED if self.receive(agency, mail.key, body, mail.link) else TRY_LATER

    def save(self) -> None:
        """Store the state, before any sender is told that something was received."""
        save_state(self.file, self.state)

    def resume(self) -> None:
        """Send the replies that are still pending."""
        for pending in list(self.state.pending.values()):
            self._schedule(pending)

    def _react(self, agency: str, body: Mapping[str, Any], behaviour: Behaviour, link: str) -> None:
        ask, case = str(body["ask"]), str(body["case"])
        kind, question = agency_ids()[agency][0], WaitKind(body["question"])
        # A reminder of an ask that is not known here (the state was lost) is as good as the ask.
        is_new = ask not in self.state.received and behaviour.manner is not Manner.NEEDS_REMINDER
        reminder = 0 if is_new else int(body["reminder"])
        counted = f"{agency} {case} {question}"
        self.state.ask_counts[counted] += body["type"] == "ask"
        times = max(1, self.state.ask_counts[counted])
        received = ReceivedAsk(kind, question, date.fromisoformat(body["due_on"]), reminder, times)
        for number, reply in enumerate(plan_replies(behaviour, received), 1):
            self._plan(f"{ask}.{reminder}.{number}", agency, case, ask, reply, link)

    def _read_update(self, agency: str, key: str, body: Mapping[str, Any], behaviour: Behaviour) -> None:
        case, day = str(body["case"]), body.get("day")
        for change in body.get("changed", ()):
            counted = f"{agency} {case} {change}"
            self.state.ask_counts[counted] += 1
            times = self.state.ask_counts[counted]
            received = ReceivedUpdate(UpdateKind(change), date.fromisoformat(day) if day else None, times)
            for number, reply in enumerate(plan_statements(behaviour, received, self._now()), 1):
                self._plan(f"{key}.{change}.{number}", agency, case, key, reply)

    def _plan(self, message_id: str, agency: str, case: str, ask: str, reply: Reply, link: str = "") -> None:
        due_at = self._now() + timedelta(days=reply.after_days)
        self._schedule(PendingReply(message_id, agency, case, ask, due_at, reply, link))

    def _schedule(self, pending: PendingReply) -> None:
        if pending.message_id not in self.replying:
            self.state.pending[pending.message_id] = pending
            self.replying[pending.message_id] = asyncio.create_task(self._reply(pending))

    async def _reply(self, pending: PendingReply) -> None:
        while (now := self._now()) < pending.due_at:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.read_clock().real_delay(now, pending.due_at).total_seconds()):
                    await self._clock_set.wait()
        await self.sender.send(pending)
        del self.replying[pending.message_id], self.state.pending[pending.message_id]
        self.save()

    async def look_at_clock(self) -> SimulatorBacklog:
        """Send what is due now that the clock was set, and return what is left to do."""
        self._clock_set.set()
        self._clock_set = asyncio.Event()
        now = self._now()
        pending = [(reply.case, reply.due_at) for reply in self.state.pending.values()]
        unavailable = {place.split()[1] for place, moment in self.state.reachable_at.items() if now < moment}
        return SimulatorBacklog(sum(due_at <= now for _, due_at in pending), pending, unavailable)

    def _now(self) -> datetime:
        return self.read_clock().case_time(datetime.now(UTC))

    async def stop(self) -> None:
        """Leave every reply that is still pending."""
        tasks = list(self.replying.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def create_simulator(
    keys: Mapping[str, AgencyKeys],
    server_url: str,
    read_clock: Callable[[], CaseClock],
    state_file: Path | None = None,
    smtp_port: int = 0,
    mail_folder: Path | None = None,
) -> FastAPI:
    """The agencies as one application, asked at `/{agency}/asks` or by a mail to `smtp_port`.

    It is `app.state.simulator`. Its state is stored in `state_file`, so that another one can go on with it, and each
    mail in `mail_folder`.
    """
    client = httpx.AsyncClient(timeout=15, limits=httpx.Limits(max_connections=20))
    sender = ReplySender(keys, server_url.rstrip("/"), client)
    simulator = Simulator(sender, read_clock, load_state(state_file), state_file)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        simulator.resume()
        async with mail_server(smtp_port, simulator.receive_mail, mail_folder) if smtp_port else nullcontext():
            yield
        await simulator.stop()
        await client.aclose()

    app = FastAPI(title="Simulated agencies", lifespan=lifespan, openapi_url=None)
    app.state.simulator = simulator

    @app.post("/{agency}/asks")
    async def receive(agency: str, request: Request) -> dict[str, bool]:
        if agency not in keys:
            raise HTTPException(404)
        try:
            body: dict[str, Any] = Webhook(keys[agency].our_keys).verify(await request.body(), dict(request.headers))
        except (WebhookVerificationError, ValueError):
            raise HTTPException(401) from None
        if request.headers.get("idempotency-key") != request.headers["webhook-id"]:
            raise HTTPException(400)
        # A ping asks nothing: that it was understood is the answer.
        if body["type"] != "ping" and not simulator.receive(agency, request.headers["idempotency-key"], body):
            raise HTTPException(503)
        return {"taken": True}

    app.post("/clock")(simulator.look_at_clock)

    @app.put("/scenarios/{case}", status_code=204)
    async def set_scenario(case: str, request: Request) -> None:
        """Say how agencies behave in this case; before the case asks any of them."""
        try:
            scenario = read_scenario(json.loads(await request.body()))
        except ValueError:
            raise HTTPException(422) from None
        if not is_ref(case):
            raise HTTPException(422)
        simulator.state.scenarios.by_case[case] = scenario
        simulator.save()

    return app


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
    parser.add_argument("--smtp-port", type=int, default=0, help="where they take email; 0: nowhere")
    parser.add_argument("--mail", type=Path, help="the folder in which emails are stored")
    parser.add_argument("--clock", type=Path, help="a file with the clock of the cases; none: real time")
    parser.add_argument("--keys", type=Path, default=Path(".local/agencies.json"), help="the agencies' keys")
    parser.add_argument("--state", type=Path, help="a file with what they received and will reply; none: forget it")
    options = parser.parse_args()
    configure_logging("json", "info")
    keys = load_keys(options.keys)
    app = create_simulator(
        keys, options.server_url, StackClock(options.clock).read, options.state, options.smtp_port, options.mail
    )
    uvicorn.run(app, host=options.host, port=options.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
