"""One signature rule: as libsodium verifies (docs/spec/ledger.md section 2)."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import load_vector
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from datadeed_ledger.errors import Unproven
from datadeed_ledger.keys import SigningKey, is_valid, verify


def test_rfc8032_vector() -> None:
    key = SigningKey(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert key.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
    verify(key.public_key, b"", key.sign(b""))


def test_every_flipped_bit_is_refused() -> None:
    key = SigningKey(bytes(range(32)))
    message, signature = b"deed", key.sign(b"deed")
    for bit in range(512):
        broken = bytearray(signature)
        broken[bit // 8] ^= 1 << bit % 8
        assert not is_valid(key.public_key, message, bytes(broken))
    with pytest.raises(Unproven, match="signature"):
        verify(key.public_key, b"deeds", signature)


@pytest.mark.parametrize(("key_bytes", "signature_bytes"), [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_other_lengths_are_refused_not_raised(key_bytes: int, signature_bytes: int) -> None:
    assert not is_valid(bytes(key_bytes), b"", bytes(signature_bytes))


def test_a_seed_is_32_bytes_and_never_shown() -> None:
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        SigningKey(bytes(31))
    assert bytes(range(32)).hex() not in repr(SigningKey(bytes(range(32))))


def _openssl_accepts(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_what_we_accept_openssl_accepts_too(vectors: Path) -> None:
    accepted = 0
    for case in load_vector("ed25519_edge_cases.json")["cases"]:
        key, signature, message = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"]), case["msg"].encode()
        if is_valid(key, message, signature):
            accepted += 1
            assert _openssl_accepts(key, message, signature), case["number"]
            assert not {"low_order_A", "non_canonical_A", "non_canonical_R"} & set(case["flags"] or ()), case
    assert accepted == 43  # libsodium's rule over the 914 published cases
