"""A request that was stored before, to compare one that comes again under its id.

The number of the crime is read from the vault: the request has a token of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from domain.vocabulary import PERSON

_GET = """
select inbox.digest, inbox.record -> 'data' as request, coalesce(victims.details, '{}') as victim,
    coalesce(offenders.details, '{}') as offender, coalesce(notes.text, '') as note, inbox.outcome, inbox.reason
from requests
join inbox on inbox.source = requests.source and inbox.message_id = requests.source_id
left join vault.victims on victims.ref = requests.ref
left join vault.offenders on offenders.ref = requests.ref
left join vault.notes on notes.id::text = inbox.note
where requests.source = $1 and requests.source_id = $2
"""


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A stored request by its fields, the personal ones as they are in the vault now; `refused` is why it was."""

    digest: bytes
    fields: Mapping[str, Any] = field(repr=False)
    refused: str = ""


async def get_stored_request(pool: asyncpg.Pool, source: str, source_id: str) -> StoredRequest:
    """Return the request that was stored under this id."""
    row = await pool.fetchrow(_GET, source, source_id)
    assert row is not None, "no request is deleted"
    fields = flatten_details(row["request"], row["victim"], row["offender"], row["note"])
    return StoredRequest(row["digest"], fields, row["reason"] or "" if row["outcome"] == "refused" else "")


def flatten_details(
    request: Mapping[str, Any], victim: Mapping[str, Any], offender: Mapping[str, Any], note: str
) -> dict[str, Any]:
    """Return the fields by their names, those of a person after `victim.`, `offender.` or `referrer.`."""
    separate = {"offence", "date_of_offence", "referrer", "incident"}
    fields = {**request, **{name: victim[name] for name in separate - {"referrer"} if name in victim}}
    for group, person in (("victim", victim), ("offender", offender), ("referrer", victim.get("referrer", {}))):
        fields |= {f"{group}.{name}": value for name, value in person.items() if name not in separate}
    if fields.get("referred_by") == PERSON:
        # It follows from the referrer's details.
        del fields["referred_by"]
    return {**fields, **({"note": note} if note else {})}
