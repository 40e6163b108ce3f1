"""Ping an agency by its own channel."""

import time

from ports.agencies import Agency, Channel, ChannelName, Unreachable
from ports.agency_views import PingResult


async def ping(channel: Channel, agency: Agency) -> PingResult:
    """Ping `agency`, also where it is paused. An agency that a caseworker asks needs no ping."""
    if agency.channel is ChannelName.MANUAL:
        return PingResult(agency.id, agency.channel, reached=True, reply="", code="", seconds=0.0)
    started, reply, code = time.monotonic(), "", ""
    try:
        reply = await channel.ping(agency)
    except Unreachable as unreachable:
        code = unreachable.code
    seconds = round(time.monotonic() - started, 3)
    return PingResult(agency.id, agency.channel, reached=not code, reply=reply, code=code, seconds=seconds)
