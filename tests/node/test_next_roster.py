"""The next roster as a draft: put together from cards, judged by the rules before anybody signs, told in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from founders import FOUNDERS, TIME_MS, founded_by, identity, institution

from datadeed.drafts import OpenDraft
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed, Refused, Unproven
from datadeed_ledger.roster import Genesis, Roster
from datadeed_node import ceremony, next_keys, next_roster
from datadeed_node.ceremony import Card
from datadeed_node.mistakes import Mistake
from datadeed_node.next_roster import Proposal, Wanted

LATER_MS = TIME_MS + 3_600_000
DAY_MS = 24 * 3_600_000


@dataclass(frozen=True)
class Founded:
    folder: Path
    genesis: Genesis

    @property
    def roster(self) -> Roster:
        return self.genesis.roster

    def card(self, short: str) -> Card:
        return ceremony.read_card(self.folder / short / "card.json")

    def proposal(self, wanted: Wanted, by: Sequence[str] = (), present: Roster | None = None) -> Proposal:
        present = present or self.roster
        following = next_roster.composed(self.genesis, present, wanted)
        draft = next_roster.drafted(self.genesis, present, following, by, LATER_MS + DAY_MS)
        return self.read(draft, present)

    def read(self, draft: OpenDraft, present: Roster | None = None) -> Proposal:
        """As whoever gets the file reads it."""
        return Proposal.of(self.genesis, present or self.roster, OpenDraft.parse(draft.to_bytes()), LATER_MS)

    def signed(self, draft: OpenDraft, *shorts: str) -> OpenDraft:
        for short in shorts:
            card = self.card(short)
            draft = draft.sign(next_keys.office_key(self.folder / short, card.member))
        return draft


@pytest.fixture
def founded(tmp_path: Path) -> Founded:
    return Founded(tmp_path, founded_by([institution(tmp_path, short, 8400 + at) for at, short in enumerate(FOUNDERS)]))


def test_one_who_joins_is_told_with_the_numbers_before_and_after(founded: Founded) -> None:
    card = institution(founded.folder, "university")
    proposal = founded.proposal(Wanted(added=[card]))
    assert [member.name for member in proposal.following.members] == sorted(
        ["university.example.cn", *(f"{short}.example.cn" for short in FOUNDERS)]
    )
    told = proposal.to_json()
    assert (told["version"], told["members"]) == ({"before": 1, "after": 2}, {"before": 4, "after": 5})
    assert (told["faults"], told["quorum"]) == ({"before": 1, "after": 1}, {"before": 3, "after": 4})
    assert (told["joins"], told["leaves"], told["new_keys"]) == ([card.member.to_json()], [], {})
    facts = dict(proposal.facts())
    assert facts["document"] == told["document"] == proposal.following.digest.hex()
    assert facts["joins"].startswith("university.example.cn · supervisor · Example university")
    assert (facts["quorum"], facts["may fail"]) == ("3 of 4 → 4 of 5", "1 → 1")
    assert proposal.missing == tuple(member.name for member in proposal.following.members)


def test_what_only_the_nodes_can_decide_is_told(founded: Founded) -> None:
    proposal = founded.proposal(Wanted(added=[institution(founded.folder, "university")]))
    assert proposal.left_open == (104, 986)
    assert [value for name, value in proposal.facts() if name == "not checked"] == list(next_roster.LEFT_OPEN.values())


def test_new_keys_and_other_changes_are_told_by_name(founded: Founded) -> None:
    next_keys.prepare(founded.folder / "notary", ("vote", "tls"))
    card = ceremony.read_card(founded.folder / "notary" / "next-card.json")
    moved = Card(card.origin, replace(card.member, peer="127.0.0.1:9999", roles=("notary", "supervisor")))
    proposal = founded.proposal(Wanted(replaced=[moved]))
    assert {name: sorted(keys) for name, keys in proposal.new_keys.items()} == {"notary.example.cn": ["tls", "vote"]}
    assert proposal.other_changes == {
        "notary.example.cn": ["roles notary → notary, supervisor", "peer 127.0.0.1:8503 → 127.0.0.1:9999"]
    }
    assert (proposal.joins, proposal.leaves) == ((), ())


def test_one_who_leaves_need_not_sign_and_may(founded: Founded) -> None:
    wanted = Wanted(added=[institution(founded.folder, "university")], removed=["notary.example.cn"])
    proposal = founded.proposal(wanted)
    assert [member.name for member in proposal.leaves] == ["notary.example.cn"]
    assert "notary.example.cn" not in proposal.missing
    names = ["court.example.cn", "exchange.example.cn", "notary.example.cn", "university.example.cn"]
    assert founded.proposal(wanted, by=names).missing == tuple(names)


def test_signatures_are_told_and_complete_ones_make_the_entry(founded: Founded) -> None:
    draft = founded.proposal(Wanted(added=[institution(founded.folder, "university")])).draft
    draft = founded.signed(draft, "court", "university")
    assert founded.read(draft).missing == ("exchange.example.cn", "ip-office.example.cn", "notary.example.cn")
    draft = founded.signed(draft, "exchange", "ip-office", "notary")
    assert founded.read(draft).missing == ()
    assert next_roster.roster_of(draft, founded.genesis).document == draft.complete().body.data["roster"]


def test_a_signature_of_another_key_is_named(founded: Founded) -> None:
    draft = founded.proposal(Wanted(added=[institution(founded.folder, "university")])).draft
    other = next_keys.office_key(founded.folder / "court", founded.card("court").member).key
    forged = OpenDraft(draft.draft.sign(sha256(b"notary.example.cn"), other), draft.openings)
    with pytest.raises(Unproven, match="the office key of notary"):
        founded.read(forged)


def test_with_a_new_office_key_the_present_one_signs(founded: Founded) -> None:
    folder = founded.folder / "notary"
    card = next_keys.prepare(folder, ("office",))
    proposal = founded.proposal(Wanted(replaced=[card]))
    office = proposal.office(card.member.member_id)
    assert office.office == founded.card("notary").member.office
    signed = proposal.draft.sign(next_keys.office_key(folder, office))
    assert "notary.example.cn" not in founded.read(signed).missing
    late = proposal.draft.sign(next_keys.office_key(folder, card.member))
    with pytest.raises(Unproven, match="the office key of notary"):
        founded.read(late)


@pytest.mark.parametrize(
    ("by", "problem"),
    [
        (["court", "exchange", "university"], "2 of the present members would sign, 3 of 4 must"),
        (["court", "exchange", "notary"], "does not name university"),
        (["court", "exchange", "notary", "university", "nobody"], "nobody.example.cn, who is and becomes no member"),
    ],
)
def test_too_few_or_strange_signers_are_a_mistake(founded: Founded, by: list[str], problem: str) -> None:
    wanted = Wanted(added=[institution(founded.folder, "university")])
    with pytest.raises(Mistake, match=problem):
        founded.proposal(wanted, by=[f"{short}.example.cn" for short in by])


def test_what_the_cards_and_names_cannot_mean_is_a_mistake(founded: Founded) -> None:
    court, university = founded.card("court"), institution(founded.folder, "university")
    stranger = ceremony.init(
        founded.folder / "x", identity("x", origin="other.example.cn/log"), ceremony.Binding("h", 1, "h", 2)
    )
    for wanted, problem in (
        (Wanted(), "nothing would change"),
        (Wanted(replaced=[court]), "nothing would change"),
        (Wanted(added=[court]), "is a member already"),
        (Wanted(replaced=[university]), "is no member of roster 1"),
        (Wanted(removed=["university.example.cn"]), "is no member of roster 1"),
        (Wanted(added=[university, university]), "named more than once: university"),
        (Wanted(removed=["court.example.cn"], replaced=[court]), "named more than once: court"),
        (Wanted(added=[stranger]), "another origin than"),
    ):
        with pytest.raises(Mistake, match=problem):
            next_roster.composed(founded.genesis, founded.roster, wanted)


def test_the_ledger_s_rules_refuse_before_anybody_signs(founded: Founded) -> None:
    with pytest.raises(Refused) as few:
        founded.proposal(Wanted(removed=["notary.example.cn"]), by=[each.name for each in founded.roster.members])
    assert few.value.number == 983
    pairs = [next_keys.prepare(founded.folder / short, ("tls",)) for short in ("court", "notary")]
    with pytest.raises(Refused) as pins:
        founded.proposal(Wanted(replaced=pairs))
    assert pins.value.number == 984
    borrowed = institution(founded.folder, "university")
    notary = founded.card("notary").member
    thief = Card(borrowed.origin, replace(borrowed.member, vote=notary.vote))
    leaving = Wanted(added=[thief], removed=[notary.name])
    with pytest.raises(Refused) as meaning:
        founded.proposal(leaving)
    assert meaning.value.number == 985
    with pytest.raises(Malformed, match="one court"):
        founded.proposal(Wanted(added=[borrowed], removed=["court.example.cn"]))


def test_a_draft_that_another_change_overtook_says_so(founded: Founded) -> None:
    university, bank = (institution(founded.folder, short) for short in ("university", "bank"))
    one, other = founded.proposal(Wanted(added=[university])), founded.proposal(Wanted(added=[bank]))
    with pytest.raises(Mistake, match="roster 2 is in force already"):
        founded.read(one.draft, present=one.following)
    with pytest.raises(Mistake, match="another change came first"):
        founded.read(other.draft, present=one.following)
    again = founded.proposal(Wanted(added=[bank]), present=one.following)
    assert again.following.version == 3
    with pytest.raises(Refused) as early:
        founded.read(again.draft, present=founded.roster)
    assert early.value.number == 982


def test_a_draft_for_another_ledger_or_of_another_kind_is_not_read(founded: Founded) -> None:
    draft = founded.proposal(Wanted(added=[institution(founded.folder, "university")])).draft
    with pytest.raises(Mistake, match="is for the ledger"):
        Proposal.of(replace(founded.genesis, fingerprint=bytes(32)), founded.roster, draft, LATER_MS)
    data = {"digest": "ab" * 32, "algorithm": "sha-256", "scope": "full", "size_bytes": 1, "media_type": "a/bc"}
    deposit = OpenDraft.compose(founded.genesis.fingerprint, "deposit", data, [bytes(32)], LATER_MS)
    with pytest.raises(Mistake, match="of the kind deposit"):
        founded.read(deposit)
    with pytest.raises(Mistake, match="of the kind deposit"):
        next_roster.addresses(deposit)


def test_the_document_says_where_to_ask(founded: Founded) -> None:
    draft = founded.proposal(Wanted(added=[institution(founded.folder, "university", 8499)])).draft
    assert next_roster.addresses(draft) == tuple(f"http://127.0.0.1:{port}" for port in (*range(8400, 8404), 8499))
