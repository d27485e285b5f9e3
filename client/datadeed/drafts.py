"""Drafts: an entry on its way between its signers, as a file that travels by any means.

JCS text: `{"entry":b64,"format":"datadeed-draft/v1","openings":[…],"readable":{…}}`. `entry` is the body with the
signatures so far (nil where one is missing); `openings` let every signer read the sealed fields; `readable` says the
whole in words and is derived again and compared, so that what is read is what is signed. It is private to its parties:
on the ledger only the entry's bytes appear. Spec: docs/sdk.md, "Drafts".
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from datadeed.keyring import HeldKey
from datadeed.sealing import Opening, Sealer, in_order, opened_values, parse_openings, unopened_paths
from datadeed.spelling import data_of, plain_of
from datadeed_ledger.encoding import Json, from_b64, jcs, parse_jcs, sha256, time_text, to_b64
from datadeed_ledger.entry import NONCE_BYTES, Body, Draft, Entry
from datadeed_ledger.errors import Malformed
from datadeed_ledger.roster import members_of

DRAFT_FORMAT: Final = "datadeed-draft/v1"
DRAFT_BYTES_MAX: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft together with what opens its sealed fields."""

    draft: Draft
    openings: tuple[Opening, ...] = field(repr=False)

    @classmethod
    def compose(
        cls, ledger: bytes, kind: str, plain: Mapping[str, Any], by: Iterable[bytes], expires_ms: int
    ) -> OpenDraft:
        """An unsigned draft of `plain` data (the spelling of spelling.py), its texts sealed. Raises `Malformed`."""
        sealer = Sealer(os.urandom(NONCE_BYTES))
        data = data_of(kind, plain, sealer)
        body = Body(ledger, kind, tuple(sorted(set(by))), sealer.nonce, expires_ms, data)
        return cls(Draft.of(body), in_order(sealer.openings))

    @property
    def entry_id(self) -> bytes:
        """H(body), which no further signature changes."""
        return sha256(self.draft.body_bytes)

    @property
    def unopened(self) -> tuple[str, ...]:
        """Sealed fields that nothing here opens, so that nobody can say what they say."""
        return unopened_paths(self.draft.body, self.openings)

    @property
    def readable(self) -> dict[str, Json]:
        """What a signer signs, in words."""
        body = self.draft.body
        return {
            "by": [signer.hex() for signer in body.by],
            "data": plain_of(body, opened_values(body, self.openings)),
            "expires": time_text(body.expires_ms),
            "kind": body.kind,
            "ledger": body.ledger.hex(),
            "nonce": body.nonce.hex(),
        }

    def sign(self, key: HeldKey) -> OpenDraft:
        """With the signature of `key`. Raises `Malformed` if its owner is not among the signers."""
        return OpenDraft(self.draft.sign(key.signer_id, key.key), self.openings)

    def complete(self) -> Entry:
        """The entry. Raises `Malformed`, naming who has yet to sign."""
        return self.draft.complete()

    def to_bytes(self) -> bytes:
        return jcs(
            {
                "entry": to_b64(self.draft.to_bytes()),
                "format": DRAFT_FORMAT,
                "openings": [opening.to_json() for opening in self.openings],
                "readable": self.readable,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> OpenDraft:
        """The draft that `data` spells. Raises `Malformed`, also when the words are not those of the bytes."""
        value = parse_jcs(data, bytes_max=DRAFT_BYTES_MAX, allow_null=True)
        item = members_of(value, "draft", ("entry", "format", "openings", "readable"))
        entry = item["entry"]
        if item["format"] != DRAFT_FORMAT or not isinstance(entry, str):
            raise Malformed(f"not a draft of format {DRAFT_FORMAT}")
        draft = cls(Draft.parse(from_b64(entry)), parse_openings(item["openings"]))
        if item["readable"] != draft.readable:
            raise Malformed("the draft's words are not those of the bytes that would be signed; do not sign it")
        return draft
