"""A rule set: every number, list and calendar in which pilots differ, as data. Nothing of it is a constant in code.

A rule set is a JSON object inside genesis.json, parsed strictly; the state map's `rules` record holds the hash of its
JCS text. Shipped sets are files in rulesets/. Left out: the rules themselves (kinds/).
Spec: docs/spec/events.md, "Rule sets".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from typing import Final

from datadeed_ledger.calendar_days import Calendar, parse_day
from datadeed_ledger.encoding import Json, jcs, parse_jcs, sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.events import DOCUMENT_BYTES_MAX, MONTHS_MAX

RULES_BYTES_MAX: Final = DOCUMENT_BYTES_MAX
SHIPPED: Final = ("beijing-2023", "demo-fast")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,31}")
_KEYS: Final = (
    "about",
    "calendar",
    "categories",
    "correction_working_days",
    "dispute_days",
    "disputes_max",
    "filing_grace_s",
    "formats",
    "freeze_max_months",
    "freezes_max",
    "grounds",
    "industries",
    "late_renewal_days",
    "licences_max",
    "name",
    "objections_max",
    "publicity_working_days",
    "reasons",
    "regime",
    "renewal_due_days",
    "request_max_days",
    "term_years",
    "territories",
    "uses",
)
REASONED: Final = (  # kinds with a `reason` (or `reasons`) out of a list of their own
    "cancel",
    "correct_record",
    "delist_asset",
    "end_license",
    "reinstate",
    "release_pledge",
    "request_correction",
    "suspend",
)
NO_TERRITORIES: Final = ("CN", "HK", "MO", "TW")  # they are spelled CN-xx, by province and region
GROUNDED: Final = ("object", "reject", "revoke")  # kinds with a `ground` out of a list of their own


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One regime's rules in one version."""

    name: str
    about_en: str  # what this set is, and what it is not
    about_zh: str
    regime: str
    calendar: Calendar = field(repr=False)
    correction_working_days: int  # to correct an application, counted from the request
    dispute_days: int  # how long a note of a dispute stands
    disputes_max: int  # notes that stand on one right at a time
    filing_grace_s: int  # how long after midnight a filing of the last day may still be recorded
    freeze_max_months: int
    freezes_max: int  # on one right, in effect and queued
    late_renewal_days: int  # after a right's last day, in which a renewal may still be requested
    licences_max: int  # recorded in all on one right: bounds the work of the conflict rule
    objections_max: int  # open on one right at a time
    publicity_working_days: int
    renewal_due_days: int  # before a right's last day, in which a renewal may be requested and is called due
    request_max_days: int  # a request that nobody decided lapses
    term_years: int
    categories: frozenset[str] = field(repr=False)  # of data assets
    industries: frozenset[str] = field(repr=False)
    territories: frozenset[str] = field(repr=False)
    uses: frozenset[str] = field(repr=False)
    formats: frozenset[str] = field(repr=False)
    reasons: Mapping[str, frozenset[str]] = field(repr=False)  # by kind
    grounds: Mapping[str, frozenset[str]] = field(repr=False)  # by kind
    digest: bytes  # H of the JCS text, 32 bytes

    @classmethod
    def from_json(cls, value: Json) -> RuleSet:
        """The rule set that this object spells. Raises `Malformed`, saying which field is wrong."""
        item = _object(value, _KEYS, "rules")
        about = _object(item["about"], ("en", "zh"), "rules.about")
        document = jcs(item)
        if len(document) > RULES_BYTES_MAX:
            raise Malformed(f"rules: {len(document)} bytes, at most {RULES_BYTES_MAX} are allowed")
        return cls(
            name=_word(item["name"], _NAME, "rules.name"),
            about_en=_prose(about["en"], "rules.about.en"),
            about_zh=_prose(about["zh"], "rules.about.zh"),
            regime=_word(item["regime"], _CODE, "rules.regime"),
            calendar=_calendar(item["calendar"]),
            correction_working_days=_whole(item, "correction_working_days", 0, 366),
            dispute_days=_whole(item, "dispute_days", 0, 36_600),
            disputes_max=_whole(item, "disputes_max", 1, 1000),
            filing_grace_s=_whole(item, "filing_grace_s", 0, 86_400),
            freeze_max_months=_whole(item, "freeze_max_months", 1, MONTHS_MAX),
            freezes_max=_whole(item, "freezes_max", 1, 1000),
            late_renewal_days=_whole(item, "late_renewal_days", 0, 366),
            licences_max=_whole(item, "licences_max", 1, 10_000),
            objections_max=_whole(item, "objections_max", 1, 1000),
            publicity_working_days=_whole(item, "publicity_working_days", 0, 366),
            renewal_due_days=_whole(item, "renewal_due_days", 0, 36_600),
            request_max_days=_whole(item, "request_max_days", 0, 36_600),
            term_years=_whole(item, "term_years", 1, 100),
            categories=_codes(item["categories"], "rules.categories"),
            industries=_codes(item["industries"], "rules.industries"),
            territories=_territories(item["territories"]),
            uses=_codes(item["uses"], "rules.uses"),
            formats=_codes(item["formats"], "rules.formats"),
            reasons=_codes_by_kind(item["reasons"], REASONED, "rules.reasons"),
            grounds=_codes_by_kind(item["grounds"], GROUNDED, "rules.grounds"),
            digest=sha256(document),
        )

    @classmethod
    def parse(cls, document: bytes) -> RuleSet:
        """The rule set that this JCS text spells. Raises `Malformed`."""
        return cls.from_json(parse_jcs(document, bytes_max=RULES_BYTES_MAX))

    def lists(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Every list of codes with its dotted name."""
        for name in ("categories", "formats", "industries", "territories", "uses"):
            yield name, getattr(self, name)
        for kind in REASONED:
            yield f"reasons.{kind}", self.reasons[kind]
        for kind in GROUNDED:
            yield f"grounds.{kind}", self.grounds[kind]

    @classmethod
    def load(cls, name: str) -> RuleSet:
        """The shipped rule set called `name`. Raises `Malformed` when there is none."""
        return cls.from_json(shipped(name))


def shipped(name: str) -> dict[str, Json]:
    """The JSON object of the shipped rule set called `name`, as it goes into genesis.json. Raises `Malformed`."""
    if name not in SHIPPED:
        raise Malformed(f"no rule set is called {name[:40]!r}; shipped are {', '.join(SHIPPED)}")
    text = resources.files("datadeed_ledger").joinpath("rulesets", f"{name}.json").read_bytes()
    value = parse_jcs(text, bytes_max=RULES_BYTES_MAX)
    assert isinstance(value, dict), "a shipped rule set is an object"
    return value


def _object(value: Json, names: tuple[str, ...], where: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Malformed(f"{where}: an object is expected")
    missing, extra = sorted(set(names) - set(value)), sorted(set(value) - set(names))
    if missing or extra:
        raise Malformed(f"{where}: missing {missing}, not expected {[name[:40] for name in extra]}")
    return value


def _whole(item: dict[str, Json], name: str, minimum: int, maximum: int) -> int:
    value = item[name]
    if type(value) is not int or not minimum <= value <= maximum:
        raise Malformed(f"rules.{name}: a whole number from {minimum} to {maximum} is expected")
    return value


def _word(value: Json, pattern: re.Pattern[str], where: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Malformed(f"{where}: a text like {pattern.pattern} is expected")
    return value


def _prose(value: Json, where: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 2000:
        raise Malformed(f"{where}: 1 to 2000 characters are expected")
    return value


def _codes(value: Json, where: str) -> frozenset[str]:
    if not isinstance(value, list) or not value:
        raise Malformed(f"{where}: a list of at least one code is expected")
    codes = [_word(code, _CODE, where) for code in value]
    if codes != sorted(set(codes)):
        raise Malformed(f"{where}: codes are expected in ascending order, none twice")
    return frozenset(codes)


def _territories(value: Json) -> frozenset[str]:
    codes = _codes(value, "rules.territories")
    for code in NO_TERRITORIES:
        if code in codes:
            raise Malformed(f"rules.territories: {code} has codes that start with CN-; a place has one spelling")
    return codes


def _codes_by_kind(value: Json, kinds: tuple[str, ...], where: str) -> dict[str, frozenset[str]]:
    item = _object(value, kinds, where)
    return {kind: _codes(item[kind], f"{where}.{kind}") for kind in kinds}


def _calendar(value: Json) -> Calendar:
    item = _object(value, ("covered_until", "holidays", "workdays"), "rules.calendar")
    calendar = Calendar(
        covered_until=_day(item["covered_until"], "rules.calendar.covered_until"),
        holidays=_days(item["holidays"], "rules.calendar.holidays"),
        workdays=_days(item["workdays"], "rules.calendar.workdays"),
    )
    if calendar.holidays & calendar.workdays:
        raise Malformed("rules.calendar: a day is both a holiday and a workday")
    return calendar


def _days(value: Json, where: str) -> frozenset[int]:
    if not isinstance(value, list):
        raise Malformed(f"{where}: a list of dates is expected")
    days = [_day(item, where) for item in value]
    if days != sorted(set(days)):
        raise Malformed(f"{where}: dates are expected in ascending order, none twice")
    return frozenset(days)


def _day(value: Json, where: str) -> int:
    wrong = Malformed(f"{where}: a date that exists, spelled YYYY-MM-DD, is expected")
    if not isinstance(value, str):
        raise wrong
    try:
        if date.fromisoformat(value).isoformat() != value:
            raise wrong
    except ValueError:
        raise wrong from None
    return parse_day(value)
