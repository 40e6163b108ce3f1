"""What the simulated register answers: the bodies of the HMPPS External API, drawn from the people that it holds.

Shapes and names are those of the API's document of July 2024; the access limitations are newer.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from devstack.register_people import Held, Where

Body = dict[str, Any]
_Item = TypeVar("_Item")

NO_ONE = {"forename": None, "surname": None}


def records_of(held: Held) -> Iterator[tuple[str, Body]]:
    """The record of each system that knows somebody, by the name that the API has for the system's search."""
    if held.nomis:
        yield "prisonerOffenderSearch", _record(held, held.nomis)
    if held.crn:
        yield "probationOffenderSearch", _record(held, held.pnc or held.crn)


def _record(held: Held, hmpps_id: str) -> Body:
    numbers = {"nomisNumber": held.nomis, "deliusCrn": held.crn}
    record: Body = {
        "firstName": held.first_name,
        "middleName": held.middle_name or None,
        "lastName": held.last_name,
        "dateOfBirth": held.date_of_birth.isoformat(),
        "hmppsId": hmpps_id,
        "identifiers": {name: number for name, number in numbers.items() if number},
        "aliases": [{"firstName": alias.first_name, "lastName": alias.last_name} for alias in held.aliases],
    }
    return {**record, "pncId": held.pnc} if held.pnc else record


def managers(held: Held) -> Body | None:
    """Who works with somebody; None: nobody does."""
    if not held.allocated or held.where is Where.GONE:
        return None
    inside = held.where is Where.CUSTODY
    officer = {"forename": "Avery", "surname": "Quill", "prison": {"code": held.prison or None}}
    return {
        "prisonOffenderManager": officer if inside else {**NO_ONE, "prison": {"code": None}},
        "communityOffenderManager": _community(held) if held.team or not inside else {"name": NO_ONE},
    }


def _community(held: Held) -> Body:
    team = {"code": held.team or None, "description": None, "email": None, "telephoneNumber": None}
    return {"name": {"forename": "Blair", "surname": "Sedge"}, "email": None, "telephoneNumber": None, "team": team}


def sentences(held: Held) -> list[Body]:
    """Somebody's sentences: one that is over, and the one that runs, if any."""
    over = _sentence("2011-03-04", active=False, custodial=True)
    if held.where is Where.GONE:
        return [over]
    return [_sentence("2025-02-03", active=True, custodial=held.where is Where.CUSTODY), over]


def _sentence(day: str, *, active: bool, custodial: bool) -> Body:
    service, system = ("NOMIS", "PRISON_SYSTEMS") if custodial else ("NDELIUS", "PROBATION_SYSTEMS")
    return {
        "serviceSource": service,
        "systemSource": system,
        "dateOfSentencing": day,
        "isActive": active,
        "isCustodial": custodial,
    }


def limitations(held: Held) -> Body:
    """Who may see somebody's record."""
    return {
        "excludedFrom": [],
        "restrictedTo": [{"email": "team@probation.example"}] if held.limited_access else [],
        "restrictionMessage": "This is a restricted record." if held.limited_access else None,
    }


def one_page(items: Sequence[_Item], page: int, per_page: int) -> tuple[Sequence[_Item], Body]:
    """The items of one page, counted from 1, and what the API says of it."""
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


def sorted_by_birth(records: Iterable[Body]) -> list[Body]:
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
