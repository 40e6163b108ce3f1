"""The case file in PostgreSQL: a page is one statement, hence one transaction and one round trip."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import asyncpg

from activities.chain import canonical
from activities.ports import CaseNow, Entry, Forked, Notice, Page
from adapters.postgres.page_statement import SINCE_ANEW, page_statement, rewriting_statement
from adapters.postgres.text import UNSTORABLE, storable
from domain.explaining import wording

TRIES = 2
"""Whoever loses a race for a number finds the winner's entry there the second time."""

NEVER_TAKEN: tuple[type[Exception], ...] = (
    *UNSTORABLE,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""What trying again would not mend: a page that breaks a rule of the schema, or is too large for it."""


class PostgresCaseFile:
    """Implements `activities.ports.CaseFile`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def write(self, page: Page) -> None:
        """Write `page`; see the port."""
        try:
            await self._write_somehow(page)
        except NEVER_TAKEN as error:
            raise Forked(f"{page.ref}: {type(error).__name__}") from None

    async def _write_somehow(self, page: Page) -> None:
        try:
            await self._write(page)
        except UNSTORABLE:
            await self._write(storable(page))

    async def _write(self, page: Page) -> None:
        statement, parts = _statement(page), _parts(page)
        for attempt in range(1, TRIES + 1):
            try:
                fault = await self._pool.fetchval(statement, page.ref, *parts)
            except asyncpg.UniqueViolationError as error:
                if attempt == TRIES:
                    raise Forked(f"{page.ref}: {error.constraint_name}") from None
            else:
                if fault is not None:
                    raise Forked(f"{page.ref}: entry {fault} is another's, or leaves a gap before it")
                return

    async def rewrite(self, case: CaseNow, by: str, was: str) -> bool:
        """Write the case's row and its waits anew from what its workflow believes, whatever stands there.

        Entries are never touched: False where the file has not every entry up to the version of `case`, and then
        nothing is changed. Implements `casework.reconciling.Rewriting`.
        """
        stated = _json([_standing(case)])
        async with self._pool.acquire() as connection, connection.transaction():
            # A page under way is waited for, and seen by what follows: its entries make the statement write nothing.
            await connection.execute("select from cases where ref = $1 for no key update", case.ref)
            done = await connection.fetchval(rewriting_statement(), case.ref, stated, by, was)
            if done:
                await connection.execute(SINCE_ANEW, case.ref)
        return bool(done)


def _statement(page: Page) -> str:
    messages = any(entry.inbox for entry in page.entries) or any(refused.inbox for refused in page.refused)
    return page_statement(refused=bool(page.refused), notices=bool(page.notices), messages=messages)


def _parts(page: Page) -> tuple[str, ...]:
    """The statement's parameters after the reference, in order."""
    entries = _json([_entry(page, entry) for entry in page.entries])
    case = _json([] if page.case is None else [_standing(page.case)])
    refused = (_json(page.refused),) if page.refused else ()
    notices = (_json([_notice(notice) for notice in page.notices]),) if page.notices else ()
    return (entries, case, *refused, *notices)


def _json(rows: object) -> str:
    return json.dumps(rows, default=_plain)


def _plain(value: object) -> object:
    """What JSON has no word for: a value of ours is an object of its fields."""
    match value:
        case date():
            return value.isoformat()
        case Mapping():
            return dict(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _fields(value)
        case _:
            raise TypeError(type(value).__name__)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _entry(page: Page, entry: Entry) -> dict[str, Any]:
    return {**_fields(entry), "covered": canonical(page.ref, entry).decode()}


def _standing(case: CaseNow) -> dict[str, Any]:
    """The case with what lists sort and filter by, drawn from its waits and its state."""
    waits = sorted(case.waits, key=lambda wait: (wait.due_on, wait.key))
    return {
        **_fields(case),
        "due_on": waits[0].due_on if waits else None,
        "overdue_since": min((wait.overdue_since for wait in waits if wait.overdue_since), default=None),
        "waiting_on": [wait.on for wait in waits],
        "calendar": case.state.get("rules", {}).get("calendar", ""),
        "held_form": case.state["form"] if case.state.get("progress", {}).get("held_on") else None,
    }


def _notice(notice: Notice) -> dict[str, Any]:
    """The wording is made here, of the few values that the notice carries: nothing else can show in it."""
    return {**_fields(notice.tell), "wording": wording(notice.tell), "at": notice.at}
