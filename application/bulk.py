"""Record the same in many cases. Each has a result of its own, and none holds up another."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from application.context import CaseworkContext, UnknownCase, require_access, wait_until_written
from application.record_event import EventInput, record_event
from domain.events import Chased, Event, Reassigned, WaitExtended
from domain.people import Person
from domain.reasons import Reason
from domain.references import is_ref
from domain.refusals import CaseworkError, RecordRefused
from domain.vocabulary import CaseRef, Refusal, WaitKey

ResultT = TypeVar("ResultT")

MAX_CASES = 500
CONCURRENCY = 10
MAX_ID_LENGTH = 200
"""The longest id of a record."""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """The outcome of one case: its version now, or why nothing was recorded.

    Of several events in a case the version after the last one counts, and the first that fails ends them; but an event
    about a wait that is over by now is skipped where there are others.
    """

    ref: str
    version: int | None = None
    failed: CaseworkError | None = None


EventsForCase = Callable[[str, CaseRef], Awaitable[Sequence[Event]]]
"""The events to record in a case under an id: always the same under the same id. Raises CaseworkError."""

SelectWaits = Callable[[str, CaseRef, bool], Awaitable[Sequence[WaitKey]]]
"""Select the overdue waits of a case under an id; where none is overdue, all. Those on agencies only, if asked for.

The same id gives the same waits again, whatever has become of them.
"""


def reassign(to: str) -> EventsForCase:
    """Assign each case to `to`."""

    async def events(_id: str, _ref: CaseRef) -> Sequence[Event]:
        return [Reassigned(to)]

    return events


def extend(select_waits: SelectWaits, until: date, reason: Reason | None) -> EventsForCase:
    """Extend the overdue waits of each case; where none is overdue, every wait."""

    async def events(id: str, ref: CaseRef) -> Sequence[Event]:
        return [WaitExtended(until, reason, key) for key in await select_waits(id, ref, False)]

    return events


def chase(select_waits: SelectWaits) -> EventsForCase:
    """Remind the overdue agencies of each case; where none is overdue, every agency that it waits for."""

    async def events(id: str, ref: CaseRef) -> Sequence[Event]:
        return [Chased(key) for key in await select_waits(id, ref, True)]

    return events


async def apply_to_cases(
    context: CaseworkContext, person: Person, refs: Sequence[str], events: EventsForCase, id: str
) -> tuple[BulkResult, ...]:
    """Record `events` in each of `refs`; the results in their order. The same `id` again records nothing twice."""
    return await run_for_each(refs, lambda ref: _apply_to_case(context, person, ref, events, id))


async def run_for_each(refs: Sequence[str], act: Callable[[str], Awaitable[ResultT]]) -> tuple[ResultT, ...]:
    """Run `act` for each of `refs` once, for some at a time; the results in their order."""
    limit = asyncio.Semaphore(CONCURRENCY)

    async def run(ref: str) -> ResultT:
        async with limit:
            return await act(ref)

    return tuple(await asyncio.gather(*(run(ref) for ref in dict.fromkeys(refs))))


async def _apply_to_case(
    context: CaseworkContext, person: Person, ref: str, events: EventsForCase, id: str
) -> BulkResult:
    version: int | None = None
    try:
        if not is_ref(ref):
            raise UnknownCase
        case = CaseRef(ref)
        await require_access(context, person, case)
        for event in await events(id, case):
            wait: WaitKey | None = getattr(event, "wait", None)
            try:
                result = await record_event(context, person, case, EventInput(_record_id(id, ref, wait or ""), event))
            except RecordRefused as refused:
                if wait is None or refused.code is not Refusal.UNKNOWN_WAIT:
                    raise
            else:
                version = result.version
        if version is None:
            raise RecordRefused(Refusal.UNKNOWN_WAIT)
    except CaseworkError as failed:
        return BulkResult(ref, version, failed)
    # A list that is read next shows it.
    await wait_until_written(context, case, version)
    return BulkResult(ref, version)


def _record_id(id: str, ref: str, about: str) -> str:
    """The id of what is recorded about one wait of a case; where it is too long, its end is a digest of the whole."""
    whole = f"{id}:{ref}:{about}"
    digest = hashlib.sha256(whole.encode()).hexdigest()
    return whole if len(whole) <= MAX_ID_LENGTH else f"{whole[: MAX_ID_LENGTH - len(digest) - 1]}:{digest}"
