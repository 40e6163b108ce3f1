"""A case walked under a running clock: what everybody is sent, and what staff then have to do."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain import events as e
from domain.agency_updates import CaseUpdate
from domain.case import Case, active_waits
from domain.due_events import next_due
from domain.effects import Ask, CancelAsk, Effect, NotifySupervisor, NotifyVictim, asks, effects
from domain.events import Actor, Continuation, Event, Record
from domain.process import advance
from domain.refusals import RecordRefused
from domain.vocabulary import Form, Refusal, Stage, is_agency
from tests.domain.alphabet import CASEWORKER, TIMER
from tests.domain.slices import NOW, give_consents, open_request
from tests.domain.test_safety import EVE

TOLD = e.VictimTold("telephone")
AGENCIES = ("prison", "hmpps_rehub")
"""Those that hear of a case whose offender is in prison."""
DAY_CANCELLED = "supervisor: urgent day_cancelled"


@dataclass(frozen=True)
class Walk:
    """A case at a moment, and what everybody was sent since its first one, a line each."""

    case: Case
    now: datetime = NOW
    sent: tuple[str, ...] = ()

    def then(self, *entries: Event | tuple[Event, Actor], note: str = "", occurred_on: date | None = None) -> "Walk":
        """The walk after these entries, by a caseworker where nobody is named."""
        walk = self
        for entry in entries:
            event, actor = entry if isinstance(entry, tuple) else (entry, CASEWORKER)
            record = Record(f"entry-{walk.case.version + 1}", event, actor, note=note, occurred_on=occurred_on)
            after = advance(walk.case, record, walk.now)
            lines = (_describe(effect) for effect in effects(walk.case, after, record))
            walk = Walk(after, walk.now, (*walk.sent, *lines))
        return walk

    def until(self, day: date) -> "Walk":
        """The walk on the morning of `day`, after all that the clock did before."""
        walk, moment = self, datetime.combine(day, NOW.timetz())
        while (coming := next_due(walk.case)) is not None and coming[0] <= moment:
            walk = Walk(walk.case, max(walk.now, coming[0]), walk.sent).then((coming[1], TIMER))
        return Walk(walk.case, moment, walk.sent)

    def after(self, **days: int) -> "Walk":
        """The walk so many days or weeks later."""
        return self.until(self.now.date() + timedelta(**days))

    def quietly(self) -> "Walk":
        """The walk from here: what was sent before does not count."""
        return Walk(self.case, self.now)

    def refusal(self, event: Event, actor: Actor = CASEWORKER) -> Refusal | None:
        """Why this is not recorded now."""
        try:
            self.then((event, actor))
        except RecordRefused as why:
            return why.code
        return None

    def list_sent_to(self, *names: str) -> list[str]:
        """What these were sent, in order."""
        return [line for line in self.sent if line.partition(": ")[0] in names]

    @property
    def to_victim(self) -> list[str]:
        """The messages to the victim."""
        return [line.partition(": ")[2] for line in self.list_sent_to("victim")]

    @property
    def tasks(self) -> set[str]:
        """What staff have to do now."""
        return {wait.key for wait in active_waits(self.case) if not is_agency(wait.waiting_on)}

    @property
    def requests(self) -> set[str]:
        """Who is asked what now."""
        return {f"{ask.agency}: {ask.question}" for ask in asks(self.case)}


def _describe(effect: Effect) -> str:
    match effect:
        case Ask():
            return f"{effect.agency}: {'remind of ' if effect.reminder else ''}{effect.question}"
        case CancelAsk():
            return f"{effect.agency}: cancelled {effect.ask.split('.')[2].partition(':')[0]}"
        case NotifySupervisor():
            return f"{effect.account or 'supervisor'}: {'urgent ' if effect.urgent else ''}{effect.event}"
        case NotifyVictim():
            return ", ".join(filter(None, (f"victim: {effect.message}", effect.reason, effect.variant)))
        case CaseUpdate():
            outcome = f", {effect.outcome}" if effect.outcome else ""
            return f"{effect.agency}: update {', '.join(effect.changed)}{outcome}"


def address_agencies(update: str) -> list[str]:
    """The lines of an update that all of them receive."""
    return [f"{agency}: update {update}" for agency in AGENCIES]


def hold_contact(form: Form = Form.FACE_TO_FACE) -> e.MeetingHeld:
    """The contact took place today."""
    return e.MeetingHeld(form, "completed")


def on_the_eve(case: Case) -> Walk:
    """The case on the morning before its meeting."""
    return Walk(case).until(EVE.date()).quietly()


def continue_case(ended: Case, **stated: Any) -> Case:
    """The case that takes up the request of `ended`, as its case file describes it, with fresh consents."""
    progress = ended.progress
    assert progress.ended_on is not None
    continuation = Continuation(
        ended.ref,
        ended.stage,
        progress.ended_on,
        progress.reason,
        from_stage=Stage.READINESS_ASSESSED,
        whereabouts=progress.whereabouts,
        responsible_agency=progress.responsible_agency,
        flags=ended.flags,
        asked=ended.asked,
        is_blocked=any(concern.result in (None, "decline") for concern in ended.concerns),
    )
    return give_consents(open_request(continues=continuation, **stated))
