"""The description of the API as a whole: nothing of it without an example, and no header left to be found out."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.app import create_api
from api.problems import HEADERS, PROBLEMS
from api_dependencies import create_dependencies
from tests.connections import UNREACHABLE, unreachable

METHODS = {"get", "post", "patch", "put", "delete"}
JSON = "application/json"
SENT = {"post ask", "post ask-cancelled", "post case-update", "post ping"}
"""What agencies are sent."""


@pytest.fixture(scope="module")
async def document() -> dict[str, Any]:
    """The description of the API."""
    return create_api(create_dependencies(await unreachable(), UNREACHABLE)).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation, also what agencies are sent, by method and address."""
    for path, methods in (*document["paths"].items(), *document["webhooks"].items()):
        for method, operation in methods.items():
            assert method in METHODS
            yield f"{method} {path}", operation


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference names."""
    while "$ref" in schema:
        node: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        schema = node
    return schema


def find_missing_examples(document: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[str]:
    """What of `schema` has no example, as a whole or of its own."""
    found = resolve(document, schema)
    if "examples" in schema or "examples" in found or found.get("type") == "null":
        return
    if "anyOf" in found:
        for choice in found["anyOf"]:
            yield from find_missing_examples(document, choice, where)
    elif found.get("properties"):
        for name, below in found["properties"].items():
            yield from find_missing_examples(document, below, f"{where}.{name}")
    elif found.get("type") == "array":
        yield from find_missing_examples(document, found.get("items", {}), where)
    else:
        yield where


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The JSON that an operation takes, and that it answers where all went well."""
    contents = [operation.get("requestBody", {})]
    contents += [response for status, response in operation["responses"].items() if status.startswith("2")]
    for content in contents:
        if JSON in content.get("content", {}):
            yield content["content"][JSON]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document that is no example."""
    if isinstance(node, dict):
        yield node
        for name, below in node.items():
            if name not in ("example", "examples"):
                yield from nodes(below)
    elif isinstance(node, list):
        for part in node:
            yield from nodes(part)


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for node in nodes(document):
        if isinstance(node.get("$ref"), str):
            assert resolve(document, node) is not None


def test_every_parameter_has_an_example(document: dict[str, Any]) -> None:
    missing = [
        f"{name}: {parameter['name']}"
        for name, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if list(find_missing_examples(document, parameter["schema"], ""))
    ]
    assert missing == [], missing


def test_every_body_has_an_example_or_one_of_each_field(document: dict[str, Any]) -> None:
    missing = [
        where
        for name, operation in operations(document)
        for body in bodies(operation)
        if "example" not in body
        for where in find_missing_examples(document, body["schema"], name)
    ]
    assert missing == [], missing


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    tried = 0
    for node in nodes(document):
        given = [*node.get("examples", []), *([node["example"]] if "example" in node else [])]
        schema = node.get("schema", node)
        # References begin at the document.
        validator = OAS31Validator(
            {**schema, "components": document["components"]}, format_checker=OAS31Validator.FORMAT_CHECKER
        )
        for example in given:
            tried += 1
            assert [error.message for error in validator.iter_errors(example)] == [], (example, node)
    assert tried > 300


def test_whatever_a_body_holds_is_described(document: dict[str, Any]) -> None:
    open_to_anything = {
        name
        for name, schema in document["components"]["schemas"].items()
        for field, described in schema.get("properties", {}).items()
        if described.get("additionalProperties") is True and "examples" not in described
    }
    assert open_to_anything == set()


def test_headers_without_which_a_request_is_refused_are_said_to_be_required(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        required = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["required"]}
        answers = str(operation["responses"])
        assert ("idempotency-key" in required) == ("idempotency_key_missing" in answers or name in SENT), name
        assert ("if-match" in required) == ("if_match_missing" in answers), name
        assert ("webhook-signature" in required) == ("signature_missing" in answers or name in SENT), name


def test_every_problem_documents_the_headers_that_it_is_sent_with(document: dict[str, Any]) -> None:
    seen = set()
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.isdecimal() and (sent := HEADERS.get(int(status))):
                seen.add(int(status))
                assert all(response["headers"][header]["required"] for header in sent), (name, status)
    assert seen == {int(status) for status in HEADERS}
    for later in {429, 503} & {int(status) for status, _ in PROBLEMS.values()}:
        assert "Retry-After" in HEADERS[later]


def with_header(document: dict[str, Any], header: str) -> set[str]:
    """The answers that document a header, as method, address and status."""
    return {
        f"{name} {status}"
        for name, operation in operations(document)
        for status, response in operation["responses"].items()
        if header in response.get("headers", {})
    }


def test_the_version_of_a_case_comes_with_every_answer_that_shows_it(document: dict[str, Any]) -> None:
    assert with_header(document, "ETag") == {
        "get /api/v1/cases/{ref} 200",
        "get /api/v1/cases/{ref} 304",
        "post /api/v1/cases 201",
        "post /api/v1/cases/{ref}/correction 200",
        "post /api/v1/cases/{ref}/events 200",
    }


def test_the_answer_says_where_a_new_thing_is(document: dict[str, Any]) -> None:
    assert with_header(document, "Location") == {
        "post /api/v1/agencies 201",
        "post /api/v1/staff 201",
        "post /api/v1/cases 201",
        "post /api/v1/cases 202",
    }


def test_tables_of_lists_say_where_they_go_on(document: dict[str, Any]) -> None:
    assert with_header(document, "Link") == {
        "get /api/v1/cases 200",
        "get /api/v1/stuck 200",
        "get /api/v1/staff 200",
    }


def test_whatever_counts_once_says_when_an_answer_is_the_first_one_again(document: dict[str, Any]) -> None:
    again = {operation.rpartition(" ")[0] for operation in with_header(document, "Idempotency-Replayed")}
    assert again == {name for name, operation in operations(document) if "idempotency_key_missing" in str(operation)}


def test_only_who_sends_messages_is_described_as_their_sender(document: dict[str, Any]) -> None:
    said = {
        path: [parameter["description"] for parameter in operation["parameters"] if parameter["name"] == "agency"]
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if "{agency}" in path
    }
    assert len(said) > 5
    for path, [description] in said.items():
        assert ("sender" in description) is path.startswith("/webhooks/"), path
