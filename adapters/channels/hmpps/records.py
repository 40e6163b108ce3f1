"""What the HMPPS External API answers, as far as a trace reads it.

Fields are named and shaped as in its document of July 2024. There each of them may be left out; the service also gives
null where the document does not say so, and `read` takes that for the same.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from pydantic_core import from_json, to_json

from adapters.channels.hmpps.person_names import is_same_name
from adapters.channels.hmpps.pnc import pnc_key


class _Read(BaseModel):
    """Fields of other names are not read: the API grows, and we take no more of anybody than we need."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", populate_by_name=True)


class Name(_Read):
    """A name as the register keeps it, main or alias."""

    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""

    @property
    def in_full(self) -> str:
        """The name as it is read out."""
        return " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)

    def is_of(self, name: str) -> bool:
        """Whether somebody called `name`, in one line, has this name."""
        return is_same_name(name, self.first_name, self.middle_name, self.last_name)


class Identifiers(_Read):
    """The numbers of the prison and the probation systems."""

    nomis_number: str = ""
    delius_crn: str = ""


class Record(Name):
    """One record of a person; the prison and the probation systems may each hold one of the same person."""

    date_of_birth: date | None = None
    hmpps_id: str = ""
    pnc_id: str = ""
    identifiers: Identifiers | None = None
    aliases: tuple[Name, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """By what the register can be asked about the person, its own id first."""
        known = self.identifiers or Identifiers()
        return tuple(each for each in (self.hmpps_id, known.nomis_number, known.delius_crn, self.pnc_id) if each)

    @property
    def numbers(self) -> frozenset[str]:
        """Its ids, each as it is compared: another record that has one of them is of the same person."""
        return frozenset(pnc_key(each) or each.upper() for each in self.ids)


class Pagination(_Read):
    """Which part of the whole an answer is."""

    is_last_page: bool
    total_count: int = 0


class Persons(_Read):
    """One page of a search."""

    data: tuple[Record, ...]
    pagination: Pagination


class BySystem(_Read):
    """The records of one person."""

    prisoner_offender_search: Record | None = None
    probation_offender_search: Record | None = None


class Person(_Read):
    """One person."""

    data: BySystem

    @property
    def records(self) -> tuple[Record, ...]:
        """What the two systems hold."""
        return tuple(each for each in (self.data.probation_offender_search, self.data.prisoner_offender_search) if each)


class Prison(_Read):
    """The prison of an offender manager."""

    code: str = ""


class PrisonManager(_Read):
    """Who works with the person in prison; the names are read only to know that there is somebody."""

    forename: str = ""
    surname: str = ""
    prison: Prison | None = None


class Team(_Read):
    """A team of the probation service."""

    code: str = ""


class ManagerName(_Read):
    """The name of a community offender manager."""

    forename: str = ""
    surname: str = ""


class CommunityManager(_Read):
    """Who works with the person in the community."""

    name: ManagerName | None = None
    team: Team | None = None


class Managers(_Read):
    """Both managers, as far as there are any."""

    prison_offender_manager: PrisonManager | None = None
    community_offender_manager: CommunityManager | None = None


class ResponsibleOfficer(_Read):
    """The answer to who is responsible."""

    data: Managers


class Sentence(_Read):
    """A sentence: whether it runs, and whether it is of custody."""

    is_active: bool | None = None
    is_custodial: bool | None = None


class Sentences(_Read):
    """One page of sentences, the newest first."""

    data: tuple[Sentence, ...]
    pagination: Pagination


class Limitations(_Read):
    """Who is kept from a record, or to whom it is limited. Newer than the document."""

    excluded_from: tuple[Any, ...] = ()
    exclusion_message: str = ""
    restricted_to: tuple[Any, ...] = ()
    restriction_message: str = ""


class AccessLimitations(_Read):
    """The answer to whether access is limited."""

    data: Limitations | None = None

    @property
    def is_limited(self) -> bool:
        """Whether the record has any Limited Access flag."""
        said = self.data or Limitations()
        return any((said.excluded_from, said.exclusion_message, said.restricted_to, said.restriction_message))


_Kind = TypeVar("_Kind", bound=BaseModel)


def read(kind: type[_Kind], body: bytes) -> _Kind:
    """The answer in `body` as `kind`. Raises ValueError for what is not of that shape."""
    return kind.model_validate_json(to_json(_without_nulls(from_json(body))), strict=True)


def _without_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_nulls(each) for key, each in value.items() if each is not None}
        case list():
            return [_without_nulls(each) for each in value]
        case _:
            return value


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search gave; not `complete` where it gave more than are read."""

    records: tuple[Record, ...] = field(default=(), repr=False)
    complete: bool = True
