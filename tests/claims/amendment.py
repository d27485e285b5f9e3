"""Claims about amendments of the rules."""

from __future__ import annotations

from registerkit import COURT, OFFICE, RegisterKit, pid

from claims import claim
from datadeed_ledger.calendar_days import DAY_MS
from datadeed_ledger.entry import Entry
from datadeed_ledger.kinds.amendment import AHEAD_DAYS_MAX, VERSIONS_MAX
from datadeed_ledger.records import Rules, Version
from datadeed_ledger.register import Register
from datadeed_ledger.rules import shipped


def members(kit: RegisterKit, count: int) -> list[bytes]:
    return [each.member_id for each in kit.roster.members][:count]


@claim("amend_rules", "signers", 109)
def one_fewer_than_a_quorum(kit: RegisterKit, passes: bool) -> Entry:
    return kit.amend_entry(members(kit, kit.roster.quorum - (0 if passes else 1)))


@claim("amend_rules", "signers", 109)
def a_party_among_them(kit: RegisterKit, passes: bool) -> Entry:
    kit.enrol("alice")
    everybody = members(kit, kit.roster.size)
    return kit.amend_entry(everybody if passes else [*everybody, pid("alice")])


@claim("amend_rules", "signers", 109)
def one_registrar_and_one_court(kit: RegisterKit, passes: bool) -> Entry:
    return kit.amend_entry([OFFICE, COURT, *(members(kit, kit.roster.size) if passes else ())])


@claim("amend_rules", "rules_can_be_read", 951)
def no_rule_set(kit: RegisterKit, passes: bool) -> Entry:
    data = kit.amend_entry().body.data
    text = data["rules"] if passes else b" " + data["rules"]
    return kit.entry("amend_rules", members(kit, kit.roster.quorum), dict(data) | {"rules": text})


@claim("amend_rules", "rules_can_be_read", 951)
def a_field_out_of_bounds(kit: RegisterKit, passes: bool) -> Entry:
    return kit.amend_entry(term_years=3 if passes else 101)


@claim("amend_rules", "rules_hold_no_personal_data", 110)
def an_address_in_the_prose(kit: RegisterKit, passes: bool) -> Entry:
    return kit.amend_entry(about={"en": "Ask the office" if passes else "Ask office@example.cn", "zh": "规则"})


@claim("amend_rules", "effective_is_not_past", 952)
def in_force_before_it_is_recorded(kit: RegisterKit, passes: bool) -> Entry:
    return kit.amend_entry(effective=kit.now_ms - (0 if passes else 1))


@claim("amend_rules", "effective_follows_the_last", 953)
def before_the_last_version(kit: RegisterKit, passes: bool) -> Entry:
    kit.record(kit.amend_entry(effective=kit.now_ms + 5))
    return kit.amend_entry(effective=kit.now_ms + (5 if passes else 4))


@claim("amend_rules", "effective_is_near", 954)
def far_ahead(kit: RegisterKit, passes: bool) -> Entry:
    return kit.amend_entry(effective=kit.now_ms + AHEAD_DAYS_MAX * DAY_MS + (0 if passes else 1))


@claim("amend_rules", "regime_stays", 955)
def of_another_regime(kit: RegisterKit, passes: bool) -> Entry:
    return kit.amend_entry(regime="cnipa_data_ip" if passes else "nda_data_property")


@claim("amend_rules", "lists_only_grow", 956)
def a_use_is_dropped(kit: RegisterKit, passes: bool) -> Entry:
    uses = sorted(kit.rules.uses)
    return kit.amend_entry(uses=sorted([*uses, "benchmark"]) if passes else uses[1:])


@claim("amend_rules", "lists_only_grow", 956)
def a_reason_of_one_kind_is_dropped(kit: RegisterKit, passes: bool) -> Entry:
    reasons = shipped("beijing-2023")["reasons"]
    assert isinstance(reasons, dict)
    return kit.amend_entry(reasons=reasons if passes else reasons | {"cancel": ["other"]})


@claim("amend_rules", "versions_are_bounded", 957)
def one_version_too_many(kit: RegisterKit, passes: bool) -> Entry:
    count = VERSIONS_MAX - (1 if passes else 0)
    versions = tuple(Version(at + 1, kit.now_ms, kit.rules.digest) for at in range(count))
    kit.put(Rules(Rules.SUBJECT, versions, Register(kit.state).rules().events))
    return kit.amend_entry()


@claim("amend_rules", "grace_stays", 958)
def another_time_of_grace(kit: RegisterKit, passes: bool) -> Entry:
    grace = kit.rules.filing_grace_s
    return kit.amend_entry(filing_grace_s=grace if passes else grace + 1)
