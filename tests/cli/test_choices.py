"""The choices that commands explain are those that the service takes."""

from collections.abc import Iterable, Mapping

import pytest

from api.models import labels
from cli.staff.agencies import CHANNELS
from cli.staff.agencies import KINDS as AGENCY_KINDS
from cli.staff.cases import SORTS
from cli.staff.inbox import REASONS as REJECTIONS
from cli.staff.record import LIST_FIELDS, NUMBER_FIELDS
from cli.staff.register import ROLES
from cli.staff.supervision import KINDS
from domain.event_fields import FIELD_SHAPES, FieldKind
from domain.people import StaffRole
from domain.reasons import Reason
from domain.vocabulary import (
    AgeGroup,
    AgencyKind,
    Contact,
    Flag,
    Form,
    InitiatedBy,
    Stage,
    Step,
    TakesPartAs,
)
from ports.agencies import ChannelName
from ports.inbox import REJECTION_REASONS
from queries.cases import Sort
from queries.stuck_kinds import StuckKind

CHOICES: list[tuple[Mapping[str, str], Iterable[str]]] = [
    (AGENCY_KINDS, AgencyKind),
    (CHANNELS, ChannelName),
    (SORTS, Sort),
    (REJECTIONS, REJECTION_REASONS),
    (ROLES, StaffRole),
    (KINDS, StuckKind),
    (labels.STAGES, Stage),
    (labels.STEPS, Step),
    (labels.REASONS, Reason),
    (labels.AGE_GROUPS, AgeGroup),
    (labels.INITIATORS, InitiatedBy),
    (labels.PARTS, TakesPartAs),
    (labels.FORMS, Form),
    (labels.CONTACTS, Contact),
    (labels.FLAGS, Flag),
]


@pytest.mark.parametrize(("explained", "taken"), CHOICES)
def test_every_choice_is_explained(explained: Mapping[str, str], taken: Iterable[str]) -> None:
    assert set(explained) == {str(code) for code in taken}
    assert all(explained.values())


def test_the_fields_of_events_that_are_no_texts_are_known() -> None:
    kinds = {(name, shape.kind) for shapes in FIELD_SHAPES.values() for name, shape in shapes.items()}
    assert {name for name, kind in kinds if kind in (FieldKind.CHOICES, FieldKind.CASES)} == LIST_FIELDS
    assert {name for name, kind in kinds if kind is FieldKind.NUMBER} == NUMBER_FIELDS
