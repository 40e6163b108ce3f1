"""Cases as they stand: one, or a list, the longest waiting first."""

from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from activities.ports import CaseNow, Wait
from domain.vocabulary import CaseRef

_CASE = """
select ref, version, area, stage, step, reason, received_at, on_hold, assigned_to, rules, policy, initiated_by,
    incident, responsible_agency, ended_on, aftercare_ends_on, victim_heard_on, state
from cases where ref = $1
"""

_WAITS = """
select key, waiting_on as on, since, due_on, chase_on, notice_on, chases, overdue_since
from waits where ref = $1 order by due_on, key
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list: `due_on` is the earliest of its waits, `overdue_since` that of those that ran out."""

    ref: CaseRef
    area: str
    stage: str
    step: str
    reason: str | None
    received_at: datetime
    on_hold: bool
    assigned_to: str
    ended_on: date | None
    waiting_on: tuple[str, ...]
    due_on: date | None
    overdue_since: date | None

    @property
    def is_overdue(self) -> bool:
        """Whether a wait of the case ran out."""
        return self.overdue_since is not None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which cases are wanted: those to which every filter that is set applies. `waiting_on` is a wait's owner."""

    area: str | None = None
    stage: str | None = None
    step: str | None = None
    waiting_on: str | None = None
    overdue: bool | None = None
    on_hold: bool | None = None
    assigned_to: str | None = None
    is_open: bool | None = None


# Nothing from outside becomes SQL, and PostgreSQL sees a statement with the wanted filters only, for which it can
# use an index.
_COMPARED = {
    "area": "area = {}",
    "stage": "stage = {}",
    "step": "step = {}",
    "waiting_on": "exists (select from waits where waits.ref = cases.ref and waits.waiting_on = {})",
    "assigned_to": "assigned_to = {}",
}
_TRUE_OR_NOT = {
    "overdue": "is_overdue",
    "on_hold": "on_hold",
    "is_open": "ended_on is null",
}

_LISTED = """
select ref, area, stage, step, reason, received_at, on_hold, assigned_to, ended_on, waiting_on, due_on, overdue_since
from cases {where} order by received_at, ref limit $1
"""


async def get_case(pool: asyncpg.Pool, ref: str) -> CaseNow | None:
    """The case `ref` with its waits, the soonest due first, and its whole state; None: there is none."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        row = await connection.fetchrow(_CASE, ref)
        waits = await connection.fetch(_WAITS, ref)
    if row is None:
        return None
    return CaseNow(**row, waits=tuple(Wait(**wait) for wait in waits))


async def list_cases(pool: asyncpg.Pool, filters: Filters, limit: int) -> tuple[Listed, ...]:
    """Up to `limit` cases to which `filters` apply, the one received first first."""
    compared = {name: getattr(filters, name) for name in _COMPARED if getattr(filters, name) is not None}
    conditions = [_COMPARED[name].format(f"${place}") for place, name in enumerate(compared, 2)]
    for name, condition in _TRUE_OR_NOT.items():
        wanted = getattr(filters, name)
        if wanted is not None:
            conditions.append(condition if wanted else f"not ({condition})")
    where = f"where {' and '.join(conditions)}" if conditions else ""
    rows = await pool.fetch(_LISTED.format(where=where), limit, *compared.values())
    return tuple(_listed(row) for row in rows)


def _listed(row: asyncpg.Record) -> Listed:
    return Listed(**{**row, "waiting_on": tuple(row["waiting_on"])})
