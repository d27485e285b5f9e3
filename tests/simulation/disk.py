"""What survives a crash of a simulated member: consensus rows and the committed chain, as of the last completed write.

Writes are whole batches. A crash before a batch is complete loses all of it, after it nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from simulation.blocks import GENESIS, Application, ToyBlock

from datadeed_consensus.core import Floor

Rows = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Committed:
    block: bytes
    digest: bytes
    view: int
    certificate: bytes
    epoch: int = 1
    ends_epoch: bool = False


@dataclass(slots=True)
class Disk:
    rows: dict[bytes, bytes] = field(default_factory=dict)
    chain: list[Committed] = field(default_factory=list)  # heights 1, 2, 3, ...

    def write(self, puts: Rows, deletes: Iterable[bytes], committed: Committed | None = None) -> list[bytes]:
        """One synced batch. Gives the values of the rows that are gone."""
        self.rows.update(puts)
        gone = [self.rows.pop(key) for key in deletes if key in self.rows]
        if committed is not None:
            self.chain.append(committed)
        return gone

    def floor(self) -> Floor:
        if not self.chain:
            return Floor(0, GENESIS.digest, GENESIS.time_ms, 0, b"")
        tip = self.chain[-1]
        epoch = tip.epoch + tip.ends_epoch
        newest = next((each for each in reversed(self.chain) if each.certificate and each.epoch == epoch), None)
        view, certificate = (0, b"") if newest is None else (newest.view, newest.certificate)
        return Floor(len(self.chain), tip.digest, ToyBlock.parse(tip.block).time_ms, view, certificate)

    def application(self) -> Application:
        """The state as a restart finds it."""
        application = Application()
        for each in self.chain:
            block = ToyBlock.parse(each.block)
            assert not application.execute(each.digest, block), "the own chain executes"
            application.deliver(each.digest, block)
        return application

    def block_of(self, digest: bytes) -> bytes | None:
        return next((each.block for each in self.chain if each.digest == digest), None)

    def end_of(self, epoch: int) -> Committed | None:
        """The block that ended the epoch."""
        return next((each for each in self.chain if each.ends_epoch and each.epoch == epoch), None)

    def page(self, from_height: int, blocks_max: int, bytes_max: int, epoch: int) -> tuple[list[bytes], bytes] | None:
        """Blocks of an epoch from a height on, up to a certified one, and its certificate."""
        blocks: list[bytes] = []
        certified: tuple[list[bytes], bytes] | None = None
        for each in self.chain[from_height - 1 :]:
            if each.epoch != epoch:
                break
            if certified and (len(blocks) >= blocks_max or sum(map(len, blocks)) >= bytes_max):
                break
            blocks.append(each.block)
            if each.certificate:
                certified = (list(blocks), each.certificate)
        return certified
