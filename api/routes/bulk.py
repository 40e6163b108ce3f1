"""Actions on many cases at once, with a result for each; and cover for an absent colleague."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Response

from api.authentication import CoverReader, Recorder, Supervisor
from api.dependencies import Services, StaffServices
from api.error_mapping import problem_of
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, IdempotentRequest, json_response
from api.models.bulk import (
    BulkExtension,
    BulkItemResponse,
    BulkReassignment,
    BulkResponse,
    CaseSelection,
    CoverListResponse,
    CoverResponse,
    CoverResultResponse,
    NewCover,
)
from api.pagination import Page, invalid_cursor, read_moment
from api.problems import Code, Problem, documented
from application.bulk import BulkResult, EventsForCase, apply_to_cases, chase, extend, reassign
from application.cover import end_cover, start_cover
from application.known_names import require_colleague
from domain.events import Reassigned, WaitExtended
from domain.people import Person
from ports.cases import Retryable
from ports.covers import Cover
from workflows.record_codec import InvalidRecord, read_event

CoverId = Annotated[str, Path(description="The cover's id.", examples=["http:0f3a"])]
E = TypeVar("E", Reassigned, WaitExtended)

router = APIRouter(prefix="/api/v1", tags=["supervision"], route_class=GuardedRoute)


@router.post(
    "/bulk/extend", summary="Extend overdue actions", response_model=BulkResponse, responses=documented(Code.FREE_TEXT)
)
async def extend_cases(body: BulkExtension, person: Supervisor, services: Services, idempotent: Idempotent) -> Response:
    """What is overdue in each case, or everything that it is waiting for where nothing is."""
    reason = {} if body.reason is None else {"reason": body.reason}
    event = _read_event(WaitExtended, until=body.until, **reason)
    events = extend(services.select_waits, event.until, event.reason)
    return await _apply(events, body, person, services, idempotent)


@router.post(
    "/bulk/reassign",
    summary="Assign cases to somebody",
    response_model=BulkResponse,
    responses=documented(Code.FREE_TEXT, Code.UNKNOWN_MEMBER),
)
async def reassign_cases(
    body: BulkReassignment, person: Supervisor, services: Services, idempotent: Idempotent
) -> Response:
    """The response has a result for each case."""
    event = _read_event(Reassigned, to=body.to)
    await require_colleague(services.names, event.to, "to", active_only=True)
    return await _apply(reassign(event.to), body, person, services, idempotent)


@router.post("/bulk/chase", summary="Remind agencies now", response_model=BulkResponse)
async def chase_cases(body: CaseSelection, person: Recorder, services: Services, idempotent: Idempotent) -> Response:
    """The agencies of each case that are overdue, or all that it is waiting for where none is."""
    return await _apply(chase(services.select_waits), body, person, services, idempotent)


@router.post(
    "/cover",
    summary="Start cover for a colleague",
    response_model=CoverResultResponse,
    responses=documented(Code.FREE_TEXT, Code.UNKNOWN_MEMBER),
)
async def add_cover(new: NewCover, person: Supervisor, services: Services, idempotent: Idempotent) -> Response:
    """All open cases of one person are assigned to another; they are remembered, so that these very cases go back."""
    if new.absent == new.covering:
        raise Problem(Code.UNREADABLE, "covering: somebody other than the absent colleague")
    await require_colleague(services.names, new.absent, "absent")
    await require_colleague(services.names, new.covering, "covering", active_only=True)

    async def do(record_id: str) -> Response:
        started = await start_cover(services.context, services.covers, person, new.absent, new.covering, record_id)
        return _cover_response(*started)

    return await idempotent.execute(do)


@router.post(
    "/cover/{cover_id}/end",
    summary="End cover",
    response_model=CoverResultResponse,
    responses=documented(Code.UNKNOWN_COVER),
)
async def finish_cover(cover_id: CoverId, person: Supervisor, services: Services, idempotent: Idempotent) -> Response:
    """The cases that the covering colleague still has go back; those assigned to somebody else since then stay there.

    Cases in areas that are not yours stay covered, and the cover stays open.
    """

    async def do(record_id: str) -> Response:
        return _cover_response(*await end_cover(services.context, services.covers, person, cover_id, record_id))

    return await idempotent.execute(do)


@router.get("/cover", summary="List covers", responses=documented(Code.BAD_CURSOR))
async def list_covers(person: CoverReader, services: Services, page: Page, ended: bool = False) -> CoverListResponse:
    """Covers of cases in your areas, and these cases counted; with `ended`, covers that have ended."""
    query = {"covers": ended}
    start = page.start_after(query, 2)
    if start and not start[1].isprintable():
        raise invalid_cursor()
    after = (read_moment(start[0]), start[1]) if start else None
    found = await services.covers.list_covers(person, is_open=not ended, limit=page.limit, after=after)
    return CoverListResponse(
        covers=[CoverResponse.model_validate(cover) for cover in found],
        next=page.next_cursor(query, found, lambda cover: (cover.started_at.isoformat(), cover.id)),
    )


async def _apply(
    events: EventsForCase, body: CaseSelection, person: Person, services: StaffServices, idempotent: IdempotentRequest
) -> Response:
    async def do(record_id: str) -> Response:
        refs = [ref.upper() for ref in body.cases]
        results = await apply_to_cases(services.context, person, refs, events, record_id)
        return json_response(BulkResponse(**_results(results)), is_finished=_is_finished(results))

    return await idempotent.execute(do)


def _cover_response(cover: Cover, results: tuple[BulkResult, ...]) -> Response:
    response = CoverResultResponse(
        cover=CoverResponse.model_validate(cover), is_open=cover.is_open, **_results(results)
    )
    return json_response(response, is_finished=_is_finished(results))


def _is_finished(results: Sequence[BulkResult]) -> bool:
    """Whether nothing is left that the same request would do when it is sent again."""
    return not any(isinstance(result.failed, Retryable) for result in results)


def _results(results: Sequence[BulkResult]) -> dict[str, object]:
    items = [_item(result) for result in results]
    done = sum(item.done for item in items)
    return {"dry_run": False, "done": done, "failed": len(items) - done, "results": items}


def _item(result: BulkResult) -> BulkItemResponse:
    problem = problem_of(result.failed) if result.failed else None
    reason = problem.more.get("reason") if problem else None
    return BulkItemResponse(
        ref=result.ref,
        done=problem is None,
        version=result.version,
        code=problem.code if problem else None,
        reason=str(reason) if reason else None,
        sentence=problem.sentence if problem else "Done.",
        changes=[],
        notifies=[],
    )


def _read_event(kind: type[E], **fields: str) -> E:
    try:
        event = read_event(kind.name, fields)
    except InvalidRecord as invalid:
        # In this body the fields are not inside `data`.
        invalid.field = invalid.field.removeprefix("data.")
        raise
    assert isinstance(event, kind)
    return event
