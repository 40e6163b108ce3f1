import json
from datetime import date

import pytest

from benchmarks.full_case import Size, full_case
from benchmarks.life import asks_of, life


@pytest.mark.postgres
@pytest.mark.temporal
async def test_a_tiny_run_gives_one_line_of_json_and_counts_what_a_case_costs() -> None:
    # It raises where the case file misses a case, an entry, an ask or a notification, or where a chain is broken.
    result = json.loads(json.dumps(await full_case(Size(pairs=1, cases=2, at_once=2, warm_up=1, open_cases=2))))

    assert (result["name"], result["messages"]) == ("full_case", 18)
    assert result["ratio"] == pytest.approx(result["rate"] / result["floor"]["rate"], rel=0.25), "but for rounding"
    assert 0 < result["p50_ms"] <= result["p99_ms"]
    case, floor = result["costs"], result["floor_costs"]
    # Each message and each ask is an activity task of the floor's, and of ours where no two are written together. Three
    # agencies are told of the day that is set, and of the end.
    assert 22 <= floor["activity_tasks"] <= 24
    assert 6 + 8 <= case["activity_tasks"] <= 24 + 2 * 3
    assert case["local_activities"] == 0
    assert min(case["workflow_tasks"], floor["workflow_tasks"]) >= 10
    assert case["processor_ms"]["worker"] > 0
    assert result["memory"]["after_mb"] > result["memory"]["before_mb"] / 2 > 0


def test_an_agency_answers_only_what_it_was_asked_before() -> None:
    messages = life(date(2026, 11, 23))
    for number, message in enumerate(messages):
        assert message.after_asks <= asks_of(messages[:number])
