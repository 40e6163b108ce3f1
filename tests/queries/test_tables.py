"""Tables for spreadsheets."""

import pytest

from queries.tables import csv_of


def test_a_table_has_a_header_and_a_line_for_each_row() -> None:
    rows: list[dict[str, object]] = [{"area": "", "reason": None, "cases": 3}, {"area": "a,b", "cases": -1, "other": 5}]
    assert csv_of(("area", "reason", "cases"), rows) == 'area,reason,cases\r\n,,3\r\n"a,b",,-1\r\n'


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula(begins: str) -> None:
    assert csv_of(("area",), [{"area": f"{begins}1+1"}]).splitlines()[1].strip('"').startswith("'")
