"""What the holder of a pack adds to the ledger's word: items of a batch, opened fields, a file in hand.

The ledger stores none of these; each is checked against what an entry committed to.
Spec: docs/spec/ledger.md sections 2 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datadeed_ledger.entry import check_disclosure
from datadeed_ledger.evidence.codecs import Disclosure, ItemProof, parse_disclosures
from datadeed_ledger.evidence.names import DISCLOSURES, item_part
from datadeed_ledger.evidence.recorded import Recorded
from datadeed_ledger.evidence.trail import Undecided, in_part, require


def prove_items(items: Mapping[int, bytes], about: Recorded) -> tuple[ItemProof, ...]:
    """Raise `Unproven` unless every item belongs to the batch that the entry deposited."""
    entry = about.entry
    require(entry.kind == "deposit_batch", f"entry {about.index} is no deposit of a batch")
    root, count = entry.body.data["root"], entry.body.data["count"]
    proofs: list[ItemProof] = []
    for number, data in items.items():
        with in_part(item_part(number)):
            proof = ItemProof.parse(data)
            stated = (proof.batch, proof.item, proof.count)
            require(stated == (about.index, number, count), f"entry {about.index} is a batch of {count} items")
            proof.verify(root, count)
        proofs.append(proof)
    return tuple(proofs)


def prove_disclosures(data: bytes, entries: Sequence[Recorded]) -> tuple[Disclosure, ...]:
    """Raise `Unproven` unless every disclosure opens a sealed field of an entry that is here."""
    by_index = {recorded.index: recorded.entry for recorded in entries}
    with in_part(DISCLOSURES):
        disclosures = parse_disclosures(data)
        for disclosure in disclosures:
            entry = by_index.get(disclosure.entry)
            require(entry is not None, f"entry {disclosure.entry} is not here")
            assert entry is not None, "required above"
            check_disclosure(entry, disclosure.path, disclosure.salt, disclosure.value)
    return disclosures


def match_file(digest: bytes, entries: Sequence[Recorded], items: Sequence[ItemProof]) -> tuple[str, ...]:
    """Where the digest of the file in hand stands. Raises `Unproven` if nowhere, `Undecided` if nothing has one."""
    deposits = {
        f"entry {recorded.index}": recorded.entry.body.data["digest"]
        for recorded in entries
        if recorded.entry.kind == "deposit"
    }
    known = deposits | {f"item {item.item} of entry {item.batch}": item.digest for item in items}
    if not known:
        raise Undecided("file", "the pack holds no deposit of one file and no item of a batch to compare the file with")
    matches = tuple(place for place, held in known.items() if held == digest)
    require(bool(matches), f"its SHA-256 {digest.hex()} is not that of {', '.join(known)}")
    return matches
