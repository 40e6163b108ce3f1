"""The page at `/`."""

from dataclasses import replace

import httpx

from api.app import create_app
from api_dependencies import create_dependencies
from tests.api.accessible import require_accessible
from tests.api.answering import Page
from tests.connections import UNREACHABLE, unreachable
from tests.serving import serve_app

TEMPORAL_UI = "http://127.0.0.1:8233"


async def read_home_page(temporal_ui_url: str = "") -> Page:
    dependencies = replace(create_dependencies(await unreachable(), UNREACHABLE), temporal_ui_url=temporal_ui_url)
    async with serve_app(create_app(dependencies)) as address, httpx.AsyncClient(base_url=address) as http:
        response = await http.get("/")
        page = Page(response.text)
        for link in page.one("main").all("a"):
            if link["href"].startswith("/"):
                assert (await http.get(link["href"])).status_code in (200, 503)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    require_accessible(page)
    return page


async def test_the_home_page_says_what_the_service_is_and_where_to_go() -> None:
    page = await read_home_page()

    assert "restorative justice cases" in page.text
    assert "rj --help" in page.text
    links = [link["href"] for link in page.one("main").all("a")]
    assert links == ["/docs", "/openapi.json", "/healthz", "/readyz"]


async def test_in_the_embedded_stack_the_home_page_leads_to_temporal_and_the_commands() -> None:
    page = await read_home_page(TEMPORAL_UI)

    assert TEMPORAL_UI in [link["href"] for link in page.one("main").all("a")]
    assert ".venv/bin/rj list" in page.text
