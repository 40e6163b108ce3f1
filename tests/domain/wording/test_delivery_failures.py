"""Each code of a failed attempt has words, and says what to look at."""

import re
from pathlib import Path

import pytest

from domain.wording.delivery_failures import FAILURES, describe_failure

ADAPTERS = Path(__file__).parents[3] / "adapters"
RAISED = {
    code
    for file in ADAPTERS.rglob("*.py")
    for code in re.findall(r"(?:Unreachable|MailNotSent)\(\s*\"([a-z_]+)\"", file.read_text(encoding="utf-8"))
}
UNKNOWN = describe_failure("zebra")


def test_every_code_that_a_channel_raises_has_words() -> None:
    assert len(RAISED) >= 10
    assert set(FAILURES) >= RAISED


@pytest.mark.parametrize(
    "code", [*FAILURES, *(f"status {status}" for status in (301, 400, 401, 403, 404, 410, 422, 429))]
)
def test_a_code_says_what_happened_and_what_to_look_at(code: str) -> None:
    meaning = describe_failure(code)
    assert meaning != UNKNOWN
    assert meaning.happened
    assert meaning.look_at


@pytest.mark.parametrize(
    ("code", "happened"),
    [
        ("status 401", "it does not accept our signature"),
        ("status 401: no such key", "it does not accept our signature"),
        ("status 503", "its server failed"),
        ("status 302", "it redirects us, which we do not follow"),
        ("smtp 451", "the relay does not accept it at present"),
        ("smtp 535", "the relay refused our login"),
        ("smtp 550", "the relay does not accept it"),
        ("timeout", "no answer came in time"),
    ],
)
def test_a_number_is_told_by_its_family(code: str, happened: str) -> None:
    assert describe_failure(code).happened == happened


@pytest.mark.parametrize("code", ["", "zebra", "status", "status 999", "status of things", "smtp 250"])
def test_what_has_no_words_is_said_to_have_none(code: str) -> None:
    assert describe_failure(code) == UNKNOWN
    assert UNKNOWN.look_at
