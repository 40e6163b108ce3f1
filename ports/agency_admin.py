"""What admins manage of agencies: the directory, keys and pauses."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from ports.agencies import Directory
from ports.agency_views import (
    AgencyPause,
    KeySide,
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


RotateKey = Callable[[str, KeySide, timedelta, str, str], Awaitable[RotatedKey]]
"""Make a new key for one side of an agency, by an account, once for an idempotency key.

The older keys stay valid for the time given. Raises InvalidAgency, UnknownAgency and KeyAlreadyMade.
"""


PauseAgency = Callable[[str, str], Awaitable[AgencyPause]]
"""Pause requests to an agency (empty: to all), by an account; an existing pause stays. Raises UnknownAgency."""

ResumeAgency = Callable[[str, str], Awaitable[AgencyPause | None]]
"""End that pause, by an account, and no other; None: there was none. Raises UnknownAgency."""
