"""Names that people enter: one that does not exist is an error, with the names that look like it."""

from collections.abc import Collection
from dataclasses import fields
from difflib import get_close_matches
from enum import StrEnum

from domain.event_fields import FIELD_SHAPES, FieldKind
from domain.events import Event
from domain.people import Person
from domain.refusals import CaseworkError, RecordRefused
from domain.vocabulary import AgencyKind, Refusal, Role
from ports.requests import NameCheck
from ports.staff import STAFF_ID
from queries.names import NameQueries


class NameKind(StrEnum):
    """What a name is of."""

    AREA = "area"
    AGENCY = "agency"
    COLLEAGUE = "colleague"


class UnknownName(CaseworkError):
    """There is no `kind` of the name in `field`; `near` are names like it. The name itself is not repeated."""

    def __init__(self, kind: NameKind, field: str, near: tuple[str, ...]) -> None:
        super().__init__(kind, field, near)
        self.kind = kind
        self.near = near
        self.field = field

    def __str__(self) -> str:
        """The field, and the names that may have been meant."""
        meant = f"; did you mean {' or '.join(self.near)}?" if self.near else ""
        return f"{self.field}: there is no such {self.kind}{meant}"


async def require_area(names: NameQueries, area: str, person: Person | None = None, field: str = "area") -> None:
    """Raise UnknownName unless `area` has an agency or a case, or is one of the areas of `person`."""
    own = (person.areas if person else None) or frozenset()
    if area not in own:
        _require(area, {*await names.list_areas(), *own}, NameKind.AREA, field)


async def make_name_check(names: NameQueries, person: Person) -> NameCheck:
    """Return a check of many requests: that each area is one of `person`'s, and each agency that refers is known."""
    areas = sorted({*await names.list_areas(), *(person.areas or ())})
    agencies = sorted(await names.list_agencies())

    def find_problem(area: str, referred_by: str) -> tuple[str, str] | None:
        if area not in areas:
            return "request.area", _not_known(area, areas)
        if not person.may_see(area):
            return "request.area", "is not one of your areas"
        kind, _, id = referred_by.partition(":")
        if id and id not in agencies:
            return "request.referred_by", _not_known(referred_by, [f"{kind}:{agency}" for agency in agencies])
        return None

    return find_problem


def _not_known(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=3)
    return "is not known" + (f"; did you mean {' or '.join(near)}?" if near else "")


async def require_agency(names: NameQueries, agency: str, field: str = "agency") -> None:
    """Raise UnknownName unless `agency` is a kind of agency, or a kind with the id of an agency."""
    kind, _, id = agency.partition(":")
    _require(kind, set(AgencyKind), NameKind.AGENCY, field)
    if id:
        known = {f"{kind}:{name}" for name in await names.list_agencies()}
        _require(agency, known, NameKind.AGENCY, field)


async def require_active_agency(names: NameQueries, agency: str, field: str) -> None:
    """Raise UnknownName unless `agency` is a kind of agency, or one of that kind that can be asked."""
    kind, _, id = agency.partition(":")
    _require(kind, set(AgencyKind), NameKind.AGENCY, field)
    if id:
        _require(agency, await names.list_active_agencies(), NameKind.AGENCY, field)


async def require_agency_id(names: NameQueries, id: str, field: str = "agency") -> None:
    """Raise UnknownName unless the directory has an agency of this id."""
    _require(id, await names.list_agencies(), NameKind.AGENCY, field)


async def require_colleague(names: NameQueries, account: str, field: str, *, active_only: bool = False) -> None:
    """Raise UnknownName unless the register of staff has the account, and RecordRefused for what cannot be one."""
    if not STAFF_ID.fullmatch(account):
        raise RecordRefused(Refusal.FREE_TEXT, field)
    _require(account, await names.list_accounts(active_only=active_only), NameKind.COLLEAGUE, field)


async def require_waiting_on(names: NameQueries, waiting_on: str, field: str) -> None:
    """Raise UnknownName unless cases can wait on `waiting_on`: caseworker, supervisor or an agency."""
    if waiting_on not in (Role.CASEWORKER, Role.SUPERVISOR):
        await require_agency(names, waiting_on, field)


async def require_names_in(names: NameQueries, event: Event) -> None:
    """Raise UnknownName for a colleague or an agency that `event` names."""
    shapes = FIELD_SHAPES[event.name]
    for field in fields(event):
        value = getattr(event, field.name)
        if not value or field.name not in shapes:
            continue
        match shapes[field.name].kind:
            case FieldKind.ACCOUNT:
                await require_colleague(names, value, field.name, active_only=True)
            case FieldKind.AREA:
                await require_area(names, value, field=field.name)
            case FieldKind.AGENCY:
                await require_agency(names, value, field.name)


def _require(name: str, known: Collection[str], kind: NameKind, field: str) -> None:
    if name not in known:
        raise UnknownName(kind, field, tuple(get_close_matches(name, sorted(known), n=3)))
