"""The HMPPS register as an agency: asked for a trace, it is searched, and answers in the same call."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Self

import httpx
import structlog

from adapters.channels.hmpps.http import RegisterAccess, RegisterClient, create_http_client
from adapters.channels.hmpps.matching import SearchSubject
from adapters.channels.hmpps.register import HmppsRegister
from adapters.channels.hmpps.trace import Trace
from adapters.channels.public_addresses import Network
from domain.effects import Ask, CancelAsk
from domain.json_values import to_json_without_defaults
from domain.vocabulary import CaseRef, WaitKind
from ports.agencies import Agency, Answers, Directory, Unreachable
from ports.agency_messages import ask_key
from ports.vault import THE_SERVICE, Vault

log = structlog.get_logger("adapters.channels.hmpps")

SECONDS_FOR_A_TRACE = 25.0
"""For all of its requests together, and for waiting its turn: below the time that an attempt is given."""
MOST_TRACES_AT_ONCE, MOST_REQUESTS_AT_ONCE = 4, 8
"""So many are under way in one process; the next ones wait their turn. The register is the whole country's, and a
thousand cases that come in on one morning are no reason to flood it. Traces wait as well as requests, so that those
that have begun come to their end.
"""


class HmppsChannel:
    """Implements `activities.ports.Channel`; used as a context, it holds the connections for as long as that lasts.

    `access` opens the register, None where there is none; `allowed` are the networks with private addresses in which
    it may stand. `answers` takes what it says.

    Unreachable for good are: a case of which neither the offender's name and date of birth nor a PNC number is known
    (`details_missing`), any question but a trace (`wrong_question`), an address that is none or is not encrypted
    (`bad_address`), and what `adapters.channels.hmpps.http` and `adapters.channels.guarded_network` call so. All else
    may be otherwise the next time, also where the certificate or key is missing (`not_configured`) or cannot be used
    (`unusable_certificate`).
    """

    def __init__(
        self,
        vault: Vault,
        directory: Directory,
        answers: Answers,
        access: RegisterAccess | None,
        allowed: Sequence[Network] = (),
    ) -> None:
        self._vault = vault
        self._directory = directory
        self._answers = answers
        self._access = access
        self._allowed = allowed
        self._client: httpx.AsyncClient | None = None
        self._traces = asyncio.Semaphore(MOST_TRACES_AT_ONCE)
        self._requests = asyncio.Semaphore(MOST_REQUESTS_AT_ONCE)

    async def __aenter__(self) -> Self:
        """The channel itself."""
        return self

    async def __aexit__(self, *_raised: object) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Search the register and hand on its answer; a reminder searches again, under the same message.

        See the port.
        """
        if ask.question is not WaitKind.TRACE:
            raise Unreachable("wrong_question", permanent=True)
        register, sought = self._register(agency), await self._sought(ask.ref)
        try:
            async with asyncio.timeout(SECONDS_FOR_A_TRACE), self._traces:
                traced = await Trace(register, self._directory, ask.area).answer(sought)
        except TimeoutError:
            raise Unreachable("timeout") from None
        event = traced.event
        await self._answers.accept(agency, ask_key(ask), ask.ref, event.name, to_json_without_defaults(event), traced.note)

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        """Nothing is to be cancelled: the register was done when it had answered."""

    async def ping(self, agency: Agency) -> str:
        """Show the certificate and the key, and look at nobody; see the port."""
        await self._register(agency).check_access()
        return "the register takes our certificate and our key"

    def _register(self, agency: Agency) -> HmppsRegister:
        """Raises Unreachable."""
        try:
            base = httpx.URL(agency.address)
        except httpx.InvalidURL:
            raise Unreachable("bad_address", permanent=True) from None
        if base.scheme != "https" or not base.host or base.userinfo:
            raise Unreachable("bad_address", permanent=True)
        return HmppsRegister(RegisterClient(self._connected(), base, self._requests))

    def _connected(self) -> httpx.AsyncClient:
        """The connections, made when they are first wanted: files that cannot be used keep nothing else from work."""
        if self._access is None:
            raise Unreachable("not_configured")
        if self._client is None:
            try:
                self._client = create_http_client(self._access, self._allowed)
            except OSError as error:
                log.exception("hmpps.unusable_certificate", error=type(error).__name__)
                raise Unreachable("unusable_certificate") from None
        return self._client

    async def _sought(self, ref: CaseRef) -> SearchSubject:
        """Whom the case is about. Raises Unreachable where too little is known to search for them."""
        details = await self._vault.get_offender(ref, by=THE_SERVICE) or {}
        sought = sought_of(details)
        if not sought.pnc and (sought.born is None or not sought.names[0]):
            raise Unreachable("details_missing", permanent=True)
        return sought


def sought_of(details: Mapping[str, Any]) -> SearchSubject:
    """The offender's details of the vault, as `adapters.requests.rows.Offender` has them, as what is searched for."""
    born = details.get("date_of_birth")
    return SearchSubject(
        names=(str(details.get("name", "")), *details.get("aliases", ())),
        born=date.fromisoformat(born) if born else None,
        pnc=str(details.get("pnc_number", "")),
    )
