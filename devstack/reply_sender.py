"""How the simulated agencies reply: by a signed webhook, or on the page that a mail led to. Retried until received."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import structlog
from standardwebhooks import Webhook

from devstack.directory import AgencyKeys
from devstack.form_filling import fill_in
from devstack.simulator_state import PendingReply

log = structlog.get_logger("devstack.reply_sender")

FIRST_BACKOFF, LONGEST_BACKOFF = 0.2, 30.0
ATTEMPTS_WHERE_REFUSED = 5
"""A reply that is refused for its content will be refused again; one that reaches nobody is retried for ever."""


@dataclass(frozen=True)
class ReplySender:
    """Sends replies to the service at `server_url`, with the keys of each agency."""

    keys: Mapping[str, AgencyKeys]
    server_url: str
    client: httpx.AsyncClient

    async def send(self, pending: PendingReply) -> None:
        """Send a reply until it is accepted, as often as the agency sends each of its replies."""
        for _ in range(pending.reply.copies):
            backoff, refused = FIRST_BACKOFF, 0
            while (status := await self._attempt(pending)) is None or not 200 <= status < 300:
                facts = {"agency": pending.agency, "message": pending.message_id, "status": status}
                refused += status is not None and 400 <= status < 500
                if refused >= ATTEMPTS_WHERE_REFUSED or status == httpx.codes.GONE:
                    log.warning("reply.given_up", **facts)
                    break
                log.info("reply.retried", **facts, backoff=backoff)
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, LONGEST_BACKOFF)

    async def _attempt(self, pending: PendingReply) -> int | None:
        """The status with which the service answers; None: it does not."""
        try:
            if pending.link:
                page = await self.client.get(pending.link)
                if page.status_code != httpx.codes.OK:
                    return page.status_code
                return (await self.client.post(pending.link, data=fill_in(page.text, pending.reply))).status_code
            body = {"case": pending.case, "event": pending.reply.event, "data": pending.reply.data}
            content = json.dumps({**body, "note": pending.reply.note} if pending.reply.note else body)
            # Signed again at each attempt under the same id.
            now = datetime.now(UTC)
            signature = Webhook(self.keys[pending.agency].their_keys[0]).sign(pending.message_id, now, content)
            headers = {
                "content-type": "application/json",
                "webhook-id": pending.message_id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": signature,
            }
            address = f"{self.server_url}/webhooks/agencies/{pending.agency}"
            return (await self.client.post(address, content=content.encode(), headers=headers)).status_code
        except httpx.HTTPError:
            return None
