"""Facilitators in the staff register and in the cases: a change of the one reaches each open case of the person.

Each message to a case is written by the transaction of the change, or found missing by the next housekeeping.
"""

import secrets
import uuid
from collections.abc import Iterable
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres.inbox import PostgresInbox
from domain.events import Actor
from domain.vocabulary import CaseRef, Role
from ports.inbox import InboxMessage
from ports.staff import Member, facilitator_facts, to_member
from workflows.record_codec import write_event

SOURCE = "staff_register"
"""The inbox's source of what the register says."""

_OPEN_CASES = "select ref from cases where ended_on is null and facilitator = $1 order by ref"

# An assignment may have read the register before a change that was committed before the assignment was written. Of each
# person the index has their cases in the order of what these know of them: those that know otherwise are before and
# after those that know what the register says, which are not read.
_OUTDATED = f"""
select outdated.ref, staff.*
from staff,
    lateral (
        select (active and accredited_until is not null)::text || ' '
            || coalesce(to_jsonb(accredited_until) #>> '{{}}', '') || ' '
            || (to_jsonb(specialist_in) #>> '{{}}') collate "C" as facts
    ) as register,
    lateral (
        select ref from cases
        where ended_on is null and facilitator = staff.id and facilitator_facts < register.facts
        union all
        select ref from cases
        where ended_on is null and facilitator = staff.id and facilitator_facts > register.facts
    ) as outdated
where not exists (
    select from inbox where inbox.ref = outdated.ref and source = '{SOURCE}' and outcome is null
)
order by outdated.ref
"""  # noqa: S608 - the constant above


async def report_facilitator(connection: "PoolConnectionProxy[Any]", member: Member) -> None:
    """Tell each open case that `member` facilitates what the register says now, in the connection's transaction."""
    refs = await connection.fetch(_OPEN_CASES, member.id)
    await _send(connection, ((row["ref"], member) for row in refs))


async def report_outdated_facilitators(pool: asyncpg.Pool) -> int:
    """Tell each case whose facilitator the register describes otherwise, and return how many there were."""
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(_OUTDATED)
        await _send(connection, ((row["ref"], to_member(row)) for row in rows))
    return len(rows)


async def _send(connection: "PoolConnectionProxy[Any]", changes: Iterable[tuple[str, Member]]) -> None:
    messages = []
    for ref, member in changes:
        record = write_event(facilitator_facts(member), Actor(Role.SERVICE))
        # No such message is sent again, so that there is nothing to compare it with.
        messages.append(InboxMessage(SOURCE, str(uuid.uuid4()), CaseRef(ref), record, secrets.token_bytes(32)))
    if messages:
        await PostgresInbox(connection).accept_batch(messages)
