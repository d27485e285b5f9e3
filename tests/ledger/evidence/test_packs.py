"""Packs built from a live ledger: each kind holds exactly what it must, verifies, and tells the right facts."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence

import pytest
from evidencekit import (
    ALICE,
    BOB,
    FILE,
    FILES,
    FINGERPRINT,
    GENESIS,
    NOTARY,
    OFFICE,
    Ledger,
    Pen,
    Story,
    checkpoint_note,
    item_proof,
    key,
    story,
)

from datadeed_ledger.encoding import sha256
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Unproven
from datadeed_ledger.evidence import (
    Disclosure,
    EvidenceReader,
    NotProven,
    Outcome,
    PackKind,
    absence_pack,
    add_to_pack,
    entry_pack,
    title_pack,
    verify_pack,
)
from datadeed_ledger.evidence.build import entry_parts, finish_pack, with_page
from datadeed_ledger.evidence.container import read_container
from datadeed_ledger.statemap import subject_key

NEVER = "right/" + 64 * "e"


@pytest.fixture(scope="module")
def told() -> Story:
    return story()


def entries_of(pack: bytes) -> list[int]:
    return sorted(int(name[6:-8]) for name in read_container(pack) if name.endswith(".msgpack") and name[0] == "e")


def test_the_ledger_in_memory_is_a_reader_of_evidence(told: Story) -> None:
    reader: EvidenceReader = told.ledger
    assert reader.genesis_bytes == GENESIS.document


# --- entry packs -----------------------------------------------------------------------------------------------------


def test_an_entrys_pack_lays_its_parts_in_the_published_order(told: Story) -> None:
    assert list(read_container(entry_pack(told.ledger, told.deposit.entry_id))) == [
        "README.txt",
        "genesis.json",
        "checkpoint",
        "policy.txt",
        "header.txt",
        "header.tlog-proof",
        "entry-1.msgpack",
        "entry-1.tlog-proof",
        "entry-1.json",
        "block-1.txt",
        "block-1.tlog-proof",
        "entry-5.msgpack",
        "entry-5.tlog-proof",
        "entry-5.json",
        "block-2.txt",
        "block-2.tlog-proof",
    ]


@pytest.mark.parametrize(
    ("name", "indexes"),
    [
        ("deposit", [1, 5]),
        ("batch", [6]),  # the notary's office key stands in the roster
        ("right", [1, 9]),
        ("rotation", [1, 11]),  # signed with the key that it replaces
        ("recovery", [17]),  # signed by the institution alone
        ("licence", [1, 2, 11, 17, 19]),  # both signers' keys, back to their enrolments
        ("late", [1, 11, 23]),
    ],
)
def test_an_entrys_pack_holds_the_key_giving_entries_of_its_signers(told: Story, name: str, indexes: list[int]) -> None:
    entry: Entry = getattr(told, name)
    pack = entry_pack(told.ledger, entry.entry_id)
    report = verify_pack(pack, FINGERPRINT, ask=f"entry/{entry.entry_id.hex()}")
    assert entries_of(pack) == indexes
    assert (report.kind, report.about) == (PackKind.ENTRY, (indexes[-1],))
    assert [facts.index for facts in report.entries] == indexes


def test_signers_are_told_with_the_institution_that_enrolled_them(told: Story) -> None:
    report = verify_pack(entry_pack(told.ledger, told.rotation.entry_id), FINGERPRINT)
    office, alice = sorted(report.entries[-1].signers, key=lambda signer: len(signer.signer), reverse=True)
    assert (office.signer, alice.signer) == (OFFICE, ALICE)
    assert office.institution is not None
    assert (office.institution.name, office.institution.title_zh) == ("office.cn", "机构 registrar")
    assert alice.enrolled_by == office.institution
    assert (office.enrolled_by, alice.institution) == (None, None)


def test_a_party_whose_enrolment_is_not_needed_is_told_without_its_institution(told: Story) -> None:
    report = verify_pack(entry_pack(told.ledger, told.recovery.entry_id), FINGERPRINT)
    assert [signer.signer for signer in report.entries[0].signers] == [OFFICE]


def test_every_sealed_field_can_be_opened_by_who_holds_its_salt(told: Story) -> None:
    disclosures = told.pen.disclosures(told.right)
    report = verify_pack(entry_pack(told.ledger, told.right.entry_id, disclosures=disclosures), FINGERPRINT)
    facts = report.entries[-1]
    assert {field.path: field.value for field in facts.opened}["description.object_name"] == "object_name"
    assert (len(facts.opened), facts.unopened) == (7, ())


def test_an_entry_that_is_not_recorded_has_no_pack(told: Story) -> None:
    with pytest.raises(Unproven, match="under the published checkpoint"):
        entry_pack(told.ledger, bytes(32))


def test_an_entry_after_the_published_checkpoint_has_no_pack_yet() -> None:
    ledger = Ledger()
    pen = Pen(ledger)
    before = ledger.checkpoint
    enrolment = pen.enrol(ALICE, "alice")
    ledger.add(enrolment)
    ledger.checkpoint = before
    with pytest.raises(Unproven, match="under the published checkpoint"):
        entry_pack(ledger, enrolment.entry_id)


# --- item packs ------------------------------------------------------------------------------------------------------


def test_items_of_a_batch_are_proven_each(told: Story) -> None:
    items = [item_proof(told.index(told.batch), at) for at in (4, 0)]
    pack = entry_pack(told.ledger, told.batch.entry_id, items=items)
    report = verify_pack(pack, FINGERPRINT, file_digest=sha256(FILES[4]))
    assert report.kind is PackKind.ITEM
    assert [item.item for item in report.items] == [0, 4]
    assert report.file_matches == (f"item 4 of entry {told.index(told.batch)}",)
    assert "0、4" in report.conclusion_zh


def test_the_holder_adds_items_and_opened_fields_to_a_pack_that_a_node_made(told: Story) -> None:
    pack = entry_pack(told.ledger, told.batch.entry_id)
    item = item_proof(told.index(told.batch), 1)
    with_item = add_to_pack(pack, FINGERPRINT, items=[item])
    both = add_to_pack(with_item, FINGERPRINT, disclosures=told.pen.disclosures(told.batch))
    report = verify_pack(both, FINGERPRINT)
    assert report.items == (item,)
    assert report.entries[0].opened[0].value == "a folder"
    assert list(read_container(both))[-2:] == ["items/1.txt", "disclosures.json"]


def test_opened_fields_are_added_to_those_that_a_pack_has(told: Story) -> None:
    first, second = told.pen.disclosures(told.deposit)
    pack = entry_pack(told.ledger, told.deposit.entry_id, disclosures=[first])
    report = verify_pack(add_to_pack(pack, FINGERPRINT, disclosures=[second]), FINGERPRINT)
    assert {field.path for field in report.entries[-1].opened} == {"file_name", "description"}


def test_what_does_not_belong_to_a_pack_cannot_be_added(told: Story) -> None:
    pack = entry_pack(told.ledger, told.deposit.entry_id)
    with pytest.raises(NotProven) as failure:
        add_to_pack(pack, FINGERPRINT, disclosures=[Disclosure(told.index(told.deposit), "file_name", bytes(16), "x")])
    assert failure.value.step == "disclosures"
    with pytest.raises(NotProven) as failure:
        add_to_pack(pack, FINGERPRINT, items=[item_proof(told.index(told.deposit), 0)])
    assert failure.value.step == "items"


# --- title packs -----------------------------------------------------------------------------------------------------


def test_a_title_pack_holds_history_deposits_parties_and_rules(told: Story) -> None:
    pack = title_pack(told.ledger, told.right.entry_id)
    report = verify_pack(pack, FINGERPRINT, ask=f"right/{told.right.entry_id.hex()}", file_digest=sha256(FILE))
    assert entries_of(pack) == [1, 2, 5, 6, 9, 11, 13, 15, 17, 19, 22, 25]
    assert report.about == (9, 13, 15, 19, 22, 25)
    parties = [f"party/{party.hex()}" for party in sorted((ALICE, BOB))]
    assert report.answers == (f"right/{told.right.entry_id.hex()}", *parties, "rules")
    subjects = [record.subject for record in report.records]
    assert subjects == [report.answers[0], report.answers[0], *parties, "rules"]
    assert report.file_matches == ("entry 5",)


def test_a_title_pack_tells_the_records_as_of_the_checkpoint(told: Story) -> None:
    report = verify_pack(title_pack(told.ledger, told.right.entry_id), FINGERPRINT)
    own, licence, *_ = (record.record for record in report.records)
    assert isinstance(own, dict)
    assert isinstance(licence, dict)
    assert own["holders"] == [{"party": BOB.hex(), "share": "10000"}]
    assert licence["licensee"] == BOB.hex()
    assert "2026-11-22T04:11:00.000Z" in report.conclusion_en


def test_a_title_pack_lies_in_the_published_order(told: Story) -> None:
    names = list(read_container(title_pack(told.ledger, told.right.entry_id)))
    right = f"right/{told.right.entry_id.hex()}"
    proofs = [name for name in names if name.startswith(("map-proof", "records/"))]
    assert names[-len(proofs) :] == proofs
    assert proofs[0] == "map-proof-1.txt"
    assert proofs[1] == f"records/{subject_key(right).hex()}.msgpack"
    assert proofs[-2:] == ["map-proof-4.txt", f"records/{subject_key('rules').hex()}.msgpack"]


def test_a_right_that_was_only_applied_for_has_a_title_pack() -> None:
    ledger = Ledger()
    pen = Pen(ledger)
    ledger.add(pen.enrol(ALICE, "alice"))
    deposit = pen.deposit(ALICE, FILE)
    ledger.add(deposit)
    right = pen.apply(ALICE, [(deposit, None)])
    ledger.add(right)
    assert verify_pack(title_pack(ledger, right.entry_id), FINGERPRINT).about == (5,)


def test_opened_fields_travel_with_a_title(told: Story) -> None:
    pack = title_pack(told.ledger, told.right.entry_id, disclosures=told.pen.disclosures(told.licence))
    opened = [field for facts in verify_pack(pack, FINGERPRINT).entries for field in facts.opened]
    assert {field.path: field.value for field in opened} == {"fee": "CNY 1200.00", "contract": None}


def test_an_id_that_opened_no_right_has_no_title_pack(told: Story) -> None:
    with pytest.raises(Unproven, match="opened right/"):
        title_pack(told.ledger, told.deposit.entry_id)


# --- absence packs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject", [NEVER, "party/" + 32 * "0", "number/2026BJ0000000002", "key/" + 64 * "1", "asset/" + 64 * "2"]
)
def test_what_was_never_recorded_is_proven_absent(told: Story, subject: str) -> None:
    pack = absence_pack(told.ledger, subject)
    report = verify_pack(pack, FINGERPRINT, ask=subject)
    assert (report.kind, report.answers, report.about) == (PackKind.ABSENCE, (subject,), ())
    assert f"--ask {subject}" in read_container(pack)["README.txt"].decode()


@pytest.mark.parametrize("subject", ["rules", "number/2026BJ0000000001", f"key/{key('alice').public_key.hex()}"])
def test_what_was_recorded_has_no_absence_pack(told: Story, subject: str) -> None:
    with pytest.raises(NotProven, match="has 1 records") as failure:
        absence_pack(told.ledger, subject)
    assert (failure.value.step, failure.value.outcome) == ("records", Outcome.INCONSISTENT)


def test_a_right_is_proven_absent_only_before_it_was_opened(told: Story) -> None:
    with pytest.raises(NotProven, match="has 2 records"):
        absence_pack(told.ledger, f"right/{told.right.entry_id.hex()}")


# --- any pack --------------------------------------------------------------------------------------------------------


def test_the_policy_names_the_log_key_that_signed_first() -> None:
    ledger = Ledger()
    header = ledger.tip.header
    time_s = header.time_ms // 1000
    ledger.checkpoint = checkpoint_note(1, ledger.before.root, time_s, log=("notary.cn", "court.cn"))
    parts = read_container(absence_pack(ledger, NEVER))
    notary = GENESIS.roster.members[GENESIS.roster.index_of("notary.cn")]
    assert parts["policy.txt"].decode().split("\n")[0] == f"log {notary.log.text}"


def test_a_ledger_of_genesis_alone_gives_packs() -> None:
    assert verify_pack(absence_pack(Ledger(), NEVER), FINGERPRINT, ask=NEVER).checkpoint.size == 1


def test_a_quorum_of_signers_is_enough() -> None:
    ledger = Ledger()
    three: Sequence[str] = ("court.cn", "notary.cn", "office.cn")
    ledger.checkpoint = checkpoint_note(1, ledger.before.root, 1_795_320_000, signers=three)
    facts = verify_pack(absence_pack(ledger, NEVER), FINGERPRINT, ask=NEVER).checkpoint
    assert [cosigner.institution.name for cosigner in facts.cosigners] == list(three)
    assert facts.time_s == 1_795_320_001


def test_a_node_never_hands_out_a_pack_that_does_not_verify(told: Story) -> None:
    ledger = copy.copy(told.ledger)
    ledger.records = {**told.ledger.records, subject_key("rules"): b"\x80"}
    with pytest.raises(NotProven, match="lead to another root"):
        title_pack(ledger, told.right.entry_id)


def test_a_report_is_plain_json(told: Story) -> None:
    report = verify_pack(title_pack(told.ledger, told.right.entry_id), FINGERPRINT)
    plain = json.loads(json.dumps(report.to_json()))
    assert (plain["kind"], plain["outcome"], plain["rules_replayed"]) == ("title", "passed", True)
    assert plain["fingerprint"] == FINGERPRINT.hex()
    assert plain["entries"][0]["signers"][0]["institution"]["name"] == "office.cn"
    assert [step["name"] for step in plain["steps"] if step["ok"] is None] == [
        "question",
        "disclosures",
        "file",
        "time",
        "timestamps",
    ]
    assert [step["number"] for step in plain["steps"]] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18]


def test_the_readme_says_what_is_proven_how_to_check_it_and_what_is_not(told: Story) -> None:
    for pack in (entry_pack(told.ledger, told.deposit.entry_id), title_pack(told.ledger, told.right.entry_id)):
        text = read_container(pack)["README.txt"].decode()
        assert FINGERPRINT.hex() in text
        for words in ("证明什么", "如何核验", "不证明什么", "What it proves", "three tools", "What it does not prove"):
            assert words in text


def test_a_page_lies_after_the_readme_which_names_its_digest_and_proves_nothing(told: Story) -> None:
    ask = f"entry/{told.deposit.entry_id.hex()}"
    plain = dict(entry_parts(told.ledger, told.deposit.entry_id))
    pack = finish_pack(with_page(plain.items(), b"<!doctype html>"), FINGERPRINT, ask=ask)
    parts = dict(read_container(pack))
    assert list(parts)[:2] == ["README.txt", "verify.html"]
    assert parts.pop("verify.html") == b"<!doctype html>"
    assert (
        f"\n{sha256(b'<!doctype html>').hex()}\n"
        in parts.pop("README.txt").removeprefix(plain.pop("README.txt")).decode()
    )
    assert parts == plain
    assert list(with_page(plain.items(), b"page")) == list(plain.items()), "without a README nobody would explain it"


def test_the_notarys_batch_is_signed_by_an_institution(told: Story) -> None:
    assert told.batch.body.by == (NOTARY,)
