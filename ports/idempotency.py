"""Idempotency: a request that is sent again under the same key gets the first response again.

Each record has an id of its own, made of the account and the key, so that a request without a response can be repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response: its status, those of its headers that are stored, and its body."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


class KeyReused(Exception):
    """The key was used for another request before."""


class IdempotencyStore(Protocol):
    """Stores responses by account and key, for some days."""

    async def start(self, account: str, key: str, fingerprint: bytes) -> StoredResponse | None:
        """The response under `key`; None: there is none, so the request is to be carried out.

        `fingerprint` is the keyed digest of the request. Raises KeyReused where it was another.
        """

    async def claim(self, account: str, key: str, seconds: float) -> bool:
        """Whether the caller may carry out the request for so long; no: somebody else is at it."""

    async def release(self, account: str, key: str) -> None:
        """The request was not carried out, and may be claimed again."""

    async def save(self, account: str, key: str, response: StoredResponse) -> None:
        """Store the first response under a key; a later one changes nothing."""
