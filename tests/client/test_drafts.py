"""Drafts travel between signers; what is read is what is signed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_ledger import party

from datadeed.drafts import OpenDraft
from datadeed.enrolment import EnrolRequest
from datadeed_ledger.encoding import jcs
from datadeed_ledger.entry import Entry, check_disclosure
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.keys import verify

LEDGER = bytes(range(32))
HOLDER, LICENSEE = party(1), party(2)
LICENSE: dict[str, Any] = {
    "right": "ab" * 32,
    "parent": None,
    "licensee": LICENSEE.signer_id,
    "type": "ordinary",
    "territory": ["*"],
    "industry": ["*"],
    "use": ["*"],
    "start": "2026-12-01",
    "end": "2027-12-01",
    "sublicensing": False,
    "fee": "CNY 1200.00",
    "contract": None,
}


def draft() -> OpenDraft:
    by = [LICENSEE.signer_id, HOLDER.signer_id, LICENSEE.signer_id]
    return OpenDraft.compose(LEDGER, "license", LICENSE, by, 1_795_924_860_000)


def test_a_draft_goes_from_hand_to_hand_until_it_is_an_entry() -> None:
    first = draft()
    assert first.draft.missing == (HOLDER.signer_id, LICENSEE.signer_id)
    second = OpenDraft.parse(OpenDraft.parse(first.to_bytes()).sign(LICENSEE).to_bytes())
    assert second.draft.missing == (HOLDER.signer_id,)
    with pytest.raises(Malformed, match=f"still to be signed by {HOLDER.signer_id.hex()}"):
        second.complete()
    entry = OpenDraft.parse(second.sign(HOLDER).to_bytes()).complete()
    assert entry.entry_id == first.entry_id == second.entry_id
    for key, signature in zip((HOLDER, LICENSEE), entry.signatures, strict=True):
        verify(key.public_key, entry.message, signature)
    for opening in first.openings:
        check_disclosure(entry, opening.path, opening.salt, opening.value)


def test_a_stranger_cannot_sign() -> None:
    with pytest.raises(Malformed, match="not among the signers"):
        draft().sign(party(3))


def test_two_drafts_of_one_text_are_two_entries() -> None:
    assert draft().entry_id != draft().entry_id


def test_what_is_sealed_is_readable_to_the_signers_and_not_on_the_ledger() -> None:
    signed = draft().sign(HOLDER).sign(LICENSEE)
    readable: Any = signed.readable
    assert readable["data"]["fee"] == "CNY 1200.00"
    assert readable["expires"] == "2026-11-29T04:01:00.000Z"
    assert b"1200.00" not in signed.complete().data


def test_fields_that_nothing_opens_are_named() -> None:
    whole = draft()
    bare = OpenDraft(whole.draft, tuple(each for each in whole.openings if each.path == "fee"))
    assert OpenDraft.parse(bare.to_bytes()).unopened == ("contract",)
    readable: Any = bare.readable
    assert readable["data"]["contract"].keys() == {"sealed"}


def changed(change: Any) -> bytes:
    item = json.loads(draft().to_bytes())
    change(item)
    return jcs(item)


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item["readable"]["data"].update(fee="CNY 1.00"),
        lambda item: item["readable"].update(kind="transfer"),
        lambda item: item["openings"][1].update(value="CNY 1.00"),
        lambda item: item["openings"].pop(),
        lambda item: item.update(openings=item["openings"][::-1]),
        lambda item: item.update(format="datadeed-draft/v2"),
        lambda item: item.update(entry=5),
        lambda item: item.update(entry="AA=="),
        lambda item: item.update(entry="!"),
        lambda item: item.pop("readable"),
        lambda item: item.update(extra=None),
    ],
)
def test_a_draft_whose_words_are_not_its_bytes_is_refused(change: Any) -> None:
    with pytest.raises(Malformed):
        OpenDraft.parse(changed(change))


@given(st.data())
def test_no_changed_byte_of_a_draft_passes_unseen(data: st.DataObject) -> None:
    whole = draft()
    text = bytearray(whole.to_bytes())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        other = OpenDraft.parse(bytes(text))
    except Malformed:
        return
    # Only a signature may differ unseen here: whether it holds is judged when the entry is.
    assert (other.draft.body_bytes, other.openings) == (whole.draft.body_bytes, whole.openings)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_parser_fail_otherwise(data: bytes) -> None:
    with pytest.raises(Malformed):
        OpenDraft.parse(data)


# --- enrolment -------------------------------------------------------------------------------------------------------


def request(credit_code: str | None = "91110000MA01X") -> EnrolRequest:
    return EnrolRequest.new(LEDGER, HOLDER, "enterprise", "示例科技有限公司", credit_code)


def test_an_enrol_request_comes_back_and_opens_what_it_seals() -> None:
    parsed = EnrolRequest.parse(request().to_bytes())
    assert (parsed.opened_name, parsed.opened_credit_code) == ("示例科技有限公司", "91110000MA01X")
    assert EnrolRequest.parse(request(None).to_bytes()).opened_credit_code is None
    assert "示例" not in repr(parsed)


def test_the_office_signs_what_the_party_decided() -> None:
    office = party(9)
    office_id = bytes(32)
    asked = request()
    entry = Entry.build(asked.body(office_id, 1_795_924_860_000), {office_id: office.key})
    assert (entry.kind, entry.body.nonce, entry.body.data["party"]) == ("enrol", asked.nonce, HOLDER.signer_id)
    for opening in asked.openings:
        check_disclosure(entry, opening.path, opening.salt, opening.value)


def test_an_unknown_party_type_is_refused() -> None:
    with pytest.raises(Malformed, match="enterprise, public_body"):
        EnrolRequest.new(LEDGER, HOLDER, "robot", "x", None)


@pytest.mark.parametrize("name", ["key_proof", "ledger", "party", "public_key"])
def test_a_key_that_is_not_shown_to_be_held_on_this_ledger_is_unproven(name: str) -> None:
    item = json.loads(request().to_bytes())
    item[name] = "00" * (len(item[name]) // 2)
    with pytest.raises(Unproven, match="signature"):
        EnrolRequest.parse(jcs(item))


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item.update(name="00" * 32),
        lambda item: item.update(nonce="00" * 16),
        lambda item: item["openings"].pop(),
        lambda item: item["openings"][0].update(value="other"),
        lambda item: item.update(format="x"),
        lambda item: item.update(party_type=5),
        lambda item: item.update(party="00"),
        lambda item: item.update(extra=5),
    ],
)
def test_another_enrol_request_is_malformed(change: Any) -> None:
    item = json.loads(request().to_bytes())
    change(item)
    with pytest.raises(Malformed):
        EnrolRequest.parse(jcs(item))


@given(st.binary(max_size=300))
def test_no_bytes_make_the_request_parser_fail_otherwise(data: bytes) -> None:
    with pytest.raises(Malformed):
        EnrolRequest.parse(data)


@given(st.data())
def test_no_changed_byte_of_a_request_passes(data: st.DataObject) -> None:
    text = bytearray(request().to_bytes())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((Malformed, Unproven)):
        EnrolRequest.parse(bytes(text))
