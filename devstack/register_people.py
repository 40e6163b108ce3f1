"""Invented people for the simulated register, and the situations in which a trace may find them."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from adapters.channels.hmpps.person_names import splits
from adapters.channels.hmpps.pnc import check_letter


class Where(StrEnum):
    """Where somebody is."""

    CUSTODY = "custody"
    COMMUNITY = "community"
    GONE = "gone"
    """In neither system any more."""


class Named(BaseModel):
    """A name: somebody's own, or an alias."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_name: str
    last_name: str


class Trouble(BaseModel):
    """The next `times` questions that touch the person are answered with `status` instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Literal[403, 429, 500, 502, 503, 504]
    times: Annotated[int, Field(ge=1)] = 1
    retry_after: Annotated[int, Field(ge=0)] | None = None


class Held(Named):
    """Somebody whom the register holds: in prison by `nomis`, on probation by `crn`; at least one is given.

    `prison` and `team` are the codes of who works with them; not `allocated`: nobody does yet. `filtered`: not to be
    seen by us, so that all questions by id answer 404. `merged_into`: the id of the record that took this one's place.
    """

    middle_name: str = ""
    date_of_birth: date
    nomis: str = ""
    crn: str = ""
    pnc: str = ""
    aliases: tuple[Named, ...] = ()
    where: Where = Where.GONE
    prison: str = ""
    team: str = ""
    allocated: bool = True
    filtered: bool = False
    merged_into: str = ""
    limited_access: bool = False
    troubles: tuple[Trouble, ...] = ()


class Situation(StrEnum):
    """What a trace of somebody meets in the register."""

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
    TROUBLED = "troubled"
    """In custody; but first the register fails twice, and then is asked too often."""


_INSIDE: dict[str, Any] = {"where": Where.CUSTODY, "prison": "EMI", "team": "EMTPRE"}
_OUTSIDE: dict[str, Any] = {"where": Where.COMMUNITY, "team": "EMTALL"}
_OTHER_NAME = {"first_name": "Rowan", "last_name": "Thackeray"}
_TROUBLES = (Trouble(status=503, times=2), Trouble(status=429, retry_after=1))

_ALONE: dict[Situation, dict[str, Any]] = {
    Situation.CUSTODY: _INSIDE,
    Situation.COMMUNITY: _OUTSIDE,
    Situation.GONE: {},
    Situation.FILTERED: {**_INSIDE, "filtered": True},
    Situation.LIMITED: {**_OUTSIDE, "limited_access": True},
    Situation.TROUBLED: {**_INSIDE, "troubles": _TROUBLES},
}
"""What is particular about somebody who is the only one of their name."""


def people_in(situation: Situation, name: str, born: date, chance: random.Random, pnc: str = "") -> tuple[Held, ...]:
    """Whom the register holds, so that a trace of `name`, `born` on that day, meets `situation`.

    `pnc` is the number that a request gives for them, if it gives one.
    """
    first, last = splits(name)[0]
    own = {"first_name": first, "last_name": last, "date_of_birth": born}
    match situation:
        case Situation.NOBODY:
            return ()
        case Situation.SEVERAL:
            return _held(chance, own, _OUTSIDE), _held(chance, own, _INSIDE, middle_name="Lee")
        case Situation.ALIAS:
            alias = Named(first_name=first, last_name=last)
            return (_held(chance, own, _INSIDE, **_OTHER_NAME, aliases=(alias,)),)
        case Situation.MERGED:
            kept = _held(chance, own, _INSIDE, last_name="Thackeray", pnc=new_pnc(born, chance))
            return _held(chance, own, _OUTSIDE, pnc=pnc, merged_into=kept.nomis), kept
        case _:
            return (_held(chance, own, _ALONE[situation], pnc=pnc),)


def _held(chance: random.Random, own: Mapping[str, Any], more: Mapping[str, Any], **others: Any) -> Held:
    """Somebody with numbers of both systems."""
    nomis = f"A{chance.randrange(10_000):04}{chance.choice('BCDEFGH')}{chance.choice('BCDEFGH')}"
    return Held(**{**own, "nomis": nomis, "crn": f"X{chance.randrange(1_000_000):06}", **more, **others})


def new_pnc(born: date, chance: random.Random) -> str:
    """A number on the Police National Computer, as somebody born on that day might have come by."""
    year, serial = (born + timedelta(days=20 * 365)).year, chance.randrange(10_000, 10_000_000)
    return f"{year}/{serial:07}{check_letter(year, serial)}"
