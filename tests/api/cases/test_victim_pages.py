"""2.12: the pages behind a victim's link, as a browser opens them: over real HTTP, with a real case behind them."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock

import httpx
import pytest
from structlog.testing import capture_logs

from adapters.postgres.victim_links import DAYS
from api.pages import HEADERS
from api.problems import Code
from api.victim_pages import acts
from api.victim_pages import page as victim_page
from api.victim_pages.sessions import COOKIE, IDLE_TIME, Sessions
from api.victim_pages.sign_in import EXIT
from application.victim_acts import WHILE_UNTOLD, VictimAct, event_of
from domain.translations import ENGLISH, WELSH, translate
from domain.vocabulary import Step
from domain.wording import my_case as words
from domain.wording.my_case import ActText
from domain.wording.tasks import describe_act
from domain.wording.victim import NEUTRAL_NUMBER, STEPS
from tests.api.accessible import require_accessible
from tests.api.answering import Page, fill_in
from tests.api.cases.conftest import VICTIM_CONTACT, StaffClient, problem
from tests.api.cases.test_joint_meetings import accredit_facilitator, describe_meeting, prepare_case
from tests.api.cases.test_my_case import PHONE, link_of
from tests.api.people import SUPERVISOR
from tests.connections import unreachable_temporal
from tests.domain import truth
from tests.token_keys import TOKEN_KEY

FORM = {"content-type": "application/x-www-form-urlencoded"}
HTML = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
SECRETS = ("Wilhelmina", "Ashdown", PHONE, "estorative", "rime")
"""What a page may not say before the code is entered."""


@dataclass
class Browser:
    """A browser that opens the pages of one link, and keeps the cookie of the session."""

    http: httpx.AsyncClient
    path: str
    code: str
    language: str = ENGLISH
    cookie: str = ""
    sent: list[str] = field(default_factory=list)

    async def get(self, page: str = "", status: int = 200) -> Page:
        """Open a page."""
        return self._page(await self.http.get(self.path + page, headers=self.headers()), status)

    async def send(self, page: str, on: Page, entered: Mapping[str, str | list[str]] = {}, status: int = 200) -> Page:
        """Enter something into the form of a page and send it, as its button does."""
        form = on.one("form")
        assert form["action"] == self.path + page
        assert form["method"] == "post"
        body = fill_in(on, entered)
        return self._page(await self.http.post(form["action"], content=body, headers=self.headers() | FORM), status)

    async def enter(self) -> Page:
        """Enter the code, and come to the case."""
        answer = await self.post_code(self.code)
        assert (answer.status_code, answer.headers["location"]) == (303, self.path)
        self._keep(answer)
        return await self.get()

    async def post_code(self, code: str) -> httpx.Response:
        return await self.http.post(self.path, content=f"code={code}", headers=self.headers() | FORM)

    async def act(self, page: str, entered: Mapping[str, str | list[str]] = {}) -> tuple[Page, Page]:
        """Open an act, confirm it, and return the check and the page after it."""
        check = await self.get(page)
        return check, await self.send(page, check, entered)

    def headers(self) -> dict[str, str]:
        return HTML | ({"cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {})

    def _keep(self, answer: httpx.Response) -> None:
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]

    def _page(self, answer: httpx.Response, status: int) -> Page:
        assert answer.status_code == status, answer.text
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        self._keep(answer)
        page = Page(answer.text)
        site, language = translate(words.SITE, self.language), "cy" if self.language == WELSH else "en-GB"
        require_accessible(page, site=site, language=language, skip=translate(words.SKIP, self.language))
        leave = page.one("p", **{"class": "leave"}).one("a")
        assert leave["href"] == f"{self.path}/leave"
        return page


@asynccontextmanager
async def browsers(staff: StaffClient) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=staff.http.base_url, timeout=30) as http:
        yield http


@pytest.fixture
async def http(staff: StaffClient) -> AsyncIterator[httpx.AsyncClient]:
    async with browsers(staff) as http:
        yield http


async def browser_of(staff: StaffClient, http: httpx.AsyncClient, ref: str) -> Browser:
    path, code = await link_of(staff, ref)
    return Browser(http, path, code["x-case-code"])


async def versions(staff: StaffClient, ref: str) -> int:
    found: int = await staff.pool.fetchval("select version from cases where ref = $1", ref)
    return found


async def test_nothing_is_offered_after_the_aftercare_and_a_refusal_says_whom_to_ring_in_danger(
    staff: StaffClient, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await staff.open_case()
    browser = await browser_of(staff, http, ref)
    await browser.enter()
    check = await browser.get("/not-safe")
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    await staff.temporal.client.get_workflow_handle(ref).terminate()
    refused = await browser.send("/not-safe", check, status=409)
    assert (refused.heading, words.DANGER in refused.text) == (words.NOT_POSSIBLE_HEADING, True)

    monkeypatch.setattr(
        "application.victim_acts.aftercare_ends_on", lambda case: case.day_of_request - timedelta(days=1)
    )
    page = await browser.get()
    assert not page.all("ul", _class="acts")
    assert words.ACTS_HEADING not in page.text


async def test_a_link_alone_shows_nothing_and_the_same_as_one_that_never_was(
    staff: StaffClient, http: httpx.AsyncClient
) -> None:
    ref = await staff.open_case(phone=PHONE)
    browser = await browser_of(staff, http, ref)
    unknown = Browser(http, "/my-case/" + "x" * 43, "12345678")

    page, other = await browser.get(), await unknown.get()
    assert page.heading == other.heading == "Enter your code"
    for act in ("", "/stop", "/contact", "/take-a-break", "/no-such-page"):
        text = (await browser.get(act)).root.text
        assert text == (await unknown.get(act)).root.text
        assert not [secret for secret in (*SECRETS, ref) if secret in text]
    assert "set-cookie" not in (await http.get(browser.path, headers=HTML)).headers


async def test_a_wrong_code_says_no_more_than_an_unknown_link_and_ten_of_them_stop_the_link(
    staff: StaffClient, http: httpx.AsyncClient
) -> None:
    browser = await browser_of(staff, http, await staff.open_case())
    unknown = Browser(http, "/my-case/" + "x" * 43, "12345678")
    empty = await browser.send("", await browser.get(), status=422)
    assert empty.errors == {"code": "Enter your code"}
    other = Page((await unknown.post_code("12345678")).text).root.text
    for _ in range(10):
        answer = await browser.post_code("0000000x")
        assert (answer.status_code, Page(answer.text).root.text) == (422, other)
    assert Page((await browser.post_code(browser.code)).text).errors == {"code": words.CODE_WRONG}


async def test_the_right_code_opens_the_case_in_the_words_of_the_messages(
    staff: StaffClient, http: httpx.AsyncClient
) -> None:
    ref = await staff.open_case(phone=PHONE)
    browser = await browser_of(staff, http, ref)
    spaced = " ".join(re.findall("..", browser.code))
    answer = await http.post(browser.path, content=f"code={spaced.replace(' ', '+')}", headers=HTML | FORM)
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert {"HttpOnly", "SameSite=Strict", "Secure", f"Path={browser.path}"} <= set(cookie.split("; "))

    page = await browser.enter()
    explained = (await staff.http.get(browser.path, headers={"x-case-code": browser.code})).json()["explanation"]
    assert page.heading == explained["heading"] == STEPS[Step.SCREENING].heading
    for part in ("happened", "next", "could_change", "next_update"):
        assert explained[part] in page.text
    assert page.facts == {"Your email": words.NOT_GIVEN, "Your phone number": PHONE, "Your address": words.NOT_GIVEN}
    links = [link["href"].removeprefix(f"{browser.path}/") for link in page.one("ul", **{"class": "acts"}).all("a")]
    assert links == ["take-a-break", "stop", "ask-for-review", "not-safe", "contact"]
    help = page.one("footer").text
    assert "Victim Support on 08 08 16 89 111" in help
    assert "you can complain" in help
    assert f"{DAYS} days" in words.LINK_ENDS
    assert words.LINK_ENDS in page.text


@pytest.mark.parametrize(
    ("page", "text", "event", "data"),
    [
        ("/stop", words.STOP, "withdrawn", {"whose": "victim"}),
        ("/not-safe", words.NOT_SAFE, "concern_raised", {"reason": "safeguarding"}),
        ("/ask-for-review", words.ASK_FOR_REVIEW, "review_requested", {}),
    ],
)
async def test_an_act_is_checked_before_it_is_done_once_and_what_follows_is_said(
    staff: StaffClient,
    http: httpx.AsyncClient,
    page: str,
    text: ActText,
    event: str,
    data: dict[str, Any],
) -> None:
    ref = await staff.open_case()
    browser = await browser_of(staff, http, ref)
    await browser.enter()

    check = await browser.get(page)
    assert check.heading == text.heading
    assert check.heading.startswith("You are about to")
    assert [link.text for link in check.one("main").all("a") if link["href"] == browser.path] == ["No, go back"]
    assert await versions(staff, ref) == 1, "looking is not doing"
    after = await browser.send(page, check, {"words": "He was outside <my> house."})
    again = await browser.send(page, check, {"words": "He was outside <my> house."})
    assert after.heading == again.heading == text.done_heading
    await staff.wait_for_version(ref, 2)
    assert await versions(staff, ref) == 2, "the same form twice counts once"
    row = await staff.pool.fetchrow("select event, data, by, id from entries where ref = $1 and version = 2", ref)
    assert row is not None
    assert (row["event"], {name: row["data"][name] for name in data}) == (event, data)
    assert row["by"]["role"] == "victim"
    notes = (await staff.get(f"/api/v1/cases/{ref}/notes")).json()["notes"]
    assert [note["text"] for note in notes] == ["He was outside <my> house."]
    urgent = [words.DANGER in one.text for one in (check, after)]
    assert urgent == [page == "/not-safe"] * 2


async def test_a_victim_takes_a_break_and_ends_it(staff: StaffClient, http: httpx.AsyncClient) -> None:
    ref = await staff.open_case()
    browser = await browser_of(staff, http, ref)
    await browser.enter()

    form = await browser.get("/take-a-break")
    assert form.heading == "Take a break"
    missing = await browser.send("/take-a-break", form, {"words": "I need time."}, 422)
    assert missing.errors == {"weeks": "Choose how long"}
    check = await browser.send("/take-a-break", missing, {"weeks": "13"})
    until = (await staff.get("/api/v1/cases/" + ref)).json()
    assert check.heading == "You are about to take a break"
    assert check.facts == {words.YOUR_WORDS: "I need time."}
    assert until["on_hold"] is False
    done = await browser.send("/take-a-break", check)
    assert done.heading == "You are taking a break"
    assert (await staff.wait_for_version(ref, 2))["on_hold"] is True
    (day,) = re.findall(r"Your break will last until (.*?)\.", check.text)
    assert f"Your break will last until {day}." in done.text

    page = await browser.get()
    assert page.heading == "Your request is paused, as you asked"
    assert "/go-on" in str([link["href"] for link in page.all("a")])
    check, done = await browser.act("/go-on")
    assert (check.heading, done.heading) == ("You are about to end your break", "Your break has ended")
    assert (await staff.wait_for_version(ref, 3))["on_hold"] is False


async def test_a_victim_changes_how_they_are_reached(staff: StaffClient, http: httpx.AsyncClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    browser = await browser_of(staff, http, ref)
    await browser.enter()

    form = await browser.get("/contact")
    assert form.one("input", id="phone")["value"] == PHONE
    wrong = await browser.send("/contact", form, {"contact": "email", "email": "", "phone": "ring me"}, 422)
    assert wrong.errors == {"email": words.EMAIL_MISSING, "phone": words.PHONE_WRONG}
    wrong = await browser.send("/contact", wrong, {"contact": "email", "email": "nowhere", "phone": PHONE}, 422)
    assert wrong.errors == {"email": words.EMAIL_WRONG}
    check = await browser.send("/contact", wrong, {"email": "mina@example.org", "address": "1 Mill Lane\r\nAvonside"})
    assert check.heading == "You are about to change how we contact you"
    assert check.facts == {
        "How we contact you": "By email",
        "Your email": "mina@example.org",
        "Your phone number": PHONE,
        "Your address": "1 Mill Lane Avonside",
    }
    assert (await staff.get(f"/api/v1/cases/{ref}/victim")).json()["email"] in (None, "")
    for _ in range(2):
        done = await browser.send("/contact", check)
        assert done.heading == "We have changed how we contact you"
    assert (await staff.wait_for_version(ref, 3))["contact"] == "email"
    details = (await staff.get(f"/api/v1/cases/{ref}/victim")).json()
    assert (details["email"], details["phone"], details["name"]) == ("mina@example.org", PHONE, "Wilhelmina Ashdown")
    assert (await browser.get()).facts["Your email"] == "mina@example.org"
    assert await versions(staff, ref) == 3


async def test_before_an_act_that_cancels_a_meeting_day_the_page_says_so(
    staff: StaffClient, http: httpx.AsyncClient
) -> None:
    """1.11."""
    await accredit_facilitator(staff)
    ref = await prepare_case(staff, "CR-2290")
    assert (await staff.record(ref, "meeting_arranged", SUPERVISOR, data=describe_meeting())).status_code == 200
    browser = await browser_of(staff, http, ref)
    page = await browser.enter()
    assert page.heading == "A day has been set"
    for act, says in (("/stop", True), ("/not-safe", True), ("/take-a-break", True), ("/contact", False)):
        assert ("will be cancelled" in (await browser.get(act)).text) is says


async def test_bad_news_is_on_no_page_before_a_person_has_told_it(staff: StaffClient, http: httpx.AsyncClient) -> None:
    """2.1d."""
    ref = await staff.open_case(phone=PHONE)
    browser = await browser_of(staff, http, ref)
    await browser.enter()
    answer = await staff.record(ref, "request_screened", data={"answer": "refuse", "reason": "outside_area"})
    assert answer.status_code == 200, answer.text
    page = await browser.get()
    assert page.heading == words.TO_BE_TOLD_HEADING
    assert "cannot" not in page.text
    shown = (await staff.http.get(browser.path, headers={"x-case-code": browser.code})).json()
    assert shown["explanation"]["heading"] == words.TO_BE_TOLD_HEADING
    assert set(shown["acts"]) == {"stop", "not_safe"}
    check = await browser.get("/stop")
    for _ in range(2):
        done = await browser.send("/stop", check, {"words": "I would rather not."})
        assert done.heading == words.STOP.done_heading, "a refusal would say that it has ended"
    case = await staff.wait_for_version(ref, 3)
    assert (case["version"], "reply" in [wait["key"] for wait in case["waits"]]) == (3, True)
    notes = (await staff.get(f"/api/v1/cases/{ref}/notes")).json()["notes"]
    assert [note["text"] for note in notes] == [describe_act("stop", "I would rather not.")]
    assert (await staff.record(ref, "victim_told", data={"how": "telephone"})).status_code == 200
    assert (await browser.get()).heading != words.TO_BE_TOLD_HEADING


UNTOLD = {
    "ended": [("declined_by_service", {"reason": "ongoing_risk_or_abuse"})],
    "day_cancelled": [("meeting_postponed", {"reason": "illness"})],
    "on_hold": [("put_on_hold", {"reason": "illness"})],
    "died": [("death_reported", {"whose": "offender"}), ("death_confirmed", {"whose": "offender"})],
}
"""How a case with a meeting day comes to have bad news that the victim has not been told."""


async def test_no_act_tells_what_untold_bad_news_is(staff: StaffClient, http: httpx.AsyncClient) -> None:
    """2.1d: whatever is sent, an ended case, a cancelled day and the offender's death give the same answers."""
    await accredit_facilitator(staff)
    answers = {}
    for number, (name, events) in enumerate(UNTOLD.items()):
        ref = await prepare_case(staff, f"CR-23{number}0")
        for event, data in (("meeting_arranged", describe_meeting()), *events):
            recorded = await staff.record(ref, event, SUPERVISOR, data=data)
            assert recorded.status_code == 200, (name, recorded.text)
        answers[name] = await try_every_act(await browser_of(staff, http, ref), ref)
    assert len({repr(answer) for answer in answers.values()}) == 1, answers
    taken = [act for act, status, text in answers["ended"] if (status, text) == (204, "")]
    assert taken == sorted(WHILE_UNTOLD)


async def try_every_act(browser: Browser, ref: str) -> list[tuple[str, int, str]]:
    """What the pages and the programs' interface answer to each act, that which is offered last."""
    await browser.enter()
    answers = []
    for act in sorted(VictimAct, key=lambda act: (act in WHILE_UNTOLD, act)):
        path, form = f"{browser.path}/{act.replace('_', '-')}", b"weeks=4&words=&key=page-key"
        for method, body in (("GET", b""), ("POST", form), ("POST", form + b"&checked=yes")):
            if act in WHILE_UNTOLD and body.endswith(b"yes"):
                continue
            answer = await browser.http.request(method, path, content=body, headers=browser.headers() | FORM)
            answers.append((act.value, answer.status_code, hide_what_differs(answer.text, browser, ref)))
        sent = {"act": act, "words": "As I said."}
        answer = await browser.http.post(f"{browser.path}/acts", json=sent, headers={"x-case-code": browser.code})
        answers.append((act.value, answer.status_code, hide_what_differs(answer.text, browser, ref)))
    return answers


def hide_what_differs(text: str, browser: Browser, ref: str) -> str:
    """The answer without what belongs to each link and request."""
    text = text.replace(browser.path, "PATH").replace(ref, "REF")
    return re.sub(r"[0-9a-f]{32}", "KEY", re.sub(r'"request_id":"[^"]*"', "", text))


async def test_an_act_that_was_taken_before_the_bad_news_is_taken_once_and_never_refused(
    staff: StaffClient, http: httpx.AsyncClient
) -> None:
    ref = await staff.open_case(phone=PHONE)
    path, code = await link_of(staff, ref)
    pause = {"act": "take_a_break"}
    headers = code | {"idempotency-key": "the-break"}
    assert (await staff.http.post(f"{path}/acts", json=pause, headers=headers)).status_code == 204
    await staff.record(ref, "request_screened", data={"answer": "refuse", "reason": "outside_area"})
    assert (await staff.http.post(f"{path}/acts", json=pause, headers=headers)).status_code == 204
    other = code | {"idempotency-key": "another-break"}
    problem(await staff.http.post(f"{path}/acts", json=pause, headers=other), Code.REFUSED)


async def test_an_act_is_refused_alike_once_the_case_has_closed(staff: StaffClient) -> None:
    """Programs are told no more than the pages say: that it is not possible now."""
    ref = await staff.open_case(phone=PHONE)
    path, code = await link_of(staff, ref)
    resume = {"act": "go_on"}
    before = await staff.http.post(f"{path}/acts", json=resume, headers=code)
    problem(before, Code.REFUSED)
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    await staff.temporal.client.get_workflow_handle(ref).terminate()
    for act in (VictimAct.GO_ON, VictimAct.TAKE_A_BREAK, VictimAct.STOP):
        answer = await staff.http.post(f"{path}/acts", json={"act": act}, headers=code)
        problem(answer, Code.REFUSED)
        assert answer.json() | {"request_id": ""} == before.json() | {"request_id": ""}


async def test_leaving_ends_the_session_at_once_and_shows_another_site(
    staff: StaffClient, http: httpx.AsyncClient
) -> None:
    browser = await browser_of(staff, http, await staff.open_case())
    await browser.enter()
    answer = await http.get(f"{browser.path}/leave", headers=HTML | {"cookie": f"{COOKIE}={browser.cookie}"})
    assert (answer.status_code, answer.headers["location"]) == (303, EXIT)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert {f"{COOKIE}=", "Max-Age=0", f"Path={browser.path}"} <= set(answer.headers["set-cookie"].split("; "))
    browser.cookie = ""
    assert (await browser.get()).heading == "Enter your code"


async def test_a_session_is_of_one_link_and_ends_with_it(staff: StaffClient, http: httpx.AsyncClient) -> None:
    ref = await staff.open_case()
    browser, other = await browser_of(staff, http, ref), await browser_of(staff, http, await staff.open_case())
    await browser.enter()
    other.cookie = browser.cookie
    assert (await other.get()).heading == "Enter your code"
    check = await browser.get("/stop")
    assert (await staff.http.delete(f"/api/v1/cases/{ref}/victim-link", headers=staff.headers())).status_code == 204
    late = await browser.send("/stop", check, status=403)
    assert late.errors == {"code": words.SESSION_OVER}
    assert (await browser.get()).heading == "Enter your code"
    assert await versions(staff, ref) == 1


@pytest.mark.parametrize("cookie", ["x", "9999999999.en.", "9999999999.en." + "0" * 32, "..", "Ż", "1.en.ż"])
def test_no_session_is_read_from_what_the_service_did_not_write(cookie: str) -> None:
    assert Sessions(TOKEN_KEY, "link", is_secure=True).read_language(cookie, datetime.now(UTC)) is None


def test_a_session_ends_when_nothing_is_done_for_a_while() -> None:
    sessions, now = Sessions(TOKEN_KEY, "link", is_secure=False), datetime.now(UTC)
    header = sessions.make_cookie(WELSH, now)
    cookie = header.partition(";")[0].partition("=")[2]
    assert "Secure" not in header
    assert sessions.read_language(cookie, now + IDLE_TIME - timedelta(seconds=2)) == WELSH
    assert sessions.read_language(cookie, now + IDLE_TIME) is None
    assert Sessions(TOKEN_KEY, "other", is_secure=False).read_language(cookie, now) is None


async def test_a_victim_who_wants_welsh_reads_welsh_where_the_area_has_it(
    staff: StaffClient, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = await staff.open_case()
    await staff.pool.execute(
        'update vault.victims set details = details || \'{"language": "cy"}\'::jsonb where ref = $1', ref
    )
    await staff.pool.execute("delete from area_settings where area = 'avonside'")
    assert "lang=" not in (await link_of(staff, ref))[0]
    switched_on = """
        insert into area_settings (
            area, service, service_in_welsh, phone, support, support_in_welsh, complaints, welsh, changed_by
        )
        values ('avonside', 'RJ Avonside', 'CA Avonside', '', 'Help in English', 'Cymorth', 'C.', true, 'test')
    """
    await staff.pool.execute(switched_on)
    try:
        path, code = await link_of(staff, ref)
        assert path.endswith("?lang=cy")
        browser = Browser(http, path.partition("?")[0], code["x-case-code"], WELSH)
        first = Page((await http.get(path, headers=HTML)).text)
        assert first.heading == translate("Enter your code", WELSH)
        assert first.one("html")["lang"] == "cy"
        page = await browser.enter()
        assert page.heading == translate(STEPS[Step.SCREENING].heading, WELSH)
        assert ("Cymorth" in page.root.text, "Help in English" in page.root.text) == (True, False)
        for act in ("/stop", "/take-a-break", "/contact", "/not-safe", "/ask-for-review"):
            check = await browser.get(act)
            assert not {"You", "your", "the", "Yes"} & set(check.root.text.split())
        with monkeypatch.context() as patch:
            patch.setattr(victim_page, "show_case", AsyncMock(side_effect=TimeoutError))
            failed = await browser.get(status=503)
            assert failed.heading == translate(words.UNAVAILABLE_HEADING, WELSH)
            assert translate(NEUTRAL_NUMBER, WELSH).format(phone=VICTIM_CONTACT) in failed.root.text
            answer = await http.get(browser.path, headers=browser.headers())
            assert "set-cookie" not in answer.headers, "an error prolongs nothing"
        assert (await browser.get()).heading == translate(STEPS[Step.SCREENING].heading, WELSH)
        browser.language = ENGLISH
        page = await browser.get("?lang=en")
        assert page.heading == STEPS[Step.SCREENING].heading
        assert ("Cymorth" in page.root.text, "Help in English" in page.root.text) == (False, True)
        assert (await browser.get("/stop")).heading == words.STOP.heading
    finally:
        await staff.pool.execute("delete from area_settings where area = 'avonside'")


async def test_what_could_not_be_done_now_is_sent_again_and_counts_once(
    staff: StaffClient, http: httpx.AsyncClient
) -> None:
    ref = await staff.open_case()
    browser = await browser_of(staff, http, ref)
    await browser.enter()
    check, client = await browser.get("/stop"), staff.temporal.client
    staff.temporal.client = await unreachable_temporal()
    try:
        failed = await browser.send("/stop", check, status=503)
    finally:
        staff.temporal.client = client
    assert failed.heading == words.NOT_KNOWN_HEADING
    for page in (failed, check):
        assert (await browser.send("/stop", page)).heading == words.STOP.done_heading
    assert (await staff.wait_for_version(ref, 2))["reason"] == "victim_withdrew"


async def test_words_that_are_too_long_are_pointed_out_and_stay(staff: StaffClient, http: httpx.AsyncClient) -> None:
    browser = await browser_of(staff, http, await staff.open_case())
    await browser.enter()
    page = await browser.send("/stop", await browser.get("/stop"), {"words": "a" * 2001}, 422)
    assert page.errors == {"words": words.WORDS_TOO_LONG}
    assert page.one("textarea").text == "a" * 2001


async def test_no_token_code_or_detail_of_a_victim_is_in_a_log(staff: StaffClient, http: httpx.AsyncClient) -> None:
    browser = await browser_of(staff, http, await staff.open_case(phone=PHONE))
    with capture_logs() as logs:
        await browser.post_code("0000000x")
        await browser.enter()
        await browser.act("/not-safe", {"words": "He was outside my house."})
    assert {"victim_page.opened", "victim_page.act"} <= {entry["event"] for entry in logs}
    for secret in (browser.path.rpartition("/")[2], browser.code, "outside", PHONE, browser.cookie):
        assert secret not in str(logs)


async def test_the_pages_are_not_in_the_description_of_the_api(staff: StaffClient) -> None:
    document = (await staff.http.get("/openapi.json")).json()
    assert [path for path in document["paths"] if "my-case" in path] == []


def test_what_the_pages_say_of_acts_is_what_the_exploration_checks() -> None:
    """2.12a: in every state, after each act, and of the meeting day before it."""
    assert {type(event_of(act)): text for act, text in acts.TEXTS.items()} == truth.ACTS
    assert {type(event_of(act)) for act in acts.CANCELS_DAY} == truth.CANCELS_DAY
