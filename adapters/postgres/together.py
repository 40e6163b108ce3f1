"""Stores what comes at the same time in one transaction: one round trip and one wait for the disk for all of it."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from adapters.postgres.pool import AWAY

Item = TypeVar("Item")
Answer = TypeVar("Answer")

GROUPS_AT_ONCE = 2
"""A group that must wait, since somebody else stores something of one of its cases, leaves the others a way past."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting(Generic[Item, Answer]):
    """What is to be stored, and who waits for that."""

    item: Item
    answer: asyncio.Future[Answer]


class Together(Generic[Item, Answer]):
    """Gathers what comes while something is being stored. What comes alone waits for nobody.

    `store` stores several in one transaction and gives the answer to each, or the error that is theirs; whatever it
    raises, but that the database is away, is not to be the others' harm: then each goes to `alone`. No two of a group
    have the same `key`, and those of one `turn` are stored in their order. After `seconds` the store counts as away.
    """

    def __init__(
        self,
        store: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        alone: Callable[[Item], Awaitable[Answer]],
        *,
        key: Callable[[Item], Hashable],
        turn: Callable[[Item], Hashable],
        most: int,
        seconds: float | None = None,
    ) -> None:
        self._store_all = store
        self._store_one = alone
        self._key = key
        self._turn = turn
        self._most = most
        self._seconds = seconds
        self._waiting: list[Waiting[Item, Answer]] = []
        self._storing: set[asyncio.Task[None]] = set()
        self._at_work = 0
        self._turns: set[Hashable] = set()

    async def put(self, item: Item) -> Answer:
        """Store it; the answer to it. Raises what storing it raises."""
        waiting: Waiting[Item, Answer] = Waiting(item, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._at_work < GROUPS_AT_ONCE:
            self._at_work += 1
            storing = asyncio.create_task(self._store())
            self._storing.add(storing)
            storing.add_done_callback(self._storing.discard)
        return await waiting.answer

    async def _store(self) -> None:
        """Store group after group, until there is nobody whose turn it is."""
        try:
            while group := await self._gathered():
                turns = {self._turn(each.item) for each in group}
                self._turns |= turns
                await self._store_together(group)
                self._turns -= turns
        finally:
            # At once, so that whoever comes next finds that nobody is at work; a task is known to be done only later.
            self._at_work -= 1

    async def _gathered(self) -> list[Waiting[Item, Answer]]:
        """The next group, with whoever is being read at this moment."""
        await asyncio.sleep(0)
        return self._next_group()

    def _next_group(self) -> list[Waiting[Item, Answer]]:
        """The longest waiting whose turn nobody has, without those who gave up or repeat one another."""
        group: dict[Hashable, Waiting[Item, Answer]] = {}
        left: list[Waiting[Item, Answer]] = []
        for each in self._waiting:
            if each.answer.done():
                continue
            key = self._key(each.item)
            if key in group or self._turn(each.item) in self._turns or len(group) == self._most:
                left.append(each)
            else:
                group[key] = each
        self._waiting = left
        return list(group.values())

    async def _store_together(self, group: list[Waiting[Item, Answer]]) -> None:
        if len(group) == 1:
            return await self._store_alone(group[0])
        try:
            async with asyncio.timeout(self._seconds):
                answers = await self._store_all([each.item for each in group])
        except AWAY as error:
            for each in group:
                _tell(each, error)
        except Exception:  # noqa: BLE001 - whichever of them it is, the others are not to suffer for it
            for each in group:
                await self._store_alone(each)
        else:
            for each, answer in zip(group, answers, strict=True):
                _tell(each, answer)

    async def _store_alone(self, waiting: Waiting[Item, Answer]) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                _tell(waiting, await self._store_one(waiting.item))
        except Exception as error:  # noqa: BLE001 - it is theirs who wait
            _tell(waiting, error)


def _tell(waiting: Waiting[Item, Answer], answer: Answer | Exception) -> None:
    if waiting.answer.done():
        return
    if isinstance(answer, Exception):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)
