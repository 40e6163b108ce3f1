"""Following what happens to cases: all of one's own areas, in order, without gap or double, across broken streams."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from adapters.postgres.pruning import prune_changes
from api.problems import Code
from domain.people import Person, StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, CASEWORKER, NOBODY, person, shows

CHANGES = "/api/v1/changes"
SECONDS = 20.0


@dataclass
class StreamEvent:
    """An event of a stream."""

    id: str
    event: str
    data: dict[str, Any]


@asynccontextmanager
async def follow_changes(
    staff: StaffClient, who: Person = CASEWORKER, last: str = ""
) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    headers = {**shows(who), **({"last-event-id": last} if last else {})}
    async with asyncio.timeout(SECONDS), staff.http.stream("GET", CHANGES, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        async for line in lines:
            if line.startswith("id:"):
                break
        yield _events(lines)


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[StreamEvent]:
    fields: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "event" in fields:
            yield StreamEvent(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
            fields = {}


async def of(events: AsyncIterator[StreamEvent], ref: str, version: int) -> list[StreamEvent]:
    """The events of the case `ref`, up to its `version`."""
    seen = []
    async for event in events:
        if event.data.get("ref") == ref:
            seen.append(event)
            if event.data["version"] >= version:
                return seen
    raise AssertionError("the stream ended")


async def test_a_follower_hears_of_each_change_as_it_happens(staff: StaffClient) -> None:
    ref = await staff.open_case()
    async with follow_changes(staff) as events:
        recorded = (await staff.record(ref, "request_screened", data={"answer": "proceed"})).json()
        heard = await of(events, ref, recorded["version"])
    last = heard[-1].data
    assert (last["event"], last["step"], last["area"]) == ("request_screened", "tracing", AREA)


async def test_a_broken_stream_goes_on_where_it_broke_off(staff: StaffClient) -> None:
    ref = await staff.open_case()
    async with follow_changes(staff) as events:
        first = (await staff.record(ref, "progress_recorded")).json()["version"]
        last = (await of(events, ref, first))[-1]
    noted = [await staff.record(ref, "note_added", note="She rang.") for _ in range(3)]
    missed = noted[-1].json()["version"]
    async with follow_changes(staff, last=last.id) as events:
        later = asyncio.create_task(staff.record(ref, "resumed"))
        heard = await of(events, ref, missed)
        await later
    versions = [event.data["version"] for event in heard]
    assert versions == sorted(set(versions))
    assert versions[0] > last.data["version"]
    assert versions[-1] == missed
    assert len({event.id for event in heard}) == len(heard)


async def test_of_changes_that_were_written_together_only_the_last_moves_the_place_on(staff: StaffClient) -> None:
    refs = ["RJ-2222-2222", "RJ-3333-3333", "RJ-4444-4444"]
    async with follow_changes(staff) as events:
        await staff.pool.execute(
            "insert into changes (ref, version, area, event, stage, step, at) "
            "select ref, 1, $2, 'progress_recorded', 'requested', 'screening', now() from unnest($1::text[]) as ref",
            refs,
            AREA,
        )
        heard = [await anext(events) for _ in refs]
    assert [event.data["ref"] for event in heard] == refs
    assert [bool(event.id) for event in heard] == [False, False, True]


async def test_nobody_hears_of_areas_that_are_not_theirs(staff: StaffClient) -> None:
    local = person("l.amari", StaffRole.CASEWORKER, areas=(AREA,))
    staff.tokens.people[local.id] = local
    there, here = await staff.open_case(ELSEWHERE), await staff.open_case()
    async with follow_changes(staff, local) as events:
        await staff.record(there, "progress_recorded")
        version = (await staff.record(here, "progress_recorded")).json()["version"]
        areas = set()
        async for event in events:
            areas.add(event.data["area"])
            if event.data["ref"] == here and event.data["version"] >= version:
                break
    assert areas == {AREA}


async def test_a_follower_who_is_too_far_behind_has_to_start_again(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "progress_recorded")
    await prune_changes(staff.pool, 0.0)
    async with follow_changes(staff, last="1") as events:
        first = await anext(events)
    assert (first.event, int(first.id) > 1) == ("reset", True)


async def test_many_may_follow_and_come_and_go(staff: StaffClient) -> None:
    ref = await staff.open_case()

    async def hears(version: int) -> int:
        async with follow_changes(staff) as events:
            ready.release()
            return int((await of(events, ref, version))[-1].data["version"])

    ready = asyncio.Semaphore(0)
    version = (await staff.get(f"/api/v1/cases/{ref}")).json()["version"] + 1
    followers = [asyncio.create_task(hears(version)) for _ in range(5)]
    for _ in followers:
        await ready.acquire()
    await staff.record(ref, "progress_recorded")
    assert set(await asyncio.gather(*followers)) == {version}


async def test_a_place_that_is_none_is_refused_before_the_stream_begins(staff: StaffClient) -> None:
    async with httpx.AsyncClient(base_url=staff.http.base_url) as http:
        answer = await http.get(CHANGES, headers={**shows(CASEWORKER), "last-event-id": "x"})
    problem(answer, Code.BAD_REQUEST)
    for who in (ADMIN, NOBODY):
        problem(await staff.get(CHANGES, who), Code.WRONG_ROLE)
