"""A trace through the register: over real HTTPS with mutual TLS, in every situation that it may meet there."""

import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from devstack.certificates import load_certificates
from devstack.register import Register, create_register
from devstack.register_people import InjectedFailure, PersonLocation, RegisteredPerson, TraceSituation, people_in
from domain.effects import CancelAsk
from domain.vocabulary import AgencyRef, WaitKind
from ports.agencies import Unreachable
from ports.vault import THE_SERVICE
from tests.field_cases import FIELD, needs_field
from tests.registers import API_KEY, ASK, BORN, DARREN, REF, REGISTER, AnswerTaken, Client, access_by, serve_tls

PNC = "2008/0545166T"
OTHER_PNC = "2003/0011991D"


@dataclass
class RegisterService:
    """The service with its register."""

    register: Register
    client: Client
    chance: random.Random = field(default_factory=lambda: random.Random(20261122))

    async def in_(self, situation: TraceSituation, **details: Any) -> AnswerTaken:
        """The answer to a trace of Darren Pollitt, whose request also says `details`, in `situation`."""
        people = people_in(situation, DARREN["name"], BORN, self.chance, details.get("pnc_number", ""))
        return await self.among(*people, **details)

    async def among(self, *people: RegisteredPerson, **details: Any) -> AnswerTaken:
        """The answer to the same trace among `people`."""
        self.client.details = DARREN | details
        self.register.enter(REF, people)
        return await self.client.ask()


@pytest.fixture(scope="module")
async def _shared_service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RegisterService]:
    app, certificates = create_register(API_KEY), load_certificates(tmp_path_factory.mktemp("register"))
    async with serve_tls(app, certificates) as url:
        yield RegisterService(app.state.register, Client(url, access_by(certificates)))


@pytest.fixture
def service(_shared_service: RegisterService) -> RegisterService:
    return replace(_shared_service, client=Client(_shared_service.client.url, _shared_service.client.access))


def somebody(**changes: Any) -> RegisteredPerson:
    """Darren Pollitt in custody, as the register holds him."""
    held: dict[str, Any] = {
        "first_name": "Darren",
        "last_name": "Pollitt",
        "date_of_birth": BORN,
        "nomis": "A1234BC",
        "crn": "X123456",
        "where": PersonLocation.CUSTODY,
        "prison": "EMI",
    }
    return RegisteredPerson(**(held | changes))


def namesake(number: int, **changes: Any) -> RegisteredPerson:
    """Another Darren Pollitt of the same day."""
    return somebody(nomis=f"A{number:04}ZZ", crn=f"X{number:06}", **changes)


AT_EMI = "whereabouts custody; the register's code EMI; responsible_agency prison"
WITH_EMTALL = "whereabouts community_supervised; the register's code EMTALL; responsible_agency probation"
FOUND_INSIDE = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
WITH_OFFICER = FOUND_INSIDE | {"may_also_answer": "probation"}


async def test_somebody_in_custody_is_found_with_the_prison(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.CUSTODY)
    assert (taken.data, taken.note) == (WITH_OFFICER, "The register names the prison EMI.")


async def test_somebody_on_probation_is_found_with_the_probation_service(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.COMMUNITY)
    assert taken.data == {"answer": "found", "whereabouts": "community_supervised", "responsible_agency": "probation"}
    assert taken.note == "The register names the probation team EMTALL."


async def test_somebody_who_is_no_longer_supervised_is_found_unsupervised(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.GONE)
    assert (taken.data, taken.note) == ({"answer": "found", "whereabouts": "unsupervised"}, "")


@pytest.mark.parametrize(("where", "found"), [("custody", "custody"), ("community", "community_supervised")])
async def test_somebody_who_is_not_supervised_yet_is_where_their_sentence_runs(
    service: RegisterService, where: str, found: str
) -> None:
    taken = await service.among(somebody(where=where, allocated=False))
    assert taken.data["whereabouts"] == found


async def test_the_directorys_own_entry_for_the_prison_goes_before_the_kind(service: RegisterService) -> None:
    service.client.known = ["prison:emi"]
    taken = await service.in_(TraceSituation.CUSTODY)
    assert taken.data["responsible_agency"] == "prison:emi"


async def test_nobody_of_the_name_is_not_found(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.NOBODY)
    assert (taken.data, taken.note) == ({"answer": "not_found"}, "")


async def test_somebody_who_is_not_to_be_seen_by_us_is_not_found(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.FILTERED)
    assert (taken.data, taken.note) == ({"answer": "not_found"}, "")


async def test_a_merged_record_is_followed_to_the_one_that_took_its_place(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.MERGED)
    assert taken.data == WITH_OFFICER


async def test_a_record_that_was_merged_twice_is_followed_once(service: RegisterService) -> None:
    chain = (somebody(merged_into="A0002ZZ"), namesake(2, last_name="Marsh", merged_into="A0003ZZ"))
    with pytest.raises(Unreachable) as raised:
        await service.among(*chain, namesake(3, last_name="Stone"))
    assert (raised.value.code, raised.value.permanent) == ("status 303", True)
    assert service.client.answers.taken == []


async def test_a_record_merged_into_another_one_that_was_found_is_no_second_person(service: RegisterService) -> None:
    taken = await service.among(somebody(merged_into="A0002ZZ"), namesake(2))
    assert taken.data == FOUND_INSIDE


async def test_limited_access_is_carried_to_the_case(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.LIMITED)
    assert (taken.data["answer"], taken.data["limited_access"]) == ("found", True)


async def test_a_register_in_trouble_is_asked_again_when_it_says_so(service: RegisterService) -> None:
    codes: list[tuple[str, float | None, bool]] = []
    for _ in range(3):
        with pytest.raises(Unreachable) as raised:
            await (service.client.ask() if codes else service.in_(TraceSituation.FAILING))
        codes.append((raised.value.code, raised.value.retry_after, raised.value.permanent))
    assert codes == [("status 503", None, False), ("status 503", None, False), ("status 429", 1.0, False)]
    assert (await service.client.ask()).data == WITH_OFFICER


async def test_what_we_may_not_read_is_a_matter_for_people_at_once(service: RegisterService) -> None:
    with pytest.raises(Unreachable) as raised:
        await service.among(somebody(failures=(InjectedFailure(status=403),)))
    assert (raised.value.code, raised.value.permanent) == ("not_authorised", True)


async def test_several_people_are_shown_to_a_caseworker_and_nobody_is_guessed(service: RegisterService) -> None:
    outside = namesake(7, where=PersonLocation.COMMUNITY, team="EMTALL", middle_name="Lee", pnc=PNC)
    taken = await service.among(somebody(), outside)
    assert taken.data == {"answer": "ambiguous"}
    assert taken.note.splitlines() == [
        "The register has 2 people who may be meant. None is a certain match, so none was chosen.",
        f"1. Darren Pollitt; born 1986-05-14; register number A1234BC; {AT_EMI}",
        f"2. Darren Lee Pollitt; born 1986-05-14; PNC 2008/0545166T; register number A0007ZZ; {WITH_EMTALL}",
    ]


async def test_of_a_stranger_with_limited_access_only_the_number_is_shown(service: RegisterService) -> None:
    taken = await service.among(somebody(), namesake(7, limited_access=True, middle_name="Lee"))
    assert taken.data == {"answer": "ambiguous", "limited_access": True}
    assert taken.note.splitlines()[2] == (
        "2. A person whose record has limited access, register number A0007ZZ: ask the organisation that holds it."
    )


async def test_nobody_is_certain_if_we_may_not_see_a_namesake(service: RegisterService) -> None:
    taken = await service.among(somebody(), namesake(7, filtered=True))
    assert taken.data == {"answer": "ambiguous"}
    assert taken.note.startswith("The register has 1 person who may be meant.")
    assert taken.note.endswith("There may be others that the register does not show us.")


async def test_several_people_hidden_from_us_are_not_found(service: RegisterService) -> None:
    taken = await service.among(somebody(filtered=True), namesake(7, filtered=True))
    assert taken.data == {"answer": "not_found"}


async def test_of_very_many_the_first_ten_are_shown(service: RegisterService) -> None:
    taken = await service.among(*(namesake(number) for number in range(1, 31)))
    lines = taken.note.splitlines()
    assert [line.partition(".")[0] for line in lines[1:-1]] == [str(number) for number in range(1, 11)]
    assert lines[-1] == "There may be others that the register does not show us."


async def test_every_page_of_a_search_is_read(service: RegisterService) -> None:
    # Two records each, so that the one with the number is on the third page.
    others = (namesake(number, date_of_birth=BORN) for number in range(1, 25))
    taken = await service.among(*others, somebody(pnc=OTHER_PNC, first_name="Darren"))
    assert taken.data == {"answer": "ambiguous"}
    service.client.details = DARREN | {"pnc_number": OTHER_PNC}
    assert (await service.client.ask()).data == FOUND_INSIDE


async def test_the_pnc_number_finds_somebody_of_another_name(service: RegisterService) -> None:
    taken = await service.among(somebody(last_name="Stone", pnc="08/545166T"), namesake(7), pnc_number=PNC)
    assert taken.data == FOUND_INSIDE


async def test_a_pnc_number_that_is_a_strangers_does_not_hide_who_has_the_name(service: RegisterService) -> None:
    stranger = namesake(7, last_name="Stone", first_name="Rowan", date_of_birth=date(1970, 1, 2), pnc=PNC)
    taken = await service.among(stranger, somebody(), pnc_number=PNC)
    assert taken.data == {"answer": "ambiguous"}
    assert [line[:18] for line in taken.note.splitlines()[1:]] == ["1. Darren Pollitt;", "2. Rowan Stone; bo"]


async def test_somebody_without_a_birth_date_is_found_by_the_pnc_number(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.CUSTODY, date_of_birth=None, pnc_number=PNC)
    assert taken.data == WITH_OFFICER


async def test_an_unknown_pnc_number_leaves_the_name_to_search_by(service: RegisterService) -> None:
    taken = await service.among(somebody(), pnc_number=PNC)
    assert taken.data == FOUND_INSIDE


async def test_the_same_name_with_another_pnc_number_is_not_certain(service: RegisterService) -> None:
    taken = await service.among(somebody(pnc=OTHER_PNC), pnc_number=PNC)
    assert taken.data == {"answer": "ambiguous"}


async def test_a_pnc_number_that_comes_to_light_with_the_person_counts_as_well(service: RegisterService) -> None:
    people = (somebody(merged_into="A0002ZZ"), namesake(2, last_name="Marsh", pnc=OTHER_PNC))
    assert (await service.among(*people, pnc_number=PNC)).data["answer"] == "ambiguous"
    assert (await service.among(*people)).data["answer"] == "found"


async def test_aliases_are_searched_only_where_other_names_were_given(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.ALIAS)
    assert taken.data == {"answer": "not_found"}
    taken = await service.in_(TraceSituation.ALIAS, aliases=["Rowan Thackeray"])
    assert taken.data == WITH_OFFICER


async def test_an_alias_that_only_one_side_knows_is_not_certain(service: RegisterService) -> None:
    taken = await service.in_(TraceSituation.ALIAS, aliases=["Daz Pollitt"])
    assert taken.data == {"answer": "ambiguous"}
    assert "1. Rowan Thackeray; also known as Darren Pollitt; born 1986-05-14" in taken.note


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Mary Ann Berg", "Mary Ann", "Berg"),
        ("Mary van der Berg", "Mary", "van der Berg"),
        ("Mary Ann Berg", "Mary", "Berg"),
    ],
)
async def test_a_name_of_several_words_is_found_however_the_register_divides_it(
    service: RegisterService, name: str, first: str, last: str
) -> None:
    taken = await service.among(somebody(first_name=first, last_name=last), name=name)
    assert taken.data == FOUND_INSIDE


async def test_a_reminder_searches_again_and_answers_under_the_same_message(service: RegisterService) -> None:
    first = await service.in_(TraceSituation.NOBODY)
    service.register.enter(REF, (somebody(),))
    again = await service.client.ask(replace(ASK, key=f"{ASK.key}.reminder-1", reminder=1))
    assert (first.message_id, again.message_id) == (ASK.key, ASK.key)
    assert (again.agency, again.ref, again.event) == (REGISTER.id, REF, "trace_answered")
    assert again.data == FOUND_INSIDE


async def test_a_cancellation_sends_nothing(service: RegisterService) -> None:
    async with replace(service.client, access=None).channel() as channel:
        cancellation = CancelAsk(f"{ASK.key}.cancel", REF, "eastmoor", AgencyRef("probation"), ASK.key)
        await channel.cancel(service.client.agency, cancellation)
    assert service.client.answers.taken == []


async def test_a_ping_proves_certificate_and_key_and_looks_at_nobody(service: RegisterService) -> None:
    service.register.enter(REF, (somebody(failures=(InjectedFailure(status=500),)),))
    assert await service.client.ping() == "the register accepts our certificate and our key"
    # The trouble, which the first look at somebody meets, is still to come.
    with pytest.raises(Unreachable, match="status 500"):
        await service.client.ask()


@pytest.mark.parametrize(
    "details",
    [None, {}, {"name": "Darren Pollitt"}, {"date_of_birth": "1986-05-14"}, {"name": "D", "aliases": ["E F"]}],
)
async def test_too_little_to_search_for_is_said_and_nobody_is_searched(
    service: RegisterService, details: dict[str, Any] | None
) -> None:
    service.register.enter(REF, (somebody(failures=(InjectedFailure(status=500),)),))
    with pytest.raises(Unreachable) as raised:
        await replace(service.client, details=details).ask()
    assert (raised.value.code, raised.value.permanent) == ("details_missing", True)


async def test_anything_but_a_trace_is_refused(service: RegisterService) -> None:
    with pytest.raises(Unreachable) as raised:
        await service.client.ask(replace(ASK, question=WaitKind.AGENCY_CHECK))
    assert (raised.value.code, raised.value.permanent) == ("wrong_question", True)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1", "https://", "https://me:pass@127.0.0.1:1", "https://127.0.0.1:x", ""]
)
async def test_an_address_that_is_none_or_is_not_encrypted_is_not_used(service: RegisterService, address: str) -> None:
    with pytest.raises(Unreachable) as raised:
        await replace(service.client, url=address).ask()
    assert (raised.value.code, raised.value.permanent) == ("bad_address", True)


async def test_without_certificate_and_key_there_is_no_register_yet(service: RegisterService) -> None:
    with pytest.raises(Unreachable) as raised:
        await replace(service.client, access=None).ask()
    assert (raised.value.code, raised.value.permanent) == ("not_configured", False)


async def test_the_vault_is_read_by_the_service_once_for_each_ask(service: RegisterService) -> None:
    service.register.enter(REF, ())
    async with service.client.channel() as channel:
        await channel.ask(service.client.agency, ASK)
        assert channel._vault.readers == [THE_SERVICE]  # type: ignore[attr-defined]  # a fake that remembers


SEAN = {"first_name": "SEAN", "last_name": "O'NEILL", "date_of_birth": date(1984, 3, 9)}
POLLITT = {"first_name": "DARREN", "last_name": "POLLITT", "date_of_birth": date(1990, 12, 31)}


@pytest.mark.parametrize(
    ("name", "held", "answer"),
    [
        ("Sean O\u2019Neill", SEAN, "found"),
        ("Sean O\u02bcNeill", SEAN, "found"),
        ("Séan O'Neill", SEAN, "found"),
        ("Sean O Neill", SEAN, "found"),
        ("Sean ONeill", SEAN, "found"),
        ("Mr Sean O'Neill", SEAN, "found"),
        ("O\u2019NEILL, Sean", SEAN, "ambiguous"),
        ("Mr Darren Pollitt", POLLITT, "found"),
        ("POLLITT, Darren", POLLITT, "ambiguous"),
        ("Pollitt Darren", POLLITT, "ambiguous"),
        ("POLLITT, Mr Darren", POLLITT, "ambiguous"),
        ("Mary Smith\u2013Jones", POLLITT | {"first_name": "MARY", "last_name": "SMITH JONES"}, "found"),
        ("Mary Smith Jones", POLLITT | {"first_name": "MARY", "last_name": "SMITH-JONES"}, "found"),
        ("Mary Smith", POLLITT | {"first_name": "MARY", "last_name": "SMITH-JONES"}, "ambiguous"),
        ("Mary Smith-Jones", POLLITT | {"first_name": "MARY", "last_name": "JONES"}, "ambiguous"),
        ("Łukasz Bjørn", POLLITT | {"first_name": "LUKASZ", "last_name": "BJORN"}, "found"),
        ("Lukasz Bjorn", POLLITT | {"first_name": "Łukasz", "last_name": "Bjorn"}, "found"),
        ("Darren Unknown", POLLITT | {"last_name": "UNKNOWN"}, "ambiguous"),
        ("Daren Polit", POLLITT, "not_found"),
    ],
)
async def test_a_name_is_found_as_registers_write_it(
    service: RegisterService, name: str, held: dict[str, Any], answer: str
) -> None:
    """4.7b and 4.7c."""
    taken = await service.among(somebody(**held), name=name, date_of_birth=held["date_of_birth"].isoformat())
    assert taken.data["answer"] == answer


@needs_field
@pytest.mark.parametrize(("number", "answer"), [(0, "found"), (1, "ambiguous"), (2, "found")])
async def test_names_from_the_field_are_found(service: RegisterService, number: int, answer: str) -> None:
    """4.7b; the files' list of results counts the rows from 0."""
    offender = json.loads((FIELD / "07-offender-names.jsonl").read_text().splitlines()[number])["offender"]
    taken = await service.among(somebody(**SEAN), namesake(7, **POLLITT), **offender)
    assert taken.data["answer"] == answer


@pytest.mark.parametrize("number", [{"nomis_number": "A1234BC"}, {"crn": "X123456"}, {"pnc_number": PNC}])
async def test_a_number_alone_finds_the_person(service: RegisterService, number: dict[str, str]) -> None:
    """4.7a."""
    service.client.details = number
    service.register.enter(REF, (somebody(pnc=PNC), namesake(7)))
    assert (await service.client.ask()).data["answer"] == "found"


async def test_a_name_with_a_year_of_birth_is_for_a_caseworker_to_choose(service: RegisterService) -> None:
    """4.7a and 4.7c: people of other years are not shown."""
    service.client.details = {"name": "Darren Pollitt", "year_of_birth": BORN.year}
    service.register.enter(REF, (somebody(), namesake(7, date_of_birth=date(1970, 1, 1))))
    taken = await service.client.ask()
    assert taken.data["answer"] == "ambiguous"
    assert "The register has 1 person" in taken.note


async def test_half_a_name_shows_no_stranger_of_the_same_birthday(service: RegisterService) -> None:
    """4.7b."""
    taken = await service.among(somebody(last_name="Stone"), namesake(7, first_name="Rowan", last_name="Marsh"))
    assert taken.data["answer"] == "not_found"
