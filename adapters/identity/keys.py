"""The keys that an issuer signs with, as this process knows them.

They are fetched every few minutes, so that nobody who signs in waits for the issuer, and a key that it has withdrawn is
soon refused. While the issuer is unavailable the last keys remain valid, for a day. A token that names an unknown key
has them fetched again, since an issuer may change its keys at any moment; but not more often than every few seconds,
since anybody can name any key.
"""

import asyncio
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, import_key

from adapters.identity.issuer import IssuerError
from ports.authentication import IssuerUnavailable, TokenError, TokenRefused

log = structlog.get_logger("adapters.identity.keys")

ALGORITHMS: dict[str, tuple[str, str]] = {
    "RS256": ("RSA", ""),
    "RS384": ("RSA", ""),
    "RS512": ("RSA", ""),
    "PS256": ("RSA", ""),
    "PS384": ("RSA", ""),
    "PS512": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""The type and curve of each algorithm's keys. All are public: a shared secret could be used to make tokens."""

MAX_KEYS = 100
_PUBLIC = ("kty", "crv", "n", "e", "x", "y")


@dataclass(frozen=True, slots=True)
class RefreshIntervals:
    """Seconds between two fetches; the least of these, also after a failure; the age at which keys become invalid."""

    usual: float = 300
    least: float = 10
    max_age: float = 86_400


DEFAULT_INTERVALS = RefreshIntervals()


class IssuerKeys:
    """The keys that `fetch` returns, as far as they fit one of `algorithms`."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Sequence[Any]]],
        algorithms: Sequence[str],
        intervals: RefreshIntervals = DEFAULT_INTERVALS,
    ) -> None:
        self._fetch = fetch
        self._algorithms = algorithms
        self._intervals = intervals
        self._keys: dict[tuple[str, str], list[Key]] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._is_unavailable = False
        self._lock = asyncio.Lock()

    async def find(self, kid: str, algorithm: str) -> Key:
        """Return the key named `kid`, or without a name the only one of this algorithm.

        Raises TokenRefused and IssuerUnavailable.
        """
        key = self._lookup(kid, algorithm)
        if key is None:
            await self._refresh()
            key = self._lookup(kid, algorithm)
        if key is not None:
            return key
        if self._is_unavailable or self._fetched_at is None:
            raise IssuerUnavailable
        raise TokenRefused(TokenError.UNKNOWN_KEY, "the issuer publishes no such key")

    @asynccontextmanager
    async def refresh_in_background(self) -> AsyncIterator[None]:
        """Fetch the keys at intervals, for as long as the context lasts."""

        async def refresh_at_intervals() -> None:
            while True:
                try:
                    await self._refresh()
                except Exception:
                    # Nobody waits for this loop: if it ended unseen, nobody could sign in a day later.
                    log.exception("issuer.keys_failed")
                await asyncio.sleep(self._intervals.least if self._is_unavailable else self._intervals.usual)

        refreshing = asyncio.create_task(refresh_at_intervals())
        try:
            yield
        finally:
            refreshing.cancel()
            with suppress(asyncio.CancelledError):
                await refreshing

    def _lookup(self, kid: str, algorithm: str) -> Key | None:
        if self._fetched_at is None or time.monotonic() - self._fetched_at > self._intervals.max_age:
            return None
        if kid:
            named = self._keys.get((kid, algorithm), [])
            return named[0] if named else None
        candidates = [key for (_, of), keys in self._keys.items() if of == algorithm for key in keys]
        return candidates[0] if len(candidates) == 1 else None

    async def _refresh(self) -> None:
        """Fetch the keys, unless that was tried a moment ago, perhaps while this call waited."""
        async with self._lock:
            if self._tried_at is not None and time.monotonic() - self._tried_at < self._intervals.least:
                return
            self._tried_at = time.monotonic()
            try:
                published = await self._fetch()
            except IssuerError as error:
                self._is_unavailable = True
                log.warning("issuer.unavailable", error=str(error))
                return
            self._is_unavailable, self._fetched_at = False, time.monotonic()
            keys: dict[tuple[str, str], list[Key]] = {}
            for document in published[:MAX_KEYS]:
                for algorithm, key in usable_keys(document, self._algorithms):
                    keys.setdefault((_text(document, "kid"), algorithm), []).append(key)
            if keys.keys() != self._keys.keys():
                log.info("issuer.keys_changed", usable=len({kid for kid, _ in keys}), published=len(published))
            self._keys = keys


def usable_keys(published: Any, algorithms: Sequence[str]) -> Iterator[tuple[str, Key]]:
    """Yield the published key with each of `algorithms` that it may verify."""
    if not isinstance(published, dict) or published.get("use", "sig") != "sig":
        return
    operations = published.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return
    public = {name: published[name] for name in _PUBLIC if name in published}
    for algorithm in algorithms:
        if (_text(published, "kty"), _text(published, "crv")) != ALGORITHMS[algorithm]:
            continue
        if published.get("alg", algorithm) != algorithm:
            continue
        try:
            with warnings.catch_warnings():
                # The library only warns of a key that is too short.
                warnings.simplefilter("error", SecurityWarning)
                key = import_key(public)
        except SecurityWarning:
            log.warning("issuer.key_too_short", algorithm=algorithm)
        except (JoseError, ValueError, TypeError):
            log.warning("issuer.key_unreadable", algorithm=algorithm)
        else:
            yield algorithm, key


def _text(published: dict[str, Any], name: str) -> str:
    value = published.get(name, "")
    return value if isinstance(value, str) else ""
