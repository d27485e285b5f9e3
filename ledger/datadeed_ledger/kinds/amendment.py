"""What changes the ledger's own terms: amend_rules.

The next rule set travels whole in the entry. Nobody is named who must sign it: any quorum of the members does, and
nobody else with them. Left out: which rule set governs a block (rulebook.py).
Spec: docs/spec/events.md, "Rule sets".
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from datadeed_ledger.calendar_days import DAY_MS
from datadeed_ledger.encoding import sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.events import AmendRules
from datadeed_ledger.kinds.common import put
from datadeed_ledger.kinds.general import looks_personal
from datadeed_ledger.kinds.row import Case, Row, Signers, SignerSets, precondition
from datadeed_ledger.records import Version
from datadeed_ledger.refusals import refused
from datadeed_ledger.rulebook import amended_rules
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.state import Overlay

VERSIONS_MAX: Final = 200  # a century of two a year; the longest fill half an evidence pack
AHEAD_DAYS_MAX: Final = 366  # later amendments must not come before this one, so it may not lie far ahead
_AHEAD_MS_MAX: Final = AHEAD_DAYS_MAX * DAY_MS
_parse: Final = lru_cache(maxsize=4)(RuleSet.parse)  # each precondition asks; the same bytes are the same rule set


def _next_rules(case: Case[AmendRules]) -> RuleSet:
    """What the entry carries; `rules_can_be_read` has been asked before."""
    return _parse(case.data["rules"])


def _last_version(case: Case[AmendRules]) -> Version:
    """The one that the entry would follow, in force already or not."""
    return case.register.rules().versions[-1]


def _last_rules(case: Case[AmendRules]) -> RuleSet:
    version, rules = _last_version(case), case.context.rules
    # The founding version is in force when it is the last: its time is the genesis block's.
    return rules if version.hash == rules.digest else amended_rules(case.register.state, version)


def _quorum_of_members(case: Case[AmendRules]) -> SignerSets:
    """Whoever signed, if they are members and enough: the sets that would do are too many to list."""
    roster = case.context.roster
    are_members = all(roster.by_id(signer) is not None for signer in case.by)
    return (case.by,) if are_members and len(case.by) >= roster.quorum else ()


@precondition(951)
def rules_can_be_read(case: Case[AmendRules]) -> None:
    try:
        _next_rules(case)
    except Malformed as error:
        raise refused(951, reason=str(error)) from error


@precondition(110)
def rules_hold_no_personal_data(case: Case[AmendRules]) -> None:
    if looks_personal(case.data["rules"].decode("utf-8")):
        raise refused(110, field="rules")


@precondition(952)
def effective_is_not_past(case: Case[AmendRules]) -> None:
    if case.data["effective"] < case.context.time_ms:
        raise refused(952, effective=case.data["effective"], time=case.context.time_ms)


@precondition(953)
def effective_follows_the_last(case: Case[AmendRules]) -> None:
    last = _last_version(case)
    if case.data["effective"] < last.effective:
        raise refused(953, version=last.version, effective=last.effective)


@precondition(954)
def effective_is_near(case: Case[AmendRules]) -> None:
    if case.data["effective"] > case.context.time_ms + _AHEAD_MS_MAX:
        raise refused(954, days=AHEAD_DAYS_MAX)


@precondition(955)
def regime_stays(case: Case[AmendRules]) -> None:
    regime, expected = _next_rules(case).regime, _last_rules(case).regime
    if regime != expected:
        raise refused(955, regime=regime, expected=expected)


@precondition(956)
def lists_only_grow(case: Case[AmendRules]) -> None:
    """A licence, an application or a decision of record keeps its meaning, and so does "*"."""
    for (name, before), (_, after) in zip(_last_rules(case).lists(), _next_rules(case).lists(), strict=True):
        if before - after:
            raise refused(956, field=name, code=min(before - after))


@precondition(957)
def versions_are_bounded(case: Case[AmendRules]) -> None:
    if _last_version(case).version >= VERSIONS_MAX:
        raise refused(957, count=VERSIONS_MAX)


@precondition(958)
def grace_stays(case: Case[AmendRules]) -> None:
    """A longer one would bring an application back that was deemed withdrawn for good, a shorter one cut a window."""
    grace = _last_rules(case).filing_grace_s
    if _next_rules(case).filing_grace_s != grace:
        raise refused(958, grace=grace)


def _amend(case: Case[AmendRules], overlay: Overlay) -> None:
    record, document = case.register.rules(), case.data["rules"]
    version = Version(record.versions[-1].version + 1, case.data["effective"], sha256(document))
    put(overlay, replace(record, versions=(*record.versions, version)))


AMEND_RULES: Final = Row[AmendRules](
    kind="amend_rules",
    zh="规则变更",
    finds=(),
    signers=Signers(
        "at least a quorum of the roster's members, and nobody else",
        "名册成员中达到法定数的任意机构，且无其他签名人",
        _quorum_of_members,
    ),
    preconditions=(
        rules_can_be_read,
        rules_hold_no_personal_data,
        effective_is_not_past,
        effective_follows_the_last,
        effective_is_near,
        regime_stays,
        lists_only_grow,
        versions_are_bounded,
        grace_stays,
    ),
    effect=_amend,
    effect_en="the next version of the rules, which governs blocks from its effective time on, never its own",
    opens="rules",
)

ROWS: Final = (AMEND_RULES,)
