"""The own votes: one table, one guard, one signer. Spec sections 2.4 and D4.

A vote is made here or nowhere. It is a row before anything else is done with it; afterwards it is only sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from datadeed_consensus.guard import Kind, OwnVotes, Situation, may_vote
from datadeed_consensus.members import Members
from datadeed_consensus.rows import Rows
from datadeed_consensus.votes import Statement, Vote


class Ballot:
    def __init__(self, members: Members, rows: Rows, sign: Callable[[bytes], bytes]) -> None:
        self._members = members
        self._rows = rows
        self._sign = sign
        self._table: dict[int, dict[Kind, Vote]] = {}
        self.is_open = members.own is not None

    def vote(self, view: int, kind: Kind) -> Vote | None:
        return self._table.get(view, {}).get(kind)

    def views(self) -> Iterable[int]:
        """Those in which this member voted, in no order."""
        return self._table.keys()

    def said(self, view: int) -> OwnVotes:
        votes = self._table.get(view, {})
        notarize, finalize = votes.get(Kind.NOTARIZE), votes.get(Kind.FINALIZE)
        return OwnVotes(
            notarize=None if notarize is None else notarize.statement.block_hash,
            nullify=Kind.NULLIFY in votes,
            finalize=None if finalize is None else finalize.statement.block_hash,
        )

    def notarized(self) -> list[bytes]:
        """Digests that this member voted for, newest view first."""
        said = (self.said(view).notarize for view in sorted(self._table, reverse=True))
        return [digest for digest in said if digest is not None]

    def cast(self, statement: Statement, at: Situation) -> Vote | None:
        """Sign and keep the vote if the guard allows it."""
        digest = statement.block_hash or None
        if not may_vote(statement.kind, statement.view, digest, self.said(statement.view), at):
            return None
        assert self._members.own is not None, "the guard lets no stranger vote"
        vote = Vote(statement, self._members.own, self._sign(self._members.message(statement)))
        self.restore(vote)
        self._rows.put_vote(vote)
        return vote

    def restore(self, vote: Vote) -> None:
        """Put back a vote that a row remembers."""
        self._table.setdefault(vote.statement.view, {})[vote.statement.kind] = vote

    def drop_through(self, final_view: int) -> None:
        for view in [view for view in self._table if view <= final_view]:
            del self._table[view]
