"""An ended case that is taken up again: what the new one has to know of it."""

import asyncpg
from pydantic import TypeAdapter

from domain.case import Case
from domain.events import Continuation
from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef, Stage
from ports.cases import UnknownCase
from queries.case_history import CaseHistory
from queries.cases import CaseQueries

_CASE = TypeAdapter(Case)


class CaseNotEnded(CaseworkError):
    """The case is open: only an ended one is taken up again."""


async def load_continuation(pool: asyncpg.Pool, ref: CaseRef) -> Continuation:
    """What the case file tells of the ended case `ref`. Raises UnknownCase and CaseNotEnded."""
    found = await CaseQueries(pool).get_case(ref)
    if found is None:
        raise UnknownCase
    case = _CASE.validate_python(found.state)
    if case.progress.ended_on is None:
        raise CaseNotEnded
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
    entries = await CaseHistory(pool).list_entries(ref, newest_first=True)
    return next((Stage(entry.stage) for entry in entries if entry.stage != Stage.DECLINED), Stage.REQUESTED)
