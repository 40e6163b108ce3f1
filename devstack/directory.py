"""The sample agencies of the embedded stack: invented, with secrets made on the spot."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.secret_files import write_secret
from domain.vocabulary import AgencyKind, WaitKind
from ports.agencies import Agency, ChannelName

AREAS: dict[str, str] = {
    "eastmoor": "Eastmoor",
    "northvale": "Northvale",
    "southmere": "Southmere",
    "westhaven": "Westhaven",
}
"""The sample police-force areas, with their names."""

_NAMES: dict[AgencyKind, str] = {
    AgencyKind.VLO: "{area} Victim Liaison",
    AgencyKind.PROBATION: "{area} Probation",
    AgencyKind.YOUTH_OFFENDING_TEAM: "{area} Youth Offending Team",
    AgencyKind.PRISON: "HMP {area}",
    AgencyKind.CHARITY: "{area} Victims' Charity",
    AgencyKind.RESTORATIVE_SERVICE: "{area} Restorative Service",
    AgencyKind.POLICE: "{area} Police",
}
_NATIONAL: dict[AgencyKind, str] = {
    AgencyKind.HMPPS_REHUB: "HMPPS ReHub",
    AgencyKind.COURT: "Courts' Listing Office",
    AgencyKind.HOSPITAL: "Secure Hospitals' Liaison",
    AgencyKind.IMMIGRATION: "Immigration Enforcement",
}
BY_HAND = frozenset({AgencyKind.RESTORATIVE_SERVICE})
"""A caseworker asks them."""
BY_EMAIL = frozenset({AgencyKind.VLO})
MAIL_DOMAIN = "agencies.example"

REGISTER_AREAS = ("northvale", "southmere")
"""Where a trace that is probation's goes to the national register."""


@dataclass(frozen=True, slots=True)
class AgencyKeys:
    """The keys of both directions: `their_keys` the agency's webhooks, `our_keys` ours to it."""

    their_keys: tuple[str, ...]
    our_keys: str


def agency_ids() -> dict[str, tuple[AgencyKind, str]]:
    """The kind and area of each sample agency, by its id; a national one has an empty area."""
    local = {f"{area}-{_slug(kind)}": (kind, area) for area in AREAS for kind in _NAMES}
    return local | {_slug(kind): (kind, "") for kind in _NATIONAL}


def new_keys() -> dict[str, AgencyKeys]:
    """Fresh keys for each sample agency."""
    return {agency: AgencyKeys((_new_key(),), _new_key()) for agency in agency_ids()}


def sample_agencies(base_url: str, keys: Mapping[str, AgencyKeys], register_url: str = "") -> tuple[Agency, ...]:
    """The sample agencies as the directory holds them; `base_url` is where the simulator listens.

    With a `register_url` the register is among them.
    """
    agencies = []
    for agency, (kind, area) in agency_ids().items():
        if kind in BY_HAND:
            channel, address = ChannelName.MANUAL, ""
        elif kind in BY_EMAIL:
            channel, address = ChannelName.EMAIL, f"{agency}@{MAIL_DOMAIN}"
        else:
            channel, address = ChannelName.HTTP, f"{base_url}/{agency}/asks"
        name = _NAMES[kind].format(area=AREAS[area]) if area else _NATIONAL[kind]
        agencies.append(
            Agency(
                id=agency,
                kind=kind,
                area=area,
                name=name,
                channel=channel,
                address=address,
                contact=f"duty desk of {name}",
                their_keys=keys[agency].their_keys,
                our_keys=(keys[agency].our_keys,),
            )
        )
    registers = [
        Agency(
            id=f"{area}-register",
            kind=AgencyKind.PROBATION,
            area=area,
            name=f"HMPPS register for {AREAS[area]}",
            channel=ChannelName.HMPPS,
            address=register_url,
            questions=frozenset({WaitKind.TRACE.value}),
        )
        for area in REGISTER_AREAS
    ]
    return (*agencies, *(registers if register_url else ()))


def agency_at(mail_address: str) -> str | None:
    """The id of the sample agency that takes mail at `mail_address`; None: nobody does."""
    agency, _, domain = mail_address.partition("@")
    kind, _area = agency_ids().get(agency, (None, ""))
    return agency if kind in BY_EMAIL and domain == MAIL_DOMAIN else None


def load_keys(file: Path) -> dict[str, AgencyKeys]:
    """The keys in `file`, with fresh ones for agencies that have none there yet; only its owner can read it.

    It holds `{"<agency>": {"their_keys": ["whsec_…"], "our_keys": "whsec_…"}}`.
    """
    stored = json.loads(file.read_text()) if file.exists() else {}
    keys = {agency: AgencyKeys(tuple(pair["their_keys"]), pair["our_keys"]) for agency, pair in stored.items()}
    if missing := set(agency_ids()) - set(keys):
        keys |= {agency: fresh for agency, fresh in new_keys().items() if agency in missing}
        save_keys(file, keys)
    return keys


def save_keys(file: Path, keys: Mapping[str, AgencyKeys]) -> None:
    """Write `keys` to `file`, whole or not at all."""
    pairs = {agency: {"their_keys": list(pair.their_keys), "our_keys": pair.our_keys} for agency, pair in keys.items()}
    write_secret(file, (json.dumps(pairs, indent=2) + "\n").encode())


def _slug(kind: AgencyKind) -> str:
    return kind.value.replace("_", "-")


def _new_key() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
