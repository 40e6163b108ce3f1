import dataclasses

import pytest

from domain import values
from domain.events import VictimAnswered
from tests.domain.slices import open_request


def test_a_copy_has_its_changes_and_everything_else() -> None:
    case = open_request()
    copy = values.replace(case, version=7)

    assert copy == dataclasses.replace(case, version=7)
    assert hash(copy.progress) == hash(case.progress)
    assert case.version == 1


def test_a_class_with_slots_is_copied_too() -> None:
    assert values.replace(VictimAnswered("wants"), answer="does_not").answer == "does_not"


@pytest.mark.parametrize("value", [open_request(), VictimAnswered("wants")])
def test_a_field_that_does_not_exist_is_an_error(value: object) -> None:
    with pytest.raises(TypeError):
        values.replace(value, weather="fine")  # type: ignore[type-var]
