"""What the HMPPS External API answers, as far as a trace reads it.

Fields are named and shaped as in its document of July 2024. There each of them may be left out, and the service gives
null for many that the document does not call nullable, so both are read as nothing.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from adapters.person_names import is_same_name
from adapters.pnc import pnc_key


def _nothing_for_null(given: object) -> object:
    return "" if given is None else given


def _empty_for_null(given: object) -> object:
    return [] if given is None else given


_Item = TypeVar("_Item")
_Text = Annotated[str, BeforeValidator(_nothing_for_null)]
_List = Annotated[tuple[_Item, ...], BeforeValidator(_empty_for_null)]


class _Read(BaseModel):
    """Fields of other names are not read: the API grows, and we take no more of anybody than we need."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", populate_by_name=True)


class Name(_Read):
    """A name as the register keeps it, main or alias."""

    first_name: _Text = ""
    middle_name: _Text = ""
    last_name: _Text = ""

    @property
    def in_full(self) -> str:
        """The name as it is read out."""
        return " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)

    def is_of(self, name: str) -> bool:
        """Whether somebody called `name`, in one line, has this name."""
        return is_same_name(name, self.first_name, self.middle_name, self.last_name)


class Identifiers(_Read):
    """The numbers of the prison and the probation systems."""

    nomis_number: _Text = ""
    delius_crn: _Text = ""


class Record(Name):
    """One record of a person; the prison and the probation systems may each hold one of the same person."""

    date_of_birth: date | None = None
    hmpps_id: _Text = ""
    pnc_id: _Text = ""
    identifiers: Identifiers | None = None
    aliases: _List[Name] = ()

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

    data: _List[Record] = ()
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

    code: _Text = ""


class PrisonManager(_Read):
    """Who works with the person in prison; the names are read only to know that there is somebody."""

    forename: _Text = ""
    surname: _Text = ""
    prison: Prison | None = None


class Team(_Read):
    """A team of the probation service."""

    code: _Text = ""


class ManagerName(_Read):
    """The name of a community offender manager."""

    forename: _Text = ""
    surname: _Text = ""


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

    data: _List[Sentence] = ()
    pagination: Pagination


class Limitations(_Read):
    """Who is kept from a record, or to whom it is limited. Newer than the document."""

    excluded_from: _List[Any] = ()
    exclusion_message: _Text = ""
    restricted_to: _List[Any] = ()
    restriction_message: _Text = ""


class AccessLimitations(_Read):
    """The answer to whether access is limited."""

    data: Limitations | None = None

    @property
    def is_limited(self) -> bool:
        """Whether the record has any Limited Access flag."""
        said = self.data or Limitations()
        return any((said.excluded_from, said.exclusion_message, said.restricted_to, said.restriction_message))


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave; not `complete` where it gave more than are read."""

    records: tuple[Record, ...] = field(default=(), repr=False)
    complete: bool = True
