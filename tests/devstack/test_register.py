"""The simulated register as a process of its own, and its people."""

import json
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.channels.hmpps.pnc import read_pnc
from devstack.certificates import Certificates
from devstack.processes import free_port, run_server
from devstack.register import create_register, load_api_key
from devstack.register_people import PersonLocation, RegisteredPerson, TraceSituation, new_pnc, people_in
from devstack.services import python_server

BORN = date(1986, 5, 14)
DARREN: dict[str, Any] = {
    "first_name": "Darren",
    "last_name": "Pollitt",
    "date_of_birth": "1986-05-14",
    "nomis": "A1234BC",
}


@asynccontextmanager
async def register_process(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of `python -m devstack.register` with its files in `folder`."""
    port, people = free_port(), folder / "people.json"
    arguments = ("-m", "devstack.register", "--port", str(port), "--folder", str(folder), "--people", str(people))
    async with run_server(python_server("process", arguments, folder.parent, {}, port=port)):
        tls = ssl.create_default_context(cafile=Certificates(folder).ca)
        tls.load_cert_chain(Certificates(folder).client, Certificates(folder).client_key)
        headers = {"x-api-key": load_api_key(folder / "api-key")}
        async with httpx.AsyncClient(base_url=f"https://localhost:{port}", verify=tls, headers=headers) as http:
            yield http


async def count_pollitts(http: httpx.AsyncClient) -> int:
    """How many records a search of Darren Pollitt finds."""
    answer = await http.get("/v1/persons", params={"last_name": "Pollitt"})
    assert answer.status_code == 200, answer.text
    return len(answer.json()["data"])


async def test_its_people_are_there_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "register"
    async with register_process(folder) as http:
        assert await count_pollitts(http) == 0
        answer = await http.put("/people/RJ-7Q2K-9F3M", content=json.dumps([DARREN]))
        assert (answer.status_code, await count_pollitts(http)) == (204, 1)
        assert {oct(file.stat().st_mode)[-3:] for file in folder.iterdir()} == {"600"}
    async with register_process(folder) as http:
        assert await count_pollitts(http) == 1
        await http.put("/people/RJ-7Q2K-9F3M", content="[]")
        assert await count_pollitts(http) == 0


@pytest.fixture
async def inside() -> AsyncIterator[httpx.AsyncClient]:
    """A client without the register's TLS, which other tests cover."""
    transport = httpx.ASGITransport(create_register("key"), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(base_url="https://register", transport=transport) as http:
        yield http


KEY = {"x-api-key": "key"}


@pytest.mark.parametrize(
    "people", ["", "{}", "[{}]", json.dumps([DARREN | {"where": "moon"}]), json.dumps([DARREN | {"eyes": "blue"}])]
)
async def test_people_that_cannot_be_read_are_refused(inside: httpx.AsyncClient, people: str) -> None:
    assert (await inside.put("/people/1", content=people, headers=KEY)).status_code == 422


async def test_people_are_entered_only_with_the_key_and_from_this_machine(inside: httpx.AsyncClient) -> None:
    assert (await inside.put("/people/1", content="[]")).status_code == 403
    transport = httpx.ASGITransport(create_register("key"), client=("192.0.2.7", 1))
    async with httpx.AsyncClient(base_url="https://register", transport=transport) as elsewhere:
        assert (await elsewhere.put("/people/1", content="[]", headers=KEY)).status_code == 404


async def test_a_search_without_criteria_is_refused(inside: httpx.AsyncClient) -> None:
    answer = await inside.get("/v1/persons", headers=KEY)
    assert (answer.status_code, answer.json()["userMessage"]) == (400, "No query parameters specified.")


@pytest.mark.parametrize("wrong", [{"perPage": "0"}, {"page": "x"}, {"date_of_birth": "yesterday"}])
async def test_a_parameter_that_cannot_be_read_is_refused(inside: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    answer = await inside.get("/v1/persons", headers=KEY, params={"last_name": "Pollitt"} | wrong)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


async def test_somebody_in_both_systems_is_found_twice_and_asked_about_by_either_number(
    inside: httpx.AsyncClient,
) -> None:
    both = DARREN | {"crn": "X123456", "pnc": "2008/0545166T"}
    await inside.put("/people/1", content=json.dumps([both]), headers=KEY)
    answer = await inside.get("/v1/persons", headers=KEY, params={"pnc_number": "08/545166T", "perPage": "1"})
    assert answer.json()["pagination"] == {
        "isLastPage": False,
        "count": 1,
        "page": 1,
        "perPage": 1,
        "totalCount": 2,
        "totalPages": 2,
    }
    for number in ("A1234BC", "X123456", "2008%2F0545166T"):
        data = (await inside.get(f"/v1/persons/{number}", headers=KEY)).json()["data"]
        assert data.keys() == {"prisonerOffenderSearch", "probationOffenderSearch"}


@pytest.mark.parametrize("situation", TraceSituation)
def test_the_people_of_a_situation_have_numbers_of_their_own(situation: TraceSituation) -> None:
    people = people_in(situation, "Darren Pollitt", BORN, random.Random(1))
    numbers = [number for held in people for number in (held.nomis, held.crn, held.pnc) if number]
    assert len(set(numbers)) == len(numbers)
    assert all(read_pnc(held.pnc) for held in people if held.pnc)
    assert all(held.date_of_birth == BORN for held in people)
    assert bool(people) is (situation is not TraceSituation.NOBODY)


def test_the_same_chance_gives_the_same_people() -> None:
    one, other = (people_in(TraceSituation.SEVERAL, "Darren Pollitt", BORN, random.Random(1)) for _ in range(2))
    assert one == other
    assert [held.where for held in one] == [PersonLocation.COMMUNITY, PersonLocation.CUSTODY]


def test_an_invented_pnc_number_ends_with_the_letter_that_fits() -> None:
    chance = random.Random(1)
    assert all(read_pnc(new_pnc(BORN, chance)) for _ in range(50))


def test_a_person_has_no_unknown_fields() -> None:
    assert RegisteredPerson(**DARREN).where is PersonLocation.GONE
    with pytest.raises(ValueError, match="extra"):
        RegisteredPerson(**(DARREN | {"age": 40}))
