"""The manifest of a batch deposit: which file is which item, so that any one of them can be proven years later.

JCS text: `{"algorithm":"sha-256","count":N,"entry_id":hex,"format":"datadeed-manifest/v1","items":[{"digest":hex,
"path":…,"size_bytes":N},…],"ledger":hex,"left_out":[{"path":…,"reason":…},…],"root":hex}`; an item's index is its place
in `items`. The root is that of the RFC 6962 tree whose leaf data are the 32-byte digests, which is what the ledger has:
a manifest is believed only because it gives that root. It is private: the ledger knows neither paths nor digests.
Spec: docs/spec/ledger.md section 2 ("Batch deposit") and docs/sdk.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from datadeed.digests import FileDigest
from datadeed.folder import FolderContents, FoundFile, LeftOut
from datadeed.owner_files import read_limited
from datadeed_ledger.encoding import Json, from_hex, jcs, parse_jcs
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence.codecs import ItemProof
from datadeed_ledger.merkle import leaf_hash, tree_path, tree_root
from datadeed_ledger.roster import members_of

MANIFEST_FORMAT: Final = "datadeed-manifest/v1"
MANIFEST_BYTES_MAX: Final = 1024 * 1024 * 1024  # FILES_MAX of folder.py with long paths


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was deposited as one batch. ledger, entry_id, root: 32 bytes."""

    ledger: bytes
    entry_id: bytes
    files: tuple[FoundFile, ...] = field(repr=False)
    left_out: tuple[LeftOut, ...] = field(repr=False)
    root: bytes

    @classmethod
    def of(cls, ledger: bytes, entry_id: bytes, contents: FolderContents) -> Manifest:
        return cls(ledger, entry_id, contents.files, contents.left_out, root_of(contents.files))

    @property
    def count(self) -> int:
        return len(self.files)

    def find(self, digest: bytes, name: str = "") -> int:
        """The item whose file has this digest; of several, the one whose path ends in `name`, else the first.

        Raises `Unproven` when there is none: the file in hand was not in the folder as it is now.
        """
        found = [at for at, file in enumerate(self.files) if file.digest.digest == digest]
        if not found:
            raise Unproven("items", f"no file of the batch has the SHA-256 {digest.hex()}: another file, or changed")
        named = [at for at in found if name and f"/{self.files[at].path}".endswith(f"/{name}")]
        return (named or found)[0]

    def item_proof(self, item: int, batch_index: int) -> ItemProof:
        """The proof that the item belongs to the batch at the log index `batch_index`."""
        path = tree_path(_leaves(self.files), item)
        return ItemProof(batch_index, item, self.count, self.files[item].digest.digest, path)

    def to_bytes(self) -> bytes:
        items: list[Json] = [
            {"digest": file.digest.digest.hex(), "path": file.path, "size_bytes": file.digest.size_bytes}
            for file in self.files
        ]
        return jcs(
            {
                "algorithm": "sha-256",
                "count": self.count,
                "entry_id": self.entry_id.hex(),
                "format": MANIFEST_FORMAT,
                "items": items,
                "ledger": self.ledger.hex(),
                "left_out": [{"path": each.path, "reason": each.reason} for each in self.left_out],
                "root": self.root.hex(),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Raises `Malformed` on another spelling, or when the items do not give the root."""
        names = ("algorithm", "count", "entry_id", "format", "items", "ledger", "left_out", "root")
        item = members_of(parse_jcs(data, bytes_max=MANIFEST_BYTES_MAX), "manifest", names)
        items, left_out = item["items"], item["left_out"]
        if item["format"] != MANIFEST_FORMAT or item["algorithm"] != "sha-256":
            raise Malformed(f"not a manifest of format {MANIFEST_FORMAT} with sha-256")
        if not isinstance(items, list) or not items or not isinstance(left_out, list):
            raise Malformed("a manifest lists at least one item, and what was left out")
        files = tuple(_file(each) for each in items)
        if item["count"] != len(files) or item["root"] != root_of(files).hex():
            raise Malformed("the manifest's items do not give its count and root; it was altered")
        return cls(
            from_hex(_text(item["ledger"]), length=32),
            from_hex(_text(item["entry_id"]), length=32),
            files,
            tuple(_left_out(each) for each in left_out),
            from_hex(_text(item["root"]), length=32),
        )

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """The manifest in the file at `path`."""
        return cls.parse(read_limited(path, bytes_max=MANIFEST_BYTES_MAX))


def root_of(files: tuple[FoundFile, ...]) -> bytes:
    """The root of the batch over these files, 32 bytes."""
    return tree_root(_leaves(files))


def _leaves(files: tuple[FoundFile, ...]) -> list[bytes]:
    return [leaf_hash(file.digest.digest) for file in files]


def _file(value: Json) -> FoundFile:
    item = members_of(value, "item", ("digest", "path", "size_bytes"))
    size_bytes = item["size_bytes"]
    if type(size_bytes) is not int:
        raise Malformed("an item's size_bytes is a whole number")
    return FoundFile(_text(item["path"]), FileDigest(from_hex(_text(item["digest"]), length=32), size_bytes))


def _left_out(value: Json) -> LeftOut:
    item = members_of(value, "left out", ("path", "reason"))
    return LeftOut(_text(item["path"]), _text(item["reason"]))


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise Malformed("a text field of the manifest is not a string")
    return value
