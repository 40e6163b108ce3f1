"""Tells the simulated agencies and the register how they behave in each case, before any of them is asked."""

import random
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path

import httpx
from pydantic import TypeAdapter

from adapters.channels.hmpps.http import RegisterAccess, create_http_client
from devstack.agencies import scenario_json
from devstack.directory import REGISTER_AREAS
from devstack.processes import HOST
from devstack.register_people import Held, Situation, people_in
from devstack.runner import Played
from devstack.scenarios import PROMPT, Manner, Behaviour
from devstack.stack import Stack
from domain.vocabulary import AgencyKind, Whereabouts

_HELD = TypeAdapter(tuple[Held, ...])

_SITUATIONS = {
    Manner.NOT_FOUND: Situation.NOBODY,
    Manner.RESTRICTED: Situation.FILTERED,
    Manner.UNCERTAIN: Situation.SEVERAL,
    Manner.UNAVAILABLE: Situation.TROUBLED,
}


async def tell_agencies(stack: Stack, played: Iterable[Played]) -> None:
    """Tell all of them about these cases."""
    cases = list(played)
    headers = {"content-type": "application/json"}
    async with httpx.AsyncClient(base_url=stack.agencies_url, headers=headers) as client:
        for each in cases:
            answer = await client.put(f"/scenarios/{each.ref}", content=scenario_json(each.sample.agencies))
            answer.raise_for_status()
    await _tell_register(stack, [each for each in cases if each.sample.row.request.area in REGISTER_AREAS])


async def _tell_register(stack: Stack, played: Iterable[Played]) -> None:
    chance = random.SystemRandom()
    async with create_http_client(_access(stack), (ip_network(f"{HOST}/32"),)) as client:
        for each in played:
            people = _HELD.dump_json(_people(each, chance))
            answer = await client.put(f"{stack.register_url}/people/{each.ref}", content=people)
            answer.raise_for_status()


def _access(stack: Stack) -> RegisterAccess:
    given = stack.settings
    return RegisterAccess(
        Path(given["RJ_HMPPS_CERT"]),
        Path(given["RJ_HMPPS_KEY"]),
        given["RJ_HMPPS_API_KEY"],
        Path(given["RJ_HMPPS_CA"]),
    )


def _people(each: Played, chance: random.Random) -> tuple[Held, ...]:
    """Whom the register holds for a case: what its scenario says of probation's trace."""
    offender = each.sample.row.offender
    if offender is None or offender.date_of_birth is None:
        return ()
    behaviour = each.sample.agencies.get(AgencyKind.PROBATION, PROMPT)
    return people_in(_situation(behaviour), offender.name, offender.date_of_birth, chance)


def _situation(behaviour: Behaviour) -> Situation:
    in_custody = behaviour.whereabouts is Whereabouts.CUSTODY
    return _SITUATIONS.get(behaviour.manner, Situation.CUSTODY if in_custody else Situation.COMMUNITY)
