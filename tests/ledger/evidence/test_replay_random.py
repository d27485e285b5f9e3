"""Random acts on a few rights: the judge permits what was permitted, and refuses what was refused, for the same rule.

Everything follows from a seed. What the rules permit is recorded; what they refuse is recorded all the same on a copy
of the register, as dishonest institutions could, and then judged from the evidence pack alone.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from docket import Docket
from registerkit import COURT, OFFICE, OTHER_COURT, OTHER_OFFICE, pid, shares

from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Refused
from datadeed_ledger.evidence import NotProven, Report, title_pack, verify_pack
from datadeed_ledger.evidence.build import title_parts
from datadeed_ledger.evidence.container import write_container
from datadeed_ledger.register import Register

PARTIES = tuple(pid(name) for name in ("alice", "bob", "carol", "dora"))
ACTS = 90
OUT_OF_REACH = {202, 205, 301, 507, 911, 912, 918}  # what a right's pack alone cannot tell


class Chance:
    """A docket with three rights, and what somebody may hand in next."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.docket = Docket("demo-fast" if seed % 2 else "beijing-2023")
        self.docket.enrol("alice", "bob", "carol", "dora")
        self.rights = [self.docket.registered(*self.some(PARTIES, 2), number=number) for number in (1, 2)]
        self.rights.append(self.docket.application(*self.some(PARTIES, 2)))
        self.number = 2

    def some(self, of: Sequence[bytes], most: int = 1) -> list[bytes]:
        return self.random.sample(of, min(len(of), self.random.randint(1, most)))

    def one(self, *of: bytes) -> bytes:
        return self.random.choice(of)

    def act(self, right: bytes) -> Entry:
        """An entry about `right`, often one that the rules do not permit now."""
        makers: list[Callable[[bytes], Entry]] = [
            self._of_application,
            self._request,
            self._request,
            self._decide,
            self._decide,
            self._license,
            self._license,
            self._court,
            self._registrar,
        ]
        return self.random.choice(makers)(right)

    def _of_application(self, right: bytes) -> Entry:
        docket, self.number = self.docket, self.number + 1
        objections = [each.id for each in Register(docket.state).objections(right)] or [bytes(32)]
        return self.random.choice(
            [
                lambda: docket.request_correction_entry(right),
                lambda: docket.correct_entry(right),
                lambda: docket.publish_entry(right, by=self.one(OFFICE, OFFICE, OTHER_OFFICE)),
                lambda: docket.object_entry(right, self.one(*PARTIES)),
                lambda: docket.decide_entry(right, self.one(*objections), "dismissed"),
                lambda: docket.register_entry(right, self.number),
                lambda: docket.register_entry(right, self.number),
            ]
        )()

    def _request(self, right: bytes) -> Entry:
        docket = self.docket
        return self.random.choice(
            [
                lambda: docket.transfer_entry(right, shares(*self.some(PARTIES, 2))),
                lambda: docket.change_entry(right),
                lambda: docket.renew_entry(right),
                lambda: docket.cancel_entry(right),
                lambda: docket.pledge_entry(right, self.one(*PARTIES)),
                lambda: docket.transfer_entry(right, shares(*self.some(PARTIES)), by=self.some(PARTIES)),
            ]
        )()

    def _decide(self, right: bytes) -> Entry:
        docket = self.docket
        pending = [item.id for item in docket.right(right).pending] or [right]
        return self.random.choice(
            [
                lambda: docket.approve_entry(right, self.one(*pending)),
                lambda: docket.approve_entry(right, self.one(*pending)),
                lambda: docket.reject_entry(right, self.one(*pending)),
                lambda: docket.withdraw_entry(right, self.one(*pending), docket.right(right).parties),
            ]
        )()

    def _license(self, right: bytes) -> Entry:
        docket = self.docket
        kind = self.random.choice(["exclusive", "ordinary", "ordinary", "sole"])
        return docket.license_entry(right, self.one(*PARTIES), type=kind, end=docket.day(self.random.randint(0, 400)))

    def _court(self, right: bytes) -> Entry:
        docket, court = self.docket, self.one(COURT, OTHER_COURT)
        freezes = [freeze.id for freeze in docket.right(right).freezes] or [bytes(32)]
        disputes = [dispute.id for dispute in docket.right(right).disputes] or [bytes(32)]
        return self.random.choice(
            [
                lambda: docket.freeze_entry(right, by=court, months=self.random.randint(1, 6)),
                lambda: docket.unfreeze_entry(right, self.one(*freezes), by=court),
                lambda: docket.renew_freeze_entry(right, self.one(*freezes), by=court),
                lambda: docket.enforce_transfer_entry(right, shares(*self.some(PARTIES)), by=[court]),
                lambda: docket.note_dispute_entry(right, by=court),
                lambda: docket.end_dispute_entry(right, self.one(*disputes), by=self.one(court, OFFICE)),
            ]
        )()

    def _registrar(self, right: bytes) -> Entry:
        docket = self.docket
        return self.random.choice(
            [
                lambda: docket.revoke_entry(right) if self.random.random() < 0.2 else docket.publish_entry(right),
                lambda: docket.correct_record_entry(right, holders=shares(*self.some(PARTIES))),
                lambda: docket.correct_record_entry(right, status="registered"),
                lambda: docket.correct_record_entry(right, until=docket.day(self.random.randint(1, 900))),
                lambda: docket.release_pledge_entry(right, self.one(*PARTIES, COURT)),
            ]
        )()


def judged(docket: Docket, right: bytes) -> Report | NotProven:
    pack = write_container(title_parts(docket.archive(), right))
    try:
        return verify_pack(pack, docket.ledger)
    except NotProven as failure:
        return failure


def verdict(docket: Docket, right: bytes, entry: Entry, refusal: Refused) -> str:
    """What the judge makes of a copy of the register in which the refused entry was recorded."""
    forged = copy.deepcopy(docket)
    try:
        forged.force(entry)
    except (AssertionError, KeyError, ValueError):
        return "no effect"  # of an entry that makes no sense; there is nothing that one could record
    found = judged(forged, right)
    if isinstance(found, NotProven):
        assert found.step == "rules", found
        assert found.refused is not None, found
        assert found.refused.number == refusal.number or refusal.number in OUT_OF_REACH, (found, refusal)
        return "refused"
    left = {each.number for each in found.left_to_quorum if each.index == forged.indexes[-1]}
    assert refusal.number in left, (entry.kind, refusal)
    return "left to the quorum"


@pytest.mark.parametrize("seed", range(4))
def test_the_judge_permits_and_refuses_as_the_institutions_had_to(seed: int) -> None:
    chance = Chance(seed)
    docket, verdicts = chance.docket, Counter[str]()
    for _ in range(ACTS):
        right = chance.one(*chance.rights)
        entry = chance.act(right)
        try:
            docket.record(entry)
            verdicts["recorded"] += 1
        except Refused as refusal:
            verdicts[verdict(docket, right, entry, refusal)] += 1
        if chance.random.random() < 0.5:
            docket.go_to(docket.day(chance.random.choice([1, 3, 12, 40])))
    for right in chance.rights:
        assert verify_pack(title_pack(docket.archive(), right), docket.ledger, at=docket.now_ms).rules_replayed
    assert verdicts["recorded"] > ACTS // 8, verdicts
    assert verdicts["refused"] > ACTS // 4, verdicts
