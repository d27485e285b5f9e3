"""What peers of every epoch are given from the store, and the floor from which a core begins."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from institutions import Institutions, run
from succession import Succession

from datadeed_consensus.core import Floor
from datadeed_consensus.messages import RANGE_BYTES_MAX, encode_block, encode_end, encode_range
from datadeed_ledger import chain
from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.keys import verify
from datadeed_node.epochs import Epochs
from datadeed_node.store import Store


class Chain:
    """A store whose blocks carry made-up certificates: `finality` is copied, never looked into here."""

    def __init__(self, folder: Path) -> None:
        self.four = Institutions(folder)
        self.succession = Succession(self.four)
        self.store = Store.open(folder / "data", self.four.genesis)
        self.epochs = Epochs(self.store)
        self._deposits = 0

    def commit(self, *entries: Entry, certificate: bytes = b"", view: int = 0) -> int:
        tip = self.store.tip
        built = chain.build(tip, self.store, entries, tip.header.time_ms + 1, 0, _check_signature)
        assert built.left_out == ()
        self.store.prepare(built.executed, view or tip.height + 1, certificate).write()
        self.store.adopt(built.executed)
        return self.store.tip.height

    def deposit(self, certificate: bytes = b"") -> int:
        self._deposits += 1
        return self.commit(self.four.deposit(self._deposits), certificate=certificate)

    def end_epoch(self, certificate: bytes) -> int:
        return self.commit(self.succession.change(self.succession.rekeyed(0, "office")), certificate=certificate)

    def id_of(self, version: int) -> bytes:
        return self.epochs.id_of(self.store.rosters[version - 1])

    def blocks(self, first: int, last: int) -> list[bytes]:
        return [self.store.block_at(height) for height in range(first, last + 1)]


def _check_signature(public_key: bytes, message: bytes, signature: bytes, entry: Entry) -> None:
    verify(public_key, message, signature)


@pytest.fixture
def made(tmp_path: Path) -> Chain:
    """Heights 1 and 2 in epoch 1, which 3 ends; 4 and 5 in epoch 2, which goes on. 1 and 4 carry no certificate."""
    made = Chain(tmp_path)
    made.deposit()
    made.deposit(b"second")
    made.end_epoch(b"end of the first")
    made.commit()
    made.commit(certificate=b"fifth")
    return made


def test_a_page_holds_blocks_of_its_epoch_alone_up_to_a_certified_one(made: Chain) -> None:
    async def main() -> None:
        first, second = made.id_of(1), made.id_of(2)
        page = made.epochs.page
        assert first != second
        assert await page(1, RANGE_BYTES_MAX, first) == encode_range(first, made.blocks(1, 3), b"end of the first")
        assert await page(1, 1, first) == encode_range(first, made.blocks(1, 2), b"second")
        assert await page(3, RANGE_BYTES_MAX, first) == encode_range(first, made.blocks(3, 3), b"end of the first")
        assert await page(4, RANGE_BYTES_MAX, second) == encode_range(second, made.blocks(4, 5), b"fifth")

    run(main())


def test_no_page_of_another_epoch_of_none_or_from_beyond_the_chain(made: Chain) -> None:
    async def main() -> None:
        for height, of in (
            (4, made.id_of(1)),
            (3, made.id_of(2)),
            (0, made.id_of(1)),
            (6, made.id_of(2)),
            (1, bytes(32)),
        ):
            assert await made.epochs.page(height, RANGE_BYTES_MAX, of) is None
        made.commit()
        assert await made.epochs.page(6, RANGE_BYTES_MAX, made.id_of(2)) is None, "no certificate covers it yet"

    run(main())


def test_the_end_of_an_epoch_is_told_once_it_has_ended(made: Chain) -> None:
    assert made.epochs.end(made.id_of(1)) == encode_end(made.id_of(1), b"end of the first")
    assert made.epochs.end(made.id_of(2)) is None
    assert made.epochs.end(bytes(32)) is None
    made.end_epoch(b"end of the second")
    assert made.epochs.end(made.id_of(2)) == encode_end(made.id_of(2), b"end of the second")
    assert made.epochs.end(made.id_of(1)) == encode_end(made.id_of(1), b"end of the first")
    assert made.epochs.end(made.id_of(3)) is None


def test_a_committed_block_is_told_under_the_asker_s_epoch(made: Chain) -> None:
    (third,) = made.blocks(3, 3)
    digest = sha256(made.store.header_at(3))
    assert made.epochs.block(digest, made.id_of(1)) == encode_block(made.id_of(1), third)
    assert made.epochs.block(digest, bytes(32)) is None
    assert made.epochs.block(bytes(32), made.id_of(1)) is None


def test_a_core_begins_at_the_tip_with_the_newest_certificate_of_its_epoch(tmp_path: Path) -> None:
    made = Chain(tmp_path)

    def floor(view: int, certificate: bytes) -> Floor:
        tip = made.store.tip
        return Floor(tip.height, tip.digest, tip.header.time_ms, view, certificate)

    assert made.epochs.floor() == floor(0, b"")
    made.commit(certificate=b"first", view=7)
    assert made.epochs.floor() == floor(7, b"first")
    made.commit(view=7)
    made.commit(view=7)
    assert made.epochs.floor() == floor(7, b"first"), "of the block that has one, not of the tip"
    made.end_epoch(b"end")
    assert made.epochs.floor() == floor(0, b""), "an epoch begins in view 1, whatever ended the one before"
    made.commit()
    assert made.epochs.floor() == floor(0, b"")
    made.commit(certificate=b"of the next", view=2)
    assert made.epochs.floor() == floor(2, b"of the next")


def test_a_long_page_gives_the_loop_its_turn(made: Chain) -> None:
    async def main() -> None:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(count())
        await made.epochs.page(1, RANGE_BYTES_MAX, made.id_of(1))
        counting.cancel()
        assert turns >= 2

    run(main())
