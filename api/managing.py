"""What admins post: it is read for nobody else, and counts once for each `Idempotency-Key`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request, Response

from api.bodies import read_body
from api.error_mapping import as_problems
from api.idempotency import execute_idempotently, required
from api.identity import require
from api.ports import Managing
from api.problems import Code, Problem
from domain.people import Person, StaffRole

KEYS_NOT_KEPT = Problem(Code.ALREADY_DONE, "the keys were in the first answer only: where it was lost, make new ones")
PEOPLE_NOT_KEPT = Problem(Code.ALREADY_DONE, "the first answer named somebody: look them up in the register")


@dataclass(frozen=True, slots=True)
class Posted:
    """A request that changes something: who asks, under which key, and what they sent."""

    request: Request
    person: Person
    key: str
    body: bytes = b""


async def posted(request: Request, person: Person, key: str) -> Posted:
    """The request with its body. Raises Problem."""
    return Posted(request, person, bodiless(request, person, key).key, await read_body(request))


def bodiless(request: Request, person: Person, key: str) -> Posted:
    """The request, of which no body is read. Raises Problem for who is no admin."""
    require(person, StaffRole.ADMIN)
    return Posted(request, person, required(key))


@dataclass(frozen=True, slots=True)
class Office:
    """Where the service is managed. `managing` gives the means to, or raises one of `away`."""

    managing: Callable[[], Managing]
    away: tuple[type[Exception], ...]

    async def execute_idempotently(
        self, posted: Posted, do: Callable[[str], Awaitable[Response]], instead: Problem | None = None
    ) -> Response:
        """The answer to what was posted; `instead` is what the same again gets where that is not kept."""
        with as_problems(self.away):
            kept = self.managing().idempotency
            return await execute_idempotently(
                kept, posted.person, posted.key, posted.request, posted.body, do, instead, alone=True
            )
