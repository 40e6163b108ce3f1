"""Webhooks that are answered 202 while everything is stopped and killed: each ends once, in the order of its case.

The seed is printed: with `CHAOS_SEED=<number>` the same random choices are made again.
"""

import asyncio
import os
import random
import time
from dataclasses import dataclass
from typing import Any

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.requests.intake import store_request
from adapters.requests.people import Victim
from adapters.requests.rows import RequestRow
from benchmarks.chaos.checks import (
    DRAIN_TIMEOUT,
    check_asks,
    check_case_file,
    check_order,
    check_outcomes,
    wait_until_drained,
)
from benchmarks.chaos.faults import FaultInjector
from benchmarks.chaos.senders import AgencyMessage, Senders, agency_message
from benchmarks.chaos.stack import AREA, PRISON, REHUB, VLO, ChaosStack, chaos_stack
from benchmarks.harness import Round, Side, compare, say
from devstack.stack import temporary_folder
from domain.events import RequestReceived
from domain.references import new_ref
from domain.vocabulary import AgeGroup, CaseRef, InitiatedBy, TakesPartAs
from ports.inbox import InboxMessage

CHAOS_SEED = "CHAOS_SEED"
REQUEST = RequestReceived(AREA, InitiatedBy.VICTIM, TakesPartAs.DIRECT_VICTIM, AgeGroup.ADULT, has_vlo=True)
VICTIM = Victim("Marta Quill", email="marta@example.org")
CASEWORKER = {"role": "caseworker", "id": "c.okafor"}
SCREENED = {"event": "request_screened", "data": {"answer": "proceed"}, "by": CASEWORKER}
FOUND = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
NO_OBJECTION = {"answer": "no_objection"}
PAROLE = {"kind": "parole", "on": "2031-05-01"}


@dataclass(frozen=True, slots=True)
class Size:
    """Ten messages for each of the `cases`, each sent one to three times, by all `senders` at once.

    A sender makes pauses of `pause` seconds on average, so that the sending lasts and faults have time to happen.
    """

    cases: int = 200
    senders: int = 20
    pause: float = 0.3


async def chaos(size: Size | None = None) -> dict[str, Any]:
    """Run it; the result as it is printed. Raises LostError where anything is lost, applied twice or out of order."""
    size, seed = size or Size(), int(os.environ.get(CHAOS_SEED) or random.SystemRandom().randrange(10**6))
    say(f"\n{CHAOS_SEED}={seed}")
    with temporary_folder() as folder:
        async with chaos_stack(folder) as stack:
            return {"name": "chaos", **await _run(stack, size, seed), "seed": seed}


async def _run(stack: ChaosStack, size: Size, seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    refs = await _traced_cases(stack, size.cases, chance)
    messages = [message for ref in refs for message in _messages_about(ref)]
    copies = [message for message in messages for _ in range(chance.randint(1, 3))]
    chance.shuffle(copies)
    faults, senders = FaultInjector(stack, random.Random(seed + 1)), Senders(stack, random.Random(seed + 2))
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        group.create_task(faults.run())
        await senders.send(copies, size.senders, size.pause)
        faults.end()
    sent = time.perf_counter()
    async with await open_pool(stack.dsn) as pool:
        await wait_until_drained(pool)
        drained = time.perf_counter()
        outcomes = await check_outcomes(pool, messages)
        pairs = await check_order(pool, stack.token_key, messages)
    check_asks(stack, refs)
    await check_case_file(stack)
    # How long it took from the first attempt until the 202, through all faults.
    latencies = tuple(message.acknowledged_at - message.sent_at for message in messages)

    async def get_round() -> Round:
        return Round(latencies, sent - began)

    side = Side(get_round)
    await side.measure()
    return compare(
        side,
        None,
        acknowledged=len(messages),
        **outcomes,
        pairs_in_order=pairs,
        seconds_to_drain=round(drained - sent, 1),
        sent=len(copies),
        attempts=senders.attempts,
        **faults.done,
    )


def _messages_about(ref: CaseRef) -> list[AgencyMessage]:
    """Ten messages of agencies. Which of them are refused, and why, depends on the order in which they arrive."""
    contents: list[tuple[str, str, dict[str, Any]]] = [
        *[(VLO, "progress_recorded", {})] * 3,
        (VLO, "trace_answered", FOUND),
        (VLO, "trace_answered", {"answer": "not_found"}),
        (VLO, "deadline_noted", PAROLE),
        (PRISON, "agency_check_answered", NO_OBJECTION),
        (PRISON, "progress_recorded", {}),
        (PRISON, "offender_approached", {}),
        (REHUB, "agency_check_answered", NO_OBJECTION),
    ]
    return [
        agency_message(agency, ref, f"{ref}-{number}", event, data)
        for number, (agency, event, data) in enumerate(contents)
    ]


async def _traced_cases(stack: ChaosStack, cases: int, chance: random.Random) -> list[CaseRef]:
    """Cases of which the victim liaison office has just been asked for a trace."""
    async with await open_pool(stack.dsn) as pool:
        inbox, refs = PostgresInbox(pool), [new_ref(chance) for _ in range(cases)]
        for number, ref in enumerate(refs):
            row = RequestRow(str(number), REQUEST, VICTIM)
            await store_request(inbox, stack.token_key, "import:chaos", row, chance, ref=ref)
            await inbox.accept(InboxMessage("staff:c.okafor", f"{ref}-screened", ref, SCREENED, bytes(32)))
        async with asyncio.timeout(DRAIN_TIMEOUT):
            for ref in refs:
                await stack.asked.wait_for(ref, 1)
        await wait_until_drained(pool)
    return refs
