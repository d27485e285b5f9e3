"""What one member knows, in one place: the parts that the rules share, and who else may change which.

`tally`, `blocks`, `rows`, `ballot` own their state. The rest is written by one rule each: `floor` and `ended` by
finality.py, `cur` and `armed_ms` by pace.py, `candidates` and `faults` by proposals.py and leadership.py, `work_…` by
core.py and finality.py. Spec section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass

from datadeed_consensus.ballot import Ballot
from datadeed_consensus.blocks import Blocks, Verdict
from datadeed_consensus.effects import Alarm
from datadeed_consensus.guard import Kind, Situation
from datadeed_consensus.members import Members
from datadeed_consensus.rows import Rows
from datadeed_consensus.setup import Floor, Setup
from datadeed_consensus.tally import Tally
from datadeed_consensus.turn import Turn
from datadeed_consensus.votes import Certificate, Statement


@dataclass(frozen=True, slots=True)
class Candidate:
    """The one block that may get this member's notarize vote in a view. Its body is among the blocks."""

    statement: Statement  # the notarize statement
    base: bytes  # digest of what it stands on: its parent, or for a block that is proposed again (R15) itself
    is_own: bool = False

    @property
    def is_again(self) -> bool:
        return self.base == self.statement.block_hash


class Replica:
    def __init__(self, setup: Setup, floor: Floor) -> None:
        self.setup = setup
        self.parameters = setup.parameters
        self.turn = Turn()
        self.members = Members(setup)
        self.tally = Tally(self.members.size, self.members.quorum)
        self.blocks = Blocks(self.turn)
        self.rows = Rows(setup, self.turn)
        self.ballot = Ballot(self.members, self.rows, setup.sign)
        self.floor = floor
        self.cur = floor.view + 1
        self.armed_ms: int | None = None
        self.candidates: dict[int, Candidate] = {}
        self.faults: dict[int, str] = {}  # views whose proposal can never be voted for, and why
        self.work_pending = False
        self.work_known_ms = 0
        self.penalties = [0] * self.members.size  # a peer's invalid messages, for metrics
        self.halted = False
        self.ended = False

    @property
    def gap(self) -> int:
        """Views since the final one in which nothing became final: what back-off and slack grow with."""
        return max(0, self.cur - self.floor.view - 1)

    @property
    def work(self) -> bool:
        """Whether entries wait here; right after entries were delivered the driver may not have said yet."""
        return self.work_pending and self.turn.due(self.work_known_ms)

    @property
    def settled_view(self) -> int:
        """Up to here no vote, notarization or nullification can matter any more."""
        above = self.tally.finalizations()
        return above[0].statement.view - 1 if above else self.floor.view

    def proven(self) -> Certificate | None:
        """The highest finalization whose block is not committed yet."""
        above = self.tally.finalizations()
        return above[0] if above and above[0].statement.height > self.floor.height else None

    def situation(self, view: int) -> Situation:
        """What the guard asks about a view. Halted or without its vote table a member's epoch is closed."""
        notarization = self.tally.certificate(view, Kind.NOTARIZE)
        digest = None if notarization is None else notarization.statement.block_hash
        held = None if digest is None else self.blocks.get(digest)
        executed = held is not None and held.verdict is Verdict.VALID
        return Situation(self.ballot.is_open, self.floor.view, self.cur, digest, executed)

    def alarm(self, name: str, text: str) -> None:
        self.turn.say(Alarm(name, text, halt=False))

    def halt(self, name: str, text: str) -> None:
        """A promise of more than f members is broken, or this member's state: vote and deliver no more."""
        if not self.halted:
            self.turn.say(Alarm(name, text, halt=True))
        self.halted = True
        self.ballot.is_open = False

    def end(self) -> None:
        """The floor is the last block of the epoch: vote and deliver no more in it, for ever."""
        self.ended = True
        self.ballot.is_open = False

    def stop_voting(self, text: str) -> None:
        """Own votes may be missing: follow on, but never vote again in this epoch (2.8.4)."""
        if self.ballot.is_open:
            self.alarm("votes-lost", f"{text}; this member follows without voting until its vote key is rotated")
        self.ballot.is_open = False
        self.turn.put(*self.rows.sentinel(self.floor, may_vote=False))
