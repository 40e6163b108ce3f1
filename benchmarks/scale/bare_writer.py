"""The floor of `event_write`: the rows of a batch by one statement, into tables without further indexes."""

import json
from collections.abc import Sequence
from typing import Any

import asyncpg

from ports.case_file import CaseSnapshot, WaitSnapshot, WriteBatch
from ports.entry_chain import canonical

# No index but the keys, no chain, no condition.
BARE_TABLES = """
create table bare_cases as select * from cases with no data;
create table bare_entries as select * from entries with no data;
create table bare_waits as select * from waits with no data;
create table bare_wait_history as select * from wait_history with no data;
create table bare_stage_history as select * from stage_history with no data;
create table bare_changes as select * from changes with no data;
alter table bare_cases add primary key (ref);
alter table bare_entries add primary key (ref, version);
alter table bare_waits add primary key (ref, key);
alter table bare_wait_history add primary key (ref, version, key);
alter table bare_stage_history add primary key (ref, version, kind)
"""

DROP_BARE_TABLES = (
    "drop table bare_cases, bare_entries, bare_waits, bare_wait_history, bare_stage_history, bare_changes"
)


# One statement and one round trip, as for a batch of ours.
_BARE = """
with entered as (
    insert into bare_entries (ref, version, id, event, data, by, at, stage, step, reason, note, digest)
    select $1, version, id, event, data, by, at, stage, step, reason, note, sha256($3)
    from json_to_recordset($2::json) as entry (
        version bigint, id text, event text, data jsonb, by jsonb, at timestamptz, stage text, step text, reason text,
        note text
    )
),
awaited as (
    insert into bare_waits (ref, key, waiting_on, area, since, due_on, chases)
    select $1, key, waiting_on, area, since, due_on, chases
    from json_to_recordset($4::json) as wait (
        key text, waiting_on text, area text, since timestamptz, due_on date, chases integer
    )
    on conflict do nothing
),
passed as (
    insert into bare_wait_history (ref, version, key, waiting_on, area, since, due_on, chases, ended_at, ended_by)
    select $1, $5, key, waiting_on, area, since, due_on, chases, $9, ''
    from json_to_recordset($12::json) as wait (
        key text, waiting_on text, area text, since timestamptz, due_on date, chases integer
    )
),
left_steps as (
    insert into bare_stage_history (ref, version, kind, area, stage, step, since, until)
    select $1, $5, kind, $6, $7, $8, $9, $9 from unnest($13::text[]) as kind
),
changed as (
    insert into bare_changes (position, ref, version, area, event, stage, step, at)
    values (pg_current_xact_id()::text::bigint, $1, $5, $6, '', $7, $8, $9)
)
insert into bare_cases (ref, version, area, stage, step, received_at, assigned_to, state) values
($1, $5, $6, $7, $8, $9, $10, $11)
on conflict (ref) do update set version = excluded.version, stage = excluded.stage, step = excluded.step,
    state = excluded.state
"""


class BareWriter:
    """Inserts the rows of a batch in one statement; it remembers each case's last batch to know what has changed."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._before: dict[str, CaseSnapshot] = {}

    async def write(self, batch: WriteBatch) -> None:
        """Write a batch of one entry."""
        case, [entry] = batch.case, batch.entries
        assert case is not None, "a batch of a life has its case"
        before = self._before.get(batch.ref)
        self._before[batch.ref] = case
        names = ("version", "id", "event", "data", "by", "stage", "step", "reason")
        fields = {name: getattr(entry, name) for name in names}
        remaining = {wait.key for wait in case.waits}
        ended = [wait for wait in before.waits if wait.key not in remaining] if before else []
        await self._pool.execute(
            _BARE,
            batch.ref,
            json.dumps([{**fields, "at": entry.at.isoformat(), "note": entry.note}]),
            canonical(batch.ref, entry),
            json.dumps(_waits(case, case.waits)),
            case.version,
            case.area,
            case.stage,
            case.step,
            case.received_at,
            case.assigned_to,
            dict(case.state),
            json.dumps(_waits(case, ended)),
            [kind for kind in ("step", "stage") if before and getattr(before, kind) != getattr(case, kind)],
        )


def _waits(case: CaseSnapshot, waits: Sequence[WaitSnapshot]) -> list[dict[str, Any]]:
    return [
        {
            "key": wait.key,
            "waiting_on": wait.waiting_on,
            "area": case.area,
            "since": wait.since.isoformat(),
            "due_on": wait.due_on.isoformat(),
            "chases": wait.chases,
        }
        for wait in waits
    ]
