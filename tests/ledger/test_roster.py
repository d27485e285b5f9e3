"""Members, rosters, quorum and the founding document (docs/spec/ledger.md section 6)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datadeed_ledger.encoding import jcs, sha256, to_b64
from datadeed_ledger.errors import Malformed
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, VerifierKey
from datadeed_ledger.roster import Genesis, Roster, faults_max, quorum

ORIGIN = "ledger.example.cn/dataip"


def public(label: str) -> bytes:
    return SigningKey(sha256(label.encode())).public_key


def member(name: str, role: str) -> dict[str, Any]:
    return {
        "api": "https://" + name,
        "keys": {
            "cosign": VerifierKey(name, COSIGNATURE_TYPE, public(name + "/cosign")).text,
            "log": VerifierKey(ORIGIN, LOG_TYPE, public(name + "/log")).text,
            "office": to_b64(public(name + "/office")),
            "tls": "sha256:" + sha256(name.encode()).hex(),
            "vote": to_b64(public(name + "/vote")),
        },
        "name": name,
        "peer": name + ":7000",
        "roles": [role],
        "title": {"en": name, "zh": "机构"},
    }


def founding() -> dict[str, Any]:
    members = [
        member("court", "court"),
        member("exchange", "exchange"),
        member("notary", "notary"),
        member("office", "registrar"),
    ]
    return {
        "consensus": {},
        "format": "datadeed-genesis/v1",
        "limits": {},
        "origin": ORIGIN,
        "roster": {"members": members, "version": 1},
        "rules": {},
        "time": "2026-11-22T04:00:00.000Z",
    }


def test_quorums_share_an_honest_member_at_every_size() -> None:
    for size in range(1, 101):
        faults = faults_max(size)
        assert 3 * faults < size <= 3 * faults + 3
        assert 2 * quorum(size) - size >= faults + 1  # any two quorums meet in more members than may lie
        assert quorum(size) <= size - faults  # and one is there without those that may fail
    assert [quorum(size) for size in (1, 2, 3, 4, 5, 6, 7)] == [1, 2, 3, 3, 4, 5, 5]


def test_a_genesis_reads_back_and_its_hash_is_the_fingerprint() -> None:
    document = jcs(founding())
    genesis = Genesis.parse(document)
    assert genesis.fingerprint == sha256(document)
    assert (
        Genesis.of(genesis.origin, genesis.time_ms, genesis.consensus, genesis.limits, genesis.rules, genesis.roster)
        == genesis
    )
    assert Roster.parse(genesis.roster.document, ORIGIN) == genesis.roster


def test_members_are_found_by_name_id_and_index() -> None:
    roster = Genesis.parse(jcs(founding())).roster
    office = roster.by_name("office")
    assert office is not None
    assert roster.by_id(sha256(b"office")) == office
    assert office.member_id == sha256(b"office")
    assert (roster.index_of("office"), roster.size, roster.faults, roster.quorum) == (3, 4, 1, 3)
    assert roster.by_name("nobody") is None
    with pytest.raises(KeyError):
        roster.index_of("nobody")


def test_the_published_genesis_has_the_published_fingerprint(vectors: Path) -> None:
    genesis = Genesis.parse((vectors / "packs" / "genesis.json").read_bytes())
    assert genesis.fingerprint.hex() == (vectors / "packs" / "FINGERPRINT.txt").read_text().strip()


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return change


def member_put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    return put("roster", "members", 0, *path, value=value)


OTHER = VerifierKey("other", COSIGNATURE_TYPE, public("x")).text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (put("format", value="datadeed-genesis/v2"), "format"),
        (put("more", value=1), "exactly"),
        (drop("limits"), "exactly"),
        (put("consensus", value=[]), "consensus is not an object"),
        (put("origin", value="a b"), "origin"),
        (put("origin", value=7), "not a string"),
        (put("time", value="2026-11-22"), "time"),
        (put("roster", "version", value=2), "version 1"),
        (put("roster", "version", value=True), "version"),
        (put("roster", "version", value=0), "version"),
        (put("roster", "members", value={}), "array"),
        (put("roster", "members", value=[]), "1 to 31"),
        (drop("roster", "members", 0), "one registrar and one court"),
        (drop("roster", "members", 3), "one registrar and one court"),
        (member_put("name", value="Court"), "member name"),
        (member_put("name", value="none"), "'none'"),
        (member_put("name", value="x" * 64), "member name"),
        (member_put("api", value="http://court.example.cn"), "api"),
        (member_put("api", value="https://a b"), "api"),
        (member_put("peer", value="court"), "peer"),
        (member_put("peer", value="court:70000"), "65535"),
        (member_put("peer", value="court:07"), "peer"),
        (member_put("roles", value=[]), "roles"),
        (member_put("roles", value=["king"]), "roles"),
        (member_put("roles", value=["court", "court"]), "roles"),
        (member_put("title", value={"en": "a"}), "exactly"),
        (member_put("title", "zh", value=""), "title"),
        (member_put("title", "zh", value="a\u202eb"), "printable"),
        (member_put("keys", "vote", value="AAAA"), "32 are expected"),
        (member_put("keys", "tls", value="00"), "sha256"),
        (member_put("keys", "tls", value="sha256:00"), "32 are expected"),
        (member_put("keys", "cosign", value=OTHER), "cosign key"),
        (member_put("keys", "log", value=OTHER), "log key"),
        (member_put("keys", "cosign", value=VerifierKey(ORIGIN, LOG_TYPE, public("y")).text), "cosign key"),
        (member_put("keys", "vote", value=to_b64(public("court/office"))), "appears twice"),
        (member_put("keys", "vote", value=to_b64(public("office/log"))), "appears twice"),
        (put("roster", "members", 1, value=member("court", "court")), "byte order"),
        (put("roster", "members", 1, value=member("a", "court")), "byte order"),
    ],
)
def test_documents_that_break_a_rule_are_malformed(change: Callable[[dict[str, Any]], None], reason: str) -> None:
    document = copy.deepcopy(founding())
    change(document)
    with pytest.raises(Malformed, match=reason):
        Genesis.parse(jcs(document))


def test_plain_http_is_for_loopback_only() -> None:
    document = founding()
    for api in ("http://127.0.0.1:8400", "http://localhost:8400/", "http://[::1]:8400"):
        document["roster"]["members"][0]["api"] = api
        assert Genesis.parse(jcs(document)).roster.members[0].api == api


def test_every_changed_byte_changes_the_fingerprint_or_is_malformed() -> None:
    document = jcs(founding())
    fingerprint = Genesis.parse(document).fingerprint
    for position in range(0, len(document), 7):
        changed = bytearray(document)
        changed[position] ^= 1
        try:
            assert Genesis.parse(bytes(changed)).fingerprint != fingerprint
        except Malformed:
            continue
