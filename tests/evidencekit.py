"""A small ledger in memory with a whole story on it, read as evidence: what the tests of packs stand on.

Four institutions, three parties; deposits, an application, its registration, a licence, a transfer; keys rotated and
recovered on the way. Everything is real but the disk: blocks are built by `chain.build`, checkpoints are cosigned.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from datadeed_ledger.chain import Executed, build, genesis_block
from datadeed_ledger.checkpoint import Checkpoint, cosign, sign_checkpoint
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Body, Entry, key_proof_message, seal
from datadeed_ledger.evidence import Disclosure, ItemProof, Stamp
from datadeed_ledger.evidence.reader import RosterChange
from datadeed_ledger.keys import SigningKey, verify
from datadeed_ledger.merkle import Frontier, leaf_hash, new_nodes, tree_path, tree_root
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, Note, VerifierKey
from datadeed_ledger.roster import Genesis, Member, Roster
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.rules import RuleSet, shipped
from datadeed_ledger.statemap import MapProof, Pair, StateMap

ORIGIN = "ledger.example.cn/evidence"
FOUNDED_MS = 1_795_320_000_000
BLOCK_MS = 60_000
ROLES = {"court.cn": "court", "exchange.cn": "exchange", "notary.cn": "notary", "office.cn": "registrar"}


SECRETS: dict[bytes, SigningKey] = {}  # every key that was made here, by its public key


def key(label: str) -> SigningKey:
    made = SigningKey(sha256(label.encode()))
    return SECRETS.setdefault(made.public_key, made)


def member(name: str, role: str) -> Member:
    return Member(
        name=name,
        roles=(role,),
        api=f"https://{name}",
        peer=f"{name}:7000",
        title_en=f"The {role}",
        title_zh=f"机构 {role}",
        vote=key(f"vote {name}").public_key,
        office=key(f"office {name}").public_key,
        tls=sha256(name.encode()),
        cosign=VerifierKey(name, COSIGNATURE_TYPE, key(f"cosign {name}").public_key),
        log=VerifierKey(ORIGIN, LOG_TYPE, key(f"log {name}").public_key),
    )


ROSTER = Roster.of(1, [member(name, role) for name, role in ROLES.items()])
GENESIS = Genesis.of(ORIGIN, FOUNDED_MS, {}, {}, shipped("demo-fast"), ROSTER)
FINGERPRINT = GENESIS.fingerprint
RULES = RuleSet.from_json(GENESIS.rules)
OFFICE = sha256(b"office.cn")
NOTARY = sha256(b"notary.cn")
ALICE, BOB, CAROL = (sha256(name.encode())[:16] for name in ("alice", "bob", "carol"))


def check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    verify(public_key, message, signature)


def checkpoint_note(
    size: int,
    root: bytes,
    time_s: int,
    *,
    signers: Iterable[str] | None = None,
    log: Iterable[str] | None = None,
    roster: Roster = ROSTER,
) -> bytes:
    """A checkpoint cosigned by these members of the roster one second apart, with log lines by those.

    Unless told otherwise by all of them, with the log line of the last.
    """
    checkpoint = Checkpoint(ORIGIN, size, root)
    members = {each.name: each for each in roster.members}
    logs = [members[name].log for name in (log if log is not None else [roster.members[-1].name])]
    cosigners = [members[name].cosign for name in (signers if signers is not None else members)]
    lines = [sign_checkpoint(checkpoint, vkey, SECRETS[vkey.public_key]) for vkey in logs]
    lines += [cosign(checkpoint, vkey, SECRETS[vkey.public_key], time_s + at) for at, vkey in enumerate(cosigners)]
    return Note(checkpoint.body, tuple(lines)).to_bytes()


class Ledger:
    """A committed ledger in memory: `LedgerState` for the next block, `EvidenceReader` under its newest checkpoint."""

    def __init__(self) -> None:
        self.records: dict[bytes, bytes] = {}
        self.leaves: list[bytes] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.headers: list[bytes] = []
        self.firsts: list[int] = []
        self.indexes: dict[bytes, int] = {}
        self.frontiers: dict[str, Frontier] = {}
        self.touched: dict[str, list[int]] = {}
        self.state_map = StateMap()
        self.roster = ROSTER
        self.genesis_bytes = GENESIS.document
        self.before = Frontier.EMPTY
        self.stamps: list[Stamp] = []
        self.changes: dict[int, RosterChange] = {}
        self._commit(genesis_block(GENESIS, RULES))

    def _commit(self, executed: Executed) -> None:
        for map_key, record in executed.changes.records.items():
            if record is None:
                del self.records[map_key]
            else:
                self.records[map_key] = record
        self.firsts.append(len(self.leaves))
        self.leaves += [*executed.block.entries, executed.block.header_bytes]
        self.headers.append(executed.block.header_bytes)
        self.nodes |= {(level, index): hashed for level, index, hashed in new_nodes(self.before, executed.leaf_hashes)}
        self.indexes |= dict(executed.changes.entries)
        self.frontiers |= executed.changes.frontiers
        for subject, _, index in executed.changes.touched:
            self.touched.setdefault(subject, []).append(index)
        self.state_map = executed.state_map or self.state_map
        self.tip = executed.tip
        self.before = executed.tip.frontier
        header = executed.tip.header
        time_s = header.time_ms // 1000 + 1
        self.checkpoint = checkpoint_note(header.log_size, self.before.root, time_s, roster=self.roster)
        if executed.next_roster is not None:
            self.roster = executed.next_roster
            self.changes[self.roster.version] = RosterChange(self.roster.version, header.first, self.checkpoint)

    def add(self, *entries: Entry) -> None:
        """Record these entries in one block, one minute after the last."""
        built = build(self.tip, self, entries, self.tip.header.time_ms + BLOCK_MS, 2000, check_signature)
        assert built.left_out == (), built.left_out
        self._commit(built.executed)

    # LedgerState

    def record(self, key: bytes) -> bytes | None:
        return self.records.get(key)

    def records_under(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        return [(key, record) for key, record in sorted(self.records.items()) if key.startswith(prefix)]

    def entry_index(self, entry_id: bytes) -> int | None:
        return self.indexes.get(entry_id)

    def leaf(self, index: int) -> bytes:
        return self.leaves[index]

    def events_frontier(self, subject: str) -> Frontier:
        return self.frontiers.get(subject, Frontier.EMPTY)

    def event_index(self, subject: str, position: int) -> int:
        return self.touched[subject][position]

    def read_bucket(self, bucket: int) -> Sequence[Pair]:
        start = bucket.to_bytes(2, "big")
        return [(key, sha256(record)) for key, record in sorted(self.records.items()) if key.startswith(start)]

    def rules_at(self, time_ms: int) -> RuleSet:
        return RuleBook(RULES).in_force(self, time_ms)

    # EvidenceReader

    def header_at(self, height: int) -> bytes:
        return self.headers[height]

    def block_height_of(self, index: int) -> int:
        return bisect_right(self.firsts, index) - 1

    def hash(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def map_proof(self, prefix: bytes) -> MapProof:
        return self.state_map.prove(prefix, self.read_bucket)

    def subject_events(self, subject: str) -> Sequence[int]:
        return self.touched.get(subject, ())

    def roster_change(self, version: int) -> RosterChange | None:
        return self.changes.get(version)

    def stamp_after(self, index: int) -> Stamp | None:
        return min((each for each in self.stamps if each.size > index), key=lambda each: each.size, default=None)


class Pen:
    """Writes entries: nonces and salts in a row, the keys that each signer has now."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.written = 0
        self.keys = {sha256(name.encode()): key(f"office {name}") for name in ROLES}
        self.opened: dict[bytes, list[tuple[str, bytes, str | None]]] = {}

    def entry(self, kind: str, by: Iterable[bytes], data: Callable[[Callable[..., bytes]], dict[str, Any]]) -> Entry:
        """data: given a function (path, value) -> seal, the entry's fields."""
        self.written += 1
        nonce = sha256(b"nonce %d" % self.written)[:16]
        fields: list[tuple[str, bytes, str | None]] = []

        def sealed(path: str, value: str | None = None) -> bytes:
            salt = sha256(b"salt %d %s" % (self.written, path.encode()))[:16]
            fields.append((path, salt, value))
            return seal(salt, nonce, path, value)

        signers = tuple(sorted(by))
        body_data = data(sealed)
        expires_ms = self.ledger.tip.header.time_ms + 3_600_000
        body = Body(FINGERPRINT, kind, signers, nonce, expires_ms, body_data)
        entry = Entry.build(body, {signer: self.keys[signer] for signer in signers})
        self.opened[entry.entry_id] = fields
        return entry

    def disclosures(self, entry: Entry) -> tuple[Disclosure, ...]:
        """What opens every sealed field of a recorded entry."""
        index = self.ledger.indexes[entry.entry_id]
        return tuple(Disclosure(index, path, salt, value) for path, salt, value in self.opened[entry.entry_id])

    def enrol(self, party: bytes, label: str) -> Entry:
        self.keys[party] = key(label)
        return self.entry(
            "enrol", [OFFICE], lambda sealed: self._keyed(party, label, sealed) | {"party_type": "person"}
        )

    def update(self, party: bytes, label: str, reason: str, *by: bytes) -> Entry:
        entry = self.entry("update_party", by, lambda sealed: self._keyed(party, label, sealed) | {"reason": reason})
        self.keys[party] = key(label)
        return entry

    def _keyed(self, party: bytes, label: str, sealed: Callable[..., bytes]) -> dict[str, Any]:
        public_key = key(label).public_key
        return {
            "party": party,
            "public_key": public_key,
            "key_proof": key(label).sign(key_proof_message(FINGERPRINT, party, public_key)),
            "name": sealed("name", label),
            "credit_code": sealed("credit_code"),
        }

    def deposit(self, by: bytes, file: bytes) -> Entry:
        return self.entry(
            "deposit",
            [by],
            lambda sealed: {
                "digest": sha256(file),
                "algorithm": "sha-256",
                "scope": "full",
                "size_bytes": len(file),
                "media_type": "text/csv",
                "formed_at": None,
                "file_name": sealed("file_name", "数据.csv"),
                "description": sealed("description"),
            },
        )

    def batch(self, by: bytes, files: Sequence[bytes]) -> Entry:
        return self.entry(
            "deposit_batch",
            [by],
            lambda sealed: {
                "root": tree_root([leaf_hash(sha256(file)) for file in files]),
                "algorithm": "sha-256",
                "count": len(files),
                "formed_at": None,
                "description": sealed("description", "a folder"),
            },
        )

    def apply(self, by: bytes, deposits: Sequence[tuple[Entry, int | None]]) -> Entry:
        names = ("object_name", "scenario", "structure", "algorithm_rules", "source_contract", "sample", "intended_use")
        return self.entry(
            "apply",
            [by],
            lambda sealed: {
                "regime": RULES.regime,
                "registrar": OFFICE,
                "applicants": [{"party": by, "share": 10_000}],
                "description": {
                    **{name: sealed(f"description.{name}", name) for name in names},
                    "industry": "64",
                    "sources": ["self_collected"],
                    "personal_data": False,
                    "data_format": "csv",
                    "size_bytes": 3,
                    "record_count": None,
                    "update_frequency": "none",
                    "agreement_end": None,
                    "deposits": [{"deposit": entry.entry_id, "item": item} for entry, item in deposits],
                },
            },
        )

    def on_right(self, kind: str, right: Entry, by: Iterable[bytes], **data: Any) -> Entry:
        return self.entry(kind, by, lambda _: {"right": right.entry_id, **data})

    def license(self, right: Entry, by: Iterable[bytes], licensee: bytes) -> Entry:
        return self.entry(
            "license",
            by,
            lambda sealed: {
                "right": right.entry_id,
                "parent": None,
                "licensee": licensee,
                "type": "ordinary",
                "territory": ["CN-11"],
                "industry": ["*"],
                "use": ["research"],
                "start": "2026-11-22",
                "end": "2027-11-22",
                "sublicensing": False,
                "fee": sealed("fee", "CNY 1200.00"),
                "contract": sealed("contract"),
            },
        )

    def transfer(self, right: Entry, by: Iterable[bytes], to: bytes) -> Entry:
        return self.entry(
            "transfer",
            by,
            lambda sealed: {
                "right": right.entry_id,
                "holders_after": [{"party": to, "share": 10_000}],
                "price": sealed("price", "CNY 9.00"),
                "contract": sealed("contract"),
            },
        )


FILE = b"id,value\n1,42\n"
FILES = [b"item %d" % at for at in range(5)]


def item_proof(batch: int, item: int) -> ItemProof:
    """The proof of one of FILES under the batch at that log index."""
    hashes = [leaf_hash(sha256(file)) for file in FILES]
    return ItemProof(batch, item, len(FILES), sha256(FILES[item]), tuple(tree_path(hashes, item)))


@dataclass(frozen=True)
class Story:
    """The ledger after the story, and the entries that the tests speak of."""

    ledger: Ledger
    pen: Pen
    deposit: Entry  # by Alice, of FILE
    batch: Entry  # by the notary, of FILES
    right: Entry  # Alice's application, naming both
    licence: Entry
    rotation: Entry  # of Alice's key, by herself
    recovery: Entry  # of Bob's key, by the office
    late: Entry  # a deposit by Alice with her new key

    def index(self, entry: Entry) -> int:
        return self.ledger.indexes[entry.entry_id]


@lru_cache(maxsize=1)
def story() -> Story:
    """Told once; nobody may write on it."""
    ledger = Ledger()
    pen = Pen(ledger)
    ledger.add(pen.enrol(ALICE, "alice"), pen.enrol(BOB, "bob"), pen.enrol(CAROL, "carol"))
    deposit, batch = pen.deposit(ALICE, FILE), pen.batch(NOTARY, FILES)
    ledger.add(deposit, batch, pen.deposit(CAROL, b"unrelated"))
    right = pen.apply(ALICE, [(deposit, None), (batch, 2)])
    ledger.add(right)
    rotation = pen.update(ALICE, "alice 2", "renaming", ALICE, OFFICE)
    ledger.add(rotation)
    ledger.add(pen.on_right("publish", right, [OFFICE]))
    number = {"registration_no": "2026BJ0000000001", "certificate_no": "11000000000000001"}
    ledger.add(pen.on_right("register", right, [OFFICE], **number))
    recovery = pen.update(BOB, "bob 2", "recovery", OFFICE)
    ledger.add(recovery)
    licence = pen.license(right, [ALICE, BOB], BOB)
    ledger.add(licence, pen.deposit(CAROL, b"unrelated too"))
    transfer = pen.transfer(right, [ALICE, BOB], BOB)
    late = pen.deposit(ALICE, b"late")
    ledger.add(transfer, late)
    ledger.add(pen.on_right("approve", right, [OFFICE], request=transfer.entry_id, certificate_no=None))
    ledger.add()
    return Story(ledger, pen, deposit, batch, right, licence, rotation, recovery, late)
