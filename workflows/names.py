"""Every name that Temporal knows: workflows, messages, activities, search attributes. No other module writes them."""

from typing import Any

from temporalio.common import SearchAttributeKey

CASE_WORKFLOW = "RestorativeJusticeCase"
RECONCILIATION = "Reconciliation"
"""The workflow that compares the case file with the cases' workflows; started by its schedule."""
MORNING_DIGEST = "MorningDigest"
"""The workflow that sends supervisors their digests; started by its schedule."""
BIRTHDAYS = "WeeklyBirthdays"
"""The workflow that records who is 18 now; started by its schedule."""

RECORD = "record"
"""The signal that carries an event: durable without a worker, and without an answer."""
RECORD_EVENT = "record_event"
"""The update that carries an event, for callers that wait for the answer."""

SET_CLOCK = "set_clock"
"""The signal that sets the clock of a case; only the embedded stack sends it, and real time cannot be set."""

GET_STATUS = "status"
GET_STATE = "get_state"
GET_TIMELINE = "timeline"
EXPLAIN = "explain"

WRITE_CASE_FILE = "write_case_file"
FIND_RESULTS = "find_results"
ASK_AGENCY = "ask_agency"
CANCEL_ASK = "cancel_ask"
UPDATE_AGENCY = "update_agency"
RECHECK_FINDINGS = "recheck_findings"
COMPARE_ALL = "compare_all"
CHECK_NEXT = "check_next"
SEND_DIGESTS = "send_digests"
RECORD_BIRTHDAYS = "record_birthdays"

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
"""What is registered with the server at start."""
