"""Possible duplicates of a request: other cases of the same victim, the same offender or the same incident.

Hashes of the details are compared, never the details, so that nothing personal is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum

import asyncpg

from domain.reasons import REASON_RULES, ReasonGroup
from domain.vocabulary import CaseRef

MAX_CANDIDATES = 1000
"""Of each kind. A shop that is robbed every day has thousands of cases; that it is the same victim says little then."""

REFUSAL_REASONS = sorted(reason for reason, rule in REASON_RULES.items() if rule.group is ReasonGroup.SCREENING)

# A case that continues an ended one is known to be about the same people. For each case that was found, by whichever
# detail, all that the two share is read.
_DUPLICATES = """
with own as materialized (
    select cases.ref, area, upper(incident) as incident, state #>> '{request,continues,ref}' as continues,
        coalesce(victims.match_keys, '{}') as victim, coalesce(offenders.match_keys, '{}') as offender
    from cases left join vault.victims using (ref) left join vault.offenders using (ref)
    where cases.ref = $1
),
found as (
    (select victims.ref from own, vault.victims where match_keys && own.victim limit $5)
    union
    (select offenders.ref from own, vault.offenders where match_keys && own.offender limit $5)
    union
    (
        select cases.ref from own, cases
        where cases.area = own.area and upper(cases.incident) = own.incident and cases.incident <> ''
        limit $5
    )
),
alike as materialized (
    select cases.ref, cases.area, stage, step, reason, received_at, assigned_to, ended_on,
        array_remove(
            array[
                (select 'victim' from vault.victims where victims.ref = found.ref and match_keys && own.victim),
                (select 'offender' from vault.offenders where offenders.ref = found.ref and match_keys && own.offender),
                case when cases.area = own.area and own.incident <> '' and upper(cases.incident) = own.incident
                    then 'incident' end
            ],
            null
        ) as same,
        $2::text[] is null or cases.area = any($2) as is_seen
    from own, found join cases using (ref)
    where cases.ref <> own.ref
        and not (ended_on is not null and coalesce(reason, '') = any($3))
        and own.continues is distinct from cases.ref
        and (state #>> '{request,continues,ref}') is distinct from own.ref
),
listed as (
    select * from alike where is_seen order by cardinality(same) desc, received_at desc, ref limit $4
)
select found, elsewhere, listed.ref, area, stage, step, reason, received_at, assigned_to, ended_on, same
from (
    select count(*) filter (where is_seen) as found, count(*) filter (where not is_seen) as elsewhere from alike
) as counted left join listed on true
order by cardinality(same) desc, received_at desc, ref
"""


class SharedDetail(StrEnum):
    """What two cases have in common."""

    VICTIM = "victim"
    """The name, and the email address or the telephone number."""
    OFFENDER = "offender"
    """The name, or one of several, and the date of birth; or the PNC number."""
    INCIDENT = "incident"
    """The incident's number, in the same area. Several victims of one incident have a case each."""


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """A case that may be about the same thing, and the details that are the `same`."""

    ref: CaseRef
    area: str
    stage: str
    step: str
    reason: str | None
    received_at: datetime
    assigned_to: str
    ended_on: date | None
    same: tuple[SharedDetail, ...]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Possible duplicates of a case: those with most in common first, then the latest.

    `more` counts those that are not listed, `elsewhere` those of areas that the reader does not see.
    """

    cases: tuple[PossibleDuplicate, ...]
    more: int
    elsewhere: int


class DuplicateQueries:
    """Possible duplicates of a case."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find_duplicates(self, ref: str, *, areas: Sequence[str] | None = None, limit: int = 20) -> Duplicates:
        """Up to `limit` possible duplicates of the case `ref` in `areas` (None: all); a refused request is none."""
        rows = await self._pool.fetch(_DUPLICATES, ref, areas, REFUSAL_REASONS, limit, MAX_CANDIDATES)
        names = [field.name for field in fields(PossibleDuplicate)]
        cases = tuple(
            PossibleDuplicate(**{name: row[name] for name in names} | {"same": tuple(map(SharedDetail, row["same"]))})
            for row in rows
            if row["ref"] is not None
        )
        return Duplicates(cases, rows[0]["found"] - len(cases), rows[0]["elsewhere"])
