"""Certificates for the simulated register: the server's and the client's, each of a CA of its own, by `trustme`.

They are good for one folder's stack and nothing else: the keys of the CAs are not kept. They are valid for a year, and
all are made again at a start in the last month of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography.x509 import load_pem_x509_certificate

from devstack.secret_files import write_secret

LIFETIME, RENEWED_WITHIN = timedelta(days=365), timedelta(days=30)
HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of one folder, in PEM: the service trusts `ca` and shows `client`; the register trusts `client_ca`."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def client_ca(self) -> Path:
        return self.folder / "client-ca.pem"

    @property
    def server(self) -> Path:
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        return self.folder / "server.key"

    @property
    def client(self) -> Path:
        return self.folder / "client.pem"

    @property
    def client_key(self) -> Path:
        return self.folder / "client.key"


def load_certificates(folder: Path, now: datetime | None = None) -> Certificates:
    """The certificates in `folder`, all made where one is missing or expires soon; only their owner can read them."""
    now = now or datetime.now(UTC)
    files = Certificates(folder)
    every = (files.ca, files.server, files.server_key, files.client_ca, files.client, files.client_key)
    last = now + RENEWED_WITHIN
    if not all(file.exists() for file in every) or any(
        load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc < last for file in (files.server, files.client)
    ):
        # What is there may be half of an older set, and must not be taken for whole.
        for file in every:
            file.unlink(missing_ok=True)
        for issuer, certificate, key in (
            (files.ca, files.server, files.server_key),
            (files.client_ca, files.client, files.client_key),
        ):
            ca = trustme.CA()
            leaf = ca.issue_cert(*HERE, not_after=(now + LIFETIME).replace(tzinfo=None))
            write_secret(issuer, ca.cert_pem.bytes())
            write_secret(certificate, leaf.cert_chain_pems[0].bytes())
            write_secret(key, leaf.private_key_pem.bytes())
    return files
