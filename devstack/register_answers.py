"""What the simulated register answers: the bodies of the HMPPS External API, drawn from its people.

Shapes and names are those of the API's document of July 2024; the access limitations are newer.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from devstack.register_people import PersonLocation, RegisteredPerson

Body = dict[str, Any]
Item = TypeVar("Item")

NO_ONE = {"forename": None, "surname": None}


def records_of(person: RegisteredPerson) -> Iterator[tuple[str, Body]]:
    """The record of each system that knows the person, by the name that the API has for the system's search."""
    if person.nomis:
        yield "prisonerOffenderSearch", _record(person, person.nomis)
    if person.crn:
        yield "probationOffenderSearch", _record(person, person.pnc or person.crn)


def _record(person: RegisteredPerson, hmpps_id: str) -> Body:
    numbers = {"nomisNumber": person.nomis, "deliusCrn": person.crn}
    record: Body = {
        "firstName": person.first_name,
        "middleName": person.middle_name or None,
        "lastName": person.last_name,
        "dateOfBirth": person.date_of_birth.isoformat(),
        "hmppsId": hmpps_id,
        "identifiers": {name: number for name, number in numbers.items() if number},
        "aliases": [{"firstName": alias.first_name, "lastName": alias.last_name} for alias in person.aliases],
    }
    return {**record, "pncId": person.pnc} if person.pnc else record


def managers(person: RegisteredPerson) -> Body | None:
    """The staff who work with the person; None: nobody does."""
    if not person.allocated or person.where is PersonLocation.GONE:
        return None
    inside = person.where is PersonLocation.CUSTODY
    team = {"code": person.team or None, "description": None, "email": None, "telephoneNumber": None}
    supervisor = {"name": {"forename": "Blair", "surname": "Sedge"}, "email": None, "telephoneNumber": None}
    officer = {"forename": "Avery", "surname": "Quill", "prison": {"code": person.prison or None}}
    return {
        "prisonOffenderManager": officer if inside else {**NO_ONE, "prison": {"code": None}},
        "communityOffenderManager": {**supervisor, "team": team} if person.team or not inside else {"name": NO_ONE},
    }


def sentences(person: RegisteredPerson) -> list[Body]:
    """The person's sentences: one that is over, and the one that runs, if any."""
    over = _sentence("2011-03-04", active=False, custodial=True)
    if person.where is PersonLocation.GONE:
        return [over]
    return [_sentence("2025-02-03", active=True, custodial=person.where is PersonLocation.CUSTODY), over]


def _sentence(day: str, *, active: bool, custodial: bool) -> Body:
    service, system = ("NOMIS", "PRISON_SYSTEMS") if custodial else ("NDELIUS", "PROBATION_SYSTEMS")
    return {
        "serviceSource": service,
        "systemSource": system,
        "dateOfSentencing": day,
        "isActive": active,
        "isCustodial": custodial,
    }


def limitations(person: RegisteredPerson) -> Body:
    """Restrictions on the person's record."""
    return {
        "excludedFrom": [],
        "restrictedTo": [{"email": "team@probation.example"}] if person.limited_access else [],
        "restrictionMessage": "This is a restricted record." if person.limited_access else None,
    }


def paginate(items: Sequence[Item], page: int, per_page: int) -> tuple[Sequence[Item], Body]:
    """The items of one page, counted from 1, and what the API says about it."""
    shown = items[(page - 1) * per_page : page * per_page]
    pages = max(1, -(-len(items) // per_page))
    return shown, {
        "isLastPage": page >= pages,
        "count": len(shown),
        "page": page,
        "perPage": per_page,
        "totalCount": len(items),
        "totalPages": pages,
    }


def sort_by_birth(records: Iterable[Body]) -> list[Body]:
    """Records as a search answers them: by date of birth, the newest first."""
    return sorted(records, key=lambda record: str(record["dateOfBirth"]), reverse=True)


def error(status: int, message: str) -> Body:
    """The body of an error."""
    return {
        "status": status,
        "errorCode": None,
        "userMessage": message,
        "developerMessage": message,
        "moreInfo": None,
    }
