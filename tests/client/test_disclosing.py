"""Sealed fields end to end: opened one by one in a pack, and erased without harming any proof."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Command
from paper_ledger import PaperNode, now_ms, office

from datadeed import AsyncLedger, EnrolRequest, Evidence, Ledger
from datadeed.home import Home
from datadeed.keyring import HeldKey
from datadeed_ledger.entry import Entry
from datadeed_ledger.errors import Malformed


@pytest.fixture
def ledger_here(node: PaperNode, key: HeldKey) -> Iterator[Ledger]:
    with Ledger.connect(node.url, node.ledger.genesis.fingerprint.hex(), signer=key) as ledger:
        yield ledger


@pytest.fixture
def fingerprint(node: PaperNode) -> str:
    return node.ledger.genesis.fingerprint.hex()


def deposited(ledger: Ledger) -> str:
    return ledger.deposit(b"1,2", file_name="数据.csv", description="hourly").entry_id.hex()


def states(run: Command, subject: object) -> dict[str, str]:
    """What is said of the deposit's sealed fields, by path."""
    fields = run("disclose", subject, "--json").json
    return {each["path"]: each["state"] for each in fields if each["kind"] == "deposit"}


def test_a_field_is_opened_in_a_pack_and_the_others_stay_closed(
    run: Command, ledger_here: Ledger, fingerprint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = deposited(ledger_here)
    assert states(run, entry) == {"description": "can be opened", "file_name": "can be opened"}
    one, both = tmp_path / "one.zip", tmp_path / "both.zip"
    ended = run("disclose", entry, "--field", "file_name", "-o", one)
    assert (ended.code, 'file_name: "数据.csv"' in ended.out, "hourly" in ended.out) == (0, True, False)
    assert states(run, one) == {"description": "can be opened", "file_name": "opened"}
    assert run("disclose", one, "--field", "description", "-o", both, "--json").json["opened"] == [
        {"index": 5, "path": "description", "value": "hourly"},
        {"index": 5, "path": "file_name", "value": "数据.csv"},
    ]
    monkeypatch.setenv("DATADEED_HOME", str(tmp_path / "a judge's"))
    shown = run("verify", one, "--fingerprint", fingerprint)
    for word in ("密封已披露", "数据.csv", "密封未披露", "description"):
        assert word in shown.out
    assert "hourly" not in shown.out
    (entry_facts,) = [
        each
        for each in run("verify", one, "--fingerprint", fingerprint, "--json").json["report"]["entries"]
        if each["kind"] == "deposit"
    ]
    assert (entry_facts["unopened"], entry_facts["opened"][0]["value"]) == (["description"], "数据.csv")


def test_a_changed_value_is_not_proven(run: Command, ledger_here: Ledger, fingerprint: str, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    assert run("disclose", deposited(ledger_here), "--field", "description", "-o", pack).code == 0
    pack.write_bytes(pack.read_bytes().replace(b"hourly", b"weekly"))
    assert run("verify", pack, "--fingerprint", fingerprint).code in (1, 2)


def test_erasing_what_opens_a_field_leaves_every_proof_valid(
    run: Command, ledger_here: Ledger, fingerprint: str, home: Home, tmp_path: Path
) -> None:
    entry = deposited(ledger_here)
    before, after = tmp_path / "before.zip", tmp_path / "after.zip"
    assert run("disclose", entry, "--field", "description", "-o", before).code == 0
    assert run("forget", entry, "--field", "description", "--yes", "--json").json == {
        "entry_id": entry,
        "forgotten": ["description"],
    }
    assert states(run, entry) == {"description": "closed", "file_name": "can be opened"}
    ended = run("disclose", entry, "--field", "description", "-o", tmp_path / "none.zip")
    assert (ended.code, "nothing on this machine opens description" in ended.err) == (2, True)
    assert run("forget", entry, "--all", "--yes").code == 0
    folder = home.ledger()
    assert not list((folder.path / "disclosures").iterdir())
    assert all(b"hourly" not in path.read_bytes() for path in folder.path.rglob("*") if path.is_file())
    assert run("prove", entry, "-o", after).code == 0
    for pack in (before, after):
        assert run("verify", pack, "--fingerprint", fingerprint, "--ask", f"entry/{entry}").code == 0
    again = run("forget", entry, "--all", "--yes")
    assert (again.code, "nothing on this machine opens any field" in again.err) == (2, True)


def test_a_kept_draft_forgets_with_the_disclosure_file(ledger_here: Ledger, key: HeldKey, home: Home) -> None:
    batch = {"root": "ab" * 32, "algorithm": "sha-256", "count": 2, "description": "not for you"}
    draft = ledger_here.draft("deposit_batch", batch, [key.signer_id])
    signed = draft.sign(key)
    ledger_here._counter.keep(signed)
    assert ledger_here.forget(signed.entry_id) == ("description",)
    files = [path for path in home.ledger().path.rglob("*") if path.is_file()]
    assert home.ledger().draft_path(signed.entry_id) in files
    assert all(b"not for you" not in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--field", "object_name"), "no entry of the pack has a sealed field 'object_name'; sealed here: credit_code"),
        (("--field", "description", "--field", "5:description"), "named twice"),
    ],
)
def test_what_cannot_be_opened_is_named(
    run: Command, ledger_here: Ledger, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    ended = run("disclose", deposited(ledger_here), *arguments, "-o", tmp_path / "x.zip")
    assert (ended.code, words in ended.err, (tmp_path / "x.zip").exists()) == (2, True, False)


def test_a_new_pack_needs_a_name_that_is_free(run: Command, ledger_here: Ledger, tmp_path: Path) -> None:
    entry = deposited(ledger_here)
    assert "name the new pack with -o" in run("disclose", entry, "--field", "description").err
    (tmp_path / "there.zip").write_text("")
    ended = run("disclose", entry, "--field", "description", "-o", tmp_path / "there.zip")
    assert (ended.code, "never written over" in ended.err) == (2, True)


def test_what_is_opened_stays_opened_and_is_said(run: Command, ledger_here: Ledger, tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    assert run("disclose", deposited(ledger_here), "--field", "description", "-o", pack).code == 0
    ended = run("disclose", pack, "--field", "description", "-o", tmp_path / "again.zip")
    assert (ended.code, "is opened in the pack already" in ended.err) == (2, True)


def test_forgetting_is_asked_for(
    run: Command, ledger_here: Ledger, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = deposited(ledger_here)
    assert "--field PATH, or --all" in run("forget", entry).err
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "give --yes" in run("forget", entry, "--all").err
    assert len(home.ledger().disclosures(bytes.fromhex(entry)).openings) == 2


def test_the_twin_opens_fields_too(node: PaperNode, key: HeldKey) -> None:
    async def opened() -> Evidence:
        fingerprint = node.ledger.genesis.fingerprint.hex()
        async with await AsyncLedger.connect(node.url, fingerprint, signer=key) as ledger:
            receipt = await ledger.deposit(b"x", description="hourly")
            with pytest.raises(Malformed, match="no entry of the pack has a sealed field 'price'"):
                await ledger.disclose(receipt.entry_id, ["price"])
            return await ledger.disclose(receipt.entry_id, ["description"])

    (field,) = asyncio.run(opened()).report.entries[-1].opened
    assert (field.path, field.value) == ("description", "hourly")


def test_the_name_of_an_enrolled_party_is_opened_from_its_request(
    run: Command, node: PaperNode, passphrase_file: Path, tmp_path: Path
) -> None:
    assert run("connect", node.url, "--fingerprint", node.ledger.genesis.fingerprint.hex()).code == 0
    assert run("key", "new", "--name", "示例公司", "--credit-code", "").code == 0
    request = EnrolRequest.parse((tmp_path / "enrol-request.json").read_bytes())
    registrar = office("registrar")
    enrolment = Entry.build(
        request.body(registrar.signer_id, now_ms() + 3_600_000), {registrar.signer_id: registrar.key}
    )
    node.ledger.add(enrolment)
    ended = run("disclose", enrolment.entry_id.hex(), "--field", "name", "-o", tmp_path / "name.zip", "--json")
    assert [each["value"] for each in ended.json["opened"]] == ["示例公司"]
