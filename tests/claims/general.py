"""Claims about every entry, whatever its kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from registerkit import COURT, EXCHANGE, OFFICE, RegisterKit, key, pid

from claims import ANY, claim
from datadeed_ledger.calendar_days import DAY_MS
from datadeed_ledger.entry import Entry


def any_entry(kit: RegisterKit, **changed: Any) -> Entry:
    (alice,) = kit.enrol("alice")
    entry = kit.deposit_entry(alice)
    return kit.entry("deposit", (alice,), entry.body.data, **changed)


@claim(ANY, "entry_is_for_this_ledger", 101)
def ledger(kit: RegisterKit, passes: bool) -> Entry:
    return any_entry(kit) if passes else any_entry(kit, ledger=bytes(32))


@claim(ANY, "entry_has_not_expired", 102)
def expired(kit: RegisterKit, passes: bool) -> Entry:
    return any_entry(kit, expires_ms=kit.now_ms if passes else kit.now_ms - 1)


@claim(ANY, "entry_expires_soon_enough", 103)
def expires(kit: RegisterKit, passes: bool) -> Entry:
    latest = kit.now_ms + 30 * DAY_MS
    return any_entry(kit, expires_ms=latest if passes else latest + 1)


@claim(ANY, "entry_is_new", 104)
def repeated(kit: RegisterKit, passes: bool) -> Entry:
    entry = any_entry(kit)
    if not passes:
        kit.record(entry)
    return entry


@claim(ANY, "parties_are_enrolled", 105)
def party_signer(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    kit.keys[pid("nobody")] = key("party nobody")
    return kit.deposit_entry(pid("alice" if passes else "nobody"))


@claim(ANY, "institutions_are_members", 106)
def institution_signer(kit: RegisterKit, passes: bool) -> Entry:
    kit.keys[bytes(32)] = key("no member")
    return kit.deposit_entry(EXCHANGE if passes else bytes(32))


@claim(ANY, "parties_are_not_suspended", 107)
def suspended(kit: RegisterKit, passes: bool) -> Entry:
    entry = any_entry(kit)
    kit.put(replace(kit.party(pid("alice")), suspended_by=() if passes else (COURT,)))
    return entry


@claim(ANY, "no_personal_data_in_clear", 110)
def mobile_number(kit: RegisterKit, passes: bool) -> Entry:
    return kit.deposit_entry(OFFICE, media_type="text/1381234567" if passes else "text/13812345678")


@claim(ANY, "no_personal_data_in_clear", 110)
def identity_number(kit: RegisterKit, passes: bool) -> Entry:
    return kit.deposit_entry(OFFICE, media_type=f"text/{'' if passes else '1'}1010519491231002x")


@claim(ANY, "no_personal_data_in_clear", 110)
def code_inside_a_list(kit: RegisterKit, passes: bool) -> Entry:
    alice, bob = kit.enrol("alice", "bob")
    right = kit.registered(alice)
    return kit.license_entry(right, bob, use=["internal" if passes else "13812345678"])


@claim(ANY, "signatures", 108)
def signature(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    if not passes:
        kit.keys[pid("alice")] = key("another")
    return kit.deposit_entry(pid("alice"))
