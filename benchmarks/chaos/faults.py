"""Stops and kills the parts of a stack at random moments."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil

from benchmarks.chaos.stack import ChaosStack


@dataclass
class FaultInjector:
    """Injects faults until `end` is called, as `chance` decides; `done` counts them."""

    stack: ChaosStack
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Inject faults until `end`, then leave everything running."""
        await asyncio.gather(self._kill_repeatedly(), self._restart_repeatedly())

    def end(self) -> None:
        """Inject no more."""
        self._over.set()

    async def _kill_repeatedly(self) -> None:
        """Kill our own processes, with kill -9."""
        for program in _each_then_any(self.chance, "server.py", "worker.py"):
            if await self._is_over_within(self.chance.uniform(2.0, 6.0)):
                return
            if running := processes_of(program):
                self.chance.choice(running).kill()
                self.done[f"{program} killed"] += 1

    async def _restart_repeatedly(self) -> None:
        servers = {"Temporal": self.stack.temporal, "PostgreSQL": self.stack.postgres}
        for name in _each_then_any(self.chance, *servers):
            if await self._is_over_within(self.chance.uniform(4.0, 10.0)):
                return
            await servers[name].stop()
            await asyncio.sleep(self.chance.uniform(0.0, 4.0))
            await servers[name].start()
            self.done[f"{name} restarted"] += 1

    async def _is_over_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._over.wait()
        except TimeoutError:
            return False


def _each_then_any(chance: random.Random, *names: str) -> Iterator[str]:
    """Each of the names, then any of them, for ever."""
    yield from chance.sample(names, len(names))
    while True:
        yield chance.choice(names)


def processes_of(program: str) -> list[psutil.Process]:
    """The processes of ours that run `program`, not those that guard them."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if any(part.endswith(program) for part in command) and "process_guard.py" not in " ".join(command):
            found.append(process)
    return found
