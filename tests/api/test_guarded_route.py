"""How long a request may take: a read has a limit, and a change is never cut off by one."""

import asyncio

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from api.guarded_route import GuardedRoute


class QuickRoute(GuardedRoute):
    """A route on which a read may take hardly any time."""

    read_seconds = 0.01


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_a_change_is_never_cut_off_and_a_read_is(method: str) -> None:
    done: list[str] = []
    router = APIRouter(route_class=QuickRoute)

    async def take_a_while() -> dict[str, str]:
        await asyncio.sleep(0.1)
        done.append(method)
        return {"done": "yes"}

    router.add_api_route("/", take_a_while, methods=["GET", method])
    app = FastAPI()
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as http:
        with pytest.raises(TimeoutError):
            await http.get("/")
        assert done == []
        assert (await http.request(method, "/")).json() == {"done": "yes"}
    assert done == [method]
