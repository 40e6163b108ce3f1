"""Staff who sign in with the issuer's token, and are entered in the register of staff."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx

from adapters.identity.claims import ClaimNames
from adapters.identity.issuer import Issuer
from adapters.identity.keys import DEFAULT_INTERVALS, IssuerKeys, RefreshIntervals
from adapters.identity.tokens import TokenRules, TokenVerifier
from adapters.postgres.staff import PostgresStaff
from domain.people import Person
from settings import Settings

STORE_TIMEOUT = 5.0


class StaffIdentities:
    """Implements `ports.authentication.Identities`, and enters everybody with a role in the register of staff."""

    def __init__(self, verifier: TokenVerifier, register: PostgresStaff) -> None:
        self._verifier = verifier
        self._register = register

    async def person(self, token: str) -> Person:
        """See the port."""
        person = await self._verifier.person(token)
        if person.roles:
            async with asyncio.timeout(STORE_TIMEOUT):
                await self._register.record_sign_in(person)
        return person


@asynccontextmanager
async def open_identities(
    settings: Settings, pool: asyncpg.Pool, intervals: RefreshIntervals = DEFAULT_INTERVALS
) -> AsyncIterator[StaffIdentities | None]:
    """Yield the staff of the issuer in the settings, and refresh its keys meanwhile; None where they name no issuer."""
    if not settings.oidc_issuer:
        yield None
        return
    names = ClaimNames(settings.oidc_roles_claim, settings.oidc_areas_claim, settings.oidc_account_claim)
    rules = TokenRules(settings.oidc_issuer, settings.oidc_audience, settings.oidc_algorithms, names)
    # Keys are fetched minutes apart: by then the issuer has closed a connection, perhaps at this moment.
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=5, limits=limits) as http:
        issuer = Issuer(http, settings.oidc_issuer, settings.oidc_jwks_url)
        keys = IssuerKeys(issuer.fetch_keys, settings.oidc_algorithms, intervals)
        async with keys.refresh_in_background():
            yield StaffIdentities(TokenVerifier(keys, rules), PostgresStaff(pool))
