"""Liveness and readiness."""

from typing import Literal

from pydantic import BaseModel


class LiveResponse(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class ReadyResponse(BaseModel):
    """Everything that the service needs answers."""

    status: Literal["ready"] = "ready"
    postgres: Literal["up"] = "up"
    temporal: Literal["up"] = "up"
