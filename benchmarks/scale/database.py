"""The database of a whole country, loaded once for all benchmarks of a run."""

import os
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from adapters.migrations import migrate
from adapters.postgres.pool import open_pool
from benchmarks.scale.loading import Size, load
from local.embedded import postgres

SCALE = "SCALE"
"""The variable that says which part of the full size is made: 0.01 for a hundredth."""


@dataclass
class Country:
    """The loaded database."""

    pool: asyncpg.Pool
    size: Size
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Atlas:
    """Holds the database from the first benchmark that wants it to the end of the run."""

    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _loaded: dict[Size, Country] = field(default_factory=dict)

    async def country(self, size: Size | None = None) -> Country:
        """The database at `size`; that of `SCALE` where it is not given."""
        size = size or _size()
        if size not in self._loaded:
            self._loaded[size] = await self._make(size)
        return self._loaded[size]

    async def close(self) -> None:
        """Let it go, with its data."""
        self._loaded.clear()
        await self._stack.aclose()

    async def _make(self, size: Size) -> Country:
        dsn = await self._stack.enter_async_context(postgres(None))
        migrate(dsn)
        pool = await open_pool(dsn)
        self._stack.push_async_callback(pool.close)
        began = time.perf_counter()
        took = await load(pool, size)
        facts: dict[str, Any] = {"load_seconds": round(time.perf_counter() - began), "load": took}
        for table in ("cases", "entries", "waits", "spells", "past_waits", "asks"):
            facts[table] = await pool.fetchval(f"select count(*) from {table}")  # noqa: S608 - the names above
        facts["gigabytes"] = round(await pool.fetchval("select pg_database_size(current_database())") / 1e9, 2)
        sys.stderr.write(f"  scale: {facts}\n")
        return Country(pool, size, facts)


ATLAS = Atlas()


def _size() -> Size:
    scale = float(os.environ.get(SCALE, "1"))
    return Size(max(500, int(Size().open * scale)), max(500, int(Size().ended * scale)))
