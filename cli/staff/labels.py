"""Codes in words, and lines that several staff commands print."""

from collections.abc import Mapping
from typing import Any

from api.models.labels import REASONS, STAGES, STEPS
from cli.output import printable

LABELS = {**REASONS, **STAGES, **STEPS}


def label(code: str | None) -> str:
    """The code in words."""
    return LABELS.get(code or "") or (code or "").replace("_", " ")


def actor_label(by: Mapping[str, Any]) -> str:
    """Who recorded something, such as `caseworker c.okafor for probation`."""
    name = f"{by.get('role', 'unknown')} {by.get('id', '')}".strip()
    return f"{name} for {by['on_behalf_of']}" if by.get("on_behalf_of") else name


def contact_line(agency: Mapping[str, Any]) -> str:
    """Such as `Eastmoor Probation (eastmoor-probation), working mon-fri. Contact: Duty desk, 01632 960001.`"""
    contact = f"Contact: {agency['contact']}." if agency["contact"] else "The directory has no contact details."
    return printable(f"{agency['name']} ({agency['agency']}), working {agency['works_on']}. {contact}")
