"""`rj staff` on a real database."""

import pytest

from tests.cli.shell import Shell, flags

pytestmark = pytest.mark.postgres

WEBB = flags(role="caseworker", area="eastmoor", email="d.webb@service.example")
BY = ("--as", "service:o.haddad")


async def test_somebody_is_entered_changed_kept_out_and_let_in_again(alone: Shell) -> None:
    added = await alone.value("staff", "add", "d.webb", *WEBB, "--role", "auditor", *BY)
    assert added == {
        "id": "d.webb",
        "roles": ["auditor", "caseworker"],
        "areas": ["eastmoor"],
        "email": "d.webb@service.example",
        "active": True,
        "entered_by": "staff:o.haddad",
        "seen_at": None,
    }
    assert (await alone.value("staff", "edit", "d.webb", "--area", "*"))["areas"] == ["*"]
    listed = await alone.rj("staff", "list", "--area", "westhaven")
    assert ("d.webb" in listed.out, "all" in listed.out, "never" in listed.out) == (True, True, True)

    assert (await alone.value("staff", "deactivate", "d.webb"))["active"] is False
    assert "Nobody is like that" in (await alone.rj("staff", "list")).out
    assert "kept out" in (await alone.rj("staff", "list", "--inactive")).out
    said = await alone.rj("staff", "edit", "d.webb", "--active")
    assert "signs in" in said.out


async def test_a_mistake_gets_one_line(alone: Shell) -> None:
    await alone.value("staff", "add", "d.webb", *WEBB)
    for command, said in (
        (("add", "d.webb", *WEBB), "has 'd.webb' already"),
        (("add", "e.ruiz"), "roles: at least one of caseworker"),
        (("add", "e.ruiz", "--role", "king"), "roles: of caseworker"),
        (("edit", "nobody", "--email", ""), "has no 'nobody'"),
        (("edit", "d.webb"), "nothing to change"),
        (("deactivate", "nobody"), "has no 'nobody'"),
        (("list", "--role", "king"), "it is one of caseworker"),
    ):
        ended = await alone.rj("staff", *command)
        assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
        assert said in ended.err
