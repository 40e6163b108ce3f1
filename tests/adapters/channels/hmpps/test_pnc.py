"""Numbers of the Police National Computer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels.hmpps.pnc import check_letter, is_placeholder_pnc, is_same_pnc, read_pnc


@pytest.mark.spec
@pytest.mark.parametrize("published", ["2008/0545166T", "2003/0011991D"])
def test_the_published_examples_end_with_the_letter_that_fits(published: str) -> None:
    # Both are among the examples of the HMPPS External API's document.
    assert read_pnc(published) == published


@pytest.mark.parametrize(
    "text", ["", "2008/0545166", "0545166T", "2008/T", "2008/0545166TT", "2008/\u0665T", "8/545166T"]
)
def test_what_is_not_written_like_a_number_is_none(text: str) -> None:
    assert read_pnc(text) is None


@given(st.integers(0, 99), st.integers(0, 9_999_999), st.integers(0, 6), st.integers(1, 9))
def test_one_digit_mistyped_is_noticed(year: int, serial: int, place: int, off: int) -> None:
    letter = check_letter(year, serial)
    digits = list(f"{serial:07}")
    digits[place] = str((int(digits[place]) + off) % 10)
    assert read_pnc(f"{year:02}/{serial:07}{letter}") is not None
    assert read_pnc(f"{year:02}/{''.join(digits)}{letter}") is None


@pytest.mark.parametrize(
    "other", ["08/545166T", "08/0545166t", "2008/545166T", "20080545166T", "080545166t", "2008 / 0545166 T"]
)
def test_ways_of_writing_one_number_are_the_same_number(other: str) -> None:
    assert is_same_pnc("2008/0545166T", other)


def test_another_number_is_not_the_same() -> None:
    assert not is_same_pnc("2008/0545166T", "2003/0011991D")


@pytest.mark.parametrize("none", ["", "unknown"])
def test_what_is_no_number_is_not_even_the_same_as_itself(none: str) -> None:
    assert not is_same_pnc(none, none)


@pytest.mark.parametrize("text", ["2008545166T", "08545166T"])
def test_without_the_slash_all_digits_must_be_given(text: str) -> None:
    assert read_pnc(text) is None


@pytest.mark.parametrize("zeros", ["00/0000000Z", "2000/0Z", "00/0000000", "0000/0000000A", "00000000000Z", "0"])
def test_a_number_of_zeros_is_a_placeholder_and_nobodys(zeros: str) -> None:
    """4.7c."""
    assert is_placeholder_pnc(zeros)
    assert not is_same_pnc(zeros, zeros)


@pytest.mark.parametrize("number", ["2008/0545166T", "08/545166T", "unknown", ""])
def test_another_number_is_no_placeholder(number: str) -> None:
    assert not is_placeholder_pnc(number)
