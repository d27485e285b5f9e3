"""A small real ledger in memory, and nodes that serve it over HTTP on this machine: honest ones, late ones and liars.

Blocks, rules, state, proofs and packs are the ledger room's own; only consensus is missing: every entry is final in a
block of its own at once, and all institutions of the roster cosign. `twin()` copies it, so that two histories can part.
"""

from __future__ import annotations

import base64
import copy
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from datadeed.keyring import Cost, HeldKey
from datadeed_ledger.chain import Executed, build, genesis_block
from datadeed_ledger.checkpoint import Checkpoint, cosign, sign_checkpoint, tlog_proof_text
from datadeed_ledger.encoding import decode, sha256, to_b64
from datadeed_ledger.entry import Body, Entry, key_proof_message
from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused, Unproven
from datadeed_ledger.evidence import entry_pack, export_pack, title_pack
from datadeed_ledger.evidence.container import write_container
from datadeed_ledger.evidence.reader import RosterChange
from datadeed_ledger.evidence.succession import roster_step
from datadeed_ledger.header import Header
from datadeed_ledger.keys import SigningKey, verify
from datadeed_ledger.merkle import Frontier, consistency_path, inclusion_path, new_nodes
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, Note, VerifierKey
from datadeed_ledger.roster import Genesis, Member, Roster
from datadeed_ledger.rulebook import RuleBook
from datadeed_ledger.rules import RuleSet, shipped
from datadeed_ledger.statemap import MapProof, Pair, StateMap
from datadeed_ledger.tiles import Tile, entry_bundle, hash_tile

ORIGIN = "ledger.example.cn/dataip"
ROLES = {
    "court.example.cn": "court",
    "exchange.example.cn": "exchange",
    "ip-office.example.cn": "registrar",
    "notary.example.cn": "notary",
}
HOUR_MS = 3_600_000
CHEAP = Cost(memory_bytes=8192, operations=1)  # of a passphrase that nobody will ever guess at
SEAL = bytes(32)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def key_of(label: str) -> SigningKey:
    return SigningKey(sha256(label.encode()))


def member(name: str, role: str, api: str = "http://127.0.0.1:1") -> Member:
    return Member(
        name=name,
        roles=(role,),
        api=api,
        peer=f"{name}:7000",
        title_en=f"Example {role}",
        title_zh=f"示例{role}",
        vote=key_of(f"vote {name}").public_key,
        office=key_of(f"office {name}").public_key,
        tls=sha256(name.encode()),
        cosign=VerifierKey(name, COSIGNATURE_TYPE, key_of(f"cosign {name}").public_key),
        log=VerifierKey(ORIGIN, LOG_TYPE, key_of(f"log {name}").public_key),
    )


def office(role: str) -> HeldKey:
    """The office key of the institution with this role."""
    name = next(name for name, its_role in ROLES.items() if its_role == role)
    return HeldKey(sha256(name.encode()), key_of(f"office {name}"))


def party(number: int) -> HeldKey:
    return HeldKey(b"party" + number.to_bytes(11, "big"), key_of(f"party {number}"))


def found(founded_ms: int | None = None, consensus: dict[str, Any] | None = None) -> Genesis:
    """A founding document; another `consensus` makes another ledger of the same institutions."""
    roster = Roster.of(1, [member(name, role) for name, role in ROLES.items()])
    return Genesis.of(ORIGIN, founded_ms or now_ms() - HOUR_MS, consensus or {}, {}, shipped("demo-fast"), roster)


def describe(deposit: bytes) -> dict[str, Any]:
    """What an application says of the data in one deposit."""
    return {
        "object_name": "Air quality of a city, hourly",
        "industry": "64",
        "sources": ["self_collected"],
        "personal_data": False,
        "data_format": "csv",
        "size_bytes": 5,
        "update_frequency": "daily",
        "deposits": [{"deposit": deposit, "item": None}],
    }


class PaperLedger:
    """What four institutions have agreed on, as one snapshot under its newest checkpoint: an `EvidenceReader`."""

    def __init__(self, genesis: Genesis | None = None) -> None:
        self.genesis = genesis or found()
        self.rules = RuleSet.from_json(self.genesis.rules)
        self.rosters = [self.genesis.roster]
        self.changes: dict[int, RosterChange] = {}
        self.records: dict[bytes, bytes] = {}
        self.leaves: list[bytes] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.frontier = Frontier.EMPTY
        self.indexes: dict[bytes, int] = {}
        self.frontiers: dict[str, Frontier] = {}
        self.events: dict[str, list[int]] = {}
        self.headers: list[Header] = []
        self.state_map = StateMap()
        self._commit(genesis_block(self.genesis, self.rules))

    def twin(self) -> PaperLedger:
        """The same ledger up to here; what either records from now on the other does not know."""
        return copy.deepcopy(self)

    # --- writing -----------------------------------------------------------------------------------------------------

    @property
    def roster(self) -> Roster:
        """In force for the next block."""
        return self.rosters[-1]

    def add(self, *entries: Entry, by: Sequence[str] | None = None) -> None:
        """A block of these entries, cosigned by the institutions `by`, or all; raises what the rules raise."""
        built = build(self.tip, self, entries, max(now_ms(), self.tip.header.time_ms + 1), 0, _check)
        for _, error in built.left_out:
            raise error
        self._commit(built.executed, by)

    def amend(
        self, *, joins: Sequence[Member] = (), leaves: Sequence[str] = (), by: Sequence[str] | None = None
    ) -> Entry:
        """Another roster from the next block on; every member of either signs, those of `by` cosign."""
        stay = [each for each in self.roster.members if each.name not in leaves]
        members = sorted((*stay, *joins), key=lambda each: each.name)
        following = Roster.of(self.roster.version + 1, members)
        entry = self.roster_entry(following, [*self.roster.members, *joins])
        self.add(entry, by=by)
        return entry

    def roster_entry(self, following: Roster, signers: Sequence[Member]) -> Entry:
        held = [HeldKey(each.member_id, key_of(f"office {each.name}")) for each in signers]
        return self.entry("amend_roster", held, {"roster": following.document}, b"roster%d" % following.version)

    def _commit(self, executed: Executed, by: Sequence[str] | None = None) -> None:
        for key, record in executed.changes.records.items():
            if record is None:
                del self.records[key]
            else:
                self.records[key] = record
        for level, index, node in new_nodes(self.frontier, executed.leaf_hashes):
            self.nodes[level, index] = node
        self.frontier = self.frontier.extend(executed.leaf_hashes)
        self.leaves += [*executed.block.entries, executed.block.header_bytes]
        self.indexes.update(dict(executed.changes.entries))
        self.frontiers.update(executed.changes.frontiers)
        for subject, _, index in executed.changes.touched:
            self.events.setdefault(subject, []).append(index)
        self.state_map = executed.state_map or self.state_map
        self.tip = executed.tip
        self.headers.append(executed.tip.header)
        self.checkpoint = self.cosigned(Checkpoint(ORIGIN, self.frontier.size, self.frontier.root), by)
        if executed.next_roster is not None:
            version = executed.next_roster.version
            self.changes[version] = RosterChange(version, executed.tip.header.first, self.checkpoint)
            self.rosters.append(executed.next_roster)

    def cosigned(self, checkpoint: Checkpoint, by: Sequence[str] | None = None) -> bytes:
        """The note of a checkpoint under the present roster, served by the exchange, or the first member."""
        server = self.roster.by_name("exchange.example.cn") or self.roster.members[0]
        lines = [sign_checkpoint(checkpoint, server.log, key_of(f"log {server.name}"))]
        for each in self.roster.members:
            if by is None or each.name in by:
                time_s = max(now_ms(), self.tip.header.time_ms) // 1000
                lines.append(cosign(checkpoint, each.cosign, key_of(f"cosign {each.name}"), time_s))
        return Note(checkpoint.body, tuple(lines)).to_bytes()

    def entry(self, kind: str, signers: Sequence[HeldKey], data: Mapping[str, Any], nonce: bytes) -> Entry:
        by = tuple(sorted(each.signer_id for each in signers))
        body = Body(self.genesis.fingerprint, kind, by, nonce.ljust(16, b"."), now_ms() + HOUR_MS, data)
        return Entry.build(body, {each.signer_id: each.key for each in signers})

    def enrol(self, key: HeldKey) -> Entry:
        """Enrol the party that holds `key`, at once."""
        message = key_proof_message(self.genesis.fingerprint, key.signer_id, key.public_key)
        data = {
            "party": key.signer_id,
            "public_key": key.public_key,
            "key_proof": key.key.sign(message),
            "party_type": "enterprise",
            "name": SEAL,
            "credit_code": SEAL,
        }
        entry = self.entry("enrol", [office("registrar")], data, b"enrol" + key.signer_id[-8:])
        self.add(entry)
        return entry

    # --- reading -----------------------------------------------------------------------------------------------------

    @property
    def genesis_bytes(self) -> bytes:
        return self.genesis.document

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
        return self.events[subject][position]

    def read_bucket(self, bucket: int) -> Sequence[Pair]:
        start = bucket.to_bytes(2, "big")
        return [(key, sha256(record)) for key, record in sorted(self.records.items()) if key.startswith(start)]

    def rules_at(self, time_ms: int) -> RuleSet:
        return RuleBook(self.rules).in_force(self, time_ms)

    def header_at(self, height: int) -> bytes:
        return self.headers[height].to_bytes()

    def block_height_of(self, index: int) -> int:
        return next(header.height for header in self.headers if index <= header.index)

    def hash(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def map_proof(self, prefix: bytes) -> MapProof:
        return self.state_map.prove(prefix, self.read_bucket)

    def subject_events(self, subject: str) -> Sequence[int]:
        return self.events.get(subject, [])

    def roster_change(self, version: int) -> RosterChange | None:
        return self.changes.get(version) if version <= self.tip.header.roster_version else None

    def stamp_after(self, index: int) -> None:
        """No time-stamp is kept here."""

    def proof(self, index: int) -> str:
        """The tlog-proof of a leaf under the newest checkpoint."""
        path = inclusion_path(index, self.frontier.size, self.hash)
        return tlog_proof_text(index, path, self.checkpoint).decode()

    def roster_evidence(self, version: int) -> dict[str, bytes]:
        """What proves this roster to whoever knows the one before, part by part; KeyError where there is none."""
        return roster_step(self, self.changes[version])

    def receipt(self, entry_id: bytes) -> dict[str, Any]:
        index = self.indexes[entry_id]
        header = self.headers[self.block_height_of(index)]
        last = self.headers[-1]
        return {
            "entry_id": entry_id.hex(),
            "index": index,
            "height": header.height,
            "tlog_proof": self.proof(index),
            "block_header": header.to_bytes().decode(),
            "block_header_proof": self.proof(header.index),
            "header": last.to_bytes().decode(),
            "header_proof": self.proof(last.index),
        }


def _check(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    verify(public_key, message, signature)


# --- nodes -----------------------------------------------------------------------------------------------------------

Answer = Callable[[Request], Response | None]
"""What a node says instead of the truth; None lets the truth through."""


def problem(status: int, kind: str, detail: str, **more: Any) -> JSONResponse:
    retry = {"retry-after": str(more.pop("retry_after_s"))} if "retry_after_s" in more else {}
    document = {"type": f"about:{kind}", "title": kind, "status": status, "detail": detail, "kind": kind, **more}
    return JSONResponse(document, status, retry, "application/problem+json")


class PaperNode:
    """One institution's node. lie: asked before each answer; calls: what was asked, in order."""

    def __init__(self, ledger: PaperLedger) -> None:
        self.ledger = ledger
        self.lie: Answer = lambda request: None
        self.calls: list[str] = []
        self.bodies: list[bytes] = []
        self.url = ""
        self._lock = threading.Lock()

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(self._answer, request, body)

    def _answer(self, request: Request, body: bytes) -> Response:
        with self._lock:
            self.calls.append(f"{request.method} {request.url.path}")
            self.bodies.append(body)
            lie = self.lie(request)
            if lie is not None:
                return lie
            try:
                return self._truth(request, body)
            except Malformed as error:
                return problem(400, "malformed", str(error))
            except Refused as error:
                return problem(409, "refused", error.en, rule=error.number, detail_zh=error.zh)
            except Busy as error:
                return problem(503, "busy", str(error), retry_after_s=error.retry_after_s)
            except Unproven as error:
                return problem(404, "not-found", str(error))

    def _truth(self, request: Request, body: bytes) -> Response:
        match [request.method, *request.url.path.split("/")[1:]]:
            case ["GET", "genesis"]:
                return Response(self.ledger.genesis.document, media_type="application/json")
            case ["GET", "checkpoint"]:
                return Response(self.ledger.checkpoint, media_type="text/plain")
            case ["GET", "tile", *_]:
                return self._tile(Tile.parse(request.url.path[1:]))
            case ["GET", "consistency"]:
                return self._consistency(int(request.query_params["from"]), int(request.query_params["to"]))
            case ["POST", "entries"]:
                return self._submit(Entry.parse(body), wait=request.query_params.get("wait") == "true")
            case ["POST", "entries", "batch"]:
                return self._batch(body)
            case ["GET", "entries", hex_id]:
                return self._entry(bytes.fromhex(hex_id))
            case ["GET", "entries", hex_id, "receipt"]:
                return JSONResponse(self.ledger.receipt(self._known(hex_id)))
            case ["GET", "entries", hex_id, "evidence"]:
                return Response(entry_pack(self.ledger, self._known(hex_id)), media_type="application/zip")
            case ["GET", "rights", hex_id, "evidence"]:
                return Response(title_pack(self.ledger, self._known(hex_id)), media_type="application/zip")
            case ["GET", "register", "export"]:
                return Response(export_pack(self.ledger), media_type="application/zip")
            case ["GET", "rosters", version, "evidence"]:
                return self._roster_evidence(int(version))
            case ["GET", "rights" | "parties", hex_id]:
                return JSONResponse({"id": hex_id})
        return problem(404, "not-found", "no such route")

    def _known(self, hex_id: str) -> bytes:
        entry_id = bytes.fromhex(hex_id)
        if entry_id not in self.ledger.indexes:
            raise Unproven("lookup", f"no entry {hex_id}")
        return entry_id

    def _submit(self, entry: Entry, *, wait: bool) -> Response:
        if entry.entry_id not in self.ledger.indexes:
            self.ledger.add(entry)
        if wait:
            return JSONResponse(self.ledger.receipt(entry.entry_id))
        return JSONResponse({"entry_id": entry.entry_id.hex(), "status": "pending"}, 202)

    def _batch(self, body: bytes) -> Response:
        results: list[dict[str, Any]] = []
        entries = decode(body, bytes_max=4 * 1024 * 1024)
        assert isinstance(entries, list)
        for data in entries:
            assert isinstance(data, bytes)
            entry = Entry.parse(data)
            try:
                self._submit(entry, wait=False)
                results.append({"entry_id": entry.entry_id.hex(), "status": "pending"})
            except DatadeedError as error:
                results.append({"entry_id": entry.entry_id.hex(), "status": "refused", "problem": str(error)})
        return JSONResponse(results)

    def _entry(self, entry_id: bytes) -> Response:
        index = self.ledger.indexes[self._known(entry_id.hex())]
        data = base64.b64encode(self.ledger.leaf(index)).decode()
        document = {"entry_id": entry_id.hex(), "status": "recorded", "index": index, "entry": data}
        return JSONResponse(document)

    def _roster_evidence(self, version: int) -> Response:
        if self.ledger.roster_change(version) is None:
            raise Unproven("lookup", f"no roster {version}")
        zipped = write_container(self.ledger.roster_evidence(version).items())
        return Response(zipped, media_type="application/zip")

    def _tile(self, tile: Tile) -> Response:
        if not tile.is_in(self.ledger.frontier.size):
            raise Unproven("lookup", "no such tile yet")
        reader = self.ledger
        data = entry_bundle(tile, reader.leaf) if tile.level is None else hash_tile(tile, reader.hash)
        return Response(data, media_type="application/octet-stream")

    def _consistency(self, old: int, new: int) -> Response:
        if new > self.ledger.frontier.size:
            raise Unproven("lookup", f"the log has {self.ledger.frontier.size} leaves")
        path = consistency_path(old, new, self.ledger.hash)
        return JSONResponse({"from": old, "to": new, "path": [to_b64(each) for each in path]})


class Host:
    """An HTTP server on a free port of 127.0.0.1 that lends itself to one node after another: stopping one is slow."""

    idle: ClassVar[list[Host]] = []
    all: ClassVar[list[Host]] = []

    def __init__(self) -> None:
        self.node: PaperNode | None = None
        # Bound and listening before the thread runs, so that a first call waits in the backlog.
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        routes = [Route("/{rest:path}", self._answer, methods=["GET", "POST"])]
        config = uvicorn.Config(
            Starlette(routes=routes), log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        self.all.append(self)

    async def _answer(self, request: Request) -> Response:
        return problem(503, "busy", "no node here now") if self.node is None else await self.node.answer(request)

    @classmethod
    def stop_all(cls) -> None:
        for host in cls.all:
            host._server.should_exit = True
        for host in cls.all:
            host._thread.join(10)
        cls.all.clear()
        cls.idle.clear()


@contextmanager
def serving(*nodes: PaperNode) -> Iterator[None]:
    """Serve each node on a port of its own; their `url` is set."""
    hosts = [Host.idle.pop() if Host.idle else Host() for _ in nodes]
    for host, node in zip(hosts, nodes, strict=True):
        host.node, node.url = node, host.url
    try:
        yield
    finally:
        for host in hosts:
            host.node = None
        Host.idle.extend(hosts)


def closed_port_url() -> str:
    """The address of a port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
