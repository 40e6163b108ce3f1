"""The responses of the HMPPS External API, as far as a trace reads them.

Fields are named and shaped as in its document of July 2024. There each of them may be left out; the service also sends
null where the document does not say so, which `read_response` treats alike.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import from_json, to_json

from adapters.channels.hmpps.person_names import is_same_name
from adapters.channels.hmpps.pnc import pnc_key


class RegisterModel(BaseModel):
    """Other fields are not read: the API grows, and we need no more of anybody."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", populate_by_name=True)


class Name(RegisterModel):
    """A name as the register keeps it, main or alias."""

    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""

    @property
    def in_full(self) -> str:
        """The whole name."""
        return " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)

    def is_of(self, name: str) -> bool:
        """Whether somebody called `name`, in one line, has this name."""
        return is_same_name(name, self.first_name, self.middle_name, self.last_name)


class Identifiers(RegisterModel):
    """The numbers of the prison and the probation systems."""

    nomis_number: str = ""
    delius_crn: str = ""


class RegisterRecord(Name):
    """A record of a person; the prison and the probation systems may each have one of the same person."""

    date_of_birth: date | None = None
    hmpps_id: str = ""
    pnc_id: str = ""
    identifiers: Identifiers | None = None
    aliases: tuple[Name, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids by which the register can be asked about the person, its own id first."""
        known = self.identifiers or Identifiers()
        return tuple(id for id in (self.hmpps_id, known.nomis_number, known.delius_crn, self.pnc_id) if id)

    @property
    def numbers(self) -> frozenset[str]:
        """The ids as they are compared: another record that has one of them is of the same person."""
        return frozenset(pnc_key(id) or id.upper() for id in self.ids)


class RegisterPagination(RegisterModel):
    """Whether a page is the last one."""

    is_last_page: bool
    total_count: int = 0


class PersonsResponse(RegisterModel):
    """One page of a search."""

    data: tuple[RegisterRecord, ...]
    pagination: RegisterPagination


class BySystem(RegisterModel):
    """The records of one person."""

    prisoner_offender_search: RegisterRecord | None = None
    probation_offender_search: RegisterRecord | None = None


class PersonResponse(RegisterModel):
    """One person."""

    data: BySystem

    @property
    def records(self) -> tuple[RegisterRecord, ...]:
        """The records of both systems."""
        systems = (self.data.probation_offender_search, self.data.prisoner_offender_search)
        return tuple(record for record in systems if record)


class Prison(RegisterModel):
    """The prison of an offender manager."""

    code: str = ""


class PrisonManager(RegisterModel):
    """Who works with the person in prison; the names only show that there is somebody."""

    forename: str = ""
    surname: str = ""
    prison: Prison | None = None


class Team(RegisterModel):
    """A team of the probation service."""

    code: str = ""


class ManagerName(RegisterModel):
    """The name of a community offender manager."""

    forename: str = ""
    surname: str = ""


class CommunityManager(RegisterModel):
    """Who works with the person in the community."""

    name: ManagerName | None = None
    team: Team | None = None


class Managers(RegisterModel):
    """The two managers, as far as there are any."""

    prison_offender_manager: PrisonManager | None = None
    community_offender_manager: CommunityManager | None = None


class ResponsibleOfficerResponse(RegisterModel):
    """Who is responsible."""

    data: Managers


class Sentence(RegisterModel):
    """Whether a sentence is being served, and in custody."""

    is_active: bool | None = None
    is_custodial: bool | None = None


class SentencesResponse(RegisterModel):
    """One page of sentences, the newest first."""

    data: tuple[Sentence, ...]
    pagination: RegisterPagination


class Limitations(RegisterModel):
    """Who is excluded from a record, or alone may see it. Newer than the document."""

    excluded_from: tuple[Any, ...] = ()
    exclusion_message: str = ""
    restricted_to: tuple[Any, ...] = ()
    restriction_message: str = ""


class AccessLimitationsResponse(RegisterModel):
    """Whether access is limited."""

    data: Limitations | None = None

    @property
    def is_limited(self) -> bool:
        """Whether the record has any Limited Access flag."""
        flags = self.data or Limitations()
        return any((flags.excluded_from, flags.exclusion_message, flags.restricted_to, flags.restriction_message))


ResponseModel = TypeVar("ResponseModel", bound=BaseModel)


def read_response(model: type[ResponseModel], body: bytes) -> ResponseModel:
    """Read `body` as `model`. Raises ValueError for what is not of that shape."""
    return model.model_validate_json(to_json(_without_nulls(from_json(body))), strict=True)


def _without_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_nulls(item) for key, item in value.items() if item is not None}
        case list():
            return [_without_nulls(item) for item in value]
        case _:
            return value


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The records of a search; not `complete` where there are more than are read."""

    records: tuple[RegisterRecord, ...] = field(default=(), repr=False)
    complete: bool = True
