"""Why a case can be stuck, the most harmful first, and the condition of each in SQL."""

from enum import StrEnum


class StuckKind(StrEnum):
    """Why a case is stuck: the one table of the order of harm, by which cases are listed.

    A kind that is a wait has its condition in `WAITS_OF_KIND_SQL`, two indexes, and words in `domain.wording.stuck`.
    """

    CONCERN = "concern"
    """A concern about contact waits for a supervisor."""
    UNTOLD_CANCELLATION = "untold_cancellation"
    """The victim has not been told that a meeting day is cancelled."""
    REFUSED_OBJECTION = "refused_objection"
    """A message was refused that a supervisor has to look at."""
    UNTOLD_NEWS = "untold_news"
    """The victim has not been told other bad news."""
    OVERDUE = "overdue"
    """One of its waits is overdue."""
    AGENCY_UNREACHABLE = "agency_unreachable"
    """A request, reminder, cancellation or update does not reach an agency."""
    UNDELIVERED = "undelivered"
    """A message for it is dead-lettered."""
    REFUSED_MESSAGE = "refused_message"
    """Another message of an agency was refused, and nobody has looked at it."""
    WORKFLOW_FAILING = "workflow_failing"
    """Its workflow cannot continue."""
    STATE_MISMATCH = "state_mismatch"
    """The case file and the workflow differ."""
    UNASSIGNED = "unassigned"
    """It is assigned to nobody, or to somebody who cannot work on it."""
    TRANSFER = "transfer"
    """Another area has not answered whether it takes the case over."""
    RISK_EXPIRING = "risk_expiring"
    """Its risk assessment is about to expire."""
    LONG_STANDING = "long_standing"
    """It has waited for the same thing for months, however often the wait was extended."""


KINDS = tuple(StuckKind)
HARM_ORDER = {kind: rank for rank, kind in enumerate(KINDS)}

WAITS_OF_KIND_SQL: dict[StuckKind, str] = {
    StuckKind.CONCERN: "waits.key like 'concern:%'",
    StuckKind.UNTOLD_CANCELLATION: "waits.key like 'tell:%' and waits.is_cancellation",
    StuckKind.UNTOLD_NEWS: "waits.key like 'tell:%' and not waits.is_cancellation",
    StuckKind.TRANSFER: "waits.key like 'transfer:%'",
    StuckKind.RISK_EXPIRING: "waits.key = 'risk' and waits.chases > 0",
}
"""The active waits that make a case stuck as soon as they start, whether they are overdue or not."""

LONG_STANDING_WEEKS = 26
"""After how many weeks a wait is long-standing, unless the settings say otherwise."""

OWNER_OF_REFUSED: dict[StuckKind, str] = {
    StuckKind.REFUSED_OBJECTION: "supervisor",
    StuckKind.REFUSED_MESSAGE: "caseworker",
}
"""Who resolves the refused messages of each kind."""
REFUSED_SQL = "refused_messages.waiting_on = '{owner}' and refused_messages.resolved_at is null"

# What the indexes of failing asks hold: none that nothing waited for at the case's last page, nor a cancellation or
# an update that is not tried any more.
FAILING_ASKS_SQL = (
    "{ask}.failing_since is not null and not {ask}.is_over and ({ask}.question is not null or {ask}.outcome = 'failed')"
)

# A failing ask counts as long as its wait runs (its key ends in the wait's), it was not cancelled, and it was not sent
# again under a later key (whose second part is the case's version). For one that fails for good the case waits until a
# technical problem is solved, and nothing else about the wait is tried. A cancellation or an update counts as long as
# it is tried.
UNDELIVERED_ASKS_SQL = """
{failing}
and ({ask}.question is null or (
    exists (
        select from waits
        where waits.ref = {ask}.ref and waits.key = split_part(split_part({ask}.key, '.reminder-', 1), '.', 3)
    )
    and ({ask}.outcome = 'failed') <> exists (
        select from waits
        where waits.ref = {ask}.ref
            and waits.key = 'technical_problem:' || split_part(split_part({ask}.key, '.reminder-', 1), '.', 3)
    )
    and not exists (
        select from asks as cancellation where cancellation.cancels = split_part({ask}.key, '.reminder-', 1)
    )
    and not exists (
        select from asks as later
        where later.ref = {ask}.ref and later.question is not null
            and split_part(split_part(later.key, '.reminder-', 1), '.', 3)
                = split_part(split_part({ask}.key, '.reminder-', 1), '.', 3)
            and split_part(later.key, '.', 2)::integer > split_part({ask}.key, '.', 2)::integer
    )
))
""".replace("{failing}", FAILING_ASKS_SQL)

DEAD_LETTERED = "inbox.dead_letter_reason is not null and inbox.outcome is null"

# Of a row that has somebody's name and an area: whether they can work on cases there. Asked of one row after the other,
# as what follows is.
HAS_ACCESS_SQL = """
exists (
    select from staff
    where staff.id = {row}.assigned_to and active and roles && array['caseworker', 'supervisor']
        and (areas is null or {row}.area = any(areas))
    offset 0
)
"""

# Whether a row of `cases` is stuck for this reason. `offset 0` has PostgreSQL ask row by row, as far as a list goes: it
# would rather join all there are.
IS_STUCK_SQL: dict[StuckKind, str] = {
    **{
        kind: f"exists (select from waits where waits.ref = cases.ref and {condition} offset 0)"
        for kind, condition in WAITS_OF_KIND_SQL.items()
    },
    **{
        kind: "exists (select from refused_messages where refused_messages.ref = cases.ref "
        f"and {REFUSED_SQL.format(owner=owner)} offset 0)"
        for kind, owner in OWNER_OF_REFUSED.items()
    },
    StuckKind.UNASSIGNED: f"cases.ended_on is null and not {HAS_ACCESS_SQL.format(row='cases')}",
    StuckKind.OVERDUE: "cases.overdue_since is not null",
    StuckKind.AGENCY_UNREACHABLE: (
        "exists (select from asks as failing where failing.ref = cases.ref "
        f"and {UNDELIVERED_ASKS_SQL.format(ask='failing')} offset 0)"
    ),
    StuckKind.UNDELIVERED: f"exists (select from inbox where inbox.ref = cases.ref and {DEAD_LETTERED} offset 0)",
    StuckKind.WORKFLOW_FAILING: (
        "exists (select from findings where findings.ref = cases.ref and findings.kind = 'workflow_failing' offset 0)"
    ),
    StuckKind.STATE_MISMATCH: (
        "exists (select from findings where findings.ref = cases.ref and findings.kind = 'state_mismatch' offset 0)"
    ),
}
"""Of every kind but the last, `LONG_STANDING`, after which no kind comes."""
