"""The fields of a kind, for people: path, type in words, whether it may be left out, and what it means.

Read off the schema of each kind, so that a new kind needs only its words (`kind_words.py`).
Spec: docs/sdk.md, "Data in JSON".
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from datadeed.kind_words import field_words
from datadeed.spelling import KINDS, may_be_left_out
from datadeed.words import Words
from datadeed_ledger.errors import Malformed
from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.schema import Atom, Atoms, Bytes, Code, Date, Items, Ms, Seal, Text, Whole

_SEALED: Final = Words("text, sealed on the ledger", "文本，在账本上密封")
_CODE: Final = Words("a code of the rule set's list", "规则集清单中的代码")
_ATOM: Final = Words("a code or '*'", "代码或 '*'")
_DATE: Final = Words("a date YYYY-MM-DD (+08:00)", "日期 YYYY-MM-DD（+08:00）")
_TIME: Final = Words("a time like 2026-11-22T04:12:09.104Z", "时间，如 2026-11-22T04:12:09.104Z")
_BOOL: Final = Words("true or false", "true 或 false")
_OBJECT: Final = Words("an object", "对象")
_DOCUMENT: Final = Words("a JSON object", "JSON 对象")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. path: dotted, `[]` after a list; optional: it may be left out; codes: those that are allowed."""

    path: str
    type: Words
    optional: bool
    meaning: Words
    codes: tuple[str, ...] = ()


def fields_of(kind: str, rules: RuleSet) -> tuple[Field, ...]:
    """The fields of a kind's data, outer before inner. Raises `Malformed` on a kind that nobody knows."""
    if kind not in SCHEMAS:
        raise Malformed(f"{kind[:40]!r} is not a kind of entry; one of {', '.join(KINDS)} is expected")
    return tuple(_fields(kind, rules, SCHEMAS[kind], ""))


def codes_of(kind: str, name: str, rules: RuleSet) -> tuple[str, ...]:
    """The codes that a rule set allows in the field `name` of a kind, ascending."""
    lists: Mapping[str, frozenset[str]] = {
        "category": rules.categories,
        "data_format": rules.formats,
        "ground": rules.grounds.get(kind, frozenset()),
        "industry": rules.industries,
        "reason": rules.reasons.get(kind, frozenset()),
        "reasons": rules.reasons.get(kind, frozenset()),
        "regime": frozenset({rules.regime}),
        "territory": rules.territories,
        "use": rules.uses,
    }
    return tuple(sorted(lists.get(name, ())))


def _fields(kind: str, rules: RuleSet, schema: Any, prefix: str) -> Iterator[Field]:
    for name, annotation in sorted(get_type_hints(schema, include_extras=True).items()):
        path = prefix + name
        meaning = field_words(kind, path.replace("[]", ""))
        base = _required(annotation)
        items = _item_type(base)
        codes = codes_of(kind, name, rules) if Code in (base, items) or base == Atoms else ()
        yield Field(path, _type_words(annotation), may_be_left_out(annotation), meaning, codes)
        if is_typeddict(base):
            yield from _fields(kind, rules, base, f"{path}.")
        if is_typeddict(items):
            yield from _fields(kind, rules, items, f"{path}[].")


def _type_words(annotation: Any) -> Words:
    base = _required(annotation)
    words = _base_words(base)
    return words if base is annotation else Words(f"{words.en}, or null", f"{words.zh}，或 null")


def _base_words(annotation: Any) -> Words:
    for known, words in ((Seal, _SEALED), (Code, _CODE), (Atom, _ATOM), (Date, _DATE), (Ms, _TIME)):
        if annotation == known:
            return words
    if annotation is bool:
        return _BOOL
    if is_typeddict(annotation):
        return _OBJECT
    if get_origin(annotation) is Literal:
        choices = get_args(annotation)
        return Words(f"one of {', '.join(choices)}", f"取值 {'、'.join(choices)}")
    base, mark = get_args(annotation)[:2]
    match mark:
        case Bytes(size):
            return Words(f"{2 * size} hex digits", f"{2 * size} 位十六进制")
        case Whole(minimum, maximum):
            return Words(f"a whole number from {minimum} to {maximum}", f"整数 {minimum} 至 {maximum}")
        case Text(pattern, spelling):
            return Words(spelling, f"符合 {pattern}")
        case Items(minimum, maximum):
            item = _base_words(get_args(base)[0])
            return Words(f"a list of {minimum} to {maximum}: {item.en}", f"列表，{minimum} 至 {maximum} 项：{item.zh}")
    return _DOCUMENT


def _required(annotation: Any) -> Any:
    """The annotation without "or nil"."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _item_type(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated and get_origin(get_args(annotation)[0]) is list:
        return get_args(get_args(annotation)[0])[0]
    return None
