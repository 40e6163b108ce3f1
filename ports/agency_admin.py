"""What admins manage of agencies: the directory, keys and pauses."""

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
