"""Golden bytes: one worked example of every format, made by the code from keys and values that anyone can make again.

    .venv/bin/python tests/golden.py > docs/spec/golden.md

writes the page anew; tests/test_golden.py holds the page against the code. A format that changes therefore shows in a
diff of the specification, and a second implementation has something to compare with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from datadeed_consensus import messages
from datadeed_consensus.guard import Kind
from datadeed_consensus.setup import epoch_id
from datadeed_consensus.votes import Certificate, Evidence, Statement, Vote
from datadeed_ledger.block import Block, entries_digest
from datadeed_ledger.checkpoint import Checkpoint, cosign, policy_text, sign_checkpoint, tlog_proof_text
from datadeed_ledger.encoding import encode, jcs, sha256
from datadeed_ledger.entry import Body, Entry, key_proof_message, seal
from datadeed_ledger.evidence.codecs import Disclosure, ItemProof, disclosures_bytes, entry_twin
from datadeed_ledger.evidence.consistency import ConsistencyProof
from datadeed_ledger.evidence.names import RosterStep, roster_part
from datadeed_ledger.header import NO_PREVIOUS, Header
from datadeed_ledger.keys import VOTE_TAG, SigningKey
from datadeed_ledger.merkle import Frontier, leaf_hash, node_hash, tree_path, tree_root
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, Note, VerifierKey
from datadeed_ledger.records import KeyUse, NumberUse
from datadeed_ledger.roster import Genesis, Member, Roster
from datadeed_ledger.statemap import StateMap, subject_key, subject_prefix
from datadeed_ledger.timestamp_token import timestamp_request
from datadeed_node.wire import Channel, Hello, Ping, Pong, encode_control, encode_entries, frame_head

ORIGIN = "ledger.example.cn/dataip"
TIME_MS = 1_795_408_496_789  # 2026-11-23T04:34:56.789Z
ROLES = {
    "court.example.cn": "court",
    "exchange.example.cn": "exchange",
    "ip-office.example.cn": "registrar",
    "notary.example.cn": "notary",
}
WIDTH = 96

HEAD = """# Golden bytes: one worked example of every format

Every example is made by `tests/golden.py`, from keys and values that anyone can make again: the seed of the key called
`office court.example.cn` is SHA-256 of that text, and so for every other name here (`vote …`, `cosign …`, `log …`,
`alice`). Ed25519 always signs the same bytes alike. A test compares this page with the code. Hex has no spaces, its
lines are broken at 96 digits. Text formats stand as text; JSON ends without a line feed, all others with one.
"""


@dataclass(frozen=True, slots=True)
class Example:
    """One format's bytes. spec: the section that says what they mean."""

    title: str
    spec: str
    data: bytes
    text: bool = False

    def to_markdown(self) -> str:
        shown = self.data.decode() if self.text else _broken(self.data.hex())
        note = f"{len(self.data)} bytes, SHA-256 `{sha256(self.data).hex()}`"
        return f"### {self.title}\n\n{self.spec}; {note}\n\n```\n{shown.rstrip(chr(10))}\n```\n"


def _broken(digits: str) -> str:
    return "\n".join(digits[at : at + WIDTH] for at in range(0, len(digits), WIDTH))


def key(label: str) -> SigningKey:
    return SigningKey(sha256(label.encode()))


def _member(name: str, role: str) -> Member:
    return Member(
        name=name,
        roles=(role,),
        api=f"https://{name}",
        peer=f"{name}:7000",
        title_en=f"Example {role}",
        title_zh="示例机构",
        vote=key(f"vote {name}").public_key,
        office=key(f"office {name}").public_key,
        tls=sha256(f"tls {name}".encode()),
        cosign=VerifierKey(name, COSIGNATURE_TYPE, key(f"cosign {name}").public_key),
        log=VerifierKey(ORIGIN, LOG_TYPE, key(f"log {name}").public_key),
    )


ROSTER = Roster.of(1, [_member(name, role) for name, role in ROLES.items()])
GENESIS = Genesis.of(ORIGIN, TIME_MS, {}, {}, {"about": "a rule set stands here", "name": "golden"}, ROSTER)
LEDGER = GENESIS.fingerprint
COURT = ROSTER.members[0]
ALICE, NONCE, SALT = sha256(b"pseudonym alice")[:16], bytes(range(16)), bytes(range(16, 32))
DEPOSIT = Body(
    ledger=LEDGER,
    kind="deposit",
    by=(ALICE,),
    nonce=NONCE,
    expires_ms=TIME_MS + 86_400_000,
    data={
        "algorithm": "sha-256",
        "description": seal(SALT, NONCE, "description", None),
        "digest": sha256(b"a file"),
        "file_name": seal(SALT, NONCE, "file_name", "数据.csv"),
        "formed_at": None,
        "media_type": "text/csv",
        "scope": "full",
        "size_bytes": 6,
    },
)
ENTRY = Entry.build(DEPOSIT, {ALICE: key("alice")})


def _header() -> Header:
    frontier = Frontier.EMPTY.append(leaf_hash(ENTRY.data))
    return Header(
        ledger=LEDGER,
        origin=ORIGIN,
        height=0,
        time_ms=TIME_MS,
        slack_ms=2000,
        previous=NO_PREVIOUS,
        first=0,
        entries=1,
        entries_digest=entries_digest([leaf_hash(ENTRY.data)]),
        tree_size=1,
        tree_root=frontier.root,
        state_root=sha256(b"state"),
        roster_version=1,
        roster_digest=ROSTER.digest,
        next_roster_version=1,
        next_roster_digest=ROSTER.digest,
    )


HEADER = _header()
LEAVES = [leaf_hash(ENTRY.data), leaf_hash(HEADER.to_bytes())]
CHECKPOINT = Checkpoint(ORIGIN, 2, tree_root(LEAVES))
NOTE = Note(
    CHECKPOINT.body,
    (
        sign_checkpoint(CHECKPOINT, COURT.log, key(f"log {COURT.name}")),
        *(
            cosign(CHECKPOINT, member.cosign, key(f"cosign {member.name}"), TIME_MS // 1000 + 1)
            for member in ROSTER.members[:3]
        ),
    ),
).to_bytes()


def _roster_2() -> Roster:
    """The exchange has another vote key."""
    vote = key("vote exchange.example.cn 2").public_key
    changed = [replace(member, vote=vote) if member.roles == ("exchange",) else member for member in ROSTER.members]
    return Roster.of(2, changed)


ROSTER_2 = _roster_2()
CHANGE = Entry.build(
    Body(
        ledger=LEDGER,
        kind="amend_roster",
        by=tuple(sorted(member.member_id for member in ROSTER.members[:3])),
        nonce=bytes(range(32, 48)),
        expires_ms=TIME_MS + 86_400_000,
        data={"roster": ROSTER_2.document},
    ),
    {member.member_id: key(f"office {member.name}") for member in ROSTER.members[:3]},
)


def _next_header(before: Header, leaves: list[bytes], entries: list[bytes], roster: Roster, after: Roster) -> Header:
    """The header of these entries' leaf hashes, after all of these leaves."""
    return replace(
        before,
        height=before.height + 1,
        time_ms=before.time_ms + 1000,
        previous=before.digest,
        first=len(leaves),
        entries=len(entries),
        entries_digest=entries_digest(entries),
        tree_size=len(leaves) + len(entries),
        tree_root=tree_root([*leaves, *entries]),
        roster_version=roster.version,
        roster_digest=roster.digest,
        next_roster_version=after.version,
        next_roster_digest=after.digest,
    )


BOUNDARY = _next_header(HEADER, LEAVES, [leaf_hash(CHANGE.data)], ROSTER, ROSTER_2)
BOUNDARY_LEAVES = [*LEAVES, leaf_hash(CHANGE.data), leaf_hash(BOUNDARY.to_bytes())]
BOUNDARY_CHECKPOINT = Checkpoint(ORIGIN, 4, tree_root(BOUNDARY_LEAVES))
BOUNDARY_NOTE = Note(
    BOUNDARY_CHECKPOINT.body,
    (
        sign_checkpoint(BOUNDARY_CHECKPOINT, COURT.log, key(f"log {COURT.name}")),
        *(
            cosign(BOUNDARY_CHECKPOINT, member.cosign, key(f"cosign {member.name}"), TIME_MS // 1000 + 2)
            for member in ROSTER.members[:3]
        ),
    ),
).to_bytes()
AFTER = _next_header(BOUNDARY, BOUNDARY_LEAVES, [], ROSTER_2, ROSTER_2)
STEP = RosterStep(
    2,
    ROSTER_2.document,
    CHANGE.data,
    tlog_proof_text(2, tree_path(BOUNDARY_LEAVES, 2), BOUNDARY_NOTE),
    entry_twin(CHANGE, 2),
    BOUNDARY.to_bytes(),
    tlog_proof_text(3, tree_path(BOUNDARY_LEAVES, 3), BOUNDARY_NOTE),
    BOUNDARY_NOTE,
)
RECORDS = (
    KeyUse(KeyUse.subject_of(key("alice").public_key), ALICE),
    NumberUse(NumberUse.subject_of("2026110000000001"), ENTRY.entry_id),
)


def _ledger() -> Iterator[Example]:
    section = "ledger.md section"
    values = [None, True, 0, 127, 128, 65536, -1, -33, "数", b"\x00", [], {"a": 1, "aa": 2}]
    yield Example(
        "A list of nil, true, 0, 127, 128, 65536, −1, −33, 数, bin 00, [], {a: 1, aa: 2}",
        f"{section} 1",
        encode(values),
    )
    yield Example(
        "Sealed field `file_name` = 数据.csv, salt 10…1f, nonce 00…0f",
        f"{section} 2",
        seal(SALT, NONCE, "file_name", "数据.csv"),
    )
    possession = key_proof_message(LEDGER, ALICE, key("alice").public_key)
    yield Example("Proof of possession of alice's key: what is signed", "events.md section 3", possession)
    yield Example("Body of a deposit by alice", f"{section} 2", ENTRY.body_bytes)
    yield Example("The entry", f"{section} 2", ENTRY.data)
    yield Example("Its readable twin at log index 0", f"{section} 7", entry_twin(ENTRY, 0), text=True)
    yield Example("Roster document", f"{section} 6", ROSTER.document, text=True)
    yield Example(
        "Founding document; its SHA-256 is the ledger's fingerprint", f"{section} 6", GENESIS.document, text=True
    )
    yield Example("Header", f"{section} 3", HEADER.to_bytes(), text=True)
    yield Example("Block on the wire", f"{section} 3", Block.of(HEADER, [ENTRY.data], LEAVES[:1]).to_bytes())
    yield Example(
        "LEAF of the entry, LEAF of the header, NODE of both", f"{section} 3", b"".join([*LEAVES, node_hash(*LEAVES)])
    )
    yield Example("Verifier key of the court's cosignatures", f"{section} 4", COURT.cosign.text.encode(), text=True)
    yield Example("Checkpoint, signed by the court's log key and cosigned by three", f"{section} 4", NOTE, text=True)
    yield Example("Policy", f"{section} 7", policy_text(ROSTER, COURT.log), text=True)
    yield Example("tlog-proof of the header", f"{section} 7", tlog_proof_text(1, tree_path(LEAVES, 1), NOTE), text=True)
    extends = ConsistencyProof(1, 2, (LEAVES[1],))
    yield Example("Consistency proof from 1 leaf to 2", "evidence.md section 8", extends.to_text(), text=True)
    yield Example("Time-stamp request", "RFC 3161 section 2.4.1", timestamp_request(Note.parse(NOTE).body, 1))


def _rosters() -> Iterator[Example]:
    """A change of the roster: the parts of `rosters/2/` in a pack whose checkpoint has 5 leaves."""
    section = "evidence.md section 11"
    parts: dict[str, tuple[bytes, bool]] = {
        "document.json": (STEP.document, True),
        "entry.msgpack": (STEP.leaf, False),
        "entry.tlog-proof": (STEP.proof, True),
        "entry.json": (STEP.twin, True),
        "header.txt": (STEP.header, True),
        "header.tlog-proof": (STEP.header_proof, True),
        "checkpoint": (STEP.checkpoint, True),
        "consistency.txt": (ConsistencyProof(4, 5, (leaf_hash(AFTER.to_bytes()),)).to_text(), True),
    }
    for name, (data, text) in parts.items():
        yield Example(f"`{roster_part(2, name)}`", section, data, text=text)


def _state() -> Iterator[Example]:
    section = "ledger.md section 5"
    for record in RECORDS:
        yield Example(f"Record of `{record.subject}`", "events.md section 5", record.to_bytes())
    yield Example("Key of the first record in the state map", section, RECORDS[0].key)
    values = {record.key: sha256(record.to_bytes()) for record in RECORDS}
    buckets: dict[int, list[tuple[bytes, bytes]]] = {}
    for at, value in sorted(values.items()):
        buckets.setdefault(int.from_bytes(at[:2], "big"), []).append((at, value))
    state = StateMap().update(values, lambda _: ())
    here = state.prove(subject_prefix(RECORDS[0].subject), lambda bucket: buckets.get(bucket, ()))
    absent = state.prove(subject_key("rules"), lambda bucket: buckets.get(bucket, ()))
    yield Example("Map proof of everything under the first record's subject", section, here.to_text(), text=True)
    yield Example("Map proof that there is no `rules` record", section, absent.to_text(), text=True)
    digests = [leaf_hash(sha256(name)) for name in (b"zero", b"one", b"two")]
    item = ItemProof(7, 1, 3, sha256(b"one"), tree_path(digests, 1))
    yield Example("Item 1 of 3 of the batch at log index 7", "ledger.md section 7", item.to_bytes(), text=True)
    opened = [Disclosure(0, "file_name", SALT, "数据.csv")]
    yield Example("Disclosures", "ledger.md section 7", disclosures_bytes(opened), text=True)


EPOCH_ID = epoch_id(LEDGER, 1, ROSTER.digest, sha256(jcs(GENESIS.consensus)))
PREFIXES = {kind: VOTE_TAG + bytes([kind]) + EPOCH_ID for kind in Kind}
NOTARIZE = Statement(Kind.NOTARIZE, 7, 5, 6, ends_epoch=False, block_hash=HEADER.digest)
OTHER = Statement(Kind.NOTARIZE, 7, 5, 6, ends_epoch=False, block_hash=sha256(b"another block"))
NULLIFY = Statement(Kind.NULLIFY, 6)


def _vote(statement: Statement, signer: int) -> Vote:
    name = ROSTER.members[signer].name
    return Vote(statement, signer, key(f"vote {name}").sign(statement.to_bytes(PREFIXES, 1)))


def _consensus() -> Iterator[Example]:
    certificate = Certificate.of([_vote(NOTARIZE, signer) for signer in (0, 1, 3)], 4)
    skipped = Certificate.of([_vote(NULLIFY, signer) for signer in (0, 1, 2)], 4)
    evidence = Evidence.of(_vote(NOTARIZE, 2), _vote(OTHER, 2))
    assert evidence is not None, "two votes of one view for two blocks are an offence"
    yield Example("Statement: notarize in view 7, epoch 1", "consensus.md section 2.1", NOTARIZE.to_bytes(PREFIXES, 1))
    yield Example("Statement: nullify view 6", "consensus.md section 2.1", NULLIFY.to_bytes(PREFIXES, 1))
    yield Example("Certificate of members 0, 1 and 3 of four", "consensus.md section 2.2", certificate.data)
    data = evidence.to_bytes(1, EPOCH_ID)
    yield Example("Evidence: member 2 notarized two blocks in one view", "consensus.md section 2.10", data)
    sent: list[messages.Message] = [
        messages.Proposal(b"block", certificate, (skipped,), _vote(NOTARIZE, 1)),
        messages.VoteMessage(_vote(NOTARIZE, 2)),
        messages.Certificates((certificate, skipped)),
        messages.Status(9, 4, HEADER.digest, 6, 7, bytes([0b10010000]) + bytes(messages.HAVE_BYTES - 1)),
        messages.GetCertificates(5, 69),
        messages.GetBlock(HEADER.digest),
        messages.BlockMessage(b"block"),
        messages.GetRange(1, 1000),
        messages.Range((b"block", b"next"), certificate),
        messages.EvidenceMessage(data),
    ]
    for number, message in enumerate(sent, start=1):
        bytes_ = messages.encode_message(EPOCH_ID, message)
        yield Example(f"Message {number}: {type(message).__name__}", "consensus.md section 2.2", bytes_)


def _links() -> Iterator[Example]:
    hello = encode_control(Hello(1, LEDGER, COURT.name))
    yield Example("Frame: the court's hello", "node.md section 1", frame_head(Channel.CONTROL, len(hello)) + hello)
    for message in (Ping(1), Pong(1)):
        yield Example(type(message).__name__, "node.md section 1", encode_control(message))
    entries = encode_entries([ENTRY.data])
    gossip = frame_head(Channel.ENTRIES, len(entries)) + entries
    yield Example("Frame: gossip of one entry", "node.md section 1", gossip)


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, examples in (
        ("The ledger", _ledger()),
        ("The state and what packs add", _state()),
        ("A change of the roster: the exchange has another vote key", _rosters()),
        ("Consensus", _consensus()),
        ("Links between nodes", _links()),
    ):
        parts.append(f"## {title}\n")
        parts.extend(example.to_markdown() for example in examples)
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
