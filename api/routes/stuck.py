"""Stuck cases, and why."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api.authentication import Reader
from api.csv_tables import AS_CSV, MAX_ROWS, AsCsv, to_csv_response
from api.dependencies import Services
from api.filters import Areas, AssignedTo
from api.guarded_route import GuardedRoute
from api.models.agencies import AgencyPauseResponse
from api.models.case_contacts import AgencyContactResponse
from api.models.cases import TransferResponse
from api.models.stuck import StuckCaseResponse, StuckListResponse, UnmatchedItemResponse
from api.pagination import Page, encode_cursor, invalid_cursor, read_moment, read_ref
from api.problems import Code, document_problems
from application.agency_contacts import contact_line
from application.stuck import StuckOverview, list_stuck
from domain.people import StaffRole
from queries.stuck_kinds import KINDS, StuckKind
from queries.stuck_ranking import StuckCursor, StuckFilter

_COLUMNS = (
    *(name for name in StuckCaseResponse.model_fields if name not in ("reasons", "agencies", "contact")),
    *("reasons", "why", "can_do", "agencies"),
)

router = APIRouter(prefix="/api/v1", tags=["supervision"], route_class=GuardedRoute)


@router.get(
    "/stuck",
    summary="List stuck cases",
    responses={
        **AS_CSV,
        **document_problems(Code.WRONG_AREA, Code.UNKNOWN_AREA, Code.UNKNOWN_MEMBER, Code.BAD_CURSOR),
    },
)
async def list_stuck_cases(
    request: Request,
    person: Reader,
    areas: Areas,
    assigned_to: AssignedTo,
    services: Services,
    page: Page,
    as_csv: AsCsv,
    kind: Annotated[list[StuckKind] | None, Query(description="Only for these reasons; may be repeated.")] = None,
) -> StuckListResponse:
    """Every stuck case once, by harm and then the longest first, with each reason in words."""
    kinds = sorted(set(kind)) if kind else None
    query: dict[str, object] = {"stuck": areas.area, "kinds": kinds, "assigned_to": assigned_to}
    start = page.start_after(query, 3)
    overview = await list_stuck(
        services.stuck,
        services.agencies,
        services.directory,
        services.context.queries,
        services.today(),
        StuckFilter(areas.areas, kinds or KINDS, assigned_to),
        MAX_ROWS if as_csv else page.limit,
        _read_cursor(start) if start else None,
        cases_only=as_csv,
        with_transfers=person.has_role(StaffRole.SUPERVISOR),
    )
    last = overview.part.next_cursor
    following = encode_cursor(query, (last.kind, last.since.isoformat(), last.ref)) if last else None
    if as_csv:
        url = str(request.url.include_query_params(cursor=following)) if following else ""
        return await to_csv_response(_COLUMNS, _to_csv_rows(overview), "stuck", url)  # type: ignore[no-any-return]
    return StuckListResponse(
        pauses=[AgencyPauseResponse.model_validate(pause) for pause in overview.pauses],
        transfers=[TransferResponse.model_validate(transfer) for transfer in overview.transfers],
        cases=list(_to_responses(overview)),
        unmatched=[UnmatchedItemResponse.model_validate(item) for item in overview.unmatched.items],
        more_unmatched=overview.unmatched.has_more,
        next=following,
    )


def _read_cursor(parts: list[str]) -> StuckCursor:
    kind, since, ref = parts
    try:
        return StuckCursor(StuckKind(kind), read_moment(since), read_ref(ref))
    except ValueError:
        raise invalid_cursor() from None


def _to_responses(overview: StuckOverview) -> Iterator[StuckCaseResponse]:
    for case, contacts in zip(overview.part.cases, overview.contacts, strict=True):
        response = StuckCaseResponse.model_validate(case)
        response.agencies = [AgencyContactResponse.model_validate(contact) for contact in contacts]
        yield response


def _to_csv_rows(overview: StuckOverview) -> Iterator[Mapping[str, object]]:
    """A row for each case, with its reasons and who to contact in words."""
    for response, contacts in zip(_to_responses(overview), overview.contacts, strict=True):
        yield {
            **response.model_dump(mode="json"),
            "reasons": " ".join(reason.kind for reason in response.reasons),
            "why": " ".join(reason.why for reason in response.reasons),
            "can_do": " ".join(reason.can_do for reason in response.reasons),
            "agencies": " ".join(contact_line(contact) for contact in contacts),
        }
