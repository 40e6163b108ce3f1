"""`rj agency` and `rj asks` on a real database."""

import asyncio
from datetime import date

import pytest
from typer.testing import CliRunner

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import open_pool
from cli.app import app
from ports.case_file import WaitSnapshot
from tests.adapters.pages import SCREENING, START, page
from tests.cli.shell import Shell, flags

pytestmark = pytest.mark.postgres

ID = "eastmoor-probation"
PROBATION = flags(
    kind="probation",
    name="Eastmoor Probation",
    area="eastmoor",
    channel="http",
    address="https://asks.probation.example/rj",
    contact="Duty desk, 01632 960001",
)
BY = ("--as", "supervisor:s.lindqvist")
NOWHERE = {"RJ_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}


async def test_an_agency_is_entered_shown_listed_changed_removed_and_put_back(alone: Shell) -> None:
    added = await alone.value("agency", "add", ID, *PROBATION, "--works", "mon-thu", *BY)
    assert set(added["keys"]) == {"theirs", "ours"}
    shown = added["agency"]
    assert (shown["works_on"], shown["questions"], shown["active"], len(shown["ours"])) == ("mon-thu", [], True, 1)

    seen, listed, edited = (
        await alone.value("agency", "show", ID),
        await alone.rj("agency", "list", "--area", "eastmoor", "--json"),
        await alone.value("agency", "edit", ID, "--questions", "trace,agency-check", "--contact", ""),
    )
    assert seen == shown == listed.values[0]
    assert edited == shown | {"questions": ["trace", "agency_check"], "contact": ""}
    assert (await alone.value("agency", "remove", ID))["active"] is False
    gone, inactive = await asyncio.gather(alone.rj("agency", "list"), alone.rj("agency", "list", "--inactive"))
    assert gone.out == "No agency is like that.\n"
    assert "removed" in inactive.out
    assert await alone.value("agency", "edit", ID, "--active") == edited


async def test_people_read_how_an_agency_is_asked_and_its_keys_only_when_they_are_made(alone: Shell) -> None:
    added = await alone.rj("agency", "add", ID, *PROBATION)
    assert "Asked over HTTP at https://asks.probation.example/rj: any question." in added.out
    assert "Works Monday to Friday. Contact: Duty desk, 01632 960001." in added.out
    keys = [word for word in added.out.split() if word.startswith("whsec_")]
    assert len(set(keys)) == 2

    rotated = await alone.rj("agency", "rotate-key", ID, "--theirs")
    assert "The older ones count until" in rotated.out
    keys += [word for word in rotated.out.split() if word.startswith("whsec_")]
    shown, listed = await asyncio.gather(alone.rj("agency", "show", ID), alone.rj("agency", "list"))
    assert "Keys that it signs with: 2, the newest of" in shown.out
    assert "Keys that we sign with: 1" in shown.out
    assert len(set(keys)) == 3
    assert not [key for key in keys if key in shown.out + listed.out + added.err + rotated.err]


async def test_a_key_is_rotated_for_one_side_and_the_older_ones_end_when_told(alone: Shell) -> None:
    await alone.value("agency", "add", ID, *PROBATION)
    rotated = await alone.value("agency", "rotate-key", ID, "--ours", "--overlap", "1.5")
    assert (rotated["agency"], rotated["side"]) == (ID, "ours")
    assert rotated["older_until"]
    last = await alone.value("agency", "rotate-key", ID, "--ours", "--overlap", "0")
    assert last["older_until"] is None
    shown = await alone.value("agency", "show", ID)
    assert (len(shown["ours"]), len(shown["theirs"])) == (1, 1)


async def test_asks_rest_by_either_command_and_the_lists_say_whose_since_when_and_by_whom(alone: Shell) -> None:
    await alone.value("agency", "add", ID, *PROBATION)
    by_agency = await alone.value("agency", "pause", ID, *BY)
    by_asks = await alone.value("asks", "pause", "--agency", ID, "--as", "caseworker:c.okafor")
    assert by_agency == by_asks
    assert [each["by"] for each in by_agency["pauses"]] == ["staff:s.lindqvist"]
    await alone.value("asks", "pause", *BY)

    stuck, listed, shown = await asyncio.gather(
        alone.rj("stuck"), alone.rj("agency", "list", "--paused"), alone.rj("agency", "show", ID)
    )
    for said in (stuck, listed, shown):
        assert "All asks to agencies rest since " in said.out
        assert "by staff:s.lindqvist" in said.out
    assert f"Asks to {ID} rest since " in stuck.out
    kinds = [each["kind"] for each in (await alone.rj("stuck", "--json")).values]
    assert kinds == ["agency_pause", "agency_pause"]

    resumed = await alone.rj("asks", "resume")
    assert resumed.out.startswith(f"Asks are sent again.\nStill: Asks to {ID} rest since ")
    assert (await alone.value("agency", "resume", ID)) == {"agency": ID, "pauses": []}
    again = await alone.rj("asks", "resume", "--agency", ID)
    assert again.out == f"Asks to {ID} did not rest by themselves.\n"
    assert (await alone.rj("stuck")).out == "Nothing is stuck.\n"


async def test_who_is_waited_for_is_shown_with_whom_to_ring_and_on_which_days(alone: Shell) -> None:
    await alone.value("agency", "add", ID, *PROBATION, "--area", "eastshire", "--works", "tue,wed")
    due = date(2026, 3, 16)
    vlo, probation = (
        WaitSnapshot(f"agency_check:{kind}", kind, START, due, overdue_since=due) for kind in ("vlo", "probation")
    )
    async with await open_pool(alone.environment["RJ_DATABASE_URL"]) as pool:
        await PostgresCaseFile(pool).write(page(1, waits=(SCREENING, vlo, probation)))
    line = "Eastmoor Probation (eastmoor-probation) works Tuesday and Wednesday. Contact: Duty desk, 01632 960001."
    stuck, as_json = await asyncio.gather(alone.rj("stuck"), alone.rj("stuck", "--json"))
    assert stuck.out.splitlines()[-1] == f"  {line}"
    (value,) = as_json.values
    assert [(each["waiting_on"], each["agency"], each["works_on"]) for each in value["agencies"]] == [
        ("probation", ID, "tue,wed")
    ]


async def test_what_the_directory_refuses_is_one_line(alone: Shell) -> None:
    await alone.value("agency", "add", ID, *PROBATION)
    there, unfit, by_hand = await asyncio.gather(
        alone.refused("agency", "add", ID, *PROBATION),
        alone.refused("agency", "add", "Q", "--kind", "police", "--name", "Q", "--channel", "email"),
        alone.refused("agency", "edit", ID, "--channel", "manual", "--address", "https://asks.example"),
    )
    assert there.endswith("'eastmoor-probation' already: rj agency edit changes it, with --active if it was removed")
    assert unfit.startswith("rj: id: small letters, digits and hyphens, at most 100, the first no hyphen; kind: ")
    assert unfit.endswith("address: one mail address, as in asks@probation.example")
    assert "address: an agency that a caseworker asks has none" in by_hand


@pytest.mark.parametrize(
    "commands",
    [
        (("agency", "show"), ("agency", "pause"), ("agency", "resume"), ("agency", "remove")),
        (
            ("agency", "test"),
            ("asks", "pause", "--agency"),
            ("agency", "rotate-key", "--ours"),
            ("agency", "edit", "--active"),
        ),
    ],
)
async def test_an_agency_that_there_is_not_is_said_to_be_unknown(
    alone: Shell, commands: tuple[tuple[str, ...], ...]
) -> None:
    lines = await asyncio.gather(*(alone.refused(*command, "nobody") for command in commands))
    assert set(lines) == {"rj: the directory has no agency 'nobody': rj agency list shows those that it has"}


MISTAKES = {
    "no such command": (("agency", "delete", ID), "No such command 'delete'"),
    "no id": (("agency", "show"), "Missing argument 'ID'"),
    "no kind": (("agency", "add", ID, "--name", "Q"), "Missing option '--kind'"),
    "nothing to change": (("agency", "edit", ID), "nothing to change"),
    "neither side": (("agency", "rotate-key", ID), "say whose key: --theirs"),
    "both sides": (("agency", "rotate-key", ID, "--ours", "--theirs"), "say whose key"),
    "an overlap that is long": (("agency", "rotate-key", ID, "--ours", "--overlap", "400"), "from 0 to 366 days"),
    "an overlap that is none": (("agency", "rotate-key", ID, "--ours", "--overlap", "nan"), "from 0 to 366 days"),
    "a kind that is none": (("agency", "list", "--kind", "police"), "--kind 'police': it is one of vlo, probation"),
    "a channel that is none": (("agency", "list", "--channel", "fax"), "--channel 'fax': it is one of http, email"),
    "an actor that is none": (("agency", "pause", ID, "--as", "janitor:j.day"), "--as 'janitor:j.day'"),
}


@pytest.mark.parametrize(("args", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_shows_before_the_database_is_asked(args: tuple[str, ...], expected: str) -> None:
    ended = CliRunner(env=NOWHERE).invoke(app, args)
    assert expected in ended.stderr
    assert (ended.exit_code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("group", ["agency", "asks"])
def test_a_group_alone_says_what_it_has(group: str) -> None:
    ended = CliRunner(env=NOWHERE).invoke(app, [group])
    assert (ended.exit_code, "pause" in ended.stdout, "resume" in ended.stdout) == (0, True, True)
