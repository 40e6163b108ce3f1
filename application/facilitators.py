"""What an event says of a facilitator comes from the staff register, never from the person who records it."""

from dataclasses import fields, replace
from datetime import date

from domain.event_fields import FROM_STAFF_REGISTER
from domain.events import Event, FacilitatorAssigned, RiskAssessed
from domain.people import Person
from domain.refusals import RecordRefused, refuse_if
from domain.vocabulary import Refusal
from ports.staff import MemberFilters
from queries.staff import StaffQueries


async def fill_from_register(staff: StaffQueries, person: Person, event: Event, today: date) -> Event:
    """`event` with what the register says of the facilitator who is named in it; any other event is left as it is.

    A risk assessment that names nobody was made by the person who records it. Raises RecordRefused where a sender
    states what the register says, or assigns somebody who has no accreditation on `today`.
    """
    if not isinstance(event, FacilitatorAssigned | RiskAssessed):
        return event
    for field in fields(event):
        stated = field.name in FROM_STAFF_REGISTER and getattr(event, field.name) != field.default
        refuse_if(stated, Refusal.FROM_STAFF_REGISTER, field.name)
    account = event.facilitator or person.id
    members = await staff.list_members(MemberFilters(id=account))
    member = members[0] if members else None
    until = member.accredited_until if member else None
    specialist_in = member.specialist_in if member and until is not None and until >= today else frozenset()
    if isinstance(event, RiskAssessed):
        return replace(event, facilitator=account, specialist_in=specialist_in)
    if until is None or until < today:
        raise RecordRefused(Refusal.NOT_ACCREDITED, account)
    return replace(event, specialist_in=specialist_in, accredited_until=until)
