"""`rj hold` says before it records the hold that the meeting day is cancelled (1.11)."""

from typing import Any

import pytest
from fastapi import FastAPI

from tests.cli.shell import Shell
from tests.serving import serve_app

REF = "RJ-7Q2K-9F3M"
CANCELLED = "The meeting day, 9 March 2027, is cancelled."
HOLD = ("hold", REF, "--reason", "illness")


def create_stub(step: str, recorded: list[dict[str, Any]]) -> FastAPI:
    """The API with one case at `step`; `recorded` is what was recorded in it, without dry runs."""
    app = FastAPI(openapi_url=None)

    @app.get("/api/v1/cases/{ref}")
    async def get_case(ref: str) -> dict[str, str]:
        return {"ref": ref, "step": step}

    @app.post("/api/v1/cases/{ref}/events")
    async def record(ref: str, body: dict[str, Any], dry_run: bool = False) -> dict[str, Any]:
        if not dry_run:
            recorded.append(body)
        preview = {"changes": [CANCELLED] if step == "scheduled" else [], "notifies": ["Update for the prison: …"]}
        return {"ref": ref, "event": body["event"], "step": "preparing", "version": 9, "preview": preview}

    return app


@pytest.mark.parametrize("command", [HOLD, ("record", REF, "put_on_hold", "--reason", "illness")])
@pytest.mark.parametrize(("typed", "code", "count"), [("y\n", 0, 1), ("n\n", 2, 0), ("", 2, 0)])
async def test_a_hold_asks_before_it_cancels_the_meeting_day(
    command: tuple[str, ...], typed: str, code: int, count: int
) -> None:
    recorded: list[dict[str, Any]] = []
    async with serve_app(create_stub("scheduled", recorded)) as url:
        ended = await Shell({"RJ_SERVER": url, "RJ_TOKEN": "token"}).rj(*command, typed=typed)
    assert (ended.code, len(recorded)) == (code, count), ended
    said, _, after = ended.err.partition("Put it on hold? [y/N]: ")
    assert CANCELLED in said
    assert "Sends: Update for the prison" in said
    assert ("the meeting day is kept" in after) == (count == 0)


@pytest.mark.parametrize(("step", "options"), [("preparing", ()), ("scheduled", ("--yes",))])
async def test_a_hold_asks_nothing_where_no_day_is_set_or_yes_was_given(step: str, options: tuple[str, ...]) -> None:
    recorded: list[dict[str, Any]] = []
    async with serve_app(create_stub(step, recorded)) as url:
        ended = await Shell({"RJ_SERVER": url, "RJ_TOKEN": "token"}).rj(*HOLD, *options)
    assert (ended.code, ended.err, len(recorded)) == (0, "", 1), ended


async def test_the_help_of_a_hold_says_that_it_cancels_the_meeting_day() -> None:
    shown = " ".join((await Shell().rj("hold", "--help")).out.split())
    assert "A hold cancels a meeting day that is set" in shown
