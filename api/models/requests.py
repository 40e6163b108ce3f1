"""New requests for restorative justice, entered one by one or imported."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from api.models.base import REF_EXAMPLE, StrictBody


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
        description="name, date_of_birth, pnc_number, aliases: stored in the vault.",
        examples=[{"name": "Barnaby Quell", "date_of_birth": "1990-12-31"}],
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


class ImportSummaryResponse(BaseModel):
    """The last line of the response to an import. `problem`: it was interrupted, and can be sent again."""

    stored: int = Field(examples=[1])
    known: int = Field(description="Rows that were imported before.", examples=[0])
    bad: int = Field(description="Rows that were not accepted.", examples=[0])
    problem: str | None = Field(examples=["database_unavailable"])
