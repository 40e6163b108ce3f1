"""What is stuck and why, over HTTP: as `rj stuck` tells it, part by part."""

from typing import Annotated

from fastapi import Query, Request

from api.areas import Area, areas_asked
from api.cursors import Cursor, Limit, bad_cursor, moment_in, place_of, ref_in
from api.cursors import cursor as cursor_at
from api.identity import SignedIn
from api.opened import Opener, seconds_to_read
from api.supervision.stuck_bodies import COLUMNS, StuckList, stuck_list, stuck_rows
from api.tables import MOST_ROWS, WantedFormat, table, wants_csv
from application.stuck import list_stuck
from domain.people import READERS
from queries.stuck_kinds import KINDS, StuckKind
from queries.stuck_ranking import StuckCursor, StuckFilter


class StuckLists:
    """Lists what is stuck in the areas of whoever may read."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def stuck(
        self,
        request: Request,
        person: SignedIn,
        area: Area = None,
        kind: Annotated[list[StuckKind] | None, Query(description="Only for these reasons; may be repeated.")] = None,
        assigned_to: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._@-]{0,100}$", examples=["c.okafor"])] = None,
        limit: Limit = 50,
        cursor: Cursor = "",
        format: WantedFormat = None,
    ) -> StuckList:
        """Every case that stands still, once, by harm and then the longest first, with each reason in plain words."""
        kinds = sorted(set(kind)) if kind else None
        of: dict[str, object] = {"stuck": area, "kinds": kinds, "assigned_to": assigned_to}
        after = _place(place_of(cursor, of, 3)) if cursor else None
        wanted = StuckFilter(areas_asked(person, area), kinds or KINDS, assigned_to)
        as_table = wants_csv(request, format)
        most = MOST_ROWS if as_table else limit
        async with self._opener.reading(person, *READERS, seconds=seconds_to_read(as_table)) as casework:
            today = casework.now().date()
            sources = casework.stuck, casework.directory
            found = await list_stuck(*sources, today, wanted, most, after, cases_only=as_table)
        last = found.part.next_cursor
        further = cursor_at(of, (last.kind, last.since.isoformat(), last.ref)) if last else None
        if as_table:
            goes_on = str(request.url.include_query_params(cursor=further)) if further else ""
            return await table(COLUMNS, stuck_rows(found), "stuck", goes_on)  # type: ignore[return-value]
        return stuck_list(found, further)


def _place(parts: list[str]) -> StuckCursor:
    """The place in the list of what is stuck. Raises Problem."""
    kind, since, ref = parts
    try:
        return StuckCursor(StuckKind(kind), moment_in(since), ref_in(ref))
    except ValueError:
        raise bad_cursor() from None
