"""The simulated agencies as the service meets them: asked over HTTP, answering later over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook

from adapters.channels.guarded_network import GuardedTransport
from adapters.channels.http import HttpChannel
from devstack.agencies import create_simulator, read_scenario, scenario_json
from devstack.directory import new_keys, sample_agencies
from devstack.scenarios import Behaviour, Manner
from domain.effects import Ask, CancelAsk
from domain.vocabulary import AgencyKind, AgencyRef, CaseRef, WaitKind
from ports.agencies import Unreachable
from tests.serving import LOOPBACK, served, signed
from workflows.agency_messages import read_message

KEYS = new_keys()
DAY = 0.05
REF = CaseRef("RJ-7Q2K-9F3M")
PRISON = "eastmoor-prison"


class NoVault:
    """Knows nobody."""

    async def get_offender(self, ref: CaseRef, *, by: str = "") -> None:
        return None


@dataclass
class Town:
    """The simulator, the channel by which it is asked, and a door that takes what it answers."""

    app: FastAPI
    address: str
    door: str
    channel: HttpChannel
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def set(self, manner: Manner, **more: Any) -> None:
        scenario = {AgencyKind.PRISON: Behaviour(manner, **more)}
        async with httpx.AsyncClient(base_url=self.address) as http:
            answer = await http.put(f"/scenarios/{REF}", content=scenario_json(scenario))
        assert answer.status_code == 204, answer.text

    async def ask(self, version: int = 3, reminder: int = 0, question: WaitKind = WaitKind.TRACE) -> Ask:
        key = f"{REF}.{version}.{question}:prison" + (f".reminder-{reminder}" if reminder else "")
        ask = Ask(key, REF, "eastmoor", AgencyRef("prison"), question, date(2027, 3, 1), reminder)
        await self.channel.ask(self.prison, ask)
        return ask

    @property
    def prison(self) -> Any:
        return next(agency for agency in sample_agencies(self.address, KEYS) if agency.id == PRISON)

    @asynccontextmanager
    async def remembering(self, memory: Path) -> AsyncIterator[None]:
        """Let another simulator, which goes on with what is in `memory`, take the place of the first one."""
        self.app = create_simulator(KEYS, self.door, DAY, memory)
        async with served(self.app) as self.address:
            yield

    async def all_answered(self) -> None:
        """Wait until no answer is owed any more."""
        async with asyncio.timeout(20):
            while self.app.state.simulator.replying:  # noqa: ASYNC110 - answers end by themselves
                await asyncio.sleep(0.01)

    async def answers(self, count: int) -> list[dict[str, Any]]:
        """The first webhooks that came in, each checked as the service checks them."""
        async with asyncio.timeout(20):
            while len(self.received) < count:  # noqa: ASYNC110 - the other side is a server of its own
                await asyncio.sleep(0.01)
        return [self._read(*each) for each in self.received[:count]]

    def _read(self, agency: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        read: dict[str, Any] = Webhook(KEYS[agency].their_keys[0]).verify(body, headers)
        sender = next(entry for entry in sample_agencies(self.address, KEYS) if entry.id == agency)
        read_message(read, sender, headers["webhook-id"], bytes(32))
        return read

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.received]


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    door, met = FastAPI(openapi_url=None), list[Town]()

    @door.post("/webhooks/agencies/{agency}")
    async def take(agency: str, request: Request) -> Response:
        met[0].received.append((agency, dict(request.headers), await request.body()))
        return Response(status_code=met[0].statuses.pop(0) if met[0].statuses else 202)

    async with (
        served(door) as door_address,
        served(app := create_simulator(KEYS, door_address, DAY)) as address,
        HttpChannel(NoVault(), GuardedTransport(LOOPBACK), door_address) as channel,  # type: ignore[arg-type]
    ):
        met.append(Town(app, address, door_address, channel))
        yield met[0]


async def test_an_ask_is_answered_later_by_a_signed_webhook(town: Town) -> None:
    await town.ask()
    assert town.received == []

    (answer,) = await town.answers(1)

    assert answer == {
        "case": REF,
        "event": "trace_answered",
        "data": {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"},
    }
    assert town.received[0][0] == PRISON


async def test_an_ask_sent_twice_under_one_key_is_answered_once(town: Town) -> None:
    await town.ask()
    await town.ask()
    await town.answers(1)

    await asyncio.sleep(5 * DAY)

    assert len(town.received) == 1


async def test_who_needs_a_reminder_answers_the_reminder(town: Town) -> None:
    await town.set(Manner.NEEDS_REMINDER)
    await town.ask()
    await asyncio.sleep(5 * DAY)
    assert town.received == []

    await town.ask(reminder=1)

    assert (await town.answers(1))[0]["event"] == "trace_answered"


async def test_a_reminder_of_an_ask_forgotten_by_a_restart_is_as_good_as_the_ask(town: Town) -> None:
    await town.ask(reminder=1)

    assert (await town.answers(1))[0]["event"] == "trace_answered"


async def test_an_objection_falls_when_the_agency_is_asked_again(town: Town) -> None:
    await town.set(Manner.OBJECTING)
    await town.ask(version=5, question=WaitKind.AGENCY_CHECK)
    await town.answers(1)
    await town.ask(version=7, question=WaitKind.AGENCY_CHECK)

    answers = [answer["data"]["answer"] for answer in await town.answers(2)]

    assert answers == ["objection", "no_objection"]


async def test_what_is_sent_twice_has_one_id(town: Town) -> None:
    await town.set(Manner.SENDS_TWICE)
    await town.ask()

    first, second = await town.answers(2)

    assert first == second
    assert len(set(town.ids())) == 1


async def test_an_unavailable_agency_answers_503_and_is_prompt_afterwards(town: Town) -> None:
    await town.set(Manner.UNAVAILABLE, after_days=6)
    with pytest.raises(Unreachable) as raised:
        await town.ask()
    assert raised.value.code == "status 503"
    await asyncio.sleep(7 * DAY)

    await town.ask()

    assert len(await town.answers(1)) == 1


async def test_an_ask_that_is_cancelled_is_not_answered(town: Town) -> None:
    await town.set(Manner.SLOW, after_days=4)
    ask = await town.ask()
    await town.channel.cancel(town.prison, CancelAsk(f"{ask.key}.cancel", REF, "eastmoor", ask.agency, ask.key))

    await asyncio.sleep(8 * DAY)

    assert town.received == []


async def test_who_is_late_answers_also_what_was_cancelled(town: Town) -> None:
    await town.set(Manner.LATE_TO_CLOSED, after_days=10)
    ask = await town.ask()
    await town.answers(1)
    await town.channel.cancel(town.prison, CancelAsk(f"{ask.key}.cancel", REF, "eastmoor", ask.agency, ask.key))

    first, late = await town.answers(2)

    assert first == late
    assert len(set(town.ids())) == 2


async def test_an_answer_that_is_not_taken_is_sent_again_under_its_id(town: Town) -> None:
    town.statuses = [503, 503]
    await town.ask()

    await town.answers(3)

    assert len(set(town.ids())) == 1


async def test_an_answer_that_is_refused_for_good_is_given_up(town: Town) -> None:
    town.statuses = [422] * 20
    await town.ask()

    await town.all_answered()

    assert len(town.received) == 5


async def test_what_is_owed_at_a_restart_is_answered_once_after_it(town: Town, tmp_path: Path) -> None:
    async with town.remembering(tmp_path / "state.json"):
        await town.set(Manner.SLOW, after_days=20)
        ask = await town.ask()
    assert town.received == []

    async with town.remembering(tmp_path / "state.json"):
        (answer,) = await town.answers(1)
        await town.all_answered()
    async with town.remembering(tmp_path / "state.json"):
        await town.channel.ask(town.prison, ask)
        await town.all_answered()

    assert answer["event"] == "trace_answered"
    assert len(town.received) == 1


async def test_what_is_cancelled_stays_so_over_a_restart(town: Town, tmp_path: Path) -> None:
    async with town.remembering(tmp_path / "state.json"):
        await town.set(Manner.SLOW, after_days=20)
        ask = await town.ask()
        await town.channel.cancel(town.prison, CancelAsk(f"{ask.key}.cancel", REF, "eastmoor", ask.agency, ask.key))

    async with town.remembering(tmp_path / "state.json"):
        assert not town.app.state.simulator.replying


async def test_how_often_it_was_asked_is_remembered_over_a_restart(town: Town, tmp_path: Path) -> None:
    answers: list[str] = []
    for version in (5, 7):
        async with town.remembering(tmp_path / "state.json"):
            await town.set(Manner.OBJECTING)
            await town.ask(version=version, question=WaitKind.AGENCY_CHECK)
            await town.all_answered()
        answers.append((await town.answers(len(answers) + 1))[-1]["data"]["answer"])

    assert answers == ["objection", "no_objection"]


async def test_who_does_not_sign_as_the_service_gets_nothing(town: Town) -> None:
    body = json.dumps({"type": "ask", "case": REF})
    headers = signed(KEYS["court"].our_keys, "k", body) | {"idempotency-key": "k"}
    async with httpx.AsyncClient(base_url=town.address) as http:
        wrong_key = await http.post(f"/{PRISON}/asks", content=body, headers=headers)
        unsigned = await http.post(f"/{PRISON}/asks", content=body)
        nobody = await http.post("/nowhere-prison/asks", content=body, headers=headers)
        headers = signed(KEYS[PRISON].our_keys, "k", body) | {"idempotency-key": "other"}
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
async def test_a_scenario_that_cannot_be_read_is_refused(town: Town, case: str, scenario: dict[str, Any]) -> None:
    async with httpx.AsyncClient(base_url=town.address) as http:
        assert (await http.put(f"/scenarios/{case}", json=scenario)).status_code == 422


def test_a_scenario_reads_as_it_was_written() -> None:
    scenario = {AgencyKind.PRISON: Behaviour(Manner.SLOW, after_days=3), AgencyKind.VLO: Behaviour()}

    assert read_scenario(json.loads(scenario_json(scenario))) == scenario


def test_a_manner_alone_is_a_temperament() -> None:
    assert read_scenario({"vlo": "silent"}) == {AgencyKind.VLO: Behaviour(Manner.SILENT)}


async def test_an_agency_that_is_pinged_says_that_it_can_be_reached_and_answers_nothing(town: Town) -> None:
    assert await town.channel.ping(town.prison) == 'status 200: {"taken":true}'

    assert town.app.state.simulator.state.received == set()
