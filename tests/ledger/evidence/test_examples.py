"""The published example packs, written by a stranger from the specification: they verify, and no byte is free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence import NotProven, Outcome, PackKind, Unreadable, verify_pack
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.evidence.names import NOT_PROOF

RIGHT = "right/ebc3a03424084143fa59ac7291b85bf29d88a89a39aec818111b656f7d2b8541"
NEVER = "right/" + 64 * "e"
PARTIES = ("party/89abd95324bd16f2e20e74cc242f9663", "party/f5d027c1e6b95a153d8e13958790bd19")
ENTRY_3 = "entry/11ab598142f30c01b3655394b3d4ef09f123b87799d52132262c8e0f4de97a44"
QUESTIONS: dict[str, dict[str, Any]] = {"entry": {}, "item": {}, "title": {"ask": RIGHT}, "absence": {"ask": NEVER}}


@pytest.fixture(scope="session")
def packs(vectors: Path) -> Path:
    return vectors / "packs"


@pytest.fixture(scope="session")
def fingerprint(packs: Path) -> bytes:
    return bytes.fromhex((packs / "FINGERPRINT.txt").read_text().strip())


def read(packs: Path, name: str) -> bytes:
    return (packs / f"{name}.zip").read_bytes()


@pytest.mark.parametrize("name", QUESTIONS)
def test_our_writer_makes_the_published_bytes_of_the_published_parts(packs: Path, name: str) -> None:
    pack = read(packs, name)
    assert write_container(read_container(pack).items()) == pack


def test_the_deposit_of_a_file_verifies_with_its_facts(packs: Path, fingerprint: bytes) -> None:
    digest = sha256((packs / "deposit.bin").read_bytes())
    report = verify_pack(read(packs, "entry"), fingerprint, file_digest=digest, ask=ENTRY_3)
    assert (report.kind, report.outcome, report.about) == (PackKind.ENTRY, Outcome.PASSED, (3,))
    assert report.outcome.zh == "核验通过"
    assert (report.origin, report.fingerprint) == ("ledger.example.cn/dataip", fingerprint)
    assert report.file_matches == ("entry 3",)
    assert not report.rules_replayed
    enrolment, deposit = report.entries
    assert (deposit.index, deposit.kind, deposit.height) == (3, "deposit", 1)
    assert (deposit.block_time_ms, deposit.slack_ms) == (1795320060000, 2000)
    assert (enrolment.index, enrolment.kind) == (1, "enrol")
    signer = deposit.signers[0]
    assert signer.signer.hex() == "f5d027c1e6b95a153d8e13958790bd19"
    assert signer.institution is None
    assert signer.enrolled_by is not None
    assert (signer.enrolled_by.name, signer.enrolled_by.title_zh) == ("exchange.example.cn", "示例交易所")
    opened = deposit.opened[0]
    assert (opened.path, opened.value) == ("file_name", "数据集.csv")
    assert deposit.unopened == ("description",)
    assert isinstance(deposit.data, dict)
    assert deposit.data["formed_at"] == "1793491200000"
    assert deposit.data["digest"] == digest.hex()


def test_the_checkpoint_is_told_with_its_time_signers_and_threshold(packs: Path, fingerprint: bytes) -> None:
    facts = verify_pack(read(packs, "entry"), fingerprint).checkpoint
    assert (facts.size, facts.height, facts.quorum) == (18, 7, 3)
    signers = [(cosigner.institution.name, cosigner.institution.roles) for cosigner in facts.cosigners]
    assert signers == [
        ("court.example.cn", ("court",)),
        ("exchange.example.cn", ("exchange",)),
        ("ip-office.example.cn", ("registrar",)),
    ]
    assert facts.time_s == sorted(cosigner.time_s for cosigner in facts.cosigners)[1]
    assert [member.title_zh for member in facts.members] == ["示例法院", "示例交易所", "示例登记机构", "示例公证处"]


def test_an_item_of_a_batch_verifies(packs: Path, fingerprint: bytes) -> None:
    digest = sha256((packs / "item3.bin").read_bytes())
    report = verify_pack(read(packs, "item"), fingerprint, file_digest=digest)
    assert (report.kind, report.about) == (PackKind.ITEM, (4,))
    assert [(item.batch, item.item, item.count, item.digest) for item in report.items] == [(4, 3, 5, digest)]
    assert report.file_matches == ("item 3 of entry 4",)


@pytest.mark.parametrize("ask", [None, RIGHT, *PARTIES, "rules"])
def test_the_title_of_a_right_verifies_and_answers_its_subjects(
    packs: Path, fingerprint: bytes, ask: str | None
) -> None:
    report = verify_pack(read(packs, "title"), fingerprint, ask=ask)
    assert report.answers == (RIGHT, *PARTIES, "rules")
    assert report.about == (6, 9, 11, 13, 14, 16)
    assert [entry.index for entry in report.entries] == [1, 2, 3, 6, 9, 11, 13, 14, 16]
    own, licence, *_ = report.records
    assert isinstance(own.record, dict)
    assert (own.record["stage"], own.record["until"]) == ("registered", "2029-12-07")
    assert own.record["holders"] == [{"party": PARTIES[0].partition("/")[2], "share": "10000"}]
    assert isinstance(licence.record, dict)
    assert (licence.subject, licence.record["type"]) == (RIGHT, "ordinary")
    assert [record.subject for record in report.records] == [RIGHT, RIGHT, *PARTIES, "rules"]


def test_a_rule_set_that_this_version_cannot_read_is_not_replayed_and_the_report_says_so(
    packs: Path, fingerprint: bytes
) -> None:
    report = verify_pack(read(packs, "title"), fingerprint)
    step = next(step for step in report.steps if step.name == "rules")
    assert (report.rules_replayed, report.state, report.superseded, step.ok) == (False, None, (), None)
    assert "cannot read the founding document's rule set" in step.en
    assert "未重演" in step.zh
    with pytest.raises(NotProven, match="nobody can tell what had lapsed") as failure:
        verify_pack(read(packs, "title"), fingerprint, at=report.checkpoint.header_time_ms)
    assert (failure.value.step, failure.value.outcome) == ("time", Outcome.CANNOT_DECIDE)


def test_the_absence_of_a_right_verifies(packs: Path, fingerprint: bytes) -> None:
    report = verify_pack(read(packs, "absence"), fingerprint, ask=NEVER)
    assert (report.kind, report.answers, report.entries, report.records) == (PackKind.ABSENCE, (NEVER,), (), ())
    assert "2026-12-10T01:00:00.000Z" in report.conclusion_en
    assert NEVER in report.conclusion_zh


@pytest.mark.parametrize(("name", "stride"), [("absence", 1), ("entry", 1), ("item", 1), ("title", 7)])
def test_every_changed_byte_of_the_file_is_refused(packs: Path, fingerprint: bytes, name: str, stride: int) -> None:
    """Whole files, as they lie on a disk: the container sees each of these."""
    pack = bytearray(read(packs, name))
    for position in range(0, len(pack), stride):
        pack[position] ^= 1
        with pytest.raises(Malformed):
            read_container(bytes(pack))
        pack[position] ^= 1
    verify_pack(bytes(pack), fingerprint, **QUESTIONS[name])


@pytest.mark.parametrize(("name", "stride"), [("absence", 1), ("entry", 7), ("item", 7), ("title", 61)])
def test_every_changed_byte_of_a_part_is_refused_by_what_it_proves(
    packs: Path, fingerprint: bytes, name: str, stride: int
) -> None:
    """Parts packed again with the right CRC, so that nothing but the proof can see the change."""
    parts = dict(read_container(read(packs, name)))
    for part, data in list(parts.items()):
        if part in NOT_PROOF:
            continue
        for position in range(0, len(data), stride):
            parts[part] = data[:position] + bytes((data[position] ^ 1,)) + data[position + 1 :]
            with pytest.raises((NotProven, Unreadable)):
                verify_pack(write_container(parts.items()), fingerprint, **QUESTIONS[name])
        parts[part] = data


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_part_is_needed_but_the_readme(packs: Path, fingerprint: bytes, name: str) -> None:
    parts = dict(read_container(read(packs, name)))
    for part in list(parts):
        fewer = write_container((other, data) for other, data in parts.items() if other != part)
        if part in ("README.txt", "disclosures.json", "items/3.txt"):
            verify_pack(fewer, fingerprint, **QUESTIONS[name])  # without it the pack proves less, and says so
        else:
            with pytest.raises((Unproven, Malformed)):
                verify_pack(fewer, fingerprint, **QUESTIONS[name])


def test_the_readme_and_the_page_may_say_anything(packs: Path, fingerprint: bytes) -> None:
    parts = dict(read_container(read(packs, "entry")))
    parts |= {"README.txt": b"anything \xff", "verify.html": b"<p>anything"}
    assert verify_pack(write_container(parts.items()), fingerprint).outcome is Outcome.PASSED
