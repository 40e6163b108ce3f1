"""How the simulated agencies answer: by a signed webhook, or on the page that a mail led to. Until they are heard."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import structlog
from standardwebhooks import Webhook

from devstack.directory import Keys
from devstack.form_filling import filled
from devstack.simulator_state import Owed

log = structlog.get_logger("devstack.reply_sender")

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
TRIES_WHERE_REFUSED = 5
"""An answer that is refused for what it says will be refused again; one that finds nobody is tried for ever."""


@dataclass(frozen=True)
class Sender:
    """Sends answers to the service at `server_url`, with the keys of each agency."""

    keys: Mapping[str, Keys]
    server_url: str
    client: httpx.AsyncClient

    async def send(self, owed: Owed) -> None:
        """Send an answer until it is taken, as often as the agency sends each of its answers."""
        for _ in range(owed.reply.copies):
            await self._until_taken(owed)

    async def _until_taken(self, owed: Owed) -> None:
        pause, refused = FIRST_PAUSE, 0
        while (status := await self._status(owed)) is None or not 200 <= status < 300:
            refused += status is not None and 400 <= status < 500
            if refused >= TRIES_WHERE_REFUSED or status == httpx.codes.GONE:
                log.warning("agency.gives_up", agency=owed.agency, message=owed.message_id, status=status)
                return
            log.info("agency.tries_again", agency=owed.agency, message=owed.message_id, status=status, again_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _status(self, owed: Owed) -> int | None:
        """The status of the answer's answer; None: there was none."""
        try:
            return await (self._on_the_page(owed) if owed.link else self._by_webhook(owed))
        except httpx.HTTPError:
            return None

    async def _by_webhook(self, owed: Owed) -> int:
        """Post it, signed anew at each try under the same id."""
        body = {"case": owed.case, "event": owed.reply.event, "data": owed.reply.data}
        content = json.dumps({**body, "note": owed.reply.note} if owed.reply.note else body)
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": owed.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.keys[owed.agency].signs_with[0]).sign(owed.message_id, now, content),
        }
        address = f"{self.server_url}/webhooks/agencies/{owed.agency}"
        return (await self.client.post(address, content=content.encode(), headers=headers)).status_code

    async def _on_the_page(self, owed: Owed) -> int:
        """Open the link, fill in the page that it leads to, and send it."""
        page = await self.client.get(owed.link)
        if page.status_code != httpx.codes.OK:
            return page.status_code
        return (await self.client.post(owed.link, data=filled(page.text, owed.reply))).status_code
