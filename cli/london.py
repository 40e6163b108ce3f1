"""Dates and times as people read them: in London time."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

LABEL = "London time"


@cache
def _zone() -> ZoneInfo:
    return ZoneInfo("Europe/London")


def london_time(moment: str | datetime) -> str:
    """Such as `2026-11-30 14:30`; the caller says that it is London time."""
    return f"{_in_london(moment):%Y-%m-%d %H:%M}"


def london_date(moment: str | datetime) -> str:
    """The day in London, such as `2026-11-30`."""
    return f"{_in_london(moment):%Y-%m-%d}"


def _in_london(moment: str | datetime) -> datetime:
    return (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(_zone())
