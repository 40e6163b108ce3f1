"""The agencies that a case waits for, as the directory has them: how to contact them, and on which days they work."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.vocabulary import WaitKey, is_agency, wait_kind
from domain.weekdays import format_weekdays, read_weekdays, write_weekdays
from ports.agencies import Agency, Directory
from ports.directory import QUESTIONS


@dataclass(frozen=True, slots=True)
class AgencyContact:
    """An agency that a case waits for (`waiting_on`), with what the directory has of it."""

    waiting_on: str
    agency: str
    name: str
    channel: str
    contact: str
    works_on: str


async def find_contacts(directory: Directory, area: str, waits: Iterable[tuple[str, str]]) -> tuple[AgencyContact, ...]:
    """The agencies that a case of `area` waits for; `waits` are the key of each wait and who it is on.

    By the directory as it is now: another agency may have been asked.
    """
    (contacts,) = await contacts_for_cases(directory, [(area, waits)])
    return contacts


async def contacts_for_cases(
    directory: Directory, cases: Iterable[tuple[str, Iterable[tuple[str, str]]]]
) -> tuple[tuple[AgencyContact, ...], ...]:
    """The contacts for each of many cases, given by area and waits; no agency is looked up twice."""
    found: dict[tuple[str, str, str], Agency | None] = {}
    contacts = []
    for area, waits in cases:
        of_case: dict[AgencyContact, None] = {}
        for key, waiting_on in waits:
            if not is_agency(waiting_on):
                continue
            kind = wait_kind(WaitKey(key)).value
            asked = (waiting_on, area, kind if kind in QUESTIONS else "")
            if asked not in found:
                found[asked] = await directory.find(*asked)
            agency = found[asked]
            if agency is not None:
                works_on = write_weekdays(agency.works_on)
                contact = AgencyContact(waiting_on, agency.id, agency.name, agency.channel, agency.contact, works_on)
                of_case[contact] = None
        contacts.append(tuple(of_case))
    return tuple(contacts)


def contact_line(agency: AgencyContact) -> str:
    """Such as `Eastmoor Probation (eastmoor-probation) works Monday to Friday. Contact: 01632 960001.`"""
    works = format_weekdays(read_weekdays(agency.works_on))
    contact = f"Contact: {agency.contact}." if agency.contact else "The directory has no contact details."
    return f"{agency.name} ({agency.agency}) works {works}. {contact}"
