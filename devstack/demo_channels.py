"""What the demonstration shows of the traffic with agencies and victims: each channel, with a case as an example."""

from collections.abc import Collection
from dataclasses import dataclass

import asyncpg
from rich.table import Table

_ASKED = """
select channel, count(distinct key) as asked
from ask_attempts where outcome in ('delivered', 'manual') group by channel
"""

# What came by webhook, by a link or from the register went through the inbox; the rest staff recorded for an agency. Of
# that only the answers of agencies that a caseworker has to ask count.
# The example of the register is of an offender that it found, if there is one.
_ANSWERED = """
with answers as (
    select entries.ref, entries.version, entries.event, entries.data ->> 'answer' is distinct from 'found' as not_found,
        case
            when inbox.id is null then by_hand.channel
            when agencies.channel = 'hmpps' then 'hmpps'
            when inbox.message_id like 'link-%' then 'email'
            else 'http'
        end as channel
    from entries
    left join inbox on inbox.id = entries.inbox
    left join agencies on inbox.source = 'agency:' || agencies.id
    left join lateral (
        select office.channel
        from asks join ask_attempts using (key) join agencies as office on office.id = ask_attempts.agency
        where asks.ref = entries.ref and office.channel = 'manual'
            and entries.by ->> 'on_behalf_of' in (office.kind, office.kind || ':' || office.id)
        limit 1
    ) as by_hand on inbox.id is null
    where agencies.id is not null or by_hand.channel is not null
)
select channel, count(*) as answered, (array_agg(event order by not_found, ref, version))[1] as event,
    (array_agg(ref order by not_found, ref, version))[1] as ref, not bool_and(not_found) as found
from answers group by channel
"""

_NOTIFICATIONS = "select state, count(*) from notifications where recipient = 'victim' group by state order by state"

_CHANNELS = {
    "http": ("signed webhooks", "answered by a webhook"),
    "email": ("email with a link", "answered through the link"),
    "hmpps": ("HMPPS register", "found in the register"),
    "manual": ("a caseworker", "recorded by a caseworker"),
}


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """One channel: how many requests went out by it, how many answers came, and one of these.

    `found`: whether an offender was found by one of them.
    """

    channel: str
    asked: int
    answered: int
    event: str
    ref: str
    found: bool


async def summarise_channels(pool: asyncpg.Pool) -> tuple[ChannelSummary, ...]:
    """Each channel by which agencies answered."""
    asked = {row["channel"]: row["asked"] for row in await pool.fetch(_ASKED)}
    answered = {row["channel"]: row for row in await pool.fetch(_ANSWERED)}
    return tuple(
        ChannelSummary(channel, asked.get(channel, 0), row["answered"], row["event"], row["ref"], row["found"])
        for channel in _CHANNELS
        if (row := answered.get(channel)) is not None
    )


def missing_channels(summaries: Collection[ChannelSummary]) -> tuple[str, ...]:
    """A sentence for each channel that was to be used and was not; for the register also where it found nobody."""
    used = {summary.channel: summary for summary in summaries if summary.asked}
    sentences = [f"{channel}: nobody was reached and answered" for channel in _CHANNELS if channel not in used]
    register = used.get("hmpps")
    if register is not None and not register.found:
        sentences.append("hmpps: the register answered, and found nobody")
    return tuple(sentences)


async def count_notifications(pool: asyncpg.Pool) -> dict[str, int]:
    """How many notifications to victims are in each state."""
    return {row["state"]: row["count"] for row in await pool.fetch(_NOTIFICATIONS)}


def channels_table(summaries: Collection[ChannelSummary]) -> Table:
    """The channels for people."""
    table = Table(title="How agencies were asked, and answered")
    for column in ("by", "requests", "answers", "for example"):
        table.add_column(column, justify="right" if column in ("requests", "answers") else "left")
    for summary in summaries:
        name, how = _CHANNELS[summary.channel]
        example = f"{summary.ref}: {summary.event.replace('_', ' ')}, {how}"
        table.add_row(name, str(summary.asked), str(summary.answered), example)
    return table
