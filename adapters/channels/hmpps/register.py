"""What can be asked of the HMPPS External API, and how its answers are read.

Each question raises Unreachable where it gets no answer that can be used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, unquote

from pydantic import BaseModel

from adapters.channels.hmpps.http import RegisterClient, RegisterResponse
from adapters.channels.hmpps.records import (
    AccessLimitations,
    Managers,
    Person,
    Persons,
    Record,
    ResponsibleOfficer,
    SearchResult,
    Sentence,
    Sentences,
    read,
)
from ports.agencies import Unreachable

PER_PAGE = 20
MOST_PAGES = 10

PERSONS = "/v1/persons"
NOT_FOUND, MERGED = frozenset({404}), frozenset({303})

_Read = TypeVar("_Read", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class HmppsRegister:
    """The register behind `door`."""

    door: RegisterClient

    async def search(self, criteria: Mapping[str, str]) -> SearchResult:
        """Each record that fits all of `criteria`, under the API's own names for them."""
        records: list[Record] = []
        for page in range(1, MOST_PAGES + 1):
            answer = await self.door.get(PERSONS, {**criteria, **_part(page)})
            persons = _read(Persons, answer)
            records += persons.data
            if persons.pagination.is_last_page or not persons.data:
                return SearchResult(tuple(records))
        return SearchResult(tuple(records), complete=False)

    async def person(self, hmpps_id: str) -> tuple[str, Person] | None:
        """The person with the id that they have now: another one where records were merged.

        None: there is none, or none that we may see. The register answers 404 to both.
        """
        answer = await self.door.get(_person(hmpps_id), but_for=NOT_FOUND | MERGED)
        if answer.status in MERGED:
            hmpps_id = self._merged_into(answer)
            # Followed once: a second redirect is not among the statuses that are taken.
            answer = await self.door.get(_person(hmpps_id), but_for=NOT_FOUND)
        return None if answer.status in NOT_FOUND else (hmpps_id, _read(Person, answer))

    async def managers(self, hmpps_id: str) -> Managers:
        """Who works with the person; nobody where the register does not say."""
        answer = await self.door.get(f"{_person(hmpps_id)}/person-responsible-officer", but_for=NOT_FOUND)
        return Managers() if answer.status in NOT_FOUND else _read(ResponsibleOfficer, answer).data

    async def sentences(self, hmpps_id: str) -> tuple[Sentence, ...]:
        """The newest sentences of the person."""
        answer = await self.door.get(f"{_person(hmpps_id)}/sentences", _part(1), but_for=NOT_FOUND)
        return () if answer.status in NOT_FOUND else _read(Sentences, answer).data

    async def is_access_limited(self, hmpps_id: str) -> bool:
        """Whether the person's record has a Limited Access flag; a register without such flags answers 404."""
        answer = await self.door.get(f"{_person(hmpps_id)}/access-limitations", but_for=NOT_FOUND)
        return answer.status not in NOT_FOUND and _read(AccessLimitations, answer).is_limited

    async def check_access(self) -> None:
        """Find out whether we are let in, and look at nobody.

        A search that names nothing is refused with 400; only those get to hear so whose certificate and key are good.
        """
        answer = await self.door.get(PERSONS, but_for=frozenset({400}))
        if answer.status != 400:
            raise Unreachable("unreadable")

    def _merged_into(self, answer: RegisterResponse) -> str:
        """The id in the address of the merged record, which must be one of a person of this very register.

        Our certificate and key are shown to nobody else.
        """
        stem = self.door.address(f"{PERSONS}/")
        to = stem.join(answer.location)
        here = (to.scheme, to.host, to.port) == (stem.scheme, stem.host, stem.port)
        hmpps_id = to.raw_path.removeprefix(stem.raw_path).decode("ascii")
        if not here or not to.raw_path.startswith(stem.raw_path) or not hmpps_id or set("/?") & set(hmpps_id):
            raise Unreachable("status 303", permanent=True)
        return unquote(hmpps_id)


def _part(page: int) -> dict[str, str]:
    return {"page": str(page), "perPage": str(PER_PAGE)}


def _person(hmpps_id: str) -> str:
    return f"{PERSONS}/{quote(hmpps_id, safe='')}"


def _read(kind: type[_Read], answer: RegisterResponse) -> _Read:
    """The answer as `kind`. Raises Unreachable: what is not of that shape may be a passing fault."""
    try:
        return read(kind, answer.body)
    except (ValueError, RecursionError):
        raise Unreachable("unreadable") from None
