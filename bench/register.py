"""The bench of the register: how long the whole evidence of one busy right takes in a large register.

    python -m bench.register [--rights 10000] [--events 100000] [--history 500] [--dir DIR]

A register is made through the ledger's own rules and blocks into a real store; then the title pack of the right with
the longest history is built from a snapshot and verified offline, rules replayed. Conditions and figures are printed,
the last line is JSON. Signing and recording are preparation and are not part of the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from bench.machine import conditions
from bench.page import page_seconds
from datadeed_ledger.calendar_days import add_days, day_of, day_text
from datadeed_ledger.chain import build
from datadeed_ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Body, Entry, key_proof_message
from datadeed_ledger.evidence import title_pack, verify_pack
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, Note, VerifierKey
from datadeed_ledger.records import Right
from datadeed_ledger.roster import Genesis, Member, Roster
from datadeed_ledger.rules import shipped
from datadeed_node.snapshot import Moment, Snapshot
from datadeed_node.store import Store

ORIGIN = "bench.example.cn/register"
ROLES = {
    "court.example.cn": "court",
    "exchange.example.cn": "exchange",
    "ip-office.example.cn": "registrar",
    "notary.example.cn": "notary",
}
OFFICE = sha256(b"ip-office.example.cn")
PARTIES = 50
BLOCK_ENTRIES = 500
TRIES = 5
BARS = {"title_built_s": 2.0, "title_verified_s": 1.0, "title_in_page_s": 2.0}


def _key(label: str) -> SigningKey:
    return SigningKey(sha256(label.encode()))


def _member(name: str, role: str) -> Member:
    return Member(
        name=name,
        roles=(role,),
        api="http://127.0.0.1:1",
        peer=f"{name}:7000",
        title_en=name,
        title_zh=name,
        vote=_key(f"vote {name}").public_key,
        office=_key(f"office {name}").public_key,
        tls=sha256(name.encode()),
        cosign=VerifierKey(name, COSIGNATURE_TYPE, _key(f"cosign {name}").public_key),
        log=VerifierKey(ORIGIN, LOG_TYPE, _key(f"log {name}").public_key),
    )


@dataclass(slots=True)
class Writer:
    """Makes signed entries. keys: by signer id."""

    genesis: Genesis
    keys: dict[bytes, SigningKey]
    today: int
    expires_ms: int

    def entry(self, kind: str, by: Sequence[bytes], **data: Any) -> Entry:
        body = Body(self.genesis.fingerprint, kind, tuple(sorted(by)), os.urandom(16), self.expires_ms, data)
        return Entry.build(body, {signer: self.keys[signer] for signer in by})

    def enrol(self, party: bytes) -> Entry:
        key = self.keys[party]
        proof = key.sign(key_proof_message(self.genesis.fingerprint, party, key.public_key))
        identity = {"name": os.urandom(32), "credit_code": os.urandom(32), "party_type": "enterprise"}
        return self.entry("enrol", [OFFICE], party=party, public_key=key.public_key, key_proof=proof, **identity)

    def deposit(self, party: bytes) -> Entry:
        sealed = {"file_name": os.urandom(32), "description": os.urandom(32)}
        form = {"algorithm": "sha-256", "scope": "full", "size_bytes": 1, "media_type": "text/csv", "formed_at": None}
        return self.entry("deposit", [party], digest=os.urandom(32), **form, **sealed)

    def apply(self, party: bytes, deposit: bytes) -> Entry:
        sealed = ("object_name", "scenario", "structure", "algorithm_rules", "source_contract", "sample")
        description = {name: os.urandom(32) for name in (*sealed, "intended_use")} | {
            "industry": "65",
            "sources": ["self_collected"],
            "personal_data": False,
            "data_format": "csv",
            "size_bytes": 1,
            "record_count": None,
            "update_frequency": "none",
            "agreement_end": None,
            "deposits": [{"deposit": deposit, "item": None}],
        }
        holders = [{"party": party, "share": 10_000}]
        data = {"regime": "cnipa_data_ip", "registrar": OFFICE, "applicants": holders, "description": description}
        return self.entry("apply", [party], **data)

    def license(self, right: bytes, holder: bytes, licensee: bytes) -> Entry:
        scope = {name: ["*"] for name in ("territory", "industry", "use")}
        days = {"start": day_text(self.today), "end": day_text(add_days(self.today, 300))}
        terms = {"parent": None, "type": "ordinary", "sublicensing": False, "fee": os.urandom(32)}
        sealed = {"contract": os.urandom(32)}
        return self.entry(
            "license", [holder, licensee], right=right, licensee=licensee, **scope, **days, **terms, **sealed
        )

    def life(self, number: int, right: bytes, holder: bytes, others: Sequence[bytes], events: int) -> Iterator[Entry]:
        """What happens to one right after its application: `events` entries, licences given and ended in turn."""
        yield self.entry("publish", [OFFICE], right=right)
        numbers = {"registration_no": f"BENCH{number:011d}", "certificate_no": f"{number:017d}"}
        yield self.entry("register", [OFFICE], right=right, **numbers)
        standing: Entry | None = None
        for at in range(events - 2):
            licensee = others[at // 2 % len(others)]
            if standing is None:
                standing = self.license(right, holder, licensee)
                yield standing
            else:
                licence = {"license": standing.entry_id, "reason": "agreement"}
                signer = standing.body.data["licensee"]
                yield self.entry("end_license", [signer], right=right, **licence)
                standing = None


class Recorder:
    """Records entries block by block into a real store."""

    def __init__(self, store: Store, time_ms: int) -> None:
        self._store = store
        self._time_ms = time_ms
        self._waiting: list[Entry] = []

    def add(self, entry: Entry) -> None:
        self._waiting.append(entry)
        if len(self._waiting) == BLOCK_ENTRIES:
            self.flush()

    def flush(self) -> None:
        self._time_ms += 1000
        built = build(self._store.tip, self._store, self._waiting, self._time_ms, 0, lambda *_: None)
        for _, error in built.left_out:
            raise error
        self._store.prepare(built.executed, self._store.tip.height + 1, b"").write()
        self._store.adopt(built.executed)
        self._waiting = []


def _published(store: Store) -> Snapshot:
    tip, roster = store.tip, store.roster
    checkpoint = Checkpoint(ORIGIN, tip.log_size, tip.frontier.root)
    server, time_s = roster.members[0], tip.header.time_ms // 1000 + 1
    lines = [sign_checkpoint(checkpoint, server.log, _key(f"log {server.name}"))]
    lines += [cosign(checkpoint, each.cosign, _key(f"cosign {each.name}"), time_s) for each in roster.members]
    return Snapshot(Moment(store), Note(checkpoint.body, tuple(lines)).to_bytes())


def prepare(store: Store, wish: argparse.Namespace, time_ms: int) -> bytes:
    """Fill the store; gives the id of the right with the longest history."""
    parties = [sha256(f"party {number}".encode())[:16] for number in range(PARTIES)]
    keys = {party: _key(party.hex()) for party in parties} | {OFFICE: _key("office ip-office.example.cn")}
    writer = Writer(store.genesis, keys, day_of(time_ms), time_ms + 20 * 24 * 3_600_000)
    recorder = Recorder(store, time_ms)
    for party in parties:
        recorder.add(writer.enrol(party))
    recorder.flush()
    usual = (wish.events - wish.history) // (wish.rights - 1)
    busiest = b""
    for number in track(range(wish.rights), description="making the register"):
        holder = parties[number % PARTIES]
        deposit = writer.deposit(holder)
        recorder.add(deposit)
        if number % BLOCK_ENTRIES == 0:
            recorder.flush()
        applied = writer.apply(holder, deposit.entry_id)
        recorder.add(applied)
        length = wish.history if number == wish.rights // 2 else usual
        if length == wish.history:
            busiest = applied.entry_id
        others = [party for party in parties if party != holder]
        for entry in writer.life(number, applied.entry_id, holder, others, length - 1):
            recorder.add(entry)
    recorder.flush()
    return busiest


def measure(store: Store, right: bytes) -> dict[str, float]:
    """Seconds to build the title pack and to verify it, each the median of a few; and how large it is."""
    snapshot = _published(store)
    built, verified, pack = [], [], b""
    for _ in range(TRIES):
        begun = time.perf_counter()
        pack = title_pack(snapshot, right)  # verified once before it is handed out
        built.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        report = verify_pack(pack, store.genesis.fingerprint, ask=Right.subject_of(right))
        verified.append(time.perf_counter() - begun)
        assert report.rules_replayed, "the judge replays the rules"
    in_page = page_seconds(pack, store.genesis.fingerprint, TRIES)
    if not in_page:
        print("  · no Chromium here: the page's time is not measured")
    return {
        "title_built_s": statistics.median(built),
        "title_verified_s": statistics.median(verified),
        **({"title_in_page_s": statistics.median(in_page)} if in_page else {}),
        "title_bytes": len(pack),
        "title_entries": len(report.about),
        "log_size": snapshot.size,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rights", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--history", type=int, default=500)
    parser.add_argument("--dir", type=Path, default=None)
    wish = parser.parse_args()
    for name, value in conditions().items():
        print(f"{name:>14}: {value}", flush=True)
    print(f"{'register':>14}: {wish.rights:,} rights, {wish.events:,} events, the longest history {wish.history}")
    folder = Path(tempfile.mkdtemp(prefix="datadeed-bench-register-", dir=wish.dir))
    time_ms = time.time_ns() // 1_000_000
    roster = Roster.of(1, [_member(name, role) for name, role in ROLES.items()])
    store = Store.open(folder / "data", Genesis.of(ORIGIN, time_ms, {}, {}, shipped("demo-fast"), roster))
    try:
        figures = measure(store, prepare(store, wish, time_ms))
    finally:
        store.close()
        shutil.rmtree(folder)
    for name, bar in ((name, bar) for name, bar in BARS.items() if name in figures):
        held = "held" if figures[name] <= bar else "MISSED"
        print(f"{name:>22} {figures[name]:>12.3f}   bar ≤ {bar}   {held}")
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}), flush=True)


if __name__ == "__main__":
    main()
