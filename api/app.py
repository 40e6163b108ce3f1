"""The HTTP API, made of its routers."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from api.answer_page import routes as answer_page
from api.dependencies import Dependencies
from api.error_mapping import install_error_handlers
from api.openapi import complete_openapi
from api.outgoing_webhooks import add_outgoing_webhooks
from api.routes import (
    agencies,
    areas,
    bulk,
    cases,
    changes,
    digest,
    events,
    findings,
    health,
    home,
    imports,
    inbox,
    monitoring,
    my_case,
    news,
    personal,
    receipts,
    refused_messages,
    reports,
    requests,
    staff,
    stuck,
    tasks,
    transfers,
    webhooks,
)
from api.victim_pages import routes as victim_pages
from api.webhook_fast_path import WebhookFastPath

DESCRIPTION = """
Agencies send their answers in restorative justice cases, and read what became of them. Their messages are signed with
[Standard Webhooks](https://www.standardwebhooks.com).

Staff sign in with an access token of their own OpenID Connect issuer: caseworkers and supervisors record requests and
events, and see what is stuck and why; admins manage the directory of agencies and the register of staff.

Errors are problem details (RFC 9457): read `code`, and show `detail` to a developer.
"""
ROUTERS = (
    webhooks,
    receipts,
    refused_messages,
    cases,
    events,
    requests,
    imports,
    personal,
    victim_pages,
    my_case,
    tasks,
    changes,
    stuck,
    digest,
    reports,
    monitoring,
    bulk,
    inbox,
    news,
    findings,
    transfers,
    agencies,
    staff,
    areas,
    health,
    home,
    answer_page,
)


def create_app(dependencies: Dependencies) -> ASGIApp:
    """Return the application. Messages of agencies are answered before they reach FastAPI."""
    return WebhookFastPath(create_api(dependencies), dependencies)


def create_api(dependencies: Dependencies) -> FastAPI:
    """Return FastAPI's part of the application."""
    app = FastAPIOffline(
        title="Restorative justice casework",
        version="1",
        summary="API for agencies and staff",
        description=DESCRIPTION,
        redoc_url=None,
    )
    app.state.dependencies = dependencies
    install_error_handlers(app, dependencies.database_errors)
    for module in ROUTERS:
        app.include_router(module.router)
    add_outgoing_webhooks(app)
    complete_openapi(app)
    return app
