"""Sends notifications from the outbox to victims, in the form that each of them wants at that moment.

Runs in every server process; a lease keeps two of them from the same notification. Where one is killed between the
provider and the database, the lease expires and the same sending is repeated under the same reference: at least once,
and once as far as the provider can tell. The words are written when a message is sent. What cannot be sent becomes a
caseworker's task. No wording, name or address is logged, nor the text of an error, which may hold one.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from adapters.notifications.quiet_hours import add_waking_time, quiet_until
from adapters.notifications.safe_contact import find_reason_for_a_person, safe_from
from adapters.notifications.wording import fit_into_text_message, write_text
from adapters.polling import PollingLoop, run_together
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.outbox import ContactState, PostgresOutbox
from domain.days import to_london_day
from domain.reasons import Reason
from domain.translations import ENGLISH, WELSH, NotTranslated, translate
from domain.victim_explanation import compose
from domain.victim_notifications import MessageKind
from domain.vocabulary import Contact
from ports.backoff import Backoff
from ports.notifications import (
    ADDRESS_OF,
    MessageWords,
    NotificationChannel,
    NotificationRejected,
    NotificationText,
    OutgoingNotification,
    Recipient,
    ServiceContact,
)
from ports.vault import THE_SERVICE, Vault
from workflows.clock import CaseClock

log = structlog.get_logger("adapters.notifications.sender")

BATCH = 10
LEASE_SECONDS = 120.0
SEND_TIMEOUT = 100.0
"""Well within the lease. A channel bounds its own calls too: one that runs in a thread cannot be cancelled."""
IDLE_SECONDS = 0.5
NIGHT_SECONDS = 60.0
HELD_BACK_FOR = timedelta(minutes=5)
TIME_TO_RING = timedelta(hours=2)
"""How long a caseworker has to tell a victim of a cancelled meeting day, before they are sent a neutral message."""
BACKOFF = Backoff(first=5.0, longest=3600.0)


class NotificationSender(PollingLoop):
    """Sends notifications, but none at night by `read_clock`, the clock of the cases. `now` is the real time.

    `contact` is the telephone number of an area that has none of its own.
    What does not answer the victim waits for `delay` of the cases' time, so that a mistake can be corrected before
    anybody reads it.
    """

    def __init__(
        self,
        outbox: PostgresOutbox,
        vault: Vault,
        areas: PostgresAreaSettings,
        channel: NotificationChannel,
        read_clock: Callable[[], CaseClock],
        contact: str,
        delay: timedelta = timedelta(minutes=30),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__("notifications")
        self._outbox = outbox
        self._vault = vault
        self._areas = areas
        self._channel = channel
        self._read_clock = read_clock
        self._contact = contact
        self._delay = delay
        self._now = now

    async def poll(self) -> float:
        """Send what is due; at night, only what is urgent."""
        morning = self._next_morning()
        if await self.send_due(urgent_only=morning is not None):
            return 0.0
        if morning is None:
            return IDLE_SECONDS
        return min((morning - self._now()).total_seconds(), NIGHT_SECONDS)

    async def send_due(self, *, urgent_only: bool = False) -> int:
        """Send one notification of each of some cases, concurrently, and return how many there were."""
        due = await self._outbox.lease(BATCH, LEASE_SECONDS, self._case_time(), self._delay, urgent_only=urgent_only)
        await run_together(self._send(notification) for notification in due)
        return len(due)

    async def _send(self, notification: OutgoingNotification) -> None:
        """Send it, if the victim still wants it, and as they want it now."""
        effect = notification.effect
        later = self._not_before(notification)
        if later is not None:
            await self._outbox.postpone(notification, later)
            return
        contact = await self._outbox.get_contact_state(notification, to_london_day(self._case_time()))
        if contact.withheld:
            await self._outbox.withhold(notification, contact.withheld)
            log.info("notifications.withheld", **_facts(notification), why=contact.withheld)
            return
        if contact.held_back:
            await self._outbox.postpone(notification, self._now() + HELD_BACK_FOR)
            return
        details = await self._vault.get_victim(notification.ref, by=THE_SERVICE) or {}
        form = contact.form
        if effect.message is MessageKind.DAY_CANCELLED:
            form = self._fastest_form(form, details)
        if form not in ADDRESS_OF:
            await self._hand_over(notification, contact, Contact.PHONE, "by_telephone")
        elif form is Contact.TEXT and effect.reason is Reason.OFFENDER_DIED:
            await self._hand_over(notification, contact, form, "death_not_by_text")
        elif form not in self._channel.forms:
            await self._hand_over(notification, contact, form, "form_not_sent")
        else:
            await self._send_as_agreed(notification, contact, form, details)

    def _fastest_form(self, preferred: Contact, details: Mapping[str, Any]) -> Contact:
        """The form in which a victim hears of a cancelled meeting day in time; a letter would be too slow."""
        for form in (preferred, Contact.TEXT, Contact.EMAIL):
            fast = form in (Contact.TEXT, Contact.EMAIL)
            is_safe = ADDRESS_OF.get(form) not in details.get("shared", ())
            if fast and is_safe and form in self._channel.forms and details.get(ADDRESS_OF[form]):
                return form
        return Contact.PHONE

    def _not_before(self, notification: OutgoingNotification) -> datetime | None:
        """When it may be sent, in real time; None: now. Quiet hours count for what is urgent only."""
        effect, case_time = notification.effect, self._case_time()
        if effect.urgent:
            return None
        if effect.message is MessageKind.DAY_CANCELLED:
            tried_until = add_waking_time(notification.at, TIME_TO_RING)
            if case_time < tried_until:
                return self._now() + self._read_clock().real_delay(case_time, tried_until)
        return self._next_morning()

    def _case_time(self) -> datetime:
        return self._read_clock().case_time(self._now())

    async def _send_as_agreed(
        self, notification: OutgoingNotification, contact: ContactState, form: Contact, details: Mapping[str, Any]
    ) -> None:
        """Send it where and when the victim said that it is safe; what they need a person for is a task.

        That a meeting day is cancelled is sent in any case: its words are neutral.
        """
        area = await self._areas.get(contact.area)
        address = details.get(ADDRESS_OF[form])
        languages = {ENGLISH, WELSH} if area.welsh else {ENGLISH}
        is_neutral = notification.effect.message is MessageKind.DAY_CANCELLED
        reason = find_reason_for_a_person(form, details, languages) if address and not is_neutral else ""
        reason = reason if address else "no_address"
        if reason:
            await self._hand_over(notification, contact, form, reason)
            return
        real, clock = self._now(), self._read_clock()
        case_time = clock.case_time(real)
        safe = None if notification.effect.urgent else safe_from(form, details, case_time)
        if safe is not None:
            await self._outbox.postpone(notification, real + clock.real_delay(case_time, safe))
            return
        recipient = Recipient(
            details.get("name", ""), str(address), details.get("case_label") or details.get("child_name", "")
        )
        phone = contact.phone or area.phone or self._contact
        language = details.get("language", ENGLISH)
        language = ENGLISH if is_neutral and language not in languages else language
        own = area.in_welsh() if language == WELSH else area
        service = ServiceContact(own.service, contact.caseworker, phone, own.support, own.complaints)
        try:
            words = MessageWords(_compose(notification, contact, language), language, is_neutral)
            if form is Contact.TEXT:
                words = fit_into_text_message(words, recipient.about, service)
            text = write_text(form, recipient, notification.ref, words, service)
        except NotTranslated as missing:
            log.warning("notifications.not_translated", sentence=str(missing))
            await self._hand_over(notification, contact, form, "language")
            return
        await self._outbox.store_words(notification, words)
        await self._send_to(notification, contact, form, recipient, text)

    async def _send_to(
        self,
        notification: OutgoingNotification,
        contact: ContactState,
        form: Contact,
        recipient: Recipient,
        text: NotificationText,
    ) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                provider_id = await self._channel.send(form, recipient, notification, text)
        except NotificationRejected as error:
            if error.permanent:
                await self._hand_over(notification, contact, form, error.code)
            else:
                await self._record_failure(notification, form, error.code)
        except TimeoutError:
            await self._record_failure(notification, form, "timeout")
        except Exception as error:  # noqa: BLE001 - one notification must not hold up the others
            await self._record_failure(notification, form, f"fault {type(error).__name__}")
        else:
            await self._outbox.record_sent(notification, form, provider_id)
            log.info("notifications.sent", **_facts(notification), form=form, attempts=notification.attempts)

    async def _record_failure(self, notification: OutgoingNotification, form: Contact, code: str) -> None:
        pause = BACKOFF.pause(notification.attempts)
        await self._outbox.record_failure(notification, form, code, self._now() + timedelta(seconds=pause))
        facts = {"form": form, "error": code, "attempts": notification.attempts, "again_in": round(pause, 1)}
        log.warning("notifications.failed", **_facts(notification), **facts)

    async def _hand_over(
        self, notification: OutgoingNotification, contact: ContactState, form: Contact, error: str
    ) -> None:
        words = MessageWords(_compose(notification, contact, ENGLISH))
        await self._outbox.hand_over(notification, form, error, words)
        log.info("notifications.by_hand", **_facts(notification), form=form, why=error)

    def _next_morning(self) -> datetime | None:
        """Return when this night ends, in real time; None by day."""
        real, clock = self._now(), self._read_clock()
        case_time = clock.case_time(real)
        morning = quiet_until(case_time)
        return None if morning is None else real + clock.real_delay(case_time, morning)


def _compose(notification: OutgoingNotification, contact: ContactState, language: str) -> tuple[str, ...]:
    """The lines of a message in `language`. Raises NotTranslated."""
    lines = compose(notification.effect, names_new_service=bool(contact.new_service))
    return tuple(translate(line, language).replace("{new_service}", contact.new_service) for line in lines)


def _facts(notification: OutgoingNotification) -> dict[str, str]:
    return {"notification": notification.key, "case": notification.ref}
