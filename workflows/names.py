"""Names that cases and schedules have in Temporal: messages, search attributes, workflows. Each stands here once."""

from typing import Any

from temporalio.common import SearchAttributeKey

WORKFLOW = "RestorativeJusticeCase"
RECORD = "record"
"""The signal that carries an event: durable without a worker, and without an answer."""
MOVE = "move"
"""The update that carries an event: answers whoever waits."""

RECONCILIATION = "Reconciliation"
"""The workflow that compares the case file with the cases' workflows; started by its schedule."""

MORNING_DIGEST = "MorningDigest"
"""The workflow that sends supervisors their digests; started by its schedule."""

CASE_STAGE = SearchAttributeKey.for_keyword("CaseStage")
CASE_STEP = SearchAttributeKey.for_keyword("CaseStep")
CASE_AREA = SearchAttributeKey.for_keyword("CaseArea")
CASE_RULES = SearchAttributeKey.for_keyword("CaseRules")
CASE_WAITING_ON = SearchAttributeKey.for_keyword_list("CaseWaitingOn")
CASE_DUE_AT = SearchAttributeKey.for_datetime("CaseDueAt")
CASE_OVERDUE = SearchAttributeKey.for_bool("CaseOverdue")
CASE_ON_HOLD = SearchAttributeKey.for_bool("CaseOnHold")

SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[Any], ...] = (
    CASE_STAGE,
    CASE_STEP,
    CASE_AREA,
    CASE_RULES,
    CASE_WAITING_ON,
    CASE_DUE_AT,
    CASE_OVERDUE,
    CASE_ON_HOLD,
)
"""Every search attribute: what registers them at start reads this, and nothing else names them."""
