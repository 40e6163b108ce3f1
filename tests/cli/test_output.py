"""Tables on narrow terminals: no reference and no date is ever cut."""

import pytest

from cli.london import london_date, london_time
from cli.output import table

COLUMNS = ("case", "area", "step", "waiting on", "received", "due")
ROWS = [
    ("RJ-7Q2K-9F3M", "eastmoor", "offender considering (on hold)", "probation", "2026-11-02", "2026-11-30 overdue"),
    ("RJ-2XHB-77KT", "a-very-long-name-of-an-area", "tracing", "", "2026-11-03", ""),
]


@pytest.mark.parametrize("width", [200, 120, 100, 80, 60, 40, 10])
def test_no_word_is_cut_at_any_width(width: int) -> None:
    lines = list(table(COLUMNS, ROWS, width))
    words = {word for line in lines for word in line.split()}
    assert {word for row in ROWS for cell in row for word in cell.split()} <= words


@pytest.mark.parametrize("width", [200, 120, 100])
def test_a_table_keeps_to_the_width(width: int) -> None:
    lines = list(table(COLUMNS, ROWS, width))
    assert max(map(len, lines)) <= width
    assert lines[0].split("  ")[0] == "case"


def test_each_row_is_a_block_where_the_columns_do_not_fit() -> None:
    assert list(table(("case", "received"), [("RJ-7Q2K-9F3M", "2026-11-02")], 15)) == [
        "case: RJ-7Q2K-9F3M",
        "received: 2026-11-02",
        "",
    ]


def test_what_would_control_a_terminal_is_not_printed() -> None:
    assert "\x1b" not in "".join(table(("name",), [("\x1b[2J",)], 80))


def test_times_are_those_of_london() -> None:
    assert london_time("2026-07-01T23:30:00Z") == "2026-07-02 00:30"
    assert london_time("2026-12-01T23:30:00+00:00") == "2026-12-01 23:30"
    assert london_date("2026-07-01T23:30:00Z") == "2026-07-02"
