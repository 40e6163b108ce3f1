"""The stream of changes."""

from datetime import datetime

from pydantic import Field

from api.models.base import REF_EXAMPLE, FromDomain


class CaseChangeResponse(FromDomain):
    """The data of an event `case_changed`: read the case, or the list that shows it, again."""

    ref: str = Field(examples=[REF_EXAMPLE])
    version: int = Field(examples=[6])
    area: str = Field(examples=["eastmoor"])
    event: str = Field(description="That of the last entry.", examples=["request_screened"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    at: datetime = Field(description="The case's time.")
