"""Delivers the inbox to the cases: a request starts a case, an event is signalled to it.

Every server process runs it. A lease keeps two of them from the same message; after a lease has expired, a second
delivery of a record changes nothing. A signal that Temporal acknowledged is durable; the case writes the outcome.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import structlog
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adapters.polling import PollingLoop
from adapters.postgres.inbox import UNEXPECTED_ERROR, LeasedMessage, PostgresInbox
from adapters.postgres.policies import PostgresPolicies
from adapters.postgres.pool import UNAVAILABLE_ERRORS
from domain.events import RequestReceived
from domain.intake import choose_rules, open_case
from domain.refusals import RecordRefused
from domain.vocabulary import Refusal
from ports.backoff import Backoff
from ports.token_key import TokenKey
from workflows.clock import CaseClock
from workflows.names import CASE_WORKFLOW, RECORD
from workflows.record_codec import InvalidRecord, read_record
from workflows.starting import CaseStart

log = structlog.get_logger("adapters.temporal.delivery")

MAX_BATCH = 20
LEASE_SECONDS = 15.0
CALL_TIMEOUT = 10.0
"""Well within the lease, so that a slow call never leads to a second delivery by another process."""
BATCH_TIMEOUT = 0.5
"""Deliveries that take longer continue in the background: a slow case delays no other."""
IDLE_SECONDS = 0.1
"""The polling interval while nothing wakes the loop.

Measured on 2 busy cores, from stored to delivered: 28 ms (median) where this process stored it, 88 ms where another
one did; an idle loop takes 0.7 % of a core. That leaves little for LISTEN and NOTIFY to win, which would hold a
connection for it and not work through a pooler.
"""
BACKOFF = Backoff(first=0.5, longest=30.0)
MAX_UNEXPECTED_ERRORS = 20
"""Consecutive attempts with an unexpected error before a message is dead-lettered: about seven minutes."""

_PERMANENT = frozenset({RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.OUT_OF_RANGE})
"""Errors that Temporal repeats at every attempt. A missing right or namespace is none of these: operators fix it."""


class DeliveryOutcome(StrEnum):
    """The outcome of one attempt to deliver a message."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """The message ends here, without an answer of a case."""
    DEAD_LETTERED = "dead_lettered"
    """It can never be delivered as it is: staff decide."""
    FAILED = "failed"
    """It is tried again."""


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The outcome of an attempt, with the code of its reason or error."""

    outcome: DeliveryOutcome
    code: str = ""
    detail: str = ""


_DELIVERED = DeliveryResult(DeliveryOutcome.DELIVERED)


class Delivery(PollingLoop):
    """Delivers what the inbox holds; `read_clock` gives the clock of cases that start now.

    `policies` are those under which they may begin. The sender chose the id of a message, so that it may be a name: its
    token of `key` replaces it.
    """

    def __init__(
        self,
        inbox: PostgresInbox,
        client: Client,
        task_queue: str,
        read_clock: Callable[[], CaseClock],
        policies: PostgresPolicies,
        key: TokenKey,
    ) -> None:
        super().__init__("delivery")
        self._inbox = inbox
        self._client = client
        self._task_queue = task_queue
        self._read_clock = read_clock
        self._policies = policies
        self._key = key
        self._late: set[asyncio.Task[DeliveryOutcome]] = set()

    async def poll(self) -> float | None:
        """Deliver the next message of each of some cases."""
        leased, failed = await self.deliver_next()
        if leased and leased == failed:
            return None
        return 0.0 if leased else IDLE_SECONDS

    async def finish(self) -> None:
        """Wait for deliveries that take longer."""
        if self._late:
            await asyncio.wait(self._late)

    async def deliver_next(self) -> tuple[int, int]:
        """Deliver one message of each of some cases in parallel; the number of messages and of failures so far."""
        messages = await self._inbox.lease_next(MAX_BATCH - len(self._late), LEASE_SECONDS)
        if not messages:
            return 0, 0
        tasks = [asyncio.create_task(self._deliver(message)) for message in messages]
        done, late = await asyncio.wait(tasks, timeout=BATCH_TIMEOUT)
        for task in late:
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        return len(messages), sum(task.result() is DeliveryOutcome.FAILED for task in done)

    async def _deliver(self, message: LeasedMessage) -> DeliveryOutcome:
        """Deliver a message and store the outcome; after an error here its lease expires, and it is tried again."""
        token = self._key.make_message_token(message.source, message.message_id)
        message = replace(message, record={**message.record, "id": f"{message.source}/{token}"})
        try:
            result = await self._send(message)
            await self._store_result(message, result)
        except UNAVAILABLE_ERRORS as error:
            log.warning("delivery.database_unavailable", error=type(error).__name__)
            return DeliveryOutcome.FAILED
        except Exception:
            log.exception("delivery.unexpected_error")
            return DeliveryOutcome.FAILED
        return result.outcome

    async def _store_result(self, message: LeasedMessage, result: DeliveryResult) -> None:
        facts = {"inbox": message.id, "case": message.ref, "kind": message.kind, "attempts": message.attempts}
        match result.outcome:
            case DeliveryOutcome.DELIVERED:
                await self._inbox.mark_delivered(message.id)
                log.debug("delivery.delivered", **facts)
            case DeliveryOutcome.REFUSED:
                await self._refuse(message, result)
                log.info("delivery.refused", reason=result.code, **facts)
            case DeliveryOutcome.DEAD_LETTERED:
                await self._inbox.dead_letter(message.id, result.code)
                log.error("delivery.dead_lettered", reason=result.code, **facts)
            case DeliveryOutcome.FAILED:
                pause = BACKOFF.pause(message.attempts)
                next_try_at = datetime.now(UTC) + timedelta(seconds=pause)
                await self._inbox.mark_failed(message.id, result.code, next_try_at)
                log.warning("delivery.failed", error=result.code, again_in=round(pause, 1), **facts)

    async def _refuse(self, message: LeasedMessage, result: DeliveryResult) -> None:
        """End the message as refused; one that an ended case would have refused has somebody look at it."""
        follow_up = None
        with suppress(InvalidRecord):
            if message.kind == "event" and (case := await self._inbox.get_case(message.ref)) is not None:
                now = self._read_clock().case_time(datetime.now(UTC))
                follow_up = case.rules.process.follow_up_of(case, read_record(message.record), now)
        if follow_up is None:
            await self._inbox.resolve(message.id, "refused", result.code, result.detail)
        else:
            await self._inbox.refuse_late(message.id, result.code, result.detail, follow_up)

    async def _send(self, message: LeasedMessage) -> DeliveryResult:
        try:
            async with asyncio.timeout(CALL_TIMEOUT):
                return await (self._start(message) if message.kind == "request" else self._signal(message))
        except TimeoutError:
            return DeliveryResult(DeliveryOutcome.FAILED, "timeout")
        except RPCError as error:
            is_permanent = error.status in _PERMANENT
            outcome = DeliveryOutcome.DEAD_LETTERED if is_permanent else DeliveryOutcome.FAILED
            return DeliveryResult(outcome, error.status.name.lower())
        except (TypeError, ValueError) as error:
            # The record cannot be written as JSON for Temporal, today or tomorrow.
            return DeliveryResult(DeliveryOutcome.DEAD_LETTERED, f"unsendable: {type(error).__name__}")
        except UNAVAILABLE_ERRORS:
            raise
        except Exception:
            # An internal error that may pass. If it does not, the case's later messages must not wait for ever.
            log.exception("delivery.unexpected_error", inbox=message.id)
            is_last = message.unexpected_errors + 1 >= MAX_UNEXPECTED_ERRORS
            outcome = DeliveryOutcome.DEAD_LETTERED if is_last else DeliveryOutcome.FAILED
            return DeliveryResult(outcome, UNEXPECTED_ERROR)

    async def _start(self, message: LeasedMessage) -> DeliveryResult:
        """Start the case of a request, unless it was started before."""
        clock = self._read_clock()
        try:
            record, now = read_record(message.record), clock.case_time(datetime.now(UTC))
            rules = None
            if isinstance(record.event, RequestReceived):
                rules = choose_rules(record.event, await self._policies.list_policies())
            open_case(message.ref, record, now, rules)
        except RecordRefused as refusal:
            return DeliveryResult(DeliveryOutcome.REFUSED, refusal.code, refusal.detail)
        except InvalidRecord as invalid:
            return DeliveryResult(DeliveryOutcome.REFUSED, invalid.code, str(invalid))
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                CASE_WORKFLOW,
                CaseStart(message.ref, message.record, clock, rules=rules),
                id=message.ref,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"Request {message.ref}",
            )
        return _DELIVERED

    async def _signal(self, message: LeasedMessage) -> DeliveryResult:
        """Signal an event. Temporal answers alike for a closed case, an unknown one, and one that it has lost."""
        case = self._client.get_workflow_handle(message.ref)
        try:
            await case.signal(RECORD, message.record)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        else:
            return _DELIVERED
        try:
            if (await case.describe()).status is WorkflowExecutionStatus.RUNNING:
                return DeliveryResult(DeliveryOutcome.FAILED, "running_after_all")
            return DeliveryResult(DeliveryOutcome.REFUSED, Refusal.CASE_CLOSED)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        match await self._inbox.get_case_status(message.ref):
            case "closed":
                return DeliveryResult(DeliveryOutcome.REFUSED, Refusal.CASE_CLOSED)
            case "unknown":
                return DeliveryResult(DeliveryOutcome.REFUSED, Refusal.UNKNOWN_CASE)
            case "open":
                # Its workflow is lost or never started: an operator restores it, and the sender is not at fault.
                return DeliveryResult(DeliveryOutcome.DEAD_LETTERED, "not_in_temporal")
