"""The directory of agencies as it travels over HTTP: what is sent to manage it, and what is answered."""

from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.cursors import Next
from api.problems import Code, Problem
from domain.vocabulary import AgencyKind
from ports.agencies import ChannelName
from ports.directory import QUESTIONS, AgencyDetails, AgencyEdit

M = TypeVar("M", bound=BaseModel)

_PROBLEM_OF = {"missing": Code.MISSING_FIELD, "extra_forbidden": Code.UNKNOWN_FIELD}
_KIND: dict[str, Any] = {"enum": [kind.value for kind in AgencyKind]}
_CHANNEL: dict[str, Any] = {"enum": [channel.value for channel in ChannelName]}
_AN_ID = "eastmoor-probation"
_A_KEY = "whsec_dGhpcnR5LXR3byByYW5kb20gYnl0ZXMgZ28gaGVyZSE="


class Written(BaseModel):
    """What an operator sends. A field that is not listed here is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Details(Written):
    """What may be written of every agency. What the values must be is said by `ports.directory`."""

    area: str = Field(default="", description="A police-force area; empty: a national agency.", examples=["eastmoor"])
    channel: str = Field(
        default="manual",
        json_schema_extra=_CHANNEL,
        description="How it is asked; manual: by a caseworker.",
        examples=["http"],
    )
    address: str = Field(
        default="",
        description="A URL for http and hmpps, a mail address for email, nothing for manual.",
        examples=["https://asks.probation.example/rj"],
    )
    questions: list[str] = Field(
        default_factory=list,
        description=f"What it is asked, of {', '.join(QUESTIONS)}; none: everything.",
        examples=[["trace", "agency_check"]],
    )
    contact: str = Field(
        default="",
        description="Whom staff ring or write to: an office, not a person.",
        examples=["Duty desk, 01632 960001"],
    )
    works_on: str = Field(default="mon-fri", description="Days and spans of days.", examples=["tue,wed"])


class NewAgency(_Details):
    """An agency to be entered."""

    id: str = Field(description="Small letters, digits and hyphens.", examples=[_AN_ID])
    kind: str = Field(json_schema_extra=_KIND, examples=["probation"])
    name: str = Field(description="As staff read it.", examples=["Eastmoor Probation"])

    def details(self) -> AgencyDetails:
        """The agency as it is written."""
        return AgencyDetails(**self.model_dump() | {"questions": tuple(self.questions)})


class AgencyChanges(_Details):
    """What is to be changed of an agency: what is left out stays. Another channel needs its address with it."""

    kind: str = Field(default="", json_schema_extra=_KIND, examples=["probation"])
    name: str = Field(default="", description="As staff read it.", examples=["Eastmoor Probation"])
    active: bool = Field(default=True, description="False: it is taken out of the directory; true: put back.")

    def changes(self) -> AgencyEdit:
        """What is named, and nothing else."""
        named: dict[str, Any] = self.model_dump(exclude_unset=True)
        if "questions" in named:
            named["questions"] = tuple(self.questions)
        return AgencyEdit(**named)


class NewKey(Written):
    """Whose key is to be made anew."""

    side: Literal["theirs", "ours"] = Field(
        description="theirs signs the webhooks that the agency sends; ours signs what it is sent.", examples=["ours"]
    )
    overlap_days: float = Field(
        default=7,
        ge=0,
        le=366,
        description="How long the older keys count beside it; 0: they end at once.",
        examples=[7],
    )


class Shown(BaseModel):
    """What is answered, made of what the directory gives."""

    model_config = ConfigDict(from_attributes=True)


class PauseShown(Shown):
    """Asks that an operator has paused."""

    agency: str = Field(description="Whose; empty: those of all agencies.", examples=[_AN_ID])
    since: datetime
    by: str = Field(description="Who paused them.", examples=["staff:s.lindqvist"])


class KeyShown(Shown):
    """A key that counts now, without the key."""

    added_at: datetime
    until: datetime | None = Field(description="When it ends, if a newer one is to take its place.")


class AgencyShown(Shown):
    """An agency as the directory holds it."""

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
    pauses: list[PauseShown] = Field(description="What holds its asks back: its own pause, the one for all, or both.")
    theirs: list[KeyShown] = Field(description="The keys that it may sign with, the newest first.")
    ours: list[KeyShown] = Field(description="The keys that we sign with, the newest first.")


class AgencyList(BaseModel):
    """A part of the directory: those of one area together, the national ones first."""

    agencies: list[AgencyShown]
    next: Next


class KeysShown(Shown):
    """The first keys of an agency."""

    theirs: str = Field(description="The agency signs its webhooks with it.", examples=[_A_KEY])
    ours: str = Field(description="What the agency is sent is signed with it.", examples=[_A_KEY])


class AgencyAdded(BaseModel):
    """The agency that was entered, and its keys, which are not shown again."""

    agency: AgencyShown
    keys: KeysShown


class KeyRotated(Shown):
    """A new key, which is not shown again."""

    agency: str = Field(examples=[_AN_ID])
    side: Literal["theirs", "ours"]
    key: str = Field(examples=[_A_KEY])
    older_until: datetime | None = Field(description="When the older keys end; null: there are none.")


class AsksStanding(BaseModel):
    """What holds asks back now: of one agency, or (with an empty `agency`) at all."""

    agency: str = Field(examples=[_AN_ID])
    pauses: list[PauseShown]


class TestResult(Shown):
    """What came of trying an agency."""

    agency: str = Field(examples=[_AN_ID])
    channel: str = Field(examples=["http"])
    reached: bool
    said: str = Field(description="What came back.", examples=[""])
    code: str = Field(description="How it failed.", examples=["timeout"])
    seconds: float = Field(examples=[15.002])
    sentence: str = Field(examples=["Not reached by http: no answer came in time."])
    look_at: str | None = Field(examples=["whether the agency's server runs"])


def read_as(model: type[M], raw: dict[str, Any]) -> M:
    """`raw` as `model`. Raises Problem, which names the field and not its value."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        code = _PROBLEM_OF.get(first["type"], Code.UNREADABLE)
        # The sender chose the name of an unknown field too.
        where = "a field" if code is Code.UNKNOWN_FIELD else ".".join(str(part) for part in first["loc"])
        raise Problem(code, f"{where}: {first['msg']}; known are {', '.join(model.model_fields)}") from None


def body_of(model: type[Written]) -> dict[str, Any]:
    """How the documentation describes a body that is read as `model`."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}}
