"""The code of an area, such as `eastmoor`. The schema of the directory of agencies has the same pattern."""

import re

AREA_PATTERN = r"[a-z][a-z0-9_-]{0,49}"
AREA_RULE = "an area's code of up to 50 lower-case letters, digits, _ and -, as in eastmoor"


def is_area(text: str) -> bool:
    """Whether `text` may be an area's code; it need not be the code of one that exists."""
    return re.fullmatch(AREA_PATTERN, text, re.ASCII) is not None
