"""The settings of areas in PostgreSQL."""

from dataclasses import fields

import asyncpg
import structlog

from ports.area_settings import AreaSettings

log = structlog.get_logger("adapters.postgres.area_settings")

_SAVE = """
insert into area_settings (
    area, service, phone, support, complaints, welsh,
    service_in_welsh, support_in_welsh, complaints_in_welsh, changed_by
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (area) do update
set service = excluded.service, phone = excluded.phone, support = excluded.support,
    complaints = excluded.complaints, welsh = excluded.welsh, service_in_welsh = excluded.service_in_welsh,
    support_in_welsh = excluded.support_in_welsh, complaints_in_welsh = excluded.complaints_in_welsh,
    changed_by = excluded.changed_by, changed_at = now()
"""


class PostgresAreaSettings:
    """What `ports.area_settings` names."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def get(self, area: str) -> AreaSettings:
        """See the port."""
        row = await self._pool.fetchrow("select * from area_settings where area = $1", area)
        if row is None:
            return AreaSettings(area)
        return AreaSettings(**{field.name: row[field.name] for field in fields(AreaSettings)})

    async def save(self, settings: AreaSettings, by: str) -> None:
        """See the port."""
        values = (getattr(settings, field.name) for field in fields(AreaSettings))
        await self._pool.execute(_SAVE, *values, by)
        log.info("areas.changed", area=settings.area, by=by)
