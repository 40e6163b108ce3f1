"""The choices that commands explain are those that the service takes."""

import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import get_args

import pytest
from pydantic import BaseModel

from api.models import labels
from cli.staff.agencies import CHANNELS
from cli.staff.agencies import KINDS as AGENCY_KINDS
from cli.staff.cases import SORTS
from cli.staff.inbox import REASONS as REJECTIONS
from cli.staff.monitoring import SIDES
from cli.staff.record import LIST_FIELDS, NUMBER_FIELDS
from cli.staff.register import ROLES
from cli.staff.supervision import KINDS
from domain import vocabulary
from domain.event_fields import FIELD_SHAPES, FieldKind
from domain.people import StaffRole
from domain.reasons import Reason
from ports.agencies import ChannelName
from ports.inbox import RejectionReason
from queries.cases import Sort
from queries.stuck_kinds import StuckKind
from tests.cli.shell import ROOT

CHOICES: list[tuple[Mapping[str, str], Iterable[str]]] = [
    (AGENCY_KINDS, vocabulary.AgencyKind),
    (CHANNELS, ChannelName),
    (SORTS, Sort),
    (REJECTIONS, get_args(RejectionReason)),
    (ROLES, StaffRole),
    (KINDS, StuckKind),
    (labels.STAGES, vocabulary.Stage),
    (labels.STEPS, vocabulary.Step),
    (labels.REASONS, Reason),
    (labels.AGE_GROUPS, vocabulary.AgeGroup),
    (labels.INITIATORS, vocabulary.InitiatedBy),
    (labels.PARTS, vocabulary.TakesPartAs),
    (labels.FORMS, vocabulary.Form),
    (labels.CONTACTS, vocabulary.Contact),
    (labels.DISPOSALS, vocabulary.Disposal),
    (labels.FLAGS, vocabulary.Flag),
    (labels.OFFENCES, vocabulary.Offence),
    (SIDES, vocabulary.Side),
]


@pytest.mark.parametrize(("explained", "taken"), CHOICES)
def test_every_choice_is_explained(explained: Mapping[str, str], taken: Iterable[str]) -> None:
    assert set(explained) == {str(code) for code in taken}
    assert all(explained.values())


def test_the_fields_of_events_that_are_no_texts_are_known() -> None:
    kinds = {(name, shape.kind) for shapes in FIELD_SHAPES.values() for name, shape in shapes.items()}
    assert {name for name, kind in kinds if kind in (FieldKind.CHOICES, FieldKind.CASES)} == LIST_FIELDS
    assert {name for name, kind in kinds if kind is FieldKind.NUMBER} == NUMBER_FIELDS


OAUTH_FIELDS = {"access_token", "device_code", "expires_in", "user_code", "verification_uri"}
"""Those of RFC 8628."""


def test_what_commands_read_are_fields_of_the_api() -> None:
    models = [import_module(f"api.models.{path.stem}") for path in (ROOT / "api" / "models").glob("*.py")]
    fields = {
        field
        for model in (item for module in models for item in vars(module).values())
        if isinstance(model, type) and issubclass(model, BaseModel)
        for field in (*model.model_fields, *model.model_computed_fields)
    }
    for path in (ROOT / "cli" / "staff").glob("*.py"):
        read = set(re.findall(r"""\[["'](\w+)["']\]""", path.read_text()))
        assert read <= fields | OAUTH_FIELDS, path.name
