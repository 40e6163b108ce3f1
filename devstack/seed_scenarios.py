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
from devstack.register_people import RegisteredPerson, TraceSituation, people_in
from devstack.runner import SampleRun
from devstack.scenarios import PROMPT, Manner
from devstack.stack import Stack
from domain.vocabulary import AgencyKind, Whereabouts

_PEOPLE = TypeAdapter(tuple[RegisteredPerson, ...])

_SITUATIONS = {
    Manner.NOT_FOUND: TraceSituation.NOBODY,
    Manner.RESTRICTED: TraceSituation.FILTERED,
    Manner.UNCERTAIN: TraceSituation.SEVERAL,
    Manner.UNAVAILABLE: TraceSituation.FAILING,
}


async def seed_scenarios(stack: Stack, runs: Iterable[SampleRun]) -> None:
    """Tell the agencies and the register about these cases."""
    runs = list(runs)
    headers = {"content-type": "application/json"}
    async with httpx.AsyncClient(base_url=stack.agencies_url, headers=headers) as client:
        for run in runs:
            answer = await client.put(f"/scenarios/{run.ref}", content=scenario_json(run.sample.agencies))
            answer.raise_for_status()
    settings, chance = stack.settings, random.SystemRandom()
    access = RegisterAccess(
        Path(settings["RJ_HMPPS_CERT"]),
        Path(settings["RJ_HMPPS_KEY"]),
        settings["RJ_HMPPS_API_KEY"],
        Path(settings["RJ_HMPPS_CA"]),
    )
    async with create_http_client(access, (ip_network(f"{HOST}/32"),)) as client:
        for run in runs:
            row, people = run.sample.row, tuple[RegisteredPerson, ...]()
            if row.request.area not in REGISTER_AREAS:
                continue
            if row.offender is not None and row.offender.date_of_birth is not None:
                # What the case's scenario says of probation's trace.
                behaviour = run.sample.agencies.get(AgencyKind.PROBATION, PROMPT)
                in_custody = behaviour.whereabouts is Whereabouts.CUSTODY
                usual = TraceSituation.CUSTODY if in_custody else TraceSituation.COMMUNITY
                situation = _SITUATIONS.get(behaviour.manner, usual)
                people = people_in(situation, row.offender.name, row.offender.date_of_birth, chance)
            content = _PEOPLE.dump_json(people)
            answer = await client.put(f"{stack.register_url}/people/{run.ref}", content=content)
            answer.raise_for_status()
