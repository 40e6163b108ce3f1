"""What is stuck: cases, each with the agencies to contact about it, pauses, and what belongs to no case."""

from dataclasses import dataclass
from datetime import date

from application.agency_contacts import AgencyContact, contacts_for_cases
from ports.agencies import Directory
from ports.agency_views import AgencyPause
from queries.agencies import AgencyQueries
from queries.cases import CaseQueries, ProposedTransfer
from queries.stuck import StuckCases, StuckQueries, UnmatchedItems
from queries.stuck_kinds import StuckKind
from queries.stuck_ranking import StuckCursor, StuckFilter

_NONE = UnmatchedItems()


@dataclass(frozen=True, slots=True)
class StuckOverview:
    """A part of the list of stuck cases, with the agencies that hold up each of them.

    `pauses`, `unmatched` and the `transfers` to its areas are of the whole list, and come with its first part.
    """

    part: StuckCases
    contacts: tuple[tuple[AgencyContact, ...], ...]
    pauses: tuple[AgencyPause, ...] = ()
    unmatched: UnmatchedItems = _NONE
    transfers: tuple[ProposedTransfer, ...] = ()


async def list_stuck(
    queries: StuckQueries,
    agencies: AgencyQueries,
    directory: Directory,
    cases: CaseQueries,
    today: date,
    filters: StuckFilter,
    limit: int,
    cursor: StuckCursor | None = None,
    *,
    cases_only: bool = False,
    with_transfers: bool = False,
) -> StuckOverview:
    """Up to `limit` stuck cases after `cursor`; `today` is a day of the cases' time.

    What belongs to no case has no area and is assigned to nobody, so it is listed only where neither is asked for.
    Pauses are listed unless they are of agencies of other areas. What other areas propose to hand over is for
    supervisors (`with_transfers`), and nobody's yet.
    """
    part = await queries.list_stuck_cases(today, filters, limit, cursor)
    overdue = (
        (
            case.area,
            [
                (str(reason.facts["wait"]), str(reason.facts["waiting_on"]))
                for reason in case.reasons
                if "wait" in reason.facts
            ],
        )
        for case in part.cases
    )
    contacts = await contacts_for_cases(directory, overdue)
    if cursor is not None or cases_only:
        return StuckOverview(part, contacts)
    with_unmatched = filters.areas is None and filters.assigned_to is None
    unmatched = await queries.list_unmatched(limit, filters.kinds) if with_unmatched else _NONE
    is_wanted = with_transfers and filters.assigned_to is None and StuckKind.TRANSFER in filters.kinds
    transfers = await cases.list_transfers(filters.areas, limit) if is_wanted else ()
    return StuckOverview(part, contacts, await agencies.list_pauses(areas=filters.areas), unmatched, transfers)
