"""New requests for restorative justice, entered one by one or imported."""

from typing import Any, Literal

from pydantic import BaseModel, Field, computed_field

from api.models.base import REF_EXAMPLE, StrictBody
from domain.vocabulary import Refusal
from domain.wording.refusals import SENTENCES


class NewRequest(StrictBody):
    """A request for restorative justice. The guide to importing requests describes the fields."""

    request: dict[str, Any] = Field(
        description="area, initiated_by, takes_part_as, offender_age_group, and what else is known.",
        examples=[
            {
                "area": "eastmoor",
                "initiated_by": "victim",
                "takes_part_as": "direct_victim",
                "offender_age_group": "adult",
                "contact": "email",
            }
        ],
    )
    victim: dict[str, Any] = Field(
        description="Their name, and how they are reached: stored in the vault.",
        examples=[{"name": "Wilhelmina Ashdown", "email": "w.ashdown@example.org"}],
    )
    offender: dict[str, Any] | None = Field(
        default=None,
        description="name, date_of_birth, year_of_birth, pnc_number, nomis_number, crn, aliases: in the vault.",
        examples=[{"name": "Barnaby Quell", "date_of_birth": "1990-12-31"}],
    )
    referrer: dict[str, Any] | None = Field(
        default=None,
        description="Who passed the request on: name, organisation, email, phone; stored in the vault.",
        examples=[{"name": "Imogen Farrar", "organisation": "Avonside Police"}],
    )
    offence: str = Field(default="", description="The kind of offence.", examples=["burglary"])
    note: str = Field(
        default="",
        max_length=10_000,
        description="Free text: stored in the vault.",
        examples=["She would rather receive letters."],
    )
    continues: str | None = Field(
        default=None, description="The closed case that this request continues.", examples=[REF_EXAMPLE]
    )


class RequestReceivedResponse(BaseModel):
    """A request that is stored, and becomes a case as soon as it is delivered."""

    ref: str = Field(examples=[REF_EXAMPLE])
    status: Literal["received"] = Field(default="received", examples=["received"])


class FieldErrorResponse(BaseModel):
    """A field that cannot be accepted, and why; the value is not repeated."""

    field: str = Field(description="Empty: the row as a whole.", examples=["request.area"])
    problem: str = Field(examples=["is missing"])


class ImportedRowResponse(BaseModel):
    """What became of a row: a case's reference, or what is wrong with it."""

    line: int = Field(description="The line at which it begins.", examples=[2])
    source_id: str = Field(examples=["2026-0113"])
    ref: str | None = Field(description="null: the row was not accepted.", examples=[REF_EXAMPLE])
    first: bool = Field(description="False: the row was imported before, and nothing changed.")
    errors: list[FieldErrorResponse]
    differs: list[str] = Field(
        default_factory=list,
        description="Fields in which the row differs from the one that was imported before; they were not changed.",
        examples=[["contact", "offender.name"]],
    )
    refused: str = Field(
        default="", description="Why the process refuses the request; empty: it does not.", examples=["victim_must_ask"]
    )

    @computed_field(examples=[""])  # type: ignore[prop-decorator]
    @property
    def sentence(self) -> str:
        """Why it is refused, as people read it."""
        return SENTENCES[Refusal(self.refused)] if self.refused else ""


class ImportSummaryResponse(BaseModel):
    """The last line of the response to an import. `problem`: it was interrupted, and can be sent again."""

    stored: int = Field(examples=[1])
    known: int = Field(description="Rows that were imported before.", examples=[0])
    bad: int = Field(description="Rows that were not accepted.", examples=[0])
    different: int = Field(description="Rows that were imported before and differ now.", examples=[0])
    refused: int = Field(description="Rows that are stored, and refused by the process.", examples=[0])
    encoding: str = Field(description="How the file was read.", examples=["UTF-8"])
    separator: str = Field(description="What is between its cells; empty: JSON Lines.", examples=["commas"])
    problem: str | None = Field(examples=["database_unavailable"])
