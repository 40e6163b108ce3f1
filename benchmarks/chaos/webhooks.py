"""Webhooks that are answered 202 while everything is stopped and killed: each ends once, and in its turn.

The seed is printed: with `CHAOS_SEED=<number>` all that is random here goes as it went then.
"""

import asyncio
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import asyncpg

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.requests.intake import store_request
from adapters.requests.rows import RequestRow, Victim
from benchmarks.case_checks import LostError
from benchmarks.chaos.trouble import AREA, PRISON, REHUB, VLO, Message, Senders, Stack, Trouble, message, stack
from devstack.services import ROOT
from devstack.stack import temporary_folder
from domain.case import Case
from domain.events import RequestReceived
from domain.intake import open_case
from domain.json_values import to_json_without_defaults
from domain.process import advance
from domain.references import new_ref
from domain.refusals import RecordRefused
from domain.vocabulary import AgeGroup, CaseRef, InitiatedBy, TakesPartAs
from ports.inbox import InboxMessage
from workflows.record_codec import read_record

CHAOS_SEED = "CHAOS_SEED"
SECONDS_TO_DRAIN = 180.0

REQUEST = RequestReceived(AREA, InitiatedBy.VICTIM, TakesPartAs.DIRECT_VICTIM, AgeGroup.ADULT, has_vlo=True)
VICTIM = Victim("Marta Quill", email="marta@example.org")
CASEWORKER = {"role": "caseworker", "id": "c.okafor"}
SCREENED = {"event": "request_screened", "data": {"answer": "proceed"}, "by": CASEWORKER}
FOUND = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
NO_OBJECTION = {"answer": "no_objection"}
PAROLE = {"kind": "parole", "on": "2031-05-01"}


@dataclass(frozen=True, slots=True)
class Size:
    """Ten messages for each of so many cases, each sent one to three times, by so many senders at once.

    A sender pauses for so many seconds on average: so that the sending lasts, and trouble has time to come.
    """

    cases: int = 200
    senders: int = 20
    pause: float = 0.3


async def chaos(size: Size | None = None) -> dict[str, Any]:
    """Run it; the result as it is printed. Raises LostError where anything is lost, applied twice or out of turn."""
    size, seed = size or Size(), int(os.environ.get(CHAOS_SEED) or random.SystemRandom().randrange(10**6))
    sys.stderr.write(f"\n{CHAOS_SEED}={seed}\n")
    with temporary_folder() as folder:
        async with stack(folder) as running:
            return {"name": "chaos", **await _chaos(running, size, seed), "seed": seed}


async def _chaos(running: Stack, size: Size, seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    refs = await _traced_cases(running, size.cases, chance)
    messages = [each for ref in refs for each in _ten_of(ref)]
    copies = [each for each in messages for _ in range(chance.randint(1, 3))]
    chance.shuffle(copies)
    trouble, senders = Trouble(running, random.Random(seed + 1)), Senders(running, random.Random(seed + 2))
    async with asyncio.TaskGroup() as group:
        group.create_task(trouble.go_on())
        await senders.send(copies, size.senders, size.pause)
        trouble.end()
    return {**await _checked(running, refs, messages), "sent": len(copies), "tries": senders.tries, **trouble.done}


async def _checked(running: Stack, refs: Sequence[CaseRef], messages: Sequence[Message]) -> dict[str, Any]:
    began = time.perf_counter()
    async with await open_pool(running.dsn) as pool:
        await _drained(pool)
        drained = time.perf_counter() - began
        ended = await _each_ended_once(pool, messages)
        followed = await _each_in_its_turn(pool, messages)
    _each_agency_was_asked_under_one_key(running, refs)
    _require(await _verified(running) == 0, "rj verify finds a fault")
    return {
        "value": sum(ended.values()) / len(messages),
        "unit": "of what was answered 202 ended once and in its turn",
        "floor": None,
        "ratio": None,
        "acknowledged": len(messages),
        **ended,
        "pairs_in_order": followed,
        "seconds_to_drain": round(drained, 1),
    }


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise LostError(what)


def _ten_of(ref: CaseRef) -> list[Message]:
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


async def _traced_cases(running: Stack, cases: int, chance: random.Random) -> list[CaseRef]:
    """Cases of which the victim liaison office has just been asked for a trace."""
    async with await open_pool(running.dsn) as pool:
        inbox, refs = PostgresInbox(pool), [new_ref(chance) for _ in range(cases)]
        for number, ref in enumerate(refs):
            await store_request(inbox, "import:chaos", RequestRow(str(number), REQUEST, VICTIM), chance, ref=ref)
            await inbox.accept(InboxMessage("staff:c.okafor", f"{ref}-screened", ref, SCREENED, bytes(32)))
        async with asyncio.timeout(SECONDS_TO_DRAIN):
            for ref in refs:
                await running.asked.reach(ref, 1)
        await _drained(pool)
    return refs


async def _drained(pool: asyncpg.Pool) -> None:
    """Wait until each message has ended."""
    try:
        async with asyncio.timeout(SECONDS_TO_DRAIN):
            while await pool.fetchval("select count(*) from inbox where outcome is null"):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    except TimeoutError:
        left = await pool.fetch(
            "select id, ref, attempts, error, dead_letter_reason, delivered_at from inbox where outcome is null limit 20"
        )
        raise LostError(f"without an end: {[dict(row) for row in left]}") from None


async def _each_ended_once(pool: asyncpg.Pool, messages: Sequence[Message]) -> dict[str, int]:
    """Each message was stored once; it is in the case file once where it was applied, and not where it was refused."""
    rows = await pool.fetch(
        "select id, source, message_id, outcome, reason, attempts from inbox where source like 'agency:%'"
    )
    stored = Counter((row["source"], row["message_id"]) for row in rows)
    _require(stored == Counter((f"agency:{each.agency}", each.id) for each in messages), "not each is stored, once")
    entries = Counter(row["inbox"] for row in await pool.fetch("select inbox from entries where inbox is not null"))
    refusals = Counter(row["inbox"] for row in await pool.fetch("select inbox from refusals where inbox is not null"))
    for row in rows:
        applied = row["outcome"] == "applied"
        kept = (entries[row["id"]], refusals[row["id"]])
        _require(kept == ((1, 0) if applied else (0, 1)), f"kept {kept} times: {dict(row)}")
    return dict(Counter(row["outcome"] for row in rows))


async def _each_in_its_turn(pool: asyncpg.Pool, messages: Sequence[Message]) -> int:
    """What was acknowledged before something else was sent came first, and each case is what follows from its order.

    How many pairs there were of which one was acknowledged before the other was sent.
    """
    turns = {row["message_id"]: row["id"] for row in await pool.fetch("select id, message_id from inbox")}
    of_case: dict[CaseRef, list[Message]] = defaultdict(list)
    for each in messages:
        of_case[each.ref].append(each)
    followed = 0
    for ref, said in of_case.items():
        for one, other in combinations(sorted(said, key=lambda each: each.sent_at), 2):
            if one.acknowledged_at < other.sent_at:
                followed += 1
                _require(turns[one.id] < turns[other.id], f"{other.id} came before {one.id}")
        await _is_what_follows(pool, ref)
    return followed


async def _is_what_follows(pool: asyncpg.Pool, ref: CaseRef) -> None:
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
        except RecordRefused as refusal:
            expected.append((row["id"], "refused", str(refusal.code)))
        else:
            expected.append((row["id"], "applied", None))
            entries.append((record.id, record.event.name, to_json_without_defaults(record.event)))
    ended = [(row["id"], row["outcome"], row["reason"]) for row in rows]
    _require(ended == expected, f"{ref}: {ended}, where the rules say {expected}")
    kept = await pool.fetch("select id, event, data from entries where ref = $1 order by version", ref)
    _require([(row["id"], row["event"], row["data"]) for row in kept] == entries, f"{ref} has other entries")


def _each_agency_was_asked_under_one_key(running: Stack, refs: Sequence[CaseRef]) -> None:
    """However often an ask was sent, agencies know by its key that it is the same one: no case asks anything twice."""
    for ref in refs:
        # A key is the case, the entry that brought the ask about, and what is waited for, on whom.
        asked = Counter(key.split(".", 2)[2] for key in running.asked.asked[ref])
        once = asked["trace:vlo"] == 1 and set(asked.values()) == {1}
        _require(once, f"asked under several keys: {running.asked.asked[ref]}")


async def _verified(running: Stack) -> int | None:
    """With what code `rj verify` ends, which checks every chain and asks Temporal about every case."""
    command = [sys.executable, str(ROOT / "starter.py"), "verify"]
    environment = {**os.environ, **running.settings}
    verify = await asyncio.create_subprocess_exec(*command, env=environment, stdout=sys.stderr)
    return await verify.wait()
