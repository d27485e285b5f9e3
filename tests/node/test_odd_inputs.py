"""Validly signed but odd: whatever the door lets in is recorded or refused, and never stalls the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cluster_in_process import Cluster
from institutions import HOUR_MS, SEAL, Institutions, key, run, until

from datadeed_ledger.encoding import encode
from datadeed_ledger.entry import Body, Entry, key_proof_message
from datadeed_ledger.errors import DatadeedError, Malformed, Refused
from datadeed_ledger.keys import SigningKey

U64_MAX = 2**64 - 1
LAST_MS = 253_402_300_799_999  # the end of the year 9999


def odd_entries(four: Institutions) -> dict[str, Entry]:
    """One party (number 1) is enrolled. Every entry is signed by who signs it and spelled canonically."""
    office, office_key = four.office("registrar")
    signed_by_office = {office.member_id: office_key}
    party, party_key = four.party(1)
    other, other_key = four.party(2)

    def enrolment(number: int, **changed: Any) -> Entry:
        return four.entry("enrol", signed_by_office, {**four.enrol(number).body.data, **changed}, 1000 + number)

    def proof(party_id: bytes, public_key: bytes, by: SigningKey) -> bytes:
        return by.sign(key_proof_message(four.genesis.fingerprint, party_id, public_key))

    def raw(kind: str, data: dict[str, Any], number: int) -> Entry:
        return four.entry(kind, signed_by_office, data, number)

    right = bytes(32)
    return {
        "largest numbers": four.deposit(1, party=1, size_bytes=U64_MAX, formed_at=LAST_MS),
        "formed in the year zero": four.deposit(2, party=1, formed_at=0),
        "longest media type": four.deposit(3, party=1, media_type="a/" + "b" * 98),
        "a digest of zeros": four.deposit(4, party=1, digest=bytes(32)),
        "the same file again": four.deposit(5, party=1, digest=four.deposit(4, party=1).body.data["digest"]),
        "expires with the founding": four.deposit(6, party=1, expires_ms=four.founded_ms),
        "expires at the end of numbers": four.deposit(7, party=1, expires_ms=U64_MAX),
        "by a party that nobody enrolled": four.deposit(8, party=2),
        "by two at once": four.entry(
            "deposit", {party: party_key, **signed_by_office}, dict(four.deposit(9).body.data), 9
        ),
        "by a member that is none": four.entry(
            "deposit", {bytes(32): key("nobody")}, dict(four.deposit(10).body.data), 10
        ),
        "enrolled by itself": four.entry("enrol", {party: party_key}, dict(four.enrol(3).body.data), 11),
        "enrolled twice": enrolment(1),
        "enrolled with another's key": enrolment(4, public_key=party_key.public_key),
        "enrolled with a proof for another party": enrolment(
            5, key_proof=proof(other, four.party(5)[1].public_key, four.party(5)[1])
        ),
        "enrolled with a key of small order": enrolment(6, public_key=bytes(32)),
        "a party id that is a member id's beginning": enrolment(
            7,
            party=office.member_id[:16],
            key_proof=proof(office.member_id[:16], four.party(7)[1].public_key, four.party(7)[1]),
        ),
        "an update of nobody": four.entry(
            "update_party",
            {other: other_key},
            {
                **{name: value for name, value in four.enrol(2).body.data.items() if name != "party_type"},
                "reason": "rotation",
            },
            12,
        ),
        "a right that does not exist": raw("publish", {"right": right}, 13),
        "a request that does not exist": raw("reject", {"right": right, "request": right, "ground": "other"}, 14),
        "a batch of the largest count": four.entry(
            "deposit_batch",
            {party: party_key},
            {"root": bytes(32), "algorithm": "sha-256", "count": 2**32 - 1, "formed_at": None, "description": SEAL},
            15,
        ),
        "a notarial record of nothing": raw(
            "notarize", {"deposit": right, "item": 2**32 - 1, "record_number": SEAL}, 16
        ),
    }


def test_whatever_the_door_lets_in_never_stalls_the_ledger(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running() as cluster:
            four = cluster.institutions
            await cluster.nodes[0].submit(four.enrol(1).data)
            await cluster.recorded(four.enrol(1))
            admitted: list[Entry] = []
            for at, (name, entry) in enumerate(odd_entries(four).items()):
                verdicts = set()
                for node in cluster.nodes.values():
                    try:
                        await node.submit(entry.data)
                        verdicts.add("taken")
                    except Refused as error:
                        verdicts.add(f"refused {error.number}")
                assert len(verdicts) == 1, f"{name}: the doors disagree: {verdicts}"
                if verdicts == {"taken"}:
                    admitted.append(entry)
                good = four.deposit(100 + at, party=1)
                await cluster.nodes[at % 4].submit(good.data)
                await cluster.recorded(good)
            await cluster.recorded(*admitted)
            assert len(admitted) >= 6, "the test has something to say"
            await cluster.level()
            cluster.assert_agreement()

    run(main(), deadline_s=120)


def test_odd_spellings_of_a_good_entry_are_malformed_everywhere(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path, 1).running() as cluster:
            four, node = cluster.institutions, cluster.nodes[0]
            good = four.deposit(1)
            value = good.body.to_value()
            data = dict(good.body.data)
            signer = four.office("court")[1]

            def signed(body: Any) -> bytes:
                body_bytes = encode(body)
                return encode([body_bytes, [signer.sign(b"datadeed/entry/v1\n" + body_bytes)]])

            odd = {
                "two signatures": encode([good.body_bytes, list(good.signatures) * 2]),
                "no signature": encode([good.body_bytes, []]),
                "a third part": encode([good.body_bytes, list(good.signatures), None]),
                "a body that is a map": encode([value, list(good.signatures)]),
                "an unknown kind": signed({**value, "kind": "gift"}),
                "a missing field": signed({**value, "data": {k: v for k, v in data.items() if k != "scope"}}),
                "an extra field": signed({**value, "data": {**data, "note": "x"}}),
                "a negative size": signed({**value, "data": {**data, "size_bytes": -1}}),
                "a true for a number": signed({**value, "data": {**data, "size_bytes": True}}),
                "a text for bytes": signed({**value, "data": {**data, "digest": "0" * 32}}),
                "a short digest": signed({**value, "data": {**data, "digest": bytes(31)}}),
                "nobody signs": signed({**value, "by": []}),
                "the same signer twice": signed({**value, "by": list(good.body.by) * 2}),
                "another version": signed({**value, "v": 2}),
                "a long nonce": signed({**value, "nonce": bytes(17)}),
                "too large": signed({**value, "data": {**data, "media_type": "a/" + "b" * 20_000}}),
                "too deep": encode([[[[[[[[[[1]]]]]]]]]]),
                "a longer spelling": b"\xdc\x00\x02" + good.data[1:],
            }
            for name, bad in odd.items():
                try:
                    await node.submit(bad)
                except Malformed:
                    continue
                except DatadeedError as error:
                    raise AssertionError(f"{name}: {error!r}") from error
                raise AssertionError(f"{name} was taken")
            await node.submit(good.data)
            await until(lambda: node.store.entry_index(good.entry_id) is not None, "the good one is recorded")

    run(main())


def test_an_entry_that_expires_while_it_waits_leaves_and_nothing_stalls(tmp_path: Path) -> None:
    async def main() -> None:
        async with Cluster(tmp_path).running(0, 1) as cluster:
            four = cluster.institutions
            soon_over = four.deposit(1, expires_ms=four.founded_ms + 3_000)
            lasting = four.deposit(2, expires_ms=four.founded_ms + HOUR_MS)
            await cluster.nodes[0].submit_batch([soon_over.data, lasting.data])
            await until(
                lambda: cluster.nodes[0]._clock.utc_ms() > four.founded_ms + 3_500,
                "the first has expired while two were away",
            )
            await cluster.start(2)
            await cluster.recorded(lasting)
            assert all(node.store.entry_index(soon_over.entry_id) is None for node in cluster.nodes.values())
            await until(lambda: all(len(node._mempool) == 0 for node in cluster.nodes.values()), "the pools are empty")

    run(main())


def test_a_body_is_one_entry_whatever_signatures_come_with_it() -> None:
    """Entry ids do not cover signatures; that is the ledger room's rule, and the pool and the index rest on it."""
    body = Body(bytes(32), "publish", (b"p" * 16,), bytes(16), 1, {"right": bytes(32)})
    first, second = (Entry.build(body, {b"p" * 16: key(label)}) for label in ("a", "b"))
    assert first.entry_id == second.entry_id
    assert first.data != second.data
