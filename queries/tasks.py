"""Tasks of caseworkers: ask or update an agency that only a person can reach, update a victim in person."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

import asyncpg
from pydantic import TypeAdapter

from domain.agency_updates import CaseUpdate
from domain.case import Case
from domain.days import to_london_day
from domain.effects import ANSWERS
from domain.victim_explanation import words_to_say
from domain.vocabulary import CaseRef, NewsKind, Side, WaitKey, WaitKind
from domain.wording.tasks import describe_ask_task, describe_joint_task, describe_message_task, describe_news_task
from domain.wording.updates import describe_update_task
from ports.agency_messages import wait_of_ask
from ports.notifications import EFFECT_COLUMNS
from queries.case_history import wording_of
from queries.sql_params import Params, areas_source

# An ask counts as long as its wait runs (its key ends in the wait's); of several about one wait, such as reminders, the
# last one counts. The directory is read as it is now: a telephone number may have changed since. Each area's waits on
# agencies are read in the order of their index, no further than the limit.
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
        where asks.ref = waits.ref and question is not null
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
            select from asks as cancellation
            where cancellation.cancels = split_part(asked.key, '.reminder-', 1) offset 0
        )
    order by waits.due_on, asked.key
    limit {limit}
) as task
order by due_on, key
limit {limit}
"""

# Where news is to be told, few cases wait: their states are read for the words.
_NEWS = """
select waits.ref, waits.area, cases.assigned_to, waits.key as wait, waits.due_on, waits.is_overdue, waits.since, state
from waits join cases on cases.ref = waits.ref
where waits.key like 'tell:%'
    and ($1::text[] is null or waits.area = any($1)) and ($2::text is null or assigned_to = $2)
order by not is_cancellation, waits.due_on, waits.since, waits.ref
limit $3
"""

# Since the message became a task the victim may have asked for no more messages, or died.
_MESSAGES = f"""
select {EFFECT_COLUMNS}, cases.area, cases.assigned_to, form, notifications.state, error, wording, at,
    cases.state ->> 'contact' as contact, coalesce(task_since, failing_since) as since
from notifications join cases on cases.ref = notifications.ref
where recipient = 'victim' and resolved_at is null
    and (
        task_since is not null
        or notifications.state = 'waiting' and failing_since < now() - interval '1 day'
    )
    and cases.state ->> 'contact' <> 'none' and cases.step <> 'asking_victim'
    and not coalesce((cases.state #>> '{{progress,victim_died}}')::boolean, false)
    and ($1::text[] is null or area = any($1)) and ($2::text is null or assigned_to = $2)
order by coalesce(task_since, failing_since), notifications.ref, at, notifications.id
limit $3
"""  # noqa: S608 - names of columns

# Of several updates for an agency the last says what is so now, but a cancelled day is told in any case. A cancellation
# is told unless the agency has been asked again. What must not wait is told although it is still being sent.
_UPDATES = """
select asks.key, asks.ref, cases.area, cases.assigned_to, asks.agency, coalesce(agencies.name, '') as agency_name,
    coalesce(agencies.contact, '') as contact, asks.content, asks.cancels, asks.outcome <> 'manual' as has_failed,
    attempt.at as since
from asks join cases on cases.ref = asks.ref
join lateral (
    select agency, at from ask_attempts where ask_attempts.key = asks.key order by number desc limit 1
) as attempt on true
left join agencies on agencies.id = attempt.agency
where asks.kind in ('case_update', 'ask_cancelled') and asks.told_at is null
    and asks.outcome in ('manual', 'refused', 'no_agency', 'failed', 'paused')
    and ($1::text[] is null or cases.area = any($1)) and ($2::text is null or assigned_to = $2)
    and (
        asks.outcome not in ('failed', 'paused')
        or (asks.kind = 'ask_cancelled' or asks.content -> 'changed' ? 'day_cancelled')
            and coalesce(asks.failing_since < now() - interval '10 minutes', true)
    )
    and (asks.content -> 'changed' ? 'day_cancelled' or not exists (
        select from asks as later
        where later.ref = asks.ref and later.agency = asks.agency
            and later.kind = case asks.kind when 'case_update' then 'case_update' else 'ask' end
            and split_part(later.key, '.', 2)::integer
                > split_part(coalesce(asks.cancels, asks.key), '.', 2)::integer
    ))
order by attempt.at, asks.key
limit $3
"""

# Another case of the meeting has no such day any more, and its contact did not take place. Which one is not said.
_JOINT_MEETINGS = """
select cases.ref, cases.area, cases.assigned_to, (cases.state #>> '{progress,arrangement,day}') as day
from cases
where cases.is_joint and ($1::text[] is null or area = any($1)) and ($2::text is null or assigned_to = $2)
    and exists (
        select from jsonb_array_elements_text(cases.state #> '{progress,arrangement,joint_with}') as joint (ref)
        join cases as other on other.ref = joint.ref
        where other.state #>> '{progress,arrangement,day}' is distinct from cases.state #>> '{progress,arrangement,day}'
            and coalesce(other.state #>> '{progress,contacts,-1,held_on}', '')
                < cases.state #>> '{progress,arrangement,day}'
    )
order by day, cases.ref
limit $3
"""

_UPDATE = TypeAdapter(CaseUpdate)
_CASE = TypeAdapter(Case)


@dataclass(frozen=True, slots=True)
class JointMeetingTask:
    """A meeting of several cases that has been cancelled or moved in another one, which is not named."""

    ref: CaseRef
    area: str
    assigned_to: str
    day: date

    @property
    def what(self) -> str:
        """What to do, in a sentence or two."""
        return describe_joint_task(self.day)


@dataclass(frozen=True, slots=True)
class NewsTask:
    """Bad news that a person gives the victim before anything is sent; `wording` is what to say, in lines.

    `news` is its kind, `cancelled_day` a meeting day that the victim still expects, and `contact` how they prefer to be
    contacted; `death_reported`: the victim may have died; `since` is in the case's time.
    """

    ref: CaseRef
    area: str
    assigned_to: str
    wait: WaitKey
    news: NewsKind
    cancelled_day: date | None
    wording: tuple[str, ...]
    contact: str
    due_on: date
    is_overdue: bool
    since: datetime
    death_reported: bool = False

    @property
    def what(self) -> str:
        """What to do, in a few sentences."""
        return describe_news_task(
            self.news, self.cancelled_day, self.due_on, self.contact, death_reported=self.death_reported
        )


@dataclass(frozen=True, slots=True)
class AskTask:
    """An agency that a person asks; `agency` is the one that the case waits for, `contact` its office in the directory.

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
        """What to do, in a sentence or two."""
        return describe_ask_task(
            self.agency_name or self.agency,
            self.question,
            self.wait,
            self.due_on,
            self.contact,
            is_reminder=self.reminder > 0,
            is_overdue=self.is_overdue,
        )


@dataclass(frozen=True, slots=True)
class UpdateTask:
    """What a person tells an agency, or the person who referred the case (`agency` is `person`).

    An update, or that it need not do any more what it was asked (`cancelled`). `has_failed`: it was to be sent, and has
    not been accepted; `since` is in real time.
    """

    key: str
    ref: CaseRef
    area: str
    assigned_to: str
    agency: str
    agency_name: str
    contact: str
    update: CaseUpdate | None
    cancelled: WaitKey | None
    has_failed: bool
    since: datetime

    @property
    def what(self) -> str:
        """What to tell, in a few sentences."""
        told = self.update or self.cancelled
        assert told is not None, "the statement reads nothing else"
        return describe_update_task(told, self.agency_name or self.agency, self.contact, failed=self.has_failed)


@dataclass(frozen=True, slots=True)
class MessageTask:
    """A message that a person tells the victim, or has sent again; `contact` is how the victim prefers to hear now.

    `form` and `error` are those of the last try; `state` is `by_hand`, `failed`, or `waiting` where it has been tried
    for more than a day; `since` is in real time, `at` the case's time. `wording` is the message, in lines.
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
        """What to do and why, in a sentence or two."""
        failing_since = to_london_day(self.since) if self.state == "waiting" else None
        return describe_message_task(to_london_day(self.at), self.form, self.error, failing_since, self.contact)


class TaskQueries:
    """Tasks of caseworkers."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_ask_tasks(
        self, *, areas: Sequence[str] | None = None, assigned_to: str | None = None, limit: int = 100
    ) -> tuple[AskTask, ...]:
        """Up to `limit` agencies to ask for cases of `areas` (None: all), by the day on which the answer is due."""
        statement, values = ask_tasks_statement(areas, assigned_to, limit)
        rows = await self._pool.fetch(statement, *values)
        return tuple(AskTask(**{**row, "question": WaitKind(row["question"])}) for row in rows)

    async def list_update_tasks(
        self, *, areas: Sequence[str] | None = None, assigned_to: str | None = None, limit: int = 100
    ) -> tuple[UpdateTask, ...]:
        """Up to `limit` updates to give in `areas` (None: all), the oldest first."""
        rows = await self._pool.fetch(_UPDATES, areas, assigned_to, limit)
        return tuple(
            UpdateTask(
                **{name: value for name, value in row.items() if name not in ("content", "cancels")},
                update=_UPDATE.validate_python(row["content"]) if row["content"] else None,
                cancelled=wait_of_ask(row["cancels"]) if row["cancels"] else None,
            )
            for row in rows
        )

    async def list_news_tasks(
        self, today: date, *, areas: Sequence[str] | None = None, assigned_to: str | None = None, limit: int = 100
    ) -> tuple[NewsTask, ...]:
        """Up to `limit` pieces of bad news to give in `areas` (None: all): of cancelled days first, then by due date.

        `today` is a day of the cases' time.
        """
        tasks = []
        for row in await self._pool.fetch(_NEWS, areas, assigned_to, limit):
            case = _CASE.validate_python(row["state"])
            words = words_to_say(case, today)
            if case.news is None or words is None:
                continue
            wording = (words.heading, words.happened, words.next, words.could_change, words.next_update)
            tasks.append(
                NewsTask(
                    **{name: value for name, value in row.items() if name != "state"},
                    news=case.news.kind,
                    cancelled_day=case.news.day,
                    wording=tuple(line for line in wording if line),
                    contact=case.contact,
                    death_reported=any(death.whose is Side.VICTIM for death in case.deaths),
                )
            )
        return tuple(tasks)

    async def list_message_tasks(
        self, *, areas: Sequence[str] | None = None, assigned_to: str | None = None, limit: int = 100
    ) -> tuple[MessageTask, ...]:
        """Up to `limit` messages to tell in `areas` (None: all), the oldest first; those of a case stay in order."""
        rows = await self._pool.fetch(_MESSAGES, areas, assigned_to, limit)
        names = [field.name for field in fields(MessageTask) if field.name != "wording"]
        return tuple(MessageTask(**{name: row[name] for name in names}, wording=wording_of(row)) for row in rows)

    async def list_joint_meeting_tasks(
        self, *, areas: Sequence[str] | None = None, assigned_to: str | None = None, limit: int = 100
    ) -> tuple[JointMeetingTask, ...]:
        """Up to `limit` meetings in `areas` (None: all) that others were to take part in, the soonest first."""
        rows = await self._pool.fetch(_JOINT_MEETINGS, areas, assigned_to, limit)
        return tuple(JointMeetingTask(**{**row, "day": date.fromisoformat(row["day"])}) for row in rows)


def ask_tasks_statement(wanted: Sequence[str] | None, assigned_to: str | None, limit: int) -> tuple[str, list[object]]:
    """The statement that `list_ask_tasks` runs, and its values."""
    params = Params()
    areas = areas_source(wanted, params)
    whose = "true" if assigned_to is None else f"cases.assigned_to = {params.add(assigned_to)}"
    return _ASKS.format(areas=areas, whose=whose, limit=params.add(limit)), params.values
