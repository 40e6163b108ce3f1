"""Who in an open case is recorded as under 18 and is 18 now, by the vault; no day leaves the database."""

from dataclasses import dataclass
from datetime import date

import asyncpg

from domain.vocabulary import CaseRef, Side

# A parent's details name the child and its birthday. 1 January 1900 is written where no day is known. A day is text of
# the form 2008-02-29, which sorts as its day does; who was born on 29 February comes of age on 1 March.
_NEW_ADULTS = """
with young as (
    select ref, 'victim' as side,
        coalesce(details ->> 'child_date_of_birth', details ->> 'date_of_birth') as born
    from cases join vault.victims using (ref)
    where ended_on is null and (state #>> '{request,victim_under_18}')::boolean
    union all
    select ref, 'offender', details ->> 'date_of_birth'
    from cases join vault.offenders using (ref)
    where ended_on is null and state #>> '{request,offender_age_group}' = 'under_18'
)
select ref, side from young join cases using (ref)
where born > '1900-01-01' and born <= $1
    and not exists (
        select from jsonb_array_elements(coalesce(state -> 'adults', '[]')) as adult where adult ->> 'side' = side
    )
order by ref, side
"""


@dataclass(frozen=True, slots=True)
class NewAdult:
    """A side of a case that is 18 now."""

    ref: CaseRef
    side: Side


class BirthdayQueries:
    """Birthdays in open cases."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_new_adults(self, today: date) -> tuple[NewAdult, ...]:
        """Everybody in an open case who is recorded as under 18, and is 18 or older on `today`."""
        born_by = f"{today.year - 18:04}-{today.month:02}-{today.day:02}"
        return tuple(
            NewAdult(CaseRef(row["ref"]), Side(row["side"])) for row in await self._pool.fetch(_NEW_ADULTS, born_by)
        )
