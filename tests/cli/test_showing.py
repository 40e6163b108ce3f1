"""What `rj show` says of what agencies were sent."""

from datetime import UTC, date, datetime, timedelta

from cli.showing import _sent

from domain.vocabulary import CaseRef
from queries.case_history import DeliveryAttempt, SentAsk

REF = CaseRef("RJ-7Q2K-9F3M")
KEY = f"{REF}.3.trace:prison"
AT = datetime(2027, 3, 1, 9, 5, tzinfo=UTC)
WAY = ("eastmoor-prison", "http", "https://asks.prison.example/")
BY = "eastmoor-prison by http at https://asks.prison.example/"


def tried(number: int, outcome: str, error: str = "") -> DeliveryAttempt:
    return DeliveryAttempt(number, outcome, error, *WAY, AT + timedelta(hours=number))


def sent(*attempts: DeliveryAttempt, next_try_at: datetime | None = None) -> SentAsk:
    last = attempts[-1]
    standing = (last.outcome, last.error, len(attempts), None, next_try_at)
    return SentAsk(KEY, REF, "ask", "prison", "trace", date(2027, 3, 8), 0, None, *standing, attempts)


def test_each_attempt_is_shown_with_its_time_its_end_and_which_way_it_went() -> None:
    assert list(_sent(sent(tried(1, "failed", "status 503"), tried(2, "delivered")))) == [
        f"ask trace to prison, due 2027-03-08: delivered [{KEY}]",
        "  It has arrived.",
        f"  attempt 1 at 2027-03-01 10:05 UTC: failed (status 503), {BY}",
        f"  attempt 2 at 2027-03-01 11:05 UTC: delivered, {BY}",
    ]


def test_weeks_of_the_same_failure_are_one_line_beside_when_it_is_tried_next() -> None:
    failures = [tried(number, "failed", "timeout") for number in range(1, 201)]
    first, standing, *lines = _sent(sent(*failures, next_try_at=AT + timedelta(days=9)))

    assert first == f"ask trace to prison, due 2027-03-08: failed [{KEY}]"
    assert "no answer came in time (timeout). It will be tried again on 10 March 2027, 09:05 UTC." in standing
    assert lines == [f"  attempts 1 to 200, 2027-03-01 10:05 to 2027-03-09 17:05 UTC: failed (timeout), {BY}"]


def test_an_attempt_of_which_nobody_knows_the_end_says_so() -> None:
    unknown, going_on = list(_sent(sent(tried(1, "unknown"), tried(2, "sending"))))[2:]

    assert "begun, outcome not known: its process ended" in unknown
    assert going_on == f"  attempt 2 at 2027-03-01 11:05 UTC: under way, {BY}"


def test_an_attempt_that_found_nobody_went_no_way() -> None:
    nobody = DeliveryAttempt(1, "no_agency", "", "", "", "", AT)

    assert list(_sent(sent(nobody)))[-1] == "  attempt 1 at 2027-03-01 09:05 UTC: no_agency"
