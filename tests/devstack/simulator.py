"""Lets the days of simulated agencies pass, so that no test depends on the speed of the machine."""

from dataclasses import replace
from datetime import UTC, datetime

from devstack.agencies import Simulator
from tests.waiting import until


async def reply_now(simulator: Simulator) -> None:
    """Let all pending replies become due, in their order, and wait until they were sent or given up."""
    for pending in sorted(simulator.state.pending.values(), key=lambda pending: pending.due_at):
        simulator.replying.pop(pending.message_id).cancel()
        del simulator.state.pending[pending.message_id]
        simulator._schedule(replace(pending, due_at=datetime.fromtimestamp(0, UTC)))
    await until(lambda: not simulator.replying)
