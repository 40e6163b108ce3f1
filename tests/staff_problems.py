"""Which problems staff are shown, and on which pages."""

from api.problems import SIGNING_IN, Code

FOR_STAFF = frozenset(
    {
        *SIGNING_IN,
        Code.WRONG_AREA,
        Code.NOT_AUTHENTICATED,
        Code.INVALID,
        Code.AGENCY_EXISTS,
        Code.UNKNOWN_AREA,
        Code.UNKNOWN_MEMBER,
        Code.MEMBER_EXISTS,
        Code.KEY_MISSING,
        Code.KEY_REUSED,
        Code.ALREADY_DONE,
        Code.IF_MATCH_MISSING,
        Code.VERSION_CONFLICT,
        Code.REFUSED,
        Code.UNKNOWN_CASE,
        Code.NOT_RUNNING,
        Code.CASE_TIMEOUT,
        Code.TEMPORAL_UNAVAILABLE,
        Code.UNKNOWN_COVER,
        Code.UNKNOWN_NOTIFICATION,
        Code.UNKNOWN_VICTIM,
        Code.WRONG_STATE,
        Code.NOT_ENDED,
        Code.BAD_CURSOR,
    }
) - {Code.DATABASE_UNAVAILABLE}
"""The problems that agencies never meet: those of staff and of GOV.UK Notify."""
