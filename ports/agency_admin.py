"""What admins manage of agencies: the directory, keys and pauses."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from ports.agencies import Directory
from ports.agency_views import (
    LIST_START,
    AgencyFilters,
    AgencyPause,
    AgencySortKey,
    KeySide,
    ListedAgency,
    NewKeys,
    RotatedKey,
)
from ports.directory import AgencyDetails, AgencyEdit


class ManagedDirectory(Directory, Protocol):
    """The directory of agencies as admins change it; `by` is an account."""

    async def add(self, details: AgencyDetails, by: str, idempotency_key: str) -> NewKeys:
        """Add an agency with new keys, once for each `idempotency_key`.

        Raises InvalidAgency, AgencyExists and KeyAlreadyMade.
        """

    async def edit(self, id: str, changes: AgencyEdit, by: str) -> None:
        """Change what `changes` names, and nothing else. Raises InvalidAgency and UnknownAgency."""


class AgencyListing(Protocol):
    """The directory as people read it: without keys, with agencies that were removed."""

    async def agencies(
        self, filters: AgencyFilters, *, limit: int | None = None, after: AgencySortKey = LIST_START
    ) -> tuple[ListedAgency, ...]:
        """Return the agencies that pass `filters`, by area, kind and id: up to `limit` (None: all) after `after`."""

    async def agency(self, id: str) -> ListedAgency | None:
        """Return the agency `id`; None: there is none."""


class KeyStore(Protocol):
    """The signing keys of both sides."""

    async def rotate(self, agency: str, side: KeySide, overlap: timedelta, by: str, idempotency_key: str) -> RotatedKey:
        """Make a new key of `side`, once for each `idempotency_key`; the older ones stay valid for `overlap`.

        Raises InvalidAgency, UnknownAgency and KeyAlreadyMade.
        """


class AgencyPauses(Protocol):
    """Pauses of requests to agencies; an empty agency stands for all."""

    async def pause(self, agency: str, by: str) -> AgencyPause:
        """Pause; an existing pause is not changed. Raises UnknownAgency."""

    async def resume(self, agency: str, by: str) -> AgencyPause | None:
        """End that pause, and no other; None: there was none. Raises UnknownAgency."""

    async def list_pauses(self, agency: str | None = None) -> Sequence[AgencyPause]:
        """Return every pause, or those that hold back requests to `agency`."""
