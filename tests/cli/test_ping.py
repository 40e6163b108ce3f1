"""`rj agency ping`: each channel reaches an agency that is really there, and says what prevents it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from devstack.certificates import load_certificates
from devstack.processes import free_port
from devstack.register import create_register
from tests.cli.conftest import LocalIssuer, RunningService, running_server
from tests.cli.shell import flags
from tests.mailbox import mailbox
from tests.registers import API_KEY, serve_tls
from tests.serving import serve_app

pytestmark = pytest.mark.postgres

ID = "eastmoor-probation"
PROBATION = flags(kind="probation", name="Eastmoor Probation", area="eastmoor")
PING = ("agency", "ping", ID)


@dataclass
class ListeningAgency:
    """An agency's server: answers 204 to what is signed with `key`, else 401."""

    key: str = ""
    address: str = ""
    bodies: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def serve_agency() -> AsyncIterator[ListeningAgency]:
    agency, application = ListeningAgency(), FastAPI(openapi_url=None)

    @application.post("/rj")
    async def receive(request: Request) -> Response:
        agency.bodies.append(await request.body())
        try:
            Webhook(agency.key).verify(agency.bodies[-1], dict(request.headers))
        except WebhookVerificationError:
            return Response(status_code=401)
        return Response(status_code=204)

    async with serve_app(application) as address:
        agency.address = f"{address}/rj"
        yield agency


async def test_an_agency_is_tested_by_a_signed_ping_and_its_answer_is_shown(alone: RunningService) -> None:
    admin = alone.admin
    async with serve_agency() as agency:
        added = await admin.value("agency", "add", ID, *PROBATION, *flags(channel="http", address=agency.address))
        agency.key = added["keys"]["ours"]
        reached = await admin.rj(*PING)
        assert (reached.code, reached.err) == (0, ""), reached
        assert reached.out.startswith(f"{ID}: Reached by http.\nAnswer after ")
        assert "204" in reached.out
        assert json.loads(agency.bodies[0]) == {"type": "ping"}

        agency.key = added["keys"]["theirs"]
        refused = await admin.rj(*PING)
        assert (refused.code, refused.err) == (1, ""), refused
        assert "Not reached by http: it does not accept our signature." in refused.out
        assert "status 401" in refused.out
        assert "Check whether the agency has our newest key" in refused.out


async def test_an_agency_that_does_not_answer_is_exit_code_1_and_one_asked_in_person_is_not(
    alone: RunningService,
) -> None:
    admin, address = alone.admin, f"http://127.0.0.1:{free_port(None)}/rj"
    await admin.value("agency", "add", ID, *PROBATION, *flags(channel="http", address=address))
    await admin.value("agency", "add", "courts", "--kind", "court", "--name", "Courts")
    silent, manual = await asyncio.gather(admin.rj(*PING, "--json"), admin.rj("agency", "ping", "courts"))
    assert (silent.code, silent.value["reached"], silent.value["code"]) == (1, False, "refused")
    assert silent.value["sentence"].startswith("Not reached by http: ")
    assert (manual.code, manual.out.count("\n")) == (0, 1)
    assert manual.out.startswith("courts: A caseworker asks this agency")


async def test_an_agency_is_tested_by_an_email_that_asks_nothing(
    alone: RunningService, dsn: str, issuer: LocalIssuer, tokens: dict[str, str]
) -> None:
    await alone.admin.value(
        "agency", "add", ID, *PROBATION, "--channel", "email", "--address", "asks@probation.example"
    )
    async with (
        mailbox() as box,
        running_server(
            dsn, "127.0.0.1:1", issuer, tokens, smtp_host="127.0.0.1", smtp_port=box.port, smtp_security="none"
        ) as with_relay,
    ):
        reached = await with_relay.admin.rj(*PING)
        assert (reached.code, box.envelopes[0].rcpt_tos) == (0, ["asks@probation.example"])
        assert "the relay took it" in reached.out

        box.refusals["RCPT"] = "550 5.1.1 no such mailbox"
        refused, without = await asyncio.gather(with_relay.admin.rj(*PING, "--json"), alone.admin.rj(*PING, "--json"))
    assert (refused.code, refused.value["code"]) == (1, "smtp 550")
    assert "the address in the directory" in refused.value["look_at"]
    assert (without.code, without.value["code"]) == (1, "not_configured")
    assert "RJ_SMTP_" in without.value["look_at"]


async def test_the_register_is_tested_with_our_certificate_and_key(
    alone: RunningService, dsn: str, issuer: LocalIssuer, tokens: dict[str, str], tmp_path: Path
) -> None:
    made = load_certificates(tmp_path)
    access = {"hmpps_cert": made.client, "hmpps_key": made.client_key, "hmpps_ca": made.ca}
    async with serve_tls(create_register(API_KEY), made) as address:
        await alone.admin.value("agency", "add", ID, *PROBATION, *flags(channel="hmpps", address=address))
        ended = []
        for key in (API_KEY, "another"):
            settings = {**access, "hmpps_api_key": SecretStr(key)}
            async with running_server(dsn, "127.0.0.1:1", issuer, tokens, **settings) as service:
                ended.append(await service.admin.rj(*PING))
    reached, refused = ended
    assert (reached.code, "Reached by hmpps." in reached.out) == (0, True)
    assert refused.code == 1
    assert "the register does not accept us" in refused.out
    assert "RJ_HMPPS_API_KEY" in refused.out
