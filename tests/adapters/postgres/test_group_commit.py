"""What comes at the same time is stored together, and whatever goes wrong is reported to the caller it concerns."""

import asyncio
from collections.abc import Sequence

import pytest

from adapters.postgres.group_commit import GroupCommit


class Store:
    """Keeps texts; `at_once` are the groups that it was given. One that says `slow` waits to be let go."""

    def __init__(self) -> None:
        self.at_once: list[list[str]] = []
        self.alone: list[str] = []
        self.go = asyncio.Event()

    async def together(self, texts: Sequence[str]) -> list[str | Exception]:
        self.at_once.append(list(texts))
        if any("slow" in text for text in texts):
            await self.go.wait()
        if any("spoilt" in text for text in texts):
            raise ValueError
        if any("away" in text for text in texts):
            raise ConnectionError
        if any("short" in text for text in texts):
            return []
        return [KeyError(text) if "refused" in text else text.upper() for text in texts]

    async def one(self, text: str) -> str:
        self.alone.append(text)
        (answer,) = await self.together([text])
        self.at_once.pop()
        if isinstance(answer, Exception):
            raise answer
        return answer


def group_commit(store: Store, group_timeout: float | None = None) -> GroupCommit[str, str]:
    """Gathers texts; the first sign is whose turn it is."""

    def turn(text: str) -> str:
        return text[0]

    return GroupCommit(
        store.together, store.one, key=lambda text: text, order_key=turn, max_batch=3, group_timeout=group_timeout
    )


async def put(to: GroupCommit[str, str], *texts: str) -> list[str | BaseException]:
    async with asyncio.timeout(120):
        return await asyncio.gather(*(to.store(text) for text in texts), return_exceptions=True)


async def test_each_caller_gets_the_result_of_its_item() -> None:
    store = Store()
    answers = await put(group_commit(store), "a", "b refused", "c", "d")
    assert [str(result) for result in answers] == ["A", "'b refused'", "C", "D"]
    assert store.at_once == [["a", "b refused", "c"]]
    assert store.alone == ["d"]


@pytest.mark.parametrize("fault", ["spoilt", "short"])
async def test_a_group_that_fails_is_stored_one_by_one(fault: str) -> None:
    store = Store()
    answers = await put(group_commit(store), "a", f"b {fault}", "c")
    assert [answers[0], type(answers[1]), answers[2]] == ["A", ValueError, "C"]
    assert sorted(store.alone) == ["a", f"b {fault}", "c"]


async def test_no_item_is_tried_alone_while_the_database_is_unavailable() -> None:
    store = Store()
    answers = await put(group_commit(store), "a", "b away", "c")
    assert [type(result) for result in answers] == [ConnectionError] * 3
    assert store.alone == []


async def test_a_slow_item_delays_only_items_with_its_order_key() -> None:
    store = Store()
    gathering = group_commit(store, group_timeout=0.05)
    slow = asyncio.create_task(gathering.store("a slow"))
    assert await put(gathering, "b", "c", "d") == ["B", "C", "D"]
    same_turn = asyncio.create_task(gathering.store("a later"))
    assert await put(gathering, "e") == ["E"]
    assert [slow.done(), same_turn.done()] == [False, False]

    store.go.set()
    assert (await slow, await same_turn) == ("A SLOW", "A LATER")


async def test_a_slow_group_is_stored_one_by_one() -> None:
    store = Store()
    gathering = group_commit(store, group_timeout=0.05)
    waiting = asyncio.create_task(put(gathering, "a", "b slow", "c"))
    while len(store.alone) < 3:  # noqa: ASYNC110 - nobody tells when
        await asyncio.sleep(0.01)
    assert await put(gathering, "d") == ["D"]
    store.go.set()
    assert await waiting == ["A", "B SLOW", "C"]


async def test_items_of_one_order_key_are_stored_in_order_one_by_one() -> None:
    store = Store()
    await put(group_commit(store), "a spoilt", "a 2", "a 3")
    assert store.alone == ["a spoilt", "a 2", "a 3"]


async def test_an_item_without_an_order_key_does_not_stop_others() -> None:
    store = Store()
    gathering = group_commit(store)
    answers = await put(gathering, "", "b")
    assert isinstance(answers[0], IndexError)
    assert answers[1] == "B"
    assert await put(gathering, "c") == ["C"]
