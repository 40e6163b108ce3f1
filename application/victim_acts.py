"""What a victim sees of their case and does in it, by a link and a code of their own."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from application.context import CaseworkContext, UnknownCase, read_state
from application.people import get_details, read_changes
from application.record_event import send_record
from domain.case import Case
from domain.due_events import aftercare_ends_on
from domain.events import (
    Actor,
    ConcernRaised,
    ContactPreferenceChanged,
    Event,
    PutOnHold,
    Record,
    Resumed,
    ReviewRequested,
    VictimReplied,
    Withdrawn,
)
from domain.process import advance
from domain.reasons import Reason
from domain.refusals import RecordRefused, refuse_if
from domain.translations import ENGLISH
from domain.victim_explanation import VictimExplanation, explain_on_page
from domain.victim_facts import told_day
from domain.vocabulary import CaseRef, Contact, Refusal, Role, Side, Stage
from domain.wording.tasks import describe_act, describe_contact_change
from ports.requests import ReadDetails
from ports.token_key import TokenKey

VICTIM = Actor(Role.VICTIM, "victim")
SERVICE = Actor(Role.SERVICE, "service")
BY = "victim:link"
"""The account of a victim in the vault's log."""
OWN_DETAILS = ("email", "phone", "address")
_NOTES = uuid.UUID("0d4f1f0a-6f0b-4f5e-8a3c-5b1de8a0c2f4")


class VictimAct(StrEnum):
    """What a victim can do themselves."""

    TAKE_A_BREAK = "take_a_break"
    GO_ON = "go_on"
    STOP = "stop"
    ASK_FOR_REVIEW = "ask_for_review"
    NOT_SAFE = "not_safe"


WHILE_UNTOLD = (VictimAct.STOP, VictimAct.NOT_SAFE)
"""What they can do while a person has bad news to tell them, whatever it is."""


@dataclass(frozen=True, slots=True)
class VictimCase:
    """What a victim sees: the words about their case, how they are reached, and what they can do now.

    `day` is the meeting day that is set, which an act may cancel; `met` whether there has been a contact, unless a
    person has bad news to tell them. `area` and `assigned_to` are those of the case.
    """

    explanation: VictimExplanation
    contact: Contact
    acts: tuple[VictimAct, ...]
    details: Mapping[str, Any] = field(repr=False)
    language: str
    day: date | None
    met: bool
    area: str
    assigned_to: str


def event_of(act: VictimAct, until: date | None = None) -> Event:
    """The event that records `act`; a break is until a day, or for four weeks."""
    match act:
        case VictimAct.TAKE_A_BREAK:
            return PutOnHold(Reason.VICTIM_WISHES, until)
        case VictimAct.GO_ON:
            return Resumed()
        case VictimAct.STOP:
            return Withdrawn(Side.VICTIM)
        case VictimAct.ASK_FOR_REVIEW:
            return ReviewRequested()
        case VictimAct.NOT_SAFE:
            return ConcernRaised(Reason.SAFEGUARDING)


def make_record_id(key: TokenKey, idempotency_key: str) -> str:
    """The id of what a victim records under a key of their program or form; without one it is new each time."""
    return f"victim-{key.make_record_token(BY, idempotency_key or uuid.uuid4().hex)}"


async def show_case(context: CaseworkContext, ref: CaseRef, now: datetime) -> VictimCase:
    """The case as its victim sees it. Raises UnknownCase and NoVictimDetails.

    While a person has bad news to tell them, what they can do does not say what it is.
    """
    snapshot = await context.queries.get_case(ref)
    if snapshot is None:
        raise UnknownCase
    case = read_state(snapshot)
    details = await get_details(context, Side.VICTIM, ref, BY)
    today = case.calendar.day_of(now)
    return VictimCase(
        explain_on_page(case, today),
        case.contact,
        list_acts(case, now),
        {name: details.get(name, "") for name in OWN_DETAILS},
        details.get("language", ENGLISH),
        told_day(case, today) if case.news is None else None,
        case.stage is Stage.MEETING_HELD and case.news is None,
        case.area,
        case.assigned_to,
    )


async def take_victim_act(
    context: CaseworkContext, ref: CaseRef, act: VictimAct, until: date | None, words: str, id: str
) -> None:
    """Record what the victim does, with their own words as a note. Raises what `send_record` raises.

    While a person has bad news to tell them, no answer says what it is: what they can then do is always taken, if need
    be for a caseworker to read, and anything else is refused unless it was taken before.
    """
    if act not in WHILE_UNTOLD and await _has_untold_news(context, ref):
        refuse_if(not await context.queries.has_entry(ref, id), Refusal.NOT_ALLOWED_NOW)
        return
    try:
        await _record(context, ref, event_of(act, until), words, id, VICTIM)
    except RecordRefused:
        if act not in WHILE_UNTOLD or not await _has_untold_news(context, ref):
            raise
        await take_reply(context, ref, describe_act(act, words), f"{id}-reply")


async def _has_untold_news(context: CaseworkContext, ref: CaseRef) -> bool:
    snapshot = await context.queries.get_case(ref)
    return snapshot is not None and read_state(snapshot).news is not None


async def change_contact(
    context: CaseworkContext,
    read: ReadDetails,
    ref: CaseRef,
    contact: Contact | None,
    changes: Mapping[str, str],
    id: str,
) -> None:
    """Change how the victim is reached, and how they want to hear: both or neither, and once under the same `id`.

    The details are applied when the case has recorded the preference. Where that is cut off in between, housekeeping
    applies them. A caseworker reads which details there were before, since somebody else may have the link. Raises
    InvalidInput, NoVictimDetails and what `send_record` raises; after RecordRefused nothing has
    changed, and after an error of an unavailable case the same has to be sent again.
    """
    before = await get_details(context, Side.VICTIM, ref, BY) if changes else {}
    written = read_changes(before, changes, read) if changes else {}
    if written:
        await context.vault.store_change(ref, id, written, by=BY)
    if contact is not None:
        try:
            await _record(context, ref, ContactPreferenceChanged(contact), "", id, VICTIM)
        except RecordRefused:
            await context.vault.drop_change(ref, id)
            raise
    if written:
        await take_reply(context, ref, describe_contact_change(before), f"{id}-details")
    await context.vault.apply_change(ref, id)


async def take_reply(context: CaseworkContext, ref: CaseRef, text: str, id: str) -> None:
    """Record what a caseworker is to read of the victim. Raises what `send_record` raises."""
    await _record(context, ref, VictimReplied(), text, id, SERVICE)


async def _record(context: CaseworkContext, ref: CaseRef, event: Event, words: str, id: str, actor: Actor) -> None:
    note = ""
    if words:
        note = await context.vault.save_note(ref, words, by=BY, id=uuid.uuid5(_NOTES, f"{ref} {id}"))
    await send_record(context, ref, Record(id, event, actor, None, note))


def list_acts(case: Case, now: datetime) -> tuple[VictimAct, ...]:
    """What the victim is offered: what the case takes of them now; while bad news is untold, the same in any case.

    After the aftercare of an ended case nothing takes anything any more.
    """
    if case.news is not None:
        return WHILE_UNTOLD
    ends_on = aftercare_ends_on(case)
    if ends_on is not None and case.calendar.has_passed(ends_on, now):
        return ()
    return tuple(act for act in VictimAct if _is_allowed(case, event_of(act), now))


def _is_allowed(case: Case, event: Event, now: datetime) -> bool:
    try:
        advance(case, Record("trial", event, VICTIM), now)
    except RecordRefused:
        return False
    return True
