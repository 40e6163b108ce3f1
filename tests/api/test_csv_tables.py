"""Tables over HTTP."""

import threading
from collections.abc import Iterator

import pytest

from api.csv_tables import to_csv_response, write_csv


async def test_the_rows_of_a_table_are_made_and_written_while_others_are_answered() -> None:
    def rows() -> Iterator[dict[str, object]]:
        yield {"case": "RJ-7Q2K-9F3M", "by": threading.current_thread().name}

    written = await to_csv_response(("case", "by"), rows(), "cases")
    [_, line] = bytes(written.body).decode().splitlines()
    assert line.startswith("RJ-7Q2K-9F3M,")
    assert threading.current_thread().name not in line


def test_a_table_has_headings_and_a_line_for_each_row() -> None:
    rows: list[dict[str, object]] = [
        {"stage": "", "reason": None, "cases": 3},
        {"stage": "a,b", "cases": -1, "other": 5},
    ]
    assert write_csv(["stage", "reason", "cases"], rows) == 'Stage,Reason,Cases\r\n,,3\r\n"a,b",,-1\r\n'


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_is_a_formula(begins: str) -> None:
    assert write_csv(["stage"], [{"stage": f"{begins}1+1"}]).splitlines()[1].strip('"').startswith("'")
