"""The certificate with which an institution's node proves itself on a link (ledger spec section 6, `tls`).

What counts is the pin in the roster, SHA-256 of the SubjectPublicKeyInfo; rotation is an `amend_roster` entry. There is
no certificate authority, no revocation list and no check of dates. But OpenSSL ends a handshake with a client whose
certificate it can chain to nothing, before anybody can look at the pin, and Python offers no call-back to object.
So every node's certificate names one *link issuer*, whose private key is computed from a text that everybody can read.
That signature therefore proves nothing and is not meant to; it only lets the handshake go on to the proof that counts,
possession of the pinned key. TLS contexts and pinning of live connections belong to `links`.
"""

import datetime
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from datadeed_ledger.errors import Malformed

# RFC 5280 section 4.1.2.5: this date says "no well-defined expiration date".
_NO_END = datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC)
_BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_ISSUER_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "datadeed links, proves nothing")])
_ISSUER_TEXT = b"datadeed link issuer: public on purpose, the pin in the roster is what counts"


def make_certificate(member_name: str) -> tuple[bytes, bytes]:
    """A new P-256 key and its certificate under the link issuer: (certificate PEM, private key PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, member_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_ISSUER_NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(_NO_END)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(member_name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
    )
    signed = certificate.sign(_issuer_key(), hashes.SHA256())
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signed.public_bytes(serialization.Encoding.PEM), key_pem


def link_issuer() -> str:
    """The PEM certificate to which every node's certificate chains: the only trust anchor of a link's TLS context."""
    key = _issuer_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_ISSUER_NAME)
        .issuer_name(_ISSUER_NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(_BEGIN)
        .not_valid_after(_NO_END)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _issuer_key() -> ec.EllipticCurvePrivateKey:
    # A SHA-256 value is below the order of P-256 but for one chance in 2**32, and this text is none of those.
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(_ISSUER_TEXT).digest(), "big"), ec.SECP256R1())


def pin_of_pem(certificate_pem: bytes) -> bytes:
    """SHA-256 of the certificate's SubjectPublicKeyInfo, 32 bytes: what the roster's `tls` names."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
    except ValueError as error:
        raise Malformed("not a certificate in PEM; expected the file that init wrote into tls/") from error
    return _pin(certificate)


def pin_of_der(certificate_der: bytes) -> bytes:
    """The same pin, from what a TLS connection shows of its peer."""
    try:
        certificate = x509.load_der_x509_certificate(certificate_der)
    except ValueError as error:
        raise Malformed("the peer's certificate is not X.509 in DER") from error
    return _pin(certificate)


def _pin(certificate: x509.Certificate) -> bytes:
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(spki).digest()
