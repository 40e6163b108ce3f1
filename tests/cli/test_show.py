"""What `rj show` prints of what agencies were sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cli.staff.cases import _ask_lines
from domain.wording.asks import title_ask

KEY = "RJ-7Q2K-9F3M.3.trace:prison"
AT = datetime(2027, 3, 1, 9, 5, tzinfo=UTC)
ADDRESS = {"agency": "eastmoor-prison", "channel": "http", "address": "https://asks.prison.example/"}
BY = "eastmoor-prison by http at https://asks.prison.example/"


def attempt(number: int, outcome: str, error: str = "", **changes: str) -> dict[str, Any]:
    at = (AT + timedelta(hours=number)).isoformat()
    return {"number": number, "outcome": outcome, "error": error, **ADDRESS, "at": at, **changes}


def lines(*attempts: dict[str, Any]) -> list[str]:
    sent = {"key": KEY, "what": title_ask("ask", "prison:eastmoor-prison", "trace"), "due_on": "2027-03-08"}
    return list(_ask_lines({**sent, "outcome": attempts[-1]["outcome"], "sentence": "…", "attempts": list(attempts)}))


def test_each_attempt_is_shown_with_its_time_its_outcome_and_its_address() -> None:
    assert lines(attempt(1, "failed", "status 503"), attempt(2, "delivered")) == [
        f"Request to the prison (eastmoor-prison): trace, due 2027-03-08: delivered [{KEY}]",
        "  …",
        f"  attempt 1 at 2027-03-01 10:05: failed (status 503), {BY}",
        f"  attempt 2 at 2027-03-01 11:05: delivered, {BY}",
    ]


def test_weeks_of_the_same_failure_are_one_line() -> None:
    [*_, last] = lines(*(attempt(number, "failed", "timeout") for number in range(1, 201)))
    assert last == f"  attempts 1 to 200, 2027-03-01 10:05 to 2027-03-09 17:05: failed (timeout), {BY}"


def test_an_attempt_without_a_known_outcome_says_so() -> None:
    unknown, unfinished = lines(attempt(1, "unknown"), attempt(2, "sending"))[2:]
    assert "outcome unknown: its process ended" in unknown
    assert unfinished == f"  attempt 2 at 2027-03-01 11:05: not finished, {BY}"


def test_what_a_caseworker_does_is_done_by_hand() -> None:
    title, _, last = lines(attempt(1, "manual"))
    assert title.endswith(f"due 2027-03-08: by hand [{KEY}]")
    assert last == f"  attempt 1 at 2027-03-01 10:05: by hand, {BY}"


def test_an_attempt_that_found_no_agency_has_no_address() -> None:
    nobody = attempt(1, "no_agency", agency="", channel="", address="")
    assert lines(nobody)[-1] == "  attempt 1 at 2027-03-01 10:05: no agency"
