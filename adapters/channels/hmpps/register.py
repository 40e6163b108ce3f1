"""Questions to the HMPPS External API.

Each raises Unreachable where no response comes that can be used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from adapters.channels.hmpps.http import RegisterClient, RegisterResponse
from adapters.channels.hmpps.records import (
    AccessLimitationsResponse,
    Managers,
    PersonResponse,
    PersonsResponse,
    RegisterRecord,
    ResponseModel,
    ResponsibleOfficerResponse,
    SearchResult,
    Sentence,
    SentencesResponse,
    read_response,
)
from ports.agencies import Unreachable

PAGE_SIZE = 20
MAX_PAGES = 10

PERSONS = "/v1/persons"
NOT_FOUND, MERGED = frozenset({404}), frozenset({303})


@dataclass(frozen=True, slots=True)
class HmppsRegister:
    """The register behind `client`."""

    client: RegisterClient

    async def search(self, criteria: Mapping[str, str]) -> SearchResult:
        """Return each record that fits all of `criteria`, which have the API's own names."""
        records: list[RegisterRecord] = []
        for page in range(1, MAX_PAGES + 1):
            persons = _read(PersonsResponse, await self.client.get(PERSONS, {**criteria, **_page(page)}))
            records += persons.data
            if persons.pagination.is_last_page or not persons.data:
                return SearchResult(tuple(records))
        return SearchResult(tuple(records), complete=False)

    async def get_person(self, hmpps_id: str) -> tuple[str, PersonResponse] | None:
        """Return the person with their present id, which differs where records were merged.

        None: there is no such person, or none that we may see. The register responds 404 to both.
        """
        response = await self.client.get(_path(hmpps_id), also=NOT_FOUND | MERGED)
        if response.status in MERGED:
            hmpps_id = self._read_merged_id(response)
            # Followed once: a second redirect is not among the accepted statuses.
            response = await self.client.get(_path(hmpps_id), also=NOT_FOUND)
        return None if response.status in NOT_FOUND else (hmpps_id, _read(PersonResponse, response))

    async def get_managers(self, hmpps_id: str) -> Managers:
        """Return who works with the person; nobody where the register does not say."""
        response = await self.client.get(f"{_path(hmpps_id)}/person-responsible-officer", also=NOT_FOUND)
        return Managers() if response.status in NOT_FOUND else _read(ResponsibleOfficerResponse, response).data

    async def list_sentences(self, hmpps_id: str) -> tuple[Sentence, ...]:
        """Return the newest sentences of the person."""
        response = await self.client.get(f"{_path(hmpps_id)}/sentences", _page(1), also=NOT_FOUND)
        return () if response.status in NOT_FOUND else _read(SentencesResponse, response).data

    async def is_access_limited(self, hmpps_id: str) -> bool:
        """Whether the person's record has a Limited Access flag; a register without such flags responds 404."""
        response = await self.client.get(f"{_path(hmpps_id)}/access-limitations", also=NOT_FOUND)
        return response.status not in NOT_FOUND and _read(AccessLimitationsResponse, response).is_limited

    async def check_access(self) -> None:
        """Check that our certificate and key are accepted, without looking at anybody.

        A search that names nothing is rejected with 400, but only for those whose certificate and key are accepted.
        """
        response = await self.client.get(PERSONS, also=frozenset({400}))
        if response.status != 400:
            raise Unreachable("unreadable")

    def _read_merged_id(self, response: RegisterResponse) -> str:
        """Return the id in the redirect of a merged record, which must lead to a person of this very register.

        Nobody else may see our certificate and key.
        """
        stem = self.client.url(f"{PERSONS}/")
        target = stem.join(response.location)
        is_here = (target.scheme, target.host, target.port) == (stem.scheme, stem.host, stem.port)
        hmpps_id = target.raw_path.removeprefix(stem.raw_path).decode("ascii")
        if not is_here or not target.raw_path.startswith(stem.raw_path) or not hmpps_id or set("/?") & set(hmpps_id):
            raise Unreachable("status 303", permanent=True)
        return unquote(hmpps_id)


def _page(number: int) -> dict[str, str]:
    return {"page": str(number), "perPage": str(PAGE_SIZE)}


def _path(hmpps_id: str) -> str:
    return f"{PERSONS}/{quote(hmpps_id, safe='')}"


def _read(model: type[ResponseModel], response: RegisterResponse) -> ResponseModel:
    """Read the response. Raises Unreachable: what is not of that shape may be a passing error."""
    try:
        return read_response(model, response.body)
    except (ValueError, RecursionError):
        raise Unreachable("unreadable") from None
