"""What staff read of a finding."""

import pytest

from domain.findings import KIND_OF, FindingCode
from domain.wording.findings import describe_finding


@pytest.mark.parametrize(
    ("detail", "facts"),
    [
        ("task_failing", "fails on this case: what"),
        ("task_failing WorkflowTaskFailed TimedOut", "(WorkflowTaskFailed, TimedOut)"),
        ("write_failing 12 TimeoutError", "(12 attempts, the last one failed with TimeoutError)"),
        ("ask_breaking_off 6 KeyError", "(6 attempts, the last one failed with KeyError)"),
        ("behind 4 6", "it is at version 4, the case at 6"),
        ("workflow_differs version on_hold", "(version, on hold)"),
    ],
)
def test_a_finding_is_told_with_its_facts(detail: str, facts: str) -> None:
    assert facts in describe_finding(detail).why


@pytest.mark.parametrize("code", FindingCode)
def test_each_finding_says_who_can_act_and_what_they_can_do(code: FindingCode) -> None:
    said = describe_finding(code)
    assert said.who
    assert said.can_do.endswith(".")
    assert code in KIND_OF


def test_a_finding_of_a_later_version_is_shown_unchanged() -> None:
    assert describe_finding("worn_out 7").why == "Something is wrong with the case: worn_out 7."
