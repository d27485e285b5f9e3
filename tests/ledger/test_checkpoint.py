"""Checkpoints: who must have signed, what no signature excuses, and the texts around them."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.checkpoint import (
    Checkpoint,
    TlogProof,
    check_cosignature,
    check_log_line,
    cosign,
    lower_median,
    parse_tlog_proof,
    policy_text,
    sign_checkpoint,
    tlog_proof_text,
    verify_checkpoint,
)
from datadeed_ledger.encoding import sha256, to_b64
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.header import Header
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.merkle import EMPTY_ROOT, leaf_hash, tree_path, tree_root
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, Note, SignatureLine, VerifierKey
from datadeed_ledger.roster import Genesis, Member, Roster

ORIGIN = "ledger.example.cn/dataip"
NAMES = ("court.example.cn", "exchange.example.cn", "ip-office.example.cn", "notary.example.cn")
LEAVES = [leaf_hash(b"leaf %d" % index) for index in range(18)]
CHECKPOINT = Checkpoint(ORIGIN, 18, tree_root(LEAVES))
TIME_S = 1_796_864_400


def key(name: str, use: str) -> SigningKey:
    return SigningKey(sha256(f"{use} key of {name}".encode()))


def member(name: str, role: str) -> Member:
    return Member(
        name=name,
        roles=(role,),
        api=f"https://{name}",
        peer=f"{name}:7000",
        title_en=name,
        title_zh=name,
        vote=key(name, "vote").public_key,
        office=key(name, "office").public_key,
        tls=sha256(name.encode()),
        cosign=VerifierKey(name, COSIGNATURE_TYPE, key(name, "cosign").public_key),
        log=VerifierKey(ORIGIN, LOG_TYPE, key(name, "log").public_key),
    )


ROSTER = Roster.of(1, [member(*each) for each in zip(NAMES, ("court", "exchange", "registrar", "notary"), strict=True)])
HEADER = Header(
    ledger=bytes(32),
    origin=ORIGIN,
    height=7,
    time_ms=TIME_S * 1000,
    slack_ms=2000,
    previous=bytes(32),
    first=16,
    entries=1,
    entries_digest=EMPTY_ROOT,
    tree_size=17,
    tree_root=tree_root(LEAVES[:17]),
    state_root=EMPTY_ROOT,
    roster_version=1,
    roster_digest=ROSTER.digest,
    next_roster_version=1,
    next_roster_digest=ROSTER.digest,
)


def log_line(name: str, checkpoint: Checkpoint = CHECKPOINT) -> SignatureLine:
    return sign_checkpoint(checkpoint, ROSTER.members[NAMES.index(name)].log, key(name, "log"))


def cosign_line(name: str, time_s: int = TIME_S, checkpoint: Checkpoint = CHECKPOINT) -> SignatureLine:
    return cosign(checkpoint, ROSTER.members[NAMES.index(name)].cosign, key(name, "cosign"), time_s)


def note_of(*lines: SignatureLine, body: bytes = CHECKPOINT.body) -> bytes:
    return Note(body, lines).to_bytes()


PROVEN = note_of(log_line(NAMES[0]), *(cosign_line(name) for name in NAMES[:3]))


def test_a_checkpoint_is_three_lines() -> None:
    assert CHECKPOINT.body == f"{ORIGIN}\n18\n{to_b64(CHECKPOINT.root)}\n".encode()
    assert Checkpoint.parse(CHECKPOINT.body) == CHECKPOINT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        CHECKPOINT.body + b"extension\n",
        CHECKPOINT.body[:-1],
        CHECKPOINT.body.replace(b"\n18\n", b"\n018\n"),
        CHECKPOINT.body.replace(b"\n18\n", b"\n+18\n"),
        CHECKPOINT.body.replace(b"\n18\n", b"\n\n"),
        CHECKPOINT.body.replace(b"\n18\n", b"\n9007199254740992\n"),
        CHECKPOINT.body.replace(b"=\n", b"\n"),
        CHECKPOINT.body[:-3] + b"B=\n",
        b" " + CHECKPOINT.body,
        CHECKPOINT.body.replace(b"\n", b"\r\n"),
        b"\n".join(CHECKPOINT.body.split(b"\n")[1:]),
    ],
)
def test_another_body_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(body)


def test_the_published_checkpoint_is_proven_and_re_encoded(vectors: Path) -> None:
    note = (vectors / "packs" / "checkpoint").read_bytes()
    genesis = Genesis.parse((vectors / "packs" / "genesis.json").read_bytes())
    assert genesis.fingerprint.hex() == (vectors / "packs" / "FINGERPRINT.txt").read_text().strip()
    with zipfile.ZipFile(vectors / "packs" / "entry.zip") as pack:
        header = Header.parse(pack.read("header.txt"))
    proven = verify_checkpoint(note, genesis.roster, header)
    assert proven.note == note
    assert proven.checkpoint.size == header.log_size == 18
    assert list(proven.cosigners) == list(NAMES[:3])
    assert proven.log_signers == ("exchange.example.cn",)
    assert proven.time_s == sorted(proven.cosigners.values())[1]


def test_published_tlog_proofs_verify_and_are_re_encoded(vectors: Path) -> None:
    note = (vectors / "packs" / "checkpoint").read_bytes()
    verified = 0
    for name in ("absence.zip", "entry.zip", "item.zip", "title.zip"):
        with zipfile.ZipFile(vectors / "packs" / name) as pack:
            for part in [part for part in pack.namelist() if part.endswith(".tlog-proof")]:
                text = pack.read(part)
                proof = parse_tlog_proof(text)
                assert (proof.to_text(), proof.note) == (text, note)
                stem = part.removesuffix(".tlog-proof")
                leaf = pack.read(stem + (".msgpack" if stem.startswith("entry") else ".txt"))
                proof.verify(leaf_hash(leaf), proof.checkpoint)
                with pytest.raises(Unproven):
                    proof.verify(leaf_hash(leaf + b"\x00"), proof.checkpoint)
                verified += 1
    assert verified > 20


def test_the_published_policy_is_derived_from_the_roster(vectors: Path) -> None:
    genesis = Genesis.parse((vectors / "packs" / "genesis.json").read_bytes())
    signer = genesis.roster.by_name("exchange.example.cn")
    assert signer is not None
    with zipfile.ZipFile(vectors / "packs" / "entry.zip") as pack:
        assert policy_text(genesis.roster, signer.log) == pack.read("policy.txt")


def test_a_quorum_and_one_log_key_prove_a_checkpoint() -> None:
    proven = verify_checkpoint(PROVEN, ROSTER, HEADER)
    assert proven.checkpoint == CHECKPOINT
    assert proven.log_signers == (NAMES[0],)
    assert proven.cosigners == dict.fromkeys(NAMES[:3], TIME_S)
    assert verify_checkpoint(PROVEN, ROSTER, None) == proven


def test_the_order_of_lines_and_unknown_keys_do_not_matter() -> None:
    stranger = VerifierKey("stranger.example.cn", COSIGNATURE_TYPE, key("stranger", "cosign").public_key)
    unknown = SignatureLine(stranger.name, stranger.key_id, b"not even a signature")
    lines = [log_line(NAMES[3]), *(cosign_line(name) for name in NAMES[1:]), unknown]
    for order in list(permutations(lines))[::7]:
        assert verify_checkpoint(note_of(*order), ROSTER, HEADER).log_signers == (NAMES[3],)


def refused_lines() -> dict[str, Sequence[SignatureLine]]:
    log, cosigned = log_line(NAMES[0]), [cosign_line(name) for name in NAMES]
    other = Checkpoint(ORIGIN, 18, EMPTY_ROOT)
    bad_log = replace(log, signature=bytes([log.signature[0] ^ 1]) + log.signature[1:])
    wrong_time = replace(cosigned[0], signature=bytes(7) + b"\x01" + cosigned[0].signature[8:])
    return {
        "no cosigner": [log],
        "fewer than a quorum": [log, *cosigned[:2]],
        "one member three times": [log, cosigned[0], cosigned[0], cosigned[0]],
        "one member at three times": [log, *(cosign_line(NAMES[0], TIME_S + more) for more in range(3))],
        "no log key": cosigned,
        "a known log key's bad line": [log, bad_log_of(NAMES[1]), *cosigned],
        "only a bad log line": [bad_log, *cosigned],
        "a known cosign key's bad line": [log, *cosigned[:3], wrong_time_of(NAMES[3])],
        "a cosignature whose time was changed": [log, wrong_time, *cosigned[1:]],
        "a cosignature without its time": [
            log,
            replace(cosigned[0], signature=cosigned[0].signature[8:]),
            *cosigned[1:],
        ],
        "a cosignature that is too short": [log, replace(cosigned[0], signature=b"\x00"), *cosigned[1:]],
        "a cosignature that is too long": [
            log,
            replace(cosigned[0], signature=cosigned[0].signature + b"\x00"),
            *cosigned[1:],
        ],
        "a log signature that is too long": [replace(log, signature=log.signature + b"\x00"), *cosigned],
        "a cosignature of another root": [log, cosign_line(NAMES[0], checkpoint=other), *cosigned[1:]],
        "a log signature of another root": [log_line(NAMES[0], other), *cosigned],
        "a log signature under a cosign key's name": [
            log,
            SignatureLine(cosigned[0].name, cosigned[0].key_id, log.signature),
            *cosigned[1:],
        ],
    }


def bad_log_of(name: str) -> SignatureLine:
    return replace(log_line(name), signature=bytes(64))


def wrong_time_of(name: str) -> SignatureLine:
    return replace(
        cosign_line(name), signature=cosign_line(name, TIME_S + 1).signature[:8] + cosign_line(name).signature[8:]
    )


@pytest.mark.parametrize("case", refused_lines())
def test_a_checkpoint_is_unproven_with(case: str) -> None:
    with pytest.raises(Unproven, match=r"^checkpoint: "):
        verify_checkpoint(note_of(*refused_lines()[case]), ROSTER, HEADER)


def test_only_a_key_s_first_line_counts() -> None:
    lines = [log_line(NAMES[0]), *(cosign_line(name) for name in NAMES[:3])]
    late = [cosign_line(NAMES[0], TIME_S + 9), wrong_time_of(NAMES[1]), bad_log_of(NAMES[0])]
    assert verify_checkpoint(note_of(*lines, *late), ROSTER, HEADER).cosigners == dict.fromkeys(NAMES[:3], TIME_S)


def test_a_checkpoint_of_another_log_is_unproven() -> None:
    other = Checkpoint("ledger.example.cn/other", 18, CHECKPOINT.root)
    lines = [cosign_line(name, checkpoint=other) for name in NAMES]
    with pytest.raises(Unproven, match="another log"):
        verify_checkpoint(note_of(*lines, body=other.body), ROSTER, None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"origin": "ledger.example.cn/other"}, "another log"),
        ({"first": 17, "tree_size": 18}, "last leaf"),
        ({"entries": 0, "tree_size": 16}, "last leaf"),
        ({"roster_version": 2, "next_roster_version": 2}, "another roster"),
        ({"roster_digest": bytes(32), "next_roster_digest": bytes(32)}, "another roster"),
        ({"time_ms": TIME_S * 1000 + 3000}, "before the block's time"),
    ],
)
def test_a_last_header_that_does_not_fit_is_unproven(changes: dict, reason: str) -> None:
    with pytest.raises(Unproven, match=reason):
        verify_checkpoint(PROVEN, ROSTER, replace(HEADER, **changes))


def test_a_cosignature_covers_its_whole_second_and_the_header_its_slack() -> None:
    verify_checkpoint(PROVEN, ROSTER, replace(HEADER, time_ms=TIME_S * 1000 + 2999))
    verify_checkpoint(PROVEN, ROSTER, replace(HEADER, slack_ms=0, time_ms=TIME_S * 1000 + 999))
    with pytest.raises(Unproven):
        verify_checkpoint(PROVEN, ROSTER, replace(HEADER, slack_ms=0, time_ms=TIME_S * 1000 + 1000))


def test_the_time_is_the_lower_median_of_all_cosigners() -> None:
    for times_s, median_s in [((5, 9, 7, 1), 5), ((5, 9, 7), 7), ((9, 9, 1, 1), 1)]:
        lines = [cosign_line(name, TIME_S + more) for name, more in zip(NAMES, times_s, strict=False)]
        proven = verify_checkpoint(note_of(log_line(NAMES[0]), *lines), ROSTER, None)
        assert proven.time_s == TIME_S + median_s
    assert lower_median([4]) == 4


def test_a_time_beyond_all_calendars_is_only_one_voice() -> None:
    lines = [cosign_line(NAMES[0], 2**64 - 1), *(cosign_line(name) for name in NAMES[1:3])]
    assert verify_checkpoint(note_of(log_line(NAMES[0]), *lines), ROSTER, HEADER).time_s == TIME_S


def test_single_lines_are_checked_against_the_key_that_is_meant() -> None:
    assert check_cosignature(CHECKPOINT, ROSTER.members[1].cosign, cosign_line(NAMES[1], 77)) == 77
    check_log_line(CHECKPOINT, ROSTER.members[1].log, log_line(NAMES[1]))
    with pytest.raises(Unproven, match="another key"):
        check_cosignature(CHECKPOINT, ROSTER.members[0].cosign, cosign_line(NAMES[1]))
    with pytest.raises(Unproven, match="another key"):
        check_log_line(CHECKPOINT, ROSTER.members[0].log, log_line(NAMES[1]))
    with pytest.raises(Unproven, match="bad"):
        check_cosignature(CHECKPOINT, ROSTER.members[1].cosign, wrong_time_of(NAMES[1]))
    with pytest.raises(Unproven, match="bad"):
        check_log_line(CHECKPOINT, ROSTER.members[1].log, bad_log_of(NAMES[1]))


def test_a_key_signs_only_what_it_is_for() -> None:
    cosigner, log = ROSTER.members[0].cosign, ROSTER.members[0].log
    with pytest.raises(AssertionError):
        sign_checkpoint(CHECKPOINT, cosigner, key(NAMES[0], "cosign"))
    with pytest.raises(AssertionError):
        sign_checkpoint(CHECKPOINT, log, key(NAMES[1], "log"))
    with pytest.raises(AssertionError):
        cosign(CHECKPOINT, log, key(NAMES[0], "log"), TIME_S)
    with pytest.raises(AssertionError):
        cosign(CHECKPOINT, cosigner, key(NAMES[1], "cosign"), TIME_S)


def test_every_changed_byte_of_a_signed_checkpoint_is_refused_or_costs_a_signer() -> None:
    whole = note_of(*(log_line(name) for name in NAMES), *(cosign_line(name) for name in NAMES))
    for at in range(len(whole)):
        for other in {whole[at] ^ 1, 0x0A, 0x20, 0xFF} - {whole[at]}:
            changed = whole[:at] + bytes([other]) + whole[at + 1 :]
            try:
                proven = verify_checkpoint(changed, ROSTER, HEADER)
            except (Malformed, Unproven):
                continue
            assert proven.checkpoint == CHECKPOINT
            assert len(proven.cosigners) + len(proven.log_signers) == 2 * len(NAMES) - 1


@given(st.binary(max_size=200) | st.lists(st.sampled_from(PROVEN.split(b"\n")), max_size=9).map(b"\n".join))
def test_any_bytes_are_malformed_unproven_or_proven(data: bytes) -> None:
    try:
        proven = verify_checkpoint(data, ROSTER, None)
    except (Malformed, Unproven):
        return
    assert proven.note == data
    assert proven.checkpoint == CHECKPOINT


@given(st.binary(max_size=100) | st.from_regex(r"\A[!-~]{1,9}\n[0-9]{1,3}\n[A-Z]{43}=\n\Z").map(str.encode))
def test_any_bytes_are_malformed_or_spell_a_checkpoint(data: bytes) -> None:
    try:
        checkpoint = Checkpoint.parse(data)
    except Malformed:
        return
    assert checkpoint.body == data


# --- tlog-proof ------------------------------------------------------------------------------------------------------

PATH = tree_path(LEAVES, 4)
PROOF = tlog_proof_text(4, PATH, PROVEN)


def test_a_tlog_proof_is_an_index_hashes_and_the_checkpoint() -> None:
    hashes = "".join(f"{to_b64(item)}\n" for item in PATH)
    assert b"c2sp.org/tlog-proof@v1\nindex 4\n" + hashes.encode() + b"\n" + PROVEN == PROOF
    proof = parse_tlog_proof(PROOF)
    assert proof == TlogProof(4, PATH, PROVEN)
    assert proof.checkpoint == CHECKPOINT
    proof.verify(LEAVES[4], CHECKPOINT)
    with pytest.raises(Unproven):
        proof.verify(LEAVES[5], CHECKPOINT)


def test_a_tlog_proof_of_the_only_leaf_has_no_hashes() -> None:
    only = Checkpoint(ORIGIN, 1, LEAVES[0])
    note = note_of(log_line(NAMES[0], only), body=only.body)
    proof = parse_tlog_proof(tlog_proof_text(0, (), note))
    assert proof == TlogProof(0, (), note)
    proof.verify(LEAVES[0], only)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        PROVEN,
        b"\n\n" + PROVEN,
        PROOF.replace(b"proof@v1", b"proof@v2"),
        PROOF.replace(b"index 4", b"extra aGVsbG8=\nindex 4"),
        PROOF.replace(b"index 4", b"index 04"),
        PROOF.replace(b"index 4", b"index -4"),
        PROOF.replace(b"index 4", b"index  4"),
        PROOF.replace(b"index 4", b"index 9007199254740992"),
        PROOF.replace(b"index 4\n", b""),
        PROOF.replace(b"index 4\n", b"\nindex 4\n"),
        PROOF.replace(b"\n\n" + PROVEN, b"\n" + PROVEN),
        PROOF.replace(b"\n\n" + PROVEN, b"\n\n\n" + PROVEN),
        PROOF.replace(b"\n\n" + PROVEN, b""),
        PROOF.replace(b"\n\n" + PROVEN, b"\n\n"),
        PROOF.replace(b"\n", b"\r\n"),
        PROOF.replace(b"index", "indéx".encode()),
        PROOF.replace(to_b64(PATH[0]).encode(), to_b64(PATH[0][:31]).encode()),
        PROOF.replace(to_b64(PATH[0]).encode(), to_b64(PATH[0]).encode() + b" "),
        tlog_proof_text(4, [LEAVES[0]] * 54, PROVEN),
        tlog_proof_text(4, PATH, b"x" * 70_000),
    ],
)
def test_another_tlog_proof_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        parse_tlog_proof(text)


def test_every_changed_byte_of_a_tlog_proof_is_refused() -> None:
    for at in range(len(PROOF)):
        for other in {PROOF[at] ^ 1, PROOF[at] ^ 0x80, 0x0A, 0x20} - {PROOF[at]}:
            changed = PROOF[:at] + bytes([other]) + PROOF[at + 1 :]
            try:
                proof = parse_tlog_proof(changed)
                assert proof.to_text() == changed
                assert at < len(PROOF) - len(PROVEN) or proof.note != PROVEN
                if proof.note == PROVEN:
                    with pytest.raises(Unproven):
                        proof.verify(LEAVES[4], CHECKPOINT)
            except Malformed:
                continue


@given(st.binary(max_size=100) | st.lists(st.sampled_from(PROOF.split(b"\n")), max_size=14).map(b"\n".join))
def test_any_bytes_are_malformed_or_spell_a_tlog_proof(data: bytes) -> None:
    try:
        proof = parse_tlog_proof(data)
    except Malformed:
        return
    assert proof.to_text() == data
    assert proof.checkpoint.body == Note.parse(proof.note).body


def test_a_policy_names_the_log_the_members_and_the_quorum() -> None:
    lines = policy_text(ROSTER, ROSTER.members[2].log).decode().split("\n")
    assert lines[0] == f"log {ROSTER.members[2].log.text}"
    assert lines[1:5] == [f"witness {each.name} {each.cosign.text}" for each in ROSTER.members]
    assert lines[5:] == ["group Q 3 " + " ".join(NAMES), "quorum Q", ""]
