"""Stores what arrives at the same time in one transaction: one round trip and one wait for the disk for all of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

from adapters.postgres.inbox import Accepted, Message, PostgresInbox
from adapters.postgres.pool import AWAY
from domain.vocabulary import CaseRef

SECONDS_TO_STORE = 5.0
"""After these a store counts as away. One watch a group: one for each message would cost as much as its signature."""
MOST_AT_ONCE = 50
GROUPS_AT_ONCE = 2
"""A group that must wait, since somebody else stores a message of one of its cases, leaves the others a way past."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A message that is to be stored, and who waits for that."""

    message: Message
    accepted: asyncio.Future[Accepted]

    @property
    def key(self) -> tuple[str, str]:
        """What no two messages of a group may share."""
        return self.message.source, self.message.message_id


class GroupedInbox:
    """The inbox of a door. A message that comes alone waits for nobody; those of one case are stored in their order.

    `pool` gives the connections, or raises what it raises while there are none.
    """

    def __init__(self, pool: Callable[[], asyncpg.Pool]) -> None:
        self._pool = pool
        self._waiting: list[Waiting] = []
        self._storing: set[asyncio.Task[None]] = set()
        self._at_work = 0
        self._cases: set[CaseRef] = set()

    async def accept_event(
        self, source: str, message_id: str, ref: CaseRef, body: Mapping[str, Any], note_text: str, digest: bytes
    ) -> Accepted:
        """See `PostgresInbox`."""
        message = Message(source, message_id, ref, body, note_text, digest)
        waiting = Waiting(message, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._at_work < GROUPS_AT_ONCE:
            self._at_work += 1
            storing = asyncio.create_task(self._store())
            self._storing.add(storing)
            storing.add_done_callback(self._storing.discard)
        return await waiting.accepted

    async def _store(self) -> None:
        """Store group after group, until there is nobody whose turn it is."""
        try:
            while group := await self._gathered():
                cases = {each.message.ref for each in group}
                self._cases |= cases
                await self._store_together(group)
                self._cases -= cases
        finally:
            # At once, so that whoever comes next finds that nobody is at work; a task is known to be done only later.
            self._at_work -= 1

    async def _gathered(self) -> list[Waiting]:
        """The next group, with whoever is being read at this moment."""
        await asyncio.sleep(0)
        return self._next_group()

    def _next_group(self) -> list[Waiting]:
        """The longest waiting whose case is not being stored, without those who gave up or repeat one another."""
        group: dict[tuple[str, str], Waiting] = {}
        left: list[Waiting] = []
        for each in self._waiting:
            if each.accepted.done():
                continue
            if each.key in group or each.message.ref in self._cases or len(group) == MOST_AT_ONCE:
                left.append(each)
            else:
                group[each.key] = each
        self._waiting = left
        return list(group.values())

    async def _store_together(self, group: list[Waiting]) -> None:
        try:
            accepted = await self._accepted(group)
        except AWAY as error:
            _fail(group, error)
        except Exception:  # noqa: BLE001 - whichever of them it is, the others are not to suffer for it
            await self._store_each(group)
        else:
            for each, answer in zip(group, accepted, strict=True):
                _answer(each, answer)

    async def _accepted(self, group: list[Waiting]) -> tuple[Accepted, ...]:
        async with asyncio.timeout(SECONDS_TO_STORE):
            return await PostgresInbox(self._pool()).accept_events([each.message for each in group])

    async def _store_each(self, group: list[Waiting]) -> None:
        for each in group:
            try:
                _answer(each, (await self._accepted([each]))[0])
            except Exception as error:  # noqa: BLE001 - it is theirs who wait
                _fail([each], error)


def _answer(waiting: Waiting, accepted: Accepted) -> None:
    if not waiting.accepted.done():
        waiting.accepted.set_result(accepted)


def _fail(group: list[Waiting], error: Exception) -> None:
    for each in group:
        if not each.accepted.done():
            each.accepted.set_exception(error)
