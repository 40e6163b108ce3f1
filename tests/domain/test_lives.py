"""Twelve published cases walk from their request to the end they had, or to the refusal that our rules give them."""

from datetime import date
from typing import Any

import pytest

from domain.vocabulary import Stage, Step
from tests.domain.lives import KINDS_ADDED, LIVES, WHY_SKIPPED, Life, moments, read_lives, walk

pytestmark = pytest.mark.skipif(not LIVES.exists(), reason=WHY_SKIPPED)

BEGINS = date(2024, 1, 8)
ALL: list[Any] = [pytest.param(life, id=life["id"]) for life in (read_lives() if LIVES.exists() else [])]


def test_there_are_twelve_lives() -> None:
    assert len(ALL) == 12


@pytest.mark.parametrize("life", ALL)
def test_a_life_walks_to_its_end(life: Life) -> None:
    walked, expected = walk(life, BEGINS), life["expected_end"]
    print(f"\n{life['id']} added: {', '.join(walked.added) or 'nothing'}")  # noqa: T201 - what was added is said
    if "refused" in expected:
        assert walked.refused == expected["refused"]
        assert len(walked.records) == 1, "the request itself is refused"
        return
    assert walked.case is not None
    assert walked.case.stage == expected["stage"]
    assert walked.case.progress.reason == expected["reason"]
    assert walked.case.step is (Step.FOLLOWING_UP if walked.case.stage is Stage.MEETING_HELD else Step.CLOSED)


@pytest.mark.parametrize("life", ALL)
def test_only_what_a_life_leaves_out_is_added(life: Life) -> None:
    assert set(walk(life, BEGINS).added) <= KINDS_ADDED


@pytest.mark.parametrize("life", ALL)
def test_a_life_is_walked_the_same_way_each_time(life: Life) -> None:
    records = moments(life, BEGINS)
    assert records == moments(life, BEGINS)
    assert [moment for moment, _ in records] == sorted(moment for moment, _ in records)
    assert len({record.id for _, record in records}) == len(records)


def test_every_kind_of_addition_is_needed_by_some_life() -> None:
    added = {kind for life in read_lives() for kind in walk(life, BEGINS).added}
    assert added == KINDS_ADDED
