import stat
from pathlib import Path

from standardwebhooks import Webhook

from devstack.directory import AREAS, agency_ids, load_keys, new_keys, sample_agencies, save_keys
from domain.vocabulary import AgencyKind


def test_each_area_is_served_by_each_kind_of_agency() -> None:
    agencies = sample_agencies("http://127.0.0.1:9", new_keys())

    for area in AREAS:
        serving = {agency.kind for agency in agencies if agency.area in (area, "")}
        assert serving == {kind.value for kind in AgencyKind}


def test_who_has_no_address_is_asked_by_a_caseworker() -> None:
    agencies = sample_agencies("http://127.0.0.1:9", new_keys())

    assert {agency.kind for agency in agencies if agency.channel == "manual"} == {"restorative_service"}
    asked = next(agency for agency in agencies if agency.id == "eastmoor-prison")
    assert asked.address == "http://127.0.0.1:9/eastmoor-prison/asks"


def test_no_two_agencies_and_no_two_directions_share_a_key() -> None:
    keys = new_keys().values()
    all_keys = [key for pair in keys for key in (*pair.their_keys, pair.our_keys)]

    assert len(set(all_keys)) == 2 * len(agency_ids())
    assert all(Webhook(key) for key in all_keys)


def test_keys_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "agencies.json"

    first = load_keys(file)

    assert load_keys(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_agency_added_later_gets_keys_and_the_others_keep_theirs(tmp_path: Path) -> None:
    file, keys = tmp_path / "agencies.json", new_keys()
    save_keys(file, {agency: key for agency, key in keys.items() if agency != "court"})

    kept = load_keys(file)

    assert set(kept) == set(agency_ids())
    assert kept["eastmoor-vlo"] == keys["eastmoor-vlo"]
    assert load_keys(file) == kept
