"""Who was meant: decides, from what is known of an offender and what the register holds, without guessing.

Pure: records come in, a verdict goes out. docs/decisions/0019-the-trace-through-the-register.md says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from adapters.channels.hmpps.pnc import same_pnc
from adapters.channels.hmpps.records import Name, Record


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom the request is about. `names`: the one given first, then the other names that were given."""

    names: tuple[str, ...] = field(repr=False)
    born: date | None = field(default=None, repr=False)
    pnc: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Known:
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
class Nobody:
    """The register shows us nobody, which does not say that there is nobody."""


@dataclass(frozen=True, slots=True)
class One:
    """This is the person."""

    person: Known


@dataclass(frozen=True, slots=True)
class Several:
    """People who may be meant, or one of whom it is not certain; `complete` unless there are more."""

    people: tuple[Known, ...]
    complete: bool = True


Verdict = Nobody | One | Several


def judged(sought: Sought, people: tuple[Known, ...], *, complete: bool = True) -> Verdict:
    """Who of `people` is `sought`; they are `complete` unless the register has more that fit the search."""
    if not people:
        return Nobody() if complete else Several((), complete)
    sharing = [each for each in people if _shares_the_number(sought, each)]
    if len(numbered := [each for each in sharing if not is_somebody_else(sought, each)]) == 1:
        return One(numbered[0])
    named = [each for each in people if _has_name_and_birth(sought, each)]
    if complete and not sharing and len(named) == 1:
        return One(named[0])
    return Several(people, complete)


def is_somebody_else(sought: Sought, person: Known) -> bool:
    """Whether date of birth and every name are others: then also a PNC number that is the same was mistaken."""
    other_birth = sought.born is not None and bool(person.born) and sought.born not in person.born
    return other_birth and _names_that_agree(sought, person) == 0


def _shares_the_number(sought: Sought, person: Known) -> bool:
    return any(same_pnc(sought.pnc, pnc) for pnc in person.pncs)


def _has_name_and_birth(sought: Sought, person: Known) -> bool:
    """The same name and date of birth, and no other PNC number.

    A name given as another one counts, and so does one that the register has as an alias, where a second name agrees:
    an alias may be what somebody else once gave as theirs.
    """
    if sought.born not in person.born or (sought.pnc and person.pncs):
        return False
    own = any(record.is_of(sought.names[0]) for record in person.records)
    return own or _names_that_agree(sought, person) > 1


def _names_that_agree(sought: Sought, person: Known) -> int:
    known = (*person.records, *person.aliases)
    return sum(any(each.is_of(name) for each in known) for name in sought.names)


def people_of(records: Iterable[Record]) -> tuple[Known, ...]:
    """The people whose records these are: the two systems behind the register each answer with their own."""
    return joined(as_one((record,)) for record in records)


def joined(people: Iterable[Known]) -> tuple[Known, ...]:
    """The people, each once: whoever shares a number is the same person."""
    apart: list[Known] = []
    for person in people:
        same = [each for each in apart if each.numbers & person.numbers]
        apart = [each for each in apart if each not in same]
        records = tuple(record for each in (*same, person) for record in each.records)
        apart.append(as_one(records, next((each.id for each in (*same, person) if each.id), "")))
    return tuple(apart)


def as_one(records: tuple[Record, ...], id: str = "") -> Known:
    """The person of these records, under `id`, or else under the first that one of them has."""
    return Known(id or next((each for record in records for each in record.ids), ""), tuple(dict.fromkeys(records)))
