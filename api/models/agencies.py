"""The directory of agencies: what admins send to manage it, and what is answered."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.models.base import FromDomain, NextCursor, StrictBody
from domain.vocabulary import AgencyKind
from ports.agencies import ChannelName
from ports.directory import QUESTIONS

_KIND: dict[str, Any] = {"enum": [kind.value for kind in AgencyKind]}
_CHANNEL: dict[str, Any] = {"enum": [channel.value for channel in ChannelName]}
_AN_ID = "eastmoor-probation"
_A_KEY = "whsec_dGhpcnR5LXR3byByYW5kb20gYnl0ZXMgZ28gaGVyZSE="


class AgencyFields(StrictBody):
    """The fields of every agency."""

    area: str = Field(default="", description="A police-force area; empty: a national agency.", examples=["eastmoor"])
    channel: str = Field(
        default="manual",
        json_schema_extra=_CHANNEL,
        description="How it receives requests; manual: from a caseworker.",
        examples=["http"],
    )
    address: str = Field(
        default="",
        description="A URL for http and hmpps, an email address for email, empty for manual.",
        examples=["https://asks.probation.example/rj"],
    )
    questions: list[str] = Field(
        default_factory=list,
        description=f"What it may be asked, of {', '.join(QUESTIONS)}; none: everything.",
        examples=[["trace", "agency_check"]],
    )
    contact: str = Field(
        default="",
        description="Who staff ring or write to: an office, not a person.",
        examples=["Duty desk, 01632 960001"],
    )
    works_on: str = Field(default="mon-fri", description="Working days and ranges of days.", examples=["tue,wed"])


class NewAgency(AgencyFields):
    """An agency to be added."""

    id: str = Field(description="Lower-case letters, digits and hyphens.", examples=[_AN_ID])
    kind: str = Field(json_schema_extra=_KIND, examples=["probation"])
    name: str = Field(description="As staff read it.", examples=["Eastmoor Probation"])


class AgencyUpdate(AgencyFields):
    """Changes of an agency: what is left out stays. A new channel needs a new address."""

    kind: str = Field(default_factory=str, json_schema_extra=_KIND, examples=["probation"])
    name: str = Field(default="", description="As staff read it.", examples=["Eastmoor Probation"])
    active: bool = Field(default=True, description="False: removed from the directory; true: put back.")


class NewKey(StrictBody):
    """Whose signing key to replace."""

    side: Literal["theirs", "ours"] = Field(
        description="theirs signs the webhooks that the agency sends; ours signs what it is sent.", examples=["ours"]
    )
    overlap_days: float = Field(
        default=7, ge=0, le=366, description="How long the older keys stay valid; 0: they end at once.", examples=[7]
    )


class AgencyPauseResponse(FromDomain):
    """A pause of the requests to an agency, or to all agencies."""

    agency: str = Field(description="Empty: all agencies.", examples=[_AN_ID])
    since: datetime
    by: str = Field(description="Who paused them.", examples=["staff:s.lindqvist"])
    why: str = Field(examples=["Requests to eastmoor-probation are paused since 2 March 2026, by staff:s.lindqvist."])


class KeyResponse(FromDomain):
    """A valid key, without the key itself."""

    added_at: datetime
    until: datetime | None = Field(description="When it ends, if a newer one replaces it.")


class AgencyResponse(FromDomain):
    """An agency in the directory."""

    id: str = Field(examples=[_AN_ID])
    kind: str = Field(examples=["probation"])
    area: str = Field(examples=["eastmoor"])
    name: str = Field(examples=["Eastmoor Probation"])
    channel: str = Field(examples=["http"])
    address: str = Field(examples=["https://asks.probation.example/rj"])
    questions: list[str] = Field(examples=[["trace", "agency_check"]])
    contact: str = Field(examples=["Duty desk, 01632 960001"])
    works_on: str = Field(examples=["tue,wed"])
    active: bool
    pauses: list[AgencyPauseResponse] = Field(description="Its own pause, that of all agencies, or both.")
    theirs: list[KeyResponse] = Field(description="The keys that it may sign with, newest first.")
    ours: list[KeyResponse] = Field(description="The keys that we sign with, newest first.")


class AgencyListResponse(BaseModel):
    """A page of the directory: grouped by area, the national agencies first."""

    agencies: list[AgencyResponse]
    next: NextCursor


class NewKeysResponse(FromDomain):
    """The first keys of an agency."""

    theirs: str = Field(description="The agency signs its webhooks with it.", examples=[_A_KEY])
    ours: str = Field(description="What the agency is sent is signed with it.", examples=[_A_KEY])


class AgencyAddedResponse(BaseModel):
    """The agency that was added, and its keys, which are not shown again."""

    agency: AgencyResponse
    keys: NewKeysResponse


class KeyRotatedResponse(FromDomain):
    """A new key, which is not shown again."""

    agency: str = Field(examples=[_AN_ID])
    side: Literal["theirs", "ours"]
    key: str = Field(examples=[_A_KEY])
    older_until: datetime | None = Field(description="When the older keys end; null: there are none.")


class AgencyPausesResponse(BaseModel):
    """The pauses of the requests to one agency, or (with an empty `agency`) all pauses."""

    agency: str = Field(examples=[_AN_ID])
    pauses: list[AgencyPauseResponse]


class PingResponse(FromDomain):
    """The result of a test message to an agency."""

    agency: str = Field(examples=[_AN_ID])
    channel: str = Field(examples=["http"])
    reached: bool
    reply: str = Field(description="What the agency answered.", examples=[""])
    code: str = Field(description="How it failed.", examples=["timeout"])
    seconds: float = Field(examples=[15.002])
    sentence: str = Field(examples=["Not reached by http: no answer came in time."])
    look_at: str | None = Field(examples=["whether the agency's server runs"])
