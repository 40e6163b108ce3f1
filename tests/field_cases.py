"""Files as real systems write them, with their correct results: they are next to the checkout."""

from pathlib import Path

import pytest

FIELD = Path(__file__).parents[2] / "shared" / "cases" / "field"
needs_field = pytest.mark.skipif(
    not FIELD.is_dir(), reason="the files from the field are not in ../shared/cases/field, next to the checkout"
)
