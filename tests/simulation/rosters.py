"""Who is a member when: the epochs of a simulated ledger. A member keeps its number; its place in a roster changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Epoch:
    """members: by signer index, which member of the simulation; keys: their vote keys, in the same order."""

    number: int
    epoch_id: bytes
    members: tuple[int, ...]
    keys: tuple[bytes, ...]

    def place(self, member: int) -> int | None:
        """The signer index of a member, if it is one in this epoch."""
        return self.members.index(member) if member in self.members else None
