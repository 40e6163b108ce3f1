"""The inbox in PostgreSQL: what came in is stored before it is acknowledged, and ends with an outcome."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.text import storable, storable_json
from domain.vocabulary import CaseRef
from ports.inbox import AcceptedMessage, MessageStatus

UNEXPECTED_ERROR = "unexpected_error"
"""The error of a delivery that broke off in a way which nobody has thought of."""
TRIES = 2
"""Whoever loses a race for an id finds the winner's row there the second time."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be stored: see `PostgresInbox.accept_event`."""

    source: str
    message_id: str
    ref: CaseRef
    body: Mapping[str, Any]
    note_text: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A message to be delivered to its case; `kind` is `request` or `event`, `attempts` counts this one too.

    `unexpected_errors`: how often in a row its delivery broke off in a way which nobody has thought of.
    """

    id: int
    source: str
    message_id: str
    ref: CaseRef
    kind: str
    body: Mapping[str, Any]
    note: str
    attempts: int
    received_at: datetime
    unexpected_errors: int = 0


class RefTaken(Exception):
    """A new request was to get a reference that another case has: make another one and try again."""


# The lock makes one case's messages take their ids one after the other, so that no lower id appears later than a
# higher one and a head once given stays the only head. Several are taken in one order everywhere, against deadlocks.
_STORE_EVENTS = """
with incoming as (
    select *
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[]) with ordinality
        as message (source, message_id, ref, body, note, digest, text, turn)
),
locked as materialized (
    select pg_advisory_xact_lock(key)
    from (select distinct hashtextextended(ref, 0) as key from incoming order by key) as cases
),
stored as (
    insert into inbox (source, message_id, ref, kind, body, note, digest)
    select source, message_id, ref, 'event', body::jsonb, note, digest
    from incoming, (select count(*) from locked) as locks
    order by turn
    on conflict (source, message_id) do nothing
    returning id, source, message_id
),
notes as (
    insert into vault.notes (id, ref, text, written_by)
    select note::uuid, ref, text, source from incoming join stored using (source, message_id) where text <> ''
)
select id, source, message_id from stored
"""

_KNOWN_EVENT = """
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
    insert into vault.victims (ref, details, written_by) select ref, $5, $1 from request
),
offender as (
    insert into vault.offenders (ref, details, written_by)
    select ref, $6::jsonb, $1 from request where $6::jsonb is not null
),
note as (
    insert into vault.notes (ref, text, written_by) select ref, $7, $1 from request where $7 <> '' returning id
),
stored as (
    insert into inbox (source, message_id, ref, kind, body, note, digest)
    select $1, $2, ref, 'request', $4, coalesce((select id::text from note), ''), $8 from request
    returning id, ref
)
select id, ref, true as first from stored union all select id, ref, false from known
"""

_STATUS = """
select message_id, ref, coalesce(body ->> 'event', 'request_received') as event,
    coalesce(outcome, 'received') as status, coalesce(reason, '') as reason, detail, received_at
from inbox where source = $1 and message_id = $2
"""

# `next_try_at` moves to the end of the lease, so that what is out on lease is not looked at again.
_LEASE = """
with heads as (
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
from heads where inbox.id = heads.id
returning inbox.id, source, message_id, ref, kind, body, note, attempts, received_at, unexpected_errors
"""


class PostgresInbox:
    """Messages by source and id, in order for each case. Delivery may happen in any number of processes.

    On a connection instead of a pool, what it stores is part of that connection's transaction.
    """

    def __init__(self, pool: "asyncpg.Pool | PoolConnectionProxy[Any]") -> None:
        self._pool = pool

    async def accept_event(
        self, source: str, message_id: str, ref: CaseRef, body: Mapping[str, Any], note_text: str, digest: bytes
    ) -> AcceptedMessage:
        """Store a message for a case, and its free text in the vault; a known one gets its first answer.

        `body` is `{"event", "data", "by"}`: codes only. `digest` is the sha256 of what was received. That a known id
        came with something else is counted: the message stays what it was.
        """
        (accepted,) = await self.accept_events([Message(source, message_id, ref, body, note_text, digest)])
        return accepted

    async def accept_events(self, messages: Sequence[Message]) -> tuple[AcceptedMessage, ...]:
        """Store messages in one transaction, as `accept_event` does; no two of them have the same source and id."""
        rows = await self._pool.fetch(_STORE_EVENTS, *zip(*(_columns(each) for each in messages), strict=True))
        ids = {(row["source"], row["message_id"]): row["id"] for row in rows}
        stored = [(each, ids.get((each.source, each.message_id))) for each in messages]
        return tuple(
            [AcceptedMessage(id, each.ref, first=True) if id else await self._known_event(each) for each, id in stored]
        )

    async def _known_event(self, message: Message) -> AcceptedMessage:
        known = await self._pool.fetchrow(_KNOWN_EVENT, message.source, message.message_id, message.digest)
        assert known is not None, "nothing deletes a message"
        return AcceptedMessage(known["id"], CaseRef(known["ref"]), first=False, id_reused=known["id_reused"])

    async def accept_request(
        self,
        source: str,
        source_id: str,
        ref: CaseRef,
        body: Mapping[str, Any],
        victim: Mapping[str, Any],
        offender: Mapping[str, Any] | None,
        note_text: str,
        digest: bytes,
    ) -> AcceptedMessage:
        """Store a request as the new case `ref`, and what is personal in the vault, in one transaction.

        A known `source_id` of the source gives the case that it became. Raises RefTaken.
        """
        details = None if offender is None else dict(offender)
        values = (source, source_id, ref, dict(body), dict(victim), details, note_text, digest)
        return await self._accept(_ACCEPT_REQUEST, *storable(values))

    async def _accept(self, statement: str, *values: Any) -> AcceptedMessage:
        for _ in range(TRIES):
            try:
                row = await self._pool.fetchrow(statement, *values)
            except asyncpg.UniqueViolationError as error:
                taken = error.constraint_name in ("requests_ref_key", "victims_pkey", "offenders_pkey")
                if taken and not await self._is_known(*values[:2]):
                    raise RefTaken(values[2]) from None
            else:
                assert row is not None
                return AcceptedMessage(row["id"], CaseRef(row["ref"]), row["first"])
        raise AssertionError("a message id that is taken was not found")

    async def _is_known(self, source: str, message_id: str) -> bool:
        return await self.status(source, message_id) is not None

    async def status(self, source: str, message_id: str) -> MessageStatus | None:
        """What became of a message or request of `source`; None: there is none."""
        row = await self._pool.fetchrow(_STATUS, source, message_id)
        return MessageStatus(**row) if row else None

    async def lease_next(self, limit: int, seconds: float) -> tuple[InboxMessage, ...]:
        """Up to `limit` messages to be delivered, nobody else's for `seconds`; by id, and one a case.

        A case's next message follows only idempotency_keys the one before it is delivered, resolved or dead-lettered.
        """
        rows = await self._pool.fetch(_LEASE, limit, seconds)
        return tuple(sorted((InboxMessage(**row) for row in rows), key=lambda leased: leased.id))

    async def delivered(self, inbox_id: int) -> None:
        """The case has the message, though it has not said yet what became of it."""
        await self._pool.execute(
            """
            update inbox set delivered_at = now(), leased_until = null
            where id = $1 and delivered_at is null
            """,
            inbox_id,
        )

    async def failed(self, inbox_id: int, error: str, next_try_at: datetime) -> None:
        """Delivery failed: `error` is a code; later messages of the case wait for this one."""
        await self._pool.execute(
            """
            update inbox
            set error = $2, next_try_at = $3, leased_until = null, unexpected_errors = case when $2 = $4 then unexpected_errors + 1 else 0 end
            where id = $1 and delivered_at is null and dead_letter_reason is null and outcome is null
            """,
            inbox_id,
            error,
            next_try_at,
            UNEXPECTED_ERROR,
        )

    async def dead_letter(self, inbox_id: int, reason: str) -> None:
        """The message is left for a person to look at; later messages of the case no longer wait for it."""
        await self._pool.execute(
            """
            update inbox set dead_letter_reason = $2, leased_until = null
            where id = $1 and delivered_at is null and dead_letter_reason is null and outcome is null
            """,
            inbox_id,
            reason,
        )

    async def resolve(self, inbox_id: int, outcome: str, reason: str | None = None, detail: str = "") -> bool:
        """End a message that no case will answer; `reason` is a `Refusal` where it is refused.

        Whether it had no outcome yet: one that it has is never changed.
        """
        settled = await self._pool.fetchval(
            """
            update inbox set outcome = $2, reason = $3, detail = $4, resolved_at = now(), leased_until = null
            where id = $1 and outcome is null
            returning true
            """,
            inbox_id,
            outcome,
            reason,
            detail,
        )
        return settled is not None


def _columns(message: Message) -> tuple[Any, ...]:
    """The columns of a message, and its free text, for which an id is made here."""
    note = str(uuid.uuid4()) if message.note_text else ""
    body, text = storable_json(message.body), storable(message.note_text)
    return message.source, message.message_id, message.ref, body, note, message.digest, text
