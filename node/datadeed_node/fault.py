"""What `datadeed-node verify` says of the first thing that is wrong, and how it tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""(step, done, total) as it goes on; total 0 where it is not known"""


class Fault(Exception):
    """The first thing that is wrong. block: its height; entry: its log index; key: the row's, hex; file: LevelDB's."""

    def __init__(
        self,
        what: str,
        block: int | None = None,
        entry: int | None = None,
        key: str | None = None,
        file: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what, self.block, self.entry, self.key, self.file = what, block, entry, key, file
