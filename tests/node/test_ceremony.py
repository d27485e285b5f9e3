"""Founding a ledger: each institution's own keys, its card, the document and everybody's signature on it."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from founders import FOUNDERS, ORIGIN, TIME_MS, binding, identity

from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.roster import Genesis
from datadeed_ledger.rules import shipped
from datadeed_node import ceremony
from datadeed_node.certificates import pin_of_pem
from datadeed_node.config import Config
from datadeed_node.founding import consensus_parameters, rule_set_data
from datadeed_node.key_files import KEY_NAMES, read_key
from datadeed_node.mistakes import Mistake
from datadeed_node.node import Node


@pytest.fixture
def cards(tmp_path: Path) -> dict[str, ceremony.Card]:
    """The cards of four institutions whose folders lie in tmp_path."""
    return {
        short: ceremony.init(tmp_path / short, identity(short, 8400 + at), binding(8400 + at))
        for at, short in enumerate(FOUNDERS)
    }


def proposed(cards: dict[str, ceremony.Card], path: Path) -> Genesis:
    found = ceremony.propose(
        list(cards.values()),
        origin=ORIGIN,
        rules=shipped("demo-fast"),
        consensus=consensus_parameters(),
        time_ms=TIME_MS,
    )
    path.write_bytes(found.document)
    return found


def test_init_makes_keys_for_their_owner_alone_and_a_card_that_fits_them(tmp_path: Path) -> None:
    folder = tmp_path / "court"
    card = ceremony.init(folder, identity("court"), binding())
    member = card.member
    assert ceremony.Card.parse((folder / "card.json").read_bytes()) == card
    assert read_key(folder / "keys" / "office.key").public_key == member.office
    assert read_key(folder / "keys" / "cosign.key").public_key == member.cosign.public_key
    assert pin_of_pem((folder / "tls" / "cert.pem").read_bytes()) == member.tls
    secrets = [folder / "keys" / f"{name}.key" for name in KEY_NAMES] + [folder / "tls" / "key.pem"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert len({path.read_bytes() for path in secrets}) == 5


def test_the_settings_that_init_writes_are_read_back(tmp_path: Path) -> None:
    ceremony.init(tmp_path / "court", identity("court", 8410), binding(8410))
    config = Config.load(tmp_path / "court")
    assert (config.name, config.api_port, config.peer_port) == ("court.example.cn", 8410, 8510)


def test_init_never_overwrites_anything(tmp_path: Path) -> None:
    ceremony.init(tmp_path / "court", identity("court"), binding())
    before = {path: path.read_bytes() for path in (tmp_path / "court").rglob("*") if path.is_file()}
    with pytest.raises(Mistake, match="never overwritten"):
        ceremony.init(tmp_path / "court", identity("court"), binding())
    assert before == {path: path.read_bytes() for path in (tmp_path / "court").rglob("*") if path.is_file()}


def test_a_bad_field_is_found_before_any_key_is_written(tmp_path: Path) -> None:
    wrong = ceremony.Identity("Court!", ("court",), "Court", "法院", "http://127.0.0.1:1", "127.0.0.1:2", ORIGIN)
    with pytest.raises(Malformed, match="member name"):
        ceremony.init(tmp_path / "court", wrong, binding())
    assert not (tmp_path / "court").exists()


def test_four_institutions_found_a_ledger_and_each_node_loads(tmp_path: Path, cards: dict[str, ceremony.Card]) -> None:
    file = tmp_path / "genesis.json"
    genesis = proposed(cards, file)
    assert [member.name for member in genesis.roster.members] == [f"{short}.example.cn" for short in FOUNDERS]
    for short in FOUNDERS:
        ceremony.sign(tmp_path / short, file)
    found = ceremony.check(file)
    assert found.missing == ()
    for short in FOUNDERS:
        ceremony.install(tmp_path / short, file)
        node = Node.load(tmp_path / short)
        assert node.genesis.fingerprint == genesis.fingerprint


def test_signing_twice_is_the_same_signature(tmp_path: Path, cards: dict[str, ceremony.Card]) -> None:
    file = tmp_path / "genesis.json"
    proposed(cards, file)
    ceremony.sign(tmp_path / "court", file)
    once = (tmp_path / "genesis.signatures.json").read_bytes()
    ceremony.sign(tmp_path / "court", file)
    assert (tmp_path / "genesis.signatures.json").read_bytes() == once
    assert ceremony.check(file).missing == ("exchange.example.cn", "ip-office.example.cn", "notary.example.cn")


def test_nothing_is_installed_before_everybody_has_signed(tmp_path: Path, cards: dict[str, ceremony.Card]) -> None:
    file = tmp_path / "genesis.json"
    proposed(cards, file)
    ceremony.sign(tmp_path / "court", file)
    with pytest.raises(Mistake, match="not signed yet by exchange"):
        ceremony.install(tmp_path / "court", file)
    assert not (tmp_path / "court" / "genesis.json").exists()


def test_an_institution_does_not_sign_a_document_that_carries_other_keys_for_it(
    tmp_path: Path, cards: dict[str, ceremony.Card]
) -> None:
    file = tmp_path / "genesis.json"
    forged = ceremony.init(tmp_path / "forged", identity("court"), binding())
    proposed(cards | {"court": forged}, file)
    with pytest.raises(Mistake, match="does not carry court"):
        ceremony.sign(tmp_path / "court", file)
    assert not (tmp_path / "genesis.signatures.json").exists()


def test_a_key_that_was_exchanged_on_disk_is_found_before_signing(
    tmp_path: Path, cards: dict[str, ceremony.Card]
) -> None:
    file = tmp_path / "genesis.json"
    proposed(cards, file)
    path = tmp_path / "court" / "keys" / "vote.key"
    path.write_bytes(b"11" * 32 + b"\n")
    with pytest.raises(Mistake, match="are not the ones in the document: vote"):
        ceremony.sign(tmp_path / "court", file)


def test_a_signature_of_another_key_is_unproven(tmp_path: Path, cards: dict[str, ceremony.Card]) -> None:
    file = tmp_path / "genesis.json"
    genesis = proposed(cards, file)
    ceremony.sign(tmp_path / "court", file)
    signatures = tmp_path / "genesis.signatures.json"
    real = read_key(tmp_path / "court" / "keys" / "office.key").sign(ceremony.GENESIS_TAG + genesis.document)
    false = SigningKey(bytes(32)).sign(ceremony.GENESIS_TAG + genesis.document)
    text = signatures.read_bytes().replace(base64.b64encode(real), base64.b64encode(false))
    signatures.write_bytes(text)
    with pytest.raises(Unproven, match="the office key of court"):
        ceremony.check(file)


def test_signatures_of_another_document_do_not_count(tmp_path: Path, cards: dict[str, ceremony.Card]) -> None:
    file = tmp_path / "genesis.json"
    proposed(cards, file)
    ceremony.sign(tmp_path / "court", file)
    file.write_bytes(file.read_bytes().replace(b"Example court", b"Exemple court"))
    with pytest.raises(Mistake, match="another document"):
        ceremony.check(file)


def test_a_node_that_founds_one_ledger_joins_no_other(tmp_path: Path, cards: dict[str, ceremony.Card]) -> None:
    for name, shift in (("first", 0), ("second", 1)):
        file = tmp_path / name / "genesis.json"
        file.parent.mkdir()
        found = ceremony.propose(
            list(cards.values()), origin=ORIGIN, rules=shipped("demo-fast"), consensus={}, time_ms=TIME_MS + shift
        )
        file.write_bytes(found.document)
        for short in FOUNDERS:
            ceremony.sign(tmp_path / short, file)
    ceremony.install(tmp_path / "court", tmp_path / "first" / "genesis.json")
    with pytest.raises(Mistake, match="already founds another ledger"):
        ceremony.install(tmp_path / "court", tmp_path / "second" / "genesis.json")


def test_whoever_joins_later_installs_the_document_by_its_fingerprint(
    tmp_path: Path, cards: dict[str, ceremony.Card]
) -> None:
    genesis = proposed(cards, tmp_path / "genesis.json")
    folder = tmp_path / "university"
    ceremony.init(folder, identity("university"), binding())
    assert ceremony.join(folder, genesis, genesis.fingerprint) is False
    assert (folder / "genesis.json").read_bytes() == genesis.document
    assert ceremony.join(folder, genesis, genesis.fingerprint) is False
    assert ceremony.join(tmp_path / "court", genesis, genesis.fingerprint) is True


def test_a_document_of_another_fingerprint_or_origin_is_not_joined(
    tmp_path: Path, cards: dict[str, ceremony.Card]
) -> None:
    genesis = proposed(cards, tmp_path / "genesis.json")
    ceremony.init(tmp_path / "university", identity("university"), binding())
    with pytest.raises(Mistake, match="founds the ledger"):
        ceremony.join(tmp_path / "university", genesis, bytes(32))
    ceremony.init(tmp_path / "stranger", identity("stranger", origin="other.example.cn/log"), binding())
    with pytest.raises(Mistake, match=r"made for other\.example\.cn/log"):
        ceremony.join(tmp_path / "stranger", genesis, genesis.fingerprint)
    assert not (tmp_path / "university" / "genesis.json").exists()
    assert not (tmp_path / "stranger" / "genesis.json").exists()


def test_without_a_fingerprint_a_stranger_is_told_how_to_join(tmp_path: Path, cards: dict[str, ceremony.Card]) -> None:
    file = tmp_path / "genesis.json"
    proposed(cards, file)
    for short in FOUNDERS:
        ceremony.sign(tmp_path / short, file)
    ceremony.init(tmp_path / "university", identity("university"), binding())
    with pytest.raises(Mistake, match="no founding member") as caught:
        ceremony.install(tmp_path / "university", file)
    assert "--fingerprint" in caught.value.next_step


def test_three_institutions_are_too_few(cards: dict[str, ceremony.Card]) -> None:
    few = [cards[short] for short in ("court", "exchange", "ip-office")]
    with pytest.raises(Mistake, match="at least 4"):
        ceremony.propose(few, origin=ORIGIN, rules=shipped("demo-fast"), consensus={}, time_ms=TIME_MS)


def test_a_card_for_another_origin_is_named(tmp_path: Path, cards: dict[str, ceremony.Card]) -> None:
    stranger = ceremony.init(tmp_path / "other", identity("court", origin="other.example.cn/log"), binding())
    with pytest.raises(Mistake, match=r"another origin .*: court\.example\.cn"):
        ceremony.propose(
            [*cards.values(), stranger], origin=ORIGIN, rules=shipped("demo-fast"), consensus={}, time_ms=TIME_MS
        )


@pytest.mark.parametrize("spoilt", [b"", b"{}", b'{"format":"datadeed-card/v2"}', b"\xff", b"[1]"])
def test_what_is_no_card_is_malformed(spoilt: bytes) -> None:
    with pytest.raises(Malformed):
        ceremony.Card.parse(spoilt)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, cards: dict[str, ceremony.Card]) -> None:
    path = tmp_path / "court" / "keys" / "office.key"
    path.chmod(0o640)
    with pytest.raises(Malformed, match="may be read by others"):
        read_key(path)


def test_the_founding_parameters_are_written_out_and_rule_sets_come_from_names_or_files(tmp_path: Path) -> None:
    assert consensus_parameters()["delta_ms"] == 300
    assert rule_set_data("demo-fast") == shipped("demo-fast")
    with pytest.raises(Malformed, match="neither a file nor a shipped rule set"):
        rule_set_data("nobodys-rules")
    file = tmp_path / "rules.json"
    file.write_bytes(b'{"name":"x"}')
    with pytest.raises(Malformed, match="missing"):
        rule_set_data(str(file))
