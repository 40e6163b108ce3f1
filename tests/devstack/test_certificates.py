"""Certificates of the simulated register."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from devstack.certificates import Certificates, load_certificates

FILES = ["ca.pem", "client-ca.pem", "client.key", "client.pem", "server.key", "server.pem"]


def contents(certificates: Certificates) -> list[bytes]:
    return [(certificates.folder / name).read_bytes() for name in FILES]


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    folder = load_certificates(tmp_path / "register").folder
    assert sorted(file.name for file in folder.iterdir()) == FILES
    assert {oct(file.stat().st_mode)[-3:] for file in folder.iterdir()} == {"600"}
    assert oct(folder.stat().st_mode)[-3:] == "700"


def test_nobody_can_sign_with_their_cas_any_more(tmp_path: Path) -> None:
    certificates = load_certificates(tmp_path)
    for authority in (certificates.ca, certificates.client_ca):
        ca = x509.load_pem_x509_certificate(authority.read_bytes())
        for key in (certificates.server_key, certificates.client_key):
            with pytest.raises(ssl.SSLError):
                ssl.create_default_context().load_cert_chain(authority, key)
        assert ca.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_they_stay_the_same_for_a_folder(tmp_path: Path) -> None:
    first = contents(load_certificates(tmp_path))
    assert contents(load_certificates(tmp_path)) == first


@pytest.mark.parametrize("lost", FILES)
def test_where_one_is_lost_all_are_made_again(tmp_path: Path, lost: str) -> None:
    first = contents(load_certificates(tmp_path))
    (tmp_path / lost).unlink()
    assert set(first) & set(contents(load_certificates(tmp_path))) == set()


@pytest.mark.parametrize(("days", "are_renewed"), [(334, False), (336, True), (400, True)])
def test_all_are_made_again_in_the_last_month_of_their_year(tmp_path: Path, days: int, are_renewed: bool) -> None:
    first, later = contents(load_certificates(tmp_path)), datetime.now(UTC) + timedelta(days=days)
    certificates = load_certificates(tmp_path, later)
    assert bool(set(first) & set(contents(certificates))) is not are_renewed
    for file in (certificates.server, certificates.client):
        assert x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc > later + timedelta(days=29)


def test_python_verifies_them_also_where_it_is_strict(tmp_path: Path) -> None:
    certificates = load_certificates(tmp_path)
    for file in (certificates.server, certificates.client):
        extensions = x509.load_pem_x509_certificate(file.read_bytes()).extensions
        assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
