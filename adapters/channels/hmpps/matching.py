"""Decides without guessing who was meant, from what is known of an offender and what the register holds.

docs/decisions/0019-tracing-through-the-register.md has the reasons.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from adapters.channels.hmpps.pnc import is_same_pnc
from adapters.channels.hmpps.records import Name, RegisterRecord


@dataclass(frozen=True, slots=True)
class SearchSubject:
    """The person whom a request is about. `names` has the main name first, then other names that were given."""

    names: tuple[str, ...] = field(repr=False)
    born: date | None = field(default=None, repr=False)
    pnc: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """One person of the register: all of their records, and the id by which the register is asked about them."""

    id: str
    records: tuple[RegisterRecord, ...] = field(repr=False)

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
        """The other names of the person."""
        return tuple(alias for record in self.records for alias in record.aliases)


@dataclass(frozen=True, slots=True)
class NoMatch:
    """The register shows us nobody, which does not mean that there is nobody."""


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


def match_people(subject: SearchSubject, people: tuple[RegisterPerson, ...], *, complete: bool = True) -> MatchResult:
    """Decide who of `people` is `subject`; they are `complete` unless more in the register fit the search.

    A PNC number decides, unless date of birth and names are other ones. Otherwise a name and the date of birth decide,
    for a person without another PNC number. A name that was given as another one counts, and so does an alias of the
    register where a second name agrees: an alias may be what somebody else once gave as theirs.
    """
    if not people:
        return NoMatch() if complete else Ambiguous((), complete)
    sharing = [person for person in people if any(is_same_pnc(subject.pnc, pnc) for pnc in person.pncs)]
    by_number = [person for person in sharing if not is_somebody_else(subject, person)]
    if len(by_number) == 1:
        return Match(by_number[0])
    by_name = [
        person
        for person in people
        if subject.born in person.born
        and not (subject.pnc and person.pncs)
        and (
            any(record.is_of(subject.names[0]) for record in person.records)
            or _count_agreeing_names(subject, person) > 1
        )
    ]
    if complete and not sharing and len(by_name) == 1:
        return Match(by_name[0])
    return Ambiguous(people, complete)


def is_somebody_else(subject: SearchSubject, person: RegisterPerson) -> bool:
    """Whether date of birth and every name differ: then also a PNC number that is the same was mistaken."""
    other_birth = subject.born is not None and bool(person.born) and subject.born not in person.born
    return other_birth and _count_agreeing_names(subject, person) == 0


def _count_agreeing_names(subject: SearchSubject, person: RegisterPerson) -> int:
    names = (*person.records, *person.aliases)
    return sum(any(name.is_of(given) for name in names) for given in subject.names)


def group_records(records: Iterable[RegisterRecord]) -> tuple[RegisterPerson, ...]:
    """Return the people whose records these are: each of the two systems behind the register has its own."""
    return merge_people(to_person((record,)) for record in records)


def merge_people(people: Iterable[RegisterPerson]) -> tuple[RegisterPerson, ...]:
    """Return each person once: those who share a number are the same person."""
    merged: list[RegisterPerson] = []
    for person in people:
        same = [other for other in merged if other.numbers & person.numbers]
        merged = [other for other in merged if other not in same]
        parts = (*same, person)
        records = tuple(record for part in parts for record in part.records)
        merged.append(to_person(records, next((part.id for part in parts if part.id), "")))
    return tuple(merged)


def to_person(records: tuple[RegisterRecord, ...], id: str = "") -> RegisterPerson:
    """Return the person of these records, under `id`, or else under the first id of the records."""
    first_id = next((record_id for record in records for record_id in record.ids), "")
    return RegisterPerson(id or first_id, tuple(dict.fromkeys(records)))
