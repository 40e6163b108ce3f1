"""A victim's own view of their case, and what they do in it."""

from datetime import date

from pydantic import BaseModel, Field

from api.models.base import FromDomain, StrictBody
from api.models.cases import ExplanationResponse
from application.victim_acts import VictimAct
from domain.vocabulary import Contact


class VictimLinkResponse(FromDomain):
    """A new link for a victim, and its code: both are shown once. Give them by different ways."""

    address: str = Field(examples=["https://casework.example/my-case/8Jx…"])
    code: str = Field(examples=["40718223"])
    last_day: date


class OwnDetails(BaseModel):
    """How the victim is reached; empty: not known."""

    email: str = ""
    phone: str = ""
    address: str = ""


class MyCaseResponse(FromDomain):
    """What the victim may know of their case, in the words of the messages, and what they can do now."""

    explanation: ExplanationResponse
    contact: Contact
    details: OwnDetails
    acts: list[VictimAct]


class NewVictimAct(StrictBody):
    """What the victim does. A break lasts until a day, or four weeks; their own words are for the caseworker."""

    act: VictimAct = Field(strict=False)
    until: date | None = Field(default=None, strict=False)
    words: str = Field(default="", max_length=2000)


class ContactChanges(StrictBody):
    """How the victim wants to hear, and where: what is left out stays; an empty text is no longer known."""

    contact: Contact | None = Field(default=None, strict=False)
    email: str = ""
    phone: str = ""
    address: str = ""
