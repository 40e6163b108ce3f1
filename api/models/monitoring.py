"""What reports count besides cases: offers, and people's characteristics."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from api.models.base import FromDomain, StrictBody
from domain.monitoring import CHARACTERISTICS
from domain.vocabulary import Offence, Side

_AREA = "One of your areas."
_OFFER_EXAMPLE = "6b0d2c1e-5f43-5f0e-9c55-0d6c1c1f7f1a"


class NewOffer(StrictBody):
    """That restorative justice was offered to somebody; it names no person and no case."""

    made_on: date | None = Field(
        default=None,
        description="The day of the offer, today or before; null: today.",
        strict=False,
        examples=["2026-03-02"],
    )
    area: str = Field(description=_AREA, examples=["eastmoor"])
    offence: Offence = Field(strict=False, examples=["burglary"])
    made_by: str = Field(
        default="restorative_service",
        description="The agency that made it, by its kind or with its id.",
        examples=["police"],
    )
    corrects: UUID | None = Field(
        default=None,
        description="The id of an offer that was recorded wrongly: it is kept, and counts no more.",
        strict=False,
        examples=[None],
    )
    was_made: bool = Field(default=True, description="False, with `corrects`: there was no such offer.")


class OfferResponse(FromDomain):
    """An offer that was recorded."""

    id: UUID = Field(description="For `corrects`.", examples=[_OFFER_EXAMPLE])
    made_on: date = Field(examples=["2026-03-02"])
    area: str = Field(examples=["eastmoor"])
    offence: str = Field(examples=["burglary"])
    made_by: str = Field(examples=["police"])
    corrects: UUID | None = Field(examples=[None])
    was_made: bool


class RecordedOfferResponse(OfferResponse):
    """An offer, who recorded it and when, and whether a later one corrects it, so that it counts no more."""

    recorded_by: str = Field(examples=["staff:c.okafor"])
    recorded_at: datetime
    is_corrected: bool


class OffersResponse(BaseModel):
    """The latest first."""

    offers: list[RecordedOfferResponse]
    more: bool = Field(description="There are more than `limit`.")


class NewCharacteristics(StrictBody):
    """What one person said of themselves; nobody has to say anything, and what they do not say is left out."""

    area: str = Field(description=_AREA, examples=["eastmoor"])
    side: Side = Field(description="On which side they take part.", strict=False, examples=["victim"])
    answers: dict[str, str] = Field(
        description="; ".join(f"`{name}`: {', '.join(values)}" for name, values in CHARACTERISTICS.items()),
        examples=[{"age": "25_to_34", "gender": "woman"}],
    )


class CharacteristicsResponse(BaseModel):
    """How many answers were counted."""

    counted: int = Field(examples=[2])
