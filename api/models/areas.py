"""How the service of an area names itself to victims."""

from pydantic import Field, field_validator

from api.models.base import FromDomain, StrictBody

_SERVICE = "Its name within a sentence."
_PHONE = "Empty: the number that the installation has for all areas."
_SUPPORT = "A support line outside the service, after *you can ring*."
_COMPLAINTS = "How to complain, in a sentence."
_WELSH = "Whether messages are sent in Welsh to those who want it."
_IN_WELSH = "For messages in Welsh; empty: as in English."
_EXAMPLE = "the Eastmoor restorative justice service"


class AreaSettingsBody(StrictBody):
    """What messages to victims say of the service."""

    service: str = Field(min_length=1, max_length=60, description=_SERVICE, examples=[_EXAMPLE])
    phone: str = Field(default="", max_length=40, description=_PHONE, examples=["0113 496 0000"])
    support: str = Field(
        min_length=1, max_length=60, description=_SUPPORT, examples=["Victim Support on 08 08 16 89 111"]
    )
    complaints: str = Field(
        min_length=1, max_length=100, description=_COMPLAINTS, examples=["Ring us and ask for a manager."]
    )
    welsh: bool = Field(default=False, description=_WELSH)
    service_in_welsh: str = Field(
        default="", max_length=60, description=_IN_WELSH, examples=["gwasanaeth cyfiawnder adferol Eastmoor"]
    )
    support_in_welsh: str = Field(
        default="", max_length=60, description=_IN_WELSH, examples=["Cymorth i Ddioddefwyr ar 08 08 16 89 111"]
    )
    complaints_in_welsh: str = Field(
        default="", max_length=100, description=_IN_WELSH, examples=["Ffoniwch ni a gofynnwch am reolwr."]
    )

    @field_validator(
        "service", "phone", "support", "complaints", "service_in_welsh", "support_in_welsh", "complaints_in_welsh"
    )
    @classmethod
    def _check_line(cls, text: str) -> str:
        if text and not text.isprintable():
            raise ValueError("must be one line")
        return text.strip()


class AreaSettingsResponse(FromDomain):
    """What messages to victims say of the service; the defaults where nobody has set it."""

    area: str = Field(examples=["eastmoor"])
    service: str = Field(description=_SERVICE, examples=[_EXAMPLE])
    phone: str = Field(description=_PHONE, examples=["0113 496 0000"])
    support: str = Field(description=_SUPPORT, examples=["Victim Support on 08 08 16 89 111"])
    complaints: str = Field(description=_COMPLAINTS, examples=["Ring us and ask for a manager."])
    welsh: bool = Field(description=_WELSH)
    service_in_welsh: str = Field(description=_IN_WELSH, examples=["gwasanaeth cyfiawnder adferol Eastmoor"])
    support_in_welsh: str = Field(description=_IN_WELSH, examples=["Cymorth i Ddioddefwyr ar 08 08 16 89 111"])
    complaints_in_welsh: str = Field(description=_IN_WELSH, examples=["Ffoniwch ni a gofynnwch am reolwr."])
