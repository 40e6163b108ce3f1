"""What the operations of staff work with, and which cases somebody may see."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import TypeAdapter

from domain.case import Case
from domain.days import to_london_day
from domain.events import ConcernDecided, Event, TransferAccepted, TransferDeclined
from domain.people import Person, StaffRole
from domain.refusals import CaseworkError, RecordRefused
from domain.vocabulary import CaseRef, Refusal
from ports.case_file import CaseSnapshot
from ports.cases import Cases
from ports.staff import MemberFilters
from ports.vault import Vault
from queries.case_history import CaseHistory
from queries.cases import CaseQueries
from queries.staff import StaffQueries

_CASE = TypeAdapter(Case)

READS_UNTIL_WRITTEN, SECONDS_BETWEEN_READS = 200, 0.02
"""The case file follows the case by some hundredths of a second, unless its database is slow or was unavailable."""


class UnknownCase(CaseworkError):
    """The case file has no such case."""


class AreaForbidden(CaseworkError):
    """The case belongs to an area whose cases this person does not see."""


@dataclass(frozen=True, slots=True)
class CaseworkContext:
    """The case file, the running cases, the vault and the staff register. `now` is the cases' time."""

    queries: CaseQueries
    history: CaseHistory
    cases: Cases
    vault: Vault
    staff: StaffQueries
    now: Callable[[], datetime]

    def today(self) -> date:
        """Return the cases' day, in London."""
        return to_london_day(self.now())


async def require_access(context: CaseworkContext, person: Person, ref: CaseRef) -> None:
    """Raise UnknownCase, or AreaForbidden where the case belongs to an area that `person` does not see."""
    area = await context.queries.get_area(ref)
    if area is None:
        raise UnknownCase
    if not person.may_see(area):
        raise AreaForbidden


async def require_access_to_read(context: CaseworkContext, person: Person, ref: CaseRef) -> None:
    """Raise as `require_access` does; a supervisor who may have to decide a concern reads cases of other areas."""
    area = await context.queries.get_area(ref)
    if area is None:
        raise UnknownCase
    if not person.may_see(area) and not await may_decide_concern(context, person, ref, area):
        raise AreaForbidden


async def may_decide_concern(context: CaseworkContext, person: Person, ref: CaseRef, area: str) -> bool:
    """Whether `person`, a supervisor of another area, may open the case `ref` of `area` to decide a concern.

    Somebody of that area raised one, and the area has no other supervisor.
    """
    if not person.has_role(StaffRole.SUPERVISOR):
        return False
    concerns = await context.queries.list_open_concerns(ref)
    return any([not await has_other_supervisor(context, area, raised_by) for _, raised_by in concerns])


async def has_other_supervisor(context: CaseworkContext, area: str, account: str) -> bool:
    """Whether somebody but `account` supervises `area`; those who supervise every area count, too."""
    supervisors = await context.staff.list_members(MemberFilters(role=StaffRole.SUPERVISOR, area=area))
    return any(member.id != account for member in supervisors)


async def require_access_to_record(context: CaseworkContext, person: Person, ref: CaseRef, event: Event) -> None:
    """Raise as `require_access` does; a proposed transfer is answered by somebody who sees the other area."""
    if isinstance(event, TransferAccepted | TransferDeclined):
        to_area = await context.queries.get_transfer_area(ref)
        if to_area is not None:
            if not person.may_see(to_area):
                raise AreaForbidden
            return
    if not isinstance(event, ConcernDecided):
        await require_access(context, person, ref)
        return
    # A supervisor of another area decides the concern, and records nothing else. The one who raised it decides it only
    # where the area has no other; when, and with a note, the case itself requires.
    await require_access_to_read(context, person, ref)
    area = await context.queries.get_area(ref) or ""
    concerns = await context.queries.list_open_concerns(ref)
    is_own = any(raised_by == person.id for wait, raised_by in concerns if event.wait in (None, wait))
    if is_own and await has_other_supervisor(context, area, person.id):
        raise RecordRefused(Refusal.SAME_SUPERVISOR)


async def get_visible_case(context: CaseworkContext, person: Person, ref: CaseRef) -> CaseSnapshot:
    """The case `ref`, which is not read for somebody who does not see its area. Raises as `require_access` does."""
    case = await context.queries.get_case(ref, areas=person.within)
    if case is None:
        await require_access_to_read(context, person, ref)
        case = await context.queries.get_case(ref)
    if case is None:
        raise UnknownCase
    return case


def read_state(snapshot: CaseSnapshot) -> Case:
    """The whole state of a case."""
    case: Case = _CASE.validate_python(snapshot.state)
    return case


async def wait_until_written(context: CaseworkContext, ref: CaseRef, version: int) -> CaseSnapshot | None:
    """The case as soon as the case file has its entry `version`; None where that does not come within seconds."""
    for _ in range(READS_UNTIL_WRITTEN):
        case = await context.queries.get_case(ref)
        if case is not None and case.version >= version:
            return case
        await asyncio.sleep(SECONDS_BETWEEN_READS)
    return None
