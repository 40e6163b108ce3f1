"""What is stuck, for whoever looks: the cases with whom to ring about each, and what is stuck beside cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import asyncpg

from application.agency_contacts import AgencyContact, contacts_for_cases
from ports.agencies import Directory
from ports.agency_views import AgencyPause
from queries.stuck import (
    StuckCase,
    StuckCases,
    StuckCursor,
    StuckFilter,
    UnmatchedItems,
    list_stuck_cases,
    list_unmatched,
)

_NONE = UnmatchedItems()


class PausesByArea(Protocol):
    """Whose asks rest."""

    async def pauses_in(self, areas: Sequence[str] | None) -> Sequence[AgencyPause]:
        """The pause of all asks, and those of agencies of `areas` (None: all) and of national ones."""


@dataclass(frozen=True, slots=True)
class StuckOverview:
    """A part of the list of stuck cases, and whom to ring about each of them, if it is an agency that holds it up.

    `pauses` and `unmatched` are of the whole list, and come with its first part, if wanted: whose asks rest, and what is
    stuck that no case has.
    """

    part: StuckCases
    whom: tuple[tuple[AgencyContact, ...], ...]
    pauses: tuple[AgencyPause, ...] = ()
    unmatched: UnmatchedItems = _NONE


async def list_stuck(
    pool: asyncpg.Pool,
    directory: Directory,
    paused: PausesByArea,
    today: date,
    wanted: StuckFilter,
    limit: int,
    after: StuckCursor | None = None,
    *,
    cases_only: bool = False,
) -> StuckOverview:
    """Up to `limit` of what is `wanted` after the place `after`; `today` is a day of the cases' time.

    What no case has belongs to no area and to nobody, so only who asks for all areas, and everybody's, is shown it.
    Whose asks rest is told whoever asks, but for agencies of areas that are not asked for.
    """
    part = await list_stuck_cases(pool, today, wanted, limit, after)
    whom = await contacts_for_cases(directory, [(case.area, _waits(case)) for case in part.cases])
    if after is not None or cases_only:
        return StuckOverview(part, whom)
    is_of_all = wanted.areas is None and wanted.assigned_to is None
    beside = await list_unmatched(pool, limit, wanted.kinds) if is_of_all else _NONE
    return StuckOverview(part, whom, tuple(await paused.pauses_in(wanted.areas)), beside)


def _waits(case: StuckCase) -> list[tuple[str, str]]:
    """The waits that ran out, and whom they are on."""
    facts = [reason.facts for reason in case.reasons]
    return [(str(each["wait"]), str(each["waiting_on"])) for each in facts if "wait" in each]
