"""Who may speak for an agency: the agency itself, once it was asked, and staff on its behalf."""

from domain.case import Case
from domain.events import EVENTS, Actor, Event, FactsCorrected, Record, RequestReceived, field_names
from domain.refusals import RecordRefused, refuse_if
from domain.vocabulary import PERSON, AgencyRef, Refusal, Role, WaitKey, WaitKind, agency_kind, is_agency
from domain.waits import Wait

STAFF = frozenset({Role.CASEWORKER, Role.SUPERVISOR})


def may_speak_for(case: Case, actor: Actor, agency: AgencyRef) -> bool:
    """Whether `actor` may answer for `agency`; staff who name none speak for the agency that is waited on."""
    return _is_spoken_for(actor, agency, case.area)


def _is_spoken_for(actor: Actor, agency: AgencyRef, area: str) -> bool:
    if actor.role is Role.AGENCY:
        serves = actor.area in ("", area)
        return agency == f"{actor.kind}:{actor.id}" or (agency == f"{actor.kind}" and serves)
    return actor.on_behalf_of in (None, agency, agency_kind(agency).value)


def require_known_agencies(record: Record) -> None:
    """Refuse a record that names an agency of no known kind."""
    named = [getattr(record.event, field) for field in _AGENCY_FIELDS[type(record.event)]]
    if isinstance(record.event, RequestReceived):
        ended = record.event.continues
        named += [ended.responsible_agency, ended.may_also_answer] if ended else []
    if isinstance(record.event, RequestReceived | FactsCorrected):
        named.append(record.event.referred_by if record.event.referred_by not in ("", PERSON) else None)
    for agency in (*named, record.by.on_behalf_of):
        if agency is not None and not is_agency(agency):
            raise RecordRefused(Refusal.UNKNOWN_AGENCY, agency)


_NAMING_AGENCIES = ("agency", "responsible_agency", "may_also_answer", "instead_of")
_AGENCY_FIELDS: dict[type[Event], tuple[str, ...]] = {
    event: tuple(name for name in field_names(event) if name in _NAMING_AGENCIES) for event in EVENTS.values()
}
"""The fields of each event that name an agency."""


def require_asked(case: Case, actor: Actor) -> None:
    """Refuse an agency that was never asked in this case, and staff on behalf of one."""
    if actor.is_for_agency:
        asked = any(_is_spoken_for(actor, asked.agency, asked.area) for asked in case.asked)
        refuse_if(not asked, Refusal.NOT_ASKED, actor.on_behalf_of or actor.id)


def agency_waited_on(wait: Wait) -> str:
    """The agency or staff role that `wait` is on, or was on before a supervisor took it over."""
    if wait.kind is WaitKind.SUBSTITUTE:
        return wait.key.removeprefix(f"{WaitKind.SUBSTITUTE}:").partition(":")[2]
    if wait.kind in (WaitKind.CANDIDATE, WaitKind.OBJECTION):
        return wait.key.partition(":")[2]
    return wait.waiting_on


def find_answered_wait(case: Case, actor: Actor, *kinds: WaitKind) -> Wait:
    """The wait of one of `kinds` that `actor` answers, also while a supervisor is to name another agency for it.

    Raises RecordRefused: `not_asked` where there is none, `which_agency` where staff could mean several.
    """
    answered = answerable_waits(case, actor, *kinds)
    refuse_if(not answered, Refusal.NOT_ASKED, actor.on_behalf_of or actor.id)
    refuse_if(len(answered) > 1, Refusal.WHICH_AGENCY, ", ".join(agency_waited_on(wait) for wait in answered))
    return answered[0]


def answerable_waits(case: Case, actor: Actor, *kinds: WaitKind) -> tuple[Wait, ...]:
    """The waits of `kinds` that `actor` may answer, also where a supervisor is to name another agency."""
    substitutes = tuple(f"{WaitKind.SUBSTITUTE}:{kind}" for kind in kinds)
    waits = (wait for wait in case.progress.waits if wait.kind in kinds or wait.key.startswith(substitutes))
    return tuple(
        wait
        for wait in waits
        if is_agency(agency_waited_on(wait)) and may_speak_for(case, actor, AgencyRef(agency_waited_on(wait)))
    )


def choose_wait(waits: tuple[Wait, ...], key: WaitKey | None) -> Wait:
    """The wait among `waits` that `key` names; without a key, the only one.

    Raises RecordRefused: `unknown_wait` where there is none, `which_wait` where there are several.
    """
    named = [wait for wait in waits if key is None or wait.key == key]
    refuse_if(not named, Refusal.UNKNOWN_WAIT, key or "")
    refuse_if(len(named) > 1, Refusal.WHICH_WAIT, ", ".join(wait.key for wait in named))
    return named[0]


def require_supervisor(actor: Actor, detail: str) -> None:
    """Refuse anybody but a supervisor."""
    if actor.role is not Role.SUPERVISOR:
        raise RecordRefused(Refusal.SUPERVISOR_DECIDES, detail)
