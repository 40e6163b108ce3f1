"""Names as two registers may write them."""

import pytest

from adapters.channels.hmpps.person_names import is_same_name, split_name, words_of


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
