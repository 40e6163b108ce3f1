"""Invented people for the simulated register, and the situations in which a trace may find them."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.channels.hmpps.person_names import split_name
from adapters.channels.hmpps.pnc import check_letter


class PersonLocation(StrEnum):
    """Where a person is, as the register knows it."""

    CUSTODY = "custody"
    COMMUNITY = "community"
    GONE = "gone"
    """In neither system any more."""


class PersonName(BaseModel):
    """A person's own name, or an alias."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_name: str
    last_name: str


class InjectedFailure(BaseModel):
    """The next `times` questions that touch the person are answered with `status` instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Literal[403, 429, 500, 502, 503, 504]
    times: Annotated[int, Field(ge=1)] = 1
    retry_after: Annotated[int, Field(ge=0)] | None = None


class RegisteredPerson(PersonName):
    """A person in the register: in prison by `nomis`, on probation by `crn`; at least one is given.

    `prison` and `team` are the codes of those who work with them; not `allocated`: nobody does yet. `filtered`: not
    visible to us, so that all questions by id answer 404. `merged_into`: the id of the record that replaces this one.
    """

    middle_name: str = ""
    date_of_birth: date
    nomis: str = ""
    crn: str = ""
    pnc: str = ""
    aliases: tuple[PersonName, ...] = ()
    where: PersonLocation = PersonLocation.GONE
    prison: str = ""
    team: str = ""
    allocated: bool = True
    filtered: bool = False
    merged_into: str = ""
    limited_access: bool = False
    failures: tuple[InjectedFailure, ...] = ()


class TraceSituation(StrEnum):
    """What a trace of an offender meets in the register."""

    CUSTODY = "custody"
    COMMUNITY = "community"
    GONE = "gone"
    SEVERAL = "several"
    """Two people of that name and date of birth, neither with a PNC number."""
    NOBODY = "nobody"
    ALIAS = "alias"
    """Known there as Rowan Thackeray, and by the name that is searched for as an alias; without a PNC number."""
    FILTERED = "filtered"
    MERGED = "merged"
    LIMITED = "limited"
    FAILING = "failing"
    """In custody; but first the register fails twice, and then is asked too often."""


_INSIDE: dict[str, Any] = {"where": PersonLocation.CUSTODY, "prison": "EMI", "team": "EMTPRE"}
_OUTSIDE: dict[str, Any] = {"where": PersonLocation.COMMUNITY, "team": "EMTALL"}
_OTHER_NAME = {"first_name": "Rowan", "last_name": "Thackeray"}
_FAILURES = (InjectedFailure(status=503, times=2), InjectedFailure(status=429, retry_after=1))

_ALONE: dict[TraceSituation, dict[str, Any]] = {
    TraceSituation.CUSTODY: _INSIDE,
    TraceSituation.COMMUNITY: _OUTSIDE,
    TraceSituation.GONE: {},
    TraceSituation.FILTERED: {**_INSIDE, "filtered": True},
    TraceSituation.LIMITED: {**_OUTSIDE, "limited_access": True},
    TraceSituation.FAILING: {**_INSIDE, "failures": _FAILURES},
}
"""What is particular about a person who is the only one of their name."""


def people_in(
    situation: TraceSituation, name: str, born: date, chance: random.Random, pnc: str = ""
) -> tuple[RegisteredPerson, ...]:
    """The people in the register with which a trace of `name`, `born` on that day, meets `situation`.

    `pnc` is the number that a request gives for them, if it gives one.
    """
    first, last = split_name(name)[0]
    own = {"first_name": first, "last_name": last, "date_of_birth": born}
    match situation:
        case TraceSituation.NOBODY:
            return ()
        case TraceSituation.SEVERAL:
            return _person(chance, own, _OUTSIDE), _person(chance, own, _INSIDE, middle_name="Lee")
        case TraceSituation.ALIAS:
            alias = PersonName(first_name=first, last_name=last)
            return (_person(chance, own, _INSIDE, **_OTHER_NAME, aliases=(alias,)),)
        case TraceSituation.MERGED:
            remaining = _person(chance, own, _INSIDE, last_name="Thackeray", pnc=new_pnc(born, chance))
            return _person(chance, own, _OUTSIDE, pnc=pnc, merged_into=remaining.nomis), remaining
        case _:
            return (_person(chance, own, _ALONE[situation], pnc=pnc),)


def _person(chance: random.Random, own: Mapping[str, Any], more: Mapping[str, Any], **others: Any) -> RegisteredPerson:
    """A person with numbers of both systems."""
    nomis = f"A{chance.randrange(10_000):04}{chance.choice('BCDEFGH')}{chance.choice('BCDEFGH')}"
    return RegisteredPerson(**{**own, "nomis": nomis, "crn": f"X{chance.randrange(1_000_000):06}", **more, **others})


def new_pnc(born: date, chance: random.Random) -> str:
    """A number on the Police National Computer, as a person born on that day might have."""
    year, serial = (born + timedelta(days=20 * 365)).year, chance.randrange(10_000, 10_000_000)
    return f"{year}/{serial:07}{check_letter(year, serial)}"
