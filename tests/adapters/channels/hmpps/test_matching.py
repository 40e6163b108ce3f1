"""Who was meant: one certain match, or a caseworker's choice, or nobody; never a guess."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels.hmpps.matching import (
    Ambiguous,
    Match,
    NoMatch,
    RegisterPerson,
    SearchSubject,
    group_records,
    match_people,
)
from adapters.channels.hmpps.records import Identifiers, Name, RegisterRecord
from adapters.channels.hmpps.trace import Search, searches

BORN, OTHER_DAY = date(1986, 5, 14), date(1987, 5, 14)
PNC, OTHER_PNC = "2008/0545166T", "2003/0011991D"
DARREN = SearchSubject(("Darren Pollitt",), BORN)


def record(number: str = "A1234BC", **changes: Any) -> RegisterRecord:
    """A record of Darren Pollitt."""
    fields: dict[str, Any] = {"first_name": "Darren", "last_name": "Pollitt", "date_of_birth": BORN}
    return RegisterRecord(**(fields | {"hmpps_id": number} | changes))


def alias(first: str, last: str) -> dict[str, Any]:
    return {"aliases": (Name(first_name=first, last_name=last),)}


def verdict(sought: SearchSubject, *records: RegisterRecord, complete: bool = True) -> str:
    """The verdict in a word."""
    return type(match_people(sought, group_records(records), complete=complete)).__name__


def test_the_same_name_and_date_of_birth_are_certain() -> None:
    assert verdict(DARREN, record()) == "Match"


@pytest.mark.parametrize(
    "other",
    [
        record(date_of_birth=OTHER_DAY),
        record(date_of_birth=None),
        record(last_name="Pollit"),
        record(first_name="", last_name="Pollitt"),
        record(last_name="Stone", **alias("Darren", "Pollitt")),
    ],
)
def test_anything_less_is_shown_and_not_taken(other: RegisterRecord) -> None:
    assert verdict(DARREN, other) == "Ambiguous"


def test_the_only_one_who_fits_is_certain_among_others_who_do_not() -> None:
    people = group_records([record("1", date_of_birth=OTHER_DAY), record("2"), record("3", last_name="Stone")])
    assert match_people(DARREN, people) == Match(people[1])


def test_two_who_fit_are_not_certain() -> None:
    assert verdict(DARREN, record("1"), record("2")) == "Ambiguous"


def test_nobody_is_certain_by_name_among_people_who_were_not_all_read() -> None:
    assert verdict(DARREN, record(), complete=False) == "Ambiguous"
    assert verdict(SearchSubject(("Darren Pollitt",), BORN, PNC), record(pnc_id=PNC), complete=False) == "Match"


def test_an_empty_answer_is_nobody_only_where_it_is_complete() -> None:
    assert match_people(DARREN, ()) == NoMatch()
    assert match_people(DARREN, (), complete=False) == Ambiguous((), complete=False)


WITH_PNC = SearchSubject(("Darren Pollitt",), BORN, PNC)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"first_name": "Rowan", "last_name": "Stone"},
        {"date_of_birth": OTHER_DAY},
        {"date_of_birth": None, "last_name": "Stone"},
        {"pnc_id": "08/545166T"},
        {"first_name": "Rowan", "date_of_birth": OTHER_DAY, **alias("Darren", "Pollitt")},
    ],
)
def test_the_same_pnc_number_is_certain(changes: dict[str, Any]) -> None:
    assert verdict(WITH_PNC, record(**({"pnc_id": PNC} | changes)), record("2")) == "Match"


def test_a_pnc_number_of_somebody_who_is_otherwise_another_was_mistaken() -> None:
    assert verdict(WITH_PNC, record(pnc_id=PNC, last_name="Stone", date_of_birth=OTHER_DAY)) == "Ambiguous"


def test_nobody_is_certain_by_name_where_the_pnc_number_is_a_strangers() -> None:
    stranger = record("2", pnc_id=PNC, last_name="Stone", date_of_birth=OTHER_DAY)
    assert verdict(WITH_PNC, record("1"), stranger) == "Ambiguous"


def test_another_pnc_number_outweighs_the_same_name_and_date_of_birth() -> None:
    assert verdict(WITH_PNC, record(pnc_id=OTHER_PNC)) == "Ambiguous"
    assert verdict(WITH_PNC, record("1", pnc_id=OTHER_PNC), record("2")) == "Match"


def test_a_pnc_number_that_two_people_have_is_nobodys() -> None:
    assert verdict(WITH_PNC, record("1", pnc_id=""), record("2", pnc_id="")) == "Ambiguous"
    people = (RegisterPerson("1", (record("1", pnc_id=PNC),)), RegisterPerson("2", (record("2", pnc_id=PNC),)))
    assert match_people(WITH_PNC, people) == Ambiguous(people)


def test_a_number_that_is_none_is_the_same_as_no_number() -> None:
    assert verdict(SearchSubject(("Darren Pollitt",), OTHER_DAY, "unknown"), record(pnc_id="unknown")) == "Ambiguous"


def test_an_alias_counts_where_a_second_name_agrees() -> None:
    known = record(first_name="Rowan", last_name="Thackeray", **alias("Darren", "Pollitt"))
    assert verdict(SearchSubject(("Darren Pollitt", "Daz Pollitt"), BORN), known) == "Ambiguous"
    assert verdict(SearchSubject(("Darren Pollitt", "Rowan Thackeray"), BORN), known) == "Match"


def test_a_name_given_as_an_alias_alone_is_not_certain() -> None:
    stone = record(last_name="Stone")
    assert verdict(SearchSubject(("Darren Pollitt", "Darren Stone"), BORN), stone) == "Ambiguous"


def test_the_records_of_two_systems_are_one_person() -> None:
    prison = record("A1234BC", identifiers=Identifiers(nomis_number="A1234BC"))
    probation = record(PNC, identifiers=Identifiers(nomis_number="A1234BC", delius_crn="X123456"), pnc_id=PNC)
    assert verdict(DARREN, prison, probation) == "Match"
    (person,) = group_records([prison, probation])
    assert (person.id, person.records) == ("A1234BC", (prison, probation))


def test_records_that_a_third_one_links_are_one_person() -> None:
    first = record("A1234BC")
    second = record("X123456", pnc_id="08/545166T")
    third = record("", pnc_id=PNC, identifiers=Identifiers(nomis_number="a1234bc"))
    assert [len(person.records) for person in group_records([first, second, third])] == [3]


def test_records_without_any_number_are_people_of_their_own() -> None:
    assert len(group_records([record(""), record("", first_name="Lee")])) == 2


NAMES = st.sampled_from(["Darren", "Rowan", "Lee"])
LAST_NAMES = st.sampled_from(["Pollitt", "Stone"])
RECORDS = st.builds(
    record,
    st.sampled_from(["1", "2", "3", "4"]),
    first_name=NAMES,
    last_name=LAST_NAMES,
    date_of_birth=st.sampled_from([BORN, OTHER_DAY, None]),
    pnc_id=st.sampled_from([PNC, OTHER_PNC, ""]),
)
SOUGHT = st.builds(
    SearchSubject,
    st.lists(st.builds("{} {}".format, NAMES, LAST_NAMES), min_size=1, max_size=3).map(tuple),
    st.sampled_from([BORN, None]),
    st.sampled_from([PNC, ""]),
)


@given(SOUGHT, st.lists(RECORDS, max_size=6), st.booleans())
def test_a_match_agrees_in_number_or_in_birth(
    sought: SearchSubject, records: list[RegisterRecord], complete: bool
) -> None:
    people = group_records(records)
    match match_people(sought, people, complete=complete):
        case Match(person):
            assert person in people
            assert (sought.pnc and sought.pnc in person.pncs) or sought.born in person.born
        case Ambiguous(shown, all_there):
            assert (shown, all_there) == (people, complete)
        case NoMatch():
            assert (people, complete) == ((), True)


@given(SOUGHT, st.lists(RECORDS, max_size=6), st.randoms())
def test_the_order_of_the_answer_decides_nothing(
    sought: SearchSubject, records: list[RegisterRecord], chance: Any
) -> None:
    shuffled = chance.sample(records, len(records))

    def outcome(among: list[RegisterRecord]) -> object:
        found = match_people(sought, group_records(among))
        return found.person.numbers if isinstance(found, Match) else type(found)

    assert outcome(records) == outcome(shuffled)


@given(SOUGHT)
def test_nobody_is_searched_for_by_a_name_or_a_birth_date_alone(sought: SearchSubject) -> None:
    for search in searches(sought):
        names = search.criteria.keys() & {"first_name", "last_name"}
        assert search.criteria.keys() == {"pnc_number"} or ("date_of_birth" in search.criteria and names)


def test_without_a_name_only_the_number_is_searched_for() -> None:
    assert list(searches(SearchSubject(("",), BORN, PNC))) == [Search({"pnc_number": PNC})]


def test_searches_go_from_the_number_by_the_name_to_the_aliases_and_to_half_of_the_name() -> None:
    born = {"date_of_birth": "1986-05-14"}
    darren = {"first_name": "Darren", "last_name": "Pollitt"}
    assert list(searches(SearchSubject(("Darren Pollitt", "Daz Stone"), BORN, PNC))) == [
        Search({"pnc_number": PNC}),
        Search({**darren, **born}),
        Search({"first_name": "Pollitt", "last_name": "Darren", **born}),
        Search({**darren, **born, "search_within_aliases": "true"}),
        Search({"first_name": "Daz", "last_name": "Stone", **born, "search_within_aliases": "true"}),
        Search({"last_name": "Pollitt", **born}, wide=True),
        Search({"first_name": "Darren", **born}, wide=True),
    ]


def test_a_name_with_a_year_of_birth_is_searched_for_without_a_date() -> None:
    (first, *_) = searches(SearchSubject(("Darren Pollitt",), born_in=1986))
    assert first == Search({"first_name": "Darren", "last_name": "Pollitt"})
    assert list(searches(SearchSubject(("Pollitt",), born_in=1986))) == []


def test_a_year_of_birth_never_makes_certain_who_is_meant() -> None:
    """4.7a and 4.7c."""
    assert verdict(SearchSubject(("Darren Pollitt",), born_in=1986), record()) == "Ambiguous"


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        ("A1234BC", {}),
        ("X123456", {"identifiers": Identifiers(delius_crn="X123456")}),
        ("A1234BC", {"date_of_birth": OTHER_DAY}),
        ("A1234BC", {"last_name": "Stone"}),
    ],
)
def test_a_number_of_the_prison_or_the_probation_system_is_certain(number: str, changes: dict[str, Any]) -> None:
    assert verdict(SearchSubject(("Darren Pollitt",), BORN, numbers=(number,)), record(**changes)) == "Match"


def test_a_number_of_somebody_who_is_otherwise_another_was_mistaken() -> None:
    stranger = record(last_name="Stone", date_of_birth=OTHER_DAY)
    assert verdict(SearchSubject(("Darren Pollitt",), BORN, numbers=("A1234BC",)), stranger) == "Ambiguous"


def test_numbers_that_contradict_each_other_are_not_certain() -> None:
    """4.7c."""
    assert verdict(SearchSubject(("Darren Pollitt",), BORN, PNC, numbers=("A1234BC",)), record(pnc_id=OTHER_PNC)) == (
        "Ambiguous"
    )
    assert verdict(SearchSubject(("Darren Pollitt",), BORN, numbers=("B9876CD",)), record()) == "Ambiguous"


@pytest.mark.parametrize("name", ["Unknown Pollitt", "Darren Unknown", "Unknown"])
def test_an_unknown_name_is_the_same_as_no_other(name: str) -> None:
    """4.7c."""
    first, _, last = name.rpartition(" ")
    assert verdict(SearchSubject((name,), BORN), record(first_name=first, last_name=last)) == "Ambiguous"
