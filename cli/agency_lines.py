"""An agency of the directory as `rj agency` prints it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from domain.json_values import to_json_object
from domain.weekdays import format_weekdays, read_weekdays
from ports.agencies import ChannelName
from ports.agency_views import ActiveKey, ListedAgency, NewKeys, PingResult, RotatedKey

COLUMNS = ("agency", "kind", "area", "name", "channel", "address", "works", "asks")

_ASKED: dict[str, str] = {
    ChannelName.HTTP: "Asked over HTTP at {address}",
    ChannelName.EMAIL: "Asked by e-mail at {address}",
    ChannelName.HMPPS: "The register at {address}",
    ChannelName.MANUAL: "Asked by a caseworker",
}
_SIDES = {
    "theirs": "the key that the agency signs its webhooks with",
    "ours": "the key that we sign with",
}


def agency_json(agency: ListedAgency) -> dict[str, Any]:
    """The agency as JSON, the same as over HTTP."""
    return to_json_object(agency)


def agency_cells(agency: ListedAgency) -> tuple[str, ...]:
    """The agency as a row under `COLUMNS`."""
    return (
        agency.id,
        agency.kind,
        agency.area or "national",
        agency.name,
        agency.channel,
        agency.address,
        agency.works_on,
        _standing(agency),
    )


def _standing(agency: ListedAgency) -> str:
    """Whether it is asked now. That all asks rest is said above the list, with who paused them."""
    if not agency.active:
        return "removed"
    own = [f"rest since {pause.since:%Y-%m-%d %H:%M} by {pause.by}" for pause in agency.pauses if pause.agency]
    return next(iter(own), "rest" if agency.pauses else "")


def agency_lines(agency: ListedAgency) -> Iterator[str]:
    """The agency in lines."""
    where = f" in {agency.area}" if agency.area else ", national"
    yield f"{agency.id}: {agency.name}, {agency.kind}{where}"
    if not agency.active:
        yield f"Removed: it is not asked. rj agency edit {agency.id} --active puts it back."
    questions = ", ".join(agency.questions) or "any question"
    yield f"{_ASKED[agency.channel].format(address=agency.address)}: {questions}."
    yield f"Works {format_weekdays(read_weekdays(agency.works_on))}. {_contact(agency.contact)}"
    yield f"Keys that it signs with: {_keys(agency.theirs)}."
    yield f"Keys that we sign with: {_keys(agency.ours)}."
    yield from (pause.why for pause in agency.pauses)


def _contact(contact: str) -> str:
    return f"Contact: {contact}." if contact else "Nobody is named as its contact."


def _keys(keys: Sequence[ActiveKey]) -> str:
    """Such as `2, the newest of 2026-11-23, another until 2026-11-30 10:15 UTC`."""
    if not keys:
        return "none"
    others = (f", another until {_moment(key.until)}" for key in keys if key.until)
    return f"{len(keys)}, the newest of {keys[0].added_at:%Y-%m-%d}{''.join(others)}"


def added_lines(agency: ListedAgency, keys: NewKeys) -> Iterator[str]:
    """What is said of an agency that was entered just now."""
    yield from agency_lines(agency)
    yield ""
    yield "Its keys, which are not shown again:"
    yield f"  {keys.theirs}  {_SIDES['theirs']}"
    yield f"  {keys.ours}  {_SIDES['ours']}"
    yield "Hand them over in a way that nobody else reads."
    if agency.channel != ChannelName.MANUAL:
        yield f"Then try it: rj agency test {agency.id}"


def rotated_lines(rotated: RotatedKey) -> Iterator[str]:
    """What is said of a new key."""
    yield f"{rotated.agency}: {_SIDES[rotated.side]}, which is not shown again:"
    yield f"  {rotated.key}"
    if rotated.older_until is None:
        yield "It is the only one that counts from now on."
    else:
        yield f"The older ones count until {_moment(rotated.older_until)}: hand it over before."


def tried_json(tried: PingResult) -> dict[str, Any]:
    """What came of trying an agency as JSON, the same as over HTTP: with its code in words."""
    return {**to_json_object(tried), "sentence": tried.sentence, "look_at": tried.look_at}


def tried_lines(tried: PingResult) -> Iterator[str]:
    """What came of trying an agency in lines."""
    yield f"{tried.agency}: {tried.sentence}"
    if tried.channel == ChannelName.MANUAL:
        return
    yield f"What came back, after {tried.seconds:.2f} s: {tried.said or tried.code}"
    if tried.look_at:
        yield f"Look at: {tried.look_at}."


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
