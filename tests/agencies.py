"""Agencies for tests in which nobody is really asked."""

import asyncpg

from adapters.postgres.directory import PostgresDirectory
from domain.vocabulary import AgencyKind
from ports.agencies import Agency


async def enter_agencies_asked_by_hand(pool: asyncpg.Pool, area: str) -> None:
    """Enter an agency of each kind for `area`: a caseworker asks it, so that no ask of a case fails."""
    for kind in AgencyKind:
        await PostgresDirectory(pool).save(Agency(f"{area}-{kind.replace('_', '-')}", kind, area, kind))
