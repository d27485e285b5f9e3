"""Who signed a time-stamp: the one check of an evidence pack that needs X.509, and the only use of that here.

A court brings the certificates of the authorities that it trusts, as a PEM file; nothing is trusted that came with the
pack, and no system store is asked. A certificate has to be valid at the token's own time, not today. Revocation is not
looked up: that would need a network.
Left out: everything else about a token (`datadeed_ledger.evidence.timestamps`). Spec: docs/spec/evidence.md section 8.
"""

from __future__ import annotations

from pathlib import Path

from datadeed.owner_files import read_limited
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence import AuthorityCheck
from datadeed_ledger.timestamp_token import with_sorted_certificates

CERTIFICATES_BYTES_MAX = 1024 * 1024


def trusted_authorities(path: Path) -> AuthorityCheck:
    """The check that accepts tokens of authorities under the certificates in this PEM file. Raises Malformed.

    The check raises Unproven, with the reason, where the token is not signed by one of them, or not over these bytes.
    """
    try:
        from cryptography import x509
        from cryptography.exceptions import UnsupportedAlgorithm
        from rfc3161_client import TimeStampResponse, VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError as error:
        raise Malformed("to check time-stamp authorities: pip install 'datadeed[timestamps]'") from error
    try:
        roots = x509.load_pem_x509_certificates(read_limited(path, bytes_max=CERTIFICATES_BYTES_MAX))
    except ValueError as error:
        raise Malformed(f"{path} is not a file of certificates in PEM: {error}") from error
    verifier = VerifierBuilder(roots=roots).build()

    def signer_of(response: TimeStampResponse) -> str:
        (signer,) = response.signed_data.signer_infos
        for data in response.signed_data.certificates:
            certificate = x509.load_der_x509_certificate(data)
            if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
                return certificate.subject.rfc4514_string()
        raise ValueError("its signer's certificate is not in it")

    def check(response: bytes, stamped: bytes) -> str:
        try:
            decoded = decode_timestamp_response(with_sorted_certificates(response))
            verifier.verify(decoded, sha256(stamped))
            return signer_of(decoded)
        except (VerificationError, ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
            raise Unproven("timestamps", str(error)) from error

    return check
