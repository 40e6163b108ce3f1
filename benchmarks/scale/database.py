"""The database of a whole country, loaded once for all benchmarks of a run, and kept for the next one on request."""

import hashlib
import json
import os
import shutil
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from adapters.migrations import migrate
from adapters.postgres.pool import open_pool
from benchmarks.harness import say
from benchmarks.scale.loading import Size, load
from devstack.embedded import postgres

SCALE = "SCALE"
"""The variable that says which part of the full size is made: 0.01 for a hundredth."""
SCALE_KEEP = "SCALE_KEEP"
"""The variable that names a folder in which the database is kept and found again; not set: it goes with the run."""
FEWEST_CASES = 500

_COUNTED_TABLES = ("cases", "entries", "waits", "wait_history", "stage_history", "asks", "inbox", "findings", "staff")
_MADE_OF = ("migrations/*.sql", "benchmarks/life.py", "benchmarks/scale/[clst]*.py")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Country:
    """The loaded database; `facts` say how large it is and what it took to load it."""

    pool: asyncpg.Pool
    size: Size
    facts: dict[str, Any]


@dataclass
class NationalDatabase:
    """The database, from the first benchmark that needs it to the end of the run."""

    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _loaded: dict[Size, Country] = field(default_factory=dict)

    async def load(self, size: Size | None = None) -> Country:
        """The database at `size`; that of `SCALE` where it is not given."""
        size = size or _size()
        if size not in self._loaded:
            self._loaded[size] = await self._make(size)
        return self._loaded[size]

    async def close(self) -> None:
        """Stop it, and remove its data where they are not kept."""
        self._loaded.clear()
        await self._stack.aclose()

    async def _make(self, size: Size) -> Country:
        folder = _kept_folder(size)
        dsn = await self._stack.enter_async_context(postgres(folder))
        migrate(dsn)
        pool = await open_pool(dsn)
        self._stack.push_async_callback(pool.close)
        facts = _facts_in(folder) or await _load(pool, size)
        if folder:
            (folder / "facts.json").write_text(json.dumps(facts))
        return Country(pool, size, facts)


async def _load(pool: asyncpg.Pool, size: Size) -> dict[str, Any]:
    began = time.perf_counter()
    took = await load(pool, size)
    facts: dict[str, Any] = {"load_seconds": round(time.perf_counter() - began), "load": took}
    for table in _COUNTED_TABLES:
        facts[table] = await pool.fetchval(f"select count(*) from {table}")  # noqa: S608 - the names above
    facts["gigabytes"] = round(await pool.fetchval("select pg_database_size(current_database())") / 1e9, 2)
    say(f"  scale: {facts}")
    return facts


NATIONAL_DATABASE = NationalDatabase()


def _size() -> Size:
    scale = float(os.environ.get(SCALE) or 1)
    return Size(max(FEWEST_CASES, int(Size().open * scale)), max(FEWEST_CASES, int(Size().ended * scale)))


def _kept_folder(size: Size) -> Path | None:
    """The folder of this size's database as it would be made now; emptied where loading was broken off."""
    if not (place := os.environ.get(SCALE_KEEP)):
        return None
    made_of = sorted(path for pattern in _MADE_OF for path in _ROOT.glob(pattern))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()[:8]
    folder = Path(place).resolve() / f"{size.open}-{size.ended}-{digest}"
    if folder.exists() and not _facts_in(folder):
        shutil.rmtree((folder / "cluster").resolve(), ignore_errors=True)
        shutil.rmtree(folder)
    return folder


def _facts_in(folder: Path | None) -> dict[str, Any]:
    path = folder and folder / "facts.json"
    facts: dict[str, Any] = json.loads(path.read_text()) if path and path.exists() else {}
    return facts
