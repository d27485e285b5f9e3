"""The newest proven checkpoint that this machine has seen, and what every later one must agree with.

Only a log that grows can be trusted: each proven checkpoint must be the beginning or the continuation of the one that
is remembered. A node that shows a shorter log is merely *behind*; two checkpoints that no node can show to be of one
log are a *fork*, and both are kept as evidence against whoever signed both. The memory lies on disk, one for all
programs of this user; the last to write wins, after it has proven that it agrees with what it found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from datadeed.home import LedgerFolder
from datadeed.problems import Behind, Fork, json_object
from datadeed.receipts import Head, Retired
from datadeed.session import Answer, Flow, Request, Session, at_once
from datadeed_ledger.checkpoint import PATH_HASHES_MAX, Checkpoint
from datadeed_ledger.encoding import from_b64
from datadeed_ledger.errors import Busy, Malformed, Unproven
from datadeed_ledger.merkle import HASH_BYTES, verify_consistency
from datadeed_ledger.notes import Note

AGREED_MAX: Final = 1024  # checkpoints that need not be compared again: the receipts of one burst share a few


@dataclass(slots=True)
class Memory:
    """What `folder` remembers, and what was found to agree with it."""

    folder: LedgerFolder
    _agreed: OrderedDict[Checkpoint, None] = field(default_factory=OrderedDict)

    def newest(self) -> Checkpoint | None:
        """The checkpoint that is remembered, or None before the first."""
        note = self.folder.newest_checkpoint()
        return None if note is None else Checkpoint.parse(Note.parse(note).body)

    @property
    def size(self) -> int:
        """How long the log was when it was seen longest; 0 before the first time."""
        newest = self.newest()
        return newest.size if newest else 0

    def agree(self, session: Session, head: Head, url: str, size_min: int) -> Flow[None]:
        """Make sure that `head`, shown by the node at `url`, agrees with what is remembered, and remember the longer.

        size_min: what was remembered when the node was asked. Raises `Behind` when the node knew less than that,
        `Fork` when the two contradict each other, `Busy` when no node that answers can tell.
        """
        new = head.checkpoint
        while True:
            known = self.newest()
            if known is None or known == new:
                break
            if new not in self._agreed:
                yield from self._compare(session, head, known, url)
            if self.newest() == known:  # else another program has remembered more meanwhile: compare with that
                break
        if known is None or new.size > known.size:
            self.folder.remember_checkpoint(head.signed.note)
        self._note_agreed(new)
        if new.size < size_min:
            raise Behind(f"{url} shows a log of {new.size} leaves; one of {size_min} was proven before")

    def _compare(self, session: Session, head: Head, known: Checkpoint, url: str) -> Flow[None]:
        new = head.checkpoint
        if new.size == known.size:
            raise self.fork(head, "have two roots for one size")
        older, newer = sorted((known, new), key=lambda each: each.size)
        try:
            yield from session.ask_any(
                Request("GET", f"/consistency?from={older.size}&to={newer.size}"),
                at_once(lambda answer: _verify_consistency(answer, older, newer)),
                first=url,
            )
        except (Unproven, Busy, Malformed) as error:
            if isinstance(error, Unproven) and error.step == "consistency":
                raise self.fork(head, f"are shown to be of one log by no node that answers ({error})") from error
            # Nobody who answers knows both sizes: nothing is shown either way.
            what = f"no node could show that the log of {new.size} leaves agrees with that of {known.size} ({error})"
            raise (Behind if new is older else Busy)(what) from error

    @contextmanager
    def keeping_lies(self) -> Iterator[None]:
        """What members of a roster signed after it had ended is kept as evidence against them, and is a `Fork`."""
        try:
            yield
        except Retired as error:
            raise self.fork(error.head, f"cannot both be: {error.reason}") from error

    def fork(self, head: Head, reason: str) -> Fork:
        """Keep `head` and what is remembered, of which a quorum signed each and only one can be true; the error.

        reason: what both of them do, as a part of a sentence.
        """
        remembered, new = self.folder.newest_checkpoint(), head.signed.note
        notes = [new] if remembered is None else [remembered, new]
        checkpoints = [Checkpoint.parse(Note.parse(note).body) for note in notes]
        paths = [
            str(self.folder.keep_fork(f"{each.size}-{each.root.hex()[:16]}", note))
            for each, note in zip(checkpoints, notes, strict=True)
        ]
        sizes = " and ".join(str(each.size) for each in checkpoints)
        return Fork(f"checkpoints of {sizes} leaves {reason}; a quorum signed both, kept as {' and '.join(paths)}")

    def _note_agreed(self, checkpoint: Checkpoint) -> None:
        self._agreed[checkpoint] = None
        while len(self._agreed) > AGREED_MAX:
            self._agreed.popitem(last=False)


def _verify_consistency(answer: Answer, older: Checkpoint, newer: Checkpoint) -> None:
    """A node's consistency proof: JSON with the hashes, in base64, as `path`."""
    path = json_object(answer.body, "the consistency proof").get("path")
    if not isinstance(path, list) or len(path) > 2 * PATH_HASHES_MAX:
        raise Unproven("answer", "the consistency proof has no list of hashes 'path'")
    hashes = tuple(from_b64(each if isinstance(each, str) else "", length=HASH_BYTES) for each in path)
    verify_consistency(older.size, newer.size, hashes, older.root, newer.root)
