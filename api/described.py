"""The API's own description made whole: what holds at many addresses is said here, once, and not at each of them."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI

from api.examples import OF_DATACLASSES
from api.idempotency import REPLAYED
from api.problems import HEADERS, ProblemDetails
from api.receipts import NotifyReceipt
from api.tables import MEDIA_TYPE as TABLE
from workflows.agency_events import AgencyMessage

Node = dict[str, Any]

KEY, VERSION = "idempotency-key", "if-match"
REQUIRED = {KEY, VERSION}
"""Headers without which a request is refused, by a problem of their own rather than the framework's."""

_LOOKS_LIKE = {
    ("string", "date-time"): "2026-03-02T09:15:00Z",
    ("string", "date"): "2026-03-02",
    ("boolean", None): False,
}
"""An example for whatever looks alike everywhere."""


def _header(description: str, example: str, schema: Node | None = None) -> Node:
    return {"description": description, "schema": {"type": "string", **(schema or {}), "examples": [example]}}


RESPONSE_HEADERS = {
    "ETag": _header("The case's version: for `If-Match` and `If-None-Match`.", '"5"'),
    "Location": _header("Where it is read.", "/api/v1/cases/RJ-7Q2K-9F3M"),
    "Link": _header(
        'Where a table goes on that had more rows than it may: an address, and `rel="next"`.',
        '<https://casework.example/api/v1/cases?format=csv&cursor=WyI2ZjFkIl0>; rel="next"',
    ),
    REPLAYED: _header("The same was asked before, and this is the first answer.", "true", {"const": "true"}),
    "Cache-Control": _header("What is personal is kept by nobody on its way.", "no-store", {"const": "no-store"}),
    "Retry-After": _header("After how many seconds it is worth asking again.", "10"),
    "WWW-Authenticate": _header("What is expected of who asks, or what their token lacks.", 'Bearer realm="casework"'),
    "Connection": _header("The connection is closed: what is left of the body was not read.", "close"),
}

_ALWAYS = {
    ("200", "CaseShown"): ("ETag",),
    ("304", ""): ("ETag",),
    ("200", "Recorded"): ("ETag",),
    ("201", "CaseShown"): ("ETag", "Location"),
    ("202", "Stored"): ("Location",),
    ("200", "NotesShown"): ("Cache-Control",),
    ("200", "VictimShown"): ("Cache-Control",),
    ("201", "AgencyAdded"): ("Location",),
    ("201", "MemberShown"): ("Location",),
}
"""Which headers an answer has, by its status and its model; those of problems are where they are sent."""


def describe(app: FastAPI) -> None:
    """Have the document of `app` made whole."""
    plain: Callable[[], Node] = app.openapi

    def described() -> Node:
        document = plain()
        if "headers" not in document["components"]:
            _complete(document)
        return document

    app.openapi = described  # type: ignore[method-assign]


def _complete(document: Node) -> None:
    _add_read_by_hand(document["components"]["schemas"])
    document["components"]["headers"] = RESPONSE_HEADERS
    for path in document["paths"].values():
        for operation in path.values():
            _complete_operation(operation)
    for node in _nodes(document):
        _give_example(node)


def _add_read_by_hand(schemas: Node) -> None:
    """The bodies that are not the framework's to read, in place of its own form of an error."""
    schemas["AgencyMessage"] = AgencyMessage.model_json_schema()
    schemas["NotifyReceipt"] = NotifyReceipt.model_json_schema()
    schemas["ProblemDetails"] = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas["Code"] = schemas["ProblemDetails"].pop("$defs")["Code"]
    for name, example in OF_DATACLASSES.items():
        if name in schemas:
            schemas[name]["examples"] = [example]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _complete_operation(operation: Node) -> None:
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        if parameter["name"] in REQUIRED:
            parameter["required"] = True
            parameter["schema"].pop("default", None)
    if _is_framework_s(operation["responses"].get("422", {})):
        del operation["responses"]["422"]
    names = {parameter["name"] for parameter in parameters}
    for status, response in operation["responses"].items():
        headers = {name: _said(name, required=must) for name, must in _headers(status, response, names)}
        if headers:
            response["headers"] = headers


def _is_framework_s(response: Node) -> bool:
    """Whether this 422 is the one that the framework adds by itself."""
    return "application/json" in response.get("content", {})


def _headers(status: str, response: Node, parameters: set[str]) -> Iterator[tuple[str, bool]]:
    """The headers of a response, each with whether it is always there."""
    content = response.get("content", {})
    model = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    for name in (*_ALWAYS.get((status, model), ()), *HEADERS.get(int(status), {})):
        yield name, True
    if TABLE in content and "cursor" in parameters:
        yield "Link", False
    if KEY in parameters and int(status) < 500:
        yield REPLAYED, False


def _said(name: str, *, required: bool) -> Node:
    """A header as a response names it; one that must be there is written out, since a reference can say no more."""
    return {**RESPONSE_HEADERS[name], "required": True} if required else {"$ref": f"#/components/headers/{name}"}


def _nodes(node: Any) -> Iterator[Node]:
    """Every object of the document that is no example."""
    if isinstance(node, dict):
        yield node
        for name, below in node.items():
            if name not in ("example", "examples", "default", "enum"):
                yield from _nodes(below)
    elif isinstance(node, list):
        for each in node:
            yield from _nodes(each)


def _give_example(node: Node) -> None:
    kind = node.get("type")
    if not isinstance(kind, str) or "examples" in node:
        return
    if isinstance(node.get("enum"), list):
        node["examples"] = node["enum"][:1]
    elif "const" in node:
        node["examples"] = [node["const"]]
    elif (kind, node.get("format")) in _LOOKS_LIKE:
        node["examples"] = [_LOOKS_LIKE[kind, node.get("format")]]
