"""Published lives on the real server: the workflow walks them, months and all, to where the process says they end."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.domain.lives import LIVES, WHY_SKIPPED, Life, Walk, read_lives, walk
from tests.workflows.conftest import Cases, RunningCase
from workflows.clock import CaseClock
from workflows.names import RECORD
from workflows.record_codec import write_record

pytestmark = pytest.mark.skipif(not LIVES.exists(), reason=WHY_SKIPPED)

BEGINS = date(2026, 3, 2)
SHORT = "rj-s23"
"""The life that is walked on each run; each day that passes takes the server a moment."""

ALL: list[Any] = [
    pytest.param(life, id=life["id"], marks=() if life["id"] == SHORT else pytest.mark.long)
    for life in (read_lives() if LIVES.exists() else [])
]


@pytest.mark.parametrize("life", ALL)
async def test_a_life_ends_on_the_server_as_it_does_in_the_process(cases: Cases, life: Life) -> None:
    walked = walk(life, BEGINS)
    case = await start_case(cases, walked)
    if walked.case is None:
        await case.handle.result()
        assert [refused.code for refused in cases.outside.casefile.refused[case.ref]] == [walked.refused]
        return
    await live_through(case, walked)
    status = await case.wait_until_written()
    assert (status["stage"], status["step"]) == (walked.case.stage, walked.case.step)
    assert status["reason"] == walked.case.progress.reason
    assert cases.outside.casefile.refused[case.ref] == []


async def start_case(cases: Cases, walked: Walk) -> RunningCase:
    """The case of a life, whose own clock shows the day on which it began."""
    began, opening = walked.records[0]
    now = datetime.now(UTC).timestamp()
    return await cases.start_with(write_record(opening), CaseClock(real_origin=now, case_origin=began.timestamp()))


async def live_through(case: RunningCase, walked: Walk) -> None:
    """Record what happened, each in its time."""
    now = walked.records[0][0]
    for moment, record in walked.records[1:]:
        if moment > now:
            # A run that is just being continued takes first what was sent to it.
            await case.wait_until_written()
            await case.pass_days((moment - now).total_seconds() / 86_400)
            now = moment
        await case.handle.signal(RECORD, write_record(record))
