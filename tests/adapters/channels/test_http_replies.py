"""What `Retry-After` says, in each of its two forms."""

from datetime import UTC, datetime

import httpx
import pytest

from adapters.channels.http_replies import retry_after

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("86400", 86_400),
        ("Mon, 01 Mar 2027 12:05:00 GMT", 300),
        ("Monday, 01-Mar-27 12:05:00 GMT", 300),
        ("Mon, 01 Mar 2027 13:05:00 +0100", 300),
        ("Mon Mar  1 12:05:00 2027", 300),
        ("Sun, 28 Feb 2027 12:00:00 GMT", 0),
    ],
)
def test_a_pause_is_given_in_seconds_or_as_a_moment(given: str, seconds: float) -> None:
    assert retry_after(httpx.Response(503, headers={"retry-after": given}), NOW) == seconds


@pytest.mark.parametrize(
    "given",
    [
        *("", "soon", "-5", "1.5", "1e9", "9" * 5000, "٣", "Mon, 32 Mar 2027 12:00:00 GMT", "0x10", "12, 15"),
        *("Mon, 01 Mar 2027 12:00:00 +4999999999999", f"Mon, 01 Mar {'9' * 30} 12:00:00 GMT"),
    ],
)
def test_what_is_neither_says_nothing(given: str) -> None:
    headers = [(b"retry-after", given.encode())]
    assert retry_after(httpx.Response(503, headers=headers), NOW) is None


def test_an_answer_without_it_says_nothing() -> None:
    assert retry_after(httpx.Response(503), NOW) is None
