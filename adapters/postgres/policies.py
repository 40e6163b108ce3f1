"""The policies that were loaded, in PostgreSQL, with those that come with the service. A version never changes."""

from collections.abc import Iterable
from typing import Any

import asyncpg
from pydantic import TypeAdapter

from domain.json_values import to_json_object
from domain.policy import PACKAGED, Policy

_LIST = """
select name, version, case when name || '/' || version <> all($1::text[]) then value end as value
from policies order by name, version
"""

_POLICY = TypeAdapter(Policy)


class PolicyDiffers(Exception):
    """Another value was loaded under these versions; each is a policy's label."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        super().__init__(", ".join(labels))
        self.labels = labels


class PostgresPolicies:
    """Stores policies, and lists those under which a case may begin."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._known: dict[tuple[str, int], Policy] = {}

    async def list_policies(self) -> tuple[Policy, ...]:
        """Those that come with the service, and then those loaded, by name and version.

        The value of a version is read once, since it never changes.
        """
        known = [f"{name}/{version}" for name, version in self._known]
        rows = await self._pool.fetch(_LIST, known)
        for row in rows:
            if row["value"] is not None:
                self._known[row["name"], row["version"]] = _read(row["value"])
        return (*PACKAGED, *(self._known[row["name"], row["version"]] for row in rows))

    async def load(self, policies: Iterable[Policy], by: str) -> tuple[Policy, ...]:
        """Store all `policies`, or none; return those that are new. Raises PolicyDiffers."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("lock table policies in share row exclusive mode")
            known = {(policy.name, policy.version): policy for policy in PACKAGED}
            for row in await connection.fetch("select value from policies"):
                policy = _read(row["value"])
                known[policy.name, policy.version] = policy
            policies = tuple(policies)
            differing = tuple(one.label for one in policies if known.get((one.name, one.version), one) != one)
            if differing:
                raise PolicyDiffers(differing)
            new = tuple(one for one in policies if (one.name, one.version) not in known)
            await connection.executemany(
                "insert into policies (name, version, value, loaded_by) values ($1, $2, $3, $4)",
                [(one.name, one.version, to_json_object(one), by) for one in new],
            )
        return new


def _read(value: Any) -> Policy:
    policy: Policy = _POLICY.validate_python(value)
    return policy
