"""The HMPPS register as an agency: asked for a trace, it is searched, and answers in the same call."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Self

import httpx
import structlog

from adapters.channels.hmpps.http import RegisterAccess, RegisterClient, create_http_client
from adapters.channels.hmpps.matching import SearchSubject
from adapters.channels.hmpps.register import HmppsRegister
from adapters.channels.hmpps.trace import Trace
from adapters.channels.public_addresses import Network
from domain.agency_updates import CaseUpdate
from domain.effects import Ask, CancelAsk
from domain.json_values import to_json_without_defaults
from domain.vocabulary import WaitKind
from ports.agencies import Agency, Answers, Directory, Unreachable
from ports.agency_messages import ask_key
from ports.vault import THE_SERVICE, Vault

log = structlog.get_logger("adapters.channels.hmpps")

TRACE_TIMEOUT = 25.0
"""For all requests of a trace, and for waiting to start: below the time that an attempt is given."""
MAX_CONCURRENT_TRACES, MAX_CONCURRENT_REQUESTS = 4, 8
"""In one process; further ones wait. The register is the whole country's, and a thousand cases that come in on one
morning are no reason to flood it. Traces are limited as well as requests, so that those that have started can finish.
"""


class HmppsChannel:
    """Implements `ports.agencies.Channel`; used as a context, it holds the connections for as long as that lasts.

    `access` is None where there is none to the register, which may be in one of the private networks `allowed`.
    `answers` accepts its answers.

    Permanent errors are: neither a number nor the offender's name with date or year of birth is known
    (`details_missing`), any question but a trace (`wrong_question`), an address that is invalid or not encrypted
    (`bad_address`), and those of `adapters.channels.hmpps.http` and `adapters.channels.guarded_network`. Others may
    pass, also where certificate or key is missing (`not_configured`) or cannot be used (`unusable_certificate`).
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
        self._traces = asyncio.Semaphore(MAX_CONCURRENT_TRACES)
        self._requests = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)

    async def __aenter__(self) -> Self:
        """Return the channel."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Search the register and pass on its answer; a reminder searches again, under the same message id."""
        if ask.question is not WaitKind.TRACE:
            raise Unreachable("wrong_question", permanent=True)
        register = self._register(agency)
        details = await self._vault.get_offender(ask.ref, by=THE_SERVICE) or {}
        born = details.get("date_of_birth")
        subject = SearchSubject(
            names=(str(details.get("name", "")), *details.get("aliases", ())),
            born=date.fromisoformat(born) if born else None,
            pnc=str(details.get("pnc_number", "")),
            born_in=details.get("year_of_birth"),
            numbers=tuple(str(details[name]) for name in ("nomis_number", "crn") if name in details),
        )
        if not subject.has_enough:
            raise Unreachable("details_missing", permanent=True)
        try:
            async with asyncio.timeout(TRACE_TIMEOUT), self._traces:
                result = await Trace(register, self._directory, ask.area).run(subject)
        except TimeoutError:
            raise Unreachable("timeout") from None
        data = to_json_without_defaults(result.event)
        await self._answers.accept(agency, ask_key(ask), ask.ref, result.event.name, data, result.note)

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        """Send nothing: the register was done when it had answered."""

    async def update(self, agency: Agency, update: CaseUpdate) -> None:
        """Send nothing: the register takes part in no case."""

    async def ping(self, agency: Agency) -> str:
        """Show the certificate and the key, without looking at anybody."""
        await self._register(agency).check_access()
        return "the register accepts our certificate and our key"

    def _register(self, agency: Agency) -> HmppsRegister:
        """Connect when first needed: files that cannot be used do not stop other channels. Raises Unreachable."""
        try:
            base = httpx.URL(agency.address)
        except httpx.InvalidURL:
            raise Unreachable("bad_address", permanent=True) from None
        if base.scheme != "https" or not base.host or base.userinfo:
            raise Unreachable("bad_address", permanent=True)
        if self._access is None:
            raise Unreachable("not_configured")
        if self._client is None:
            try:
                self._client = create_http_client(self._access, self._allowed)
            except OSError as error:
                log.exception("hmpps.unusable_certificate", error=type(error).__name__)
                raise Unreachable("unusable_certificate") from None
        return HmppsRegister(RegisterClient(self._client, base, self._requests))
