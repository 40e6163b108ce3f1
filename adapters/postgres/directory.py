"""The directory of agencies in PostgreSQL: who is asked, and the entries behind that.

Keys are rotated in `keys`, asks are paused in `agency_pauses`, and lists are drawn in `queries.agencies`.
"""

import asyncpg
import structlog

from adapters.postgres.keys import new_key
from ports.agencies import Agency, ChannelName
from ports.agency_views import NewKeys
from ports.directory import (
    AGENCY_ID,
    AgencyDetails,
    AgencyEdit,
    AgencyExists,
    KeyAlreadyMade,
    UnknownAgency,
    apply_changes,
    validate_agency,
)

log = structlog.get_logger("adapters.postgres.directory")

# Everything may be paused, or this agency.
_AGENCY = """
select id, kind, area, name, channel, address, questions, contact, works_on, active,
    (select min(since) from agency_pauses where agency_pauses.agency in (agencies.id, '')) as paused_since,
    array(
        select secret from agency_keys
        where agency = agencies.id and side = 'theirs' and (until is null or until > now())
        order by added_at desc, secret
    ) as their_keys,
    array(
        select secret from agency_keys
        where agency = agencies.id and side = 'ours' and (until is null or until > now())
        order by added_at desc, secret
    ) as our_keys
from agencies
"""

# `prison:eastmoor` means that one agency; `prison` the one of the case's area, or else the national one. An agency for
# this question comes before one for any.
_FIND = f"""
{_AGENCY}
where active and kind = $1 and case when $2 <> '' then id = $2 else area in ($3, '') end
    and (questions = '{{}}' or $4 = any(questions) or $4 = '')
order by questions = '{{}}', area = $3 desc, id
limit 1
"""

_SAVE = """
with entry as (
    insert into agencies (id, kind, area, name, channel, address, questions, contact, works_on)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (id) do update
    set kind = excluded.kind, area = excluded.area, name = excluded.name, channel = excluded.channel,
        address = excluded.address, questions = excluded.questions, contact = excluded.contact,
        works_on = excluded.works_on, active = true
    returning id
),
keys as (
    select 'theirs' as side, unnest($10::text[]) as secret union all select 'ours', unnest($11::text[])
),
removed as (
    delete from agency_keys using entry
    where agency = entry.id and not exists (
        select from keys where keys.side = agency_keys.side and keys.secret = agency_keys.secret
    )
)
insert into agency_keys (agency, side, secret) select entry.id, side, secret from entry, keys
on conflict (agency, side, secret) do update set until = null
"""

_ADD = """
with entry as (
    insert into agencies (id, kind, area, name, channel, address, questions, contact, works_on)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (id) do nothing
    returning id
)
insert into agency_keys (agency, side, secret, idempotency_key)
select id, side, secret, $12 from entry, (values ('theirs', $10), ('ours', $11)) as keys(side, secret)
returning agency
"""

_WAS_ADDED = "select from agency_keys where agency = $1 and idempotency_key = $2"

_FOR_EDIT = f"{_AGENCY} where id = $1 for update of agencies"

_EDIT = """
update agencies
set kind = $2, area = $3, name = $4, channel = $5, address = $6, questions = $7, contact = $8, works_on = $9,
    active = $10
where id = $1
"""


class PostgresDirectory:
    """Implements `ports.agency_admin.ManagedDirectory`: agencies that were removed are not found."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        """The agency that `agency` means for a case of `area`; see the port."""
        kind, _, agency_id = agency.partition(":")
        return _agency(await self._pool.fetchrow(_FIND, kind, agency_id, area, question))

    async def get_by_id(self, id: str) -> Agency | None:
        """The agency named `id`; see the port."""
        return _agency(await self._pool.fetchrow(f"{_AGENCY} where active and id = $1", id))

    async def save(self, agency: Agency) -> None:
        """Add or replace `agency`, with exactly these keys."""
        await self._pool.execute(_SAVE, *_columns(agency), agency.their_keys, agency.our_keys)

    async def add(self, details: AgencyDetails, by: str, idempotency_key: str = "") -> NewKeys:
        """Add an agency with a new key of each side; see the port."""
        agency, keys = validate_agency(details), NewKeys(new_key(), new_key())
        if await self._pool.fetchrow(_ADD, *_columns(agency), keys.theirs, keys.ours, idempotency_key) is None:
            was_added = (
                idempotency_key and await self._pool.fetchrow(_WAS_ADDED, agency.id, idempotency_key) is not None
            )
            raise KeyAlreadyMade if was_added else AgencyExists
        log.info("directory.added", agency=agency.id, kind=agency.kind, channel=agency.channel.value, by=by)
        return keys

    async def edit(self, id: str, changes: AgencyEdit, by: str) -> None:
        """Change an agency, also one that was removed, so that it can be active again; see the port."""
        if AGENCY_ID.fullmatch(id) is None:
            raise UnknownAgency
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_FOR_EDIT, id)
            agency = _agency(row)
            if row is None or agency is None:
                raise UnknownAgency
            active = row["active"] if changes.active is None else changes.active
            await connection.execute(_EDIT, *_columns(apply_changes(agency, changes)), active)
        log.info("directory.edited", agency=id, fields=sorted(changes.changed_fields()), by=by)


def _columns(agency: Agency) -> tuple[object, ...]:
    """The columns of `agencies`, in the order of the statements above."""
    return (
        agency.id,
        agency.kind,
        agency.area,
        agency.name,
        agency.channel,
        agency.address,
        sorted(agency.questions),
        agency.contact,
        sorted(agency.works_on),
    )


def _agency(row: asyncpg.Record | None) -> Agency | None:
    if row is None:
        return None
    return Agency(
        id=row["id"],
        kind=row["kind"],
        area=row["area"],
        name=row["name"],
        channel=ChannelName(row["channel"]),
        address=row["address"],
        questions=frozenset(row["questions"]),
        contact=row["contact"],
        works_on=frozenset(row["works_on"]),
        paused_since=row["paused_since"],
        their_keys=tuple(row["their_keys"]),
        our_keys=tuple(row["our_keys"]),
    )
