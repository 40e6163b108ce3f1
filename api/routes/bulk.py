"""Actions on many cases at once, with a result for each; and cover for an absent colleague."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Response

from api.authentication import CoverReader, Recorder, Supervisor
from api.dependencies import Services, StaffServices
from api.error_mapping import find_problem
from api.filters import DryRun
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, IdempotentRequest, to_json_response
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
from api.problems import Code, Problem, document_problems
from application.bulk import BulkResult, EventsForCase, SelectWaits, apply_to_cases, chase, extend, reassign
from application.cover import end_cover, get_cover, start_cover
from application.known_names import require_colleague
from application.previews import BulkPreview, preview_cases, select_waits_of
from domain.events import Reassigned, WaitExtended
from domain.people import Person
from domain.refusals import CaseworkError
from ports.cases import Retryable
from ports.covers import Cover
from queries.cases import CaseFilters
from workflows.record_codec import InvalidRecord, read_event

CoverId = Annotated[str, Path(description="The cover's id.", examples=["http:0f3a"])]
MAX_COVERED = 10_000
"""How many cases of an absent colleague are listed in advance."""
E = TypeVar("E", Reassigned, WaitExtended)

router = APIRouter(prefix="/api/v1", tags=["supervision"], route_class=GuardedRoute)


@router.post(
    "/bulk/extend",
    summary="Extend overdue actions",
    response_model=BulkResponse,
    responses=document_problems(Code.FREE_TEXT),
)
async def extend_cases(
    body: BulkExtension, person: Supervisor, services: Services, idempotent: Idempotent, dry_run: DryRun = False
) -> Response:
    """What is overdue in each case, or everything that it is waiting for where nothing is."""
    reason = {} if body.reason is None else {"reason": body.reason}
    event = _read_event(WaitExtended, until=body.until, **reason)
    action = BulkAction(services, person, lambda select: extend(select, event.until, event.reason))
    return await action.apply(body.cases, idempotent, dry_run=dry_run)


@router.post(
    "/bulk/reassign",
    summary="Assign cases to somebody",
    response_model=BulkResponse,
    responses=document_problems(Code.FREE_TEXT, Code.UNKNOWN_MEMBER),
)
async def reassign_cases(
    body: BulkReassignment, person: Supervisor, services: Services, idempotent: Idempotent, dry_run: DryRun = False
) -> Response:
    """The response has a result for each case."""
    event = _read_event(Reassigned, to=body.to)
    await require_colleague(services.names, event.to, "to", active_only=True)
    action = BulkAction(services, person, lambda _: reassign(event.to))
    return await action.apply(body.cases, idempotent, dry_run=dry_run)


@router.post("/bulk/chase", summary="Remind agencies now", response_model=BulkResponse)
async def chase_cases(
    body: CaseSelection, person: Recorder, services: Services, idempotent: Idempotent, dry_run: DryRun = False
) -> Response:
    """The agencies of each case that are overdue, or all that it is waiting for where none is."""
    return await BulkAction(services, person, chase).apply(body.cases, idempotent, dry_run=dry_run)


@router.post(
    "/cover",
    summary="Start cover for a colleague",
    response_model=CoverResultResponse,
    responses=document_problems(Code.FREE_TEXT, Code.UNKNOWN_MEMBER),
)
async def add_cover(
    new: NewCover, person: Supervisor, services: Services, idempotent: Idempotent, dry_run: DryRun = False
) -> Response:
    """All open cases of one person are assigned to another; they are remembered, so that these very cases go back."""
    if new.absent == new.covering:
        raise Problem(Code.UNREADABLE, "covering: somebody other than the absent colleague")
    await require_colleague(services.names, new.absent, "absent")
    await require_colleague(services.names, new.covering, "covering", active_only=True)
    action = BulkAction(services, person, lambda _: reassign(new.covering))

    async def do(record_id: str) -> Response:
        filters = CaseFilters(assigned_to=new.absent, is_open=True)
        cases = await services.context.queries.list_cases(filters, MAX_COVERED, areas=person.within)
        previews = await action.preview([case.ref for case in cases])
        if dry_run:
            fields = action.describe_previews(previews)
            return to_json_response(CoverResultResponse(cover=None, is_open=True, **fields))
        started = await start_cover(services.context, services.covers, person, new.absent, new.covering, record_id)
        return action.cover_response(*started, previews)

    return await do("dry-run") if dry_run else await idempotent.execute(do)


@router.post(
    "/cover/{cover_id}/end",
    summary="End cover",
    response_model=CoverResultResponse,
    responses=document_problems(Code.UNKNOWN_COVER),
)
async def finish_cover(
    cover_id: CoverId, person: Supervisor, services: Services, idempotent: Idempotent, dry_run: DryRun = False
) -> Response:
    """The cases that the covering colleague still has go back; those assigned to somebody else since then stay there.

    Cases in areas that are not yours stay covered, and the cover stays open.
    """

    async def do(record_id: str) -> Response:
        cover = await get_cover(services.covers, cover_id, person)
        action = BulkAction(services, person, lambda _: reassign(cover.absent))
        previews = await action.preview(await services.covers.list_cases(cover_id, person))
        if dry_run:
            fields = action.describe_previews(previews)
            return to_json_response(
                CoverResultResponse(cover=CoverResponse.model_validate(cover), is_open=True, **fields)
            )
        ended = await end_cover(services.context, services.covers, person, cover_id, record_id)
        return action.cover_response(*ended, previews)

    return await do("dry-run") if dry_run else await idempotent.execute(do)


@router.get("/cover", summary="List covers", responses=document_problems(Code.BAD_CURSOR))
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


@dataclass(frozen=True, slots=True)
class BulkAction:
    """What `person` does to many cases: `events` gives the events of each case, which may select waits of it."""

    services: StaffServices
    person: Person
    events: Callable[[SelectWaits], EventsForCase]

    async def apply(self, cases: Sequence[str], idempotent: IdempotentRequest, *, dry_run: bool) -> Response:
        """Return the result for each case; of a dry run, what would change."""
        refs = [ref.upper() for ref in cases]
        if dry_run:
            return to_json_response(BulkResponse(**self.describe_previews(await self.preview(refs))))

        async def do(record_id: str) -> Response:
            previews = await self.preview(refs)
            events = self.events(self.services.select_waits)
            results = await apply_to_cases(self.services.context, self.person, refs, events, record_id)
            response = BulkResponse(**self.describe_results(results, previews))
            return to_json_response(response, is_finished=_is_finished(results))

        return await idempotent.execute(do)

    async def preview(self, refs: Sequence[str]) -> Sequence[BulkPreview]:
        """Return what would change in each case. Nothing is stored."""
        context, now = self.services.context, self.services.now()
        return await preview_cases(context, self.person, refs, self.events(select_waits_of(context)), now)

    def describe_previews(self, previews: Sequence[BulkPreview]) -> dict[str, Any]:
        """Return the fields of a response to a dry run."""
        items = [_to_item(preview.ref, preview.version, preview.failed, preview) for preview in previews]
        return _to_fields(items, dry_run=True)

    def describe_results(self, results: Sequence[BulkResult], previews: Sequence[BulkPreview]) -> dict[str, Any]:
        """Return the fields of a response, with what was expected to change in each case."""
        expected = {preview.ref: preview for preview in previews}
        items = [_to_item(result.ref, result.version, result.failed, expected.get(result.ref)) for result in results]
        return _to_fields(items, dry_run=False)

    def cover_response(self, cover: Cover, results: Sequence[BulkResult], previews: Sequence[BulkPreview]) -> Response:
        """Return the response to a cover that was started or ended."""
        fields = self.describe_results(results, previews)
        response = CoverResultResponse(cover=CoverResponse.model_validate(cover), is_open=cover.is_open, **fields)
        return to_json_response(response, is_finished=_is_finished(results))


def _is_finished(results: Sequence[BulkResult]) -> bool:
    """Whether nothing is left that the same request would do when it is sent again."""
    return not any(isinstance(result.failed, Retryable) for result in results)


def _to_fields(items: list[BulkItemResponse], *, dry_run: bool) -> dict[str, Any]:
    done = sum(item.done for item in items)
    return {"dry_run": dry_run, "done": done, "failed": len(items) - done, "results": items}


def _to_item(
    ref: str, version: int | None, failed: CaseworkError | None, preview: BulkPreview | None
) -> BulkItemResponse:
    problem = find_problem(failed) if failed else None
    reason = problem.more.get("reason") if problem else None
    change = preview.change if preview and problem is None else None
    return BulkItemResponse(
        ref=ref,
        done=problem is None,
        version=version,
        code=problem.code if problem else None,
        reason=str(reason) if reason else None,
        sentence=problem.sentence if problem else "Done.",
        changes=list(change.changes) if change else [],
        notifies=list(change.notifies) if change else [],
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
