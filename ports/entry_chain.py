"""The chain of a case's entries: each digest covers the entry and the digest before it.

It covers codes and the vault's ids, never what the vault holds, so that an erasure leaves it verifiable.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC

from domain.vocabulary import CaseRef
from ports.case_file import Entry

START = b""
"""What comes before the first entry."""


def canonical(ref: CaseRef, entry: Entry) -> bytes:
    """The bytes that the chain covers: JSON with sorted keys and no space, in UTF-8, times in UTC."""
    covered = {
        "ref": ref,
        "version": entry.version,
        "id": entry.id,
        "event": entry.event,
        "data": entry.data,
        "note": entry.note,
        "by": entry.by,
        "at": entry.at.astimezone(UTC).isoformat(),
        "stage": entry.stage,
        "step": entry.step,
        "reason": entry.reason,
        "rules": entry.rules,
        "occurred_on": entry.occurred_on and entry.occurred_on.isoformat(),
    }
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def digest(before: bytes, covered: bytes) -> bytes:
    """The digest of an entry whose `canonical` bytes are `covered`, after one whose digest is `before`."""
    return hashlib.sha256(before + covered).digest()


def digests(ref: CaseRef, entries: Iterable[Entry]) -> Iterator[bytes]:
    """The digests of a whole case's `entries`, in order from the first."""
    before = START
    for entry in entries:
        before = digest(before, canonical(ref, entry))
        yield before
