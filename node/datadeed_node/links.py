"""The node's links: one mutual TLS 1.3 connection to every other institution, kept up as long as the node runs.

Of each pair the institution that stands first in the roster dials and the other listens, so that two connections never
race; a new one from the same institution replaces the old, which is then dead or forgotten on the other side. A refused
certificate, a stranger, another ledger or garbage ends a connection and nothing else. Redials back off to two seconds,
so that a node that comes back is met soon. Left out: what frames mean (driver.py, mempool.py, cosigner.py).
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from datadeed_ledger.roster import Member, Roster
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
    """One other institution as this node sees it."""

    name: str
    connected: bool
    round_trip_ms: float | None


@dataclass(frozen=True, slots=True)
class Identity:
    """What this node shows on a link."""

    name: str
    fingerprint: bytes
    certificate_file: Path
    key_file: Path


class Links:
    """All links of one node. `received` and `changed` are called on the loop; peer is the roster's index."""

    def __init__(
        self,
        identity: Identity,
        roster: Roster,
        metrics: Metrics,
        *,
        queue_bytes_max: int,
        received: Callable[[int, Channel, bytes], None],
        changed: Callable[[int, bool], None],
    ) -> None:
        self.fingerprint = identity.fingerprint
        self.own_name = identity.name
        self.queue_bytes_max = queue_bytes_max
        self._roster = roster
        self._own = roster.index_of(identity.name)
        self._by_pin = {member.tls: index for index, member in enumerate(roster.members) if index != self._own}
        self._metrics = metrics
        self._received = received
        self._changed = changed
        self._up: dict[int, Link] = {}
        self._all: set[Link] = set()
        self._server_context = _context(ssl.PROTOCOL_TLS_SERVER, identity)
        self._client_context = _context(ssl.PROTOCOL_TLS_CLIENT, identity)
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._stranger_logged_at = -STRANGERS_LOGGED_S
        self.port = 0

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
        self._tasks = [
            loop.create_task(self._keep(member), name=f"dial {member.name}")
            for member in self._roster.members[self._own + 1 :]
        ]
        self._tasks.append(loop.create_task(self._watch(), name="watch links"))

    async def stop(self) -> None:
        """Stop dialling and listening; what is queued still leaves."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        links = list(self._all)
        for link in links:
            link.close("this node stops")
        if self._server is not None:
            self._server.close()
        if links:
            await asyncio.wait([link.closed for link in links], timeout=HANDSHAKE_S_MAX)

    def send(self, peer: int, channel: Channel, payload: bytes) -> None:
        """Queue one frame for one peer; a peer whose link is down simply does not get it."""
        link = self._up.get(peer)
        if link is not None:
            link.send(channel, payload)

    def broadcast(self, channel: Channel, payload: bytes) -> None:
        for link in self._up.values():
            link.send(channel, payload)

    def hold(self, peer: int, *, held: bool) -> None:
        """Stop or go on reading from one peer."""
        link = self._up.get(peer)
        if link is not None:
            link.hold(held=held)

    def drop(self, peer: int, reason: str) -> None:
        """End the link with a peer that sent what no honest node sends."""
        link = self._up.get(peer)
        if link is not None:
            link.drop(reason)

    def peers(self) -> list[PeerStatus]:
        """Every other member, in roster order."""
        return [
            PeerStatus(member.name, index in self._up, self._up[index].round_trip_ms if index in self._up else None)
            for index, member in enumerate(self._roster.members)
            if index != self._own
        ]

    # --- for links ---------------------------------------------------------------------------------------------------

    def expected(self, pin: bytes, link: Link) -> Member | None:
        """The member with this pin, if a link with it may exist in this direction."""
        self._all.add(link)
        index = self._by_pin.get(pin)
        if index is None:
            return None
        member = self._roster.members[index]
        if link.dialled is not None:
            return member if member == link.dialled else None
        return member if index < self._own else None

    def up(self, link: Link) -> None:
        peer = self._index(link)
        older = self._up.get(peer)
        if older is not None:
            older.drop("a newer connection from the same institution")
            self._lost(older, peer)
        self._up[peer] = link
        self._metrics.links_up.set(len(self._up))
        log.info("link up", peer=self._roster.members[peer].name)
        self._changed(peer, True)

    def down(self, link: Link, reason: str) -> None:
        self._all.discard(link)
        if link.member is None:
            self._metrics.links_refused.inc()
            now = asyncio.get_running_loop().time()
            if now - self._stranger_logged_at >= STRANGERS_LOGGED_S:
                self._stranger_logged_at = now
                log.warning("link refused", reason=reason)
            return
        peer = self._index(link)
        self._metrics.link_bytes.labels(link.member.name, "in").inc(link.bytes_in)
        self._metrics.link_bytes.labels(link.member.name, "out").inc(link.bytes_out)
        if self._up.get(peer) is link:
            log.info("link down", peer=link.member.name, reason=reason)
            self._lost(link, peer)
        elif not link.is_up:
            self._metrics.links_refused.inc()
            log.info("link refused", peer=link.member.name, reason=reason)

    def received(self, link: Link, channel: Channel, payload: bytes) -> None:
        peer = self._index(link)
        if self._up.get(peer) is link:
            self._received(peer, channel, payload)

    def dropped(self, link: Link, channel: Channel) -> None:
        if link.member is not None:
            self._metrics.frames_dropped.labels(link.member.name, channel.name.lower()).inc()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _make(self, dialled: Member | None) -> Link:
        return Link(self, dialled=dialled)

    def _index(self, link: Link) -> int:
        assert link.member is not None, "a link without a member is never heard"
        return self._by_pin[link.member.tls]

    def _lost(self, link: Link, peer: int) -> None:
        link.is_up = False
        self._up.pop(peer, None)
        self._metrics.links_up.set(len(self._up))
        self._changed(peer, False)

    async def _keep(self, member: Member) -> None:
        """Dial one institution, stay until the link ends, dial again."""
        loop = asyncio.get_running_loop()
        host, _, port = member.peer.rpartition(":")
        wait_s = REDIAL_S_MIN
        while True:
            try:
                _, link = await loop.create_connection(
                    lambda: self._make(member),
                    host.strip("[]"),
                    int(port),
                    ssl=self._client_context,
                    ssl_handshake_timeout=HANDSHAKE_S_MAX,
                    ssl_shutdown_timeout=SHUTDOWN_S_MAX,
                )
                await link.closed
                if link.bytes_in > 0:
                    wait_s = REDIAL_S_MIN
            except (OSError, ssl.SSLError, TimeoutError) as error:
                log.debug("dial failed", peer=member.name, error=str(error))
            # Both sides of a healed cut would otherwise dial in step with everybody else.
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, keeps no secret
            wait_s = min(2 * wait_s, REDIAL_S_MAX)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(CHECK_S)
            for link in list(self._all):
                link.check(loop.time())


def _context(protocol: int, identity: Identity) -> ssl.SSLContext:
    """TLS 1.3 only, a certificate from both sides; whose it is, is decided by the pin and not by a name."""
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=link_issuer())
    context.load_cert_chain(identity.certificate_file, identity.key_file)
    return context
