"""The directory of agencies in PostgreSQL: its entries, the keys of both directions, and whose asks are paused."""

import asyncpg

from activities.ports import Agency, ChannelName

_AGENCY = """
select id, kind, area, name, channel, address, questions, contact, works_on,
    (select since from resting where resting.agency = agencies.id) as paused_since,
    array(
        select secret from agency_keys
        where agency = agencies.id and side = 'theirs' and (until is null or until > now())
        order by added_at desc, secret
    ) as signs_with,
    array(
        select secret from agency_keys
        where agency = agencies.id and side = 'ours' and (until is null or until > now())
        order by added_at desc, secret
    ) as signed_with
from agencies
"""

# `prison:eastmoor` means that one agency; `prison` the one of the case's area, or else the national one. An entry that
# is there for this question goes before one that takes any.
_FIND = f"""
{_AGENCY}
where active and kind = $1 and case when $2 <> '' then id = $2 else area in ($3, '') end
    and (questions = '{{}}' or $4 = any(questions) or $4 = '')
order by questions = '{{}}', area = $3 desc, id
limit 1
"""

_PUT = """
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
gone as (
    delete from agency_keys using entry
    where agency = entry.id and not exists (
        select from keys where keys.side = agency_keys.side and keys.secret = agency_keys.secret
    )
)
insert into agency_keys (agency, side, secret) select entry.id, side, secret from entry, keys
on conflict do nothing
"""


class PostgresDirectory:
    """Implements `activities.ports.Directory`: agencies that are no longer active are not found."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        """The agency that `agency` means for a case of `area`; see the port."""
        kind, _, agency_id = agency.partition(":")
        return _agency(await self._pool.fetchrow(_FIND, kind, agency_id, area, question))

    async def by_id(self, id: str) -> Agency | None:
        """The agency named `id`; see the port."""
        return _agency(await self._pool.fetchrow(f"{_AGENCY} where active and id = $1", id))

    async def put(self, agency: Agency) -> None:
        """Enter `agency` in the directory with just these keys, in place of what it holds under that id."""
        await self._pool.execute(
            _PUT,
            agency.id,
            agency.kind,
            agency.area,
            agency.name,
            agency.channel,
            agency.address,
            sorted(agency.questions),
            agency.contact,
            sorted(agency.works_on),
            agency.signs_with,
            agency.signed_with,
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
        signs_with=tuple(row["signs_with"]),
        signed_with=tuple(row["signed_with"]),
    )
