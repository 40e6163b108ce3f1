"""Agencies that send webhooks concurrently, and send again what is not answered 202."""

import asyncio
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

from benchmarks.chaos.stack import ChaosStack
from benchmarks.webhook_sender import RefusedError
from domain.vocabulary import CaseRef

ANSWER_TIMEOUT = 8.0


@dataclass
class AgencyMessage:
    """A message of an agency: its body, when it was first sent, and when it was first answered 202."""

    agency: str
    id: str
    ref: CaseRef
    body: bytes
    sent_at: float = 0.0
    acknowledged_at: float = 0.0


def agency_message(agency: str, ref: CaseRef, id: str, event: str, data: Mapping[str, Any]) -> AgencyMessage:
    """A message of `agency` about a case."""
    return AgencyMessage(agency, id, ref, json.dumps({"case": ref, "event": event, "data": data}).encode())


@dataclass
class Senders:
    """Send to the servers of a stack as `chance` decides; `attempts` counts the requests."""

    stack: ChaosStack
    chance: random.Random
    attempts: int = 0

    async def send(self, copies: Sequence[AgencyMessage], at_once: int, pause: float) -> None:
        """Send all `copies` in their order, `at_once` concurrently, each after about `pause` seconds."""
        left = iter(copies)
        limits = httpx.Limits(max_keepalive_connections=at_once)
        async with httpx.AsyncClient(timeout=ANSWER_TIMEOUT, limits=limits) as http:

            async def send_next() -> None:
                for message in left:
                    await asyncio.sleep(self.chance.expovariate(1 / pause))
                    await self._send(http, message)

            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(send_next())

    async def _send(self, http: httpx.AsyncClient, message: AgencyMessage) -> None:
        message.sent_at = message.sent_at or time.monotonic()
        pause = 0.1
        while not await self._is_accepted(http, message):
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.0))
            pause = min(pause * 2, 1.0)
        message.acknowledged_at = message.acknowledged_at or time.monotonic()

    async def _is_accepted(self, http: httpx.AsyncClient, message: AgencyMessage) -> bool:
        """Whether one attempt is answered 202. Only 503, or no answer, is a reason to try again."""
        self.attempts += 1
        now, signing = datetime.now(UTC), Webhook(self.stack.keys[message.agency])
        headers = {
            "content-type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signing.sign(message.id, now, message.body.decode()),
        }
        url = f"{self.chance.choice(self.stack.servers)}/webhooks/agencies/{message.agency}"
        try:
            answer = await http.post(url, content=message.body, headers=headers)
        except httpx.TransportError:
            return False
        if answer.status_code not in (httpx.codes.ACCEPTED, httpx.codes.SERVICE_UNAVAILABLE):
            raise RefusedError(f"{message.id} was answered {answer.status_code}: {answer.text}")
        return answer.status_code == httpx.codes.ACCEPTED
