"""The links by which agencies answer an email.

A token is 32 random bytes. Only its SHA-256 is stored, so that a reader of the database can use no link. Guesses are
neither counted nor slowed down: 256 bits cannot be guessed.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from domain.effects import Ask
from domain.vocabulary import CaseRef, WaitKey, WaitKind
from ports.agencies import Agency
from ports.agency_messages import ask_key
from ports.answer_links import AnswerLink, LinkState, last_day

TOKEN_BYTES = 32

# The link works to the end of its last day. A new one counts the answers that were not final. After a final answer that
# the case could not use, a reminder brings a link that can be used again.
_CREATE = """
insert into answer_links (
    digest, ask, ref, agency, address, question, wait, due_on, expires_at, answers, answered_at, message_id
)
select $1, $2, $3, $4, $5, $6, $7, $8,
    (date_trunc('day', now() at time zone 'Europe/London') + ($9 + 1) * interval '1 day')
        at time zone 'Europe/London',
    coalesce(earlier.answers, 0), earlier.answered_at, coalesce(earlier.message_id, '')
from (select) as fresh
left join lateral (
    select answers, answered_at, message_id from answer_links
    where ask = $2 and used_at is null
    order by answers desc
    limit 1
) as earlier on true
returning expires_at
"""

_LINK = """
select ask, ref, agency, question, wait, due_on, expires_at, answers, answered_at, message_id,
    exists (select from cases where ref = answer_links.ref and ended_on is not null) as has_ended,
    case
        when not exists (
            select from agencies where id = answer_links.agency and address = answer_links.address
        ) then 'revoked'
        when used_at is not null then 'answered'
        when exists (select from asks where cancels = answer_links.ask) then 'cancelled'
        when expires_at <= now() then 'expired'
        else 'live'
    end as state
from answer_links
where digest = $1
"""

# A second answer at the same time waits here for the first, and then sees the links as it left them.
_LOCK = """
select from answer_links
where ask = (select ask from answer_links where digest = $1)
order by digest
for update
"""

_USE = """
update answer_links
set answers = $2, answered_at = now(), message_id = $3, used_at = case when $4 then now() end
where ask = $1 and used_at is null
"""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A new link. Its `token` is stored nowhere."""

    token: str = field(repr=False)
    expires_at: datetime

    @property
    def last_day(self) -> date:
        """The last day on which the link works."""
        return last_day(self.expires_at)


class PostgresAnswerLinks:
    """Creates links, and stores them by the digest of their tokens."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def create(self, agency: Agency, ask: Ask, days: int) -> NewLink:
        """Create a link for `agency` to answer `ask`, which works for `days` days after today (in UTC)."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        asked = (ask_key(ask), ask.ref, agency.id, agency.address, ask.question, ask.wait, ask.due_on)
        expires_at = await self._pool.fetchval(_CREATE, digest_of(token), *asked, days)
        return NewLink(token, expires_at)


async def use_link(
    connection: "PoolConnectionProxy[Any]", token: str, seen: int, message_id: str, *, final: bool
) -> AnswerLink | None:
    """Count an answer on every link of the ask, in the transaction that stores it; a final one uses them up.

    Return None where the link takes no answer, or had another number of answers than the `seen` of the page.
    """
    await connection.execute(_LOCK, digest_of(token))
    link = await find_link(connection, token)
    if link is None or link.state is not LinkState.LIVE or link.answers != seen:
        return None
    await connection.execute(_USE, link.ask, seen + 1, message_id, final)
    return link


async def find_link(connection: "asyncpg.Pool | PoolConnectionProxy[Any]", token: str) -> AnswerLink | None:
    """Return what the link with `token` asks, and its state; None: there is no such link."""
    row = await connection.fetchrow(_LINK, digest_of(token))
    if row is None:
        return None
    codes = {"question": WaitKind(row["question"]), "wait": WaitKey(row["wait"]), "state": LinkState(row["state"])}
    return AnswerLink(**{**row, **codes, "ref": CaseRef(row["ref"])})


def digest_of(token: str) -> bytes:
    """Return what is stored of `token`, which may be any text from an address."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
