"""Open a case again that has ended: what the new one needs to know of it."""

from application.context import CaseworkContext, UnknownCase, read_state
from domain.events import Continuation
from domain.guard import conditions_of
from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef, Condition, Stage


class CaseNotEnded(CaseworkError):
    """The case is open: only an ended one is opened again."""


async def load_continuation(context: CaseworkContext, ref: CaseRef) -> Continuation:
    """What the case file has of the ended case `ref`. Raises UnknownCase and CaseNotEnded."""
    found = await context.queries.get_case(ref)
    if found is None:
        raise UnknownCase
    case = read_state(found)
    if case.progress.ended_on is None:
        raise CaseNotEnded
    entries = await context.history.list_entries(ref, newest_first=True)
    stages = (Stage(entry.stage) for entry in entries if entry.stage != Stage.DECLINED)
    return Continuation(
        ref=ref,
        stage=case.stage,
        ended_on=case.progress.ended_on,
        reason=case.progress.reason,
        from_stage=next(stages, Stage.REQUESTED),
        review_upheld=case.review is not None and case.review.result == "upheld",
        whereabouts=case.progress.whereabouts,
        responsible_agency=case.progress.responsible_agency,
        may_also_answer=case.progress.may_also_answer,
        limited_access=case.progress.limited_access,
        flags=case.flags,
        ruled_out=case.progress.ruled_out,
        conditions=frozenset(condition for condition, _ in conditions_of(case)),
        not_before=max(
            (day for condition, day in conditions_of(case) if condition is Condition.NOT_BEFORE and day), default=None
        ),
        asked=case.asked,
        is_blocked=any(concern.result in (None, "decline") for concern in case.concerns),
    )
