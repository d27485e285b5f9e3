"""A node's secret keys on disk: one owner-only file a key, so that the node restarts unattended.

A file holds the 32-byte seed as 64 hex digits and a newline. What is left out: encryption (a node must come back
after a power cut with nobody there), and every way to print or copy a seed. A key file that others may read is
refused, because it is no longer known to be this institution's alone.
"""

from __future__ import annotations

from pathlib import Path

from datadeed.owner_files import check_owner_only, create_owned, read_limited
from datadeed_ledger.encoding import from_hex
from datadeed_ledger.errors import Malformed
from datadeed_ledger.keys import SEED_BYTES, SigningKey

KEY_NAMES = ("office", "vote", "cosign", "log")
_FILE_BYTES = 2 * SEED_BYTES + 1


def write_key(path: Path, seed: bytes) -> None:
    """Write one key's seed; FileExistsError where there is one already."""
    assert len(seed) == SEED_BYTES, "an Ed25519 seed is 32 bytes"
    create_owned(path, seed.hex().encode("ascii") + b"\n")


def read_key(path: Path) -> SigningKey:
    """The key in `path`. Raises Malformed when it is missing, readable by others, or not 64 hex digits."""
    if not path.is_file():
        raise Malformed(f"{path} is missing; restore it from your copy, or make a new node with `datadeed-node init`")
    check_owner_only(path)
    data = read_limited(path, bytes_max=_FILE_BYTES)
    if len(data) != _FILE_BYTES or not data.endswith(b"\n"):
        raise Malformed(f"{path} is not a key file; expected 64 hex digits and a newline, as init writes them")
    return SigningKey(from_hex(data[:-1].decode("ascii", "replace"), length=SEED_BYTES))
