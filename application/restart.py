"""Restart a case's workflow from its case file: an operator's answer to a sequence conflict or a lost workflow."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef
from queries.case_history import CaseHistory
from workflows.case_log import restore_log
from workflows.clock import CaseClock
from workflows.starting import CaseStart


class CannotRestart(CaseworkError):
    """The case file is no sound beginning for a workflow: the text says why, without personal details."""


async def restart_from_case_file(
    ref: CaseRef,
    history: CaseHistory,
    list_sent: Callable[[CaseRef], Awaitable[Sequence[Any]]],
    start_again: Callable[[CaseStart], Awaitable[None]],
    requeue: Callable[[CaseRef], Awaitable[None]],
    clock: CaseClock,
) -> int:
    """Start the workflow of `ref` from its case file; return how many records it then takes that the file lacks.

    These are what `list_sent` gives, all that was ever sent to the case. What is sent meanwhile is delivered again by
    `requeue`, which queues the inbox messages without an outcome. No record counts twice. Raises CannotRestart.
    """
    entries, refused = await history.list_entries(ref), await history.list_refused(ref)
    try:
        log = restore_log(ref, entries, refused)
    except ValueError as error:
        raise CannotRestart(str(error)) from None
    known = {entry.id for entry in entries} | {record.id for record in refused}
    pending = [raw for raw in await list_sent(ref) if not (isinstance(raw, Mapping) and raw.get("id") in known)]
    if log.case is None and not pending:
        raise CannotRestart("neither the case file nor Temporal has anything of this case")
    await start_again(CaseStart(ref, {}, clock, log.to_carry_over(pending)))
    await requeue(ref)
    return len(pending)
