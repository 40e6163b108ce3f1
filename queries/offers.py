"""Offers of restorative justice as they were recorded, for those who correct them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

_OFFERS = """
select id, made_on, area, offence, made_by, recorded_by, recorded_at, corrects, was_made,
    exists (select from offers as correction where correction.corrects = offers.id) as is_corrected
from offers
where $1::text[] is null or area = any($1)
order by recorded_at desc, id limit $2
"""


@dataclass(frozen=True, slots=True)
class RecordedOffer:
    """An offer, who recorded it and when, and whether a later one corrects it."""

    id: UUID
    made_on: date
    area: str
    offence: str
    made_by: str
    recorded_by: str
    recorded_at: datetime
    corrects: UUID | None
    was_made: bool
    is_corrected: bool


class OfferQueries:
    """Recorded offers."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_offers(self, areas: Sequence[str] | None, limit: int) -> tuple[RecordedOffer, ...]:
        """The last `limit` offers that were recorded in `areas` (None: all), the latest first."""
        return tuple(RecordedOffer(**row) for row in await self._pool.fetch(_OFFERS, areas, limit))
