"""The simulated agencies as the service meets them: asked over HTTP, answering later over HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook

from adapters.channels.guarded_network import GuardedTransport
from adapters.channels.http import HttpChannel
from adapters.clock import StackClock
from devstack.agencies import Simulator, create_simulator, read_scenario, scenario_json
from devstack.behaviours import PROMPT_DAYS
from devstack.directory import new_keys, sample_agencies
from devstack.scenarios import Behaviour, Manner, Statement
from devstack.waiting_clock import noon_of
from domain.agency_updates import CaseUpdate, UpdateKind
from domain.effects import Ask, CancelAsk
from domain.vocabulary import AgencyKind, AgencyRef, CaseRef, WaitKind
from ports.agencies import Agency, Unreachable
from tests.devstack.simulator import reply_now
from tests.serving import LOOPBACK, NO_TLS, serve_app, sign_headers
from tests.waiting import until
from workflows.agency_messages import read_message
from workflows.clock import REAL_TIME, CaseClock

KEYS = new_keys()
REF = CaseRef("RJ-7Q2K-9F3M")
PRISON = "eastmoor-prison"


class NoVault:
    """Knows nobody."""

    async def get_offender(self, ref: CaseRef, *, by: str = "") -> None:
        return None


@dataclass
class SimulatedPrison:
    """The simulator, the channel by which it is asked, and an endpoint that receives its replies."""

    app: FastAPI
    address: str
    endpoint: str
    channel: HttpChannel
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """How the endpoint answers, one after the other; then with 202."""

    @property
    def simulator(self) -> Simulator:
        simulator: Simulator = self.app.state.simulator
        return simulator

    @property
    def agency(self) -> Agency:
        return next(agency for agency in sample_agencies(self.address, KEYS) if agency.id == PRISON)

    async def set(self, manner: Manner, **more: Any) -> None:
        """Say how the prison behaves."""
        scenario = {AgencyKind.PRISON: Behaviour(manner, **more)}
        async with httpx.AsyncClient(base_url=self.address, verify=NO_TLS) as http:
            answer = await http.put(f"/scenarios/{REF}", content=scenario_json(scenario))
        assert answer.status_code == 204, answer.text

    async def ask(self, version: int = 3, reminder: int = 0, question: WaitKind = WaitKind.TRACE) -> Ask:
        key = f"{REF}.{version}.{question}:prison" + (f".reminder-{reminder}" if reminder else "")
        ask = Ask(key, REF, "eastmoor", AgencyRef("prison"), question, date(2027, 3, 1), reminder)
        await self.channel.ask(self.agency, ask)
        return ask

    async def cancel(self, ask: Ask) -> None:
        await self.channel.cancel(self.agency, CancelAsk(f"{ask.key}.cancel", REF, "eastmoor", ask.agency, ask.key))

    @asynccontextmanager
    async def restart(self, state: Path) -> AsyncIterator[None]:
        """Let another simulator, which goes on with the state in this file, take the place of the first one."""
        self.app = create_simulator(KEYS, self.endpoint, StackClock().read, state)
        async with serve_app(self.app) as self.address:
            yield

    async def replies(self) -> list[dict[str, Any]]:
        """All replies once everything pending was sent, each checked as the service checks them."""
        await reply_now(self.simulator)
        return [self._read(*reply) for reply in self.received]

    def _read(self, agency: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        read: dict[str, Any] = Webhook(KEYS[agency].their_keys[0]).verify(body, headers)
        assert agency == PRISON
        read_message(read, self.agency, headers["webhook-id"], bytes(32))
        return read

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.received]


@asynccontextmanager
async def simulated_prison(clock: CaseClock = REAL_TIME) -> AsyncIterator[SimulatedPrison]:
    endpoint, made = FastAPI(openapi_url=None), list[SimulatedPrison]()

    @endpoint.post("/webhooks/agencies/{agency}")
    async def receive(agency: str, request: Request) -> Response:
        made[0].received.append((agency, dict(request.headers), await request.body()))
        return Response(status_code=made[0].statuses.pop(0) if made[0].statuses else 202)

    async with (
        serve_app(endpoint) as endpoint_address,
        serve_app(app := create_simulator(KEYS, endpoint_address, lambda: clock)) as address,
        HttpChannel(NoVault(), GuardedTransport(LOOPBACK), endpoint_address) as channel,  # type: ignore[arg-type]
    ):
        made.append(SimulatedPrison(app, address, endpoint_address, channel))
        yield made[0]


@pytest.fixture
async def prison() -> AsyncIterator[SimulatedPrison]:
    async with simulated_prison() as prison:
        yield prison


async def test_an_ask_is_answered_later_by_a_signed_webhook(prison: SimulatedPrison) -> None:
    asked_at = datetime.now(UTC)
    await prison.ask()
    (pending,) = prison.simulator.state.pending.values()
    assert pending.due_at >= asked_at + timedelta(days=PROMPT_DAYS)
    assert prison.received == []

    assert await prison.replies() == [
        {
            "case": REF,
            "event": "trace_answered",
            "data": {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"},
        }
    ]


async def test_a_reply_is_sent_by_itself_once_its_day_has_come() -> None:
    now = datetime.now(UTC).timestamp()
    async with simulated_prison(CaseClock(now, now, day_seconds=0.01)) as prison:
        await prison.ask()
        await until(lambda: prison.received)


async def test_an_ask_sent_twice_under_one_key_is_answered_once(prison: SimulatedPrison) -> None:
    await prison.ask()
    await prison.ask()
    assert len(await prison.replies()) == 1


async def test_who_needs_a_reminder_answers_the_reminder(prison: SimulatedPrison) -> None:
    await prison.set(Manner.NEEDS_REMINDER)
    await prison.ask()
    assert await prison.replies() == []

    await prison.ask(reminder=1)

    assert (await prison.replies())[0]["event"] == "trace_answered"


async def test_a_reminder_of_an_ask_forgotten_by_a_restart_is_as_good_as_the_ask(prison: SimulatedPrison) -> None:
    await prison.ask(reminder=1)
    assert (await prison.replies())[0]["event"] == "trace_answered"


async def test_an_objection_is_withdrawn_when_the_agency_is_asked_again(prison: SimulatedPrison) -> None:
    await prison.set(Manner.OBJECTING)
    for version in (5, 7):
        await prison.ask(version=version, question=WaitKind.AGENCY_CHECK)
        await reply_now(prison.simulator)

    assert [reply["data"]["answer"] for reply in await prison.replies()] == ["objection", "no_objection"]


async def test_an_agency_that_is_told_of_a_meeting_day_may_object_on_its_eve(prison: SimulatedPrison) -> None:
    day = StackClock().today() + timedelta(days=10)
    objection = {"answer": "objection", "reason": "safeguarding"}
    statement = Statement(UpdateKind.DAY_SET, "agency_check_answered", objection, days_before=1)
    await prison.set(Manner.PROMPT, says=(statement,))
    update = CaseUpdate(f"{REF}.9.update.prison", REF, "eastmoor", "prison", 9, (UpdateKind.DAY_SET,), day=day)
    for version in (9, 9, 12):
        await prison.channel.update(prison.agency, replace(update, key=f"{REF}.{version}.update.prison"))
    (pending,) = prison.simulator.state.pending.values()
    assert abs(pending.due_at - noon_of(day - timedelta(days=1))) < timedelta(minutes=1)

    (reply,) = await prison.replies()
    assert (reply["event"], reply["data"]["answer"]) == ("agency_check_answered", "objection")


async def test_what_is_sent_twice_has_one_id(prison: SimulatedPrison) -> None:
    await prison.set(Manner.SENDS_TWICE)
    await prison.ask()

    first, second = await prison.replies()

    assert first == second
    assert len(set(prison.ids())) == 1


async def test_an_unavailable_agency_answers_503_and_is_prompt_afterwards(prison: SimulatedPrison) -> None:
    await prison.set(Manner.UNAVAILABLE, after_days=6)
    with pytest.raises(Unreachable) as raised:
        await prison.ask()
    assert raised.value.code == "status 503"
    ((of_prison, until),) = prison.simulator.state.reachable_at.items()
    assert until >= datetime.now(UTC) + timedelta(days=5)
    prison.simulator.state.reachable_at[of_prison] = datetime.now(UTC)

    await prison.ask()

    assert len(await prison.replies()) == 1


async def test_an_ask_that_is_cancelled_is_not_answered(prison: SimulatedPrison) -> None:
    await prison.set(Manner.SLOW, after_days=4)
    await prison.cancel(await prison.ask())
    assert await prison.replies() == []


async def test_who_is_late_answers_also_what_was_cancelled(prison: SimulatedPrison) -> None:
    await prison.set(Manner.LATE_TO_CLOSED, after_days=10)
    ask = await prison.ask()
    assert len(prison.simulator.state.pending) == 2
    await prison.cancel(ask)

    (late,) = await prison.replies()

    assert late["event"] == "trace_answered"


async def test_a_reply_that_is_not_accepted_is_sent_again_under_its_id(prison: SimulatedPrison) -> None:
    prison.statuses = [503, 503]
    await prison.ask()

    assert len(await prison.replies()) == 3
    assert len(set(prison.ids())) == 1


async def test_a_reply_that_is_refused_for_good_is_given_up(prison: SimulatedPrison) -> None:
    prison.statuses = [422] * 20
    await prison.ask()
    assert len(await prison.replies()) == 5


async def test_what_is_pending_at_a_restart_is_sent_once_after_it(prison: SimulatedPrison, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    async with prison.restart(state):
        await prison.set(Manner.SLOW, after_days=20)
        ask = await prison.ask()
    assert prison.received == []

    async with prison.restart(state):
        (reply,) = await prison.replies()
    async with prison.restart(state):
        await prison.channel.ask(prison.agency, ask)
        assert await prison.replies() == [reply]

    assert reply["event"] == "trace_answered"


async def test_what_is_cancelled_stays_so_over_a_restart(prison: SimulatedPrison, tmp_path: Path) -> None:
    async with prison.restart(tmp_path / "state.json"):
        await prison.set(Manner.SLOW, after_days=20)
        await prison.cancel(await prison.ask())

    async with prison.restart(tmp_path / "state.json"):
        assert not prison.simulator.replying


async def test_how_often_it_was_asked_is_remembered_over_a_restart(prison: SimulatedPrison, tmp_path: Path) -> None:
    replies: list[dict[str, Any]] = []
    for version in (5, 7):
        async with prison.restart(tmp_path / "state.json"):
            await prison.set(Manner.OBJECTING)
            await prison.ask(version=version, question=WaitKind.AGENCY_CHECK)
            replies = await prison.replies()

    assert [reply["data"]["answer"] for reply in replies] == ["objection", "no_objection"]


async def test_a_caller_who_does_not_sign_as_the_service_is_refused(prison: SimulatedPrison) -> None:
    body = json.dumps({"type": "ask", "case": REF})
    headers = sign_headers(KEYS["court"].our_keys, "k", body) | {"idempotency-key": "k"}
    async with httpx.AsyncClient(base_url=prison.address) as http:
        wrong_key = await http.post(f"/{PRISON}/asks", content=body, headers=headers)
        unsigned = await http.post(f"/{PRISON}/asks", content=body)
        nobody = await http.post("/nowhere-prison/asks", content=body, headers=headers)
        headers = sign_headers(KEYS[PRISON].our_keys, "k", body) | {"idempotency-key": "other"}
        two_keys = await http.post(f"/{PRISON}/asks", content=body, headers=headers)

    statuses = [answer.status_code for answer in (wrong_key, unsigned, nobody, two_keys)]
    assert statuses == [401, 401, 404, 400]


@pytest.mark.parametrize(
    ("case", "scenario"),
    [
        ("Jo Bloggs", {}),
        (REF, {"bakery": {"manner": "prompt"}}),
        (REF, {"prison": {"manner": "cheerful"}}),
        (REF, {"prison": {"mood": "prompt"}}),
    ],
)
async def test_a_scenario_that_cannot_be_read_is_refused(
    prison: SimulatedPrison, case: str, scenario: dict[str, Any]
) -> None:
    async with httpx.AsyncClient(base_url=prison.address) as http:
        assert (await http.put(f"/scenarios/{case}", json=scenario)).status_code == 422


def test_a_scenario_reads_as_it_was_written() -> None:
    scenario = {AgencyKind.PRISON: Behaviour(Manner.SLOW, after_days=3), AgencyKind.VLO: Behaviour()}

    assert read_scenario(json.loads(scenario_json(scenario))) == scenario


def test_a_manner_alone_is_a_temperament() -> None:
    assert read_scenario({"vlo": "silent"}) == {AgencyKind.VLO: Behaviour(Manner.SILENT)}


async def test_an_agency_that_is_pinged_can_be_reached_and_replies_nothing(
    prison: SimulatedPrison,
) -> None:
    assert await prison.channel.ping(prison.agency) == 'status 200: {"taken":true}'

    assert prison.simulator.state.received == set()
