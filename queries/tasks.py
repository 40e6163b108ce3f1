"""What caseworkers have to do by hand now: ask an agency that nothing else reaches, tell a victim something."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from domain.days import format_day
from domain.effects import ANSWERS
from domain.staff_explanation import describe_awaited
from domain.vocabulary import CaseRef, WaitKey, WaitKind
from queries.sql_params import Params, areas_source

# An ask is wanted as long as its wait runs, whose key its own one ends in; of several about one wait, such as
# reminders, the last one counts. The directory is read as it is now: an office's number may have changed since.
# Each area's waits on agencies are read in the order of their index, no further than is wanted.
_ASKS = """
select task.*
from {areas} as one (area), lateral (
    select asked.key, waits.ref, waits.area, cases.assigned_to, asked.agency,
        coalesce(agencies.name, '') as agency_name, coalesce(agencies.contact, '') as contact, asked.question,
        waits.key as wait, asked.reminder, waits.due_on, waits.overdue_since is not null as is_overdue,
        attempt.at as since
    from waits join cases on cases.ref = waits.ref
    join lateral (
        select * from asks
        where asks.ref = waits.ref and kind <> 'ask_cancelled'
            and split_part(split_part(asks.key, '.reminder-', 1), '.', 3) = waits.key
        order by split_part(asks.key, '.', 2)::integer desc, reminder desc
        limit 1
    ) as asked on asked.outcome = 'manual'
    join lateral (
        select agency, at from ask_attempts where ask_attempts.key = asked.key order by number desc limit 1
    ) as attempt on true
    left join agencies on agencies.id = attempt.agency
    where waits.area = one.area and waits.waiting_on not in ('caseworker', 'supervisor') and {whose}
        and not exists (
            select from asks as back where back.cancels = split_part(asked.key, '.reminder-', 1) offset 0
        )
    order by waits.due_on, asked.key
    limit {limit}
) as task
order by due_on, key
limit {limit}
"""

# Whether the victim is to hear at all is asked again: since the task came up they may have wanted no more, or died.
_NOTICES = """
select key, notifications.ref, cases.area, cases.assigned_to, form, notifications.state, error, wording, at,
    cases.state ->> 'contact' as contact, coalesce(task_since, failing_since) as since
from notifications join cases on cases.ref = notifications.ref
where recipient = 'victim' and resolved_at is null
    and (
        task_since is not null
        or notifications.state = 'waiting' and failing_since < now() - interval '1 day'
    )
    and cases.state ->> 'contact' <> 'none' and cases.step <> 'asking_victim'
    and not coalesce((cases.state #>> '{progress,victim_died}')::boolean, false)
    and ($1::text[] is null or area = any($1)) and ($2::text is null or assigned_to = $2)
order by coalesce(task_since, failing_since), notifications.ref, at, notifications.id
limit $3
"""


@dataclass(frozen=True, slots=True)
class AskTask:
    """An agency to be asked by a person; `agency` is whom the case waits for, `contact` its office in the directory.

    `reminder` counts how often the agency is to have been reminded; `since` is in real time.
    """

    key: str
    ref: CaseRef
    area: str
    assigned_to: str
    agency: str
    agency_name: str
    contact: str
    question: WaitKind
    wait: WaitKey
    reminder: int
    due_on: date
    is_overdue: bool
    since: datetime

    @property
    def event(self) -> str:
        """What records the answer."""
        return ANSWERS[self.question].name

    @property
    def what(self) -> str:
        """What is to be done, in a sentence."""
        do = "Remind" if self.reminder else "Ask"
        whom = self.agency_name or self.agency
        due = f"{'It was' if self.is_overdue else 'It is'} due on {format_day(self.due_on)}."
        reach = f"Contact: {self.contact}." if self.contact else "The directory names no contact."
        return f"{do} {whom} for {describe_awaited(self.wait)}. {due} {reach}"


@dataclass(frozen=True, slots=True)
class MessageTask:
    """A notice that a person has to tell, or to have sent again; `contact` is how the victim wants to hear now.

    `form` and `error` are those of the last try; `state` is `by_hand`, `failed`, or `waiting` where it has been tried
    for more than a day; `since` is in real time, `at` the case's time. `wording` is what is to be said, in lines.
    """

    key: str
    ref: CaseRef
    area: str
    assigned_to: str
    form: str
    state: str
    error: str
    wording: tuple[str, ...]
    at: datetime
    contact: str
    since: datetime

    @property
    def what(self) -> str:
        """What is to be done and why, in a sentence or two."""
        told = f"Tell the victim what came up on {format_day(self.at.date())}."
        now = f" Meanwhile they want to hear by {self.contact}." if self.contact != self.form else ""
        return f"{told} {self._why()}{now}"

    def _why(self) -> str:
        if self.state == "waiting":
            since = format_day(self.since.date())
            return f"Sending it by {self.form} has failed since {since} ({self.error}), and is still tried."
        return _WHY.get(self.error, _REFUSED).format(form=self.form, error=self.error)


_REFUSED = "The address for {form} is refused ({error})."
_WHY = {
    "by_telephone": "They want to hear by telephone.",
    "form_not_sent": "They want to hear by {form}, which is not sent from here.",
    "no_address": "Nothing is known by which {form} could reach them.",
    "permanent-failure": "It was sent by {form} and could not be delivered: the address is wrong, or no longer theirs.",
    "returned": "It was sent by {form} and came back.",
    "temporary-failure": "It was sent by {form} several times and could not be delivered.",
    "technical-failure": "It was sent by {form} several times and could not be delivered.",
    "": "Sending it by {form} failed.",
}


class TaskQueries:
    """Tasks of caseworkers."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_ask_tasks(
        self, *, areas: Sequence[str] | None = None, assigned_to: str | None = None, limit: int = 100
    ) -> tuple[AskTask, ...]:
        """Up to `limit` asks of `areas` (None: all) to be made by hand, by the day on which they are due."""
        statement, values = ask_tasks_statement(areas, assigned_to, limit)
        rows = await self._pool.fetch(statement, *values)
        return tuple(AskTask(**{**row, "question": WaitKind(row["question"])}) for row in rows)

    async def list_message_tasks(
        self, *, areas: Sequence[str] | None = None, assigned_to: str | None = None, limit: int = 100
    ) -> tuple[MessageTask, ...]:
        """Up to `limit` notices of `areas` (None: all) to be told by hand, the longest first; a case's stay in order."""
        rows = await self._pool.fetch(_NOTICES, areas, assigned_to, limit)
        return tuple(MessageTask(**{**row, "wording": tuple(row["wording"])}) for row in rows)


def ask_tasks_statement(wanted: Sequence[str] | None, assigned_to: str | None, limit: int) -> tuple[str, list[object]]:
    """The statement that `list_ask_tasks` runs, and its values."""
    params = Params()
    areas = areas_source(wanted, params)
    whose = "true" if assigned_to is None else f"cases.assigned_to = {params.add(assigned_to)}"
    return _ASKS.format(areas=areas, whose=whose, limit=params.add(limit)), params.values
