"""Names as two registers may write them."""

import pytest

from adapters.channels.hmpps.person_names import (
    is_placeholder,
    is_same_name,
    list_spellings,
    may_be_same_name,
    split_name,
    words_of,
)


@pytest.mark.parametrize(
    ("name", "first", "middle", "last"),
    [
        ("Darren Pollitt", "Darren", "", "Pollitt"),
        ("darren POLLITT", "DARREN", "", "Pollitt"),
        ("  Darren   Pollitt ", "Darren", "", "Pollitt"),
        ("Séan O'Neill", "Sean", "", "ONEILL"),
        ("Sean O\u2019Neill", "Sean", "", "O'Neill"),
        ("Anne-Marie Smith-Jones", "Anne Marie", "", "Smith Jones"),
        ("Darren Pollitt", "Darren", "Lee", "Pollitt"),
        ("Darren Lee Pollitt", "Darren", "", "Pollitt"),
        ("Darren Lee Pollitt", "Darren", "Lee", "Pollitt"),
        ("Darren L. Pollitt", "Darren", "Lee", "Pollitt"),
        ("Darren Lee Pollitt", "Darren", "L", "Pollitt"),
        ("Mary van der Berg", "Mary", "", "van der Berg"),
        ("Mary Ann Berg", "Mary Ann", "", "Berg"),
        ("Zoë Łuczak", "Zoe", "", "Łuczak"),
        ("Олена Коваль", "олена", "", "КОВАЛЬ"),
        *((f"Sean O{mark}Neill", "SEAN", "", "O'NEILL") for mark in "'`\u00b4\u2018\u2019\u02bc\u2032\uff07"),
        ("Sean O Neill", "SEAN", "", "O'NEILL"),
        ("Sean O'Neill", "SEAN", "", "O NEILL"),
        ("Ian Mac Donald", "IAN", "", "MACDONALD"),
        *((f"Anne{dash}Marie Stone", "ANNE MARIE", "", "STONE") for dash in "-\u2010\u2011\u2013\u2014\u2212"),
        ("Łukasz Bjørn", "LUKASZ", "", "BJORN"),
        ("Đorđe Weiß", "DORDE", "", "WEISS"),
        ("Mr Darren Pollitt", "DARREN", "", "POLLITT"),
        ("Dr. Prof. Mary Stone", "MARY", "", "STONE"),
        ("MRS Mary Stone", "Mary", "", "Stone"),
    ],
)
def test_the_same_name(name: str, first: str, middle: str, last: str) -> None:
    assert is_same_name(name, first, middle, last)


@pytest.mark.parametrize(
    ("name", "first", "middle", "last"),
    [
        ("Darren Pollitt", "Darren", "", "Pollit"),
        ("Darren Pollitt", "Daren", "", "Pollitt"),
        ("Darren Pollitt", "Pollitt", "", "Darren"),
        ("Darren Lee Pollitt", "Darren", "Paul", "Pollitt"),
        ("D. Pollitt", "Darren", "", "Pollitt"),
        ("Pollitt", "Darren", "", "Pollitt"),
        ("Darren Pollitt", "", "", "Pollitt"),
        ("Darren Pollitt", "Darren", "", ""),
        ("Darren Pollitt", "Darren Pollitt", "", "Pollitt"),
        ("Darren", "Darren", "", "Darren"),
        ("", "", "", ""),
        ("'", "'", "", "'"),
        ("POLLITT, Darren", "Darren", "", "Pollitt"),
        ("Unknown Pollitt", "Unknown", "", "Pollitt"),
        ("Darren Unknown", "Darren", "", "Unknown"),
    ],
)
def test_another_name(name: str, first: str, middle: str, last: str) -> None:
    assert not is_same_name(name, first, middle, last)


def test_marks_make_no_other_word_and_spaces_do() -> None:
    assert words_of("Séan O'Neill-Marsh  (Jr.)") == ("sean", "oneill", "marsh", "jr")


@pytest.mark.parametrize(
    ("name", "divided"),
    [
        ("Darren Pollitt", (("Darren", "Pollitt"),)),
        ("Mary van Berg", (("Mary", "Berg"), ("Mary", "van Berg"), ("Mary van", "Berg"))),
        ("Pollitt", (("", "Pollitt"),)),
    ],
)
def test_a_name_divides_in_each_way_once(name: str, divided: tuple[tuple[str, str], ...]) -> None:
    assert split_name(name) == divided


@pytest.mark.parametrize(
    ("name", "first", "middle", "last"),
    [
        ("POLLITT, Darren", "DARREN", "", "POLLITT"),
        ("Pollitt Darren", "DARREN", "LEE", "POLLITT"),
        ("POLLITT, Mr Darren", "DARREN", "", "POLLITT"),
        ("Mary Smith", "MARY", "", "SMITH-JONES"),
        ("Mary Smith-Jones", "MARY", "", "JONES"),
        ("Mary Jones-Smith", "MARY", "", "SMITH JONES"),
        ("Siân O Neill", "SIAN", "", "O'NEILL"),
    ],
)
def test_a_name_that_may_be_the_same(name: str, first: str, middle: str, last: str) -> None:
    """4.7b: surname first, titles, and double names in both ways."""
    assert may_be_same_name(name, first, middle, last)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Darren Pollitt", "Darren", "Stone"),
        ("Unknown", "Unknown", "Pollitt"),
        ("", "Darren", "Pollitt"),
        ("A", "", ""),
    ],
)
def test_a_name_that_is_not_the_same(name: str, first: str, last: str) -> None:
    assert not may_be_same_name(name, first, "", last)


@pytest.mark.parametrize(
    ("typed", "spelling"),
    [
        ("Sean O\u2019Neill", ("Sean", "O'Neill")),
        ("Sean O\u2019Neill", ("Sean", "ONeill")),
        ("Sean O\u2019Neill", ("Sean", "O Neill")),
        ("POLLITT, Darren", ("Darren", "POLLITT")),
        ("Pollitt Darren", ("Darren", "Pollitt")),
        ("Mr Darren Pollitt", ("Darren", "Pollitt")),
        ("Zoë Łuczak", ("Zoë", "Łuczak")),
        ("Zoë Łuczak", ("Zoe", "Luczak")),
        ("ØRJAN WEIẞ", ("ORJAN", "WEISS")),
        ("Mary Smith\u2013Jones", ("Mary", "Smith-Jones")),
        ("Mary Smith-Jones", ("Mary", "Smith Jones")),
        ("Mary Smith Jones", ("Mary", "Smith-Jones")),
    ],
)
def test_a_name_is_searched_for_as_registers_write_it(typed: str, spelling: tuple[str, str]) -> None:
    """4.7b."""
    assert spelling in list_spellings(typed)


@pytest.mark.parametrize(
    "name", ["Unknown", "UNKNOWN UNKNOWN", "unknown male", "N/K", "n.k.", "N/A", "Not known", "tbc", "?", "-", "", "  "]
)
def test_a_placeholder_is_no_name(name: str) -> None:
    """4.7c."""
    assert is_placeholder(name)


@pytest.mark.parametrize("name", ["Peter Alpha", "Na", "Nk Test", "Darren Unknown", "Ann Person", "Male"])
def test_a_name_is_no_placeholder(name: str) -> None:
    assert not is_placeholder(name)
