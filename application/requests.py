"""Wait until a request has become a case."""

import asyncio
import time

from ports.inbox import Inbox, MessageStatus

SECONDS_BETWEEN_READS = 0.05


async def wait_for_outcome(inbox: Inbox, source: str, source_id: str, seconds: float) -> MessageStatus:
    """What became of a stored request, as soon as it is known or the time is up."""
    until = time.monotonic() + seconds
    while True:
        status = await inbox.get_status(source, source_id)
        assert status is not None, "a request that was stored is there"
        if status.status != "received" or time.monotonic() >= until:
            return status
        await asyncio.sleep(SECONDS_BETWEEN_READS)
