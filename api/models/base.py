"""What the models of the HTTP API have in common. They import pydantic, the domain and ports only."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

CURSOR_EXAMPLE = "WyI2ZjFkMGE1YzNlMjQiLCI1Il0"
REF_EXAMPLE = "RJ-7Q2K-9F3M"
ACCOUNT_EXAMPLE = "c.okafor"

NextCursor = Annotated[
    str | None, Field(description="The cursor of the next page; null: this is the last.", examples=[CURSOR_EXAMPLE])
]


class StrictBody(BaseModel):
    """A request's body. A field that is not listed here is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class FromDomain(BaseModel):
    """A response that is made of an object of the domain with the same fields."""

    model_config = ConfigDict(from_attributes=True)
