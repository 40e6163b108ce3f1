"""A simulated HMPPS External API: an ordinary HTTPS server with mutual TLS and an API key, and invented people.

It answers what a trace asks, as the API's document of July 2024 describes it; and `PUT /people/{entry}`, from this
machine only, says whom it holds: a JSON list of `devstack.register_people.Held`, in place of those of the same entry.
"""

import argparse
import secrets
import ssl
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import structlog
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import TypeAdapter

from adapters.channels.hmpps.pnc import same_pnc
from devstack import register_answers as answers
from devstack.certificates import Certificates, load_certificates
from devstack.register_people import Held, Named, Trouble
from devstack.secret_files import write_secret
from log import configure_logging

log = structlog.get_logger("devstack.register")

HERE = frozenset({"127.0.0.1", "::1"})

_PEOPLE = TypeAdapter(dict[str, tuple[Held, ...]])
_ENTRY = TypeAdapter(tuple[Held, ...])

Body = dict[str, Any]


class Answered(Exception):
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
    """Whom the register holds, by entry; kept in `file`, if anywhere. What it was in trouble with is forgotten."""

    file: Path | None = None
    people: dict[str, tuple[Held, ...]] = field(default_factory=dict)
    troubled: Counter[tuple[str, str]] = field(default_factory=Counter)

    def hold(self, entry: str, people: tuple[Held, ...]) -> None:
        """Hold `people` in place of those that `entry` brought before."""
        self.people[entry] = people
        for key in [key for key in self.troubled if key[0] == entry]:
            del self.troubled[key]
        if self.file is not None:
            write_secret(self.file, _PEOPLE.dump_json(self.people))

    def search(self, wanted: "Wanted") -> list[Held]:
        """Everybody who fits each criterion. Raises Answered for one who is in trouble."""
        return [self._looked_at(entry, held) for entry, held in self._everybody() if wanted.fits(held)]

    def by_id(self, hmpps_id: str) -> Held:
        """Who has this id in either system. Raises Answered, with 404 also for somebody who is not to be seen."""
        for entry, held in self._everybody():
            if hmpps_id in (held.nomis, held.crn) or same_pnc(hmpps_id, held.pnc):
                seen = self._looked_at(entry, held)
                if not seen.filtered:
                    return seen
        raise Answered(404, answers.error(404, f"Could not find person with HMPPS id: {hmpps_id}"))

    def _everybody(self) -> Iterator[tuple[str, Held]]:
        return ((entry, held) for entry, people in self.people.items() for held in people)

    def _looked_at(self, entry: str, held: Held) -> Held:
        """Count a look at somebody. Raises Answered where it falls into one of their troubles."""
        self.troubled[entry, held.nomis or held.crn] += 1
        looks = self.troubled[entry, held.nomis or held.crn]
        for trouble in held.troubles:
            if looks <= trouble.times:
                raise _in_trouble(trouble)
            looks -= trouble.times
        return held


@dataclass(frozen=True, slots=True)
class Wanted:
    """The criteria of a search; those that are not given fit everybody."""

    first_name: str | None = None
    last_name: str | None = None
    date_of_birth: date | None = None
    pnc_number: str | None = None
    search_within_aliases: bool = False

    def fits(self, held: Held) -> bool:
        """Whether somebody has all that is wanted: a name as their own, or as an alias where these are looked at."""
        if self.pnc_number is not None and not same_pnc(self.pnc_number, held.pnc):
            return False
        if self.date_of_birth not in (None, held.date_of_birth):
            return False
        names: tuple[Named, ...] = (held, *held.aliases) if self.search_within_aliases else (held,)
        return any(_fits(self.first_name, name.first_name) and _fits(self.last_name, name.last_name) for name in names)


def _fits(wanted: str | None, name: str) -> bool:
    return wanted is None or wanted.casefold() == name.casefold()


def _in_trouble(trouble: Trouble) -> Answered:
    headers = {} if trouble.retry_after is None else {"retry-after": str(trouble.retry_after)}
    return Answered(trouble.status, answers.error(trouble.status, "Unable to complete request."), headers)


def create_register(api_key: str, file: Path | None = None) -> FastAPI:
    """The register as one application, opened by `api_key`; its state is `app.state.register`.

    Whom it holds is kept in `file`, so that another one can go on with it.
    """
    people = _PEOPLE.validate_json(file.read_bytes()) if file is not None and file.exists() else {}
    register = Register(file, people)

    def require_key(request: Request) -> None:
        if not secrets.compare_digest(request.headers.get("x-api-key", "").encode(), api_key.encode()):
            raise Answered(403, {"message": "Forbidden"})

    app = FastAPI(title="Simulated register", openapi_url=None, dependencies=[Depends(require_key)])
    app.state.register = register
    app.add_exception_handler(Answered, _as_answered)
    app.add_exception_handler(RequestValidationError, _as_bad_request)
    _add_questions(app, register)

    @app.put("/people/{entry}", status_code=204)
    async def hold(entry: str, request: Request) -> None:
        """Say whom the register holds for `entry`, such as a case."""
        if request.client is None or request.client.host not in HERE:
            raise HTTPException(404)
        try:
            register.hold(entry, _ENTRY.validate_json(await request.body()))
        except ValueError:
            raise HTTPException(422) from None

    return app


async def _as_answered(_request: Request, answered: Exception) -> Response:
    assert isinstance(answered, Answered)
    return answered.response


async def _as_bad_request(_request: Request, _error: Exception) -> Response:
    return JSONResponse(answers.error(400, "Validation failure: a parameter cannot be read."), status_code=400)


_Page = Annotated[int, Query(ge=1)]
_PerPage = Annotated[int, Query(ge=1, alias="perPage")]


def _add_questions(app: FastAPI, register: Register) -> None:
    """What the API answers. An id may hold a slash, so the questions about somebody come before the person."""

    @app.get("/v1/persons")
    async def search(
        first_name: str | None = None,
        last_name: str | None = None,
        pnc_number: str | None = None,
        date_of_birth: date | None = None,
        search_within_aliases: bool = False,
        page: _Page = 1,
        per_page: _PerPage = 10,
    ) -> Body:
        if (first_name, last_name, pnc_number, date_of_birth) == (None, None, None, None):
            raise Answered(400, answers.error(400, "No query parameters specified."))
        wanted = Wanted(first_name, last_name, date_of_birth, pnc_number, search_within_aliases)
        records = [record for held in register.search(wanted) for _, record in answers.records_of(held)]
        shown, pagination = answers.one_page(answers.sorted_by_birth(records), page, per_page)
        return {"data": shown, "pagination": pagination}

    @app.get("/v1/persons/{hmpps_id:path}/person-responsible-officer")
    async def responsible_officer(hmpps_id: str) -> Body:
        managers = answers.managers(register.by_id(hmpps_id))
        if managers is None:
            raise Answered(404, answers.error(404, "Could not find an offender manager"))
        return {"data": managers}

    @app.get("/v1/persons/{hmpps_id:path}/sentences")
    async def sentences(hmpps_id: str, page: _Page = 1, per_page: _PerPage = 10) -> Body:
        shown, pagination = answers.one_page(answers.sentences(register.by_id(hmpps_id)), page, per_page)
        return {"data": shown, "pagination": pagination}

    @app.get("/v1/persons/{hmpps_id:path}/access-limitations")
    async def access_limitations(hmpps_id: str) -> Body:
        return {"data": answers.limitations(register.by_id(hmpps_id))}

    @app.get("/v1/persons/{hmpps_id:path}")
    async def person(hmpps_id: str) -> Body:
        held = register.by_id(hmpps_id)
        if held.merged_into:
            raise Answered(303, headers={"location": f"/v1/persons/{quote(held.merged_into, safe='')}"})
        return {"data": dict(answers.records_of(held))}


def server_config(app: FastAPI, certificates: Certificates, port: int, host: str = "127.0.0.1") -> uvicorn.Config:
    """How `app` is served: only to who shows a certificate of the same CA."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        ssl_certfile=certificates.server,
        ssl_keyfile=certificates.server_key,
        ssl_ca_certs=str(certificates.ca),
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
    parser.add_argument("--memory", type=Path, help="whom it holds; without it it forgets them")
    given = parser.parse_args()
    configure_logging("console" if sys.stderr.isatty() else "json", "info")
    app = create_register(load_api_key(given.folder / "api-key"), given.memory)
    config = server_config(app, load_certificates(given.folder), given.port, given.host)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
