"""Packs of every kind out of one eventful right, and what a verifier who files a report is handed; made once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import evidencekit
from docket import Docket
from registerkit import COURT, pid, shares

from datadeed.proof_report.points import report_of, report_of_failure
from datadeed.proof_report.values import Handed, HandedFile, ProofReport
from datadeed_ledger.encoding import sha256
from datadeed_ledger.evidence import (
    Disclosure,
    NotProven,
    Unreadable,
    absence_pack,
    add_to_pack,
    asset_pack,
    entry_pack,
    export_pack,
    presence_pack,
    title_pack,
    verify_pack,
)
from datadeed_ledger.evidence.container import read_container, write_container

NAME = "北京喆堃数据科技有限公司"
ALICE, BOB, CAROL = (pid(name) for name in (NAME, "bob", "carol"))


@dataclass(frozen=True)
class Pack:
    """A pack with its ledger's fingerprint and the question that it answers."""

    data: bytes
    fingerprint: bytes
    ask: str | None = None


@lru_cache(maxsize=1)
def right_with_a_past() -> tuple[Docket, bytes]:
    """Of two holders, licensed, transferred in part, frozen, disputed; its first holder's key was changed."""
    docket = Docket()
    docket.enrol(NAME, "bob", "carol")
    right = docket.registered(ALICE)
    docket.licensed(right, CAROL)
    request = docket.record(docket.transfer_entry(right, shares(ALICE, BOB)))
    docket.record(docket.approve_entry(right, request))
    new_key = evidencekit.key("alice, second")
    docket.record(docket.update_entry(ALICE, (ALICE,), new_key))
    docket.keys[ALICE] = new_key
    docket.record(docket.note_dispute_entry(right))
    docket.frozen(right, COURT)
    return docket, right


@lru_cache(maxsize=1)
def packs() -> dict[str, Pack]:
    """One of every kind, by the kind's name."""
    docket, right = right_with_a_past()
    asset = docket.record(docket.register_asset_entry(CAROL))
    archive, ledger = docket.archive(), docket.ledger
    subject, none = f"right/{right.hex()}", "number/2026BJ0000000777"
    story = evidencekit.story()
    batch = story.index(story.batch)
    other = evidencekit.GENESIS.fingerprint
    item = add_to_pack(entry_pack(story.ledger, story.batch.entry_id), other, items=(evidencekit.item_proof(batch, 2),))
    return {
        "title": Pack(title_pack(archive, right), ledger, subject),
        "asset": Pack(asset_pack(archive, asset), ledger, f"asset/{asset.hex()}"),
        "entry": Pack(entry_pack(archive, right), ledger),
        "item": Pack(item, other),
        "absence": Pack(absence_pack(archive, none), ledger, none),
        "presence": Pack(presence_pack(archive, subject), ledger, subject),
        "export": Pack(export_pack(archive), ledger, "register"),
    }


@lru_cache(maxsize=1)
def opened_title() -> Pack:
    """The title pack with the first holder's name opened."""
    pack = packs()["title"]
    opened = (Disclosure(1, "name", bytes(16), NAME),)
    return Pack(add_to_pack(pack.data, pack.fingerprint, disclosures=opened), pack.fingerprint, pack.ask)


def handed(pack: Pack, name: str = "evidence.zip") -> Handed:
    return Handed(
        pack=HandedFile(name, len(pack.data), sha256(pack.data)),
        fingerprint=pack.fingerprint,
        command=f"datadeed verify {name} --fingerprint {pack.fingerprint.hex()}",
        tool="datadeed 0.1.0",
        made_at_ms=1_800_000_000_000,
        page_digest="cd" * 32,
        ask=pack.ask,
    )


def passed(pack: Pack, /, **changed: Any) -> ProofReport:
    """The report of a pack that passes. changed: of what was handed in."""
    report = verify_pack(pack.data, pack.fingerprint, ask=pack.ask)
    return report_of(report, replace(handed(pack), **changed))


def failed(pack: Pack, *, fingerprint: bytes | None = None, **asked: Any) -> ProofReport:
    """The report of a pack that does not pass."""
    try:
        verify_pack(pack.data, fingerprint or pack.fingerprint, **asked)
    except (NotProven, Unreadable) as failure:
        return report_of_failure(failure, handed(pack))
    raise AssertionError("the pack passed")


def damaged(pack: Pack) -> Pack:
    """The same pack with one byte of its end changed."""
    data = bytearray(pack.data)
    data[-1] ^= 1
    return replace(pack, data=bytes(data))


def exchanged(pack: Pack, suffix: str) -> Pack:
    """The same pack, whole, with the first entry's part of that name replaced by that of the second."""
    parts = dict(read_container(pack.data))
    first, second = [name for name in parts if name.startswith("entry-") and name.endswith(suffix)][:2]
    return replace(pack, data=write_container({**parts, first: parts[second]}.items()))
