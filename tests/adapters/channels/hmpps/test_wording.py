"""What is said about somebody who is not shown by the register: never that they do not exist."""

import re
from dataclasses import astuple
from datetime import date, timedelta

import pytest

from adapters.channels.hmpps.matching import RegisterPerson, SearchSubject
from adapters.channels.hmpps.records import Name, RegisterRecord
from adapters.channels.hmpps.trace import MAX_SHOWN
from adapters.channels.hmpps.whereabouts import Placement
from adapters.channels.hmpps.wording import Candidate, describe_candidates
from domain.reasons import Reason
from domain.vocabulary import AgencyKind, AgencyRef, Step, WaitKind, Whereabouts
from domain.wording.staff import REASON_LABELS, WAITS
from domain.wording.victim import STEPS
from domain.wording.victim_endings import ENDINGS
from workflows.agency_messages import MAX_NOTE_LENGTH

CLAIM = re.compile(
    r"\b(exists?|existed|no such|no record|no trace|never (was|lived)|nobody of|not on (the|any))\b", re.I
)

SAID = {
    "the victim while it is searched": " ".join(astuple(STEPS[Step.TRACING])),
    "the victim in the end": " ".join(astuple(ENDINGS[Reason.NO_MATCH])),
    "staff about the reason": REASON_LABELS[Reason.NO_MATCH],
    "staff who wait": " ".join(astuple(WAITS[WaitKind.TRACE])),
    "staff who find no route": " ".join(astuple(WAITS[WaitKind.ROUTE])),
    "staff who choose": describe_candidates(SearchSubject(("Darren Pollitt",)), (), complete=False),
}


@pytest.mark.parametrize("to", SAID)
def test_nobody_is_told_that_somebody_does_not_exist(to: str) -> None:
    assert CLAIM.search(SAID[to]) is None


@pytest.mark.parametrize("claim", ["There is no such person.", "He does not exist.", "They are not on the register."])
def test_a_wording_that_claimed_it_would_be_found(claim: str) -> None:
    assert CLAIM.search(claim)


def test_people_with_any_number_of_aliases_fit_into_a_note_that_is_taken() -> None:
    aliases = tuple(Name(first_name="Darren", middle_name=f"{'x' * 90} {n}", last_name="Pollitt") for n in range(50))
    records = tuple(
        RegisterRecord(
            first_name=f"Darren {'x' * 90}",
            last_name="Pollitt",
            pnc_id=f"2008/{n:07}Z",
            date_of_birth=date(1990, 1, 1) + timedelta(days=n),
            aliases=aliases,
        )
        for n in range(50)
    )
    place = Placement(Whereabouts.CUSTODY, AgencyKind.PRISON, "Z" * 500)
    agency = AgencyRef(f"prison:{'z' * 100}")
    seen = Candidate(RegisterPerson("Y" * 500, records), place=place, agency=agency)
    text = describe_candidates(SearchSubject(("Darren Pollitt",)), [seen] * MAX_SHOWN, complete=False)

    assert len(text) <= MAX_NOTE_LENGTH
    assert text.count("whereabouts custody") == text.count(f"responsible_agency {agency}") == MAX_SHOWN
