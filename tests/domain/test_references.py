import random

import pytest

from domain.references import ALPHABET, is_ref, new_ref


def test_what_is_made_is_recognised() -> None:
    refs = [new_ref(random.Random(seed)) for seed in range(200)]

    assert all(is_ref(ref) for ref in refs)
    assert len(set(refs)) == 200


def test_the_same_chance_makes_the_same_reference() -> None:
    assert new_ref(random.Random(7)) == new_ref(random.Random(7))


def test_no_sign_is_taken_for_another() -> None:
    assert len(ALPHABET) == 30
    assert not set(ALPHABET) & set("ILOU01")


def test_every_sign_is_used() -> None:
    signs = "".join(new_ref(random.Random(seed))[3:] for seed in range(200))

    assert set(signs) - {"-"} == set(ALPHABET)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RJ-7Q2K",
        "rj-7q2k-9f3m",
        "RJ-7Q2K-9F3O",
        "RJ-7Q2K-9F3M\n",
        " RJ-7Q2K-9F3M",
        "RJ-7Q2K-9F3MM",
        "RJ_7Q2K_9F3M",
    ],
)
def test_another_shape_is_not_a_reference(text: str) -> None:
    assert not is_ref(text)
