"""The keys that an issuer signs with, as this process knows them.

They are fetched every few minutes, whoever asks, so that nobody who signs in waits for the issuer, and a key that it
has withdrawn opens nothing for longer. While the issuer is away the last ones serve on, for a day. A token that names a
key which is not among them has them fetched anew, for an issuer may change its keys at any moment; but not more often
than every few seconds, since anybody can name any key.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError

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
"""The type and curve of the keys of each algorithm: all have a public key, so that none of them can be taken for it."""

MOST_KEYS = 100
_PUBLIC = ("kty", "crv", "n", "e", "x", "y")


@dataclass(frozen=True, slots=True)
class RefreshIntervals:
    """How often the issuer is asked, in seconds: `every` so many; never sooner than `between` after the last try.

    Keys that are older than `at_most` are taken for lost.
    """

    every: float = 300
    between: float = 10
    at_most: float = 86_400


DEFAULT_INTERVALS = RefreshIntervals()


class IssuerKeys:
    """The keys that `published` gives, as far as they fit one of `algorithms`."""

    def __init__(
        self,
        published: Callable[[], Awaitable[Sequence[Any]]],
        algorithms: Sequence[str],
        pace: RefreshIntervals = DEFAULT_INTERVALS,
    ) -> None:
        self._published = published
        self._algorithms = algorithms
        self._pace = pace
        self._keys: dict[tuple[str, str], list[PyJWK]] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._is_away = False
        self._one_at_a_time = asyncio.Lock()

    async def find(self, kid: str, algorithm: str) -> PyJWK:
        """The key named `kid`; with none named, the only one of this algorithm. Raises TokenRefused and IssuerUnavailable."""
        found = self._find(kid, algorithm)
        if found is None:
            await self._fetch()
            found = self._find(kid, algorithm)
        if found is not None:
            return found
        if self._is_away or self._fetched_at is None:
            raise IssuerUnavailable
        raise TokenRefused(TokenError.UNKNOWN_KEY, "the issuer publishes no such key")

    @asynccontextmanager
    async def kept_fresh(self) -> AsyncIterator[None]:
        """Meanwhile the keys are fetched again and again."""
        keeping = asyncio.create_task(self._keep_fresh())
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    async def _keep_fresh(self) -> None:
        while True:
            try:
                await self._fetch()
            except Exception:
                # Nobody waits for this loop: if it ended unseen, nobody could sign in a day later.
                log.exception("issuer.keys_failed")
            await asyncio.sleep(self._pace.between if self._is_away else self._pace.every)

    def _find(self, kid: str, algorithm: str) -> PyJWK | None:
        if self._fetched_at is None or _seconds_since(self._fetched_at) > self._pace.at_most:
            return None
        if kid:
            named = self._keys.get((kid, algorithm), [])
            return named[0] if named else None
        fitting = [key for (_, of), keys in self._keys.items() if of == algorithm for key in keys]
        return fitting[0] if len(fitting) == 1 else None

    async def _fetch(self) -> None:
        """Fetch the keys, unless that was tried a moment ago, if only by whoever was waited for here."""
        async with self._one_at_a_time:
            if self._tried_at is not None and _seconds_since(self._tried_at) < self._pace.between:
                return
            self._tried_at = time.monotonic()
            try:
                published = await self._published()
            except IssuerError as error:
                self._is_away = True
                log.warning("issuer.away", error=str(error))
                return
            self._is_away, self._fetched_at = False, time.monotonic()
            self._take(published)

    def _take(self, published: Sequence[Any]) -> None:
        keys: dict[tuple[str, str], list[PyJWK]] = {}
        for each in published[:MOST_KEYS]:
            for algorithm, key in usable(each, self._algorithms):
                keys.setdefault((_text(each, "kid"), algorithm), []).append(key)
        if keys.keys() != self._keys.keys():
            log.info("issuer.keys_changed", usable=len({kid for kid, _ in keys}), published=len(published))
        self._keys = keys


def usable(published: Any, algorithms: Sequence[str]) -> Iterator[tuple[str, PyJWK]]:
    """The key, once for each of `algorithms` that it may be used with; nothing for one that verifies no signature."""
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
            key = PyJWK(public, algorithm)
        except (PyJWTError, ValueError, TypeError):
            log.warning("issuer.key_unreadable", algorithm=algorithm)
            continue
        if key.Algorithm.check_key_length(key.key) is None:
            yield algorithm, key
        else:
            log.warning("issuer.key_too_short", algorithm=algorithm)


def _text(published: dict[str, Any], name: str) -> str:
    value = published.get(name, "")
    return value if isinstance(value, str) else ""


def _seconds_since(moment: float) -> float:
    return time.monotonic() - moment
