"""Completes the description of the API: what holds for many addresses is said here once."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI

from api.csv_tables import MEDIA_TYPE as CSV
from api.idempotency import REPLAYED
from api.problems import HEADERS, ProblemDetails

Node = dict[str, Any]

KEY, VERSION = "idempotency-key", "if-match"
REQUIRED = {KEY, VERSION}
"""Headers without which a request is refused, by a problem of their own instead of the framework's."""

_EXAMPLES = {
    ("string", "date-time"): "2026-03-02T09:15:00Z",
    ("string", "date"): "2026-03-02",
    ("boolean", None): False,
}
"""The examples of what has none of its own, by type and format."""

_ASK = "RJ-7Q2K-9F3M.2.trace:probation"
_OFFENDER = {"name": "Barnaby Quell", "date_of_birth": "1990-12-31"}
_EXAMPLES_OF_DATACLASSES: dict[str, Node] = {
    "AskMessage": {
        "type": "ask",
        "ask": _ASK,
        "case": "RJ-7Q2K-9F3M",
        "question": "trace",
        "due_on": "2026-03-16",
        "answer_to": "https://casework.example/webhooks/agencies/eastmoor-probation",
        "reminder": 0,
        "offender": _OFFENDER,
    },
    "OffenderDetails": _OFFENDER,
    "AskCancelledMessage": {"ask": _ASK, "case": "RJ-7Q2K-9F3M", "type": "ask_cancelled"},
    "CaseUpdateMessage": {
        "type": "case_update",
        "case": "RJ-7Q2K-9F3M",
        "version": 17,
        "changed": ["day_cancelled", "ended"],
        "day": "2026-03-16",
        "form": "face_to_face",
        "outcome": "contact_did_not_take_place",
    },
    "PingMessage": {"type": "ping"},
}
"""Outgoing webhooks are dataclasses of a port, which knows nothing of documentation."""


def _header(description: str, example: str, schema: Node | None = None) -> Node:
    return {"description": description, "schema": {"type": "string", **(schema or {}), "examples": [example]}}


RESPONSE_HEADERS = {
    "ETag": _header("The case's version: for `If-Match` and `If-None-Match`.", '"5"'),
    "Location": _header("The address of what was created.", "/api/v1/cases/RJ-7Q2K-9F3M"),
    "Link": _header(
        'The address of the rows after these, and `rel="next"`.',
        '<https://casework.example/api/v1/cases?format=csv&cursor=WyI2ZjFkIl0>; rel="next"',
    ),
    REPLAYED: _header("The request was sent before, and this is the first response.", "true", {"const": "true"}),
    "Cache-Control": _header("Personal data must not be cached.", "no-store", {"const": "no-store"}),
    "Retry-After": _header("Seconds to wait before the next attempt.", "10"),
    "WWW-Authenticate": _header("How to authenticate, or what is wrong with the token.", 'Bearer realm="casework"'),
    "Connection": _header("The connection is closed, since the rest of the body was not read.", "close"),
}

_ALWAYS = {
    ("200", "CaseResponse"): ("ETag",),
    ("304", ""): ("ETag",),
    ("200", "RecordResponse"): ("ETag",),
    ("200", "CorrectionResponse"): ("ETag",),
    ("201", "CaseResponse"): ("ETag", "Location"),
    ("202", "RequestReceivedResponse"): ("Location",),
    ("200", "NotesResponse"): ("Cache-Control",),
    ("200", "VictimResponse"): ("Cache-Control",),
    ("201", "AgencyAddedResponse"): ("Location",),
    ("201", "MemberResponse"): ("Location",),
}
"""The headers that a response always has, by its status and its model; problems have those of their status."""


def complete_openapi(app: FastAPI) -> None:
    """Have the description of `app` complete when it is first read."""
    generate: Callable[[], Node] = app.openapi

    def generate_complete() -> Node:
        document = generate()
        if "headers" not in document["components"]:
            _complete(document)
        return document

    app.openapi = generate_complete  # type: ignore[method-assign]


def _complete(document: Node) -> None:
    schemas = document["components"]["schemas"]
    schemas["ProblemDetails"] = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas["Code"] = schemas["ProblemDetails"].pop("$defs")["Code"]
    for name, example in _EXAMPLES_OF_DATACLASSES.items():
        if name in schemas:
            schemas[name]["examples"] = [example]
    # Errors of validation are problems, like all others.
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["headers"] = RESPONSE_HEADERS
    for path in document["paths"].values():
        for operation in path.values():
            _complete_operation(operation)
    for node in _walk(document):
        _add_example(node)


def _complete_operation(operation: Node) -> None:
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        if parameter["name"] in REQUIRED:
            parameter["required"] = True
            parameter["schema"].pop("default", None)
    if "application/json" in operation["responses"].get("422", {}).get("content", {}):
        del operation["responses"]["422"]
    names = {parameter["name"] for parameter in parameters}
    for status, response in operation["responses"].items():
        # A header that is always there is written out, since a reference could not say so.
        headers = {
            name: {**RESPONSE_HEADERS[name], "required": True}
            if is_required
            else {"$ref": f"#/components/headers/{name}"}
            for name, is_required in _response_headers(status, response, names)
        }
        if headers:
            response["headers"] = headers


def _response_headers(status: str, response: Node, parameters: set[str]) -> Iterator[tuple[str, bool]]:
    """The headers of a response, each with whether it is always there."""
    content = response.get("content", {})
    model = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    for name in (*_ALWAYS.get((status, model), ()), *HEADERS.get(int(status), {})):
        yield name, True
    if CSV in content and "cursor" in parameters:
        yield "Link", False
    if KEY in parameters and int(status) < 500:
        yield REPLAYED, False


def _walk(node: Any) -> Iterator[Node]:
    """Every object of the document that is not inside an example."""
    if isinstance(node, dict):
        yield node
        for name, below in node.items():
            if name not in ("example", "examples", "default", "enum"):
                yield from _walk(below)
    elif isinstance(node, list):
        for item in node:
            yield from _walk(item)


def _add_example(node: Node) -> None:
    kind = node.get("type")
    if not isinstance(kind, str) or "examples" in node:
        return
    if isinstance(node.get("enum"), list):
        node["examples"] = node["enum"][:1]
    elif "const" in node:
        node["examples"] = [node["const"]]
    elif (kind, node.get("format")) in _EXAMPLES:
        node["examples"] = [_EXAMPLES[kind, node.get("format")]]
