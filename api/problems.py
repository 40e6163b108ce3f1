"""Every error of the API as problem details (RFC 9457).

A problem names fields and codes and never repeats a value: it may be personal data.
"""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:restorative-justice:problem:"


class Code(StrEnum):
    """The code of a problem."""

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
    UNKNOWN_AREA = "unknown_area"
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
    Code.SIGNATURE_MISSING: (HTTPStatus.UNAUTHORIZED, "Signature headers missing"),
    Code.SIGNATURE_WRONG: (HTTPStatus.UNAUTHORIZED, "Signature does not match"),
    Code.TIMESTAMP_STALE: (HTTPStatus.UNAUTHORIZED, "Timestamp too old or in the future"),
    Code.UNKNOWN_AGENCY: (HTTPStatus.NOT_FOUND, "No such agency"),
    Code.UNKNOWN_MESSAGE: (HTTPStatus.NOT_FOUND, "No such message"),
    Code.MESSAGE_ID_MALFORMED: (HTTPStatus.BAD_REQUEST, "Invalid webhook-id"),
    Code.BODY_TOO_LARGE: (HTTPStatus(413), "Body too large"),
    Code.BODY_TOO_SLOW: (HTTPStatus.REQUEST_TIMEOUT, "Body not received in time"),
    Code.NOT_JSON_TYPE: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json"),
    Code.NOT_JSON: (HTTPStatus.BAD_REQUEST, "Body is not valid JSON"),
    Code.MISSING_FIELD: (HTTPStatus(422), "Required field missing"),
    Code.UNKNOWN_FIELD: (HTTPStatus(422), "Unknown field"),
    Code.UNREADABLE: (HTTPStatus(422), "Invalid value"),
    Code.UNKNOWN_EVENT: (HTTPStatus(422), "No such event"),
    Code.FREE_TEXT: (HTTPStatus(422), "Free text belongs in the note"),
    Code.NOT_BY_THIS_SENDER: (HTTPStatus.FORBIDDEN, "Agencies may not record this event"),
    Code.DATABASE_UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "Database unavailable: nothing was stored"),
    Code.NOT_READY: (HTTPStatus.SERVICE_UNAVAILABLE, "Not ready"),
    Code.SIGN_IN_OFF: (HTTPStatus.FORBIDDEN, "Sign-in is not configured"),
    Code.TOKEN_MISSING: (HTTPStatus.UNAUTHORIZED, "Access token missing"),
    Code.TOKEN_EXPIRED: (HTTPStatus.UNAUTHORIZED, "Access token expired"),
    Code.TOKEN_INVALID: (HTTPStatus.UNAUTHORIZED, "Access token not valid here"),
    Code.ISSUER_UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "Token issuer unavailable"),
    Code.DEACTIVATED: (HTTPStatus.FORBIDDEN, "Account deactivated"),
    Code.WRONG_ROLE: (HTTPStatus.FORBIDDEN, "Not allowed for your role"),
    Code.WRONG_AREA: (HTTPStatus.FORBIDDEN, "No access to this area"),
    Code.NOT_AUTHENTICATED: (HTTPStatus.UNAUTHORIZED, "Token missing or wrong"),
    Code.INVALID: (HTTPStatus(422), "Invalid details"),
    Code.AGENCY_EXISTS: (HTTPStatus.CONFLICT, "Agency already exists"),
    Code.UNKNOWN_AREA: (HTTPStatus.NOT_FOUND, "No such area"),
    Code.UNKNOWN_MEMBER: (HTTPStatus.NOT_FOUND, "No such member of staff"),
    Code.MEMBER_EXISTS: (HTTPStatus.CONFLICT, "Member of staff already exists"),
    Code.KEY_MISSING: (HTTPStatus.BAD_REQUEST, "Idempotency-Key missing or malformed"),
    Code.ALREADY_DONE: (HTTPStatus.CONFLICT, "Already done; the response is not stored"),
    Code.KEY_REUSED: (HTTPStatus(422), "Idempotency-Key used for another request"),
    Code.IF_MATCH_MISSING: (HTTPStatus.PRECONDITION_REQUIRED, "If-Match missing"),
    Code.VERSION_CONFLICT: (HTTPStatus.PRECONDITION_FAILED, "The case has changed"),
    Code.REFUSED: (HTTPStatus.CONFLICT, "Not allowed by the process"),
    Code.UNKNOWN_CASE: (HTTPStatus.NOT_FOUND, "No such case"),
    Code.NOT_RUNNING: (HTTPStatus.SERVICE_UNAVAILABLE, "Case not running in Temporal"),
    Code.CASE_TIMEOUT: (HTTPStatus.SERVICE_UNAVAILABLE, "No answer from the case in time"),
    Code.TEMPORAL_UNAVAILABLE: (HTTPStatus.SERVICE_UNAVAILABLE, "Temporal unavailable"),
    Code.NOT_ENDED: (HTTPStatus.CONFLICT, "The case is still open"),
    Code.UNKNOWN_COVER: (HTTPStatus.NOT_FOUND, "No such cover"),
    Code.UNKNOWN_NOTIFICATION: (HTTPStatus.NOT_FOUND, "No such message to a victim"),
    Code.UNKNOWN_VICTIM: (HTTPStatus.NOT_FOUND, "No details of the victim"),
    Code.WRONG_STATE: (HTTPStatus.CONFLICT, "Not possible in this state"),
    Code.BAD_CURSOR: (HTTPStatus.BAD_REQUEST, "Invalid cursor"),
    Code.NOT_FOUND: (HTTPStatus.NOT_FOUND, "Nothing at this address"),
    Code.METHOD_NOT_ALLOWED: (HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed"),
    Code.BAD_REQUEST: (HTTPStatus.BAD_REQUEST, "Invalid request"),
    Code.INTERNAL: (HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error"),
}
"""The status and title of each code."""

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
"""The problems of every route for staff."""


def _bearer(error: str, description: str) -> str:
    """The header that says what is wrong with a token (RFC 6750)."""
    return f'Bearer realm="casework", error="{error}", error_description="{description}"'


HEADERS: dict[int, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "StandardWebhooks"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "10"},
    # The unread rest of a body would be taken for the next request.
    HTTPStatus(413): {"Connection": "close"},
    HTTPStatus.REQUEST_TIMEOUT: {"Connection": "close"},
}
"""The headers of the problems of a status."""
_HEADERS_BY_CODE: dict[Code, dict[str, str]] = {
    Code.NOT_AUTHENTICATED: {"WWW-Authenticate": "Bearer"},
    # RFC 6750: without a token there is no error to name.
    Code.TOKEN_MISSING: {"WWW-Authenticate": 'Bearer realm="casework"'},
    Code.TOKEN_EXPIRED: {"WWW-Authenticate": _bearer("invalid_token", "the token has expired")},
    Code.TOKEN_INVALID: {"WWW-Authenticate": _bearer("invalid_token", "the token cannot be used here")},
    Code.WRONG_ROLE: {"WWW-Authenticate": _bearer("insufficient_scope", "another role is needed")},
}


class ProblemDetails(BaseModel):
    """An error (RFC 9457); programs should look at `code`."""

    type: str = Field(examples=[f"{TYPE_PREFIX}unknown_field"])
    title: str = Field(examples=["Unknown field"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["data.answr: Unexpected keyword argument"])
    code: Code = Field(examples=["unknown_field"])


class Problem(Exception):
    """Ends a request with the problem `code`; `detail` says what to correct, `more` are further members."""

    def __init__(self, code: Code, detail: str = "", more: Mapping[str, str | list[str]] | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.more = more or {}

    @property
    def sentence(self) -> str:
        """The detail, or the title as a sentence."""
        return self.detail or f"{PROBLEMS[self.code][1]}."


def to_problem_response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the response that carries `problem`."""
    status, title = PROBLEMS[problem.code]
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.code,
        "title": title,
        "status": int(status),
        "detail": problem.sentence,
        "code": problem.code,
        **problem.more,
    }
    sent = {**HEADERS.get(status, {}), **_HEADERS_BY_CODE.get(problem.code, {}), **(headers or {})}
    return JSONResponse(body, int(status), sent, media_type=MEDIA_TYPE)


Responses = dict[int | str, dict[str, Any]]
"""The responses of a route in its documentation, by status."""


def document_problems(*codes: Code) -> Responses:
    """Return the documentation of these problems, by status."""
    by_status: dict[int | str, list[Code]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(int(PROBLEMS[code][0]), []).append(code)
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        status: {
            "description": "; ".join(f"`{code}`: {PROBLEMS[code][1]}" for code in alike),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status, alike in by_status.items()
    }
