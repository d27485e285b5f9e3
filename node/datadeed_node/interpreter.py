"""Two settings of Python itself for a process that runs a node; what they gain is measured in bench/.

Garbage: a node makes few reference cycles and keeps tens of thousands of entries; with the default thresholds the
collector walks them all again and again (a tenth of the throughput). Threads: the writer thread only needs the
interpreter's lock to say that a write is durable; at the default interval it waits for it up to 5 ms beside a busy
loop, and votes wait with it (p99 of an entry's latency halves).
"""

from __future__ import annotations

import gc
import sys

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 100
_SWITCH_S = 0.0005


def settle() -> None:
    """Apply both to this process. What lives already is taken out of the collector's sight."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    sys.setswitchinterval(_SWITCH_S)
