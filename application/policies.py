"""What staff write is replaced before it is recorded: a policy's name by its value, a crime's number by a token."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from domain.calendar import CALENDARS
from domain.events import CalendarUpdated, FactsCorrected, RulesAdopted
from domain.json_values import to_json
from domain.policy import Policy
from domain.refusals import RecordRefused
from domain.vocabulary import Refusal
from ports.token_key import TokenKey

ListPolicies = Callable[[], Awaitable[Sequence[Policy]]]


async def with_rules_by_value(event: str, data: Mapping[str, Any], list_policies: ListPolicies) -> Mapping[str, Any]:
    """The data of `event` with a policy's value for its name (`youth`, its newest version, or `youth/2`).

    Raises RecordRefused where there is no such policy or calendar.
    """
    policy, calendar = data.get("policy"), data.get("calendar")
    if event == RulesAdopted.name and isinstance(policy, str):
        named = [one for one in await list_policies() if policy in (one.name, one.label)]
        if not named:
            raise RecordRefused(Refusal.UNKNOWN_RULES, "policy")
        return {**data, "policy": to_json(max(named, key=lambda one: one.version))}
    if event == CalendarUpdated.name and isinstance(calendar, str):
        if calendar not in CALENDARS:
            raise RecordRefused(Refusal.UNKNOWN_CALENDAR, "calendar")
        return {**data, "calendar": to_json(CALENDARS[calendar])}
    return data


def with_token_of_incident(
    event: str, data: Mapping[str, Any], note: str, key: TokenKey
) -> tuple[Mapping[str, Any], str]:
    """The data of `event` with a token for the number of the crime, which goes into the note and so into the vault."""
    incident = data.get("incident")
    if event != FactsCorrected.name or not isinstance(incident, str) or not incident:
        return data, note
    stated = f"The number of the crime: {incident}"
    return {**data, "incident": key.make_incident_token(incident)}, f"{note}\n{stated}".strip()
