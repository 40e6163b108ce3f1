"""Trying an agency out: a ping by its own channel, and what came of it."""

import time

from ports.agencies import Agency, Channel, ChannelName, Unreachable
from ports.agency_views import PingResult


async def ping(channel: Channel, agency: Agency) -> PingResult:
    """Ping `agency`, also where its asks rest; nothing is asked of it."""
    if agency.channel is ChannelName.MANUAL:
        return PingResult(agency.id, agency.channel, reached=True, said="", code="", seconds=0.0)
    begun, said, code = time.monotonic(), "", ""
    try:
        said = await channel.ping(agency)
    except Unreachable as unreachable:
        code = unreachable.code
    seconds = round(time.monotonic() - begun, 3)
    return PingResult(agency.id, agency.channel, reached=not code, said=said, code=code, seconds=seconds)
