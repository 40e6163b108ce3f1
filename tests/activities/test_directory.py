"""What may be entered in the directory: every fault is told at once, each in a sentence, and none repeats a value."""

from dataclasses import replace
from typing import Any

import pytest

from domain.vocabulary import AgencyKind
from ports.agencies import Agency, ChannelName
from ports.directory import (
    QUESTIONS,
    AgencyDetails,
    AgencyEdit,
    InvalidAgency,
    apply_changes,
    to_details,
    validate_agency,
)

HTTP = AgencyDetails(
    "eastmoor-probation", "probation", "Eastmoor Probation", "eastmoor", "http", "https://asks.probation.example/rj"
)
EMAIL = replace(HTTP, channel="email", address="asks@probation.example")
REGISTER = replace(HTTP, channel="hmpps", address="https://register.example")
MANUAL = replace(HTTP, channel="manual", address="")
KEPT = replace(validate_agency(HTTP), their_keys=("whsec_dGhlaXJz",), our_keys=("whsec_b3Vycw==",))


def faults(details: AgencyDetails) -> tuple[str, ...]:
    """What is wrong with `details`."""
    with pytest.raises(InvalidAgency) as unfit:
        validate_agency(details)
    return unfit.value.errors


@pytest.mark.parametrize("details", [HTTP, EMAIL, REGISTER, MANUAL], ids=lambda each: each.channel)
def test_an_agency_of_each_channel_is_as_it_was_written(details: AgencyDetails) -> None:
    agency = validate_agency(details)
    assert (agency.channel, agency.address) == (ChannelName(details.channel), details.address)
    assert validate_agency(to_details(agency)) == agency


def test_an_agency_is_asked_by_a_caseworker_from_monday_to_friday_unless_said_otherwise() -> None:
    assert validate_agency(AgencyDetails("courts", "court", "Courts")) == Agency("courts", "court", "", "Courts")


def test_the_register_takes_traces_without_anybody_saying_so() -> None:
    assert validate_agency(REGISTER).questions == {"trace"}
    assert faults(replace(REGISTER, questions=("trace", "approach"))) == (
        "questions: the register answers trace and nothing else",
    )


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"id": ""}, "id: lower-case letters"),
    "an id in capitals": ({"id": "Eastmoor"}, "id: lower-case letters"),
    "an id that begins with a hyphen": ({"id": "-a"}, "id: lower-case letters"),
    "an id that is long": ({"id": "a" * 101}, "id: lower-case letters, digits and hyphens, at most 100"),
    "a kind that is none": ({"kind": "council"}, "kind: one of vlo, probation"),
    "an area in words": ({"area": "East Moor"}, "area: an area's code"),
    "no name": ({"name": " "}, "name: required"),
    "a name of two lines": ({"name": "East\nmoor"}, "name: one line"),
    "a name that is long": ({"name": "e" * 201}, "name: at most 200 characters"),
    "a channel that is none": ({"channel": "fax"}, "channel: one of http, email, hmpps, manual"),
    "a question that is none": ({"questions": ("trace", "why")}, "questions: each is one of trace"),
    "a contact of two lines": ({"contact": "a\nb"}, "contact: one line"),
    "a pattern that is none": ({"works_on": "weekdays"}, "works_on: days or ranges of days"),
    "a manual one with an address": ({"channel": "manual"}, "address: an agency that a caseworker asks has none"),
    "a register's address with a query": (
        {"channel": "hmpps", "address": "https://register.example?a=b"},
        "address: the base URL of the register begins with https",
    ),
    "a register's address that is not encrypted": (
        {"channel": "hmpps", "address": "http://register.example"},
        "address: the base URL of the register begins with https",
    ),
}


@pytest.mark.parametrize(("written", "fault"), UNFIT.values(), ids=UNFIT.keys())
def test_an_error_is_explained_in_a_sentence(written: dict[str, Any], fault: str) -> None:
    (found,) = faults(replace(HTTP, **written))
    assert found.startswith(fault)


def test_all_errors_are_reported_at_once_and_no_value_is_repeated() -> None:
    wrong = AgencyDetails("Q!", "Qolice", "", "Q Q", "http", "Qttp://q", ("Qhy",), "Q\0", "Qon")
    found = faults(wrong)
    assert [problem.partition(":")[0] for problem in found] == [
        *("id", "kind", "area", "name", "questions", "address", "contact", "works_on"),
    ]
    assert "Q" not in " ".join(found)


ADDRESSES = {
    "no scheme": ("asks.probation.example/rj", "a URL"),
    "another scheme": ("ftp://asks.probation.example", "a URL"),
    "no host": ("https:///rj", "a URL"),
    "a port that is none": ("https://asks.probation.example:99999", "a URL"),
    "a space": ("https://asks.probation.example/r j", "a URL"),
    "a line break": ("https://asks.probation.example/\nrj", "a URL"),
    "a backslash": ("https://asks.probation.example\\@elsewhere.example", "without a user or password"),
    "credentials": ("https://rj:hush@asks.probation.example", "without a user or password"),
    "a user": ("https://rj@asks.probation.example", "without a user or password"),
    "a fragment": ("https://asks.probation.example/#rj", "without a fragment"),
    "nothing": ("", "a URL"),
}


@pytest.mark.parametrize(("address", "fault"), ADDRESSES.values(), ids=ADDRESSES.keys())
@pytest.mark.parametrize("channel", ["http", "hmpps"])
def test_an_address_must_be_one_that_can_be_posted_to(channel: str, address: str, fault: str) -> None:
    found = faults(replace(HTTP, channel=channel, address=address))
    assert any(problem.startswith(f"address: {fault}") for problem in found)
    assert "hush" not in " ".join(found)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "probation.example",
        "a@b@c.example",
        "Probation <asks@p.example>",
        "a@p.example,b@p.example",
        "a@p.example\n",
    ],
)
def test_a_mail_address_is_one_and_nothing_more(address: str) -> None:
    assert faults(replace(EMAIL, address=address)) == ("address: one mail address, as in asks@probation.example",)


def test_only_what_is_named_changes() -> None:
    assert apply_changes(KEPT, AgencyEdit(contact="Duty desk")) == replace(KEPT, contact="Duty desk")
    assert apply_changes(KEPT, AgencyEdit(questions=QUESTIONS[:2])).questions == {"trace", "agency_check"}
    assert apply_changes(KEPT, AgencyEdit(area="")).area == ""
    assert apply_changes(KEPT, AgencyEdit(active=False)) == KEPT


def test_another_channel_takes_its_own_address_and_questions_with_it() -> None:
    register = apply_changes(KEPT, AgencyEdit(channel="hmpps", address="https://register.example"))
    assert register.questions == {"trace"}
    assert apply_changes(register, AgencyEdit(channel="manual")) == replace(
        KEPT, channel=ChannelName.MANUAL, address=""
    )
    with pytest.raises(InvalidAgency, match="address: one mail address"):
        apply_changes(KEPT, AgencyEdit(channel="email"))
    assert apply_changes(KEPT, AgencyEdit(channel="http", name="Another")) == replace(KEPT, name="Another")


def test_an_agency_without_a_key_of_ours_cannot_be_asked_over_http() -> None:
    by_hand = replace(validate_agency(MANUAL), their_keys=KEPT.their_keys)
    with pytest.raises(InvalidAgency, match="there is no key of ours yet"):
        apply_changes(by_hand, AgencyEdit(channel="http", address=HTTP.address))


def test_every_kind_there_is_can_be_entered() -> None:
    assert {validate_agency(replace(MANUAL, kind=kind)).kind for kind in AgencyKind} == set(AgencyKind)
