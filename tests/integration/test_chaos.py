"""A webhook that was answered 202 ends as applied or refused, once and in its turn, whatever is killed meanwhile.

The seed is printed; CHAOS_SEED=<number> gives it.
"""

import asyncio
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from itertools import combinations
from typing import Any

import asyncpg
import pytest

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.requests.intake import take_in
from adapters.requests.rows import Row, Victim
from domain.case import Case
from domain.events import RequestReceived
from domain.plain import stated
from domain.process import advance
from domain.references import new_ref
from domain.refusals import IllegalTransition
from domain.requesting import open_case
from domain.vocabulary import AgeGroup, CaseRef, InitiatedBy, TakesPartAs
from local.parts import ROOT
from local.stack import passing_folder
from tests.integration.chaos import AREA, PRISON, REHUB, VLO, Message, Senders, Stack, Trouble, message, stack
from workflows.messages import read_record

CASES, SENDERS = 200, 20
PAUSE = 0.3
"""Seconds that a sender pauses for, on average: so the sending lasts about a minute, and trouble has time to come."""
SECONDS_TO_DRAIN = 180.0

REQUEST = RequestReceived(AREA, InitiatedBy.VICTIM, TakesPartAs.DIRECT_VICTIM, AgeGroup.ADULT, has_vlo=True)
VICTIM = Victim("Marta Quill", email="marta@example.org")
CASEWORKER = {"role": "caseworker", "id": "c.okafor"}
SCREENED = {"event": "request_screened", "data": {"answer": "proceed"}, "by": CASEWORKER}
FOUND = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
NO_OBJECTION = {"answer": "no_objection"}
PAROLE = {"kind": "parole", "on": "2031-05-01"}


def ten_of(ref: CaseRef) -> list[Message]:
    """What agencies say of a case. Which of it is refused, and why, depends on the order in which it arrives."""
    said: list[tuple[str, str, dict[str, Any]]] = [
        *[(VLO, "progress_recorded", {})] * 3,
        (VLO, "trace_answered", FOUND),
        (VLO, "trace_answered", {"answer": "not_found"}),
        (VLO, "deadline_noted", PAROLE),
        (PRISON, "agency_check_answered", NO_OBJECTION),
        (PRISON, "progress_recorded", {}),
        (PRISON, "offender_approached", {}),
        (REHUB, "agency_check_answered", NO_OBJECTION),
    ]
    return [message(agency, ref, f"{ref}-{n}", event, data) for n, (agency, event, data) in enumerate(said)]


@pytest.fixture
def seed(capsys: pytest.CaptureFixture[str]) -> int:
    """By what everything random goes; it is always printed."""
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    with capsys.disabled():
        sys.stdout.write(f"\nCHAOS_SEED={seed}\n")
    return seed


@pytest.fixture
async def running() -> AsyncIterator[Stack]:
    with passing_folder() as folder:
        async with stack(folder) as running:
            yield running


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_every_acknowledged_webhook_ends_once_and_in_its_turn(
    running: Stack, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(seed)
    refs = await traced_cases(running, chance)
    messages = [each for ref in refs for each in ten_of(ref)]
    copies = [each for each in messages for _ in range(chance.randint(1, 3))]
    chance.shuffle(copies)

    trouble, senders = Trouble(running, random.Random(seed + 1)), Senders(running, random.Random(seed + 2))
    making = asyncio.create_task(trouble.go_on())
    await senders.send(copies, SENDERS, PAUSE)
    trouble.end()
    await making
    with capsys.disabled():
        sys.stdout.write(f"{len(copies)} sent in {senders.tries} tries; {dict(trouble.done)}\n")

    assert len(trouble.done) == 4, "every kind of trouble came"
    async with await open_pool(running.dsn) as pool:
        await drained(pool)
        await each_ended_once(pool, messages)
        await each_in_its_turn(pool, messages)
    each_agency_was_asked_under_one_key(running, refs)
    assert await verified(running) == (0, f"chains checked, {CASES} compared with Temporal: nothing found\n")


async def traced_cases(running: Stack, chance: random.Random) -> list[CaseRef]:
    """Cases of which the victim liaison office has just been asked for a trace."""
    async with await open_pool(running.dsn) as pool:
        inbox, refs = PostgresInbox(pool), [new_ref(chance) for _ in range(CASES)]
        for number, ref in enumerate(refs):
            await take_in(inbox, "import:chaos", Row(str(number), REQUEST, VICTIM), chance, ref=ref)
            await inbox.accept_event("staff:c.okafor", f"{ref}-screened", ref, SCREENED, "", bytes(32))
        async with asyncio.timeout(SECONDS_TO_DRAIN):
            for ref in refs:
                await running.asked.reach(ref, 1)
        await drained(pool)
    return refs


async def drained(pool: asyncpg.Pool) -> None:
    """Wait until each message has ended."""
    try:
        async with asyncio.timeout(SECONDS_TO_DRAIN):
            while await pool.fetchval("select count(*) from inbox where outcome is null"):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    except TimeoutError:
        left = await pool.fetch(
            "select id, ref, attempts, error, parked_reason, delivered_at from inbox where outcome is null limit 20"
        )
        pytest.fail(f"without an end: {[dict(row) for row in left]}")


async def each_ended_once(pool: asyncpg.Pool, messages: Sequence[Message]) -> None:
    """Each message was stored once; it is in the case file once where it was applied, and not where it was refused."""
    rows = await pool.fetch(
        "select id, source, message_id, outcome, reason, attempts from inbox where source like 'agency:%'"
    )
    assert Counter((row["source"], row["message_id"]) for row in rows) == Counter(
        (f"agency:{each.agency}", each.id) for each in messages
    )
    entries = Counter(row["inbox"] for row in await pool.fetch("select inbox from entries where inbox is not null"))
    refusals = Counter(row["inbox"] for row in await pool.fetch("select inbox from refusals where inbox is not null"))
    for row in rows:
        applied = row["outcome"] == "applied"
        assert (entries[row["id"]], refusals[row["id"]]) == ((1, 0) if applied else (0, 1)), dict(row)


async def each_in_its_turn(pool: asyncpg.Pool, messages: Sequence[Message]) -> None:
    """What was acknowledged before something else was sent came first, and each case is what follows from its order."""
    turns = {row["message_id"]: row["id"] for row in await pool.fetch("select id, message_id from inbox")}
    of_case: dict[CaseRef, list[Message]] = defaultdict(list)
    for each in messages:
        of_case[each.ref].append(each)
    followed = 0
    for ref, said in of_case.items():
        for one, other in combinations(sorted(said, key=lambda each: each.sent_at), 2):
            if one.acknowledged_at < other.sent_at:
                followed += 1
                assert turns[one.id] < turns[other.id], (one.id, other.id)
        await is_what_follows(pool, ref)
    assert followed > len(messages), "hardly any message was sent after another was acknowledged"


async def is_what_follows(pool: asyncpg.Pool, ref: CaseRef) -> None:
    """The case file says of each message what the rules say of it in the order of the inbox, and nothing else."""
    rows = await pool.fetch("select * from inbox where ref = $1 order by id", ref)
    expected: list[tuple[int, str, str | None]] = []
    entries = []
    case: Case | None = None
    for row in rows:
        record = read_record({**row["body"], "id": f"{row['source']}/{row['message_id']}", "inbox": row["id"]})
        try:
            at = row["received_at"]
            case = open_case(ref, record, at) if case is None else advance(case, record, at)
        except IllegalTransition as refusal:
            expected.append((row["id"], "refused", str(refusal.code)))
        else:
            expected.append((row["id"], "applied", None))
            entries.append((record.id, record.event.name, stated(record.event)))
    assert [(row["id"], row["outcome"], row["reason"]) for row in rows] == expected
    kept = await pool.fetch("select id, event, data from entries where ref = $1 order by seq", ref)
    assert [(row["id"], row["event"], row["data"]) for row in kept] == entries


def each_agency_was_asked_under_one_key(running: Stack, refs: Sequence[CaseRef]) -> None:
    """However often an ask was sent, agencies know by its key that it is the same one: no case asks anything twice."""
    for ref in refs:
        # A key is the case, the entry that brought the ask about, and what is waited for, on whom.
        asked = Counter(key.split(".", 2)[2] for key in running.asked.asked[ref])
        assert asked["trace:vlo"] == 1
        assert set(asked.values()) == {1}, running.asked.asked[ref]


async def verified(running: Stack) -> tuple[int | None, str]:
    """What `rj verify` says, after its exit code."""
    command = [sys.executable, str(ROOT / "starter.py"), "verify"]
    environment = {**os.environ, **running.settings}
    verify = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    printed, _ = await verify.communicate()
    return verify.returncode, printed.decode()
