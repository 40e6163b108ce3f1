import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from log import LogFormat, configure_logging


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging belongs to the whole process."""
    yield
    configure_logging("json", "info")


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "info")
    structlog.get_logger("rj.case").info("case.overdue", case="RJ-7Q2K-9F3M", step="tracing")

    (line,) = _lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "case.overdue",
        "case": "RJ-7Q2K-9F3M",
        "step": "tracing",
        "level": "info",
        "logger": "rj.case",
    }


def test_libraries_log_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "info")
    logging.getLogger("temporalio.worker").warning("Slow by %d ms", 7)
    logging.getLogger("uvicorn.error").info("Started")

    assert [(line["logger"], line["event"]) for line in _lines(capsys)] == [
        ("temporalio.worker", "Slow by 7 ms"),
        ("uvicorn.error", "Started"),
    ]


def test_addresses_of_requests_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "info")
    logging.getLogger("uvicorn.access").info('"GET /cases?name=Somebody"')
    logging.getLogger("httpx").info("HTTP Request: POST http://agency.example/asks")

    assert _lines(capsys) == []


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_an_exception_names_its_causes_but_quotes_no_rows(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    configure_logging(log_format, "info")
    try:
        try:
            raise ValueError("duplicate key\nDETAIL: Key (email)=(somebody@example.org)")
        except ValueError as error:
            raise RuntimeError("not written") from error
    except RuntimeError:
        structlog.get_logger("rj").exception("casefile.failed")
        logging.getLogger("temporalio").exception("Activity failed")

    printed = capsys.readouterr().err
    assert printed.count("RuntimeError: not written (") == 2
    assert printed.count("ValueError: duplicate key (") == 2
    assert "somebody@example.org" not in printed


def test_what_is_below_the_level_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "warning")
    structlog.get_logger("rj").info("quiet")
    logging.getLogger("any").info("quiet")

    assert _lines(capsys) == []


def test_setting_up_again_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "info")
    configure_logging("json", "info")
    structlog.get_logger("rj").info("once")

    assert len(_lines(capsys)) == 1


CRASHES = """
import asyncio, logging, threading, warnings
from log import configure_logging
configure_logging("json", "info")
warnings.warn("odd")
thread = threading.Thread(target=lambda: {}["in a thread"])
thread.start()
thread.join()
async def forgotten():
    async def fails():
        raise ValueError("in a task")
    asyncio.create_task(fails())
    await asyncio.sleep(0.01)
asyncio.run(forgotten())
raise RuntimeError("at last\\nDETAIL: somebody@example.org")
"""


def test_warnings_tasks_threads_and_the_last_exception_are_lines_of_json_too() -> None:
    done = subprocess.run([sys.executable, "-c", CRASHES], capture_output=True, text=True, check=False, timeout=60)

    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 1
    assert [line["logger"] for line in lines] == ["py.warnings", "log", "asyncio", "log"]
    assert [line["raised"][0].partition(" (")[0] for line in lines[1:]] == [
        "KeyError: 'in a thread'",
        "ValueError: in a task",
        "RuntimeError: at last",
    ]
    assert "somebody@example.org" not in done.stderr
