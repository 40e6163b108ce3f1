"""2.12a: what a victim is offered on the pages of their case, in every state that the process can reach."""

from datetime import timedelta

import pytest

from application.victim_acts import VICTIM, WHILE_UNTOLD, VictimAct, event_of, list_acts
from domain import events as e
from domain.due_events import aftercare_ends_on
from domain.events import Record
from domain.process import PLANNING_ANOTHER, advance
from domain.vocabulary import Stage
from tests.domain.exploration import reach
from tests.domain.slices import NOW, SLICES, Slice, follow_up_contact
from tests.domain.test_another_contact import PLANNED, STOPPED
from tests.domain.test_safety import ARRANGED, then

EXPLORED = [part for part in SLICES if part.name in ("another contact", "concerns", "withdrawn by the victim's link")]


@pytest.mark.parametrize("part", EXPLORED, ids=lambda part: part.name)
def test_every_act_that_is_offered_is_taken(part: Slice) -> None:
    """2.1d: while bad news is untold the offer is always the same, and there is a plan wherever it can be stopped."""
    for case, now in reach(part.starts(), part.follows).values():
        offered = list_acts(case, now)
        if case.news is not None:
            assert offered == WHILE_UNTOLD
            continue
        for act in offered:
            advance(case, Record("act", event_of(act), VICTIM), now)
        if VictimAct.STOP in offered and case.stage is Stage.MEETING_HELD:
            assert case.step in PLANNING_ANOTHER
        assert not {VictimAct.TAKE_A_BREAK, VictimAct.GO_ON} <= set(offered)


def test_nothing_is_offered_once_the_aftercare_is_over() -> None:
    ended = then(follow_up_contact(), e.FollowUpEnded())
    ends_on = aftercare_ends_on(ended)
    assert ends_on is not None
    last_moment = ended.calendar.end_of(ends_on)
    assert VictimAct.NOT_SAFE in list_acts(ended, last_moment - timedelta(minutes=1))
    assert list_acts(ended, last_moment) == ()


def test_a_plan_of_another_contact_can_be_stopped_only_while_there_is_one() -> None:
    planned = then(follow_up_contact(), PLANNED)
    stopped = then(planned, ARRANGED, STOPPED)
    told = then(stopped, e.VictimTold("telephone"))
    offers = [VictimAct.STOP in list_acts(case, NOW) for case in (follow_up_contact(), planned, told)]
    assert (offers, list_acts(stopped, NOW)) == ([False, True, False], WHILE_UNTOLD)
