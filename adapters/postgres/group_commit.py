"""Stores what comes at the same time in one transaction: one round trip and one wait for the disk for all of it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from adapters.postgres.pool import AWAY

Item = TypeVar("Item")
Answer = TypeVar("Answer")

GROUPS_AT_ONCE = 2
"""While one is being stored the next one is read, and sent on its way."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting(Generic[Item, Answer]):
    """What is to be stored, and who waits for that. No two of a group have the same `key`, and a `turn` is a case's."""

    item: Item
    key: Hashable
    order_key: Hashable
    answer: asyncio.Future[Answer]


class GroupCommit(Generic[Item, Answer]):
    """Gathers what comes while something is being stored. What comes alone waits for nobody.

    `store` stores several in one transaction and gives the answer to each, or the error that is theirs. Whatever else
    goes wrong with a group, but that the database is away, is not to be the others' harm: then each goes to `store_one`, on
    its own way. Those of one `turn` are stored in their order. After `seconds` the store counts as away; a group that
    has taken `group_timeout` waits for something that one of them waits for, and each goes alone.
    """

    def __init__(
        self,
        store: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]],
        store_one: Callable[[Item], Awaitable[Answer]],
        *,
        key: Callable[[Item], Hashable],
        order_key: Callable[[Item], Hashable],
        max_batch: int,
        seconds: float | None = None,
        group_timeout: float | None = None,
    ) -> None:
        self._store_all = store
        self._store_one = store_one
        self._key = key
        self._order_key = order_key
        self._max_batch = max_batch
        self._seconds = seconds
        self._group_timeout = group_timeout
        self._waiting: list[Waiting[Item, Answer]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._at_work = 0
        self._turns: set[Hashable] = set()

    async def store(self, item: Item) -> Answer:
        """Store it; the answer to it. Raises what storing it raises."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(item, self._key(item), self._order_key(item), answer))
        self._go_on()
        return await answer

    def _go_on(self) -> None:
        """See to it that somebody stores what waits."""
        if self._waiting and self._at_work < GROUPS_AT_ONCE:
            self._at_work += 1
            self._begin(self._store())

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _store(self) -> None:
        """Store group after group, until there is nobody whose turn it is."""
        try:
            while group := await self._gathered():
                if len(group) > 1 and await self._stored_together(group):
                    self._turns -= {each.order_key for each in group}
                else:
                    await self._store_apart(group)
        finally:
            # At once, so that whoever comes next finds that nobody is at work; a task is known to be done only later.
            self._at_work -= 1

    async def _gathered(self) -> list[Waiting[Item, Answer]]:
        """The next group, with whoever is being read at this moment. They have their turns from now on."""
        await asyncio.sleep(0)
        group = self._next_group()
        self._turns |= {each.order_key for each in group}
        return group

    def _next_group(self) -> list[Waiting[Item, Answer]]:
        """The longest waiting whose turn nobody has, without those who gave up or repeat one another."""
        group: dict[Hashable, Waiting[Item, Answer]] = {}
        left: list[Waiting[Item, Answer]] = []
        for each in self._waiting:
            if each.answer.done():
                continue
            if each.key in group or each.order_key in self._turns or len(group) == self._max_batch:
                left.append(each)
            else:
                group[each.key] = each
        self._waiting = left
        return list(group.values())

    async def _stored_together(self, group: list[Waiting[Item, Answer]]) -> bool:
        """Whether each of the group has its answer now."""
        try:
            async with asyncio.timeout(self._group_timeout or self._seconds):
                answers = await self._store_all([each.item for each in group])
            for each, answer in zip(group, answers, strict=True):
                _tell(each, answer)
        except AWAY as error:
            if self._group_timeout is not None and isinstance(error, TimeoutError):
                return False
            for each in group:
                _tell(each, error)
        except Exception:  # noqa: BLE001 - whichever of them it is, the others are not to suffer for it
            return False
        return True

    async def _store_apart(self, group: list[Waiting[Item, Answer]]) -> None:
        """Each turn on its own way; whoever must wait on it leaves the others a way past."""
        by_turn: dict[Hashable, list[Waiting[Item, Answer]]] = {}
        for each in group:
            by_turn.setdefault(each.order_key, []).append(each)
        ways = [self._begin(self._store_in_turn(those)) for those in by_turn.values()]
        await asyncio.wait(ways, timeout=self._group_timeout)

    async def _store_in_turn(self, those: list[Waiting[Item, Answer]]) -> None:
        try:
            for each in those:
                await self._store_alone(each)
        finally:
            self._turns.discard(those[0].order_key)
            self._go_on()

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
