"""Claims about who takes part."""

from __future__ import annotations

from typing import Any

from registerkit import COURT, EXCHANGE, OFFICE, OTHER_OFFICE, RegisterKit, key, pid

from claims import claim
from datadeed_ledger.entry import Entry


@claim("enrol", "signers", 109)
def by_a_party(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.enrol_entry("bob", by=EXCHANGE if passes else alice)


@claim("enrol", "signers", 109)
def by_two_institutions(kit: RegisterKit, passes: bool) -> Entry:
    entry = kit.enrol_entry("bob")
    return entry if passes else kit.entry("enrol", (OFFICE, COURT), entry.body.data)


@claim("enrol", "party_id_is_new", 201)
def id_taken(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    new = kit.enrol_entry("bob")
    if passes:
        return new
    own = key("a third key")
    proof = own.sign(b"datadeed/key/v1\n" + new.body.ledger + pid("alice") + own.public_key)
    return kit.enrol_entry("alice", public_key=own.public_key, key_proof=proof)


@claim("enrol", "key_is_new", 202)
def key_taken(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return kit.enrol_entry("bob") if passes else with_key(kit, "bob", key("party alice"))


@claim("enrol", "key_is_no_institution_s", 203)
def key_of_an_institution(kit: RegisterKit, passes: bool) -> Entry:
    return with_key(kit, "bob", key("vote other" if passes else "vote court.example.cn"))


@claim("enrol", "key_is_possessed", 204)
def key_not_possessed(kit: RegisterKit, passes: bool) -> Entry:
    return kit.enrol_entry("bob") if passes else kit.enrol_entry("bob", key_proof=bytes(64))


def with_key(kit: RegisterKit, name: str, own: Any) -> Entry:
    body = kit.enrol_entry(name).body
    proof = own.sign(b"datadeed/key/v1\n" + body.ledger + pid(name) + own.public_key)
    return kit.enrol_entry(name, public_key=own.public_key, key_proof=proof)


@claim("update_party", "party_is_enrolled", 205)
def of_nobody(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    entry = kit.update_entry(pid("alice"), (pid("alice"),), key("new"))
    if passes:
        return entry
    return kit.entry("update_party", (OFFICE,), entry.body.data | {"party": pid("nobody")})


@claim("update_party", "signers", 109)
def by_another_party(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice", "bob")
    return kit.update_entry(pid("alice"), (pid("alice" if passes else "bob"),), key("new"))


@claim("update_party", "signers", 109)
def identity_changed_alone(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    by = (alice, OFFICE) if passes else (alice,)
    return kit.update_entry(alice, by, key("new"), reason="renaming", name=bytes(32))


@claim("update_party", "signers", 109)
def recovered_by_another_institution(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.update_entry(alice, (OFFICE if passes else OTHER_OFFICE,), key("new"), reason="recovery")


@claim("update_party", "signers", 109)
def the_institution_alone_only_recovers(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.update_entry(alice, (OFFICE,), key("new"), reason="recovery" if passes else "rotation")


@claim("update_party", "key_is_new", 202)
def key_from_before(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.record(kit.update_entry(alice, (alice,), key("new")))
    kit.keys[alice] = key("new")
    return kit.update_entry(alice, (alice,), key("newer" if passes else "party alice"))


@claim("update_party", "key_is_no_institution_s", 203)
def an_institution_s_key(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.update_entry(alice, (alice,), key("new" if passes else "office court.example.cn"))


@claim("update_party", "key_is_possessed", 204)
def new_key_not_possessed(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.update_entry(alice, (alice,), key("new"), **({} if passes else {"key_proof": bytes(64)}))


# --- suspend and reinstate -------------------------------------------------------------------------------------------


@claim("suspend", "party_is_enrolled", 205)
def suspend_nobody(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    return kit.suspend_entry(pid("alice" if passes else "nobody"), by=COURT)


@claim("suspend", "signers", 109)
def suspended_by_another_registrar(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.suspend_entry(alice, by=OFFICE if passes else OTHER_OFFICE)


@claim("suspend", "signers", 109)
def suspended_by_an_exchange(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.suspend_entry(alice, by=COURT if passes else EXCHANGE)


@claim("suspend", "signer_has_not_suspended_it", 206)
def suspend_twice(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.record(kit.suspend_entry(alice, by=COURT))
    return kit.suspend_entry(alice, by=OFFICE if passes else COURT)


@claim("suspend", "suspension_reason_is_listed", 111)
def suspend_for_no_reason(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    return kit.suspend_entry(alice, reason="key_compromised" if passes else "whim")


@claim("reinstate", "party_is_enrolled", 205)
def reinstate_nobody(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.record(kit.suspend_entry(alice, by=COURT))
    return kit.reinstate_entry(alice if passes else pid("nobody"), by=COURT)


@claim("reinstate", "signers", 109)
def reinstated_by_itself(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.record(kit.suspend_entry(alice))
    return kit.reinstate_entry(alice, by=OFFICE if passes else EXCHANGE)


@claim("reinstate", "a_suspension_can_be_lifted", 207)
def reinstate_for_another(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.record(kit.suspend_entry(alice, by=COURT))
    return kit.reinstate_entry(alice, by=COURT if passes else OFFICE)


@claim("reinstate", "reinstatement_reason_is_listed", 111)
def reinstate_for_no_reason(kit: RegisterKit, passes: bool) -> Entry:
    (alice,) = kit.enrol("alice")
    kit.record(kit.suspend_entry(alice))
    return kit.reinstate_entry(alice, reason="grounds_gone" if passes else "whim")
