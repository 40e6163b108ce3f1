"""Decides without guessing who was meant, from what is known of an offender and what the register holds.

docs/decisions/0019-tracing-through-the-register.md has the reasons.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from adapters.channels.hmpps.numbers import have_other_number
from adapters.channels.hmpps.person_names import may_be_same_name
from adapters.channels.hmpps.pnc import is_same_pnc
from adapters.channels.hmpps.records import Name, RegisterRecord


@dataclass(frozen=True, slots=True)
class SearchSubject:
    """The offender of a request. `names` has the main name first, then other names that were given.

    `born_in` is the year where the day is not known; `numbers` are those of the prison and the probation systems.
    """

    names: tuple[str, ...] = field(repr=False)
    born: date | None = field(default=None, repr=False)
    pnc: str = field(default="", repr=False)
    born_in: int | None = field(default=None, repr=False)
    numbers: tuple[str, ...] = field(default=(), repr=False)

    @property
    def has_enough(self) -> bool:
        """Whether enough is known to search for them: a number, or a name with the date or the year of birth."""
        has_birth = self.born is not None or self.born_in is not None
        return bool(self.pnc or self.numbers or (self.names[0] and has_birth))


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
    """People who may be meant, or one person who is not certain; `complete` unless there are more."""

    people: tuple[RegisterPerson, ...]
    complete: bool = True


MatchResult = NoMatch | Match | Ambiguous


def match_people(subject: SearchSubject, people: tuple[RegisterPerson, ...], *, complete: bool = True) -> MatchResult:
    """Decide who of `people` is `subject`; they are `complete` unless more in the register fit the search.

    A number decides, unless date of birth and names are other ones, or another number is. Otherwise a name and the date
    of birth decide, for a person without another number. A name that was given as another one counts, and so does an
    alias of the register where a second name agrees: an alias may be what somebody else once gave as theirs. A year of
    birth never decides.
    """
    if not people:
        return NoMatch() if complete else Ambiguous((), complete)
    numbers = set(subject.numbers)
    sharing = [
        person
        for person in people
        if numbers & person.numbers or any(is_same_pnc(subject.pnc, pnc) for pnc in person.pncs)
    ]
    by_number = [
        person for person in sharing if not is_somebody_else(subject, person) and not _has_other_number(subject, person)
    ]
    if len(by_number) == 1:
        return Match(by_number[0])
    by_name = [
        person
        for person in people
        if subject.born in person.born
        and not _has_other_number(subject, person)
        and (
            any(record.is_of(subject.names[0]) for record in person.records)
            or _count_agreeing_names(subject, person) > 1
        )
    ]
    if complete and not sharing and len(by_name) == 1:
        return Match(by_name[0])
    return Ambiguous(people, complete)


def is_somebody_else(subject: SearchSubject, person: RegisterPerson) -> bool:
    """Whether date of birth and every name differ: then also a number that is the same was mistaken."""
    if subject.born is not None:
        other_birth = bool(person.born) and subject.born not in person.born
    else:
        other_birth = not may_be_born_in(subject.born_in, person)
    return other_birth and _count_agreeing_names(subject, person) == 0


def may_be_born_in(year: int | None, person: RegisterPerson) -> bool:
    """Whether `person` may be born in `year`; None: in any."""
    return year is None or not person.born or year in {day.year for day in person.born}


def may_be_called(subject: SearchSubject, person: RegisterPerson) -> bool:
    """Whether a name of `person` may be one of the subject's, written in another order or in part."""
    known = (*person.records, *person.aliases)
    return any(
        may_be_same_name(given, name.first_name, name.middle_name, name.last_name)
        for name in known
        for given in subject.names
    )


def _has_other_number(subject: SearchSubject, person: RegisterPerson) -> bool:
    """Whether the person's number in one of the systems is known, and another one."""
    other_pnc = bool(subject.pnc and person.pncs) and not any(is_same_pnc(subject.pnc, pnc) for pnc in person.pncs)
    return other_pnc or have_other_number(subject.numbers, person.numbers)


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
