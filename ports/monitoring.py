"""What reports count besides cases: offers, and people's characteristics."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.monitoring import CharacteristicAnswers
from domain.refusals import CaseworkError
from domain.vocabulary import AgencyRef, Offence


@dataclass(frozen=True, slots=True)
class Offer:
    """That somebody was told about restorative justice and offered it on a day; it says nothing of the person.

    It may correct one that was recorded wrongly, which is kept and counts no more, or say that there was no such offer.
    """

    made_on: date
    area: str
    offence: Offence
    made_by: AgencyRef
    corrects: UUID | None = None
    was_made: bool = True


class UnknownOffer(CaseworkError):
    """The offer to correct is none of these areas."""


class OfferCorrected(CaseworkError):
    """The offer has been corrected: only the correction can be."""


StoreOffer = Callable[[Offer, str, str, Sequence[str] | None], Awaitable[UUID]]
"""Stores an offer that an account with some areas (None: all) records under an idempotency key, and returns its id.

The same key again stores nothing. Raises UnknownOffer and OfferCorrected.
"""

CountCharacteristics = Callable[[CharacteristicAnswers, date], Awaitable[None]]
"""Counts each answer in the quarter of a day; nothing of the person is stored."""
