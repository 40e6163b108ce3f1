"""What is stuck, for whoever looks: the cases with whom to ring about each, and what is stuck beside cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import asyncpg

from application.agency_contacts import Whom, whom_to_ring_each
from ports.agencies import Directory
from ports.agency_views import AgencyPause
from queries.stuck import Asides, Place, StuckCase, StuckPart, Wanted, asides, stuck_part

_NONE = Asides()


class Paused(Protocol):
    """Whose asks rest."""

    async def resting_in(self, areas: Sequence[str] | None) -> Sequence[AgencyPause]:
        """The pause of all asks, and those of agencies of `areas` (None: all) and of national ones."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A part of the list of stuck cases, and whom to ring about each of them, if it is an agency that holds it up.

    `resting` and `asides` are of the whole list, and come with its first part, if wanted: whose asks rest, and what is
    stuck that no case has.
    """

    part: StuckPart
    whom: tuple[tuple[Whom, ...], ...]
    resting: tuple[AgencyPause, ...] = ()
    asides: Asides = _NONE


async def look(
    pool: asyncpg.Pool,
    directory: Directory,
    paused: Paused,
    today: date,
    wanted: Wanted,
    limit: int,
    after: Place | None = None,
    *,
    cases_only: bool = False,
) -> Stuck:
    """Up to `limit` of what is `wanted` after the place `after`; `today` is a day of the cases' time.

    What no case has belongs to no area and to nobody, so only who asks for all areas, and everybody's, is shown it.
    Whose asks rest is told whoever asks, but for agencies of areas that are not asked for.
    """
    part = await stuck_part(pool, today, wanted, limit, after)
    whom = await whom_to_ring_each(directory, [(case.area, _waits(case)) for case in part.cases])
    if after is not None or cases_only:
        return Stuck(part, whom)
    is_of_all = wanted.areas is None and wanted.assigned_to is None
    beside = await asides(pool, limit, wanted.kinds) if is_of_all else _NONE
    return Stuck(part, whom, tuple(await paused.resting_in(wanted.areas)), beside)


def _waits(case: StuckCase) -> list[tuple[str, str]]:
    """The waits that ran out, and whom they are on."""
    facts = [reason.facts for reason in case.reasons]
    return [(str(each["wait"]), str(each["waiting_on"])) for each in facts if "wait" in each]
