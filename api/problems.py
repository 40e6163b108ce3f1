"""Errors as people and programs read them: RFC 9457 problem details, for every error of every address.

A problem names fields and codes and never repeats a value: what was sent may be somebody's name.
"""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

log = structlog.get_logger("api.problems")

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:restorative-justice:problem:"


class Code(StrEnum):
    """Every problem that a caller can meet."""

    SIGNATURE_MISSING = "signature_missing"
    SIGNATURE_WRONG = "signature_wrong"
    TIMESTAMP_STALE = "timestamp_stale"
    UNKNOWN_AGENCY = "unknown_agency"
    UNKNOWN_MESSAGE = "unknown_message"
    MESSAGE_ID_MALFORMED = "message_id_malformed"
    BODY_TOO_LARGE = "body_too_large"
    BODY_TOO_SLOW = "body_too_slow"
    NOT_JSON_TYPE = "not_json_type"
    NOT_JSON = "not_json"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    UNREADABLE = "unreadable"
    UNKNOWN_EVENT = "unknown_event"
    FREE_TEXT = "free_text"
    NOT_BY_THIS_SENDER = "not_by_this_sender"
    DATABASE_UNAVAILABLE = "database_unavailable"
    NOT_READY = "not_ready"
    SIGN_IN_OFF = "sign_in_off"
    TOKEN_MISSING = "token_missing"  # noqa: S105 - a code, which is no secret
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a code, which is no secret
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - a code, which is no secret
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    DEACTIVATED = "deactivated"
    WRONG_ROLE = "wrong_role"
    WRONG_AREA = "wrong_area"
    NOT_AUTHENTICATED = "not_authenticated"
    INVALID = "invalid"
    AGENCY_EXISTS = "agency_exists"
    UNKNOWN_MEMBER = "unknown_member"
    MEMBER_EXISTS = "member_exists"
    KEY_MISSING = "idempotency_key_missing"
    KEY_REUSED = "idempotency_key_reused"
    ALREADY_DONE = "already_done"
    UNKNOWN_NOTIFICATION = "unknown_notification"
    UNKNOWN_VICTIM = "unknown_victim"
    WRONG_STATE = "wrong_state"
    IF_MATCH_MISSING = "if_match_missing"
    VERSION_CONFLICT = "version_conflict"
    REFUSED = "refused"
    UNKNOWN_CASE = "unknown_case"
    NOT_RUNNING = "not_running"
    CASE_TIMEOUT = "case_timeout"
    TEMPORAL_UNAVAILABLE = "temporal_unavailable"
    UNKNOWN_COVER = "unknown_cover"
    NOT_ENDED = "not_ended"
    BAD_CURSOR = "bad_cursor"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BAD_REQUEST = "bad_request"
    INTERNAL = "internal"


PROBLEMS: dict[Code, tuple[HTTPStatus, str]] = {
    Code.SIGNATURE_MISSING: (HTTPStatus.UNAUTHORIZED, "The request is not signed"),
    Code.SIGNATURE_WRONG: (HTTPStatus.UNAUTHORIZED, "The signature does not fit"),
    Code.TIMESTAMP_STALE: (HTTPStatus.UNAUTHORIZED, "The signature is too old or from the future"),
    Code.UNKNOWN_AGENCY: (HTTPStatus.NOT_FOUND, "There is no such agency"),
    Code.UNKNOWN_MESSAGE: (HTTPStatus.NOT_FOUND, "There is no such message"),
    Code.MESSAGE_ID_MALFORMED: (HTTPStatus.BAD_REQUEST, "The webhook-id cannot be used"),
    Code.BODY_TOO_LARGE: (HTTPStatus(413), "The body is too large"),
    Code.BODY_TOO_SLOW: (HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time"),
    Code.NOT_JSON_TYPE: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is not said to be JSON"),
    Code.NOT_JSON: (HTTPStatus.BAD_REQUEST, "The body is not JSON"),
    Code.MISSING_FIELD: (HTTPStatus(422), "A field is missing"),
    Code.UNKNOWN_FIELD: (HTTPStatus(422), "A field is not known here"),
    Code.UNREADABLE: (HTTPStatus(422), "A value cannot be read"),
    Code.UNKNOWN_EVENT: (HTTPStatus(422), "There is no event of this name"),
    Code.FREE_TEXT: (HTTPStatus(422), "Free text belongs in the note"),
    Code.NOT_BY_THIS_SENDER: (HTTPStatus.FORBIDDEN, "An agency may not record this event"),
    Code.DATABASE_UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "The message could not be stored: send it again"),
    Code.NOT_READY: (HTTPStatus.SERVICE_UNAVAILABLE, "Something that the service needs does not answer"),
    Code.SIGN_IN_OFF: (HTTPStatus.FORBIDDEN, "Signing in is not set up"),
    Code.TOKEN_MISSING: (HTTPStatus.UNAUTHORIZED, "The request shows no token"),
    Code.TOKEN_EXPIRED: (HTTPStatus.UNAUTHORIZED, "The token has expired"),
    Code.TOKEN_INVALID: (HTTPStatus.UNAUTHORIZED, "The token cannot be used here"),
    Code.ISSUER_UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "The issuer of tokens does not answer"),
    Code.DEACTIVATED: (HTTPStatus.FORBIDDEN, "This account was closed here"),
    Code.WRONG_ROLE: (HTTPStatus.FORBIDDEN, "This is for another role"),
    Code.WRONG_AREA: (HTTPStatus.FORBIDDEN, "This is for people of another area"),
    Code.NOT_AUTHENTICATED: (HTTPStatus.UNAUTHORIZED, "The request does not show the right token"),
    Code.INVALID: (HTTPStatus(422), "This cannot be entered as it is"),
    Code.AGENCY_EXISTS: (HTTPStatus.CONFLICT, "There is such an agency already"),
    Code.UNKNOWN_MEMBER: (HTTPStatus.NOT_FOUND, "There is no such member of staff"),
    Code.MEMBER_EXISTS: (HTTPStatus.CONFLICT, "There is such a member of staff already"),
    Code.KEY_MISSING: (HTTPStatus.BAD_REQUEST, "An Idempotency-Key is expected"),
    Code.ALREADY_DONE: (HTTPStatus.CONFLICT, "This was done, and its answer is not kept"),
    Code.KEY_REUSED: (HTTPStatus(422), "Something else was asked for under this Idempotency-Key"),
    Code.IF_MATCH_MISSING: (HTTPStatus.PRECONDITION_REQUIRED, "The version that is meant is expected"),
    Code.VERSION_CONFLICT: (HTTPStatus.PRECONDITION_FAILED, "The case has changed since it was read"),
    Code.REFUSED: (HTTPStatus.CONFLICT, "The process refuses it"),
    Code.UNKNOWN_CASE: (HTTPStatus.NOT_FOUND, "There is no such case"),
    Code.NOT_RUNNING: (HTTPStatus.SERVICE_UNAVAILABLE, "The case is open, and Temporal does not run it"),
    Code.CASE_TIMEOUT: (HTTPStatus.SERVICE_UNAVAILABLE, "The case did not answer in time"),
    Code.TEMPORAL_UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "Temporal does not answer"),
    Code.NOT_ENDED: (HTTPStatus.CONFLICT, "The case is open: only an ended one is taken up again"),
    Code.UNKNOWN_COVER: (HTTPStatus.NOT_FOUND, "There is no such cover"),
    Code.UNKNOWN_NOTIFICATION: (HTTPStatus.NOT_FOUND, "There is no such notice to a victim"),
    Code.UNKNOWN_VICTIM: (HTTPStatus.NOT_FOUND, "The vault holds nothing of the victim"),
    Code.WRONG_STATE: (HTTPStatus.CONFLICT, "The notice is in a state in which this cannot be done"),
    Code.BAD_CURSOR: (HTTPStatus.BAD_REQUEST, "The cursor is none of this list"),
    Code.NOT_FOUND: (HTTPStatus.NOT_FOUND, "There is nothing at this address"),
    Code.METHOD_NOT_ALLOWED: (HTTPStatus.METHOD_NOT_ALLOWED, "This address does not take this method"),
    Code.BAD_REQUEST: (HTTPStatus.BAD_REQUEST, "The request cannot be read"),
    Code.INTERNAL: (HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here"),
}
"""The status and title of each."""

SIGNING_IN = (
    Code.SIGN_IN_OFF,
    Code.TOKEN_MISSING,
    Code.TOKEN_EXPIRED,
    Code.TOKEN_INVALID,
    Code.ISSUER_UNAVAILABLE,
    Code.DATABASE_UNAVAILABLE,
    Code.DEACTIVATED,
    Code.WRONG_ROLE,
)
"""What can be answered wherever a person signs in."""

FOR_STAFF = frozenset(
    {
        *SIGNING_IN,
        Code.WRONG_AREA,
        Code.NOT_AUTHENTICATED,
        Code.INVALID,
        Code.AGENCY_EXISTS,
        Code.UNKNOWN_MEMBER,
        Code.MEMBER_EXISTS,
        Code.KEY_MISSING,
        Code.KEY_REUSED,
        Code.ALREADY_DONE,
        Code.IF_MATCH_MISSING,
        Code.VERSION_CONFLICT,
        Code.REFUSED,
        Code.UNKNOWN_CASE,
        Code.NOT_RUNNING,
        Code.CASE_TIMEOUT,
        Code.TEMPORAL_UNAVAILABLE,
        Code.UNKNOWN_COVER,
        Code.UNKNOWN_NOTIFICATION,
        Code.UNKNOWN_VICTIM,
        Code.WRONG_STATE,
        Code.NOT_ENDED,
        Code.BAD_CURSOR,
    }
) - {Code.DATABASE_UNAVAILABLE}
"""The problems that no agency meets: those of staff, of whoever manages the service, and of GOV.UK Notify."""


def _bearer(error: str, description: str) -> str:
    """What a token lacks, as RFC 6750 has it said."""
    return f'Bearer realm="casework", error="{error}", error_description="{description}"'


HEADERS: dict[int, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "StandardWebhooks"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "10"},
    # What is left of a body that nobody reads cannot be told from the next request.
    HTTPStatus(413): {"Connection": "close"},
    HTTPStatus.REQUEST_TIMEOUT: {"Connection": "close"},
}
"""What is sent with each problem of a status; the documentation says so too."""
_HEADERS_OF: dict[Code, dict[str, str]] = {
    Code.NOT_AUTHENTICATED: {"WWW-Authenticate": "Bearer"},
    # RFC 6750: who shows no token is not told of an error, only of what is expected.
    Code.TOKEN_MISSING: {"WWW-Authenticate": 'Bearer realm="casework"'},
    Code.TOKEN_EXPIRED: {"WWW-Authenticate": _bearer("invalid_token", "the token has expired")},
    Code.TOKEN_INVALID: {"WWW-Authenticate": _bearer("invalid_token", "the token cannot be used here")},
    Code.WRONG_ROLE: {"WWW-Authenticate": _bearer("insufficient_scope", "another role is needed")},
}


class ProblemDetails(BaseModel):
    """An error, after RFC 9457; `code` is what a program should look at."""

    type: str = Field(examples=[f"{TYPE_PREFIX}unknown_field"])
    title: str = Field(examples=["A field is not known here"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["data.answr: Unexpected keyword argument"])
    code: Code = Field(examples=["unknown_field"])


class Problem(Exception):
    """Ends a request with the problem `code`; `detail` says what to mend, `more` are members of its own."""

    def __init__(self, code: Code, detail: str = "", more: Mapping[str, str] | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.more = more or {}

    @property
    def sentence(self) -> str:
        """What is wrong, in a sentence."""
        return self.detail or f"{PROBLEMS[self.code][1]}."


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """The answer that carries `problem`."""
    status, title = PROBLEMS[problem.code]
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.code,
        "title": title,
        "status": int(status),
        "detail": problem.sentence,
        "code": problem.code,
        **problem.more,
    }
    sent = {**HEADERS.get(status, {}), **_HEADERS_OF.get(problem.code, {}), **(headers or {})}
    return JSONResponse(body, int(status), sent, media_type=MEDIA_TYPE)


def documented(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """These problems as the description of an address lists them, by status."""
    by_status: dict[int | str, list[Code]] = {}
    for code in codes:
        by_status.setdefault(int(PROBLEMS[code][0]), []).append(code)
    return {status: _documented_status(found) for status, found in by_status.items()}


def _documented_status(codes: list[Code]) -> dict[str, Any]:
    description = "; ".join(f"`{code}`: {PROBLEMS[code][1]}" for code in codes)
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def install(app: FastAPI) -> None:
    """Have every error of `app` answered as a problem."""
    app.exception_handler(Problem)(_on_problem)
    app.exception_handler(HTTPException)(_on_http)
    app.exception_handler(RequestValidationError)(_on_validation)
    app.exception_handler(Exception)(_on_anything)


async def _on_problem(_request: Request, error: Problem) -> JSONResponse:
    return problem_response(error)


async def _on_http(_request: Request, error: HTTPException) -> JSONResponse:
    """What the framework refuses by itself: an unknown address, a method that it does not take."""
    codes = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}
    return problem_response(Problem(codes.get(error.status_code, Code.BAD_REQUEST)), dict(error.headers or {}))


async def _on_validation(_request: Request, _error: RequestValidationError) -> JSONResponse:
    return problem_response(Problem(Code.BAD_REQUEST))


async def _on_anything(request: Request, error: Exception) -> JSONResponse:
    log.error("api.failed", route=getattr(request.scope.get("route"), "path", ""), exc_info=error)
    return problem_response(Problem(Code.INTERNAL))
