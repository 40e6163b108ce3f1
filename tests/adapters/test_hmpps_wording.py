"""What is said of somebody whom the register does not show: never that they do not exist."""

import re
from dataclasses import astuple

import pytest

from adapters.hmpps_judging import Sought
from adapters.hmpps_wording import candidates_text
from domain.endings import ENDINGS
from domain.reasons import MEANINGS, Reason
from domain.staff_wordings import WAITS
from domain.vocabulary import Step, WaitKind
from domain.wordings import STEPS

CLAIM = re.compile(
    r"\b(exists?|existed|no such|no record|no trace|never (was|lived)|nobody of|not on (the|any))\b", re.I
)

SAID = {
    "the victim while it is searched": " ".join(astuple(STEPS[Step.TRACING])),
    "the victim in the end": " ".join(astuple(ENDINGS[Reason.NO_MATCH])),
    "staff about the reason": MEANINGS[Reason.NO_MATCH].description,
    "staff who wait": " ".join(astuple(WAITS[WaitKind.TRACE])),
    "staff who find no route": " ".join(astuple(WAITS[WaitKind.ROUTE])),
    "staff who choose": candidates_text(Sought(("Darren Pollitt",)), (), complete=False),
}


@pytest.mark.parametrize("to", SAID)
def test_nobody_is_told_that_somebody_does_not_exist(to: str) -> None:
    assert CLAIM.search(SAID[to]) is None


@pytest.mark.parametrize("claim", ["There is no such person.", "He does not exist.", "They are not on the register."])
def test_a_wording_that_claimed_it_would_be_found(claim: str) -> None:
    assert CLAIM.search(claim)
