"""What is asked under a key counts once: who asks again is told again what was answered.

Beneath it every record has an id of its own, made of the account and the key, so that what was begun and never answered
can be begun again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from domain.refusals import CaseworkError


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An answer as it was given: its status, those of its headers that belong to it, and its body."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


class KeyReused(CaseworkError):
    """Under this key something else was asked for before."""


class IdempotencyStore(Protocol):
    """Where answers are kept by account and key, for some days."""

    async def start(self, account: str, key: str, fingerprint: bytes) -> StoredResponse | None:
        """The answer that was given under `key`; None: none was, so it is to be done now.

        `fingerprint` is the SHA-256 of what is asked. Raises KeyReused where it was another.
        """

    async def claim(self, account: str, key: str, seconds: float) -> bool:
        """Whether what was begun and not answered is now one's own to do for so long; no: somebody else is at it."""

    async def release(self, account: str, key: str) -> None:
        """It was not done, and may be claimed by whoever asks again."""

    async def save(self, account: str, key: str, response: StoredResponse) -> None:
        """Keep the first answer under a key that was begun; a later one changes nothing."""


def record_id(account: str, key: str) -> str:
    """The id of the record that is asked for under `key`: another account's same key is another id."""
    return f"http:{hashlib.sha256(f'{account} {key}'.encode()).hexdigest()[:40]}"
