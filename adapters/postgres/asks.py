"""What was sent to agencies, in PostgreSQL: each ask with each attempt."""

from typing import Any

import asyncpg

from domain.agency_updates import CaseUpdate
from domain.effects import CancelAsk, ToAgency
from domain.json_values import to_json_without_defaults
from domain.vocabulary import AgencyRef, CaseRef
from ports.agencies import FINAL_OUTCOMES, MAY_HAVE_ARRIVED, Agency, Attempt, PossibleRecipient

# Nothing leaves before this is stored. An ask that failed before counts as failed until the result of this attempt is
# known. Of an earlier attempt that has no result by now, the worker was stopped.
_START_ATTEMPT = """
with interrupted as (
    update ask_attempts set outcome = 'unknown' where key = $1 and outcome = 'sending'
),
ask as (
    insert into asks (
        key, ref, kind, area, agency, question, due_on, reminder, cancels, content, outcome, error, attempts
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'sending', '', 1)
    on conflict (key) do update set
        attempts = asks.attempts + 1,
        outcome = case when asks.failing_since is null then excluded.outcome else asks.outcome end,
        next_try_at = null
    where asks.outcome <> all($14)
    returning attempts
)
insert into ask_attempts (key, number, outcome, error, agency, channel, address)
select $1, attempts, 'sending', '', $11, $12, $13 from ask
returning number
"""

# Attempts are counted here, since Temporal's count restarts with each run. A final outcome stays, whatever an abandoned
# worker reports later. A check of a paused ask is no attempt.
_RECORD_ATTEMPT = """
with ask as (
    insert into asks (
        key, ref, kind, area, agency, question, due_on, reminder, cancels, content, outcome, error, attempts,
        failing_since, next_try_at
    )
    values (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text, $12, 1,
        case when $11 in ('failed', 'refused', 'no_agency') then now() end, $16
    )
    on conflict (key) do update set
        attempts = asks.attempts
            + ($18::integer is null and not (asks.outcome = 'paused' and excluded.outcome = 'paused'))::integer,
        outcome = case when asks.outcome = any($17) then asks.outcome else excluded.outcome end,
        error = case when asks.outcome = any($17) then asks.error else excluded.error end,
        next_try_at = case when asks.outcome = any($17) then null else excluded.next_try_at end,
        failing_since = case
            when asks.outcome <> all($17) and excluded.failing_since is not null
            then coalesce(asks.failing_since, excluded.failing_since)
        end
    returning attempts
)
insert into ask_attempts (key, number, outcome, error, agency, channel, address)
select $1, coalesce($18, attempts), $11, $12, $13, $14, $15 from ask
on conflict (key, number) do update set outcome = excluded.outcome, error = excluded.error, at = excluded.at
    where ask_attempts.outcome in ('sending', 'unknown')
"""

_FIND_RECIPIENT = """
select ask_attempts.agency
from ask_attempts join asks using (key)
where asks.ref = $1 and (key = $2 or starts_with(key, $2 || '.reminder-'))
    and ask_attempts.outcome in ('delivered', 'manual') and ask_attempts.agency <> ''
order by at desc
limit 1
"""

_FIND_POSSIBLE_RECIPIENT = """
with tried as (
    select ask_attempts.outcome, ask_attempts.error, ask_attempts.agency, at
    from ask_attempts join asks using (key)
    where asks.ref = $1 and (key = $2 or starts_with(key, $2 || '.reminder-'))
)
select exists (select from tried) as was_attempted,
    (
        select agency from tried
        where outcome in ('sending', 'unknown') or outcome = 'failed' and error = any($3)
        order by at desc limit 1
    ) as agency
"""

_FIND_LAST_RECIPIENT = """
select ask_attempts.agency
from ask_attempts join asks using (key)
where asks.ref = $1 and asks.agency = $2 and asks.question is not null
    and ask_attempts.outcome in ('delivered', 'manual') and ask_attempts.agency <> '' and channel <> 'hmpps'
order by at desc
limit 1
"""

_HAS_SPOKEN = "select exists (select from entries where ref = $1 and by ->> 'on_behalf_of' = $2)"

_COUNT_FAILURES = """
select count(*) from (select from ask_attempts where key = $1 and outcome = 'failed' limit $2) as failed
"""

_CLOSE_INTERRUPTED = """
with interrupted as (
    update ask_attempts set outcome = 'unknown'
    where outcome = 'sending' and at < now() - $1::double precision * interval '1 second'
    returning key, number
)
update asks set outcome = 'unknown' from interrupted
where asks.key = interrupted.key and asks.attempts = interrupted.number and asks.outcome = 'sending'
"""

MAX_COUNTED_FAILURES = 30
"""More failures make no longer pause."""


class PostgresAsks:
    """Implements `ports.agencies.Asks`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def start_attempt(self, effect: ToAgency, agency: Agency) -> int | None:
        """Record that an attempt starts, and return its number; see the port."""
        values = (*_columns(effect), agency.id, agency.channel, agency.address, [*FINAL_OUTCOMES])
        number: int | None = await self._pool.fetchval(_START_ATTEMPT, *values)
        return number

    async def record_attempt(self, effect: ToAgency, attempt: Attempt, number: int | None = None) -> None:
        """Record an attempt; see the port."""
        columns = (attempt.outcome, attempt.error, attempt.agency, attempt.channel, attempt.address)
        values = (*_columns(effect), *columns, attempt.next_try_at, [*FINAL_OUTCOMES], number)
        await self._pool.execute(_RECORD_ATTEMPT, *values)

    async def is_done(self, key: str) -> bool:
        """Whether an attempt under `key` ended as one of `FINAL_OUTCOMES`."""
        is_done = "select exists (select from asks where key = $1 and outcome = any($2))"
        return bool(await self._pool.fetchval(is_done, key, [*FINAL_OUTCOMES]))

    async def count_failures(self, key: str) -> int:
        """Return how many attempts under `key` failed; see the port."""
        return int(await self._pool.fetchval(_COUNT_FAILURES, key, MAX_COUNTED_FAILURES))

    async def find_recipient(self, ref: CaseRef, ask: str) -> str | None:
        """Return the agency that received an ask; see the port."""
        agency: str | None = await self._pool.fetchval(_FIND_RECIPIENT, ref, ask)
        return agency

    async def find_last_recipient(self, ref: CaseRef, agency: AgencyRef) -> str | None:
        """Return who last received an ask for `agency`; see the port."""
        id: str | None = await self._pool.fetchval(_FIND_LAST_RECIPIENT, ref, agency)
        return id

    async def has_spoken(self, ref: CaseRef, agency: AgencyRef) -> bool:
        """Return whether staff recorded what `agency` said; see the port."""
        return bool(await self._pool.fetchval(_HAS_SPOKEN, ref, agency))

    async def find_possible_recipient(self, ref: CaseRef, ask: str) -> PossibleRecipient:
        """Return what is known of an ask that no agency is known to have; see the port."""
        row = await self._pool.fetchrow(_FIND_POSSIBLE_RECIPIENT, ref, ask, [*MAY_HAVE_ARRIVED])
        assert row is not None, "the select has one row"
        return PossibleRecipient(**row)


async def mark_update_told(pool: asyncpg.Pool, key: str, by: str) -> bool:
    """Record who told an agency an update or a cancellation in person, the first who did; return whether there is one.

    What is still being sent may be told too: it is sent all the same.
    """
    statement = """
    update asks set told_at = coalesce(told_at, now()), told_by = coalesce(told_by, $2)
    where key = $1 and kind in ('case_update', 'ask_cancelled')
        and outcome in ('manual', 'refused', 'no_agency', 'failed', 'paused')
    returning true
    """
    return bool(await pool.fetchval(statement, key, by))


async def close_interrupted_attempts(pool: asyncpg.Pool, seconds: float) -> None:
    """End the attempts that started more than `seconds` ago: their worker was stopped."""
    await pool.execute(_CLOSE_INTERRUPTED, seconds)


def _columns(effect: ToAgency) -> tuple[Any, ...]:
    common = (effect.area, effect.agency)
    match effect:
        case CancelAsk():
            return (effect.key, effect.ref, "ask_cancelled", *common, None, None, 0, effect.ask, None)
        case CaseUpdate():
            content = to_json_without_defaults(effect)
            return (effect.key, effect.ref, "case_update", *common, None, None, 0, None, content)
        case _:
            kind = "reminder" if effect.reminder else "ask"
            return (effect.key, effect.ref, kind, *common, effect.question, effect.due_on, effect.reminder, None, None)
