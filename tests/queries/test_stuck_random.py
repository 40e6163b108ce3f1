"""The list of what is stuck, compared with one worked out by hand: any cases, stuck in any ways, paged in any way."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from domain.vocabulary import CaseRef
from ports.case_file import WaitSnapshot
from ports.inbox import InboxMessage
from queries.stuck import StuckQueries
from queries.stuck_kinds import OWNER_OF_REFUSED, StuckKind
from queries.stuck_ranking import StuckFilter
from tests.adapters.batches import SCREENING, START, create_batch

pytestmark = pytest.mark.postgres

AREAS = ("eastshire", "westhaven", "northmarsh")
TODAY = date(2026, 4, 2)
FIRST_TRY = datetime(2026, 3, 10, tzinfo=UTC)
TRACE = WaitSnapshot("trace:vlo", "vlo", START, date(2026, 3, 16))
KEYS = {
    StuckKind.CONCERN: "concern:1",
    StuckKind.UNTOLD_CANCELLATION: "tell:2",
    StuckKind.UNTOLD_NEWS: "tell:3",
    StuckKind.TRANSFER: "transfer:westhaven",
    StuckKind.RISK_EXPIRING: "risk",
}
"""The wait of each kind that is a wait."""
BEGINS_AT_ONCE = (
    StuckKind.AGENCY_UNREACHABLE,
    StuckKind.UNDELIVERED,
    StuckKind.WORKFLOW_FAILING,
    StuckKind.STATE_MISMATCH,
)


@dataclass(frozen=True, slots=True)
class StuckSample:
    """A case that was made, and since when it is stuck for which reasons."""

    ref: CaseRef
    area: str
    assigned_to: str
    kinds: dict[StuckKind, datetime]


async def _make(pool: asyncpg.Pool, number: int, chance: random.Random) -> StuckSample:
    ref, area = CaseRef(f"RJ-2222-{2222 + number}"), chance.choice(AREAS)
    kinds = {kind: FIRST_TRY + timedelta(hours=chance.randrange(9)) for kind in StuckKind if chance.random() < 0.3}
    if StuckKind.OVERDUE in kinds:
        kinds[StuckKind.OVERDUE] = datetime(2026, 3, chance.randrange(17, 22), tzinfo=UTC)
    if StuckKind.UNASSIGNED in kinds:
        kinds[StuckKind.UNASSIGNED] = START + timedelta(days=1)
    if StuckKind.UNTOLD_CANCELLATION in kinds:
        # All that is to be told is told at once.
        kinds.pop(StuckKind.UNTOLD_NEWS, None)
    if StuckKind.LONG_STANDING in kinds:
        kinds[StuckKind.LONG_STANDING] = datetime(2025, 9, chance.randrange(1, 9), tzinfo=UTC)
    assigned_to = chance.choice(("", "gone")) if StuckKind.UNASSIGNED in kinds else "cw-1"
    made = StuckSample(ref, area, assigned_to, kinds)
    request = {"event": "request_received", "data": {"area": area}}
    await PostgresInbox(pool).accept_request(InboxMessage("import:a", ref, ref, request, bytes(32)), {}, None)
    # The ask may fail before the page that says that its case is overdue, or after it.
    if chance.random() < 0.5:
        await _write(pool, made)
        await _break(pool, made)
    else:
        await _break(pool, made)
        await _write(pool, made)
    await _refuse(pool, made)
    return made


async def _write(pool: asyncpg.Pool, made: StuckSample) -> None:
    late, long_since = made.kinds.get(StuckKind.OVERDUE), made.kinds.get(StuckKind.LONG_STANDING)
    is_long_overdue = long_since is not None and int(made.ref[-1]) % 2 == 0
    waits = [
        *(
            WaitSnapshot(key, "supervisor", made.kinds[kind], TRACE.due_on, chases=1)
            for kind, key in KEYS.items()
            if kind in made.kinds
        ),
        WaitSnapshot(
            SCREENING.key,
            SCREENING.waiting_on,
            long_since if long_since and is_long_overdue else START,
            SCREENING.due_on,
            overdue_since=late.date() if late else None,
        ),
    ]
    if long_since and not is_long_overdue:
        waits.append(WaitSnapshot("hold", "caseworker", long_since, TODAY))
    if StuckKind.AGENCY_UNREACHABLE in made.kinds:
        waits.append(TRACE)
    await PostgresCaseFile(pool).write(
        create_batch(
            1,
            ref=made.ref,
            area=made.area,
            assigned_to=made.assigned_to,
            waits=tuple(waits),
            state={"news": {"day": "2026-03-12"}} if StuckKind.UNTOLD_CANCELLATION in made.kinds else {},
        )
    )


async def _refuse(pool: asyncpg.Pool, made: StuckSample) -> None:
    """Store refused messages: they belong to a case that is written."""
    for kind, owner in OWNER_OF_REFUSED.items():
        if kind in made.kinds:
            await pool.execute(
                "with message as (insert into inbox (source, message_id, ref, kind, record, digest, outcome, reason, "
                "resolved_at) values ('agency:x', $1 || $2, $1, 'event', '{}', sha256(''), 'refused', "
                "'not_allowed_now', now()) returning id, ref) "
                "insert into refused_messages (inbox, ref, event, code, detail, waiting_on, due_on, stored_at) "
                "select id, ref, 'withdrawn', 'not_allowed_now', '', $2, '2026-03-03', $3 from message",
                *(made.ref, owner, made.kinds[kind]),
            )


async def _break(pool: asyncpg.Pool, made: StuckSample) -> None:
    for kind, since in made.kinds.items():
        match kind:
            case StuckKind.AGENCY_UNREACHABLE:
                await pool.execute(
                    "insert into asks (key, ref, kind, area, agency, question, due_on, reminder, outcome, error, "
                    "attempts, failing_since) values ($1 || '.1.trace:vlo', $1, 'ask', $2, 'vlo', 'trace', $3, 0, "
                    "'failed', 'timeout', 1, $4)",
                    *(made.ref, made.area, TRACE.due_on, since),
                )
            case StuckKind.UNDELIVERED:
                await pool.execute(
                    "insert into inbox "
                    "(source, message_id, ref, kind, record, digest, dead_letter_reason, received_at) "
                    "values ('agency:x', $1, $1, 'event', '{}', sha256(''), 'unsendable', $2)",
                    *(made.ref, since),
                )
            case StuckKind.WORKFLOW_FAILING | StuckKind.STATE_MISMATCH:
                await pool.execute(
                    "insert into findings (ref, kind, area, detail, since) "
                    "values ($1, $2, $3, 'sequence_conflict', $4)",
                    *(made.ref, kind, made.area, since),
                )


def _by_hand(made: list[StuckSample], areas: tuple[str, ...] | None, kinds: tuple[StuckKind, ...]) -> list[CaseRef]:
    """Each case once, by the most harmful of the kinds that are wanted, then the longest, then its reference."""
    order = list(StuckKind)
    stuck_for = [
        (min((kind for kind in made_case.kinds if kind in kinds), key=order.index), made_case)
        for made_case in made
        if (areas is None or made_case.area in areas) and any(kind in kinds for kind in made_case.kinds)
    ]
    stuck_for.sort(key=lambda of: (order.index(of[0]), of[1].kinds[of[0]], of[1].ref))
    return [made_case.ref for _, made_case in stuck_for]


@pytest.mark.parametrize("seed", range(2))
async def test_the_list_is_the_expected_one_however_it_is_divided(pool: asyncpg.Pool, seed: int) -> None:
    chance = random.Random(seed)
    await pool.execute("insert into staff (id, roles) values ('cw-1', '{caseworker}')")
    await pool.execute("insert into caseloads select 'gone', unnest($1::text[]), 1, 0, 0", AREAS)
    made = [await _make(pool, number, chance) for number in range(60)]

    wanted: list[tuple[StuckKind, ...]] = [tuple(StuckKind), BEGINS_AT_ONCE, *((kind,) for kind in StuckKind)]
    for areas, kinds in product((None, AREAS[:1], AREAS[:2]), wanted):
        listed: list[CaseRef] = []
        cursor, has_more = None, True
        while has_more:
            filters, limit = StuckFilter(areas, kinds), chance.randint(1, 20)
            part = await StuckQueries(pool).list_stuck_cases(TODAY, filters, limit, cursor)
            listed += [case.ref for case in part.cases]
            cursor, has_more = part.next_cursor, part.next_cursor is not None
        assert listed == _by_hand(made, areas, kinds), (areas, kinds)
