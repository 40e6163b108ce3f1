"""What may be a name is a token in events and in Temporal, and its value is in the vault."""

import random

import asyncpg
import pytest

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.stored_requests import get_stored_request
from adapters.requests.intake import digest_of, find_differences, store_request
from adapters.requests.rows import RequestRow, read_row
from domain.references import new_ref
from domain.vocabulary import Refusal
from ports.token_key import TokenKey
from tests.token_keys import TOKEN_KEY, TOKEN_KEY_TEXT
from workflows.record_codec import InvalidRecord, read_event

CHANCE = random.Random(7)


def row_of(source_id: str, incident: str) -> RequestRow:
    request = {
        "area": "eastmoor",
        "initiated_by": "victim",
        "takes_part_as": "direct_victim",
        "offender_age_group": "adult",
        "contact": "none",
        "incident": incident,
    }
    row = read_row({"source_id": source_id, "request": request, "victim": {"name": "Wilhelmina Ashdown"}})
    assert isinstance(row, RequestRow)
    return row


async def test_the_number_of_a_crime_and_the_id_of_a_request_are_tokens_and_the_vault_has_the_number(
    pool: asyncpg.Pool,
) -> None:
    inbox = PostgresInbox(pool)
    for number, incident in enumerate(("Ashdown/26", "ASHDOWN/26", "CR/9")):
        await store_request(
            inbox, TOKEN_KEY, "import:forms", row_of(f"ashdown-{number}", incident), CHANCE, ref=new_ref(CHANCE)
        )
    leased = await inbox.lease_next(10, 5.0)
    assert "ashdown" not in str([message.record for message in leased]).lower()
    incidents = [message.record["data"]["incident"] for message in leased]
    assert incidents[0] == incidents[1] != incidents[2]
    kept = await pool.fetch("select details ->> 'incident' as incident from vault.victims order by 1")
    assert sorted(row["incident"] for row in kept) == ["ASHDOWN/26", "Ashdown/26", "CR/9"]


async def test_a_request_that_comes_again_is_compared_with_the_number_in_the_vault(pool: asyncpg.Pool) -> None:
    first, second = row_of("1", "CR/9"), row_of("1", "CR/10")
    await store_request(PostgresInbox(pool), TOKEN_KEY, "import:forms", first, CHANCE)
    stored = await get_stored_request(pool, "import:forms", "1")
    assert stored.digest == digest_of(first, TOKEN_KEY)
    assert find_differences(first, stored) == ()
    assert find_differences(second, stored) == ("incident",)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("trace_answered", {"answer": "ambiguous", "candidates": "Ashdown-W"}),
        ("candidate_chosen", {"whereabouts": "custody", "candidate": "Ashdown-W"}),
        ("follow_up_recorded", {"agreement_kept": "met", "report_to": "W.Ashdown"}),
    ],
)
def test_a_field_that_may_name_somebody_holds_nothing_but_an_id_of_the_vault(event: str, data: dict[str, str]) -> None:
    with pytest.raises(InvalidRecord) as refused:
        read_event(event, data)
    assert refused.value.code is Refusal.FREE_TEXT
    (named,) = set(data) & {"candidates", "candidate", "report_to"}
    in_vault = "5a3e5f0c-6a0f-4a51-9d67-0d5a1c2f7b11"
    assert getattr(read_event(event, {**data, named: in_vault}), named) == in_vault


async def test_a_reader_of_the_database_cannot_tell_a_number_or_a_text_from_its_token(pool: asyncpg.Pool) -> None:
    """Nothing in the database gives the same token or digest without the key, which is in no table."""
    row = row_of("ashdown-1", "CR/9")
    await store_request(PostgresInbox(pool), TOKEN_KEY, "import:forms", row, CHANCE)
    (stored,) = await pool.fetch("select record #>> '{data,incident}' as incident, digest from inbox")

    assert stored["incident"] == TOKEN_KEY.make_incident_token("cr/9")
    assert stored["digest"] == digest_of(row, TOKEN_KEY)
    other = TokenKey(bytes(32))
    assert stored["incident"] != other.make_incident_token("CR/9")
    assert stored["digest"] != digest_of(row, other)
    dump = ""
    for table in await pool.fetch(
        "select oid::regclass::text as name from pg_class where relkind = 'r' and oid > 16383"
    ):
        dump += str(await pool.fetch(f"select to_jsonb(t.*)::text from {table['name']} as t"))  # noqa: S608
    assert TOKEN_KEY_TEXT not in dump
    assert TOKEN_KEY.secret.hex() not in dump
