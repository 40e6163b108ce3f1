"""The outbox of notifications to victims, in PostgreSQL: the sender leases them and records the outcome."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import asyncpg

from domain.effects import NotifyVictim
from domain.victim_notifications import SENT_AT_ONCE, MessageKind
from domain.vocabulary import Contact, Step
from ports.notifications import EFFECT_COLUMNS, MessageWords, OutgoingNotification, read_effect

_IS_NEXT_OF_CASE = """(message = 'day_cancelled' or not exists (
            select from notifications as earlier
            where earlier.ref = notifications.ref and earlier.recipient = 'victim' and earlier.state = 'waiting'
                and earlier.message <> 'day_cancelled'
                and (earlier.at, earlier.id) < (notifications.at, notifications.id)
        ))"""
"""Those of a case are sent in order; that a meeting day is cancelled waits for no other."""

# Only a case's next waiting notification can be leased. `next_try_at` moves to the end of the lease. The reference is
# stored before the provider gets it, so that each receipt finds its notification. What has been corrected meanwhile is
# leased at once, to be withdrawn.
_LEASE = f"""
with next as (
    select key, needs_new_reference or reference is null as is_new_sending from notifications
    where recipient = 'victim' and state = 'waiting' and next_try_at <= now() and (urgent or not $6)
        and (
            message = any($5)
            or at + case message when 'day_cancelled' then interval '2 hours' else $4 end <= $3
            or exists (
                select from notifications as correction
                where correction.ref = notifications.ref and correction.corrects = notifications.key
            )
        )
        and {_IS_NEXT_OF_CASE}
    order by next_try_at, id
    limit $1
    for update skip locked
)
update notifications
set next_try_at = now() + $2 * interval '1 second',
    attempts = case when is_new_sending then 1 else attempts + 1 end,
    sendings = sendings + is_new_sending::integer,
    reference = case
        when is_new_sending then notifications.key || coalesce('.' || nullif(sendings + 1, 1), '') else reference
    end,
    mail_id = case when is_new_sending then gen_random_uuid() else mail_id end,
    needs_new_reference = false,
    provider_id = case when is_new_sending then null else provider_id end
from next where notifications.key = next.key
returning {EFFECT_COLUMNS}, reference, attempts, at, mail_id::text
"""  # noqa: S608 - names of columns

# The sender looks for new ones twice a second. One that it leaves until the cases' time has gone on, or that follows
# such a one of its case, is not late.
_LATE = f"""
select exists (
    select from notifications
    where state = 'waiting' and recipient = 'victim' and next_try_at < now() - interval '2 seconds'
        and at + $2 <= $1 and {_IS_NEXT_OF_CASE}
)
"""  # noqa: S608 - a fixed condition

_CONTACT_STATE = """
select state ->> 'contact' as contact, coalesce((state #>> '{progress,victim_died}')::boolean, false) as died, step,
    step <> 'closed' and coalesce((state ->> 'quiet')::boolean, false) as is_quiet,
    coalesce(state -> 'deaths' @> '[{"whose": "victim"}]', false) as is_reported_dead,
    coalesce(jsonb_typeof(state -> 'news') = 'object', false) as has_news,
    (state #>> '{news,day}')::date as cancelled_day,
    exists (select from notifications where notifications.ref = cases.ref and corrects = $2) as is_corrected,
    cases.area, coalesce(staff.name, '') as caseworker, coalesce(staff.phone, '') as phone,
    case when reason = 'transferred_out' then (
        select agencies.name from entries join agencies on agencies.id = split_part(data ->> 'agency', ':', 2)
        where entries.ref = cases.ref and event = 'transferred_out' order by entries.version desc limit 1
    ) end as new_service
from cases left join staff on staff.id = cases.assigned_to and staff.active
where ref = $1
"""

# What a correction corrects and nobody has read; a caseworker's task of telling it is over too.
_WITHDRAW = """
with withdrawn as (
    update notifications set state = 'withheld', error = 'corrected', task_since = null, failing_since = null
    where key = $1 and state in ('waiting', 'by_hand', 'failed') and resolved_at is null
    returning key
)
select exists (select from withdrawn)
    or exists (select from notifications where key = $1 and state = 'withheld')
"""

# Only the present lease may write: a try whose lease expired must not change what the next one recorded.
_IS_LEASED = "key = $1 and reference = $2 and attempts = $3 and state = 'waiting' and not needs_new_reference"


@dataclass(frozen=True, slots=True)
class ContactState:
    """How the victim wants to hear now; `withheld` is why nothing is sent, empty if it is.

    `caseworker` and `phone` are those of who has the case, as the register of staff has them.
    `new_service` is the name of the service that has taken the case over, where the directory has it.
    Where it is `held_back` it is not sent yet: nothing is while the victim wants quiet, or was reported dead.
    """

    form: Contact
    area: str
    caseworker: str = field(repr=False)
    phone: str
    withheld: str = ""
    held_back: bool = False
    new_service: str = ""


class PostgresOutbox:
    """Waiting notifications to victims, for any number of senders."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def lease(
        self, limit: int, seconds: float, case_time: datetime, delay: timedelta, *, urgent_only: bool = False
    ) -> tuple[OutgoingNotification, ...]:
        """Lease the next notification of each of up to `limit` cases for `seconds`.

        `delay` is how long those wait, by the cases' time, that do not answer something that the victim did.
        """
        rows = await self._pool.fetch(_LEASE, limit, seconds, case_time, delay, sorted(SENT_AT_ONCE), urgent_only)
        return tuple(
            OutgoingNotification(read_effect(dict(row)), row["reference"], row["attempts"], row["at"], row["mail_id"])
            for row in rows
        )

    async def has_late(self, case_time: datetime, delay: timedelta) -> bool:
        """Whether a notification could have been leased for more than two seconds; `delay` holds for any message."""
        is_late: bool = await self._pool.fetchval(_LATE, case_time, delay)
        return is_late

    async def get_contact_state(self, notification: OutgoingNotification, today: date) -> ContactState:
        """Return whether and how to contact the victim at this moment, `today` by the cases' time."""
        row = await self._pool.fetchrow(_CONTACT_STATE, notification.ref, notification.key)
        assert row is not None, "a case is written with its notifications"
        is_neutral = notification.effect.message is MessageKind.DAY_CANCELLED
        state = ContactState(
            Contact(row["contact"]),
            row["area"],
            row["caseworker"],
            row["phone"],
            held_back=row["is_reported_dead"] or (row["is_quiet"] and not is_neutral),
            new_service=row["new_service"] or "",
        )
        return replace(state, withheld=await self._why_withheld(notification.effect, row, today))

    async def _why_withheld(self, effect: NotifyVictim, row: asyncpg.Record, today: date) -> str:
        """Why it is not sent any more, as a code; empty: it is."""
        if row["died"]:
            return "victim_died"
        if row["is_corrected"]:
            return "corrected"
        if effect.message is MessageKind.DAY_CANCELLED:
            # Sent to those who want no messages too: they expect to travel.
            if row["cancelled_day"] != effect.day:
                return "already_told"
            return "day_passed" if row["cancelled_day"] < today else ""
        if row["contact"] == Contact.NONE:
            return "no_contact_wanted"
        if row["step"] == Step.ASKING_VICTIM:
            # A victim who is still being asked knows of no request.
            return "victim_is_being_asked"
        if row["has_news"] and effect.message not in SENT_AT_ONCE:
            return "news_to_tell"
        is_unneeded = effect.corrects and await self._pool.fetchval(_WITHDRAW, effect.corrects)
        return "first_was_not_sent" if is_unneeded else ""

    async def store_words(self, notification: OutgoingNotification, words: MessageWords) -> None:
        """Store the words that are about to be sent; a receipt may come before the answer of the provider."""
        await self._write(notification, "wording = $4, language = $5", words.lines, words.language)

    async def record_sent(self, notification: OutgoingNotification, form: Contact, provider_id: str) -> None:
        """It was accepted, by this try or by an earlier one of the same sending."""
        await self._pool.execute(
            """
            update notifications
            set state = 'sent', form = $3, provider_id = $4, error = '', failing_since = null, sent_at = now()
            where key = $1 and reference = $2 and state = 'waiting' and not needs_new_reference
            """,
            notification.key,
            notification.reference,
            form,
            provider_id,
        )

    async def postpone(self, notification: OutgoingNotification, until: datetime) -> None:
        """Do not send it before `until`, a real time; this was no try."""
        await self._write(notification, "next_try_at = $4, attempts = attempts - 1", until)

    async def record_failure(
        self, notification: OutgoingNotification, form: Contact, error: str, next_try_at: datetime
    ) -> None:
        """It was not accepted, and is tried again; `error` is a code."""
        change = "form = $4, error = $5, next_try_at = $6, failing_since = coalesce(failing_since, now())"
        await self._write(notification, change, form, error, next_try_at)

    async def hand_over(
        self, notification: OutgoingNotification, form: Contact, error: str, words: MessageWords
    ) -> None:
        """Leave it to a caseworker, with these words; `error` is a code."""
        change = """
            state = 'by_hand', form = $4, error = $5, task_since = now(), failing_since = null,
            wording = $6, language = $7
        """
        await self._write(notification, change, form, error, words.lines, words.language)

    async def withhold(self, notification: OutgoingNotification, error: str) -> None:
        """Do not send it any more; `error` is a code."""
        await self._write(notification, "state = 'withheld', error = $4, failing_since = null", error)

    async def _write(self, notification: OutgoingNotification, change: str, *values: object) -> None:
        statement = f"update notifications set {change} where {_IS_LEASED}"  # noqa: S608 - written above
        await self._pool.execute(statement, notification.key, notification.reference, notification.attempts, *values)
