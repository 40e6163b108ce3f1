"""Offers and characteristics in PostgreSQL."""

import uuid
from datetime import date

import asyncpg

from domain.monitoring import CharacteristicAnswers
from ports.monitoring import Offer

_OFFERS = uuid.UUID("0c8a4f5e-6a52-4be1-9d0b-7c1f6de0b1a3")
"""The namespace of offers' ids: the same offer under the same key has one id, however often it is sent."""

_STORE_OFFER = """
insert into offers (id, made_on, area, offence, made_by, recorded_by) values ($1, $2, $3, $4, $5, $6)
on conflict (id) do nothing
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

    async def store_offer(self, offer: Offer, by: str, idempotency_key: str) -> None:
        """Store an offer; see the port."""
        id = uuid.uuid5(_OFFERS, idempotency_key)
        await self._pool.execute(_STORE_OFFER, id, offer.made_on, offer.area, offer.offence, offer.made_by, by)

    async def count_characteristics(self, person: CharacteristicAnswers, day: date) -> None:
        """Count the answers; see the port."""
        names, values = list(person.answers), list(person.answers.values())
        await self._pool.execute(_COUNT, person.area, day, person.side, names, values)
