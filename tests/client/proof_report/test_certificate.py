"""The certificate: what it says of a registered right, and the pack inside it, which verifies."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from pathlib import Path

import pypdfium2
import pytest
from command_line import Command
from docket import Docket
from hypothesis import given
from hypothesis import strategies as st
from reported import ALICE, BOB, NAME, opened_title, packs, right_with_a_past

from datadeed.home import Home
from datadeed.proof_report.attached import pack_inside
from datadeed.proof_report.certificate import Certificate, pdf_certificate
from datadeed.proof_report.paper import RIGHT
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence import title_pack, verify_pack


def certificate_of(docket: Docket, right: bytes) -> Certificate:
    return Certificate.of(verify_pack(title_pack(docket.archive(), right), docket.ledger))


@lru_cache(maxsize=1)
def opened_pdf() -> bytes:
    pack = opened_title()
    return pdf_certificate(Certificate.of(verify_pack(pack.data, pack.fingerprint)), pack.data)


def text_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return re.sub(r"\s+", "", "".join(page.get_textpage().get_text_range() for page in pages))


# --- what it says ----------------------------------------------------------------------------------------------------


def test_it_names_the_holders_of_record_the_numbers_the_dates_and_its_limits() -> None:
    text, docket, right = text_of(opened_pdf()), *right_with_a_past()
    record = docket.right(right)
    wanted = [
        "数据知识产权登记证书",
        "登记主体Holderofrecord",
        f"{NAME}(名称（已披露）)·party/{ALICE.hex()}·共同共有jointownership",
        f"party/{BOB.hex()}·共同共有",
        str(record.registration_no),
        str(record.certificate_no),
        str(record.announced_on),
        str(record.until),
        "ip-office.example.cn",
        "已登记registered",
        "截至2026-12-08T04:00:00.009Z",
        f"entry/{right.hex()}",
        "初步证据",
        "preliminaryevidence",
        "质押0·保全1·争议标注1",
        opened_title().fingerprint.hex(),
        sha256(opened_title().data).hex(),
        "第1/1页page1/1",
    ]
    for part in wanted:
        assert part in text, part
    assert "[U+" not in text


def test_shares_are_shown_as_parts() -> None:
    docket = Docket()
    docket.enrol(NAME)
    right = docket.registered(ALICE)
    assert [each.share for each in certificate_of(docket, right).holders] == ["100 %"]


def test_a_right_that_ended_is_said_to_be_no_longer_valid() -> None:
    docket = Docket()
    docket.enrol(NAME)
    right = docket.registered(ALICE)
    docket.record(docket.revoke_entry(right))
    certificate = certificate_of(docket, right)
    assert (certificate.status, certificate.valid) == ("revoked", False)
    text = text_of(pdf_certificate(certificate, title_pack(docket.archive(), right)))
    assert "并非有效登记状态" in text
    assert "已撤销revoked" in text


def test_many_holders_go_on_to_a_second_page_and_none_is_cut() -> None:
    docket = Docket()
    names = [f"持有人{number:02d}" for number in range(32)]
    holders = docket.enrol(*names)
    right = docket.registered(*holders)
    pdf = pdf_certificate(certificate_of(docket, right), title_pack(docket.archive(), right))
    text = text_of(pdf)
    assert all(f"party/{holder.hex()}" in text for holder in holders)
    assert "第2/2页" in text
    for page in pypdfium2.PdfDocument(pdf):
        textpage = page.get_textpage()
        boxes = [textpage.get_charbox(at) for at in range(textpage.count_chars())]
        assert min(box[0] for box in boxes) >= 0
        assert max(box[2] for box in boxes) <= RIGHT * 72 / 25.4 + 1
        assert min(box[1] for box in boxes) >= 10


def test_there_is_none_for_an_application_or_for_another_kind_of_pack() -> None:
    docket = Docket()
    docket.enrol(NAME)
    with pytest.raises(Malformed, match="no registration of record; its status is examining"):
        certificate_of(docket, docket.application(ALICE))
    for kind in ("asset", "entry", "presence"):
        pack = packs()[kind]
        with pytest.raises(Malformed, match="whole history"):
            Certificate.of(verify_pack(pack.data, pack.fingerprint, ask=pack.ask))


# --- the pack inside -------------------------------------------------------------------------------------------------


def test_the_attached_bytes_are_the_pack_and_lie_in_the_file_in_one_piece() -> None:
    pdf, pack = opened_pdf(), opened_title().data
    document = pypdfium2.PdfDocument(pdf)
    (attached,) = (document.get_attachment(at) for at in range(document.count_attachments()))
    assert (attached.get_name(), bytes(attached.get_data())) == ("evidence.zip", pack)
    assert pdf.count(pack) == 1
    assert pack_inside(pdf) == pack


def test_the_same_pack_gives_the_same_certificate() -> None:
    pack = opened_title()
    assert pdf_certificate(Certificate.of(verify_pack(pack.data, pack.fingerprint)), pack.data) == opened_pdf()


@given(st.binary(max_size=200))
def test_any_bytes_have_a_pack_inside_or_none(data: bytes) -> None:
    found = pack_inside(b"%PDF-" + data)
    assert found is None or found in data


def test_the_pack_is_found_behind_ends_that_belong_to_nothing() -> None:
    pack = opened_title().data
    assert pack_inside(b"%PDF-" + pack + b"PK\x05\x06" + bytes(18) + b"tail") == pack
    assert pack_inside(b"%PDF-" + pack + b"PK\x05\x06") == pack
    assert pack_inside(b"%PDF-PK\x05\x06") is None
    assert pack_inside(b"") is None


# --- commands --------------------------------------------------------------------------------------------------------


@pytest.fixture
def known(home: Home) -> Docket:
    """A ledger that this machine knows; none of its nodes answers."""
    docket, _ = right_with_a_past()
    home.add(docket.genesis, ("http://127.0.0.1:1",))
    return docket


def test_a_certificate_is_made_of_a_pack_and_verifies_as_itself(run: Command, known: Docket, tmp_path: Path) -> None:
    _, right = right_with_a_past()
    (tmp_path / "opened.zip").write_bytes(opened_title().data)
    made = run("certificate", right.hex(), "-o", "cert.pdf", "--pack", "opened.zip", "--json")
    assert made.code == 0, made.err
    assert made.json["valid"] is True
    assert made.json["sha256"] == sha256((tmp_path / "cert.pdf").read_bytes()).hex()
    assert (tmp_path / "cert.pdf").read_bytes() == opened_pdf()
    verified = run("verify", "cert.pdf", "--fingerprint", known.ledger.hex(), "--ask", f"right/{right.hex()}", "--json")
    assert (verified.code, verified.json["outcome"]) == (0, "passed")
    again = run("certificate", right.hex(), "-o", "cert.pdf", "--pack", "opened.zip")
    assert again.code == 2
    assert "never written over" in again.err


def test_a_certificate_of_another_ledger_or_right_is_refused(run: Command, known: Docket, tmp_path: Path) -> None:
    (tmp_path / "opened.zip").write_bytes(opened_title().data)
    other = run("certificate", "00" * 32, "-o", "cert.pdf", "--pack", "opened.zip")
    assert other.code != 0
    (tmp_path / "cert.pdf").write_bytes(opened_pdf())
    assert run("verify", "cert.pdf", "--fingerprint", "00" * 32).code == 1
    (tmp_path / "empty.pdf").write_bytes(b"%PDF-1.7 without anything in it")
    ended = run("verify", "empty.pdf", "--fingerprint", known.ledger.hex(), "--json")
    assert (ended.code, ended.json["step"]) == (2, "container")


@pytest.mark.parametrize("suffix", ["pdf", "html", "json"])
def test_verify_files_a_report(suffix: str, run: Command, known: Docket, tmp_path: Path) -> None:
    (tmp_path / "cert.pdf").write_bytes(opened_pdf())
    name = f"report.{suffix}"
    arguments = ("verify", "cert.pdf", "--fingerprint", known.ledger.hex(), "--report", name, "--made-by", "王法官")
    ended = run(*arguments, "--json")
    assert ended.code == 0, ended.err
    data = (tmp_path / name).read_bytes()
    digest = ended.json["report_sha256"]
    text = text_of(data) if suffix == "pdf" else data.decode()
    if suffix == "json":
        assert sha256(data).hex() == digest
    else:
        assert digest in text
    for part in ("王法官", "cert.pdf", "evidence.zip", sha256(opened_title().data).hex(), sha256(opened_pdf()).hex()):
        assert part in text, part
    assert f"datadeedverifycert.pdf--fingerprint{known.ledger.hex()}" in re.sub(r"\s+", "", text)
    assert str(tmp_path) not in text
    assert run(*arguments).code == 2  # and never writes over it


def test_verify_files_a_report_of_what_did_not_pass(run: Command, known: Docket, tmp_path: Path) -> None:
    (tmp_path / "cert.pdf").write_bytes(opened_pdf())
    (tmp_path / "other.csv").write_bytes(b"not the file")
    fingerprint = known.ledger.hex()
    ended = run("verify", "cert.pdf", "--fingerprint", fingerprint, "--file", "other.csv", "--report", "report.pdf")
    assert ended.code == 1
    text = text_of((tmp_path / "report.pdf").read_bytes())
    for part in ("与链上记录不一致", "other.csv", sha256(b"not the file").hex(), "--fileother.csv", "未获证明"):
        assert part in text, part


def test_a_report_of_an_unknown_form_is_refused_before_anything_is_read(run: Command, known: Docket) -> None:
    ended = run("verify", "nowhere.zip", "--fingerprint", known.ledger.hex(), "--report", "report.docx")
    assert ended.code == 2
    assert "report.docx is none of these" in ended.err


@pytest.mark.parametrize(("suffix", "missing"), [("pdf", "fpdf"), ("html", "segno"), ("pdf", "segno")])
def test_without_the_optional_programs_the_command_says_what_to_install(
    suffix: str, missing: str, run: Command, known: Docket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    (tmp_path / "cert.pdf").write_bytes(opened_pdf())
    ended = run("verify", "cert.pdf", "--fingerprint", known.ledger.hex(), "--report", f"report.{suffix}")
    assert ended.code == 2
    assert "pip install 'datadeed[pdf]'" in ended.err
    assert not (tmp_path / f"report.{suffix}").exists()
