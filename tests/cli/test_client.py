"""The client of the HTTP API: lists in several pages, and answers that are no problem of the API's."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI, Response

from cli.errors import UsageError
from cli.staff.client import ApiClient
from tests.serving import serve_app

ITEMS = list(range(450))


def create_stub() -> FastAPI:
    """A list of 450 items by up to 200, and an address behind a proxy that fails."""
    app = FastAPI(openapi_url=None)

    @app.get("/api/v1/items")
    async def items(limit: int, cursor: int = 0) -> dict[str, Any]:
        end = cursor + min(limit, 200)
        return {"items": ITEMS[cursor:end], "next": str(end) if end < len(ITEMS) else None}

    @app.api_route("/api/v1/broken", methods=["GET", "POST"])
    async def answer_badly() -> Response:
        return Response("<html>Bad gateway</html>", 502)

    return app


@pytest.mark.parametrize(
    ("limit", "start", "expected", "is_more"),
    [
        (50, None, ITEMS[:50], True),
        (200, None, ITEMS[:200], True),
        (300, None, ITEMS[:300], True),
        (450, None, ITEMS, False),
        (1000, None, ITEMS, False),
        (1000, "200", ITEMS[200:], False),
    ],
)
async def test_a_list_is_read_page_by_page(limit: int, start: str | None, expected: list[int], is_more: bool) -> None:
    async with serve_app(create_stub()) as url:
        with ApiClient(url, "token") as api:
            read = await asyncio.to_thread(api.list_all, "/items", "items", {"cursor": start}, limit)
    assert read == (expected, is_more)


async def test_an_answer_that_is_not_the_api_s_is_one_line() -> None:
    async with serve_app(create_stub()) as url:
        with ApiClient(url, "token") as api:
            with pytest.raises(UsageError, match=r"^The service answered with status 502\. \[502\]$"):
                await asyncio.to_thread(api.get, "/broken")
            with pytest.raises(UsageError, match="the same command with --key mine does it once"):
                await asyncio.to_thread(api.post, "/broken", key="mine")
