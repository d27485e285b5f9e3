"""Every way to tamper with a pack's parts is refused, each for its own reason and with the outcome that it means.

Parts are packed again with the right CRCs, so that only the proof can see what was done. What a dishonest quorum could
sign stands in test_forgery.py.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from evidencekit import (
    ALICE,
    FILE,
    FILES,
    FINGERPRINT,
    Ledger,
    Story,
    checkpoint_note,
    item_proof,
    story,
)
from hypothesis import given
from hypothesis import strategies as st

from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.evidence import (
    ItemProof,
    NotProven,
    Outcome,
    Unreadable,
    absence_pack,
    entry_pack,
    title_pack,
    verify_pack,
)
from datadeed_ledger.evidence.build import entry_parts, title_parts
from datadeed_ledger.evidence.container import read_container, write_container
from datadeed_ledger.evidence.names import NOT_PROOF
from datadeed_ledger.statemap import subject_key

TOLD: Story = story()
RIGHT = f"right/{TOLD.right.entry_id.hex()}"
NEVER = "right/" + 64 * "e"
TITLE = dict(read_container(title_pack(TOLD.ledger, TOLD.right.entry_id)))
ENTRY = dict(
    read_container(entry_pack(TOLD.ledger, TOLD.deposit.entry_id, disclosures=TOLD.pen.disclosures(TOLD.deposit)))
)
BATCH = TOLD.index(TOLD.batch)
ITEM = dict(read_container(entry_pack(TOLD.ledger, TOLD.batch.entry_id, items=[item_proof(BATCH, 3)])))
ABSENCE = dict(read_container(absence_pack(TOLD.ledger, NEVER)))
PACKS = {"title": TITLE, "entry": ENTRY, "item": ITEM, "absence": ABSENCE}
OWN_RECORD = f"records/{subject_key(RIGHT).hex()}.msgpack"

Parts = dict[str, bytes]


def judged(parts: Parts, ask: str | None = None, file_digest: bytes | None = None) -> NotProven | Unreadable:
    with pytest.raises((NotProven, Unreadable)) as failure:
        verify_pack(write_container(parts.items()), FINGERPRINT, ask=ask, file_digest=file_digest)
    error = failure.value
    assert isinstance(error, (NotProven, Unreadable))
    return error


def question(name: str) -> str | None:
    return NEVER if name == "absence" else None


# --- whole parts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "part"), [(name, part) for name, parts in PACKS.items() for part in parts])
def test_a_part_that_is_missing_is_named(name: str, part: str) -> None:
    parts = {other: data for other, data in PACKS[name].items() if other != part}
    if part in ("README.txt", "disclosures.json", "items/3.txt"):
        verify_pack(write_container(parts.items()), FINGERPRINT, ask=question(name))
        return
    error = judged(parts, question(name))
    # Without its last map proof a title pack still has the shape of one, and fails at the count of its answers.
    counted = part == "map-proof-4.txt" or part.startswith("records/") or name == "absence"
    assert counted or part in str(error)


@pytest.mark.parametrize(("name", "part"), [(name, part) for name, parts in PACKS.items() for part in parts])
def test_a_part_that_is_there_twice_is_named(name: str, part: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for other, data in PACKS[name].items():
            file.writestr(zipfile.ZipInfo(other), data)
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr(zipfile.ZipInfo(part), PACKS[name][part])
    with pytest.raises(Unreadable, match=f"the part {part} is there twice"):
        verify_pack(buffer.getvalue(), FINGERPRINT, ask=question(name))


@pytest.mark.parametrize("name", PACKS)
def test_a_part_of_no_pack_is_named(name: str) -> None:
    error = judged({**PACKS[name], "notes.txt": b""}, question(name))
    assert isinstance(error, Unreadable)
    assert (error.step, error.outcome) == ("container", Outcome.CANNOT_DECIDE)
    assert "notes.txt is not a part" in error.reason


@pytest.mark.parametrize("name", PACKS)
def test_no_two_parts_can_change_places(name: str) -> None:
    names = [part for part in PACKS[name] if part not in NOT_PROOF]
    parties = {"map-proof-2.txt", "map-proof-3.txt"}  # may stand in either order
    for one, other in zip(names, names[1:] + names[:1], strict=True):
        swapped = {**PACKS[name], one: PACKS[name][other], other: PACKS[name][one]}
        if {one, other} != parties and swapped != PACKS[name]:
            judged(swapped, question(name))


def test_the_parties_proofs_may_stand_in_either_order() -> None:
    swapped = {**TITLE, "map-proof-2.txt": TITLE["map-proof-3.txt"], "map-proof-3.txt": TITLE["map-proof-2.txt"]}
    report = verify_pack(write_container(swapped.items()), FINGERPRINT)
    assert report == verify_pack(write_container(TITLE.items()), FINGERPRINT)


@pytest.mark.parametrize(("name", "stride"), [("absence", 3), ("entry", 17), ("item", 17), ("title", 151)])
def test_no_byte_of_a_part_is_free(name: str, stride: int) -> None:
    parts = dict(PACKS[name])
    for part, data in PACKS[name].items():
        if part not in NOT_PROOF:
            for position in range(0, len(data), stride):
                parts[part] = data[:position] + bytes((data[position] ^ 0x20,)) + data[position + 1 :]
                judged(parts, question(name))
            for cut in (data[:-1], data + b"\n", b""):
                parts[part] = cut
                judged(parts, question(name))
            parts[part] = data


# --- one change, one reason ------------------------------------------------------------------------------------------


def other_entry(index: int) -> Parts:
    """The parts of another entry of the same ledger, with its block."""
    entry_id = next(entry_id for entry_id, at in TOLD.ledger.indexes.items() if at == index)
    starts = (f"entry-{index}.", "block-")
    return {name: data for name, data in entry_parts(TOLD.ledger, entry_id) if name.startswith(starts)}


def without(parts: Parts, *starts: str) -> Parts:
    return {name: data for name, data in parts.items() if not name.startswith(starts)}


def on_other_checkpoint(parts: Parts, note: bytes) -> Parts:
    """The same proofs under another signed note of the same tree, put everywhere."""
    old = parts["checkpoint"]
    return {name: data.replace(old, note) if name not in NOT_PROOF else data for name, data in parts.items()}


def note(**signers: tuple[str, ...]) -> bytes:
    header = TOLD.ledger.tip.header
    return checkpoint_note(header.log_size, TOLD.ledger.before.root, header.time_ms // 1000, **signers)


def early_note() -> bytes:
    header = TOLD.ledger.tip.header
    return checkpoint_note(header.log_size, TOLD.ledger.before.root, header.time_ms // 1000 - 60)


def other_log_key() -> bytes:
    return TITLE["policy.txt"].replace(*(TOLD.ledger.roster.members[at].log.text.encode() for at in (3, 0)))


CASES: dict[str, tuple[Callable[[], Parts], str, Outcome, str]] = {
    "two signers are no quorum": (
        lambda: on_other_checkpoint(TITLE, note(signers=("court.cn", "notary.cn"))),
        "checkpoint",
        Outcome.CANNOT_DECIDE,
        "2 members cosigned, 3 are needed",
    ),
    "no log key signed": (
        lambda: on_other_checkpoint(TITLE, note(log=())),
        "checkpoint",
        Outcome.CANNOT_DECIDE,
        "no member's log key signed",
    ),
    "signed before the block": (
        lambda: on_other_checkpoint(TITLE, early_note()),
        "checkpoint",
        Outcome.CANNOT_DECIDE,
        "signed before the block's time",
    ),
    "another note of the same tree inside a proof": (
        lambda: {**TITLE, "entry-9.tlog-proof": TITLE["entry-9.tlog-proof"].replace(TITLE["checkpoint"], note())},
        "inclusion",
        Outcome.INCONSISTENT,
        "entry-9.tlog-proof: the checkpoint inside is not the pack's",
    ),
    "another note outside of the proofs": (
        lambda: {**TITLE, "checkpoint": note()},
        "header",
        Outcome.INCONSISTENT,
        "header.tlog-proof: the checkpoint inside",
    ),
    "an older header for the newest": (
        lambda: {**TITLE, "header.txt": TITLE["block-10.txt"]},
        "checkpoint",
        Outcome.CANNOT_DECIDE,
        "not the checkpoint's last leaf",
    ),
    "the proof of another header": (
        lambda: {**TITLE, "header.tlog-proof": TITLE["block-10.tlog-proof"]},
        "header",
        Outcome.INCONSISTENT,
        "the index is not the checkpoint's last",
    ),
    "a policy with a log key that did not sign": (
        lambda: {**TITLE, "policy.txt": other_log_key()},
        "policy",
        Outcome.INCONSISTENT,
        "policy.txt is not the one",
    ),
    "a policy that asks for fewer": (
        lambda: {**TITLE, "policy.txt": TITLE["policy.txt"].replace(b"group Q 3", b"group Q 2")},
        "policy",
        Outcome.INCONSISTENT,
        "policy.txt is not the one",
    ),
    "an entry under another's proof": (
        lambda: {**TITLE, "entry-9.tlog-proof": TITLE["entry-11.tlog-proof"]},
        "inclusion",
        Outcome.INCONSISTENT,
        "the proof is for index 11",
    ),
    "an entry that was never recorded": (
        lambda: {**TITLE, "entry-9.msgpack": TITLE["entry-11.msgpack"]},
        "inclusion",
        Outcome.NOT_ON_LEDGER,
        "leads to another root",
    ),
    "a readable text that says something else": (
        lambda: {**TITLE, "entry-9.json": TITLE["entry-9.json"].replace(b'"csv"', b'"sql"')},
        "inclusion",
        Outcome.INCONSISTENT,
        "the readable text is not",
    ),
    "a block header under another's name": (
        lambda: {**TITLE, "block-3.txt": TITLE["block-4.txt"]},
        "blocks",
        Outcome.INCONSISTENT,
        "block-3.txt: the header is that of height 4",
    ),
    "a block header with another's proof": (
        lambda: {**TITLE, "block-3.tlog-proof": TITLE["block-4.tlog-proof"]},
        "blocks",
        Outcome.INCONSISTENT,
        "the header's place is 10, the proof is for 12",
    ),
    "a block that never was": (
        lambda: {**TITLE, "block-3.txt": TITLE["block-3.txt"].replace(b"slack 2000", b"slack 2001")},
        "blocks",
        Outcome.INCONSISTENT,
        "block-3.tlog-proof: the path leads to another root",
    ),
    "a block that is missing": (
        lambda: without(TITLE, "block-3."),
        "blocks",
        Outcome.INCONSISTENT,
        "the block of entry 9 is missing",
    ),
    "the first block is missing": (
        lambda: without(TITLE, "block-1."),
        "blocks",
        Outcome.INCONSISTENT,
        "the block of entry 1 is missing",
    ),
    "a block of no entry": (
        lambda: without(TITLE, "entry-9."),
        "blocks",
        Outcome.INCONSISTENT,
        "block-3.txt is the block of no entry here",
    ),
    "the enrolment of a signer is missing": (
        lambda: without(TITLE, "entry-1."),
        "signatures",
        Outcome.INCONSISTENT,
        f"no entry here gives the key that party {ALICE.hex()} had at log index 5",
    ),
    "a key change is missing, so that an older key is tried": (
        lambda: without(TITLE, "entry-11.", "block-4."),
        "signatures",
        Outcome.INCONSISTENT,
        "entry-19.msgpack: the signature is not by the key",
    ),
    "an event of the right is missing": (
        lambda: without(TITLE, "entry-13.", "block-5."),
        "history",
        Outcome.INCONSISTENT,
        f"{RIGHT} was touched by 6 entries, 5 of them are here",
    ),
    "the application is missing": (
        lambda: without(TITLE, "entry-9.", "block-3."),
        "question",
        Outcome.CANNOT_DECIDE,
        "no entry here opens the right or asset",
    ),
    "an entry too many": (
        lambda: TITLE | other_entry(7) | other_entry(3),
        "records",
        Outcome.INCONSISTENT,
        "4 map proofs for the 5 subjects",
    ),
    "a deposit that nothing refers to": (
        lambda: TITLE | other_entry(23),
        "history",
        Outcome.INCONSISTENT,
        "entry 23 belongs to no history",
    ),
    "a deposit is missing": (
        lambda: without(TITLE, "entry-5."),
        "deposits",
        Outcome.INCONSISTENT,
        "entry 9 refers to the deposit",
    ),
    "a map proof too few": (
        lambda: without(TITLE, "map-proof-4."),
        "records",
        Outcome.INCONSISTENT,
        "3 map proofs for the 4 subjects",
    ),
    "a map proof of another subject": (
        lambda: {**TITLE, "map-proof-2.txt": TOLD.ledger.map_proof(subject_key("rules")[:32]).to_text()},
        "records",
        Outcome.INCONSISTENT,
        "not the proof of a subject that stands at place 2",
    ),
    "the same map proof twice": (
        lambda: {**TITLE, "map-proof-2.txt": TITLE["map-proof-3.txt"]},
        "records",
        Outcome.INCONSISTENT,
        "map-proof-3.txt: it is not the proof of a subject",
    ),
    "a record is missing": (
        lambda: without(TITLE, OWN_RECORD),
        "records",
        Outcome.INCONSISTENT,
        f"the record of {subject_key(RIGHT).hex()} is missing",
    ),
    "a record that no proof lists": (
        lambda: {**TITLE, f"records/{subject_key(NEVER).hex()}.msgpack": b""},
        "records",
        Outcome.INCONSISTENT,
        "is a record that no map proof lists",
    ),
    "a record that was altered": (
        lambda: {**TITLE, OWN_RECORD: TITLE[OWN_RECORD].replace(b"registered", b"cancelled_")},
        "records",
        Outcome.INCONSISTENT,
        "not the one that the state holds",
    ),
    "a salt that opens nothing": (
        lambda: {**ENTRY, "disclosures.json": ENTRY["disclosures.json"].replace(b'"salt":"', b'"salt":"00', 1)},
        "disclosures",
        Outcome.CANNOT_DECIDE,
        "hex of 17 bytes",
    ),
    "an opened value that was not sealed": (
        lambda: {**ENTRY, "disclosures.json": ENTRY["disclosures.json"].replace("数据".encode(), "假的".encode())},
        "disclosures",
        Outcome.INCONSISTENT,
        "salt and value do not open file_name",
    ),
    "a field that is not sealed": (
        lambda: {**ENTRY, "disclosures.json": ENTRY["disclosures.json"].replace(b"file_name", b"media_type")},
        "disclosures",
        Outcome.INCONSISTENT,
        "deposit has no sealed field 'media_type'",
    ),
    "an opened field of an entry that is not here": (
        lambda: {**ENTRY, "disclosures.json": ENTRY["disclosures.json"].replace(b'"entry":5', b'"entry":6')},
        "disclosures",
        Outcome.INCONSISTENT,
        "entry 6 is not here",
    ),
    "an item of a deposit that is no batch": (
        lambda: {**ENTRY, "items/3.txt": item_proof(5, 3).to_bytes()},
        "items",
        Outcome.INCONSISTENT,
        "entry 5 is no deposit of a batch",
    ),
    "an item of another batch": (
        lambda: {**ITEM, "items/3.txt": item_proof(BATCH + 1, 3).to_bytes()},
        "items",
        Outcome.INCONSISTENT,
        "is a batch of 5 items",
    ),
    "an item under another's name": (
        lambda: {**without(ITEM, "items/"), "items/2.txt": ITEM["items/3.txt"]},
        "items",
        Outcome.INCONSISTENT,
        "items/2.txt: entry",
    ),
    "an item that was not in the batch": (
        lambda: {**ITEM, "items/3.txt": ItemProof(BATCH, 3, 5, sha256(b"x"), item_proof(BATCH, 3).path).to_bytes()},
        "items",
        Outcome.INCONSISTENT,
        "leads to another root",
    ),
    "an entry pack with an entry that gives no key": (
        lambda: ENTRY | other_entry(6) | other_entry(9),
        "question",
        Outcome.CANNOT_DECIDE,
        "entry 5 gives no signer's key",
    ),
    "an entry pack with another party's enrolment": (
        lambda: ENTRY | other_entry(2),
        "question",
        Outcome.CANNOT_DECIDE,
        "entry 2 gives no signer's key",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_tampering_is_refused_for_its_own_reason(name: str) -> None:
    change, step, outcome, reason = CASES[name]
    error = judged(change())
    assert (error.step, error.outcome) == (step, outcome)
    assert reason in error.reason
    assert [entry.name for entry in error.steps if entry.ok is False] == [step]
    assert error.reason in error.steps[-1].en


def test_a_recovered_key_needs_the_enrolment_before_it() -> None:
    """The recovery alone would let the signature hold; without the enrolment it is another party's history."""
    licence = dict(read_container(entry_pack(TOLD.ledger, TOLD.licence.entry_id)))
    error = judged(without(licence, "entry-2."))
    assert (error.step, error.outcome) == ("question", Outcome.CANNOT_DECIDE)
    assert "do not begin with its enrolment" in error.reason


# --- what is asked ---------------------------------------------------------------------------------------------------


def test_another_fingerprint_is_another_ledger() -> None:
    with pytest.raises(NotProven, match="the founding document's SHA-256 is") as failure:
        verify_pack(write_container(TITLE.items()), bytes(32))
    assert (failure.value.step, failure.value.outcome) == ("fingerprint", Outcome.CANNOT_DECIDE)
    assert [step.ok for step in failure.value.steps] == [True, False]


@pytest.mark.parametrize(
    ("name", "ask", "reason"),
    [
        ("title", NEVER, "the pack answers right/"),
        ("entry", RIGHT, "the pack answers entry/"),
        ("absence", None, "answers only the subject that is asked about"),
        ("absence", f"entry/{'e' * 64}", "says nothing of single entries"),
    ],
)
def test_a_question_that_the_pack_does_not_answer_cannot_be_decided(name: str, ask: str | None, reason: str) -> None:
    error = judged(PACKS[name], ask)
    assert isinstance(error, NotProven)
    assert (error.step, error.outcome) == ("question", Outcome.CANNOT_DECIDE)
    assert reason in error.reason


def test_an_absence_of_one_subject_says_nothing_of_another() -> None:
    error = judged(ABSENCE, "right/" + 64 * "f")
    assert (error.step, error.outcome) == ("records", Outcome.INCONSISTENT)
    assert "answers another question" in error.reason


@pytest.mark.parametrize("name", PACKS)
def test_a_question_in_another_spelling_is_unreadable(name: str) -> None:
    error = judged(PACKS[name], RIGHT.upper())
    assert isinstance(error, Unreadable)
    assert error.step == "question"


def test_another_file_is_inconsistent_with_the_deposit() -> None:
    error = judged(TITLE, file_digest=sha256(FILE + b"\n"))
    assert (error.step, error.outcome) == ("file", Outcome.INCONSISTENT)
    assert "is not that of entry 5" in error.reason
    assert judged(ITEM, file_digest=sha256(FILES[2])).outcome is Outcome.INCONSISTENT


def test_a_file_cannot_be_compared_with_a_pack_that_holds_no_digest() -> None:
    without_items = {name: data for name, data in ITEM.items() if not name.startswith("items/")}
    error = judged(without_items, file_digest=sha256(FILES[3]))
    assert (error.step, error.outcome) == ("file", Outcome.CANNOT_DECIDE)
    assert judged(ABSENCE, NEVER, sha256(FILE)).outcome is Outcome.CANNOT_DECIDE


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6" + bytes(18), b"\0" * 1000])
def test_what_is_no_pack_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable) as failure:
        verify_pack(data, FINGERPRINT)
    assert failure.value.step == "container"
    assert failure.value.steps[0].zh.startswith("不成立：")


def test_a_pack_of_an_empty_ledger_is_not_a_pack_of_a_full_one() -> None:
    empty = dict(read_container(absence_pack(Ledger(), RIGHT)))
    assert verify_pack(write_container(empty.items()), FINGERPRINT, ask=RIGHT).checkpoint.size == 1
    error = judged({**empty, "map-proof-1.txt": ABSENCE["map-proof-1.txt"]}, NEVER)
    assert (error.step, "another root" in error.reason) == ("records", True)


# --- anything at all -------------------------------------------------------------------------------------------------


@st.composite
def tampered(draw: st.DrawFn) -> tuple[str, Parts]:
    """A pack with a few of its parts cut, spliced, swapped, dropped, renamed or invented."""
    name = draw(st.sampled_from(sorted(PACKS)))
    parts = dict(PACKS[name])
    for _ in range(draw(st.integers(1, 3))):
        one = draw(st.sampled_from(sorted(parts)))
        other = draw(st.sampled_from(sorted(parts)))
        data = parts[one]
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        match draw(st.sampled_from(["splice", "swap", "drop", "rename", "copy", "add"])):
            case "splice":
                parts[one] = data[:start] + draw(st.binary(max_size=40)) + data[end:]
            case "swap":
                parts[one], parts[other] = parts[other], data
            case "drop":
                del parts[one]
            case "rename":
                parts[draw(st.from_regex(r"[a-z0-9./-]{1,20}", fullmatch=True)).strip("/.") or "x"] = parts.pop(one)
            case "copy":
                parts[one] = parts[other]
            case _:
                parts[f"entry-{draw(st.integers(0, 30))}.json"] = data
        if not parts:
            break
    return name, parts


@given(tampered())
def test_nothing_that_is_done_to_a_pack_makes_it_prove_something_else_or_fail_in_another_way(
    case: tuple[str, Parts],
) -> None:
    name, parts = case
    try:
        verify_pack(write_container(parts.items()), FINGERPRINT, ask=question(name))
    except (NotProven, Malformed):
        return
    parties = ("map-proof-2.txt", "map-proof-3.txt")  # may stand in either order
    if name == "title" and parts[parties[0]] == TITLE[parties[1]]:
        parts[parties[0]], parts[parties[1]] = parts[parties[1]], parts[parties[0]]
    proof = {(part, data) for part, data in parts.items() if part not in NOT_PROOF}
    assert proof <= PACKS[name].items()


@given(st.binary(max_size=2000))
def test_no_bytes_make_the_judge_fail_in_another_way(data: bytes) -> None:
    for pack in (data, b"PK\3\4" + data, write_container([("genesis.json", data), ("checkpoint", data)])):
        with pytest.raises((NotProven, Unreadable)):
            verify_pack(pack, FINGERPRINT)


def test_titles_parts_can_be_made_one_by_one() -> None:
    assert dict(title_parts(TOLD.ledger, TOLD.right.entry_id)) == TITLE
