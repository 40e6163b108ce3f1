"""The application over HTTP, made of the parts it is given."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from api import agencies, answering, changes, health, receipts, staff, webhooks
from api.acceptance import WebhookFastPath
from api.cases import by_hand, personal, reading, recording, requesting
from api.error_mapping import install
from api.identity import Doorkeeper
from api.openapi import describe
from api.opened import Opener
from api.outgoing_webhooks import add_webhooks
from api.ports import Parts
from api.supervision import acting, looking
from application.change_feed import ChangeFeed

DESCRIPTION = """
Takes what agencies have to say of a restorative justice case, and says what became of it.

Staff sign in with an access token of their own OpenID Connect issuer: caseworkers and supervisors take requests, record
what happens in cases and see what is stuck and why; admins keep the directory of agencies and the register of staff.

Messages are signed after [Standard Webhooks](https://www.standardwebhooks.com). Errors are problem details
after RFC 9457: look at `code`, show `detail` to a developer.
"""


def create_app(parts: Parts) -> ASGIApp:
    """The application; it opens and closes nothing of `parts`. An agency's message does not enter the framework."""
    return WebhookFastPath(_framework(parts), parts)


def _framework(parts: Parts) -> FastAPI:
    app = FastAPIOffline(
        title="Restorative justice casework",
        version="1",
        summary="The agencies' door, and the staff's",
        description=DESCRIPTION,
        redoc_url=None,
    )
    install(app)
    app.state.doorkeeper = Doorkeeper(parts.identities, parts.away)
    app.include_router(webhooks.router(parts))
    app.include_router(receipts.router(parts))
    app.include_router(health.router(parts))
    if parts.managing is not None:
        app.include_router(agencies.router(parts.managing, parts.away))
        app.include_router(staff.router(parts.managing, parts.away))
    if parts.casework is not None:
        opener = Opener(parts.casework, parts.away)
        for room in (reading, requesting, recording, personal, by_hand, looking, acting):
            app.include_router(room.router(opener))
        follower = ChangeFeed(lambda: opener.casework().changes, parts.away)
        app.include_router(changes.router(opener, follower, parts.stopping))
    if parts.answering is not None:
        app.include_router(answering.router(parts, parts.answering))
    add_webhooks(app)
    describe(app)
    return app
