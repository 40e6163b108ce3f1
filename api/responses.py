"""What several routes read of an address, and responses that they make of a case."""

from datetime import datetime
from typing import Annotated

from fastapi import Path

from api.models.cases import CaseResponse, WaitResponse
from application.context import UnknownCase, read_state
from domain.references import is_ref
from domain.staff_explanation import describe_awaited, describe_options, explain_to_staff, name_of
from domain.vocabulary import CaseRef, WaitKey
from ports.case_file import CaseSnapshot

Ref = Annotated[str, Path(description="The case's reference, in any case of letters.", examples=["RJ-7Q2K-9F3M"])]
MessageNumber = Annotated[int, Path(ge=1, le=2**63 - 1, description="Its number in the inbox.", examples=[1204])]


def read_ref(text: str) -> CaseRef:
    """Return the reference in `text`, in capitals. Raises UnknownCase for what cannot be one."""
    if not is_ref(text.upper()):
        raise UnknownCase
    return CaseRef(text.upper())


def to_case_response(snapshot: CaseSnapshot, now: datetime) -> CaseResponse:
    """Return the case; `now` is the cases' time."""
    case = read_state(snapshot)
    own = ("form", "contact", "waits", "explanation")
    waits = [
        WaitResponse(
            **{name: getattr(wait, name) for name in WaitResponse.model_fields if hasattr(wait, name)},
            waited_for=describe_awaited(WaitKey(wait.key)),
            who=name_of(wait.waiting_on),
            can_do=describe_options(WaitKey(wait.key)),
        )
        for wait in snapshot.waits
    ]
    return CaseResponse(
        **{name: getattr(snapshot, name) for name in CaseResponse.model_fields if name not in own},
        form=case.form,
        contact=case.contact,
        waits=waits,
        explanation=list(explain_to_staff(case, now)),
    )
