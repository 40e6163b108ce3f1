"""A simulated HMPPS External API: an ordinary HTTPS server with mutual TLS and an API key, and invented people.

It answers what a trace asks, as the API's document of July 2024 describes it. `PUT /people/{entry}`, from this machine
only, enters people: a JSON list of `devstack.register_people.RegisteredPerson`, in place of those of the same entry.
"""

import argparse
import secrets
import ssl
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import TypeAdapter

from adapters.channels.hmpps.pnc import is_same_pnc
from devstack import register_answers as answers
from devstack.certificates import Certificates, load_certificates
from devstack.register_answers import Body
from devstack.register_people import PersonName, RegisteredPerson
from devstack.secret_files import write_secret
from log import configure_logging

HERE = frozenset({"127.0.0.1", "::1"})

_PEOPLE = TypeAdapter(dict[str, tuple[RegisteredPerson, ...]])
_ENTRY = TypeAdapter(tuple[RegisteredPerson, ...])


class RegisterReply(Exception):
    """The question is answered in another way than it expects."""

    def __init__(self, status: int, body: Body | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.response = (
            Response(status_code=status, headers=headers)
            if body is None
            else JSONResponse(body, status_code=status, headers=headers)
        )


@dataclass
class Register:
    """The people in the register, by entry; stored in `file`, if anywhere. `asked_about` counts towards failures."""

    file: Path | None = None
    people: dict[str, tuple[RegisteredPerson, ...]] = field(default_factory=dict)
    asked_about: Counter[tuple[str, str]] = field(default_factory=Counter)

    def enter(self, entry: str, people: tuple[RegisteredPerson, ...]) -> None:
        """Enter `people` in place of those that `entry` brought before."""
        self.people[entry] = people
        for key in [key for key in self.asked_about if key[0] == entry]:
            del self.asked_about[key]
        if self.file is not None:
            write_secret(self.file, _PEOPLE.dump_json(self.people))

    def search(self, criteria: "SearchCriteria") -> list[RegisteredPerson]:
        """All people who fit each criterion. Raises RegisterReply for one about which the register fails."""
        return [self._ask_about(entry, person) for entry, person in self._all_people() if criteria.fits(person)]

    def by_id(self, hmpps_id: str) -> RegisteredPerson:
        """The person with this id in either system. Raises RegisterReply, with 404 also for a filtered one."""
        for entry, person in self._all_people():
            if hmpps_id in (person.nomis, person.crn) or is_same_pnc(hmpps_id, person.pnc):
                self._ask_about(entry, person)
                if not person.filtered:
                    return person
        raise RegisterReply(404, answers.error(404, f"Could not find person with HMPPS id: {hmpps_id}"))

    def _all_people(self) -> Iterator[tuple[str, RegisteredPerson]]:
        return ((entry, person) for entry, people in self.people.items() for person in people)

    def _ask_about(self, entry: str, person: RegisteredPerson) -> RegisteredPerson:
        """Count a question about the person. Raises RegisterReply where it meets one of their failures."""
        self.asked_about[entry, person.nomis or person.crn] += 1
        number = self.asked_about[entry, person.nomis or person.crn]
        for failure in person.failures:
            if number <= failure.times:
                headers = {} if failure.retry_after is None else {"retry-after": str(failure.retry_after)}
                body = answers.error(failure.status, "Unable to complete request.")
                raise RegisterReply(failure.status, body, headers)
            number -= failure.times
        return person


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    """The criteria of a search; those that are not given fit all."""

    first_name: str | None = None
    last_name: str | None = None
    date_of_birth: date | None = None
    pnc_number: str | None = None
    search_within_aliases: bool = False

    def fits(self, person: RegisteredPerson) -> bool:
        """Whether a person fits all criteria: a name as their own, or as an alias where these are searched."""
        if self.pnc_number is not None and not is_same_pnc(self.pnc_number, person.pnc):
            return False
        if self.date_of_birth not in (None, person.date_of_birth):
            return False
        names: tuple[PersonName, ...] = (person, *person.aliases) if self.search_within_aliases else (person,)
        first, last = ((name or "").casefold() for name in (self.first_name, self.last_name))
        return any(
            first in ("", name.first_name.casefold()) and last in ("", name.last_name.casefold()) for name in names
        )


def create_register(api_key: str, file: Path | None = None) -> FastAPI:
    """The register as one application, for callers with `api_key`; it is `app.state.register`.

    Its people are stored in `file`, so that another one can go on with them.
    """
    people = _PEOPLE.validate_json(file.read_bytes()) if file is not None and file.exists() else {}
    register = Register(file, people)

    def require_key(request: Request) -> None:
        if not secrets.compare_digest(request.headers.get("x-api-key", "").encode(), api_key.encode()):
            raise RegisterReply(403, {"message": "Forbidden"})

    app = FastAPI(title="Simulated register", openapi_url=None, dependencies=[Depends(require_key)])
    app.state.register = register
    _add_questions(app, register)

    @app.exception_handler(RegisterReply)
    async def send_reply(_request: Request, reply: RegisterReply) -> Response:
        return reply.response

    @app.exception_handler(RequestValidationError)
    async def refuse(_request: Request, _error: RequestValidationError) -> Response:
        message = "Validation failure: a parameter cannot be read."
        return JSONResponse(answers.error(400, message), status_code=400)

    @app.put("/people/{entry}", status_code=204)
    async def enter(entry: str, request: Request) -> None:
        """Enter the people of `entry`, such as a case."""
        if request.client is None or request.client.host not in HERE:
            raise HTTPException(404)
        try:
            register.enter(entry, _ENTRY.validate_json(await request.body()))
        except ValueError:
            raise HTTPException(422) from None

    return app


_PageNumber = Annotated[int, Query(ge=1)]
_PerPage = Annotated[int, Query(ge=1, alias="perPage")]


def _add_questions(app: FastAPI, register: Register) -> None:
    """What the API answers. An id may contain a slash, so the questions about a person come before the person."""

    @app.get("/v1/persons")
    async def search(
        first_name: str | None = None,
        last_name: str | None = None,
        pnc_number: str | None = None,
        date_of_birth: date | None = None,
        search_within_aliases: bool = False,
        page: _PageNumber = 1,
        per_page: _PerPage = 10,
    ) -> Body:
        if (first_name, last_name, pnc_number, date_of_birth) == (None, None, None, None):
            raise RegisterReply(400, answers.error(400, "No query parameters specified."))
        criteria = SearchCriteria(first_name, last_name, date_of_birth, pnc_number, search_within_aliases)
        records = [record for person in register.search(criteria) for _, record in answers.records_of(person)]
        shown, pagination = answers.paginate(answers.sort_by_birth(records), page, per_page)
        return {"data": shown, "pagination": pagination}

    @app.get("/v1/persons/{hmpps_id:path}/person-responsible-officer")
    async def responsible_officer(hmpps_id: str) -> Body:
        managers = answers.managers(register.by_id(hmpps_id))
        if managers is None:
            raise RegisterReply(404, answers.error(404, "Could not find an offender manager"))
        return {"data": managers}

    @app.get("/v1/persons/{hmpps_id:path}/sentences")
    async def sentences(hmpps_id: str, page: _PageNumber = 1, per_page: _PerPage = 10) -> Body:
        shown, pagination = answers.paginate(answers.sentences(register.by_id(hmpps_id)), page, per_page)
        return {"data": shown, "pagination": pagination}

    @app.get("/v1/persons/{hmpps_id:path}/access-limitations")
    async def access_limitations(hmpps_id: str) -> Body:
        return {"data": answers.limitations(register.by_id(hmpps_id))}

    @app.get("/v1/persons/{hmpps_id:path}")
    async def person(hmpps_id: str) -> Body:
        found = register.by_id(hmpps_id)
        if found.merged_into:
            raise RegisterReply(303, headers={"location": f"/v1/persons/{quote(found.merged_into, safe='')}"})
        return {"data": dict(answers.records_of(found))}


def server_config(app: FastAPI, certificates: Certificates, port: int, host: str = "127.0.0.1") -> uvicorn.Config:
    """How `app` is served: only to clients with a certificate of the clients' CA."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        ssl_certfile=certificates.server,
        ssl_keyfile=certificates.server_key,
        ssl_ca_certs=str(certificates.client_ca),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    )


def load_api_key(file: Path) -> str:
    """The API key in `file`, a fresh one where there is none; only its owner may read it."""
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(32).encode())
    return file.read_text().strip()


def main() -> None:
    """Serve the register until interrupted."""
    parser = argparse.ArgumentParser(description="A simulated HMPPS register, for trying the service out")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, default=Path(".local/register"), help="certificates and API key")
    parser.add_argument("--people", type=Path, help="the file of its people; without one it forgets them")
    options = parser.parse_args()
    configure_logging("json", "info")
    app = create_register(load_api_key(options.folder / "api-key"), options.people)
    config = server_config(app, load_certificates(options.folder), options.port, options.host)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
