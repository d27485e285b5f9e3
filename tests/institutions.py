"""Institutions founded for a test: folders, keys, certificates, free ports, one genesis; entries that they accept."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Body, Entry, key_proof_message
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, VerifierKey
from datadeed_ledger.roster import Genesis, Member, Roster
from datadeed_ledger.rules import shipped
from datadeed_node.certificates import make_certificate, pin_of_pem
from datadeed_node.clock import Clock
from datadeed_node.config import Config
from datadeed_node.key_files import write_key
from datadeed_node.key_ring import PURPOSES
from datadeed_node.node import Node

ORIGIN = "ledger.example.cn/dataip"
ROLES = {
    "court.example.cn": ("court",),
    "exchange.example.cn": ("exchange",),
    "ip-office.example.cn": ("registrar",),
    "notary.example.cn": ("notary",),
}
EVERY_ROLE = ("registrar", "exchange", "court", "notary")
DEADLINE_S = 20.0
SEAL = bytes(32)
HOUR_MS = 3_600_000

T = TypeVar("T")


def key(label: str) -> SigningKey:
    return SigningKey(sha256(label.encode()))


PORTS = range(20_000, 32_000, 16)  # below those that the system gives to outgoing connections; room for a block each
_offered = itertools.count(os.getpid() * 37 % len(PORTS))  # processes that start together begin far from each other


def free_port() -> int:
    """A port that nobody listens at, and that no outgoing connection takes before the test's own server does."""
    for at in _offered:
        port = PORTS[at % len(PORTS)]
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError("the count never ends")


def run(main: Coroutine[Any, Any, T], *, deadline_s: float = 60.0) -> T:
    """Run one asynchronous test to its end on the loop that a node uses, or fail it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(asyncio.wait_for(main, deadline_s))


async def until(condition: Callable[[], object], what: str, *, deadline_s: float = DEADLINE_S) -> None:
    """Wait until `condition` holds; fail after the deadline."""
    end_s = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end_s, f"not in {deadline_s} s: {what}"
        await asyncio.sleep(0.005)


async def soon(work: Awaitable[T]) -> T:
    return await asyncio.wait_for(work, DEADLINE_S)


class Institutions:
    """`size` institutions, or those of `roles`, in folders under `folder`, founded just now unless told otherwise."""

    def __init__(
        self,
        folder: Path,
        size: int = 4,
        consensus: dict[str, Any] | None = None,
        *,
        roles: dict[str, tuple[str, ...]] | None = None,
        founded_ms: int | None = None,
        rules: str = "demo-fast",
        **config: Any,
    ) -> None:
        if roles is None:
            roles = dict(ROLES) if size == 4 else {f"m{at:02}.example.cn": EVERY_ROLE for at in range(size)}
        self.folder = folder
        self.names = list(roles)
        self.overrides = config
        self.members = [self.institution(name, given) for name, given in roles.items()]
        self.founded_ms = time.time_ns() // 1_000_000 - 1000 if founded_ms is None else founded_ms
        founding = Roster.of(1, self.members)
        self.genesis = Genesis.of(ORIGIN, self.founded_ms, consensus or {}, {}, shipped(rules), founding)

    def institution(self, name: str, roles: tuple[str, ...]) -> Member:
        """A new institution with a folder of its own."""
        folder = self.folder / name
        (folder / "tls").mkdir(parents=True)
        certificate, private = make_certificate(name)
        (folder / "tls" / "cert.pem").write_bytes(certificate)
        (folder / "tls" / "key.pem").write_bytes(private)
        (folder / "keys").mkdir()
        for purpose in PURPOSES:
            write_key(folder / "keys" / f"{purpose}.key", sha256(f"{purpose} {name}".encode()))
        return Member(
            name=name,
            roles=roles,
            api="http://127.0.0.1:1",
            peer=f"127.0.0.1:{free_port()}",
            title_en=name,
            title_zh=name,
            vote=key(f"vote {name}").public_key,
            office=key(f"office {name}").public_key,
            tls=pin_of_pem(certificate),
            cosign=VerifierKey(name, COSIGNATURE_TYPE, key(f"cosign {name}").public_key),
            log=VerifierKey(ORIGIN, LOG_TYPE, key(f"log {name}").public_key),
        )

    def config(self, at: int) -> Config:
        member = self.members[at]
        return Config(
            folder=self.folder / member.name,
            name=member.name,
            peer_port=int(member.peer.rpartition(":")[2]),
            **self.overrides,
        )

    def node(self, at: int, clock: Clock | None = None) -> Node:
        return Node(self.config(at), self.genesis, clock=clock)

    # --- entries -----------------------------------------------------------------------------------------------------

    def entry(
        self, kind: str, signers: dict[bytes, SigningKey], data: dict[str, Any], number: int, expires_ms: int = 0
    ) -> Entry:
        expires_ms = expires_ms or self.founded_ms + HOUR_MS
        by = tuple(sorted(signers))
        body = Body(self.genesis.fingerprint, kind, by, number.to_bytes(16, "big"), expires_ms, data)
        return Entry.build(body, signers)

    def enrol(self, number: int) -> Entry:
        """Enrol the party `party(number)` by the first registrar."""
        office, office_key = self.office("registrar")
        party, own = self.party(number)
        proof = own.sign(key_proof_message(self.genesis.fingerprint, party, own.public_key))
        data = {
            "party": party,
            "public_key": own.public_key,
            "key_proof": proof,
            "party_type": "enterprise",
            "name": SEAL,
            "credit_code": SEAL,
        }
        return self.entry("enrol", {office.member_id: office_key}, data, number)

    def office(self, role: str) -> tuple[Member, SigningKey]:
        """The first member with this role and its office key."""
        member = next(member for member in self.genesis.roster.members if role in member.roles)
        return member, key(f"office {member.name}")

    def party(self, number: int) -> tuple[bytes, SigningKey]:
        return b"party" + number.to_bytes(11, "big"), key(f"party {number}")

    def deposit(self, number: int, *, party: int | None = None, expires_ms: int = 0, **changed: Any) -> Entry:
        """A deposit by an enrolled party, or by the first member."""
        member = self.genesis.roster.members[0]
        signer = (member.member_id, key(f"office {member.name}")) if party is None else self.party(party)
        data = {
            "digest": sha256(number.to_bytes(8, "big")),
            "algorithm": "sha-256",
            "scope": "full",
            "size_bytes": number,
            "media_type": "text/plain",
            "formed_at": None,
            "file_name": SEAL,
            "description": SEAL,
            **changed,
        }
        return self.entry("deposit", dict([signer]), data, number, expires_ms)
