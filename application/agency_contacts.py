"""The agencies that a case waits for, as the directory knows them: whom to ring, and on which days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.vocabulary import WaitKey, is_agency, wait_kind
from domain.weekdays import format_weekdays, read_weekdays, write_weekdays
from ports.agencies import Agency, Directory
from ports.directory import QUESTIONS


@dataclass(frozen=True, slots=True)
class AgencyContact:
    """An agency that is waited for (as `waiting_on`), with what the directory says of it."""

    waiting_on: str
    agency: str
    name: str
    channel: str
    contact: str
    works_on: str

    @classmethod
    def of(cls, waiting_on: str, agency: Agency) -> "AgencyContact":
        """What staff need of `agency`."""
        works_on = write_weekdays(agency.works_on)
        return cls(waiting_on, agency.id, agency.name, agency.channel, agency.contact, works_on)


Asked = tuple[str, str, str]
"""Whom a case waits for, the case's area, and what they are asked."""


async def find_contacts(directory: Directory, area: str, waits: Iterable[tuple[str, str]]) -> tuple[AgencyContact, ...]:
    """The agencies that a case of `area` waits for; `waits` are the key of each wait and its owner.

    Found by the directory as it is today: somebody else may have been asked.
    """
    (whom,) = await contacts_for_cases(directory, [(area, waits)])
    return whom


async def contacts_for_cases(
    directory: Directory, cases: Iterable[tuple[str, Iterable[tuple[str, str]]]]
) -> tuple[tuple[AgencyContact, ...], ...]:
    """The same for each of many cases, of which the area and the waits are given; nobody is looked up twice."""
    asked = [_asked(area, waits) for area, waits in cases]
    known = {each: await directory.find(*each) for each in dict.fromkeys(each for case in asked for each in case)}
    return tuple(_found(case, known) for case in asked)


def _asked(area: str, waits: Iterable[tuple[str, str]]) -> Sequence[Asked]:
    return [(owner, area, _question(key)) for key, owner in waits if is_agency(owner)]


def _found(asked: Sequence[Asked], known: Mapping[Asked, Agency | None]) -> tuple[AgencyContact, ...]:
    found = ((each[0], known[each]) for each in asked)
    return tuple(dict.fromkeys(AgencyContact.of(owner, agency) for owner, agency in found if agency is not None))


def contact_line(whom: AgencyContact) -> str:
    """Such as `Eastmoor Probation (eastmoor-probation) works Monday to Friday. Contact: Duty desk.`"""
    works = format_weekdays(read_weekdays(whom.works_on))
    contact = f"Contact: {whom.contact}." if whom.contact else "The directory has no contact details."
    return f"{whom.name} ({whom.agency}) works {works}. {contact}"


def _question(key: str) -> str:
    """What the agency is asked by the wait of `key`; empty where it is nothing that agencies are asked."""
    kind = wait_kind(WaitKey(key)).value
    return kind if kind in QUESTIONS else ""
