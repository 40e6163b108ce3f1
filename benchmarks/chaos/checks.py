"""What must hold after the chaos: each webhook that was answered 202 ended once, in the order of its case."""

import asyncio
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

import asyncpg

from benchmarks.case_checks import LostError
from benchmarks.chaos.senders import AgencyMessage
from benchmarks.chaos.stack import ChaosStack
from devstack.services import ROOT
from domain.case import Case
from domain.intake import open_case
from domain.json_values import to_json_without_defaults
from domain.process import advance
from domain.refusals import RecordRefused
from domain.vocabulary import CaseRef
from ports.token_key import TokenKey
from workflows.record_codec import read_record

DRAIN_TIMEOUT = 300.0


def require(holds: bool, what: str) -> None:
    """Raise LostError unless it holds."""
    if not holds:
        raise LostError(what)


async def wait_until_drained(pool: asyncpg.Pool) -> None:
    """Wait until each message has ended. Raises LostError."""
    try:
        async with asyncio.timeout(DRAIN_TIMEOUT):
            while await pool.fetchval("select count(*) from inbox where outcome is null"):  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    except TimeoutError:
        columns = "id, ref, attempts, error, dead_letter_reason, delivered_at"
        left = await pool.fetch(f"select {columns} from inbox where outcome is null limit 20")  # noqa: S608
        raise LostError(f"without an end: {[dict(row) for row in left]}") from None


async def check_outcomes(pool: asyncpg.Pool, messages: Sequence[AgencyMessage]) -> dict[str, int]:
    """How many were applied and refused: each message is stored once, and in the case file once as one of both."""
    rows = await pool.fetch(
        "select id, source, message_id, outcome, reason, attempts from inbox where source like 'agency:%'"
    )
    stored = Counter((row["source"], row["message_id"]) for row in rows)
    sent = Counter((f"agency:{message.agency}", message.id) for message in messages)
    require(stored == sent, "not each message is stored once")
    entries = Counter(row["inbox"] for row in await pool.fetch("select inbox from entries where inbox is not null"))
    refusals = Counter(row["inbox"] for row in await pool.fetch("select inbox from refusals where inbox is not null"))
    for row in rows:
        found = (entries[row["id"]], refusals[row["id"]])
        expected = (1, 0) if row["outcome"] == "applied" else (0, 1)
        require(found == expected, f"found {found} times: {dict(row)}")
    return dict(Counter(row["outcome"] for row in rows))


async def check_order(pool: asyncpg.Pool, key: TokenKey, messages: Sequence[AgencyMessage]) -> int:
    """What was acknowledged before something else was sent came first, and each case follows from its order.

    How many pairs there were of which one was acknowledged before the other was sent.
    """
    positions = {row["message_id"]: row["id"] for row in await pool.fetch("select id, message_id from inbox")}
    by_case: dict[CaseRef, list[AgencyMessage]] = defaultdict(list)
    for message in messages:
        by_case[message.ref].append(message)
    pairs = 0
    for ref, of_case in by_case.items():
        for one, other in combinations(sorted(of_case, key=lambda message: message.sent_at), 2):
            if one.acknowledged_at < other.sent_at:
                pairs += 1
                require(positions[one.id] < positions[other.id], f"{other.id} came before {one.id}")
        await _check_case(pool, key, ref)
    return pairs


async def _check_case(pool: asyncpg.Pool, key: TokenKey, ref: CaseRef) -> None:
    """The case file has of each message what the rules make of it in the order of the inbox, and nothing else."""
    rows = await pool.fetch("select * from inbox where ref = $1 order by id", ref)
    expected: list[tuple[int, str, str | None]] = []
    entries = []
    case: Case | None = None
    for row in rows:
        token = key.make_message_token(row["source"], row["message_id"])
        record = read_record({**row["record"], "id": f"{row['source']}/{token}", "inbox": row["id"]})
        try:
            at = row["received_at"]
            case = open_case(ref, record, at) if case is None else advance(case, record, at)
        except RecordRefused as refusal:
            expected.append((row["id"], "refused", str(refusal.code)))
        else:
            expected.append((row["id"], "applied", None))
            entries.append((record.id, record.event.name, to_json_without_defaults(record.event)))
    ended = [(row["id"], row["outcome"], row["reason"]) for row in rows]
    require(ended == expected, f"{ref}: {ended}, where the rules say {expected}")
    stored = await pool.fetch("select id, event, data from entries where ref = $1 order by version", ref)
    require([(row["id"], row["event"], row["data"]) for row in stored] == entries, f"{ref} has other entries")


def check_asks(stack: ChaosStack, refs: Sequence[CaseRef]) -> None:
    """However often an ask was sent, its key tells agencies that it is the same one: no case asks anything twice."""
    for ref in refs:
        # A key is the case, the entry that caused the ask, and what is waited for, on which agency.
        # An update has a key for each entry and agency, `<ref>.<version>.update.<agency>`, and asks nothing.
        keys = (key.split(".", 2)[2] for key in stack.asked.asked[ref])
        asked = Counter(key for key in keys if not key.startswith("update."))
        is_once = asked["trace:vlo"] == 1 and set(asked.values()) == {1}
        require(is_once, f"asked under several keys: {stack.asked.asked[ref]}")


async def check_case_file(stack: ChaosStack) -> None:
    """`rj verify` finds no fault: it checks every chain, and asks Temporal about every case."""
    command = [sys.executable, str(ROOT / "starter.py"), "verify"]
    verify = await asyncio.create_subprocess_exec(*command, env={**os.environ, **stack.settings}, stdout=sys.stderr)
    require(await verify.wait() == 0, "rj verify finds a fault")
