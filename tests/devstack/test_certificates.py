"""Certificates of the simulated register."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from devstack import certificates as made
from devstack.certificates import Certificates, kept_certificates

FILES = ["ca.pem", "client.key", "client.pem", "server.key", "server.pem"]


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    kept = kept_certificates(tmp_path / "register")
    assert sorted(file.name for file in kept.folder.iterdir()) == FILES
    assert {oct(file.stat().st_mode)[-3:] for file in kept.folder.iterdir()} == {"600"}
    assert oct(kept.folder.stat().st_mode)[-3:] == "700"


def test_nobody_can_sign_with_the_ca_any_more(tmp_path: Path) -> None:
    kept = kept_certificates(tmp_path)
    ca = x509.load_pem_x509_certificate(kept.ca.read_bytes())
    for key in (kept.server_key, kept.client_key):
        with pytest.raises(ssl.SSLError):
            ssl.create_default_context().load_cert_chain(kept.ca, key)
    assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_they_stay_the_same_for_a_folder(tmp_path: Path) -> None:
    first = _contents(kept_certificates(tmp_path))
    assert _contents(kept_certificates(tmp_path)) == first


@pytest.mark.parametrize("lost", FILES)
def test_where_one_is_lost_all_are_made_anew(tmp_path: Path, lost: str) -> None:
    first = _contents(kept_certificates(tmp_path))
    (tmp_path / lost).unlink()
    second = _contents(kept_certificates(tmp_path))
    assert set(first) & set(second) == set()


def test_they_are_made_anew_before_they_end(tmp_path: Path) -> None:
    long_ago = datetime.now(UTC) - made.VALID + made.RENEWED_BEFORE_END - timedelta(days=1)
    kept = Certificates(tmp_path)
    made._make(kept, long_ago)
    first = _contents(kept)
    assert set(first) & set(_contents(kept_certificates(tmp_path))) == set()


def test_each_is_good_for_its_own_side_only(tmp_path: Path) -> None:
    kept = kept_certificates(tmp_path)
    read = (x509.load_pem_x509_certificate(file.read_bytes()) for file in (kept.server, kept.client))
    usages = [each.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value for each in read]
    sides = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
    assert usages == [x509.ExtendedKeyUsage([side]) for side in sides]


def _contents(kept: Certificates) -> list[bytes]:
    return [file.read_bytes() for file in (kept.ca, kept.server, kept.server_key, kept.client, kept.client_key)]
