"""4.10: policies are data in a file, which is checked, and a loaded version never changes."""

import asyncpg
import pytest

from adapters.policy_files import InvalidPolicyFile, read_policies
from adapters.postgres.policies import PolicyDiffers, PostgresPolicies
from domain.policy import ADULT, OUT_OF_COURT, PACKAGED, YOUTH, WaitPolicy, choose_policy
from domain.vocabulary import Disposal, WaitKind

EASTMOOR = b"""
[[policy]]
name = "eastmoor"
version = 1
like = "adult"
area = "eastmoor"
waits.screening = {due = 3, notice = 6}
"""


def test_a_policy_of_a_file_states_what_differs_from_another_one() -> None:
    """4.10b."""
    (policy,) = read_policies(EASTMOOR)
    assert (policy.area, policy.label) == ("eastmoor", "eastmoor/1")
    assert policy.waits[WaitKind.SCREENING] == WaitPolicy(ADULT.waits[WaitKind.SCREENING].unit, due=3, notice=6)
    assert policy.waits[WaitKind.TRACE] == ADULT.waits[WaitKind.TRACE]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("waits.screening = {due = 9, notice = 6}", "waits.screening: chase, due and notice"),
        ("waits.screening = {due = 0}", "waits.screening: chase, due and notice"),
        ("waits.weather = {unit = 'wd', due = 2}", "waits.weather"),
        ("follow_ups = [6, 2]", "follow_ups"),
        ("aftercare = 52", "aftercare: 26"),
        ("risk = 0", "risk: from 1"),
        ("route = 'motorway'", "route: one of"),
        ("disposal = 'acquitted'", "disposal"),
        ("nonsense = 1", "nonsense: there is no such field"),
    ],
)
def test_a_policy_that_no_case_can_be_under_is_refused_with_its_field(line: str, problem: str) -> None:
    with pytest.raises(InvalidPolicyFile) as invalid:
        read_policies(b"[[policy]]\nname = 'north'\nversion = 1\nlike = 'adult'\n" + line.encode())
    assert f"north: {problem}" in str(invalid.value)


@pytest.mark.parametrize("content", [b"", b"policy", b"\xff", b"[[policy]]\nname = 'north'", EASTMOOR + EASTMOOR])
def test_a_file_without_sound_policies_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidPolicyFile):
        read_policies(content)


def test_a_packaged_version_cannot_be_given_another_value() -> None:
    with pytest.raises(InvalidPolicyFile, match="never changes"):
        read_policies(b"[[policy]]\nname = 'adult'\nversion = 1\nlike = 'youth'")


async def test_a_version_that_is_loaded_never_changes(pool: asyncpg.Pool) -> None:
    """4.10b."""
    policies = PostgresPolicies(pool)
    loaded = read_policies(EASTMOOR)
    assert await policies.load(loaded, "operator:a") == loaded
    assert await policies.load(loaded, "operator:a") == ()
    with pytest.raises(PolicyDiffers, match="eastmoor/1"):
        await policies.load(read_policies(EASTMOOR.replace(b"due = 3", b"due = 4")), "operator:a")
    for change in ("update policies set version = 2", "delete from policies"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pool.execute(change)
    assert await policies.list_policies() == (*PACKAGED, *loaded)


def test_area_then_disposal_then_route_choose_the_policy_and_the_newest_version_of_it() -> None:
    """4.10a."""
    (eastmoor,) = read_policies(EASTMOOR)
    (newer,) = read_policies(EASTMOOR.replace(b"version = 1", b"version = 2"))
    policies = (*PACKAGED, newer, eastmoor)
    assert choose_policy(policies, "north", "police", Disposal.CONVICTED) is ADULT
    assert choose_policy(policies, "north", "youth", Disposal.PRE_SENTENCE) is YOUTH
    assert choose_policy(policies, "north", "youth", Disposal.OUT_OF_COURT) is OUT_OF_COURT
    assert choose_policy(policies, "eastmoor", "youth", Disposal.OUT_OF_COURT) is newer


async def test_the_value_of_a_loaded_version_is_read_once_and_a_later_version_is_found(pool: asyncpg.Pool) -> None:
    policies, others = PostgresPolicies(pool), PostgresPolicies(pool)
    (first,) = read_policies(EASTMOOR)
    await others.load([first], "operator:a")
    known = await policies.list_policies()
    (second,) = read_policies(EASTMOOR.replace(b"version = 1", b"version = 2"))
    await others.load([second], "operator:a")

    listed = await policies.list_policies()
    assert listed == (*PACKAGED, first, second)
    assert listed[len(PACKAGED)] is known[-1]
    assert listed == await others.list_policies()
