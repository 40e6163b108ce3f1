"""Which problem each error is: exceptions of the application, validation errors, an unavailable database."""

from collections.abc import Callable
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.problems import Code, Problem, to_problem_response
from application.context import AreaForbidden, UnknownCase
from application.cover import UnknownCover
from application.inbox import UnknownInboxMessage
from application.known_names import NameKind, UnknownName
from application.people import NoVictimDetails
from application.record_event import RoleForbidden
from application.reopening import CaseNotEnded
from application.victim_messages import UnknownMessage, WrongState
from domain.refusals import CaseworkError, RecordRefused
from domain.vocabulary import Refusal
from ports.cases import CaseTimeout, TemporalUnavailable, WorkflowNotFound
from ports.directory import AgencyExists, InvalidAgency, KeyAlreadyMade, UnknownAgency
from ports.inbox import DecisionNotPossible, UndeliveredReason
from ports.requests import InvalidInput
from ports.staff import InvalidMember, MemberAlreadyAdded, MemberExists, UnknownMember
from workflows.agency_messages import InvalidMessage
from workflows.record_codec import InvalidRecord

log = structlog.get_logger("api.errors")

OF_A_CASE = (Code.UNKNOWN_CASE, Code.WRONG_AREA)
OF_RECORDING = (
    *OF_A_CASE,
    Code.REFUSED,
    Code.VERSION_CONFLICT,
    Code.NOT_RUNNING,
    Code.CASE_TIMEOUT,
    Code.TEMPORAL_UNAVAILABLE,
)
KEYS_NOT_STORED = Problem(Code.ALREADY_DONE, "the keys were in the first response only: if it was lost, make new ones")
MEMBER_NOT_STORED = Problem(Code.ALREADY_DONE, "the first response named a person: look them up in the register")

_NOT_KNOWN = "it is not known whether it was recorded: send it again with the same Idempotency-Key, and it counts once"
_FIXED: dict[type[Exception], Problem] = {
    UnknownCase: Problem(Code.UNKNOWN_CASE),
    UnknownCover: Problem(Code.UNKNOWN_COVER),
    UnknownMessage: Problem(Code.UNKNOWN_NOTIFICATION),
    UnknownInboxMessage: Problem(Code.UNKNOWN_MESSAGE),
    UnknownAgency: Problem(Code.UNKNOWN_AGENCY),
    UnknownMember: Problem(Code.UNKNOWN_MEMBER),
    NoVictimDetails: Problem(Code.UNKNOWN_VICTIM),
    CaseNotEnded: Problem(Code.NOT_ENDED, "only a closed case can be continued"),
    AreaForbidden: Problem(Code.WRONG_AREA, "this is in an area that is not one of yours"),
    RoleForbidden: Problem(Code.WRONG_ROLE, "Only a caseworker or a supervisor can do this"),
    WorkflowNotFound: Problem(Code.NOT_RUNNING, "an operator must look at it"),
    CaseTimeout: Problem(Code.CASE_TIMEOUT, _NOT_KNOWN),
    TemporalUnavailable: Problem(Code.TEMPORAL_UNAVAILABLE, _NOT_KNOWN),
    AgencyExists: Problem(Code.AGENCY_EXISTS, "id: already in use, perhaps by an agency that was removed"),
    MemberExists: Problem(Code.MEMBER_EXISTS, "id: already in use, perhaps by a deactivated account"),
    KeyAlreadyMade: KEYS_NOT_STORED,
    MemberAlreadyAdded: MEMBER_NOT_STORED,
}
_CODES_OF_REFUSALS = {
    Refusal.VERSION_CONFLICT: Code.VERSION_CONFLICT,
    Refusal.NOT_BY_THIS_SENDER: Code.WRONG_ROLE,
    Refusal.SUPERVISOR_DECIDES: Code.WRONG_ROLE,
    Refusal.UNREADABLE: Code.UNREADABLE,
    Refusal.UNKNOWN_EVENT: Code.UNKNOWN_EVENT,
    Refusal.FREE_TEXT: Code.FREE_TEXT,
}
_CODES_OF_NAMES = {
    NameKind.AREA: Code.UNKNOWN_AREA,
    NameKind.AGENCY: Code.UNKNOWN_AGENCY,
    NameKind.COLLEAGUE: Code.UNKNOWN_MEMBER,
}
_UNDELIVERED = {
    UndeliveredReason.UNKNOWN: Problem(Code.UNKNOWN_MESSAGE),
    UndeliveredReason.RESOLVED: Problem(Code.WRONG_STATE, "it has ended"),
    UndeliveredReason.DELIVERED: Problem(Code.WRONG_STATE, "its case has it, and will decide"),
    UndeliveredReason.BEING_TRIED: Problem(
        Code.WRONG_STATE, "it is being delivered at this moment: look again in a quarter of a minute"
    ),
    UndeliveredReason.NOT_DEAD_LETTERED: Problem(
        Code.WRONG_STATE,
        "it is still retried and may have reached its case: only a dead-lettered message can be rejected",
    ),
}
_WITH_DETAIL: dict[type[Exception], Callable[[Any], Problem]] = {
    RecordRefused: lambda error: Problem(
        _CODES_OF_REFUSALS.get(error.code, Code.REFUSED), str(error), {"reason": error.code}
    ),
    InvalidRecord: lambda error: Problem(
        _CODES_OF_REFUSALS.get(error.code, Code.UNREADABLE), str(error), {"reason": error.code}
    ),
    InvalidMessage: lambda error: Problem(Code(error.problem), error.detail),
    UnknownName: lambda error: Problem(_CODES_OF_NAMES[error.kind], str(error), {"near": list(error.near)}),
    WrongState: lambda error: Problem(Code.WRONG_STATE, f"it is {error.state}"),
    DecisionNotPossible: lambda error: _UNDELIVERED[error.reason],
    InvalidInput: lambda error: Problem(Code.UNREADABLE, str(error)),
    InvalidAgency: lambda error: Problem(Code.INVALID, str(error)),
    InvalidMember: lambda error: Problem(Code.INVALID, str(error)),
}


def find_problem(error: Exception, database_errors: tuple[type[Exception], ...] = ()) -> Problem | None:
    """Return the problem that `error` is; None: it is an internal error."""
    if isinstance(error, Problem):
        return error
    if type(error) in _WITH_DETAIL:
        return _WITH_DETAIL[type(error)](error)
    if isinstance(error, database_errors):
        log.warning("database_unavailable", error=type(error).__name__)
        return Problem(Code.DATABASE_UNAVAILABLE, "the database does not answer: try again")
    return _FIXED.get(type(error))


def install_error_handlers(app: FastAPI, database_errors: tuple[type[Exception], ...]) -> None:
    """Have every error of `app` answered as a problem."""

    async def on_error(request: Request, error: Exception) -> JSONResponse:
        problem = find_problem(error, database_errors)
        if problem is None:
            log.error("api.failed", route=getattr(request.scope.get("route"), "path", ""), exc_info=error)
            problem = Problem(Code.INTERNAL)
        return to_problem_response(problem)

    for error in (Problem, CaseworkError, *_WITH_DETAIL, *_FIXED, *database_errors, Exception):
        app.exception_handler(error)(on_error)

    @app.exception_handler(HTTPException)
    async def on_http(_request: Request, error: HTTPException) -> JSONResponse:
        # What the framework refuses by itself: an unknown address, a method that the address does not accept.
        codes = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}
        return to_problem_response(Problem(codes.get(error.status_code, Code.BAD_REQUEST)), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def on_validation(_request: Request, error: RequestValidationError) -> JSONResponse:
        # The first field that is wrong, by its name; the value is not repeated.
        first = error.errors()[0]
        source, *path = first["loc"]
        if source != "body":
            return to_problem_response(Problem(Code.BAD_REQUEST, f"{'.'.join(map(str, path))}: {first['msg']}"))
        code = _CODES_OF_FIELDS.get(first["type"], Code.UNREADABLE)
        # The sender chose the name of an unknown field, which may be personal data too.
        field = "a field" if code is Code.UNKNOWN_FIELD else ".".join(map(str, path)) or "the body"
        return to_problem_response(Problem(code, f"{field}: {first['msg']}"))


_CODES_OF_FIELDS = {"missing": Code.MISSING_FIELD, "extra_forbidden": Code.UNKNOWN_FIELD}
