"""What was not done for staff, as problems: why, and whether there is any use in asking again."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from api.problems import Code, Problem
from application.cover import UnknownCover
from application.reopening import CaseNotEnded
from application.requests import InvalidRequest
from application.victim_messages import UnknownMessage, WrongState
from application.victims import InvalidDetails, NoVictimDetails
from domain.refusals import CaseworkError, RecordRefused, Refusal
from ports.cases import AreaForbidden, CaseTimeout, RoleForbidden, TemporalUnavailable, UnknownCase, WorkflowNotFound

log = structlog.get_logger("api.not_done")

OF_A_CASE = (Code.UNKNOWN_CASE, Code.WRONG_AREA)
OF_RECORDING = (
    *OF_A_CASE,
    Code.REFUSED,
    Code.VERSION_CONFLICT,
    Code.NOT_RUNNING,
    Code.CASE_TIMEOUT,
    Code.TEMPORAL_UNAVAILABLE,
)
_ANOTHERS = frozenset({Refusal.NOT_BY_THIS_SENDER, Refusal.SUPERVISOR_DECIDES})
_UNREAD = {Refusal.UNREADABLE: Code.UNREADABLE, Refusal.FREE_TEXT: Code.FREE_TEXT}

_NOT_KNOWN = "whether it was recorded is not known: send it again with the same Idempotency-Key, and it counts once"

_PLAIN: dict[type[CaseworkError], tuple[Code, str]] = {
    UnknownCase: (Code.UNKNOWN_CASE, ""),
    UnknownCover: (Code.UNKNOWN_COVER, ""),
    UnknownMessage: (Code.UNKNOWN_NOTIFICATION, ""),
    NoVictimDetails: (Code.UNKNOWN_VICTIM, ""),
    CaseNotEnded: (Code.NOT_ENDED, ""),
    AreaForbidden: (Code.WRONG_AREA, "the token's areas do not have that of this case"),
    RoleForbidden: (Code.WRONG_ROLE, "a caseworker or a supervisor records events"),
    WorkflowNotFound: (Code.NOT_RUNNING, "an operator must look at it"),
    CaseTimeout: (Code.CASE_TIMEOUT, _NOT_KNOWN),
    TemporalUnavailable: (Code.TEMPORAL_UNAVAILABLE, _NOT_KNOWN),
}


@contextmanager
def told_why(away: tuple[type[Exception], ...]) -> Iterator[None]:
    """Raise as Problem what is not done meanwhile; `away` are the errors of a store that is away."""
    try:
        yield
    except CaseworkError as failed:
        raise problem_of(failed) from None
    except away as error:
        log.warning("casework.database_unavailable", error=type(error).__name__)
        raise Problem(Code.DATABASE_UNAVAILABLE, "the database does not answer: try again") from None


def problem_of(failed: CaseworkError) -> Problem:
    """The problem that `failed` is to whoever asked."""
    if isinstance(failed, RecordRefused):
        return Problem(_code_of(failed.code), str(failed), {"reason": failed.code})
    if isinstance(failed, WrongState):
        return Problem(Code.WRONG_STATE, f"it is {failed.state}")
    if isinstance(failed, InvalidRequest | InvalidDetails):
        return Problem(Code.UNREADABLE, str(failed))
    code, detail = _PLAIN[type(failed)]
    return Problem(code, detail)


def _code_of(refusal: Refusal) -> Code:
    if refusal is Refusal.VERSION_CONFLICT:
        return Code.VERSION_CONFLICT
    if refusal in _ANOTHERS:
        return Code.WRONG_ROLE
    return _UNREAD.get(refusal, Code.REFUSED)
