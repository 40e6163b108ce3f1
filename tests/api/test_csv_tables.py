"""Tables over HTTP."""

import threading
from collections.abc import Iterator

from api.csv_tables import csv_response


async def test_the_rows_of_a_table_are_made_and_written_while_others_are_answered() -> None:
    def rows() -> Iterator[dict[str, object]]:
        yield {"case": "RJ-7Q2K-9F3M", "by": threading.current_thread().name}

    written = await csv_response(("case", "by"), rows(), "cases")
    [_, line] = bytes(written.body).decode().splitlines()
    assert line.startswith("RJ-7Q2K-9F3M,")
    assert threading.current_thread().name not in line
