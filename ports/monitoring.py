"""What reports count besides cases: offers, and people's characteristics."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from domain.monitoring import CharacteristicAnswers
from domain.vocabulary import AgencyRef, Offence


@dataclass(frozen=True, slots=True)
class Offer:
    """That somebody was told about restorative justice and offered it on a day; it says nothing of the person."""

    made_on: date
    area: str
    offence: Offence
    made_by: AgencyRef


StoreOffer = Callable[[Offer, str, str], Awaitable[None]]
"""Stores an offer that an account records under an idempotency key; the same key again stores nothing."""

CountCharacteristics = Callable[[CharacteristicAnswers, date], Awaitable[None]]
"""Counts each answer in the quarter of a day; nothing of the person is stored."""
