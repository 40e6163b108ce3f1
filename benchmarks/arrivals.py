"""When each message of `webhook_to_case` can be read in the case file, or in the floor's table."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from benchmarks.case_checks import LostError

ARRIVAL_TIMEOUT = 120.0

# A notification is sent when its transaction has been committed: from then on everybody can read what it wrote.
NOTIFY_ARRIVALS = """
create function notify_arrival() returns trigger language plpgsql as $$
begin
    perform pg_notify('arrived', case tg_table_name
        when 'entries' then (select message_id from inbox where id = (to_jsonb(new) ->> 'inbox')::bigint)
        else to_jsonb(new) ->> 'message' end);
    return null;
end
$$;
create trigger notify_arrival after insert on entries for each row execute function notify_arrival();
create trigger notify_arrival after insert on bare_entries for each row execute function notify_arrival();
"""


@dataclass
class ReadableFrom:
    """When each message could be read, in seconds since 1970."""

    at: dict[str, float] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, _connection: object, _pid: int, _channel: str, message: object) -> None:
        """A message was written."""
        self.at.setdefault(str(message), time.time())
        self._news.set()

    async def wait_for(self, ids: Sequence[str]) -> list[float]:
        """When each of these could be read, once all can. Raises LostError."""
        missing = set(ids)
        try:
            async with asyncio.timeout(ARRIVAL_TIMEOUT):
                while missing := missing - self.at.keys():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise LostError(f"{len(missing)} of {len(ids)} messages did not arrive") from None
        return [self.at[id] for id in ids]


@asynccontextmanager
async def listen_for_arrivals(pool: asyncpg.Pool) -> AsyncIterator[ReadableFrom]:
    """What arrives meanwhile."""
    readable = ReadableFrom()
    async with pool.acquire() as connection:
        await connection.add_listener("arrived", readable.add)
        yield readable
        await connection.remove_listener("arrived", readable.add)
