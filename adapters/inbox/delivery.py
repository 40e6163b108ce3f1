"""Brings what the inbox holds to its cases: a request starts one, an event is signalled to it.

Runs in every server process; a lease keeps two of them from the same message, and where a lease runs out the second
delivery of a record changes nothing. A signal that is answered is durable; what the case makes of the record is
written by the case.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

import asyncpg
import structlog
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adapters.polling import PollingLoop
from adapters.postgres.inbox import UNEXPECTED_ERROR, InboxMessage
from adapters.postgres.pool import AWAY
from domain.intake import open_case
from domain.refusals import RecordRefused
from domain.vocabulary import CaseRef, Refusal
from ports.backoff import Backoff
from workflows.clock import CaseClock
from workflows.names import CASE_WORKFLOW, RECORD
from workflows.record_codec import InvalidRecord, read_record
from workflows.starting import CaseStart

log = structlog.get_logger("adapters.inbox.delivery")

HEADS_AT_ONCE = 20
LEASE_SECONDS = 15.0
SECONDS_TO_CALL = 10.0
"""Well within the lease, so that a message is not delivered by two because one of them waits."""
SECONDS_TO_WAIT = 0.5
"""What takes longer goes on beside: one case that Temporal is slow with holds up no other."""
IDLE_SECONDS = 0.1
"""How often the inbox is looked at where nothing wakes the loop.

Measured on 2 busy cores, from stored to delivered: 28 ms (median) where this process stored it, 88 ms where another
one did; an idle loop takes 0.7 % of a core. That leaves little for LISTEN and NOTIFY to win, which would hold a
connection for it and not work through a pooler.
"""
BACKOFF = Backoff(first=0.5, longest=30.0)
MAX_UNEXPECTED_ERRORS = 20
"""Tries in a row that break off in a way which nobody has thought of: some seven minutes."""

_HOPELESS = frozenset({RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.OUT_OF_RANGE})
"""What Temporal will answer again however often it is asked. A missing right or namespace is an operator's to mend."""


class Inbox(Protocol):
    """The half of the inbox that delivery needs: see `adapters.postgres.inbox`."""

    async def lease_next(self, limit: int, seconds: float) -> tuple[InboxMessage, ...]:
        """The next message of up to `limit` cases, nobody else's for `seconds`."""

    async def delivered(self, inbox_id: int) -> None:
        """The case has it."""

    async def failed(self, inbox_id: int, error: str, next_try_at: datetime) -> None:
        """It will be tried again."""

    async def dead_letter(self, inbox_id: int, reason: str) -> None:
        """Only a person can help it on."""

    async def resolve(self, inbox_id: int, outcome: str, reason: str | None = None, detail: str = "") -> bool:
        """No case will answer it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The message ends as refused, without or instead of a case's own answer."""

    reason: Refusal
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """The message can never be delivered as it is; `reason` is a code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Temporal did not take the message now; `error` is a code."""

    error: str


Outcome = Literal["delivered"] | Rejected | DeadLetter | Failed


Known = Literal["open", "closed", "unknown"]

_KNOWN_AS = """
select case
    when exists (select from cases where ref = $1 and ended_on is null) then 'open'
    when exists (select from cases where ref = $1) then 'closed'
    when exists (
        select from requests join inbox
            on inbox.source = requests.source and inbox.message_id = requests.source_id
        where requests.ref = $1 and outcome is distinct from 'refused'
    ) then 'open'
    else 'unknown'
end
"""


async def known_as(pool: asyncpg.Pool, ref: CaseRef) -> Known:
    """What PostgreSQL knows of a case that Temporal does not know; a request that was taken counts as open."""
    known: Known = await pool.fetchval(_KNOWN_AS, ref)
    return known


class Delivery(PollingLoop):
    """Delivers what the inbox holds.

    `known_as` says what is known of a case beside Temporal; `clock_now` gives the clock that a case begun now runs
    on.
    """

    def __init__(
        self,
        inbox: Inbox,
        client: Client,
        task_queue: str,
        known_as: Callable[[CaseRef], Awaitable[Known]],
        clock_now: Callable[[], CaseClock],
    ) -> None:
        super().__init__("delivery")
        self._inbox = inbox
        self._client = client
        self._task_queue = task_queue
        self._known_as = known_as
        self._clock_now = clock_now
        self._late: set[asyncio.Task[Outcome]] = set()

    async def poll(self) -> float | None:
        """Deliver the next message of each of some cases."""
        found, failed = await self.deliver_next()
        if found and found == failed:
            return None
        return 0.0 if found else IDLE_SECONDS

    async def finish(self) -> None:
        """Wait for deliveries that take longer."""
        if self._late:
            await asyncio.wait(self._late)

    async def deliver_next(self) -> tuple[int, int]:
        """Deliver one message of each of some cases, side by side: how many there were, and how many failed so far."""
        heads = await self._inbox.lease_next(HEADS_AT_ONCE - len(self._late), LEASE_SECONDS)
        if not heads:
            return 0, 0
        under_way = [asyncio.create_task(self._try(head)) for head in heads]
        ended, late = await asyncio.wait(under_way, timeout=SECONDS_TO_WAIT)
        for each in late:
            self._late.add(each)
            each.add_done_callback(self._late.discard)
        return len(heads), sum(isinstance(each.result(), Failed) for each in ended)

    async def _try(self, head: InboxMessage) -> Outcome:
        """Deliver a message. Whatever it does, the others are still to be delivered: its lease runs out."""
        try:
            return await self._deliver(head)
        except AWAY as error:
            log.warning("delivery.database_unavailable", error=type(error).__name__)
            return Failed("database_unavailable")
        except Exception:
            log.exception("delivery.unexpected_error")
            return Failed(UNEXPECTED_ERROR)

    async def _deliver(self, head: InboxMessage) -> Outcome:
        outcome = await self._outcome(head)
        facts = {"inbox": head.id, "case": head.ref, "kind": head.kind, "attempts": head.attempts}
        match outcome:
            case "delivered":
                await self._inbox.delivered(head.id)
                log.debug("delivery.delivered", **facts)
            case Rejected(reason=reason, detail=detail):
                await self._inbox.resolve(head.id, "refused", reason, detail)
                log.info("delivery.refused", reason=reason, **facts)
            case DeadLetter(reason=reason):
                await self._inbox.dead_letter(head.id, reason)
                log.error("delivery.dead_lettered", reason=reason, **facts)
            case Failed(error=error):
                pause = BACKOFF.pause(head.attempts)
                await self._inbox.failed(head.id, error, datetime.now(UTC) + timedelta(seconds=pause))
                log.warning("delivery.failed", error=error, again_in=round(pause, 1), **facts)
        return outcome

    async def _outcome(self, head: InboxMessage) -> Outcome:
        try:
            async with asyncio.timeout(SECONDS_TO_CALL):
                return await (self._start(head) if head.kind == "request" else self._signal(head))
        except TimeoutError:
            return Failed("timeout")
        except RPCError as error:
            code = error.status.name.lower()
            return DeadLetter(code) if error.status in _HOPELESS else Failed(code)
        except (TypeError, ValueError) as error:
            # The record cannot be written as JSON for Temporal, today or tomorrow.
            return DeadLetter(f"unsendable: {type(error).__name__}")
        except AWAY:
            raise
        except Exception:
            # A fault of ours, which may pass. Where it does not, the case's later messages are not to wait for ever.
            log.exception("delivery.unexpected_error", inbox=head.id)
            return (
                Failed(UNEXPECTED_ERROR)
                if head.unexpected_errors + 1 < MAX_UNEXPECTED_ERRORS
                else DeadLetter(UNEXPECTED_ERROR)
            )

    async def _start(self, head: InboxMessage) -> Outcome:
        """Start the case of a request; one that is running or over already has it."""
        clock, record = self._clock_now(), record_in(head)
        try:
            open_case(head.ref, read_record(record), clock.case_time(datetime.now(UTC)))
        except RecordRefused as refusal:
            return Rejected(refusal.code, refusal.detail)
        except InvalidRecord as unreadable:
            return Rejected(unreadable.code, str(unreadable))
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                CASE_WORKFLOW,
                CaseStart(head.ref, record, clock),
                id=head.ref,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"Request {head.ref}",
            )
        return "delivered"

    async def _signal(self, head: InboxMessage) -> Outcome:
        case = self._client.get_workflow_handle(head.ref)
        try:
            await case.signal(RECORD, record_in(head))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return await self._without_case(head)
        return "delivered"

    async def _without_case(self, head: InboxMessage) -> Outcome:
        """Temporal answers alike for a case that is over, one that never was, and one that it has lost."""
        try:
            described = await self._client.get_workflow_handle(head.ref).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return await self._unknown_to_temporal(head)
        if described.status is WorkflowExecutionStatus.RUNNING:
            return Failed("running_after_all")
        return Rejected(Refusal.CASE_CLOSED)

    async def _unknown_to_temporal(self, head: InboxMessage) -> Outcome:
        match await self._known_as(head.ref):
            case "closed":
                return Rejected(Refusal.CASE_CLOSED)
            case "unknown":
                return Rejected(Refusal.UNKNOWN_CASE)
            case "open":
                # An open case whose workflow is gone, or never began: to be mended, and not the sender's fault.
                return DeadLetter("not_in_temporal")


def record_in(head: InboxMessage) -> dict[str, Any]:
    """The record that a message carries, as the workflow takes it."""
    return {**head.body, "id": f"{head.source}/{head.message_id}", "note": head.note, "inbox": head.id}
