"""What staff read of a trace: free text for the vault, since it is about people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adapters.channels.hmpps.matching import RegisterPerson, SearchSubject
from adapters.channels.hmpps.whereabouts import Placement
from domain.vocabulary import AgencyKind, AgencyRef
from domain.wording.register import CANDIDATES, LIMITED_ACCESS, MATCH, MORE_CANDIDATES

MAX_TEXT, MAX_NUMBERS, MAX_CODE = 200, 100, 60
"""Characters of names, of dates or numbers, and of a code in one line, so that ten lines fit into a note, however many
aliases somebody has. A note that is too long would be rejected, and the trace never answered.
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person of the register, where they are, and which agencies work with them: none where access is limited.

    `officer` is that of the community officer of somebody in prison.
    """

    person: RegisterPerson = field(repr=False)
    limited_access: bool = False
    place: Placement | None = None
    agency: AgencyRef | None = None
    officer: AgencyRef | None = None


def describe_match(candidate: Candidate) -> str:
    """Return which organisation works with the person, by the register's code; empty: none, or without a code."""
    place = candidate.place
    if place is None or not place.code:
        return ""
    organisation = "prison" if place.kind is AgencyKind.PRISON else "probation team"
    return MATCH.format(organisation=organisation, code=_line(place.code))


def describe_candidates(subject: SearchSubject, candidates: Sequence[Candidate], *, complete: bool) -> str:
    """Return those who may be meant, one numbered line each, for a caseworker to choose from."""
    people = "1 person" if len(candidates) == 1 else f"{len(candidates)} people"
    lines = [CANDIDATES.format(people=people)]
    lines += [f"{number}. {'; '.join(_describe(subject, candidate))}" for number, candidate in enumerate(candidates, 1)]
    return "\n".join(lines if complete else [*lines, MORE_CANDIDATES])


def _describe(subject: SearchSubject, candidate: Candidate) -> Iterator[str]:
    """Yield what is known of a candidate, in the words that `candidate_chosen` takes."""
    person, place = candidate.person, candidate.place
    number = f"register number {_line(person.id, MAX_CODE)}" if person.id else "no register number"
    if candidate.limited_access:
        yield LIMITED_ACCESS.format(number=number)
        return
    yield _line(" or ".join(dict.fromkeys(record.in_full for record in person.records))) or "no name"
    aliases = [alias.in_full for alias in person.aliases if any(alias.is_of(name) for name in subject.names)]
    if aliases:
        yield "also known as " + _line(", ".join(dict.fromkeys(aliases)))
    born = " or ".join(sorted(day.isoformat() for day in person.born))
    yield "born " + (_line(born, MAX_NUMBERS) or "on an unknown day")
    if person.pncs:
        yield "PNC " + _line(", ".join(person.pncs), MAX_NUMBERS)
    yield number
    if place is not None:
        yield f"whereabouts {place.whereabouts}"
        if place.code:
            yield f"the register's code {_line(place.code, MAX_CODE)}"
    if candidate.agency is not None:
        yield f"responsible_agency {candidate.agency}"


def _line(text: str, max_length: int = MAX_TEXT) -> str:
    """Return the register's text on one line of a bounded length."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= max_length else f"{line[: max_length - 1]}…"
