"""An ended case that is taken up again: what the new one has to know of it."""

import asyncpg

from cli.cases import found_case, read_case
from cli.errors import fail
from domain.events import Continuation
from domain.vocabulary import CaseRef, Stage
from readmodel.timeline import entries_of


async def continuation(pool: asyncpg.Pool, ref: CaseRef) -> Continuation:
    """What the case file tells of the ended case `ref`. Raises Mistake where there is none, or where it is open."""
    case = read_case(await found_case(pool, ref))
    if case.progress.ended_on is None:
        fail(f"{ref} has not ended: only an ended case is taken up again")
    return Continuation(
        ref=ref,
        stage=case.stage,
        ended_on=case.progress.ended_on,
        reason=case.progress.reason,
        from_stage=await _stage_before_the_end(pool, ref),
        review_upheld=case.review is not None and case.review.result == "upheld",
        whereabouts=case.progress.whereabouts,
        responsible_agency=case.progress.responsible_agency,
        limited_access=case.progress.limited_access,
    )


async def _stage_before_the_end(pool: asyncpg.Pool, ref: CaseRef) -> Stage:
    entries = await entries_of(pool, ref, newest_first=True)
    return next((Stage(entry.stage) for entry in entries if entry.stage != Stage.DECLINED), Stage.REQUESTED)
