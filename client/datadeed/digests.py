"""SHA-256 of files on disk: what a deposit puts on the ledger in place of the file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from datadeed.owner_files import open_regular
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed


@dataclass(frozen=True, slots=True)
class FileDigest:
    """digest: SHA-256 of the file's bytes, 32 bytes; size_bytes: how many they were."""

    digest: bytes
    size_bytes: int

    def __post_init__(self) -> None:
        if len(self.digest) != 32 or self.size_bytes < 0:
            raise Malformed("a digest is 32 bytes of SHA-256, beside the size of what was hashed")

    @classmethod
    def of_bytes(cls, data: bytes) -> FileDigest:
        return cls(sha256(data), len(data))


def digest_file(path: Path) -> FileDigest:
    """The digest of a regular file. Raises OSError when it cannot be read, `Malformed` when it is no regular file or
    changes meanwhile: the digest would be of a file that never was."""
    with open_regular(path) as file:
        before = os.fstat(file.fileno())
        digest = hashlib.file_digest(file, "sha256").digest()
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Malformed(f"{path} changed while it was read; deposit it when nobody writes to it")
    return FileDigest(digest, after.st_size)
