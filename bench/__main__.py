"""The bench: found a ledger of four node processes, load it, ask it, and print conditions, figures and bars.

The last line of standard output is JSON. Nothing is tuned for the bench: nodes run with their defaults and every
signature is checked once on every node.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import uvloop

from bench.entries import Party, Signed, deposits, enrol, parties
from bench.machine import conditions, disk_bytes, peak_memory_bytes
from bench.measure import Load, counters, latency, proofs_per_s, recorded_everywhere
from datadeed_node.ceremony import own_member
from datadeed_node.demo.processes import INSTITUTIONS, Nodes, found_ledger
from datadeed_node.founding import consensus_parameters, rule_set_data
from datadeed_node.key_files import read_key

WARM_UP_S = 5.0
LATENCY_PER_S = 100.0
LEAVES_FOR_PROOFS = 100_000
ENTRIES_PREPARED_PER_S = 5_000  # more than four nodes do on two cores
BASE_PORT = 8700
# figure: (bar, whether more is better)
BARS = {
    "entries_per_s": (1_500, True),
    "p50_ms": (100, False),
    "proofs_per_s": (1_000, True),
    "rss_mb_max": (400, False),
}


def main() -> None:
    wish = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="datadeed-bench-", dir=wish.dir))
    for name, value in conditions().items():
        print(f"{name:>14}: {value}", flush=True)
    ports = [(BASE_PORT + at, BASE_PORT + 10 + at) for at in range(len(INSTITUTIONS))]
    nodes = found_ledger(
        folder,
        ports,
        rules=rule_set_data("demo-fast"),
        consensus=consensus_parameters(),
        time_ms=time.time_ns() // 1_000_000,
    )
    try:
        nodes.start()
        nodes.wait_ready()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(Bench(nodes, folder, wish).run())
    finally:
        nodes.stop()
        shutil.rmtree(folder)
    for name, (bar, more) in BARS.items():
        held = figures[name] >= bar if more else figures[name] <= bar
        print(
            f"{name:>22} {figures[name]:>12,.1f}   bar {'≥' if more else '≤'} {bar:,}   {'held' if held else 'MISSED'}"
        )
    print(json.dumps(figures), flush=True)


class Bench:
    """One run over running nodes."""

    def __init__(self, nodes: Nodes, folder: Path, wish: argparse.Namespace) -> None:
        self._nodes = nodes
        self._folder = folder
        self._wish = wish
        self._ports = [int(node.api.rpartition(":")[2]) for node in nodes.nodes]
        self._sent: list[Signed] = []

    async def run(self) -> dict[str, float]:
        who = await self._enrolled()
        fingerprint, wish = self._nodes.genesis.fingerprint, self._wish
        count = int((wish.seconds + WARM_UP_S) * ENTRIES_PREPARED_PER_S)
        _say(f"signing {count:,} deposits in advance")
        entries = deposits(fingerprint, who, count)
        _say(f"entries of {len(entries[0].data)} bytes, 4 parties, batches of 100 to all nodes; {wish.seconds:g} s")
        load = Load(self._ports, entries)
        throughput = await load.run(WARM_UP_S, wish.seconds)
        spare = load.unsent
        self._sent = entries[: len(entries) - len(spare)]
        _say(f"{throughput.entries:,} final on all four nodes in {throughput.seconds:.1f} s; {throughput.busy:,} busy")
        await self._check_signature_counters()
        _say(f"latency at {LATENCY_PER_S:g} entries/s, single posts, for {wish.latency_seconds:g} s")
        singles, spare = _split(spare, int(wish.latency_seconds * LATENCY_PER_S))
        found = await latency(self._ports, singles, LATENCY_PER_S)
        self._sent += singles
        _say(f"p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms, {found.count:,} entries")
        await self._top_up(spare, who)
        size = int((await counters(self._ports[0]))["datadeed_published_size"])
        _say(f"tlog-proofs at random indexes of a log of {size:,} leaves, {wish.proof_seconds:g} s")
        proofs = await proofs_per_s(self._ports[0], self._sent, self._nodes.genesis.roster, wish.proof_seconds)
        memory = max(peak_memory_bytes(node.process.pid) for node in self._nodes.nodes if node.process is not None)
        disk = max(disk_bytes(node.folder / "data") for node in self._nodes.nodes)
        return {
            "entries_per_s": round(throughput.per_s, 1),
            "p50_ms": round(found.p50_ms, 1),
            "p99_ms": round(found.p99_ms, 1),
            "proofs_per_s": round(proofs, 1),
            "rss_mb_max": round(memory / 2**20, 1),
            "disk_bytes_per_entry": round(disk / len(self._sent), 1),
        }

    async def _enrolled(self) -> list[Party]:
        """Four parties, enrolled by the IP office."""
        node = self._nodes["ip-office"]
        member = own_member(node.folder, self._nodes.genesis)
        office_key = read_key(node.folder / "keys" / "office.key")
        who = parties()
        enrolments = [enrol(self._nodes.genesis.fingerprint, each, member.member_id, office_key) for each in who]
        await Load(self._ports, enrolments).run_all()
        return who

    async def _top_up(self, spare: list[Signed], who: list[Party]) -> None:
        """Let the log grow to the size that the proofs are asked of."""
        lacking = LEAVES_FOR_PROOFS - len(self._sent)
        if lacking <= 0:
            return
        _say(f"growing the log by {lacking:,} entries")
        more = spare[:lacking]
        more += deposits(self._nodes.genesis.fingerprint, who, lacking - len(more))
        await Load(self._ports, more).run_all()
        self._sent += more

    async def _check_signature_counters(self) -> None:
        for port in self._ports:
            found = await counters(port)
            checked, recorded = found["datadeed_signature_checks_total"], found["datadeed_entries_committed_total"]
            assert checked >= recorded, f"port {port}: {recorded:g} recorded, {checked:g} signatures checked"
        _say(f"every node has checked the signature of each of {await recorded_everywhere(self._ports):,} entries")


def _split(entries: list[Signed], count: int) -> tuple[list[Signed], list[Signed]]:
    assert len(entries) >= count, "too few entries were signed in advance"
    return entries[:count], entries[count:]


def _say(text: str) -> None:
    print(f"  · {text}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="of full load, after 5 s of warming up")
    parser.add_argument("--latency-seconds", type=float, default=20.0)
    parser.add_argument("--proof-seconds", type=float, default=10.0)
    parser.add_argument("--dir", default=None, help="where the ledger lies; the system's temporary folder by default")
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
