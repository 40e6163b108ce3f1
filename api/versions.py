"""Versions of cases in HTTP: an ETag names one, and If-Match the one that somebody has read."""

import re
from typing import Annotated

from fastapi import Depends, Header

from api.problems import Code, Problem

_TAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')

IfNoneMatch = Annotated[
    str,
    Header(alias="if-none-match", description="An ETag: 304 if the case is still at that version.", examples=['"5"']),
]


def format_etag(version: int) -> str:
    """Return the ETag of a case at `version`."""
    return f'"{version}"'


def is_known(if_none_match: str, version: int) -> bool:
    """Return whether the client has that version already."""
    return if_none_match.strip() in (format_etag(version), f"W/{format_etag(version)}")


def _expected_version(
    if_match: Annotated[
        str,
        Header(
            alias="if-match",
            description="The ETag of the case as you read it; `*`: any version.",
            examples=['"5"'],
        ),
    ] = "",
) -> int | None:
    given = if_match.strip()
    if given == "*":
        return None
    if not given:
        raise Problem(Code.IF_MATCH_MISSING, "if-match: the ETag of the case as you read it, or * for any version")
    found = _TAG.fullmatch(given)
    if found is None:
        raise Problem(Code.BAD_REQUEST, 'if-match: one ETag such as "5", or *')
    return int(found[1])


ExpectedVersion = Annotated[int | None, Depends(_expected_version)]
"""The version that the case must be at; None: any."""
