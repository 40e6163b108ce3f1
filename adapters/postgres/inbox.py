"""The inbox in PostgreSQL: what was received is stored before it is acknowledged, and ends with an outcome."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic import TypeAdapter

from adapters.postgres.text import make_storable, to_storable_json
from domain.case import Case
from domain.refused_messages import FollowUp
from domain.vocabulary import CaseRef
from ports.inbox import AcceptedMessage, InboxMessage, MessageStatus

UNEXPECTED_ERROR = "unexpected_error"

_CASE: TypeAdapter[Case] = TypeAdapter(Case)

CaseStatus = Literal["open", "closed", "unknown"]


@dataclass(frozen=True, slots=True)
class LeasedMessage:
    """A message to deliver to its case: `kind` is `request` or `event`, `record` is what the workflow reads but its id.

    `attempts` includes this one; `unexpected_errors` are those of the last attempts in a row.
    """

    id: int
    source: str
    message_id: str
    ref: CaseRef
    kind: str
    record: dict[str, Any]
    attempts: int
    unexpected_errors: int


class RefTaken(Exception):
    """Another case has the reference that a new request was to get: try another one."""


# The lock orders the ids of one case's messages, so that a lower id never becomes visible after a higher one. Locks are
# taken in the same order everywhere, against deadlocks.
_ACCEPT = """
with incoming as (
    select *
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[]) with ordinality
        as message (source, message_id, ref, record, note, digest, text, position)
),
locked as materialized (
    select pg_advisory_xact_lock(key)
    from (select distinct hashtextextended(ref, 0) as key from incoming order by key) as cases
),
stored as (
    insert into inbox (source, message_id, ref, kind, record, note, digest)
    select source, message_id, ref, 'event', record::jsonb, note, digest
    from incoming, (select count(*) from locked) as locks
    order by position
    on conflict (source, message_id) do nothing
    returning id, source, message_id
),
notes as (
    insert into vault.notes (id, ref, text, written_by)
    select note::uuid, ref, text, source from incoming join stored using (source, message_id) where text <> ''
)
select id, source, message_id from stored
"""

_FIND_KNOWN = """
with known as (
    select id, ref, digest <> $3 as id_reused from inbox where source = $1 and message_id = $2
),
marked as (
    update inbox set id_reuses = id_reuses + 1, id_reused_at = now() from known where inbox.id = known.id and id_reused
)
select id, ref, id_reused from known
"""

_ACCEPT_REQUEST = """
with known as (
    select inbox.id, requests.ref
    from requests join inbox on inbox.source = requests.source and inbox.message_id = requests.source_id
    where requests.source = $1 and requests.source_id = $2
),
request as (
    insert into requests (source, source_id, ref) select $1, $2, $3 where not exists (select from known)
    returning ref
),
victim as (
    insert into vault.victims (ref, details, written_by)
    select ref, $5::jsonb, $1 from request
),
offender as (
    insert into vault.offenders (ref, details, written_by)
    select ref, $6::jsonb, $1 from request where $6::jsonb is not null
),
note as (
    insert into vault.notes (ref, text, written_by) select ref, $7, $1 from request where $7 <> '' returning id
),
stored as (
    insert into inbox (source, message_id, ref, kind, record, note, digest)
    select $1, $2, ref, 'request', $4, coalesce((select id::text from note), ''), $8 from request
    returning id, ref
)
select id, ref, true as first from stored union all select id, ref, false from known
"""

_STATUS = """
select message_id, ref, coalesce(record ->> 'event', 'request_received') as event,
    coalesce(outcome, 'received') as status, coalesce(reason, '') as reason, detail, received_at
from inbox where source = $1 and message_id = $2
"""

# `next_try_at` moves to the end of the lease, so that a leased message is not read again.
_LEASE = """
with next as (
    select id from inbox
    where delivered_at is null and dead_letter_reason is null and outcome is null and next_try_at <= now()
        and not exists (
            select from inbox as earlier
            where earlier.ref = inbox.ref and earlier.id < inbox.id
                and earlier.delivered_at is null and earlier.dead_letter_reason is null and earlier.outcome is null
        )
    order by next_try_at, id
    limit $1
    for update skip locked
)
update inbox
set leased_until = now() + $2 * interval '1 second', next_try_at = now() + $2 * interval '1 second',
    attempts = attempts + 1
from next where inbox.id = next.id
returning inbox.id, source, message_id, ref, kind, record, note, attempts, unexpected_errors
"""

_MARK_DELIVERED = "update inbox set delivered_at = now(), leased_until = null where id = $1 and delivered_at is null"

_MARK_FAILED = """
update inbox
set error = $2, next_try_at = $3, leased_until = null,
    unexpected_errors = case when $2 = $4 then unexpected_errors + 1 else 0 end
where id = $1 and delivered_at is null and dead_letter_reason is null and outcome is null
"""

_DEAD_LETTER = """
update inbox set dead_letter_reason = $2, leased_until = null
where id = $1 and delivered_at is null and dead_letter_reason is null and outcome is null
"""

_RESOLVE = """
update inbox set outcome = $2, reason = $3, detail = $4, resolved_at = now(), leased_until = null
where id = $1 and outcome is null
returning true
"""

_REFUSE_LATE = """
with refused as (
    update inbox set outcome = 'refused', reason = $2, detail = $3, resolved_at = now(), leased_until = null
    where id = $1 and outcome is null
    returning id, ref, source, digest, record ->> 'event' as event
)
insert into refused_messages (inbox, ref, event, code, detail, waiting_on, due_on)
select id, ref, event, $2, $3, $4, $5 from refused
where not exists (
    select from entries join inbox as same on same.id = entries.inbox
    where entries.ref = refused.ref and same.source = refused.source and same.digest = refused.digest
)
and not exists (
    select from refused_messages as earlier join inbox as same on same.id = earlier.inbox
    where earlier.ref = refused.ref and earlier.resolved_at is null
        and same.source = refused.source and same.digest = refused.digest
)
"""

_REQUEUE = """
update inbox set delivered_at = null, leased_until = null, next_try_at = now()
where ref = $1 and delivered_at is not null and outcome is null
"""

_UNRESOLVED = "select exists (select from inbox where outcome is null and dead_letter_reason is null)"

_CASE_STATUS = """
select case
    when exists (select from cases where ref = $1 and ended_on is null) then 'open'
    when exists (select from cases where ref = $1) then 'closed'
    when exists (
        select from requests join inbox
            on inbox.source = requests.source and inbox.message_id = requests.source_id
        where requests.ref = $1 and outcome is distinct from 'refused'
    ) then 'open'
    else 'unknown'
end
"""


class PostgresInbox:
    """Messages by source and id, in order for each case. Any number of processes may deliver them.

    On a connection instead of a pool, what it stores is part of that connection's transaction.
    """

    def __init__(self, pool: "asyncpg.Pool | PoolConnectionProxy[Any]") -> None:
        self._pool = pool

    async def accept(self, message: InboxMessage) -> AcceptedMessage:
        """Store one message; see the port."""
        (accepted,) = await self.accept_batch([message])
        return accepted

    async def accept_batch(self, messages: Sequence[InboxMessage]) -> tuple[AcceptedMessage, ...]:
        """Store messages in one transaction, as `accept` does; no two of them have the same source and id."""
        columns = zip(*(_columns(message) for message in messages), strict=True)
        ids = {(row["source"], row["message_id"]): row["id"] for row in await self._pool.fetch(_ACCEPT, *columns)}
        accepted = []
        for message in messages:
            if id := ids.get((message.source, message.message_id)):
                accepted.append(AcceptedMessage(id, message.ref, first=True))
            else:
                values = (message.source, message.message_id, message.digest)
                known = await self._pool.fetchrow(_FIND_KNOWN, *values)
                assert known is not None, "no message is deleted"
                accepted.append(AcceptedMessage(**known, first=False))
        return tuple(accepted)

    async def accept_request(
        self, request: InboxMessage, victim: Mapping[str, Any], offender: Mapping[str, Any] | None
    ) -> AcceptedMessage:
        """Store a request as the new case `request.ref`, and personal details in the vault, in one transaction.

        Its `message_id` is the source's id of the request; a known one gives the case that it became. Raises RefTaken.
        """
        key = (request.source, request.message_id)
        details = (dict(request.record), dict(victim), None if offender is None else dict(offender), request.note)
        values = (*key, request.ref, *make_storable(details), request.digest)
        try:
            row = await self._pool.fetchrow(_ACCEPT_REQUEST, *values)
        except asyncpg.UniqueViolationError as error:
            ref_taken = error.constraint_name in ("requests_ref_key", "victims_pkey", "offenders_pkey")
            if ref_taken and await self.get_status(*key) is None:
                raise RefTaken(request.ref) from None
            # The same request was stored at the same time: now it is known.
            row = await self._pool.fetchrow(_ACCEPT_REQUEST, *values)
        assert row is not None, "the statement returns a stored or a known request"
        return AcceptedMessage(**row)

    async def get_status(self, source: str, message_id: str) -> MessageStatus | None:
        """Return what became of a message or request; see the port."""
        row = await self._pool.fetchrow(_STATUS, source, message_id)
        return MessageStatus(**row) if row else None

    async def lease_next(self, limit: int, seconds: float) -> tuple[LeasedMessage, ...]:
        """Lease up to `limit` messages for `seconds`, ordered by id, at most one for each case.

        A case's next message follows only when the one before it is delivered, resolved or dead-lettered.
        """
        rows = sorted(await self._pool.fetch(_LEASE, limit, seconds), key=lambda row: row["id"])
        return tuple(
            LeasedMessage(
                row["id"],
                row["source"],
                row["message_id"],
                CaseRef(row["ref"]),
                row["kind"],
                {**row["record"], "note": row["note"], "inbox": row["id"]},
                row["attempts"],
                row["unexpected_errors"],
            )
            for row in rows
        )

    async def mark_delivered(self, inbox_id: int) -> None:
        """The case has the message; its outcome follows."""
        await self._pool.execute(_MARK_DELIVERED, inbox_id)

    async def mark_failed(self, inbox_id: int, error: str, next_try_at: datetime) -> None:
        """Delivery failed: `error` is a code; later messages of the case wait for this one."""
        await self._pool.execute(_MARK_FAILED, inbox_id, error, next_try_at, UNEXPECTED_ERROR)

    async def dead_letter(self, inbox_id: int, reason: str) -> None:
        """Leave the message to staff; later messages of the case no longer wait for it."""
        await self._pool.execute(_DEAD_LETTER, inbox_id, reason)

    async def resolve(self, inbox_id: int, outcome: str, reason: str | None = None, detail: str = "") -> bool:
        """End a message that no case will answer; `reason` is a `Refusal` if it is refused.

        Returns whether it had no outcome yet: an outcome never changes.
        """
        return await self._pool.fetchval(_RESOLVE, inbox_id, outcome, reason, detail) is not None

    async def refuse_late(self, inbox_id: int, reason: str, detail: str, follow_up: FollowUp) -> None:
        """End a message for a case whose workflow has ended, and have somebody resolve it; an outcome never changes."""
        await self._pool.execute(_REFUSE_LATE, inbox_id, reason, detail, follow_up.waiting_on, follow_up.due_on)

    async def has_unresolved(self) -> bool:
        """Whether a message has no outcome yet, but for those that staff decide."""
        is_there: bool = await self._pool.fetchval(_UNRESOLVED)
        return is_there

    async def get_case(self, ref: CaseRef) -> Case | None:
        """The case as its file has it; None: there is none."""
        state = await self._pool.fetchval("select state from cases where ref = $1", ref)
        return None if state is None else _CASE.validate_python(state)

    async def requeue(self, ref: CaseRef) -> None:
        """Deliver again those messages of a case that it has had without an outcome."""
        await self._pool.execute(_REQUEUE, ref)

    async def get_case_status(self, ref: CaseRef) -> CaseStatus:
        """Return what PostgreSQL knows of a case; one whose request is stored and not refused counts as open."""
        status: CaseStatus = await self._pool.fetchval(_CASE_STATUS, ref)
        return status


def _columns(message: InboxMessage) -> tuple[Any, ...]:
    """The columns of a message, and its free text under a new id."""
    note = str(uuid.uuid4()) if message.note else ""
    record, text = to_storable_json(message.record), make_storable(message.note)
    return message.source, message.message_id, message.ref, record, note, message.digest, text
