"""Whether the process is alive, and whether what it needs answers."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import APIRouter

from api.dependencies import Needs
from api.models.health import LiveResponse, ReadyResponse
from api.problems import Code, Problem, document_problems

CHECK_SECONDS = 2.0

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Liveness")
async def healthz() -> LiveResponse:
    """Answers while the process is alive."""
    return LiveResponse()


@router.get("/readyz", summary="Readiness", responses=document_problems(Code.NOT_READY))
async def readyz(needs: Needs) -> ReadyResponse:
    """503 names what is unavailable. Messages are accepted while Postgres is up, and delivered while Temporal is."""
    answers = await asyncio.gather(*(_is_up(check) for check in needs.checks.values()))
    states: dict[str, str | list[str]] = {
        name: "up" if is_up else "unavailable" for name, is_up in zip(needs.checks, answers, strict=True)
    }
    unavailable = [name for name, state in states.items() if state != "up"]
    if unavailable:
        raise Problem(Code.NOT_READY, f"unavailable: {', '.join(unavailable)}", states)
    return ReadyResponse()


async def _is_up(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return False
