"""A case of the case file; and what to say where it is not there, or where Temporal does not run it any more."""

import asyncpg
from pydantic import TypeAdapter

from application import record_event
from cli.errors import fail
from domain.case import Case
from domain.events import Event
from domain.refusals import SENTENCES, RecordRefused, Refusal
from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot
from ports.cases import UnknownCase
from queries.cases import CaseQueries

_REQUEST = """
select outcome, coalesce(reason, '') as reason, detail, dead_letter_reason
from requests join inbox on inbox.source = requests.source and inbox.message_id = requests.source_id
where requests.ref = $1
"""


async def found_case(pool: asyncpg.Pool, ref: CaseRef) -> CaseSnapshot:
    """The case. Raises UsageError where there is none."""
    return await CaseQueries(pool).get_case(ref) or fail(await why_absent(pool, ref))


def read_case(found: CaseSnapshot) -> Case:
    """The whole state of a case, as the case file keeps it."""
    case: Case = TypeAdapter(Case).validate_python(found.state)
    return case


async def why_absent(pool: asyncpg.Pool, ref: CaseRef) -> str:
    """The line for a case that is wanted and not there."""
    request = await pool.fetchrow(_REQUEST, ref)
    if request is None:
        return f"{SENTENCES[Refusal.UNKNOWN_CASE]} ({ref}) [{Refusal.UNKNOWN_CASE}]"
    if request["outcome"] == "refused":
        return f"{ref}: the request was refused, so there is no case: {told(request['reason'], request['detail'])}"
    if request["dead_letter_reason"] is not None:
        return f"{ref}: the request could not be delivered ({request['dead_letter_reason']}), so there is no case yet"
    return f"{ref}: the request is stored, and becomes a case when a running server delivers it: there is none yet"


async def why_not_running(pool: asyncpg.Pool, ref: CaseRef, event: Event) -> str:
    """The line for a case that takes no `event`, because its workflow is over or was never begun."""
    why = await record_event.explain_not_running(pool, ref, event)
    if isinstance(why, RecordRefused):
        return f"refused: {why} [{why.code}]"
    if isinstance(why, UnknownCase):
        return await why_absent(pool, ref)
    return f"{ref} is open in the case file, and Temporal does not run it: rj verify says what else differs"


def told(code: str, detail: str) -> str:
    """A refusal's sentence, what it is about, and its code."""
    sentence = SENTENCES[Refusal(code)] if code in set(Refusal) else code
    return f"{sentence}{f' ({detail})' if detail else ''} [{code}]"
