"""A filled-in example of a kind's data, for people to start from: every field is there, ids and parties are made up.

Codes come from the rule set that is handed in and days count from the day that is handed in, so that the example is
accepted as data as it stands; whether the rules permit it, the ledger decides. Spec: docs/sdk.md, "Data in JSON".
"""

from __future__ import annotations

import types
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from datadeed.fields import codes_of, fields_of
from datadeed.kind_words import field_words
from datadeed_ledger.calendar_days import DAY_MS, OFFSET_MS, add_months, add_years, day_text
from datadeed_ledger.encoding import Json, time_text
from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.schema import Atoms, Bytes, Code, Document, Ms, Seal, Whole

# Optional fields that an example fills in all the same; the others are null.
_FILLED: Final = frozenset({"record_count", "correct_record.certificate_no", "record_contract.asset"})
_TEXTS: Final = {
    "media_type": "text/csv",
    "registration_no": "2026BJ0000000001",
    "certificate_no": "11000000000000001",
}
_NUMBERS: Final = {"size_bytes": 1024, "record_count": 20, "count": 20, "months": 12, "share": 10_000}
_USUAL: Final = frozenset({"csv", "64", "data_set"})  # codes that an example shows where they are allowed
_PARTIES: Final = {"buyer": "b1", "licensee": "b2", "pledgee": "b3"}  # every other party: aa
_IDS: Final = {"deposit": "d0", "request": "e1", "target": "e1", "license": "e2", "freeze": "e3", "asset": "a5"}


def template(kind: str, rules: dict[str, Json], today: int) -> dict[str, Json]:
    """Data of that kind in the spelling of docs/sdk.md. Raises `Malformed` on a kind that nobody knows.

    rules: a rule set as genesis.json has it; today: days since 1970-01-01, +08:00.
    """
    fields_of(kind, RuleSet.from_json(rules))  # refuses a kind that nobody knows
    return _map(_Example(kind, rules, today), SCHEMAS[kind], "")


class _Example:
    """What an example is made of."""

    def __init__(self, kind: str, document: dict[str, Json], today: int) -> None:
        self.kind, self.document, self.today = kind, document, today
        self.rules = RuleSet.from_json(document)

    def code(self, name: str) -> str:
        codes = codes_of(self.kind, name, self.rules)
        return min(_USUAL.intersection(codes) or codes)

    def date(self, name: str) -> str:
        days = {
            "announced_on": self.today,
            "start": self.today,
            "end": add_months(self.today, 12),
            "debt_due": add_months(self.today, 24),
        }
        return day_text(days.get(name, add_years(self.today, self.rules.term_years)))

    def time(self) -> str:
        return time_text((self.today + 1) * DAY_MS - OFFSET_MS)


def _map(example: _Example, schema: Any, prefix: str) -> dict[str, Json]:
    hints = get_type_hints(schema, include_extras=True)
    return {name: _value(example, annotation, prefix + name) for name, annotation in hints.items()}


def _value(example: _Example, annotation: Any, path: str) -> Json:
    name = path.rpartition(".")[2]
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        if not {path, f"{example.kind}.{path}", name} & _FILLED:
            return None
        return _value(example, next(part for part in get_args(annotation) if part is not type(None)), path)
    if is_typeddict(annotation):
        return _map(example, annotation, f"{path}.")
    if annotation == Seal:
        return field_words(example.kind, path).label
    if annotation == Code:
        return example.code(name)
    if annotation == Atoms:
        return ["*"]
    if annotation == Ms:
        return example.time()
    if annotation is bool:
        return False
    if origin is Literal:
        first: str = get_args(annotation)[0]
        return first
    return _marked(example, annotation, path, name)


def _marked(example: _Example, annotation: Any, path: str, name: str) -> Json:
    base, mark = get_args(annotation)[:2]
    if get_origin(base) is list:
        return _list(example, get_args(base)[0], path)
    match mark:
        case Document():
            return example.document
        case Bytes(16):
            return _PARTIES.get(name, "aa") * 16
        case Bytes(size):
            return _IDS.get(name, "cc") * size
        case Whole(minimum, maximum):
            return min(max(_NUMBERS.get(name, minimum), minimum), maximum)
    return _TEXTS[name] if name in _TEXTS else example.date(name)


def _list(example: _Example, item: Any, path: str) -> Json:
    if get_origin(item) is Annotated and item != Code and path == "ends":
        return []
    return [_value(example, item, path)]
