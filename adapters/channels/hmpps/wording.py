"""What staff read of a trace: free text for the vault, since it speaks of people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adapters.channels.hmpps.matching import RegisterPerson, SearchSubject
from adapters.channels.hmpps.whereabouts import Placement
from domain.vocabulary import AgencyKind, AgencyRef
from domain.wording.register import (
    ALIASES,
    BORN,
    CANDIDATES,
    LIMITED_ACCESS,
    MATCH,
    MORE_CANDIDATES,
    NO_NAME,
    NO_REGISTER_NUMBER,
    PRISON,
    PROBATION_TEAM,
    REGISTER_NUMBER,
    UNKNOWN_BIRTH,
)

MOST_OF_TEXT, MOST_OF_NUMBERS, MOST_OF_CODE = 200, 100, 60
"""Signs that a line has at most for names, for dates or numbers, and for one code: so that ten lines fit into a note,
however many aliases somebody has. A note that is too long would not be taken, and the trace never answered.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the register, and where they are; neither place nor agency where access to the record is limited."""

    person: RegisterPerson = field(repr=False)
    limited_access: bool = False
    place: Placement | None = None
    agency: AgencyRef | None = None


def describe_match(sighting: Candidate) -> str:
    """Which organisation works with the person who was found, in the register's code; empty: nobody, or no code."""
    place = sighting.place
    if place is None or not place.code:
        return ""
    kind = PRISON if place.kind is AgencyKind.PRISON else PROBATION_TEAM
    return MATCH.format(kind=kind, code=_line(place.code))


def describe_candidates(sought: SearchSubject, sightings: Sequence[Candidate], *, complete: bool) -> str:
    """Those who may be meant, one numbered line each, for a caseworker to choose from."""
    people = "1 person" if len(sightings) == 1 else f"{len(sightings)} people"
    lines = [CANDIDATES.format(people=people)]
    lines += [f"{number}. {_candidate(sought, sighting)}" for number, sighting in enumerate(sightings, 1)]
    return "\n".join(lines if complete else [*lines, MORE_CANDIDATES])


def _candidate(sought: SearchSubject, sighting: Candidate) -> str:
    id = sighting.person.id
    number = REGISTER_NUMBER.format(id=_line(id, MOST_OF_CODE)) if id else NO_REGISTER_NUMBER
    if sighting.limited_access:
        return LIMITED_ACCESS.format(number=number)
    return "; ".join((*_described(sought, sighting.person), number, *_placed(sighting)))


def _described(sought: SearchSubject, person: RegisterPerson) -> Iterator[str]:
    yield _line(" or ".join(dict.fromkeys(record.in_full for record in person.records))) or NO_NAME
    aliases = [alias for alias in person.aliases if any(alias.is_of(name) for name in sought.names)]
    if aliases:
        yield ALIASES.format(names=_line(", ".join(dict.fromkeys(alias.in_full for alias in aliases))))
    born = " or ".join(sorted(day.isoformat() for day in person.born))
    yield BORN.format(days=_line(born, MOST_OF_NUMBERS) or UNKNOWN_BIRTH)
    if person.pncs:
        yield "PNC " + _line(", ".join(person.pncs), MOST_OF_NUMBERS)


def _placed(sighting: Candidate) -> Iterator[str]:
    """In the words that `candidate_chosen` takes."""
    if sighting.place is not None:
        yield f"whereabouts {sighting.place.whereabouts}"
        if sighting.place.code:
            yield f"the register's code {_line(sighting.place.code, MOST_OF_CODE)}"
    if sighting.agency is not None:
        yield f"responsible_agency {sighting.agency}"


def _line(text: str, most: int = MOST_OF_TEXT) -> str:
    """Text of the register's that keeps to its line, and within bounds."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
