"""The lives of which histories are recorded: each says what happens to one case, and leaves it where it is."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from tests.workflows.conftest import SUPERVISOR, Cases, RunningCase
from workflows.names import RECORD

Life = Callable[[Cases], Awaitable[RunningCase]]

SPECIALIST_IN = ["domestic_abuse", "sexual_harm", "stalking"]
SECOND_SUPERVISOR = {"role": "supervisor", "id": "s.adeyemi"}


async def _today(case: RunningCase) -> date:
    timeline = await case.handle.query("timeline")
    return date.fromisoformat(timeline[-1]["at"][:10])


async def assign_and_assess(case: RunningCase) -> None:
    """A specialist facilitates and has assessed the risk, without which nobody is approached."""
    await case.record_event("facilitator_assigned", SUPERVISOR, facilitator="f.osei", specialist_in=SPECIALIST_IN)
    await case.record_event("risk_assessed", result="direct", further_abuse=False, specialist_in=SPECIALIST_IN)


async def to_approaching(case: RunningCase) -> None:
    """Screened, traced by the second agency of the route, checked by both checkers, and free to be approached."""
    await case.record_event("request_screened", answer="proceed")
    await assign_and_assess(case)
    await case.signal("trace_answered", case.agency("vlo"), answer="not_found")
    found = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
    await case.signal("trace_answered", case.agency("probation"), **found)
    await case.signal("agency_check_answered", case.agency("prison"), answer="no_objection")
    await case.signal("agency_check_answered", case.agency("hmpps_rehub"), answer="no_objection")


async def to_preparing(case: RunningCase) -> None:
    """Approached, willing, and both sides assessed as ready."""
    await to_approaching(case)
    await case.signal("offender_approached", case.agency("prison"))
    await case.signal("offender_answered", case.agency("prison"), answer="willing")
    await case.record_event("readiness_assessed", answer="ready")


async def meeting_held_and_closed(cases: Cases) -> RunningCase:
    """All goes well, and the workflow ends with its aftercare."""
    case = await cases.start()
    await to_preparing(case)
    for whose in ("victim", "offender"):
        await case.record_event("consent_recorded", whose=whose)
    day = await _today(case) + timedelta(days=3)
    await case.record_event("meeting_arranged", form="face_to_face", day=day.isoformat())
    await case.record_event("meeting_held", form="face_to_face", result="completed", agreement=True)
    for _ in range(3):
        await case.record_event("follow_up_recorded", agreement_kept="met")
    await case.environment.fast_forward(case.handle)
    await case.handle.result()
    return case


async def objected_held_and_resumed(cases: Cases) -> RunningCase:
    """A checker objects, is challenged, the case is put on hold and resumed; the asks are cancelled and made again."""
    case = await cases.start()
    await case.record_event("request_screened", answer="proceed")
    found = {"answer": "found", "whereabouts": "community_supervised", "responsible_agency": "probation"}
    await case.signal("trace_answered", case.agency("vlo"), **found)
    await case.signal("agency_check_answered", case.agency("probation"), answer="objection", reason="no_contact_order")
    await case.record_event("objection_challenged")
    await case.record_event("put_on_hold", reason="court_permission_pending")
    await case.pass_days(35)
    await case.record_event("resumed")
    await case.signal("agency_check_answered", case.agency("probation"), answer="no_objection")
    return case


async def silent_agency(cases: Cases) -> RunningCase:
    """Nobody answers: reminded, overdue, noticed again, and the victim hears; the case goes on waiting."""
    case = await cases.start()
    await case.record_event("request_screened", answer="proceed")
    await case.pass_days(60)
    return case


async def route_exhausted_and_reviewed(cases: Cases) -> RunningCase:
    """Nobody finds the offender; a supervisor declines, and the decision is looked at again."""
    case = await cases.start(has_vlo=False)
    await case.record_event("request_screened", answer="proceed")
    for kind, answer in (("charity", "not_found"), ("probation", "restricted"), ("prison", "not_ours")):
        await case.signal("trace_answered", case.agency(kind), answer=answer)
    await case.record_event("declined_by_service", SUPERVISOR, reason="no_match")
    await case.record_event("review_requested")
    await case.record_event("review_decided", SECOND_SUPERVISOR, result="not_upheld")
    return case


async def not_yet_then_letters(cases: Cases) -> RunningCase:
    """Not ready at first; the review date passes; then letters, and a wrong entry that is corrected."""
    case = await cases.start(flags=["domestic_abuse"], preferred_form="letter")
    await to_approaching(case)
    await case.signal("offender_approached", case.agency("prison"))
    await case.signal("offender_answered", case.agency("prison"), answer="willing")
    not_yet = {"answer": "not_yet", "whose": "offender", "reason": "therapy_first"}
    await case.signal("readiness_assessed", case.agency("prison"), **not_yet)
    await case.pass_days(90)
    await assign_and_assess(case)
    await case.record_event("readiness_assessed", answer="ready")
    for whose in ("victim", "offender"):
        await case.record_event("consent_recorded", whose=whose)
    await case.record_event("message_passed", form="letter", sender="victim")
    wrong = await case.record_event("withdrawn", whose="offender")
    await case.record_event("entry_corrected", SUPERVISOR, which=wrong["id"])
    return case


async def refused_request(cases: Cases) -> RunningCase:
    """Only the victim may ask here: no case is opened."""
    case = await cases.start(initiated_by="offender", flags=["sexual_harm"])
    await case.handle.result()
    return case


async def database_unavailable(cases: Cases) -> RunningCase:
    """The write is tried until the database is back; malformed signals come in meanwhile."""
    case = await cases.start()
    cases.outside.casefile.away = True
    await case.record_event("request_screened", answer="proceed")
    for payload in ([], [None], [{"id": 7}], [1, 2]):
        await case.handle.signal(RECORD, args=payload)
    cases.outside.casefile.away = False
    await case.pass_days(1)
    return case


async def undelivered_and_sent_again(cases: Cases) -> RunningCase:
    """One agency's address takes nothing, and is corrected; the directory has no second one, and another is named."""
    cases.outside.channel.refuse.add("vlo")
    cases.outside.directory.missing.add("probation")
    case = await cases.start()
    await case.record_event("request_screened", answer="proceed")
    await _wait_for(case, "technical_problem:trace:vlo")
    await case.record_event("put_on_hold", reason="illness")
    await case.record_event("resumed")
    cases.outside.channel.refuse.clear()
    await case.record_event("ask_retried")
    await case.until(lambda _: case.outside.channel.questions(case.ref) == ["trace:vlo"])
    # The cancellation waits until nothing that was sent before can arrive any more.
    await case.pass_days(1 / 24)
    await case.until(lambda status: not status["outstanding"])
    await case.signal("trace_answered", case.agency("vlo"), answer="not_found", limited_access=True)
    await _wait_for(case, "technical_problem:trace:probation")
    await case.record_event("route_extended", SUPERVISOR, agency="charity")
    found = {"answer": "found", "whereabouts": "unsupervised"}
    await case.signal("trace_answered", case.agency("charity"), **found)
    await case.status()
    return case


async def _wait_for(case: RunningCase, key: str) -> None:
    await case.until(lambda status: any(wait["key"] == key for wait in status.get("waits", [])))


async def continued_as_new(cases: Cases) -> RunningCase:
    """More entries than one run takes, an agency that cannot be reached meanwhile, and a second delivery."""
    case = await cases.start(contact="none")
    cases.outside.channel.unreachable = 10_000
    await case.record_event("request_screened", answer="proceed")
    known = case.record("contact_preference_changed", contact="none")
    again = (case.record("contact_preference_changed", contact="none") for _ in range(55))
    for record in (known, *again, known):
        await case.handle.signal(RECORD, record)
    await case.status()
    cases.outside.channel.unreachable = 0
    await case.pass_days(1)
    await case.signal("trace_answered", case.agency("vlo"), answer="deceased")
    await case.record_event("death_confirmed", whose="offender")
    await case.status()
    return case


async def objected_on_the_eve(cases: Cases) -> RunningCase:
    """An agency objects after a day was set: the day is cancelled, contact stops, and a supervisor decides."""
    case = await cases.start()
    await to_preparing(case)
    for whose in ("victim", "offender"):
        await case.record_event("consent_recorded", whose=whose)
    day = await _today(case) + timedelta(days=3)
    await case.record_event("meeting_arranged", form="face_to_face", day=day.isoformat())
    await case.signal("agency_check_answered", case.agency("prison"), answer="objection", reason="safeguarding")
    await case.until(lambda status: status["step"] == "preparing")
    await case.record_event("concern_decided", SUPERVISOR, result="no_concern")
    await case.record_event("meeting_arranged", form="face_to_face", day=day.isoformat())
    return case


LIVES: dict[str, Life] = {
    life.__name__: life
    for life in (
        meeting_held_and_closed,
        objected_held_and_resumed,
        silent_agency,
        route_exhausted_and_reviewed,
        not_yet_then_letters,
        refused_request,
        database_unavailable,
        undelivered_and_sent_again,
        continued_as_new,
        objected_on_the_eve,
    )
}
