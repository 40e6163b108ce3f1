"""What `rj request`, `rj victim-details --edit` and `rj offender-details --edit` ask of both people (2.10a, 4.7a)."""

from typing import Any

import pytest
from fastapi import FastAPI

from api.models.personal import OffenderChanges, OffenderResponse, VictimChanges, VictimResponse
from cli.staff.people import OFFENDER, VICTIM
from tests.cli.shell import Shell
from tests.serving import serve_app

REF = "RJ-7Q2K-9F3M"
KNOWN = VictimResponse(
    name="Marta Quill", email="marta@example.org", shared=["phone"], safe_to_leave_message=True, supporter_name="Orla"
)


def create_stub(corrected: list[dict[str, Any]]) -> FastAPI:
    """The API with the details of one victim, and of an unknown offender."""
    app = FastAPI(openapi_url=None)

    @app.get("/api/v1/cases/{ref}/victim")
    async def get_victim(ref: str) -> VictimResponse:
        return KNOWN

    @app.get("/api/v1/cases/{ref}/offender")
    async def get_offender(ref: str) -> OffenderResponse:
        return OffenderResponse()

    @app.patch("/api/v1/cases/{ref}/{side}")
    async def correct(ref: str, side: str, body: dict[str, Any]) -> dict[str, str]:
        corrected.append(body)
        return {}

    return app


async def correct(command: str, *typed: str) -> list[dict[str, Any]]:
    """What `rj COMMAND --edit` sends after `typed` as the first answers and Enter for the others."""
    corrected: list[dict[str, Any]] = []
    async with serve_app(create_stub(corrected)) as url:
        shell = Shell({"RJ_SERVER": url, "RJ_TOKEN": "token"})
        ended = await shell.rj(command, REF, "--edit", typed="\n".join((*typed, *[""] * 20)))
    assert ended.code == 0, ended
    return corrected


def test_every_detail_that_can_be_corrected_is_asked_for() -> None:
    assert {question.field for question in VICTIM} == set(VictimChanges.model_fields)
    # A year is typed in place of the date.
    assert {question.field for question in OFFENDER} == set(OffenderChanges.model_fields) - {"year_of_birth"}


async def test_safe_contact_and_the_supporter_are_corrected_as_they_are_typed() -> None:
    typed = ("", "", "", "", "", "email; phone", "no", "after 6pm", "", "interpreter", "-", "01632 960003")
    assert await correct("victim-details", *typed) == [
        {
            "shared": ["email", "phone"],
            "safe_to_leave_message": False,
            "safe_times": "after 6pm",
            "needs": ["interpreter"],
            "supporter_name": "",
            "supporter_phone": "01632 960003",
        }
    ]


async def test_enter_keeps_everything_and_a_dash_removes_what_was_known() -> None:
    assert await correct("victim-details") == []
    assert await correct("victim-details", "", "", "", "", "", "-", "-") == [
        {"shared": [], "safe_to_leave_message": None}
    ]


@pytest.mark.parametrize(
    ("before", "wrong", "right", "corrected"),
    [
        (5, "post", "address", {"shared": ["address"]}),
        (6, "perhaps", "n", {"safe_to_leave_message": False}),
    ],
)
async def test_an_answer_that_is_none_of_the_choices_is_asked_for_again(
    before: int, wrong: str, right: str, corrected: dict[str, Any]
) -> None:
    assert await correct("victim-details", *[""] * before, wrong, right) == [corrected]


async def test_the_numbers_of_the_offender_are_added_as_they_are_typed() -> None:
    typed = ("", "1990", "2008/0545166T", "A1234BC", "X123456", "Josh Brannick; Joseph Brannick")
    assert await correct("offender-details", *typed) == [
        {
            "date_of_birth": "1990",
            "pnc_number": "2008/0545166T",
            "nomis_number": "A1234BC",
            "crn": "X123456",
            "aliases": ["Josh Brannick", "Joseph Brannick"],
        }
    ]
