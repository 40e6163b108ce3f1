"""A meeting of several cases of one incident: all of them are validated before it is recorded in any of them."""

from collections.abc import Mapping
from dataclasses import replace

from application.context import CaseworkContext, get_visible_case, read_state
from domain.case import Arrangement
from domain.events import Actor, MeetingArranged, Record
from domain.people import Person
from domain.process import advance
from domain.refusals import RecordRefused, refuse_if
from domain.vocabulary import CaseRef, Refusal


async def plan_joint_meeting(
    context: CaseworkContext, person: Person, ref: CaseRef, record: Record
) -> Mapping[CaseRef, Record]:
    """What to record in each of the other cases of the arrangement of `record`, once all of them would take it.

    Each names the others. The cases must exist, be visible to `person` and be of the same incident. Raises UnknownCase,
    AreaForbidden, and RecordRefused with the reference of the case that refuses it.
    """
    event = record.event
    if not isinstance(event, MeetingArranged) or not event.joint_with:
        return {}
    everyone = event.joint_with | {ref}
    refuse_if(ref in event.joint_with, Refusal.NOT_THE_SAME_INCIDENT, ref)
    incident = (await get_visible_case(context, person, ref)).incident
    planned: dict[CaseRef, Record] = {}
    for other in sorted(everyone):
        snapshot = await get_visible_case(context, person, other)
        refuse_if(not incident or snapshot.incident != incident, Refusal.NOT_THE_SAME_INCIDENT, other)
        theirs = replace(event, joint_with=everyone - {other})
        by = Actor(record.by.role, record.by.id)
        planned[other] = Record(f"{record.id}:{other}", theirs, by)
        case = read_state(snapshot)
        if case.progress.arrangement == Arrangement(theirs.form, theirs.day, theirs.joint_with, theirs.conditions):
            # It was recorded before.
            continue
        try:
            advance(case, planned[other], context.now())
        except RecordRefused as refused:
            raise RecordRefused(refused.code, " ".join(filter(None, (other, refused.detail)))) from None
    del planned[ref]
    return planned
