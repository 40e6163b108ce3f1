"""The notes of a case, as staff read them: they are in the vault, and it is logged who reads them."""

import uuid

import asyncpg

from adapters.postgres.vault import PostgresVault
from domain.vocabulary import CaseRef
from tests.cli.casework import REQUEST
from tests.cli.shell import Shell

PEOPLE = '{"victim": {"name": "Marta Quill", "email": "marta@example.org"}, "note": "Ring late."}'
CANDIDATES = "1. Joss Brannick; born 1986-05-14\n2. Joss Brannick; born 1986-05-15\x1b[2J"


async def open_case_with_candidates(caseworker: Shell) -> str:
    """A case in which an agency named several people."""
    ref: str = (await caseworker.value("request", *REQUEST, typed=PEOPLE))["ref"]
    await caseworker.value("record", ref, "request_screened", "--answer", "proceed")
    answer = ("answer=ambiguous", "--on-behalf-of", "charity", "--note-from", "-")
    await caseworker.value("record", ref, "trace_answered", *answer, typed=CANDIDATES)
    return ref


async def readers(pool: asyncpg.Pool, ref: str) -> list[tuple[str, str]]:
    """What was read in a case, and who read it."""
    rows = await pool.fetch("select what, by from vault.access_log where ref = $1 order by id", ref)
    return [(row["what"], row["by"]) for row in rows]


async def test_the_people_to_choose_from_are_read_and_it_is_logged_who_read_them(
    caseworker: Shell, pool: asyncpg.Pool
) -> None:
    ref = await open_case_with_candidates(caseworker)
    ended = await caseworker.rj("notes", ref, "--entry", "3")
    head, *lines = ended.out.splitlines()
    assert head.startswith("3  ")
    assert head.endswith("London time  trace_answered by caseworker c.okafor for charity")
    assert lines == ["   1. Joss Brannick; born 1986-05-14", "   2. Joss Brannick; born 1986-05-15\ufffd[2J"]
    assert await readers(pool, ref) == [("note", "staff:c.okafor")]


async def test_all_notes_come_in_the_order_of_their_entries(
    caseworker: Shell, supervisor: Shell, pool: asyncpg.Pool
) -> None:
    ref = await open_case_with_candidates(caseworker)
    notes = (await supervisor.value("notes", ref))["notes"]
    assert [(note["version"], note["event"], note["text"]) for note in notes] == [
        (1, "request_received", "Ring late."),
        (3, "trace_answered", CANDIDATES),
    ]
    assert await readers(pool, ref) == [("note", "staff:s.lindqvist")] * 2


async def test_a_note_that_was_erased_is_said_to_be(caseworker: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case_with_candidates(caseworker)
    await pool.execute("delete from vault.notes where ref = $1", ref)
    assert [note["text"] for note in (await caseworker.value("notes", ref))["notes"]] == [None, None]
    assert "The text has been erased." in (await caseworker.rj("notes", ref)).out
    assert await readers(pool, ref) == []


async def test_an_entry_without_a_note_and_a_case_that_does_not_exist_are_errors(caseworker: Shell) -> None:
    ref = await open_case_with_candidates(caseworker)
    assert await caseworker.get_error("notes", ref, "--entry", "2") == f"rj: {ref}: there is no note with entry 2"
    assert "[unknown_case]" in await caseworker.get_error("notes", "RJ-2222-2222")


async def test_what_the_service_reads_for_itself_is_not_logged(pool: asyncpg.Pool) -> None:
    ref = CaseRef(f"RJ-{uuid.uuid4().hex[:4]}-TEST".upper())
    vault = PostgresVault(pool)
    note = await vault.save_note(ref, "Ring late.", by="staff:c.okafor")
    assert await vault.get_note(note, by="service") == "Ring late."
    assert await vault.get_note(note, by="staff:c.okafor") == "Ring late."
    assert await readers(pool, ref) == [("note", "staff:c.okafor")]
