"""Files from the field: each row of each file has its correct result, and so has its whole class."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adapters.notifications.safe_contact import find_reason_for_a_person
from adapters.requests.files import find_format, read_rows
from adapters.requests.intake import find_refusal, vault_details, victim_details
from adapters.requests.phones import split_phone
from adapters.requests.rows import InvalidRow, RequestRow, read_row
from domain.events import Actor, MeetingHeld, Record
from domain.intake import open_case
from domain.refusals import RecordRefused
from domain.steps import TransitionContext
from domain.transitions.meetings import record_meeting
from domain.vocabulary import CaseRef, Contact, Flag, Form, Refusal, Role
from tests.field_cases import FIELD, needs_field

TODAY = date(2026, 11, 30)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
PLAIN = {
    "source_id": "EM-1",
    "request.area": "eastmoor",
    "request.initiated_by": "victim",
    "request.takes_part_as": "direct_victim",
    "request.offender_age_group": "adult",
    "request.contact": "none",
    "victim.name": "Gwen Ashworth",
}


def read_bytes(content: bytes, *, is_csv: bool = True) -> list[RequestRow | InvalidRow]:
    stream = io.BytesIO(content)
    return list(read_rows(stream, find_format(stream, is_csv=is_csv)))


def read_field(name: str) -> dict[str, RequestRow | InvalidRow]:
    """The rows of a file by the number after their id's dash."""
    path = FIELD / name
    return {row.source_id: row for row in read_bytes(path.read_bytes(), is_csv=path.suffix == ".csv")}


def expect_row(row: RequestRow | InvalidRow) -> RequestRow:
    assert isinstance(row, RequestRow), str(row)
    return row


def problems(row: RequestRow | InvalidRow) -> str:
    assert isinstance(row, InvalidRow)
    return str(row)


def row_of(**changes: Any) -> RequestRow | InvalidRow:
    """A row with these fields changed; dotted names are written with two underscores."""
    raw: dict[str, Any] = {"request": {}, "victim": {}}
    for name, value in {**PLAIN, **{name.replace("__", "."): value for name, value in changes.items()}}.items():
        group, _, field = name.rpartition(".")
        (raw.setdefault(group, {}) if group else raw)[field] = value
    return read_row(raw, today=TODAY)


def csv_of(separator: str = ",", **changes: str) -> str:
    fields = {**PLAIN, **{name.replace("__", "."): value for name, value in changes.items()}}
    return f"{separator.join(fields)}\r\n{separator.join(fields.values())}\r\n"


@needs_field
@pytest.mark.parametrize("name", ["01-padded-columns.csv", "01b-padded-rows.csv", "01c-short-rows.csv"])
def test_empty_cells_at_the_end_of_rows_are_ignored(name: str) -> None:
    """4.9."""
    (row,) = read_field(name).values()
    assert expect_row(row).request.offence == "burglary"


@pytest.mark.parametrize("padding", ["", ",", ",,,,", ", ,"])
@pytest.mark.parametrize("place", [0, 1])
def test_padding_changes_nothing(padding: str, place: int) -> None:
    """4.9."""
    lines = csv_of().splitlines()
    lines[place] += padding
    assert read_bytes("\n".join(lines).encode()) == read_bytes(csv_of().encode())


def test_a_value_in_a_column_without_a_name_is_not_dropped_silently() -> None:
    """4.9."""
    header, cells = csv_of().splitlines()
    (row,) = read_bytes(f"source_id,,{header.partition(',')[2]}\nEM-1,lost,{cells.partition(',')[2]}".encode())
    assert "has a value in column 2" in problems(row)


PHONES = {
    "F02-1": ("0191 498 0123", ""),
    "F02-2": ("0191 498 0123", "ext 4"),
    "F02-3": ("07700 900123", ""),
    "F02-4": ("07700 900123", ""),
    "F02-5": ("07700 900 123", ""),
    "F02-6": ("07700 900123", "mum"),
}


@needs_field
@pytest.mark.parametrize("source_id", PHONES)
def test_a_telephone_number_is_accepted_as_people_write_it(source_id: str) -> None:
    """4.9."""
    victim = expect_row(read_field("02-phones.csv")[source_id]).victim
    assert (victim.phone, victim.phone_note) == PHONES[source_id]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("+44 (0)7700 900123", ("+44 7700 900123", "")),
        ("+44(0)191-498-0123", ("+44 191 498 0123", "")),
        ("07700/900123", ("07700", "900123")),
        ("07700 900123 or 07700 900124", ("07700 900123", "or 07700 900124")),
        ("mob: 07700 900123", ("07700 900123", "mob")),
        ("0191 498 0123 x4", ("0191 498 0123", "x4")),
        ("07700\u2011900123; after 6pm", ("07700 900123", "after 6pm")),
        ("ask her sister", None),
        ("ring 3 times", None),
        ("07700 900123 07700 900124", None),
    ],
)
def test_a_remark_is_separate_from_the_number(written: str, parts: tuple[str, str] | None) -> None:
    """4.9."""
    assert split_phone(written) == parts


BORN = date(1990, 12, 31)


@needs_field
@pytest.mark.parametrize("source_id", ["F03-1", "F03-2", "F03-3", "F03-11"])
def test_a_british_date_is_accepted(source_id: str) -> None:
    """4.9."""
    offender = expect_row(read_field("03-dates.csv")[source_id]).offender
    assert offender
    assert offender.date_of_birth == BORN


@needs_field
def test_a_year_is_a_year_of_birth() -> None:
    """4.7a."""
    offender = expect_row(read_field("03-dates.csv")["F03-12"]).offender
    assert offender
    assert (offender.date_of_birth, offender.year_of_birth) == (None, 1990)


@needs_field
@pytest.mark.parametrize(
    ("source_id", "reason"),
    [
        ("F03-4", "must be a date"),
        ("F03-6", "is no day of the calendar"),
        ("F03-7", "is over 110 years ago"),
        ("F03-8", "is in the future"),
        ("F03-9", "contradicts request.offender_age_group adult"),
        ("F03-10", "is over 110 years ago"),
    ],
)
def test_an_impossible_date_is_refused_with_its_reason(source_id: str, reason: str) -> None:
    """4.8."""
    assert f"offender.date_of_birth {reason}" in problems(read_field("03-dates.csv")[source_id])


@needs_field
def test_the_29th_of_february_of_a_leap_year_is_a_day() -> None:
    """The list of results has F03-5 among the refused ones; but 1992 was a leap year."""
    offender = expect_row(read_field("03-dates.csv")["F03-5"]).offender
    assert offender
    assert offender.date_of_birth == date(1992, 2, 29)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1 Jan 1990", date(1990, 1, 1)),
        ("1st January 1990", date(1990, 1, 1)),
        ("3rd of Sept. 1990", date(1990, 9, 3)),
        ("31 december 90", BORN),
        ("31-12-1990", BORN),
        ("31 12 1990", BORN),
        ("31/12/1990 00:00", BORN),
        ("1990-12-31T00:00:00Z", BORN),
        ("2/3/1990", date(1990, 3, 2)),
        ("05.06.05", date(2005, 6, 5)),
    ],
)
def test_ways_of_writing_a_day(written: str, day: date) -> None:
    """4.9."""
    offender = expect_row(row_of(offender__name="Darren Test", offender__date_of_birth=written)).offender
    assert offender
    assert offender.date_of_birth == day


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("12/31/1990", "is no day of the calendar"),
        ("31 Foo 1990", "is no day of the calendar"),
        ("1990-12-31 13:30:00", "must be a date"),
        ("01/01/20", "needs a year of four digits"),
        ("31/12-1990", "must be a date"),
        ("12/1990", "must be a date"),
        ("1902", "is over 110 years ago"),
        ("2029", "is in the future"),
        ("1/12/2026", "is in the future"),
        ("30/11/1915", "is over 110 years ago"),
    ],
)
def test_what_is_no_day_of_birth(written: str, reason: str) -> None:
    """4.8."""
    row = row_of(offender__name="Darren Test", offender__date_of_birth=written)
    assert f"offender.date_of_birth {reason}" in problems(row)


@needs_field
def test_windows_1252_is_read_and_named() -> None:
    """4.9."""
    content = (FIELD / "04-cp1252.csv").read_bytes()
    described = find_format(io.BytesIO(content), is_csv=True).in_words
    assert (described.encoding, described.separator) == ("Windows-1252", "commas")
    row = expect_row(read_bytes(content)[0])
    assert row.offender
    assert (row.victim.name, row.offender.name) == ("Zoë O\u2019Neill", "Séan Test")


@needs_field
def test_semicolons_are_read_and_named() -> None:
    """4.9."""
    content = (FIELD / "04d-semicolons.csv").read_bytes()
    assert find_format(io.BytesIO(content), is_csv=True).in_words.separator == "semicolons"
    assert expect_row(read_bytes(content)[0]).victim.name == "Gwen Test"


@needs_field
def test_the_header_may_be_in_any_case() -> None:
    """4.9."""
    assert expect_row(read_field("04h-header-case.csv")["F04-8"]).victim.name == "Gwen Test"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_spreadsheet_s_encodings_and_separators_read_alike(encoding: str, separator: str) -> None:
    """4.9."""
    content = csv_of(separator, victim__name="Zoë O\u2019Neill").encode(encoding)
    assert expect_row(read_bytes(content)[0]).victim.name == "Zoë O\u2019Neill"


@pytest.mark.parametrize("name", ["Pawe³ Test", "Jan ¯bik"])
def test_a_name_that_another_encoding_would_read_otherwise_is_refused(name: str) -> None:
    """4.9: a person's name is never guessed."""
    assert "victim.name has a sign that is in no name" in problems(
        read_bytes(csv_of(victim__name=name).encode("cp1252"))[0]
    )


def test_a_file_of_two_encodings_is_not_read_as_either() -> None:
    """4.9: the row in UTF-8 keeps its name, and the other one is refused."""
    lines = csv_of(victim__name="Zoë Test").splitlines()
    other = lines[1].replace("EM-1", "EM-2")
    good, bad = read_bytes("\n".join(lines).encode() + b"\n" + other.encode("cp1252"))
    assert expect_row(good).victim.name == "Zoë Test"
    assert "victim.name is not UTF-8 text" in problems(bad)


@needs_field
@pytest.mark.parametrize("source_id", ["F05-1", "F05-2", "F05-3"])
def test_an_offence_that_needs_special_care_is_only_for_the_victim_to_ask_about(source_id: str) -> None:
    """1.6a."""
    assert find_refusal(expect_row(read_field("05-offence-without-flag.jsonl")[source_id]), NOON) == "victim_must_ask"


@needs_field
def test_a_victim_may_ask_after_domestic_abuse_and_the_case_is_flagged() -> None:
    """1.6a."""
    row = expect_row(read_field("05-offence-without-flag.jsonl")["F05-4"])
    assert not find_refusal(row, NOON)
    case = open_case(CaseRef("RJ-7Q2K-9F3M"), Record("1", row.request, Actor(Role.SERVICE)), NOON)
    assert case.flags == {Flag.DOMESTIC_ABUSE}
    assert case.needs_specialist_in


@pytest.mark.parametrize("offence", ["sexual_offence", "domestic_abuse", "stalking_or_harassment"])
@pytest.mark.parametrize("initiated_by", ["offender", "court", "service"])
def test_an_offence_counts_like_its_flag(offence: str, initiated_by: str) -> None:
    """1.6a."""
    row = expect_row(row_of(offence=offence, request__initiated_by=initiated_by))
    assert find_refusal(row, NOON) == "victim_must_ask"


@needs_field
@pytest.mark.parametrize(
    ("source_id", "problem"),
    [
        ("F06-1", "contradicts request.offender_age_group adult: is the offender under 18"),
        ("F06-2", "contradicts request.offender_age_group under_18: is the offender an adult"),
        ("F06-3", "is in the future"),
    ],
)
def test_a_contradiction_is_a_question_to_the_sender(source_id: str, problem: str) -> None:
    """4.8."""
    assert f"offender.date_of_birth {problem}" in problems(read_field("06-contradictions.jsonl")[source_id])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"request__offender_age_group": "adult", "offender__year_of_birth": 2010}, "contradicts"),
        ({"request__offender_age_group": "under_18", "offender__year_of_birth": 2007}, "contradicts"),
        ({"request__offender_age_group": "adult_on_youth_order", "offender__date_of_birth": "1/1/2012"}, "contradicts"),
        ({"request__offender_age_group": "organisation", "offender__date_of_birth": "1/1/1990"}, "contradicts"),
        ({"request__offender_age_group": "under_18", "offender__date_of_birth": "1/1/2020"}, "under 10"),
        ({"victim__date_of_birth": "1/1/2012"}, "contradicts request.victim_under_18"),
        (
            {"offender__date_of_birth": "1/1/1990", "offender__year_of_birth": 1991},
            "contradicts offender.date_of_birth",
        ),
        (
            {"victim__date_of_birth": "1/1/1990", "request__victim_under_18": True},
            "contradicts request.victim_under_18",
        ),
        ({"request__date_of_offence": "1/12/2026"}, "is in the future"),
        (
            {"request__date_of_offence": "1/3/2025", "request__referred_on": "1/2/2025"},
            "request.referred_on is before request.date_of_offence",
        ),
        ({"request__date_of_offence": "1/3/2025", "request__years_since_offence": 12}, "contradicts"),
    ],
)
def test_ages_and_days_that_contradict_each_other(changes: dict[str, Any], problem: str) -> None:
    """4.8."""
    assert problem in problems(row_of(offender__name="Darren Test", **changes))


@pytest.mark.parametrize(
    ("group", "year"), [("adult", 2008), ("under_18", 2008), ("under_18", 2009), ("adult", 1990), ("under_18", 2016)]
)
def test_a_year_that_may_be_right_is_accepted(group: str, year: int) -> None:
    """4.8."""
    expect_row(row_of(offender__name="D", offender__year_of_birth=year, request__offender_age_group=group))


@needs_field
@pytest.mark.parametrize("source_id", ["F14-1", "F14-2"])
def test_an_unknown_offender_is_none(source_id: str) -> None:
    """4.7c."""
    assert expect_row(read_field("14-placeholders.jsonl")[source_id]).offender is None


@needs_field
@pytest.mark.parametrize("source_id", ["F14-3", "F14-4"])
def test_a_number_of_zeros_is_not_stored(source_id: str) -> None:
    """4.7c."""
    offender = expect_row(read_field("14-placeholders.jsonl")[source_id]).offender
    assert offender
    assert set(vault_details(offender)) == {"name"}


@pytest.mark.parametrize("born", ["1900-01-01", "01/01/1900", "1 January 1900", "unknown", "N/K"])
@pytest.mark.parametrize("name", ["Unknown", "UNKNOWN MALE", "n/k", "?"])
def test_placeholders_are_not_known(name: str, born: str) -> None:
    """4.7c."""
    assert expect_row(row_of(offender__name=name, offender__date_of_birth=born)).offender is None


@needs_field
def test_language_and_needs_are_stored() -> None:
    """2.10a."""
    rows = read_field("17-welsh.jsonl")
    welsh, polish = (expect_row(rows[source_id]).victim for source_id in ("F17-1", "F17-2"))
    assert (welsh.language, welsh.needs) == ("cy", ("pob gohebiaeth yn Gymraeg",))
    assert (polish.language, polish.needs) == ("pl", ("Polish interpreter",))


@needs_field
@pytest.mark.parametrize(
    ("source_id", "languages", "why"),
    [
        ("F17-1", {"en", "cy"}, ""),
        ("F17-1", {"en"}, "language"),
        ("F17-2", {"en", "cy"}, "language"),
        ("F17-2", {"en"}, "language"),
    ],
)
@pytest.mark.parametrize("form", [Contact.EMAIL, Contact.TEXT, Contact.LETTER])
def test_welsh_is_sent_where_the_area_has_it_and_otherwise_a_person_tells_the_victim(
    form: Contact, source_id: str, languages: set[str], why: str
) -> None:
    """2.10b."""
    details = victim_details(expect_row(read_field("17-welsh.jsonl")[source_id]))
    assert find_reason_for_a_person(form, details, languages) == why


REFERRALS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "F18-1": ({}, {}),
    "F18-2": ({}, {"name": "Invented Offender", "nomis_number": "A1234BC"}),
    "F18-3": ({}, {"name": "Invented Offender", "crn": "X123456"}),
    "F18-4": ({}, {"pnc_number": "2002/0073319Z"}),
    "F18-5": ({}, {"name": "Invented Offender", "year_of_birth": 1990}),
    "F18-6": ({"safe_to_leave_message": False, "safe_times": "after 6pm", "phone": "07700 900123"}, {}),
    "F18-7": ({"child_name": "Invented Child", "child_date_of_birth": "2014-02-03"}, {}),
    "F18-8": ({"date_of_offence": "2024-03-09"}, {}),
    "F18-9": (
        {
            "referrer": {
                "name": "Invented Officer",
                "organisation": "Invented Police",
                "email": "officer@police.example",
            }
        },
        {},
    ),
}


@needs_field
@pytest.mark.parametrize("source_id", REFERRALS)
def test_what_referral_forms_have_is_stored_in_the_vault(source_id: str) -> None:
    """4.7a, 2.10a, 3.2."""
    row = expect_row(read_field("18-referral-form.jsonl")[source_id])
    victim, offender = REFERRALS[source_id]
    assert victim_details(row).items() >= victim.items()
    assert (vault_details(row.offender) if row.offender else {}) == offender


@needs_field
def test_the_event_has_who_referred_a_request_and_when() -> None:
    """3.2; a person's details are in the vault."""
    rows = {id: expect_row(row).request for id, row in read_field("18-referral-form.jsonl").items()}
    assert rows["F18-1"].referred_on == date(2026, 10, 2)
    assert {id for id, request in rows.items() if request.referred_by} == {"F18-9"}
    assert rows["F18-9"].referred_by == "person"


def test_an_agency_that_referred_is_named_by_its_kind_or_its_kind_and_id() -> None:
    """3.2."""
    for agency in ("probation", "charity:eastmoor-charity"):
        assert expect_row(row_of(request__referred_by=agency)).request.referred_by == agency


def test_the_years_since_the_offence_follow_from_its_day() -> None:
    assert expect_row(row_of(request__date_of_offence="9 March 2024")).request.years_since_offence == 2


@pytest.mark.parametrize(
    ("field", "written", "stored"),
    [
        ("nomis_number", "a1234bc ", "A1234BC"),
        ("crn", " x123456", "X123456"),
        ("pnc_number", "20080545166t", "2008/0545166T"),
        ("pnc_number", "080545166T", "08/0545166T"),
    ],
)
def test_a_number_alone_is_enough(field: str, written: str, stored: str) -> None:
    """4.7a."""
    offender = expect_row(row_of(**{f"offender__{field}": written})).offender
    assert offender
    assert vault_details(offender) == {field: stored}


@pytest.mark.parametrize(
    ("field", "written"), [("nomis_number", "A123BC"), ("crn", "1234567"), ("pnc_number", "2008545166T")]
)
def test_a_number_that_cannot_be_right_is_refused(field: str, written: str) -> None:
    """4.7a."""
    assert f"offender.{field} must be" in problems(row_of(**{f"offender__{field}": written}))


@needs_field
def test_a_stray_quotation_mark_is_a_part_of_its_cell() -> None:
    """4.9."""
    rows = read_field("21-inch-mark.csv")
    notes = [expect_row(row).note for row in rows.values()]
    assert len(notes) == 7
    assert (notes[0], notes[5]) == ("Tall man of 6'2\" in a grey coat", "About 5'10\" tall")


@pytest.mark.parametrize("note", ["6'2\"", 'a "tall" man', 'ends with "', '5" and 6" and 7"', 'a ""double""'])
def test_quotation_marks_inside_a_cell_are_text(note: str) -> None:
    """4.9."""
    content = csv_of(note=note) + csv_of(source_id="EM-2", note="plain").splitlines()[1]
    first, second = read_bytes(content.encode())
    assert (expect_row(first).note, expect_row(second).note) == (note, "plain")


@needs_field
def test_an_offender_may_come_later() -> None:
    """4.2."""
    assert expect_row(read_field("25-offender-later.jsonl")["F25-1"]).offender is None


def test_a_separator_line_of_a_spreadsheet_is_skipped() -> None:
    assert len(read_bytes(b"sep=;\r\n" + csv_of(";").encode())) == 1


@pytest.mark.parametrize("days", [1, 30, 3650])
def test_a_meeting_before_the_request_is_refused(days: int) -> None:
    """4.8."""
    case = open_case(CaseRef("RJ-7Q2K-9F3M"), Record("1", expect_row(row_of()).request, Actor(Role.SERVICE)), NOON)
    held = MeetingHeld(Form.LETTER, "completed", on=TODAY - timedelta(days=days))
    by_staff = Record("2", held, Actor(Role.CASEWORKER, "c.okafor"))
    with pytest.raises(RecordRefused) as refused:
        record_meeting(case, held, TransitionContext(by_staff, NOON, case.calendar))
    assert refused.value.code is Refusal.DAY_BEFORE_REQUEST
