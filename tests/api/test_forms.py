"""How a posted form is read: what counts, what does not, and what is said where something is to be corrected."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from api.answer_page.forms import ChoiceField, DayField, FieldInput, FormAnswer, FormError, Option, read_form

TODAY = date(2027, 1, 15)
WHEN = DayField("until", "Until when?", "The date until when")
COLOURS = tuple(Option(colour, colour.capitalize()) for colour in ("red", "green", "blue"))
ONE = ChoiceField("colour", "Which colour?", COLOURS, "Select a colour")
SEVERAL = ChoiceField("colours", "Which colours?", COLOURS, "Select some colours", many=True)
ANSWERS = (
    FormAnswer("yes", "Yes", "said_yes", {"answer": "yes"}, fields=(ONE, WHEN)),
    FormAnswer("no", "No", "said_no"),
)


def day(given: tuple[str, str, str]) -> FieldInput | FormError:
    posted = {f"w-{part}": (text,) for part, text in zip(("day", "month", "year"), given, strict=True)}
    return WHEN.read("w", posted, TODAY)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (("27", "3", "2027"), "2027-03-27"),
        ((" 7 ", "03", "2027"), "2027-03-07"),
        (("16", "1", "2027"), "2027-01-16"),
        (("29", "2", "2028"), "2028-02-29"),
        (("27", "3", "٢٠٢٧"), "2027-03-27"),
    ],
)
def test_a_day_is_read_as_it_is_meant(given: tuple[str, str, str], read: str) -> None:
    entered = day(given)
    assert isinstance(entered, FieldInput)
    assert entered.value == read


def test_a_day_may_be_left_out() -> None:
    assert day(("", " ", "")) == FieldInput(None)
    assert WHEN.read("w", {}, TODAY) == FieldInput(None)


@pytest.mark.parametrize(
    ("given", "id", "said"),
    [
        (("", "3", "2027"), "w-day", "The date until when must include a day"),
        (("27", "", ""), "w-month", "The date until when must include a month and a year"),
        (("", "", "2027"), "w-day", "The date until when must include a day and a month"),
        (("30", "2", "2027"), "w-day", "The date until when must be a real date"),
        (("29", "2", "2027"), "w-day", "The date until when must be a real date"),
        (("0", "3", "2027"), "w-day", "The date until when must be a real date"),
        (("27", "13", "2027"), "w-day", "The date until when must be a real date"),
        (("27", "March", "2027"), "w-day", "The date until when must be a real date"),
        (("-1", "3", "2027"), "w-day", "The date until when must be a real date"),
        (("٣", "3", "0000"), "w-day", "The date until when must be a real date"),
        (("27", "3", "27"), "w-year", "The year of the date until when must have four figures"),
        (("27", "3", "next"), "w-year", "The year of the date until when must have four figures"),
        (("15", "1", "2027"), "w-day", "The date until when must be after today"),
        (("1", "1", "2020"), "w-day", "The date until when must be after today"),
        (("1", "1", "2999"), "w-year", "The date until when must be nearer than that"),
        (("9" * 5000, "1", "2027"), "w-day", "The date until when must be a real date"),
    ],
)
def test_a_day_that_cannot_be_meant_says_what_to_correct(given: tuple[str, str, str], id: str, said: str) -> None:
    assert day(given) == FormError("w", id, said)


def test_tomorrow_is_in_the_future_and_today_is_not() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert isinstance(day((str(tomorrow.day), str(tomorrow.month), str(tomorrow.year))), FieldInput)


def test_one_of_several_is_chosen() -> None:
    assert ONE.read("c", {"c": ("green",)}, TODAY) == FieldInput("green", "Green")
    for posted in ((), ("",), ("purple",), ("red", "green")):
        assert ONE.read("c", {"c": posted}, TODAY) == FormError("c", "c", "Select a colour")


def test_any_number_but_none_may_be_chosen() -> None:
    assert SEVERAL.read("c", {"c": ("blue", "red", "red")}, TODAY) == FieldInput(["red", "blue"], "Red, Blue")
    for posted in ((), ("purple",)):
        assert SEVERAL.read("c", {"c": posted}, TODAY) == FormError("c", "c", "Select some colours")


def test_a_choice_without_an_error_may_be_left_out() -> None:
    conditions = replace(SEVERAL, missing="")
    assert conditions.read("c", {}, TODAY) == FieldInput(None)
    assert conditions.read("c", {"c": ("blue",)}, TODAY) == FieldInput(["blue"], "Blue")


def test_an_answer_brings_what_it_asks() -> None:
    posted = {"answer": ("yes",), "yes-colour": ("red",), "yes-until-day": ("27",), "yes-until-month": ("3",)}
    filled = read_form(ANSWERS, {**posted, "yes-until-year": ("2027",)}, TODAY, 100)

    assert filled.answer is ANSWERS[0]
    assert filled.data == {"answer": "yes", "colour": "red", "until": "2027-03-27"}
    assert filled.words == (("Your answer", "Yes"), ("Which colour?", "Red"), ("Until when?", "27 March 2027"))


def test_what_was_entered_with_another_answer_does_not_count() -> None:
    filled = read_form(ANSWERS, {"answer": ("no",), "yes-colour": ("purple",), "extra": ("x",)}, TODAY, 100)

    assert (filled.answer, filled.data, filled.errors) == (ANSWERS[1], {}, ())


@pytest.mark.parametrize("chosen", [(), ("",), ("perhaps",), ("yes", "no")])
def test_an_answer_is_one_of_those_that_are_there(chosen: tuple[str, ...]) -> None:
    filled = read_form(ANSWERS, {"answer": chosen}, TODAY, 100)

    assert filled.answer is None
    assert filled.errors == (FormError("answer", "answer", "Select your answer"),)


def test_everything_that_is_to_be_corrected_is_said_at_once() -> None:
    posted = {"answer": ("yes",), "yes-until-day": ("27",), "note": ("x" * 101,)}

    assert [fault.id for fault in read_form(ANSWERS, posted, TODAY, 100).errors] == [
        "yes-colour",
        "yes-until-month",
        "note",
    ]


def test_a_line_break_is_one_character_however_a_browser_writes_it() -> None:
    filled = read_form(ANSWERS, {"answer": ("no",), "note": ("one\r\ntwo\r\n",)}, TODAY, 7)

    assert filled.note == "one\ntwo"
    assert filled.errors == ()
