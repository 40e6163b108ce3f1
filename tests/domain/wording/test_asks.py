"""How far a request to an agency has got, in words that staff can act on."""

from datetime import UTC, datetime

import pytest

from domain.vocabulary import PERSON
from domain.wording.asks import CANCELLED, UPDATE, describe_ask, describe_status, title_ask
from ports.agencies import AttemptOutcome

AT = datetime(2027, 3, 1, 9, 5, tzinfo=UTC)
PRISON = "prison:eastmoor-prison"


def test_what_is_sent_is_described_with_the_agency() -> None:
    assert describe_ask("reminder", PRISON) == "The reminder to the prison (eastmoor-prison)"
    assert describe_ask(CANCELLED, "vlo") == "The cancellation to the VLO"


@pytest.mark.parametrize(
    ("kind", "agency", "question", "title"),
    [
        ("ask", PRISON, "trace", "Request to the prison (eastmoor-prison): trace"),
        ("reminder", "vlo", "offender_answer", "Reminder to the VLO: answer from the person"),
        (CANCELLED, "prison", None, "Cancellation to the prison"),
        (UPDATE, PERSON, None, "Update for the person who referred the case"),
    ],
)
def test_what_agencies_were_sent_is_titled_in_words_and_never_in_codes(
    kind: str, agency: str, question: str | None, title: str
) -> None:
    assert title_ask(kind, agency, question) == title


@pytest.mark.parametrize("kind", ["ask", "reminder", CANCELLED])
@pytest.mark.parametrize("outcome", list(AttemptOutcome))
def test_every_outcome_has_words_of_its_own_for_each_kind(outcome: AttemptOutcome, kind: str) -> None:
    words = describe_status(kind, PRISON, outcome, "status 503", AT)

    assert words.endswith(".")
    assert words[0].isupper()
    others = {
        describe_status(kind, PRISON, other, "status 503", AT) for other in AttemptOutcome if other is not outcome
    }
    assert words not in others


@pytest.mark.parametrize(
    ("outcome", "error", "parts"),
    [
        (
            "failed",
            "status 503",
            ("its server failed (status 503)", "on 1 March 2027, 09:05 London time", "the agency's server"),
        ),
        ("paused", "", ("Requests to the agency are paused", "rj agency resume", "on 1 March 2027, 09:05 London time")),
        ("refused", "status 401", ("Technical problem", "signature (status 401)", "our newest key", "ask_retried")),
        ("refused", "address_not_allowed", ("Technical problem", "RJ_ALLOWED_NETWORKS", "route_extended")),
        ("no_agency", "", ("Technical problem", "no entry for the prison (eastmoor-prison)", "rj agency add")),
        ("manual", "", ("A caseworker asks the agency",)),
    ],
)
def test_what_happened_is_said_with_what_can_be_done_and_when_it_is_tried_next(
    outcome: str, error: str, parts: tuple[str, ...]
) -> None:
    words = describe_status("ask", PRISON, outcome, error, AT)

    for part in parts:
        assert part in words


@pytest.mark.parametrize("outcome", ["refused", "no_agency"])
def test_a_cancellation_that_will_not_arrive_asks_nobody_to_send_a_question_again(outcome: str) -> None:
    words = describe_status(CANCELLED, PRISON, outcome, "status 410", None)

    assert "ask_retried" not in words
    assert "aseworker tells" in words, "a task in rj tasks"
