"""Who was meant: decides, from what is known of an offender and what the register holds, without guessing.

Pure: records come in, a verdict goes out. docs/decisions/0019-the-trace-through-the-register.md says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from adapters.channels.hmpps.pnc import same_pnc
from adapters.channels.hmpps.records import Name, Record


@dataclass(frozen=True, slots=True)
class SearchSubject:
    """Whom the request is about. `names`: the one given first, then the other names that were given."""

    names: tuple[str, ...] = field(repr=False)
    born: date | None = field(default=None, repr=False)
    pnc: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """One person of the register: every record of them, and the id by which they are asked about."""

    id: str
    records: tuple[Record, ...] = field(repr=False)

    @property
    def numbers(self) -> frozenset[str]:
        """Each number that one of the records has."""
        return frozenset().union(*(record.numbers for record in self.records))

    @property
    def born(self) -> frozenset[date]:
        """Each date of birth that one of the records has."""
        return frozenset(record.date_of_birth for record in self.records if record.date_of_birth)

    @property
    def pncs(self) -> tuple[str, ...]:
        """Each PNC number that one of the records has."""
        return tuple(dict.fromkeys(record.pnc_id for record in self.records if record.pnc_id))

    @property
    def aliases(self) -> tuple[Name, ...]:
        """The names by which the person is known beside their own."""
        return tuple(alias for record in self.records for alias in record.aliases)


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The register shows us nobody, which does not say that there is nobody."""


@dataclass(frozen=True, slots=True)
class Match:
    """This is the person."""

    person: RegisterPerson


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """People who may be meant, or one of whom it is not certain; `complete` unless there are more."""

    people: tuple[RegisterPerson, ...]
    complete: bool = True


MatchResult = NoMatch | Match | Ambiguous


def match_people(sought: SearchSubject, people: tuple[RegisterPerson, ...], *, complete: bool = True) -> MatchResult:
    """Who of `people` is `sought`; they are `complete` unless the register has more that fit the search."""
    if not people:
        return NoMatch() if complete else Ambiguous((), complete)
    sharing = [each for each in people if _shares_the_number(sought, each)]
    if len(numbered := [each for each in sharing if not is_somebody_else(sought, each)]) == 1:
        return Match(numbered[0])
    named = [each for each in people if _has_name_and_birth(sought, each)]
    if complete and not sharing and len(named) == 1:
        return Match(named[0])
    return Ambiguous(people, complete)


def is_somebody_else(sought: SearchSubject, person: RegisterPerson) -> bool:
    """Whether date of birth and every name are others: then also a PNC number that is the same was mistaken."""
    other_birth = sought.born is not None and bool(person.born) and sought.born not in person.born
    return other_birth and _names_that_agree(sought, person) == 0


def _shares_the_number(sought: SearchSubject, person: RegisterPerson) -> bool:
    return any(same_pnc(sought.pnc, pnc) for pnc in person.pncs)


def _has_name_and_birth(sought: SearchSubject, person: RegisterPerson) -> bool:
    """The same name and date of birth, and no other PNC number.

    A name given as another one counts, and so does one that the register has as an alias, where a second name agrees:
    an alias may be what somebody else once gave as theirs.
    """
    if sought.born not in person.born or (sought.pnc and person.pncs):
        return False
    own = any(record.is_of(sought.names[0]) for record in person.records)
    return own or _names_that_agree(sought, person) > 1


def _names_that_agree(sought: SearchSubject, person: RegisterPerson) -> int:
    known = (*person.records, *person.aliases)
    return sum(any(each.is_of(name) for each in known) for name in sought.names)


def group_records(records: Iterable[Record]) -> tuple[RegisterPerson, ...]:
    """The people whose records these are: the two systems behind the register each answer with their own."""
    return merge_people(to_person((record,)) for record in records)


def merge_people(people: Iterable[RegisterPerson]) -> tuple[RegisterPerson, ...]:
    """The people, each once: whoever shares a number is the same person."""
    apart: list[RegisterPerson] = []
    for person in people:
        same = [each for each in apart if each.numbers & person.numbers]
        apart = [each for each in apart if each not in same]
        records = tuple(record for each in (*same, person) for record in each.records)
        apart.append(to_person(records, next((each.id for each in (*same, person) if each.id), "")))
    return tuple(apart)


def to_person(records: tuple[Record, ...], id: str = "") -> RegisterPerson:
    """The person of these records, under `id`, or else under the first that one of them has."""
    return RegisterPerson(
        id or next((each for record in records for each in record.ids), ""), tuple(dict.fromkeys(records))
    )
