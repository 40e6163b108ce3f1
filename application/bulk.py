"""The same thing for many cases at once: each case answers for itself, and none holds up another."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date

from application.record_event import CaseworkContext, EventInput, record_event, require_access, wait_until_written
from domain.events import Chased, Event, Reassigned, WaitExtended
from domain.people import Person
from domain.reasons import Reason
from domain.references import is_ref
from domain.refusals import CaseworkError, RecordRefused, Refusal
from domain.vocabulary import AGENCY_KINDS, CaseRef, WaitKey
from ports.cases import UnknownCase

MAX_CASES = 500
CONCURRENCY = 10
MAX_ID_LENGTH = 200
"""As long as the id of a record may be."""

# Those that have run out; where none has, all. A wait on an agency begins with its kind. Of two who choose at once the
# second is given what the first has chosen: the update changes nothing.
_CHOOSE = """
with meant as (
    select array_agg(key order by due_on, key) as keys from waits
    where ref = $2 and ($4 or split_part(waiting_on, ':', 1) = any($3))
        and (overdue_since is not null or not exists (
            select from waits as late
            where late.ref = $2 and late.overdue_since is not null
                and ($4 or split_part(late.waiting_on, ':', 1) = any($3))
        ))
)
insert into bulk_selections (id, ref, waits)
select $1, $2, keys from meant where keys is not null
on conflict (id, ref) do update set ref = excluded.ref
returning waits
"""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What came of one case: the version it is at now, or why nothing was recorded; `failed` says of what kind.

    Of several events in one case the last one's answer counts, and the first that fails ends them; but one about a
    wait that is over by now is passed by where there are others.
    """

    ref: str
    version: int | None = None
    failed: CaseworkError | None = None


EventsForCase = Callable[[str, CaseRef], Awaitable[Sequence[Event]]]
"""The events that are to be recorded in a case under an id: the same ones under the same. Raises CaseworkError."""


def reassign(to: str) -> EventsForCase:
    """Give each case to `to`."""

    async def events(_id: str, _ref: CaseRef) -> Sequence[Event]:
        return [Reassigned(to)]

    return events


def extend(desk: CaseworkContext, until: date, reason: Reason | None) -> EventsForCase:
    """Give the waits that have run out until another day; where none has, every wait."""

    async def events(id: str, ref: CaseRef) -> Sequence[Event]:
        return [WaitExtended(until, reason, key) for key in await _waits(desk, id, ref, whoever=True)]

    return events


def chase(desk: CaseworkContext) -> EventsForCase:
    """Remind the agencies that have run out of time; where none has, every agency that is waited for."""

    async def events(id: str, ref: CaseRef) -> Sequence[Event]:
        return [Chased(key) for key in await _waits(desk, id, ref, whoever=False)]

    return events


async def apply_to_cases(
    desk: CaseworkContext, person: Person, refs: Sequence[str], each: EventsForCase, id: str
) -> tuple[BulkResult, ...]:
    """What came of each of `refs`, in their order. The same `id` again records nothing twice."""
    turn = asyncio.Semaphore(CONCURRENCY)

    async def one(ref: str) -> BulkResult:
        async with turn:
            return await _done(desk, person, ref, each, id)

    return tuple(await asyncio.gather(*(one(ref) for ref in dict.fromkeys(refs))))


async def _done(desk: CaseworkContext, person: Person, ref: str, each: EventsForCase, id: str) -> BulkResult:
    version: int | None = None
    try:
        if not is_ref(ref):
            raise UnknownCase
        await require_access(desk.pool, person, CaseRef(ref))
        for event in await each(id, CaseRef(ref)):
            version = await _recorded(desk, person, CaseRef(ref), event, id) or version
        if version is None:
            raise RecordRefused(Refusal.UNKNOWN_WAIT)
    except CaseworkError as failed:
        return BulkResult(ref, version, failed)
    # Whoever looks at a list next finds it done.
    await wait_until_written(desk.pool, CaseRef(ref), version)
    return BulkResult(ref, version)


async def _recorded(desk: CaseworkContext, person: Person, ref: CaseRef, event: Event, id: str) -> int | None:
    """The version of the case with `event`; None: it is about a wait that is over by now. Raises CaseworkError."""
    wait: WaitKey | None = getattr(event, "wait", None)
    try:
        return (await record_event(desk, person, ref, EventInput(_record_id(id, ref, wait or ""), event))).version
    except RecordRefused as refused:
        if wait is None or refused.code is not Refusal.UNKNOWN_WAIT:
            raise
        return None


def _record_id(id: str, ref: str, about: str) -> str:
    """The id of what is recorded about one wait of a case; what does not fit into it goes in as its digest."""
    whole = f"{id}:{ref}:{about}"
    digest = hashlib.sha256(whole.encode()).hexdigest()
    return whole if len(whole) <= MAX_ID_LENGTH else f"{whole[: MAX_ID_LENGTH - len(digest) - 1]}:{digest}"


async def _waits(desk: CaseworkContext, id: str, ref: CaseRef, *, whoever: bool) -> list[WaitKey]:
    """The waits that are meant under `id`; none: there is nothing to do, which is a refusal.

    They are kept before anything is recorded: what is done to a wait changes which have run out.
    """
    kept = await desk.pool.fetchval("select waits from bulk_selections where id = $1 and ref = $2", id, ref)
    waits = kept or await desk.pool.fetchval(_CHOOSE, id, ref, sorted(AGENCY_KINDS), whoever)
    if waits is None:
        raise RecordRefused(Refusal.UNKNOWN_WAIT)
    return [WaitKey(key) for key in waits]
