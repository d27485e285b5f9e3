"""The node's links: one mutual TLS 1.3 connection to every other institution, kept up as long as the node runs.

Of each pair the institution whose name is lower dials and the other listens, so that two connections never race; a new
one from the same institution replaces the old, which is then dead or forgotten on the other side. A refused
certificate, a stranger, another ledger or garbage ends a connection and nothing else. Redials back off to two seconds,
so that a node that comes back is met soon.

Whom to expect comes from the roster in force and the one before it (`expect`): where a roster follows, a link
that both sides still may have stays up, so that who left, who joined and who changes its TLS key can be led on.
Left out: what frames mean (driver.py, gossip.py, cosigner.py).
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from datadeed_ledger.roster import Roster
from datadeed_node.certificates import link_issuer
from datadeed_node.link import Link
from datadeed_node.metrics import Metrics
from datadeed_node.wire import Channel

log = structlog.get_logger(__name__)

HANDSHAKE_S_MAX = 5.0
SHUTDOWN_S_MAX = 1.0  # for the other side's goodbye; a connection that is closed carries nothing more of worth
REDIAL_S_MIN, REDIAL_S_MAX = 0.1, 2.0
CHECK_S = 1.0
STRANGERS_LOGGED_S = 10.0  # at most one line in this time: a stranger must not fill the disk


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """One other institution as this node sees it. is_member: of the roster in force; else of another."""

    name: str
    connected: bool
    round_trip_ms: float | None
    is_member: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a node shows on a link: the files of its certificate and of that certificate's private key (PEM)."""

    certificate_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is on a link."""

    name: str
    fingerprint: bytes
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class _Peer:
    """Another institution: where it is, and every pin by which it may be known now."""

    address: str
    pins: frozenset[bytes]
    is_member: bool


class Links:
    """All links of one node. `received` and `changed` are called on the loop; a peer is a member's name."""

    def __init__(
        self,
        identity: Identity,
        metrics: Metrics,
        *,
        queue_bytes_max: int,
        received: Callable[[str, Channel, bytes], None],
        changed: Callable[[str, bool], None],
    ) -> None:
        self.fingerprint = identity.fingerprint
        self.own_name = identity.name
        self.queue_bytes_max = queue_bytes_max
        self._peers: dict[str, _Peer] = {}
        self._by_pin: dict[bytes, str] = {}
        self._metrics = metrics
        self._received = received
        self._changed = changed
        self._up: dict[str, Link] = {}
        self._all: set[Link] = set()
        self._server_context = _context(ssl.PROTOCOL_TLS_SERVER)
        self._client_context = _context(ssl.PROTOCOL_TLS_CLIENT)
        self.show(identity.certificate)
        self._server: asyncio.Server | None = None
        self._watching: asyncio.Task[None] | None = None
        self._dialling: dict[str, asyncio.Task[None]] = {}
        self._stranger_logged_at = -STRANGERS_LOGGED_S
        self.port = 0

    def show(self, certificate: Certificate) -> None:
        """The certificate of every connection from now on; those that stand keep theirs."""
        for context in (self._server_context, self._client_context):
            context.load_cert_chain(certificate.certificate_file, certificate.key_file)

    def expect(self, present: Roster, before: Roster | None, ahead: Roster | None = None) -> None:
        """Link with the members of the roster in force and of the one before it, each under the pin of either.

        What stands and is still expected goes on; any other link ends. ahead: a later one, where this node knows that
        it is behind (newest_roster.py).
        """
        self._peers = _peers(self.own_name, present, [each for each in (ahead, present, before) if each is not None])
        self._by_pin = {pin: name for name, peer in self._peers.items() for pin in peer.pins}
        for link in list(self._all):
            if link.name is not None and self._by_pin.get(link.pin) != link.name:
                link.drop("the rosters that count now do not pin its certificate")
        if self._server is not None:
            self._dial()

    async def start(self, host: str, port: int) -> None:
        """Listen and begin to dial."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: self._make(None),
            host,
            port,
            ssl=self._server_context,
            ssl_handshake_timeout=HANDSHAKE_S_MAX,
            ssl_shutdown_timeout=SHUTDOWN_S_MAX,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._dial()
        self._watching = loop.create_task(self._watch(), name="watch links")

    async def stop(self) -> None:
        """Stop dialling and listening; what is queued still leaves."""
        tasks = [*self._dialling.values(), *([] if self._watching is None else [self._watching])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        links = list(self._all)
        for link in links:
            link.close("this node stops")
        if self._server is not None:
            self._server.close()
        if links:
            await asyncio.wait([link.closed for link in links], timeout=HANDSHAKE_S_MAX)

    def send(self, peer: str, channel: Channel, payload: bytes) -> None:
        """Queue one frame for one peer; a peer whose link is down simply does not get it."""
        link = self._up.get(peer)
        if link is not None:
            link.send(channel, payload)

    def broadcast(self, channel: Channel, payload: bytes, peers: Collection[str] | None = None) -> None:
        """To all peers, or to all of these."""
        for name, link in self._up.items():
            if peers is None or name in peers:
                link.send(channel, payload)

    def hold(self, peer: str, *, held: bool) -> None:
        """Stop or go on reading from one peer."""
        link = self._up.get(peer)
        if link is not None:
            link.hold(held=held)

    def drop(self, peer: str, reason: str) -> None:
        """End the link with a peer that sent what no honest node sends."""
        link = self._up.get(peer)
        if link is not None:
            link.drop(reason)

    def peers(self) -> list[PeerStatus]:
        """Every other institution that a link may exist with, in order of names."""
        found = []
        for name, peer in sorted(self._peers.items()):
            link = self._up.get(name)
            round_trip_ms = None if link is None else link.round_trip_ms
            found.append(PeerStatus(name, link is not None, round_trip_ms, peer.is_member))
        return found

    # --- for links ---------------------------------------------------------------------------------------------------

    def expected(self, pin: bytes, link: Link) -> str | None:
        """The name of the member with this pin, if a link with it may exist in this direction."""
        self._all.add(link)
        name = self._by_pin.get(pin)
        if name is None:
            return None
        if link.dialled is not None:
            return name if name == link.dialled else None
        return name if name < self.own_name else None

    def up(self, link: Link) -> None:
        peer = self._name(link)
        older = self._up.get(peer)
        if older is not None:
            older.drop("a newer connection from the same institution")
            self._lost(older, peer)
        self._up[peer] = link
        self._metrics.links_up.set(len(self._up))
        log.info("link up", peer=peer)
        self._changed(peer, True)

    def down(self, link: Link, reason: str) -> None:
        self._all.discard(link)
        if link.name is None:
            self._metrics.links_refused.inc()
            now = asyncio.get_running_loop().time()
            if now - self._stranger_logged_at >= STRANGERS_LOGGED_S:
                self._stranger_logged_at = now
                log.warning("link refused", reason=reason)
            return
        self._metrics.link_bytes.labels(link.name, "in").inc(link.bytes_in)
        self._metrics.link_bytes.labels(link.name, "out").inc(link.bytes_out)
        if self._up.get(link.name) is link:
            log.info("link down", peer=link.name, reason=reason)
            self._lost(link, link.name)
        elif not link.is_up:
            self._metrics.links_refused.inc()
            log.info("link refused", peer=link.name, reason=reason)

    def received(self, link: Link, channel: Channel, payload: bytes) -> None:
        peer = self._name(link)
        if self._up.get(peer) is link:
            self._received(peer, channel, payload)

    def dropped(self, link: Link, channel: Channel) -> None:
        if link.name is not None:
            self._metrics.frames_dropped.labels(link.name, channel.name.lower()).inc()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _make(self, dialled: str | None) -> Link:
        return Link(self, dialled=dialled)

    def _name(self, link: Link) -> str:
        assert link.name is not None, "a link without a member is never heard"
        return link.name

    def _lost(self, link: Link, peer: str) -> None:
        link.is_up = False
        self._up.pop(peer, None)
        self._metrics.links_up.set(len(self._up))
        self._changed(peer, False)

    def _dial(self) -> None:
        """Have a task for everybody that this node dials, and for nobody else."""
        wanted = {name for name in self._peers if self.own_name < name}
        for name in self._dialling.keys() - wanted:
            self._dialling.pop(name).cancel()
        for name in sorted(wanted - self._dialling.keys()):
            self._dialling[name] = asyncio.get_running_loop().create_task(self._keep(name), name=f"dial {name}")

    async def _keep(self, name: str) -> None:
        """Dial one institution, stay until the link ends, dial again, at the address that the newest roster gives."""
        loop = asyncio.get_running_loop()
        wait_s = REDIAL_S_MIN
        while True:
            host, _, port = self._peers[name].address.rpartition(":")
            try:
                _, link = await loop.create_connection(
                    lambda: self._make(name),
                    host.strip("[]"),
                    int(port),
                    ssl=self._client_context,
                    ssl_handshake_timeout=HANDSHAKE_S_MAX,
                    ssl_shutdown_timeout=SHUTDOWN_S_MAX,
                )
                await asyncio.shield(link.closed)
                if link.bytes_in > 0:
                    wait_s = REDIAL_S_MIN
            except (OSError, ssl.SSLError, TimeoutError) as error:
                log.debug("dial failed", peer=name, error=str(error))
            # Both sides of a healed cut would otherwise dial in step with everybody else.
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, keeps no secret
            wait_s = min(2 * wait_s, REDIAL_S_MAX)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(CHECK_S)
            for link in list(self._all):
                link.check(loop.time())


def _peers(own_name: str, present: Roster, newest_first: Iterable[Roster]) -> dict[str, _Peer]:
    """Everybody that these rosters name, where the newest of them says that it is."""
    found: dict[str, _Peer] = {}
    for roster in newest_first:
        for member in roster.members:
            known = found.get(member.name)
            if known is None:
                is_member = present.by_name(member.name) is not None
                found[member.name] = _Peer(member.peer, frozenset({member.tls}), is_member)
            else:
                found[member.name] = _Peer(known.address, known.pins | {member.tls}, known.is_member)
    found.pop(own_name, None)
    return found


def _context(protocol: int) -> ssl.SSLContext:
    """TLS 1.3 only, a certificate from both sides; whose it is, is decided by the pin and not by a name."""
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=link_issuer())
    return context
