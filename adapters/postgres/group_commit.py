"""Group commit: items that arrive at the same time share one transaction, one round trip and one wait for the disk."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from adapters.postgres.pool import UNAVAILABLE_ERRORS

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

MAX_WORKERS = 2
"""While one group is being stored, the next one is collected and sent."""


@dataclass(frozen=True, slots=True, eq=False)
class PendingItem(Generic[ItemT, ResultT]):
    """An item that is to be stored, and the future that its caller awaits."""

    item: ItemT
    key: Hashable
    order_key: Hashable
    future: asyncio.Future[ResultT]

    def finish(self, result: ResultT | Exception) -> None:
        """Give the caller the result or the error, unless it has given up."""
        if self.future.done():
            return
        if isinstance(result, Exception):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


class GroupCommit(Generic[ItemT, ResultT]):
    """Collects items while a group is being stored. An item that arrives alone waits for no other.

    - `store_group` stores several items in one transaction and returns the result or the error of each. If it raises
      anything but an error of an unavailable database, one item must not harm the others: `store_one` stores each.
    - Items of one `order_key` are stored in order; a group holds no two items with the same `key`.
    - After `seconds` the database counts as unavailable. A group that takes longer than `group_timeout` waits for a
      lock that one of its items needs: then each is stored alone.
    """

    def __init__(
        self,
        store_group: Callable[[Sequence[ItemT]], Awaitable[Sequence[ResultT | Exception]]],
        store_one: Callable[[ItemT], Awaitable[ResultT]],
        *,
        key: Callable[[ItemT], Hashable],
        order_key: Callable[[ItemT], Hashable],
        max_batch: int,
        seconds: float | None = None,
        group_timeout: float | None = None,
    ) -> None:
        self._store_group = store_group
        self._store_one = store_one
        self._key = key
        self._order_key = order_key
        self._max_batch = max_batch
        self._seconds = seconds
        self._group_timeout = group_timeout
        self._pending: list[PendingItem[ItemT, ResultT]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._workers = 0
        self._busy: set[Hashable] = set()
        """The order keys of the items that are being stored."""

    async def store(self, item: ItemT) -> ResultT:
        """Store an item and return its result. Raises the error that storing it raised."""
        future: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._pending.append(PendingItem(item, self._key(item), self._order_key(item), future))
        self._start_worker()
        return await future

    def _start_worker(self) -> None:
        if self._pending and self._workers < MAX_WORKERS:
            self._workers += 1
            self._start_task(self._store_pending())

    def _start_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _store_pending(self) -> None:
        """Store group after group until no pending item may be stored now."""
        try:
            while True:
                # Requests that are being read at this moment join the group.
                await asyncio.sleep(0)
                group = self._take_group()
                if not group:
                    return
                if len(group) == 1 or not await self._try_group(group):
                    # A task for each order key, so that an item that waits for a lock delays no other.
                    by_order_key: dict[Hashable, list[PendingItem[ItemT, ResultT]]] = {}
                    for pending in group:
                        by_order_key.setdefault(pending.order_key, []).append(pending)
                    tasks = [self._start_task(self._store_in_order(items)) for items in by_order_key.values()]
                    await asyncio.wait(tasks, timeout=self._group_timeout)
        finally:
            # At once, so that the next item starts a worker: a task counts as done only later.
            self._workers -= 1

    def _take_group(self) -> list[PendingItem[ItemT, ResultT]]:
        """Take the items that have waited longest and may be stored now; drop those whose callers gave up."""
        group: dict[Hashable, PendingItem[ItemT, ResultT]] = {}
        rest: list[PendingItem[ItemT, ResultT]] = []
        for pending in self._pending:
            if pending.future.done():
                continue
            if pending.key in group or pending.order_key in self._busy or len(group) == self._max_batch:
                rest.append(pending)
            else:
                group[pending.key] = pending
        self._pending = rest
        self._busy |= {pending.order_key for pending in group.values()}
        return list(group.values())

    async def _try_group(self, group: list[PendingItem[ItemT, ResultT]]) -> bool:
        """Store the group in one transaction; whether each item has its result now."""
        try:
            async with asyncio.timeout(self._group_timeout or self._seconds):
                results = await self._store_group([pending.item for pending in group])
            finished: list[tuple[PendingItem[ItemT, ResultT], ResultT | Exception]]
            finished = list(zip(group, results, strict=True))
        except UNAVAILABLE_ERRORS as error:
            if self._group_timeout is not None and isinstance(error, TimeoutError):
                return False
            finished = [(pending, error) for pending in group]
        except Exception:  # noqa: BLE001 - the item that caused it must not harm the others
            return False
        for pending, result in finished:
            pending.finish(result)
            self._busy.discard(pending.order_key)
        return True

    async def _store_in_order(self, items: list[PendingItem[ItemT, ResultT]]) -> None:
        try:
            for pending in items:
                try:
                    async with asyncio.timeout(self._seconds):
                        pending.finish(await self._store_one(pending.item))
                except Exception as error:  # noqa: BLE001 - the caller's error
                    pending.finish(error)
        finally:
            self._busy.discard(items[0].order_key)
            self._start_worker()
