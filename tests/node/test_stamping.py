"""A node asks a real time-stamp authority, keeps what holds, puts it into packs; one that fails holds nothing up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from institutions import free_port, run, until
from served_node import Served, served
from timestamp_authority import Authority, serving

from datadeed.timestamp_authorities import trusted_authorities
from datadeed_ledger.checkpoint import Checkpoint
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence import Stamp, verify_pack
from datadeed_ledger.notes import Note
from datadeed_ledger.timestamp_token import RESPONSE_BYTES_MAX
from datadeed_node import layout
from datadeed_node.config import Config
from datadeed_node.database import Database
from datadeed_node.fault import Fault
from datadeed_node.metrics import Metrics
from datadeed_node.repair import rebuild
from datadeed_node.stamps import Stamps, row_of_stamp
from datadeed_node.store import Store
from datadeed_node.verify_store import verify_store

BUFFER_BYTES = 4 * 1024 * 1024


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.found(tmp_path / "authority")


@asynccontextmanager
async def stamped_by(folder: Path, *authorities: dict[str, Any]) -> AsyncIterator[Served]:
    """A node that asks these; its first entry is recorded."""
    async with served(folder / "node", timestamp_authorities=authorities) as told:
        yield told


def stamps(told: Served) -> int:
    return len(list(told.node.store._database.scan(layout.stamp_key(0), layout.after(b"y"))))


def counted(metrics: Metrics, outcome: str) -> float:
    samples = (sample for metric in metrics.registry.collect() for sample in metric.samples)
    return sum(
        sample.value
        for sample in samples
        if sample.name == "datadeed_timestamps_total" and sample.labels["outcome"] == outcome
    )


def test_an_entry_is_stamped_and_its_pack_brings_the_token(tmp_path: Path, authority: Authority) -> None:
    async def main(url: str) -> bytes:
        asked = {"url": url, "interval_s": 1, "roots": authority.root}
        async with stamped_by(tmp_path, asked) as told:
            entry = told.deposit()
            await told.recorded(entry)
            index = told.node.store.entry_index(entry.entry_id)
            assert index is not None
            await until(lambda: told.node.store.stamps.after(index) is not None, "a token")
            await until(lambda: counted(told.node.metrics, "kept") >= 1, "it is counted")
            pack = await told.client.get(f"/entries/{entry.entry_id.hex()}/evidence")
            check = trusted_authorities(authority.root)
            report = verify_pack(pack.content, told.node.genesis.fingerprint, check_authority=check)
            (facts,) = report.timestamps
            assert facts.covers == (index,)
            assert facts.authority == "CN=Test Authority,O=Example,C=CN"
            stamp = told.node.store.stamps.after(index)
            assert stamp is not None
            assert authority.accepts(Note.parse(stamp.note).body, stamp.response)
            metrics = (await told.client.get("/metrics")).text
            assert 'datadeed_timestamps_total{authority="127.0.0.1' in metrics
            return stamp.response

    with serving(authority) as url:
        assert run(main(url))


def test_a_checkpoint_is_stamped_once(tmp_path: Path, authority: Authority) -> None:
    async def main(url: str) -> None:
        async with stamped_by(tmp_path, {"url": url, "interval_s": 1}) as told:
            await told.recorded(told.deposit())
            size = told.node.store.tip.log_size
            await until(lambda: told.node.store.stamps.has(size), "a token over the newest checkpoint")
            await told.recorded(told.deposit())
            size = told.node.store.tip.log_size
            await until(lambda: told.node.store.stamps.has(size), "a token over the next")
            await until(lambda: stamps(told) == counted(told.node.metrics, "kept"), "all counted")
            assert authority.asked == stamps(told)

    with serving(authority) as url:
        run(main(url))


def test_authorities_that_fail_are_counted_and_delay_nothing(tmp_path: Path, authority: Authority) -> None:
    """A dead one, one that answers nonsense first, and one whose tokens are under another root."""
    stranger = Authority.found(tmp_path / "stranger", "Stranger")
    long = b"x" * (RESPONSE_BYTES_MAX + 1)
    other = authority.stamp(b"something else")
    authority.answer_instead = [(503, b""), (200, b"nonsense"), (200, long), (200, other)]

    async def main(url: str) -> None:
        asked = (
            {"url": f"http://127.0.0.1:{free_port()}/", "interval_s": 1},
            {"url": url, "interval_s": 1, "roots": stranger.root},
        )
        async with stamped_by(tmp_path, *asked) as told:
            entry = told.deposit()
            await told.recorded(entry)
            await until(lambda: authority.asked >= 6, "six requests", deadline_s=30)
            await until(lambda: counted(told.node.metrics, "failed") >= 7, "seven failures")
            assert stamps(told) == 0
            later = told.deposit()
            await told.recorded(later)
            pack = await told.client.get(f"/entries/{entry.entry_id.hex()}/evidence")
            report = verify_pack(pack.content, told.node.genesis.fingerprint)
            assert report.timestamps == ()

    with serving(authority) as url:
        run(main(url))


def test_an_answer_to_another_request_is_not_kept(tmp_path: Path, authority: Authority) -> None:
    authority.changes_nonces = True

    async def main(url: str) -> None:
        async with stamped_by(tmp_path, {"url": url, "interval_s": 1}) as told:
            await told.recorded(told.deposit())
            await until(lambda: counted(told.node.metrics, "failed") >= 1, "a refusal")
            assert stamps(told) == 0
            authority.changes_nonces = False
            await until(lambda: stamps(told) >= 1, "a token")

    with serving(authority) as url:
        run(main(url))


def test_verify_knows_the_rows_and_a_rebuilt_store_keeps_those_that_hold(tmp_path: Path, authority: Authority) -> None:
    async def main(url: str) -> tuple[Config, Any]:
        async with stamped_by(tmp_path, {"url": url, "interval_s": 1}) as told:
            await told.recorded(told.deposit())
            await until(lambda: stamps(told) >= 1, "a token")
            return told.node.config, told.node.genesis

    with serving(authority) as url:
        config, genesis = run(main(url))

    def quiet(step: str, done: int, total: int) -> None:
        """Nobody watches."""

    assert verify_store(config, genesis, quiet).height > 0
    database = Database(config.data_folder, write_buffer_bytes=BUFFER_BYTES)
    (key, value), *_ = database.scan(layout.stamp_key(0), layout.after(b"y"))
    kept = Stamps(database).after(0)
    assert isinstance(kept, Stamp)
    other = authority.stamp(b"something else")
    forged = row_of_stamp(Stamp(kept.size, kept.note, other))
    for row, reason in ((forged, "over something else"), ((key, b"\x01"), "is not a checkpoint and a response")):
        batch = database.batch()
        batch.put(*row)
        batch.write()
        database.close()
        with pytest.raises(Fault, match=reason) as fault:
            verify_store(config, genesis, quiet)
        assert fault.value.key == key.hex()
        database = Database(config.data_folder, write_buffer_bytes=BUFFER_BYTES)
    batch = database.batch()
    batch.put(key, value)
    batch.put(*row_of_stamp(Stamp(kept.size + 10_000, kept.note, kept.response)))
    batch.write()
    database.close()
    rebuild(config.data_folder, genesis, write_buffer_bytes=BUFFER_BYTES)
    store = Store.open(config.data_folder, genesis)
    again = store.stamps.after(0)
    assert again is not None
    assert (again, Checkpoint.parse(Note.parse(again.note).body).size) == (kept, kept.size)
    assert store.stamps.after(kept.size + 1000) is None
    store.close()


def test_a_file_of_certificates_that_is_none_is_named_before_the_node_starts(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text("nothing")

    async def main() -> None:
        async with stamped_by(tmp_path, {"url": "http://127.0.0.1:1/", "roots": tmp_path / "roots.pem"}):
            raise AssertionError("it started")

    with pytest.raises(Malformed, match=r"roots\.pem is not a file of certificates"):
        run(main())
