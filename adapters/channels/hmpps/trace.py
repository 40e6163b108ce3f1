"""The trace itself: searches the register, confirms who was found, and reads where they are."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from adapters.channels.hmpps.matching import (
    Ambiguous,
    Match,
    MatchResult,
    NoMatch,
    RegisterPerson,
    SearchSubject,
    group_records,
    is_somebody_else,
    match_people,
    may_be_born_in,
    may_be_called,
    merge_people,
    to_person,
)
from adapters.channels.hmpps.person_names import list_spellings, split_name
from adapters.channels.hmpps.register import HmppsRegister
from adapters.channels.hmpps.whereabouts import place_from_managers, place_from_sentences
from adapters.channels.hmpps.wording import Candidate, describe_candidates, describe_match
from domain.events import TraceAnswered
from domain.vocabulary import AgencyKind, AgencyRef, WaitKind
from ports.agencies import Directory

MAX_SHOWN = 10
"""People whose details a caseworker is shown: rather than look at more, they should find out more first."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TraceResult:
    """The answer to a trace: codes, and what only staff may read."""

    event: TraceAnswered
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace for a case of `area`."""

    register: HmppsRegister
    directory: Directory
    area: str

    async def run(self, subject: SearchSubject) -> TraceResult:
        """Return what the register says of `subject`. Raises Unreachable."""
        match await self._confirm(subject, await self._search(subject)):
            case NoMatch():
                return TraceResult(TraceAnswered("not_found"))
            case Match(person):
                limited = await self.register.is_access_limited(person.id)
                found = await self._locate(Candidate(person, limited_access=limited))
                event = TraceAnswered(
                    "found",
                    whereabouts=found.place.whereabouts if found.place else None,
                    responsible_agency=found.agency,
                    may_also_answer=found.officer,
                    limited_access=found.limited_access,
                )
                return TraceResult(event, describe_match(found))
            case Ambiguous(people, complete):
                candidates = await _gather(self._describe(person) for person in people[:MAX_SHOWN])
                limited = any(candidate.limited_access for candidate in candidates)
                note = describe_candidates(subject, candidates, complete=complete)
                return TraceResult(TraceAnswered("ambiguous", limited_access=limited), note)

    async def _search(self, subject: SearchSubject) -> MatchResult:
        """Match those found by the first search that finds somebody who may be meant, and by those before it."""
        by_number = await _gather(self.register.get_person(number) for number in subject.numbers)
        people = merge_people(to_person(found[1].records, found[0]) for found in by_number if found)
        if any(not is_somebody_else(subject, person) for person in people):
            return match_people(subject, people)
        complete = True
        for search in searches(subject):
            result = await self.register.search(search.criteria)
            found = tuple(
                person
                for person in group_records(result.records)
                if "pnc_number" in search.criteria
                or (may_be_born_in(subject.born_in, person) and (not search.wide or may_be_called(subject, person)))
            )
            if found:
                people = merge_people((*found, *people))
            complete = complete and result.complete
            if not all(is_somebody_else(subject, person) for person in found):
                break
        return match_people(subject, people, complete=complete)

    async def _confirm(self, subject: SearchSubject, result: MatchResult) -> MatchResult:
        """Match again after asking for each person by id, which shows merged records, and people hidden from us.

        Where several may be meant, somebody we may not see can be the one: then nobody is certain by name. Neither is
        a person with a further record that contradicts, such as another PNC number.
        """
        match result:
            case NoMatch():
                return result
            case Match(person):
                known = await self._get_person(person)
                return match_people(subject, (known,)) if known else NoMatch()
            case Ambiguous(people, complete):
                shown = people[:MAX_SHOWN]
                visible = [person for person in await _gather(self._get_person(person) for person in shown) if person]
                complete = complete and len(shown) == len(people)
                if not visible and complete:
                    return NoMatch()
                return match_people(subject, merge_people(visible), complete=complete and len(visible) == len(shown))

    async def _get_person(self, person: RegisterPerson) -> RegisterPerson | None:
        """Return the person with their present id and all records; None: we may not see them."""
        known = await self.register.get_person(person.id) if person.id else None
        if known is None:
            return None
        hmpps_id, response = known
        return to_person((*response.records, *person.records), hmpps_id)

    async def _describe(self, person: RegisterPerson) -> Candidate:
        """Locate one of several people, but not one with limited access, who may be a stranger."""
        limited = await self.register.is_access_limited(person.id)
        return Candidate(person, limited_access=True) if limited else await self._locate(Candidate(person))

    async def _locate(self, candidate: Candidate) -> Candidate:
        """Add where the person is, and the agency: the directory's entry for the prison or team, or else its kind."""
        place = place_from_managers(await self.register.get_managers(candidate.person.id))
        if place is None:
            place = place_from_sentences(await self.register.list_sentences(candidate.person.id))
        agency = None if place.kind is None else await self._find_agency(place.kind, place.code)
        officer = None
        if place.officer_code is not None:
            officer = await self._find_agency(AgencyKind.PROBATION, place.officer_code)
        return replace(candidate, place=place, agency=agency, officer=officer)

    async def _find_agency(self, kind: AgencyKind, code: str) -> AgencyRef:
        """The directory's entry for a prison or a team, or else its kind."""
        named = f"{kind}:{agency_id(code)}"
        entry = code and await self.directory.find(named, self.area, WaitKind.AGENCY_CHECK)
        return AgencyRef(named if entry else kind.value)


@dataclass(frozen=True, slots=True)
class Search:
    """One search in the register's own terms; `wide` if only those found count whose name may be the subject's."""

    criteria: dict[str, str]
    wide: bool = False


def searches(subject: SearchSubject) -> Iterator[Search]:
    """Yield searches, which are made until one finds somebody who may be meant.

    First the PNC number, which one person alone has; then the name as registers may write it, with the date of birth;
    then, where other names were given, each name also among the register's aliases; then either half of the name, with
    the date of birth. Of a name with a year of birth, all who have that name are read. Nobody is searched for by a name
    alone, or by half a name without the date of birth.
    """
    if subject.pnc:
        yield Search({"pnc_number": subject.pnc})
    if not subject.names[0] or (subject.born is None and subject.born_in is None):
        return
    if subject.born is None:
        for first, last in list_spellings(subject.names[0]):
            if first and last:
                yield Search(_name_criteria(first, last))
        return
    born = {"date_of_birth": subject.born.isoformat()}
    for first, last in list_spellings(subject.names[0]):
        yield Search({**_name_criteria(first, last), **born})
    if len(subject.names) > 1:
        for name in subject.names:
            yield Search({**_name_criteria(*split_name(name)[0]), **born, "search_within_aliases": "true"})
    first, last = list_spellings(subject.names[0])[0]
    if first:
        yield Search({"last_name": last, **born}, wide=True)
        yield Search({"first_name": first, **born}, wide=True)


def _name_criteria(first: str, last: str) -> dict[str, str]:
    return {"first_name": first, "last_name": last} if first else {"last_name": last}


def agency_id(code: str) -> str:
    """Return the directory's id for the register's `code` of a prison or a team: `mdi` for `MDI`."""
    return "-".join("".join(sign if sign.isascii() and sign.isalnum() else " " for sign in code.lower()).split())


async def _gather(calls: Iterable[Awaitable[_T]]) -> list[_T]:
    """Return the results in order; the first call that fails cancels the others."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
