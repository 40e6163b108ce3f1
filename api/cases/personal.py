"""What the vault holds of a case, over HTTP: its notes, and how its victim is reached. It is remembered who looked."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.agency_bodies import body_of, read_as
from api.bodies import parsed, read_body
from api.cases.personal_bodies import NoteShown, NotesShown, VictimChanges, VictimShown
from api.cases.reading import CASES, Ref, case_ref
from api.cases.recording import BODY, RECORDERS
from api.error_mapping import OF_A_CASE
from api.identity import SignedIn, require
from api.opened import Opener
from api.problems import SIGNING_IN, Code, documented
from application.context import require_access
from application.notes import read_notes
from application.victims import correct_victim, get_victim
from domain.people import READERS

Seq = Annotated[
    int | None, Query(ge=1, le=10**9, description="Only the note of this entry, by its number.", examples=[3])
]
_ONE = (*SIGNING_IN, *OF_A_CASE)
_VICTIM = (*_ONE, Code.UNKNOWN_VICTIM)
NOT_STORED = {"cache-control": "no-store"}


def router(opener: Opener) -> APIRouter:
    """The addresses of what is personal."""
    routes, personal = APIRouter(prefix=f"{CASES}/{{ref}}", tags=["cases"]), Personal(opener)
    for method, path, what, summary, codes, extra in (
        ("GET", "/notes", personal.notes, "Read the notes", (*_ONE, Code.BAD_REQUEST), {}),
        ("GET", "/victim", personal.victim, "How the victim is reached", _VICTIM, {}),
        ("PATCH", "/victim", personal.correct, "Correct it", (*_VICTIM, *BODY), body_of(VictimChanges)),
    ):
        routes.add_api_route(
            path, what, methods=[method], summary=summary, responses=documented(*codes), openapi_extra=extra
        )
    return routes


class Personal:
    """Shows what is personal, and has it corrected."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def notes(self, ref: Ref, person: SignedIn, response: Response, entry: Seq = None) -> NotesShown:
        """What agencies and staff wrote beside entries, in their order. That you read each is remembered."""
        async with self._opener.reading(person, *READERS) as casework:
            desk = casework.desk
            await require_access(desk, person, case_ref(ref))
            found = await read_notes(desk, case_ref(ref), by=person.account, version=entry)
        response.headers.update(NOT_STORED)
        return NotesShown(notes=[NoteShown.of(each) for each in found])

    async def victim(self, ref: Ref, person: SignedIn, response: Response) -> VictimShown:
        """As the vault has it. That you looked is remembered."""
        async with self._opener.reading(person, *READERS) as casework:
            await require_access(casework.desk, person, case_ref(ref))
            details = await get_victim(casework.desk, case_ref(ref), person.account)
        response.headers.update(NOT_STORED)
        return VictimShown.model_validate(details)

    async def correct(self, ref: Ref, request: Request, person: SignedIn, response: Response) -> VictimShown:
        """What the body names, and nothing else. How they want to hear is another matter: an event of the case."""
        require(person, *RECORDERS)
        changes = read_as(VictimChanges, parsed(await read_body(request))).model_dump(exclude_unset=True)
        async with self._opener.reading(person, *RECORDERS) as casework:
            await require_access(casework.desk, person, case_ref(ref))
            details = await correct_victim(
                casework.desk, casework.details_check, case_ref(ref), changes, person.account
            )
        response.headers.update(NOT_STORED)
        return VictimShown.model_validate(details)
