"""Certificates for the simulated register, made on the spot: a CA, the server's and the client's.

They are good for one folder's stack and nothing else: the CA's own key is forgotten as soon as it has signed.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from devstack.secret_files import write_secret

VALID = timedelta(days=365)
RENEWED_BEFORE_END = timedelta(days=30)

_Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of one folder, in PEM."""

    folder: Path

    @property
    def ca(self) -> Path:
        """What both sides trust."""
        return self.folder / "ca.pem"

    @property
    def server(self) -> Path:
        """The register's certificate, for this machine's own address."""
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        """Its key."""
        return self.folder / "server.key"

    @property
    def client(self) -> Path:
        """The certificate that the service shows."""
        return self.folder / "client.pem"

    @property
    def client_key(self) -> Path:
        """Its key."""
        return self.folder / "client.key"


def kept_certificates(folder: Path) -> Certificates:
    """The certificates in `folder`, made where they are not there or end soon; only the owner may read them."""
    certificates = Certificates(folder)
    if not _are_good(certificates, datetime.now(UTC)):
        _make(certificates, datetime.now(UTC))
    return certificates


def _are_good(certificates: Certificates, now: datetime) -> bool:
    # The last of the files that are written is the first one looked for.
    files = (certificates.client_key, certificates.client, certificates.server_key, certificates.server)
    if not certificates.ca.exists() or not all(file.exists() for file in files):
        return False
    ca = x509.load_pem_x509_certificate(certificates.ca.read_bytes())
    return now < ca.not_valid_after_utc - RENEWED_BEFORE_END


def _make(certificates: Certificates, now: datetime) -> None:
    # What is there may be half of an older set, and must not be taken for whole.
    certificates.client_key.unlink(missing_ok=True)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _ca(ca_key, now)
    write_secret(certificates.ca, _pem(ca))
    for file, key_file, usage in (
        (certificates.server, certificates.server_key, ExtendedKeyUsageOID.SERVER_AUTH),
        (certificates.client, certificates.client_key, ExtendedKeyUsageOID.CLIENT_AUTH),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        write_secret(file, _pem(_leaf(key, ca, ca_key, usage, now)))
        write_secret(key_file, _key_pem(key))


def _ca(key: _Key, now: datetime) -> x509.Certificate:
    name = _name("Simulated register's CA")
    return (
        _begun(name, name, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    key: _Key, ca: x509.Certificate, ca_key: _Key, usage: x509.ObjectIdentifier, now: datetime
) -> x509.Certificate:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    here = [
        x509.DNSName("localhost"),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")),
    ]
    return (
        _begun(_name("localhost"), ca.subject, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(x509.SubjectAlternativeName(here), critical=False)
        .add_extension(issuer, critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _begun(subject: x509.Name, issuer: x509.Name, key: _Key, now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: _Key) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
