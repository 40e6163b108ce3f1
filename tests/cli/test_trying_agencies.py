"""`rj agency test`: each channel reaches an agency that is really there, and says what stands in its way."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook, WebhookVerificationError

from devstack.certificates import load_certificates
from devstack.processes import free_port
from devstack.register import create_register
from tests.cli.shell import Shell, flags
from tests.mailbox import mailbox
from tests.registers import API_KEY, tls_served
from tests.serving import served

pytestmark = pytest.mark.postgres

ID = "eastmoor-probation"
PROBATION = flags(kind="probation", name="Eastmoor Probation", area="eastmoor")


@pytest.fixture
def shell(alone: Shell) -> Shell:
    """A shell with a database of its own, and agencies on this machine within its reach."""
    return alone.given(RJ_ALLOWED_NETWORKS="127.0.0.0/8")


@dataclass
class Listening:
    """An agency's server: answers 204 to what is signed with `key`, else 401."""

    key: str = ""
    address: str = ""
    bodies: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    agency, application = Listening(), FastAPI(openapi_url=None)

    @application.post("/rj")
    async def take(request: Request) -> Response:
        agency.bodies.append(await request.body())
        try:
            Webhook(agency.key).verify(agency.bodies[-1], dict(request.headers))
        except WebhookVerificationError:
            return Response(status_code=401)
        return Response(status_code=204)

    async with served(application) as address:
        agency.address = f"{address}/rj"
        yield agency


async def test_an_agency_is_tried_by_a_signed_ping_and_what_came_back_is_shown(shell: Shell) -> None:
    async with listening() as agency:
        added = await shell.value("agency", "add", ID, *PROBATION, *flags(channel="http", address=agency.address))
        agency.key = added["keys"]["ours"]
        reached = await shell.rj("agency", "test", ID)
        assert (reached.code, reached.err) == (0, ""), reached
        assert reached.out.startswith(f"{ID}: Reached by http.\nWhat came back, after ")
        assert "204" in reached.out
        assert json.loads(agency.bodies[0]) == {"type": "ping"}

        agency.key = added["keys"]["theirs"]
        refused = await shell.rj("agency", "test", ID)
        assert (refused.code, refused.err) == (1, ""), refused
        assert "Not reached by http: it does not accept our signature." in refused.out
        assert "status 401" in refused.out
        assert "Look at: whether the agency has our newest key" in refused.out


async def test_an_agency_that_does_not_answer_is_exit_code_1_and_one_asked_by_hand_is_not(shell: Shell) -> None:
    await shell.value(
        "agency", "add", ID, *PROBATION, *flags(channel="http", address=f"http://127.0.0.1:{free_port(None)}/rj")
    )
    await shell.value("agency", "add", "courts", "--kind", "court", "--name", "Courts")
    away, by_hand = await asyncio.gather(shell.rj("agency", "test", ID, "--json"), shell.rj("agency", "test", "courts"))
    assert (away.code, away.value["reached"], away.value["code"]) == (1, False, "refused")
    assert away.value["sentence"] == "Not reached by http: nothing takes connections there."
    assert (by_hand.code, by_hand.out) == (
        0,
        "courts: A caseworker asks this agency and records what it answers: there is nothing to reach.\n",
    )


async def test_an_agency_is_tried_by_a_mail_that_asks_nothing(shell: Shell) -> None:
    async with mailbox() as box:
        relay = {"RJ_SMTP_HOST": "127.0.0.1", "RJ_SMTP_PORT": str(box.port), "RJ_SMTP_SECURITY": "none"}
        with_relay = shell.given(**relay)
        await shell.value("agency", "add", ID, *PROBATION, *flags(channel="email", address="asks@probation.example"))
        reached = await with_relay.rj("agency", "test", ID)
        assert (reached.code, box.envelopes[0].rcpt_tos) == (0, ["asks@probation.example"])
        assert "the relay took it" in reached.out

        box.refusals["RCPT"] = "550 5.1.1 no such mailbox"
        refused, without = await asyncio.gather(
            with_relay.rj("agency", "test", ID, "--json"), shell.rj("agency", "test", ID, "--json")
        )
    assert (refused.code, refused.value["code"]) == (1, "smtp 550")
    assert "the address in the directory" in refused.value["look_at"]
    assert (without.code, without.value["code"]) == (1, "not_configured")
    assert "RJ_SMTP_" in without.value["look_at"]


async def test_the_register_is_tried_with_our_certificate_and_key(shell: Shell, tmp_path: Path) -> None:
    made = load_certificates(tmp_path)
    access = {
        "RJ_HMPPS_CERT": str(made.client),
        "RJ_HMPPS_KEY": str(made.client_key),
        "RJ_HMPPS_CA": str(made.ca),
        "RJ_HMPPS_API_KEY": API_KEY,
    }
    async with tls_served(create_register(API_KEY), made) as address:
        await shell.value("agency", "add", ID, *PROBATION, *flags(channel="hmpps", address=address))
        reached, refused = await asyncio.gather(
            shell.given(**access).rj("agency", "test", ID),
            shell.given(**access | {"RJ_HMPPS_API_KEY": "another"}).rj("agency", "test", ID),
        )
    assert (reached.code, "Reached by hmpps." in reached.out) == (0, True)
    assert refused.code == 1
    assert "the register does not accept us" in refused.out
    assert "RJ_HMPPS_API_KEY" in refused.out
