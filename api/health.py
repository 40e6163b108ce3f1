"""Whether the process lives, and whether what it needs answers."""

import asyncio
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.ports import Check, Parts
from api.problems import Code, Problem, documented

SECONDS_TO_ANSWER = 2.0


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """Everything answers: each part by its name."""

    status: Literal["ready"] = "ready"
    postgres: Literal["up"] = "up"
    temporal: Literal["up"] = "up"


def router(parts: Parts) -> APIRouter:
    """The two addresses that operations look at."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="Is the process alive?")
    async def healthz() -> Live:
        return Live()

    @routes.get("/readyz", summary="Does what it needs answer?", responses=documented(Code.NOT_READY))
    async def readyz() -> Ready:
        """503 names what is away. Messages are taken while Postgres is up, and delivered when Temporal is."""
        answers = await asyncio.gather(*(_answers(check) for check in parts.checks.values()))
        states = {name: "up" if up else "away" for name, up in zip(parts.checks, answers, strict=True)}
        away = [name for name, state in states.items() if state == "away"]
        if away:
            raise Problem(Code.NOT_READY, f"away: {', '.join(away)}", states)
        return Ready()

    return routes


async def _answers(check: Check) -> bool:
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            return await check()
    except TimeoutError:
        return False
