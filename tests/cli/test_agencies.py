"""`rj agency` over HTTP, at a service on a real database."""

import asyncio

import pytest
from typer.testing import CliRunner

from cli.app import app
from tests.cli.conftest import RunningService
from tests.cli.shell import flags

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
NOWHERE = {"RJ_SERVER": "http://127.0.0.1:1", "RJ_TOKEN": "none"}


async def test_an_agency_is_added_shown_listed_changed_removed_and_put_back(alone: RunningService) -> None:
    admin = alone.admin
    added = await admin.value("agency", "add", ID, *PROBATION, "--works", "mon-thu")
    assert set(added["keys"]) == {"theirs", "ours"}
    shown = added["agency"]
    assert (shown["works_on"], shown["questions"], shown["active"], len(shown["ours"])) == ("mon-thu", [], True, 1)

    seen, listed, edited = (
        await admin.value("agency", "show", ID),
        await alone.caseworker.values("agency", "list", "--area", "eastmoor"),
        await admin.value("agency", "edit", ID, "--questions", "trace,agency-check", "--contact", ""),
    )
    assert seen == shown == listed[0]
    assert edited == shown | {"questions": ["trace", "agency_check"], "contact": ""}
    assert (await admin.value("agency", "remove", ID))["active"] is False
    active, inactive = await asyncio.gather(admin.rj("agency", "list"), admin.rj("agency", "list", "--inactive"))
    assert active.out == "No matching agencies\n"
    assert "removed" in inactive.out
    assert await admin.value("agency", "edit", ID, "--active") == edited


async def test_people_read_how_an_agency_is_asked_and_its_keys_only_when_they_are_made(alone: RunningService) -> None:
    admin = alone.admin
    added = await admin.rj("agency", "add", ID, *PROBATION)
    assert "by http (signed webhooks) at https://asks.probation.example/rj: any question." in added.out
    assert "Working days: mon-fri. Contact: Duty desk, 01632 960001." in added.out
    keys = [word for word in added.out.split() if word.startswith("whsec_")]
    assert len(set(keys)) == 2

    rotated = await admin.rj("agency", "rotate-key", ID, "--theirs")
    assert "The older ones are valid until" in rotated.out
    assert "(London time)" in rotated.out
    keys += [word for word in rotated.out.split() if word.startswith("whsec_")]
    shown, listed = await asyncio.gather(admin.rj("agency", "show", ID), admin.rj("agency", "list"))
    assert "Keys that it signs with: 2, the newest of" in shown.out
    assert "Keys that we sign with: 1" in shown.out
    assert len(set(keys)) == 3
    assert not [key for key in keys if key in shown.out + listed.out + added.err + rotated.err]


async def test_a_key_is_replaced_for_one_side_and_the_older_ones_end_when_told(alone: RunningService) -> None:
    admin = alone.admin
    await admin.value("agency", "add", ID, *PROBATION)
    rotated = await admin.value("agency", "rotate-key", ID, "--ours", "--overlap", "1.5")
    assert (rotated["agency"], rotated["side"]) == (ID, "ours")
    assert rotated["older_until"]
    last = await admin.value("agency", "rotate-key", ID, "--ours", "--overlap", "0")
    assert last["older_until"] is None
    shown = await admin.value("agency", "show", ID)
    assert (len(shown["ours"]), len(shown["theirs"])) == (1, 1)


async def test_requests_are_paused_and_the_lists_say_whose_since_when_and_who_did_it(alone: RunningService) -> None:
    admin, caseworker = alone.admin, alone.caseworker
    await admin.value("agency", "add", ID, *PROBATION)
    paused = await admin.value("agency", "pause", ID)
    assert [pause["by"] for pause in paused["pauses"]] == ["staff:o.haddad"]
    await admin.value("agency", "pause", "--all")

    stuck, listed, shown = await asyncio.gather(
        caseworker.rj("stuck"), admin.rj("agency", "list", "--paused"), admin.rj("agency", "show", ID)
    )
    everywhere, here = (pause["why"] for pause in (await admin.value("agency", "show", ID))["pauses"])
    assert all(everywhere in ended.out for ended in (stuck, listed, shown))
    assert "by staff:o.haddad" in everywhere
    assert here in stuck.out
    assert [pause["kind"] for pause in await caseworker.values("stuck")] == ["paused", "paused"]

    resumed = await admin.rj("agency", "resume", "--all")
    assert resumed.out == f"{here}\n"
    assert await admin.value("agency", "resume", ID) == {"agency": ID, "pauses": []}
    assert (await admin.rj("agency", "resume", ID)).out == f"Requests to {ID} are not paused.\n"
    assert (await caseworker.rj("stuck")).out == "Nothing is stuck.\n"


async def test_what_the_directory_refuses_is_one_line(alone: RunningService) -> None:
    admin = alone.admin
    await admin.value("agency", "add", ID, *PROBATION)
    exists, invalid, manual, role = await asyncio.gather(
        admin.get_error("agency", "add", ID, *PROBATION),
        admin.get_error("agency", "add", "Q", "--kind", "fire_brigade", "--name", "Q", "--channel", "email"),
        admin.get_error("agency", "edit", ID, "--channel", "manual", "--address", "https://asks.example"),
        alone.supervisor.get_error("agency", "remove", ID),
    )
    assert exists.endswith("[agency_exists]")
    assert invalid.endswith("[invalid]")
    assert "id: " in invalid
    assert "kind: " in invalid
    assert "address: " in manual
    assert role.endswith("[wrong_role]")


async def test_an_agency_that_does_not_exist_is_an_error_with_near_names(alone: RunningService) -> None:
    admin = alone.admin
    await admin.value("agency", "add", ID, *PROBATION)
    lines = await asyncio.gather(
        *(
            admin.get_error("agency", *command, "eastmor-probation")
            for command in (
                ("show",),
                ("pause",),
                ("resume",),
                ("remove",),
                ("ping",),
                ("rotate-key", "--ours"),
                ("edit", "--active"),
            )
        )
    )
    assert all(line.endswith("[unknown_agency]") for line in lines), lines
    assert all(f"did you mean {ID}?" in line for line in lines), lines


MISTAKES = {
    "no such command": (("agency", "delete", ID), "No such command 'delete'"),
    "no id": (("agency", "show"), "Missing argument 'AGENCY'"),
    "no kind": (("agency", "add", ID, "--name", "Q"), "Missing option '--kind'"),
    "nothing to change": (("agency", "edit", ID), "nothing to change"),
    "neither side": (("agency", "rotate-key", ID), "say whose key: --theirs"),
    "both sides": (("agency", "rotate-key", ID, "--ours", "--theirs"), "say whose key"),
    "an overlap that is long": (("agency", "rotate-key", ID, "--ours", "--overlap", "400"), "from 0 to 366 days"),
    "an overlap that is none": (("agency", "rotate-key", ID, "--ours", "--overlap", "nan"), "from 0 to 366 days"),
    "a kind that is none": (
        ("agency", "list", "--kind", "fire_brigade"),
        "--kind 'fire_brigade': it is one of vlo, probation",
    ),
    "a channel that is none": (("agency", "list", "--channel", "fax"), "--channel 'fax': it is one of http, email"),
    "nobody to pause": (("agency", "pause"), "name one agency, or --all"),
    "everybody and one to pause": (("agency", "pause", ID, "--all"), "name one agency, or --all"),
}


@pytest.mark.parametrize(("args", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_shows_before_the_service_is_asked(args: tuple[str, ...], expected: str) -> None:
    ended = CliRunner(env=NOWHERE).invoke(app, args)
    assert expected in ended.stderr
    assert (ended.exit_code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
