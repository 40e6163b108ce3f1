"""`rj staff` over HTTP, and the first administrator, who is entered locally."""

import asyncio

import pytest

from tests.cli.conftest import RunningService
from tests.cli.shell import Shell, flags

pytestmark = pytest.mark.postgres

WEBB = flags(role="caseworker", area="eastmoor")


async def test_somebody_is_added_changed_deactivated_and_let_in_again(alone: RunningService) -> None:
    admin, email = alone.admin, "d.webb@service.example"
    await admin.value("agency", "add", "eastmoor-vlo", *flags(kind="vlo", name="VLO", area="eastmoor"))
    await admin.value("agency", "add", "westhaven-vlo", *flags(kind="vlo", name="VLO", area="westhaven"))
    added = await admin.value("staff", "add", "d.webb", *WEBB, "--role", "auditor", "--email", typed=f"{email}\n")
    assert added == {
        "id": "d.webb",
        "roles": ["auditor", "caseworker"],
        "areas": ["eastmoor"],
        "email": email,
        "active": True,
        "accredited_until": None,
        "specialist_in": [],
        "languages": [],
        "co_facilitators": [],
        "cases": 0,
        "name": "",
        "phone": "",
        "entered_by": "staff:o.haddad",
        "seen_at": None,
    }
    assert (await admin.value("staff", "edit", "d.webb", "--area", "*"))["areas"] == ["*"]
    listed = await admin.rj("staff", "list", "--area", "westhaven")
    assert ("d.webb" in listed.out, "all" in listed.out, "never" in listed.out) == (True, True, True)

    assert (await admin.value("staff", "deactivate", "d.webb"))["active"] is False
    assert "d.webb" not in (await admin.rj("staff", "list")).out
    assert "deactivated" in (await admin.rj("staff", "list", "--inactive")).out
    accredited = await admin.value(
        "staff", "edit", "d.webb", "--accredited-until", "2028-03-31", "--specialist-in", "stalking"
    )
    assert (accredited["accredited_until"], accredited["specialist_in"]) == ("2028-03-31", ["stalking"])
    ended = await admin.value("staff", "edit", "d.webb", "--not-accredited")
    assert (ended["accredited_until"], ended["specialist_in"]) == (None, [])
    said = await admin.rj("staff", "edit", "d.webb", "--active")
    assert "Status: active." in said.out
    assert (await admin.value("staff", "edit", "d.webb", "--email", typed="\n"))["email"] == ""


async def test_facilitators_are_listed_with_what_a_case_needs(alone: RunningService) -> None:
    admin = alone.admin
    await admin.value("agency", "add", "eastmoor-vlo", *flags(kind="vlo", name="VLO", area="eastmoor"))
    await admin.value("staff", "add", "d.webb", *WEBB)
    facilitates = flags(accredited_until="2028-03-31", specialist_in="stalking", language="cy", co_facilitator="d.webb")
    added = await admin.rj("staff", "add", "f.osei", *WEBB, *facilitates)
    assert "other languages: cy; co-facilitators: d.webb; open cases: 0" in added.out
    listed = await alone.supervisor.rj("staff", "list", "--facilitators")
    heading, row = (" ".join(line.split()) for line in listed.out.splitlines())
    assert heading == "account areas accredited until specialist in languages co-facilitators open cases"
    assert row == "f.osei eastmoor 2028-03-31 stalking cy d.webb 0"
    in_csv = (await alone.supervisor.rj("staff", "list", "--language", "cy", "--csv")).out.splitlines()
    assert in_csv[1:] == ["f.osei,caseworker,eastmoor,2028-03-31,stalking,cy,d.webb,0,True"]
    edited = await admin.value("staff", "edit", "f.osei", "--language", "", "--co-facilitator", "")
    assert (edited["languages"], edited["co_facilitators"]) == ([], [])
    assert (await alone.supervisor.rj("staff", "list", "--language", "cy")).out == "No matching facilitators\n"
    assert "did you mean d.webb" in await admin.get_error("staff", "edit", "f.osei", "--co-facilitator", "d.web")


async def test_a_mistake_gets_one_line(alone: RunningService) -> None:
    admin = alone.admin
    await admin.value("agency", "add", "eastmoor-vlo", *flags(kind="vlo", name="VLO", area="eastmoor"))
    await admin.value("staff", "add", "d.webb", *WEBB)
    for command, said in (
        (("add", "d.webb", *WEBB), "[member_exists]"),
        (("add", "e.ruiz"), "roles: at least one of caseworker"),
        (("add", "e.ruiz", "--role", "king"), "roles: "),
        (("deactivate", "nobody"), "[unknown_member]"),
        (("deactivate", "d.web"), "did you mean d.webb"),
        (("edit", "d.webb"), "nothing to change"),
        (("list", "--role", "king"), "it is one of caseworker"),
    ):
        line = await admin.get_error("staff", *command)
        assert said in line


async def test_the_first_administrator_is_entered_locally_and_nobody_else(dsn: str) -> None:
    operator = Shell({"RJ_DATABASE_URL": dsn})
    first = await operator.rj("staff", "add-first-admin", "o.haddad")
    assert (first.code, first.out) == (0, "o.haddad is an administrator: they sign in with rj login.\n")
    again, misspelt = await asyncio.gather(
        operator.get_error("staff", "add-first-admin", "j.day"), operator.get_error("staff", "add-first-admin", "j day")
    )
    assert again == "rj: There is an administrator already (o.haddad): they add others with rj staff add"
    assert misspelt.startswith("rj: ")


async def test_the_schema_is_brought_up_to_date(empty_dsn: str) -> None:
    operator = Shell({"RJ_DATABASE_URL": empty_dsn})
    for _ in range(2):
        assert (await operator.rj("migrate")).code == 0
    assert (await operator.rj("staff", "add-first-admin", "o.haddad")).code == 0
