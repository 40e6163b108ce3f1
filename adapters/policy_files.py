"""A file of policies, in TOML: each `[[policy]]` has a name, a version, for which requests it is, and its figures.

What a policy leaves out is as in the one that it is `like`: one that comes with the service, or an earlier one of the
file. A wait is a table such as `{unit = "wd", chase = 5, due = 10, notice = 20}`.
"""

import tomllib
from dataclasses import fields, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.areas import is_area
from domain.json_values import to_json_object
from domain.policy import PACKAGED, Policy, find_policy_problems
from domain.vocabulary import Route

_POLICY = TypeAdapter(Policy)
_FIELDS = frozenset(field.name for field in fields(Policy))


class InvalidPolicyFile(Exception):
    """A file of policies has errors; each names the policy and the field."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def read_policies(content: bytes) -> tuple[Policy, ...]:
    """The policies in a file, in its order. Raises InvalidPolicyFile."""
    try:
        tables = tomllib.loads(content.decode()).get("policy", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidPolicyFile((f"this is not TOML: {error}",)) from None
    known = {policy.name: policy for policy in PACKAGED}
    policies, problems = list[Policy](), list[str]()
    for number, table in enumerate(tables, 1):
        found = _read(table, known)
        name = table.get("name", "") or f"policy {number}"
        if isinstance(found, Policy):
            known[found.name] = found
            policies.append(found)
            problems += [f"{name}: {problem}" for problem in _find_problems(found)]
        else:
            problems.append(f"{name}: {found}")
    labels = [policy.label for policy in policies]
    problems += [f"{label}: is there twice" for label in sorted(set(labels)) if labels.count(label) > 1]
    if not tables:
        problems.append("there is no [[policy]]")
    if problems:
        raise InvalidPolicyFile(tuple(problems))
    return tuple(policies)


def _find_problems(policy: Policy) -> tuple[str, ...]:
    problems = list(find_policy_problems(policy))
    if policy.area and not is_area(policy.area):
        problems.append("area: an area's code")
    if policy.route and policy.route not in set(Route):
        problems.append(f"route: one of {', '.join(Route)}")
    packaged = next((one for one in PACKAGED if one.label == policy.label), None)
    if packaged is not None and packaged != policy:
        problems.append("version: this one comes with the service, and a version never changes")
    return tuple(problems)


def _read(table: dict[str, Any], known: dict[str, Policy]) -> Policy | str:
    """The policy of a table, or what is wrong with it."""
    stated = dict(table)
    like = stated.pop("like", None)
    unknown = sorted(stated.keys() - _FIELDS)
    if unknown:
        return f"{unknown[0]}: there is no such field"
    if not {"name", "version"} <= stated.keys():
        return "name, version: are needed"
    if like is not None and like not in known:
        return "like: there is no such policy"
    base: dict[str, Any] = {}
    if like is not None:
        base = to_json_object(replace(known[like], area="", route="", disposal=None))
    waits = {**base.get("waits", {})}
    for kind, wait in stated.pop("waits", {}).items():
        waits[kind] = {**waits.get(kind, {}), **wait} if isinstance(wait, dict) else wait
    try:
        return _POLICY.validate_python({**base, **stated, "waits": waits})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
