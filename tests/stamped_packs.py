"""Packs with time-stamps, good and each broken in one way: for every verifier that judges step `timestamps`.

The responses are built by hand and signed by nobody: who signed is not what these packs are about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evidencekit import ORIGIN, checkpoint_note, story
from timestamp_responses import SHA512, der, imprint, info, integer, response

from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.encoding import sha256
from datadeed_ledger.evidence import absence_pack, entry_pack, title_pack
from datadeed_ledger.evidence.consistency import ConsistencyProof
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.header import Header
from datadeed_ledger.merkle import consistency_path, root_at
from datadeed_ledger.notes import Note

TOLD = story()
NEVER = "right/" + 64 * "e"
NEWEST = Checkpoint.parse(Note.parse(TOLD.ledger.checkpoint).body)
HEADERS = [Header.parse(data) for data in TOLD.ledger.headers]
TIME = b"20301231235959Z"  # well after the story
LATE_S = 1_924_991_998  # a second before: members sign one second apart, and the lower median counts

Parts = dict[str, bytes]


def checkpoint_of(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root_at(size, TOLD.ledger.hash))


def token(checkpoint: Checkpoint, *rest: bytes, time: bytes = TIME) -> bytes:
    return response(info(*rest, stamped=imprint(digest=sha256(checkpoint.body)), time=time))


def stamped(header: Header, time_s: int | None = None, answer: bytes | None = None) -> Parts:
    """The three parts of a time-stamp over the checkpoint that ends with this header."""
    checkpoint = checkpoint_of(header.log_size)
    signed_s = header.time_ms // 1000 + 1 if time_s is None else time_s
    size = checkpoint.size
    path = consistency_path(size, NEWEST.size, TOLD.ledger.hash)
    return {
        f"timestamps/{size}.checkpoint": checkpoint_note(size, checkpoint.root, signed_s),
        f"timestamps/{size}.tsr": answer or token(checkpoint),
        f"timestamps/{size}.consistency.txt": ConsistencyProof(size, NEWEST.size, path).to_text(),
    }


def stamped_packs() -> Iterator[tuple[str, bytes, str | None]]:
    """(name, pack, the question to ask); those called good pass."""
    entry = dict(read_container(entry_pack(TOLD.ledger, TOLD.deposit.entry_id)))
    title = dict(read_container(title_pack(TOLD.ledger, TOLD.right.entry_id)))
    absence = dict(read_container(absence_pack(TOLD.ledger, NEVER)))
    middle = HEADERS[len(HEADERS) // 2]
    for name, parts, ask in (("entry", entry, None), ("title", title, None), ("absence", absence, NEVER)):
        yield f"{name} stamped/good", _pack(parts | stamped(middle)), ask
    for name, parts in (*_good(middle), *_broken(middle)):
        yield f"entry stamped/{name}", _pack(entry | parts), None
    suffixes = ("checkpoint", "tsr", "consistency.txt")
    many = {f"timestamps/{size}.{suffix}": b"x" for size in range(1, 18) for suffix in suffixes}
    yield "entry stamped/seventeen", _pack(entry | many), None


def _pack(parts: Parts) -> bytes:
    return write_container(parts.items())


def _good(middle: Header) -> Iterator[tuple[str, Parts]]:
    checkpoint = checkpoint_of(middle.log_size)
    yield "good, over the pack's own checkpoint", stamped(HEADERS[-1])
    yield "good, over the founding block", stamped(HEADERS[0])
    yield "good, two of them", stamped(HEADERS[1]) | stamped(middle)
    options = (
        der(0x30, integer(1), der(0x80, b"\x02")), b"\x01\x01\xff", integer(7), der(0xA0, b"n"), der(0xA1, b"e")
    )  # fmt: skip
    yield "good, with every option", stamped(middle, answer=token(checkpoint, *options))
    yield "good, a fraction of a second", stamped(middle, answer=token(checkpoint, time=b"20301231235959.125Z"))
    yield "good, a clock a minute behind", stamped(middle, LATE_S + 60)
    accurate = token(checkpoint, der(0x30, integer(10)))
    yield "good, an accuracy of ten seconds", stamped(middle, LATE_S + 70, accurate)


def _broken(middle: Header) -> Iterator[tuple[str, Parts]]:
    size, checkpoint, parts = middle.log_size, checkpoint_of(middle.log_size), stamped(middle)
    note, tsr, proof = (f"timestamps/{size}.{suffix}" for suffix in ("checkpoint", "tsr", "consistency.txt"))
    for name in (note, tsr, proof):
        yield f"removed {name}", {key: data for key, data in parts.items() if key != name}
        for what, at in (("first", 0), ("last", len(parts[name]) - 1)):
            data = parts[name]
            yield f"{name}: {what} byte", parts | {name: data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]}
        yield f"{name}: cut", parts | {name: parts[name][:-1]}
        yield f"{name}: empty", parts | {name: b""}
    yield "older than its checkpoint", stamped(middle, LATE_S + 61)
    yield (
        "older than its checkpoint in spite of its accuracy",
        stamped(middle, LATE_S + 71, token(checkpoint, der(0x30, integer(10)))),
    )
    yield "over the whole note", parts | {tsr: response(info(stamped=imprint(digest=sha256(parts[note])), time=TIME))}
    yield "over another checkpoint", parts | {tsr: token(checkpoint_of(HEADERS[1].log_size))}
    yield "another hash", parts | {tsr: response(info(stamped=imprint(SHA512), time=TIME))}
    yield "a time without Z", parts | {tsr: token(checkpoint, time=TIME[:-1])}
    yield "a day that does not exist", parts | {tsr: token(checkpoint, time=b"20300229235959Z")}
    yield "not granted", parts | {tsr: response(status=b"\x02\x01\x02")}
    forked = Checkpoint(ORIGIN, size, sha256(b"another history"))
    signed_s = middle.time_ms // 1000
    fork = checkpoint_note(size, forked.root, signed_s)
    yield "a fork", parts | {note: fork, tsr: token(forked)}
    few = checkpoint_note(size, checkpoint.root, signed_s, signers=["court.cn", "office.cn"])
    yield "too few signed", parts | {note: few}
    yield "no log key signed", parts | {note: checkpoint_note(size, checkpoint.root, signed_s, log=[])}
    foreign = Checkpoint("ledger.example.cn/another", size, checkpoint.root)
    lines = Note.parse(parts[note]).lines
    yield "of another ledger", parts | {note: Note(foreign.body, lines).to_bytes(), tsr: token(foreign)}
    yield "under another size", {name.replace(f"/{size}.", f"/{size + 1}."): data for name, data in parts.items()}
    yield "a size in another spelling", {name.replace(f"/{size}.", f"/0{size}."): data for name, data in parts.items()}
    beyond = ConsistencyProof(size, NEWEST.size + 1, ConsistencyProof.parse(parts[proof]).path)
    yield "to another size", parts | {proof: beyond.to_text()}
    read = ConsistencyProof.parse(parts[proof])
    for what, path in (
        ("without its last hash", read.path[:-1]),
        ("with a hash more", (*read.path, read.path[-1])),
        ("with another hash", (*read.path[:-1], sha256(read.path[-1]))),
        ("reversed", read.path[::-1]),
    ):
        yield f"the proof {what}", parts | {proof: replace(read, path=path).to_text()}
    own = stamped(HEADERS[-1])
    empty = f"timestamps/{NEWEST.size}.consistency.txt"
    yield "a path between equal sizes", own | {empty: own[empty] + parts[proof].split(b"\n")[-2] + b"\n"}
    other = checkpoint_note(NEWEST.size, forked.root, HEADERS[-1].time_ms // 1000 + 1)
    stamp = token(Checkpoint(ORIGIN, NEWEST.size, forked.root))
    yield "another root of the same size", own | {
        f"timestamps/{NEWEST.size}.checkpoint": other, f"timestamps/{NEWEST.size}.tsr": stamp
    }  # fmt: skip
