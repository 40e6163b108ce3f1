"""The page at `/`: what the service is, and where to go."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.dependencies import Needs
from api.pages import render_page

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def home(needs: Needs) -> HTMLResponse:
    """For a person who opens the service's address in a browser."""
    return render_page("home", "Restorative justice casework", temporal_ui_url=needs.temporal_ui_url)
