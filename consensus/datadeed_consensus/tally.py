"""Votes and certificates of the views above the final one. Spec sections 2.3 (slots, certs), R2, R3 and 2.12.

It counts; it never verifies and never decides what follows. A slot belongs to (view, kind, signer) and keeps the
first statement that was put there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from datadeed_consensus.guard import Kind
from datadeed_consensus.votes import Certificate, Evidence, Statement, Vote

SLOTS_BELOW = 16  # views below cur whose slots still tell a second vote from a first
FINALIZATIONS_MAX = 4  # above the committed one; the highest proves the others' blocks


@dataclass(slots=True)
class _View:
    slots: dict[tuple[Kind, int], Vote] = field(default_factory=dict)
    counts: dict[Statement, list[Vote]] = field(default_factory=dict)
    certificates: dict[Kind, Certificate] = field(default_factory=dict)


class Tally:
    def __init__(self, size: int, quorum: int) -> None:
        self._size = size
        self._quorum = quorum
        self._views: dict[int, _View] = {}
        self._notarizations: dict[int, Certificate] = {}
        self._finalizations: dict[int, Certificate] = {}
        self._slots_from = 0
        self._surpassed = 0

    def vote(self, view: int, kind: Kind, signer: int) -> Vote | None:
        held = self._views.get(view)
        return None if held is None else held.slots.get((kind, signer))

    def count(self, view: int, kind: Kind) -> int:
        """Filled slots, whatever they say."""
        held = self._views.get(view)
        return 0 if held is None else sum(1 for slot in held.slots if slot[0] is kind)

    def offences(self, vote: Vote) -> list[Evidence]:
        """What `vote` proves together with its signer's votes held for the view."""
        held = (self.vote(vote.statement.view, kind, vote.signer) for kind in Kind)
        pairs = (Evidence.of(other, vote) for other in held if other is not None)
        return [evidence for evidence in pairs if evidence is not None]

    def place(self, vote: Vote) -> Certificate | None:
        """Fill the slot of a verified vote; the certificate that it completes, if it completes one."""
        statement = vote.statement
        if statement.view < self._slots_from and statement.kind is not Kind.FINALIZE:
            return None
        held = self._views.setdefault(statement.view, _View())
        slot = (statement.kind, vote.signer)
        if slot in held.slots:
            return None
        held.slots[slot] = vote
        same = held.counts.setdefault(statement, [])
        same.append(vote)
        if len(same) < self._quorum or statement.kind in held.certificates:
            return None
        return Certificate.of(same, self._size)

    def unverified(self, certificate: Certificate) -> list[Vote]:
        """Its votes that are not byte for byte in a slot."""
        statement = certificate.statement
        return [vote for vote in certificate.votes() if self.vote(statement.view, statement.kind, vote.signer) != vote]

    def hold(self, certificate: Certificate) -> None:
        """Keep a verified certificate, the first of its kind in its view."""
        kind, view = certificate.statement.kind, certificate.statement.view
        assert self.certificate(view, kind) is None, "the first certificate stays"
        self._views.setdefault(view, _View()).certificates[kind] = certificate
        if kind is Kind.NOTARIZE:
            self._notarizations[view] = certificate
        elif kind is Kind.FINALIZE:
            self._finalizations[view] = certificate
            if len(self._finalizations) > FINALIZATIONS_MAX:
                lowest = min(self._finalizations)
                del self._finalizations[lowest]
                del self._views[lowest].certificates[Kind.FINALIZE]
                if lowest < self._surpassed:
                    del self._views[lowest]

    def certificate(self, view: int, kind: Kind) -> Certificate | None:
        held = self._views.get(view)
        return None if held is None else held.certificates.get(kind)

    def views(self) -> Iterable[int]:
        """Those of which anything is held, in no order."""
        return self._views.keys()

    def is_cleared(self, view: int) -> bool:
        """R4: a notarization or a nullification of the view is held."""
        held = self._views.get(view)
        return held is not None and (Kind.NOTARIZE in held.certificates or Kind.NULLIFY in held.certificates)

    def notarizations(self) -> list[Certificate]:
        """Ascending by view."""
        return [self._notarizations[view] for view in sorted(self._notarizations)]

    def finalizations(self) -> list[Certificate]:
        """Of blocks not yet committed, highest view first."""
        return [self._finalizations[view] for view in sorted(self._finalizations, reverse=True)]

    def release_below(self, cur: int) -> None:
        """Drop slots that can decide nothing more: of views left long ago, but for finalize votes of notarized ones."""
        horizon = cur - SLOTS_BELOW
        for view, held in self._views.items():
            if self._slots_from <= view < horizon:
                keep = view in self._notarizations
                held.slots = {slot: vote for slot, vote in held.slots.items() if keep and slot[0] is Kind.FINALIZE}
                held.counts = {each: same for each, same in held.counts.items() if keep and each.kind is Kind.FINALIZE}
        self._slots_from = max(self._slots_from, horizon)

    def surpass(self, proven_view: int) -> None:
        """A finalization of `proven_view` is held: below it nothing but finalizations matters any more."""
        for view in [view for view in self._views if self._surpassed <= view < proven_view]:
            self._notarizations.pop(view, None)
            finalization = self._finalizations.get(view)
            if finalization is None:
                del self._views[view]
            else:
                self._views[view] = _View(certificates={Kind.FINALIZE: finalization})
        self._surpassed = proven_view

    def drop_through(self, final_view: int) -> None:
        for view in [view for view in self._views if view <= final_view]:
            del self._views[view]
            self._notarizations.pop(view, None)
            self._finalizations.pop(view, None)
