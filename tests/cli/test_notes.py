"""The notes of a case, as staff read them: kept in the vault, and who reads is remembered."""

import uuid

import asyncpg

from adapters.postgres.vault import PostgresVault
from domain.vocabulary import CaseRef
from tests.cli.shell import Shell, flags

REQUEST = flags(area="avonside", victim_name="Marta Quill", victim_email="marta@example.org")
CANDIDATES = "1. Joss Brannick; born 1986-05-14\n2. Joss Brannick; born 1986-05-15\x1b[2J"


async def case_with_candidates(service: Shell) -> str:
    """A case in which an agency named several people."""
    ref: str = (await service.value("request", *REQUEST, "--offender-age-group", "adult", "--note", "Ring late."))[
        "ref"
    ]
    await service.value("move", ref, "request_screened", "--answer", "proceed")
    answer = ("answer=ambiguous", "--on-behalf-of", "charity", "--note", CANDIDATES)
    await service.value("move", ref, "trace_answered", *answer)
    return ref


async def readers(pool: asyncpg.Pool, ref: str) -> list[tuple[str, str]]:
    """What was read of a case, by whom."""
    rows = await pool.fetch("select what, by from vault.access_log where ref = $1 order by id", ref)
    return [(row["what"], row["by"]) for row in rows]


async def test_the_people_to_choose_from_are_read_and_who_read_is_remembered(
    service: Shell, pool: asyncpg.Pool
) -> None:
    ref = await case_with_candidates(service)
    ended = await service.rj("notes", ref, "--entry", "3", "--as", "caseworker:c.okafor")
    head, *lines = ended.out.splitlines()
    assert head.startswith("3  ")
    assert head.endswith("trace_answered by caseworker " + head.rpartition(" ")[2])
    assert lines == ["   1. Joss Brannick; born 1986-05-14", "   2. Joss Brannick; born 1986-05-15\ufffd[2J"]
    assert await readers(pool, ref) == [("note", "staff:c.okafor")]


async def test_all_notes_come_in_the_order_of_their_entries(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await case_with_candidates(service)
    notes = (await service.value("notes", ref, "--as", "supervisor:s.lindqvist"))["notes"]
    assert [(note["version"], note["event"], note["text"]) for note in notes] == [
        (1, "request_received", "Ring late."),
        (3, "trace_answered", CANDIDATES),
    ]
    assert await readers(pool, ref) == [("note", "staff:s.lindqvist")] * 2


async def test_a_note_that_was_erased_is_said_to_be_gone(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await case_with_candidates(service)
    await pool.execute("delete from vault.notes where ref = $1", ref)
    assert [note["text"] for note in (await service.value("notes", ref))["notes"]] == [None, None]
    assert "The text is no longer kept." in (await service.rj("notes", ref)).out
    assert await readers(pool, ref) == []


async def test_an_entry_without_a_note_and_a_case_that_is_not_there_are_mistakes(service: Shell) -> None:
    ref = await case_with_candidates(service)
    assert await service.refused("notes", ref, "--entry", "2") == f"rj: {ref}: there is no note with entry 2"
    assert "unknown_case" in await service.refused("notes", "RJ-2222-2222")


async def test_what_the_service_reads_for_itself_is_not_among_the_readings(pool: asyncpg.Pool) -> None:
    ref = CaseRef(f"RJ-{uuid.uuid4().hex[:4]}-TEST".upper())
    vault = PostgresVault(pool)
    note = await vault.save_note(ref, "Ring late.", by="staff:c.okafor")
    assert await vault.get_note(note, by="service") == "Ring late."
    assert await vault.get_note(note, by="staff:c.okafor") == "Ring late."
    assert await readers(pool, ref) == [("note", "staff:c.okafor")]
