"""The trace itself: searches the register, makes sure of whom it found, and says where they are."""

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
    merge_people,
    to_person,
)
from adapters.channels.hmpps.person_names import splits
from adapters.channels.hmpps.register import HmppsRegister
from adapters.channels.hmpps.whereabouts import Placement, place_from_managers, place_from_sentences
from adapters.channels.hmpps.wording import Candidate, describe_candidates, describe_match
from domain.events import TraceAnswered
from domain.vocabulary import AgencyRef, WaitKind
from ports.agencies import Directory

MOST_SHOWN = 10
"""People of whom a caseworker is shown anything: who has to look at more does better to find out more first."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TraceResult:
    """The answer to a trace: codes, and what staff may read beside it."""

    event: TraceAnswered
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace for a case of `area`."""

    register: HmppsRegister
    directory: Directory
    area: str

    async def answer(self, sought: SearchSubject) -> TraceResult:
        """What the register says of `sought`. Raises Unreachable."""
        match await self._confirmed(sought, await self._searched(sought)):
            case NoMatch():
                return TraceResult(TraceAnswered("not_found"))
            case Match(person):
                return self._found(await self._seen(person))
            case Ambiguous(people, complete):
                sightings = await _all(self._seen_among_others(person) for person in people[:MOST_SHOWN])
                return self._ambiguous(sought, sightings, complete)

    async def _searched(self, sought: SearchSubject) -> MatchResult:
        """The verdict on the first search that finds somebody who may be meant, and on those found before it."""
        people: tuple[RegisterPerson, ...] = ()
        complete = True
        for criteria in searches(sought):
            found = await self.register.search(criteria)
            if now := group_records(found.records):
                people, complete = merge_people((*now, *people)), complete and found.complete
                if not all(is_somebody_else(sought, each) for each in now):
                    break
        return match_people(sought, people, complete=complete)

    async def _confirmed(self, sought: SearchSubject, verdict: MatchResult) -> MatchResult:
        """The verdict once everybody was asked for by their id, which shows who was merged, and whom we may not see.

        Among several, somebody we may not see can be the one who is meant: then nobody is certain by name. Nor is one
        of whom a record comes to light that speaks against it, such as another PNC number.
        """
        match verdict:
            case NoMatch():
                return verdict
            case Match(person):
                now = await self._now(person)
                return match_people(sought, (now,)) if now else NoMatch()
            case Ambiguous(people, complete):
                shown = people[:MOST_SHOWN]
                there = [now for now in await _all(self._now(each) for each in shown) if now]
                complete = complete and len(shown) == len(people)
                if not there and complete:
                    return NoMatch()
                return match_people(sought, merge_people(there), complete=complete and len(there) == len(shown))

    async def _now(self, person: RegisterPerson) -> RegisterPerson | None:
        """The person with their id of today and every record; None: not to be seen by us."""
        answer = await self.register.person(person.id) if person.id else None
        if answer is None:
            return None
        hmpps_id, read = answer
        return to_person((*read.records, *person.records), hmpps_id)

    async def _seen_among_others(self, person: RegisterPerson) -> Candidate:
        """As `_seen`, but nothing is asked about somebody whose record few may see, and who may be a stranger."""
        limited = await self.register.is_access_limited(person.id)
        return Candidate(person, limited_access=True) if limited else await self._placed(Candidate(person))

    async def _seen(self, person: RegisterPerson) -> Candidate:
        limited = await self.register.is_access_limited(person.id)
        return await self._placed(Candidate(person, limited_access=limited))

    async def _placed(self, sighting: Candidate) -> Candidate:
        place = place_from_managers(await self.register.managers(sighting.person.id))
        if place is None:
            place = place_from_sentences(await self.register.sentences(sighting.person.id))
        return replace(sighting, place=place, agency=await self._agency(place))

    async def _agency(self, place: Placement) -> AgencyRef | None:
        """The directory's own entry for the register's prison or team, where it has one; else its kind."""
        if place.kind is None:
            return None
        named = f"{place.kind}:{agency_id(place.code)}"
        known = place.code and await self.directory.find(named, self.area, WaitKind.AGENCY_CHECK)
        return AgencyRef(named if known else place.kind.value)

    def _found(self, sighting: Candidate) -> TraceResult:
        place = sighting.place
        event = TraceAnswered(
            "found",
            whereabouts=place.whereabouts if place else None,
            responsible_agency=sighting.agency,
            limited_access=sighting.limited_access,
        )
        return TraceResult(event, describe_match(sighting))

    def _ambiguous(self, sought: SearchSubject, sightings: list[Candidate], complete: bool) -> TraceResult:
        limited = any(each.limited_access for each in sightings)
        return TraceResult(
            TraceAnswered("ambiguous", limited_access=limited),
            describe_candidates(sought, sightings, complete=complete),
        )


def searches(sought: SearchSubject) -> Iterator[dict[str, str]]:
    """What is searched for, one after the other until somebody who may be meant is found, by the register's own names.

    The number first, which is one person's alone; then the name with the date of birth; then, where other names were
    given, each name also among the register's aliases. Nobody is searched for by a name alone.
    """
    if sought.pnc:
        yield {"pnc_number": sought.pnc}
    if sought.born is None or not sought.names[0]:
        return
    born = {"date_of_birth": sought.born.isoformat()}
    for first, last in splits(sought.names[0]):
        yield {**_named(first, last), **born}
    if len(sought.names) > 1:
        for name in sought.names:
            yield {**_named(*splits(name)[0]), **born, "search_within_aliases": "true"}


def _named(first: str, last: str) -> dict[str, str]:
    return {"first_name": first, "last_name": last} if first else {"last_name": last}


def agency_id(code: str) -> str:
    """The id in the directory that stands for the register's `code` of a prison or a team: `mdi` for `MDI`."""
    return "-".join("".join(each if each.isascii() and each.isalnum() else " " for each in code.lower()).split())


async def _all(calls: Iterable[Awaitable[_T]]) -> list[_T]:
    """What all the calls give, in order; the first that fails ends the others. Raises what it raised."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
