"""Offers and characteristics in PostgreSQL."""

import uuid
from collections.abc import Sequence
from datetime import date

import asyncpg

from domain.monitoring import CharacteristicAnswers
from ports.monitoring import Offer, OfferCorrected, UnknownOffer

_OFFERS = uuid.UUID("0c8a4f5e-6a52-4be1-9d0b-7c1f6de0b1a3")
"""The namespace of offers' ids: the same offer under the same key has one id, however often it is sent."""

_STORE_OFFER = """
with stored as (
    insert into offers (id, made_on, area, offence, made_by, recorded_by, corrects, was_made)
    select $1, $2, $3, $4, $5, $6, $7, $8
    where $7::uuid is null
        or exists (select from offers where id = $7 and ($9::text[] is null or area = any($9)))
    on conflict (id) do nothing
    returning id
)
select exists (select from stored) or exists (select from offers where id = $1)
"""

_COUNT = """
insert into characteristics (area, quarter, side, characteristic, value, people)
select $1, date_trunc('quarter', $2::date)::date, $3, characteristic, value, 1
from unnest($4::text[], $5::text[]) as answer (characteristic, value)
order by characteristic
on conflict (area, quarter, side, characteristic, value) do update set people = characteristics.people + 1
"""


class PostgresMonitoring:
    """What `ports.monitoring` names."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def store_offer(self, offer: Offer, by: str, idempotency_key: str, areas: Sequence[str] | None) -> uuid.UUID:
        """Store an offer; see the port."""
        id = uuid.uuid5(_OFFERS, idempotency_key)
        facts = (offer.made_on, offer.area, offer.offence, offer.made_by, by, offer.corrects, offer.was_made)
        try:
            is_stored = await self._pool.fetchval(_STORE_OFFER, id, *facts, areas)
        except asyncpg.UniqueViolationError:
            raise OfferCorrected from None
        if not is_stored:
            raise UnknownOffer
        return id

    async def count_characteristics(self, person: CharacteristicAnswers, day: date) -> None:
        """Count the answers; see the port."""
        names, values = list(person.answers), list(person.answers.values())
        await self._pool.execute(_COUNT, person.area, day, person.side, names, values)
