"""What stands in clear in an entry: nothing that could be prose, and nothing that looks like a person's number.

Every schema is walked, so that a field of a new kind is one of these sorts or fails here.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerkit import OFFICE, RegisterKit

from datadeed_ledger.events import SCHEMAS
from datadeed_ledger.kinds.general import clear_texts, looks_personal
from datadeed_ledger.schema import Atom, Bytes, CalendarDate, Code, Document, Items, Seal, Text, Whole

TEXT_CHARS_MAX = 100
ITEMS_MAX = 300


def leaves(annotation: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every single value that a schema has, with its dotted name."""
    if is_typeddict(annotation):
        for name, item in get_type_hints(annotation, include_extras=True).items():
            yield from leaves(item, f"{path}.{name}" if path else name)
    elif get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            if part is not type(None):
                yield from leaves(part, path)
    elif get_origin(annotation) is Annotated and get_origin(get_args(annotation)[0]) is list:
        items, bounds = get_args(annotation)[:2]
        assert isinstance(bounds, Items), f"{path}: a list without bounds"
        assert bounds.maximum <= ITEMS_MAX, f"{path}: {bounds.maximum} items"
        yield from leaves(get_args(items)[0], path)
    else:
        yield path, annotation


def sort_of(annotation: Any) -> str:
    """What a single value is; an assertion fails where it could be anything."""
    if annotation == Seal:
        return "sealed"
    if annotation in (Code, Atom):
        return "code of a list"
    if annotation is bool:
        return "number"
    if get_origin(annotation) is Literal:
        return "word"
    assert get_origin(annotation) is Annotated, annotation
    match get_args(annotation)[1]:
        case Bytes():
            return "bytes"
        case Whole():
            return "number"
        case CalendarDate():
            return "date"
        case Text():
            return "text of a pattern"
        case Document():
            return "document"
    raise AssertionError(f"{annotation} is of no known sort")


FIELDS = [(kind, path, annotation) for kind, schema in SCHEMAS.items() for path, annotation in leaves(schema, "")]
NAMES = [f"{kind}.{path}" for kind, path, _ in FIELDS]


def of_sort(sort: str) -> dict[str, Any]:
    return {f"{kind}.{path}": annotation for kind, path, annotation in FIELDS if sort_of(annotation) == sort}


@pytest.mark.parametrize("annotation", [annotation for _, _, annotation in FIELDS], ids=NAMES)
def test_every_field_is_of_a_sort_that_holds_no_prose(annotation: Any) -> None:
    assert sort_of(annotation)


def test_the_texts_of_a_pattern_are_these_and_no_others() -> None:
    assert {name.rpartition(".")[2] for name in of_sort("text of a pattern")} == {
        "media_type",
        "registration_no",
        "certificate_no",
    }
    assert set(of_sort("document")) == {"amend_rules.rules", "amend_roster.roster"}


@given(st.data(), st.sampled_from(sorted(of_sort("text of a pattern"))))
def test_a_text_of_a_pattern_is_short_and_has_no_room_for_words(draw: st.DataObject, name: str) -> None:
    text = draw.draw(st.from_regex(get_args(of_sort("text of a pattern")[name])[1].pattern, fullmatch=True))
    assert len(text) <= TEXT_CHARS_MAX
    assert re.fullmatch("[!-~]+", text)


PERSONAL = {
    "11010519491231002X": True,
    "11010519491231002x": True,
    "110105194912310021": True,
    "x110105194912310021y": True,
    "1110105194912310021": False,
    "010105194912310021": False,
    "13812345678": True,
    "no.19912345678/a": True,
    "12812345678": False,
    "138123456789": False,
    "a@b": True,
    "office@example.cn": True,
    "@": False,
    "a @b": False,
    "2026BJ0000000001": False,
    "11000000000000001": False,
    "CN-11": False,
}


@pytest.mark.parametrize(("text", "personal"), PERSONAL.items())
def test_numbers_and_addresses_of_persons_are_told_from_others(text: str, personal: bool) -> None:
    assert looks_personal(text) == personal


def test_every_text_is_looked_at_wherever_it_stands() -> None:
    data = {"a": "1", "b": {"c": "2", "d": None}, "e": [{"f": "3"}, {"f": "4"}], "g": ["5", "6"], "h": b"7", "i": 8}
    assert list(clear_texts(data)) == [("a", "1"), ("b.c", "2"), ("e.f", "3"), ("e.f", "4"), ("g", "5"), ("g", "6")]


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("description.industry", {"described": {"industry": "13812345678"}}),
        ("description.data_format", {"described": {"data_format": "11010519491231002X"}}),
        ("regime", {"regime": "13812345678"}),
    ],
)
def test_a_refusal_names_the_field_also_within_a_description(field: str, changed: dict[str, Any]) -> None:
    kit = RegisterKit()
    (alice,) = kit.enrol("alice")
    refusal = kit.refusal(kit.apply_entry([alice], [kit.deposit(alice)], **changed))
    assert refusal.number == 110
    assert refusal.en.startswith(f"{field} looks like")
    assert refusal.zh.startswith(f"{field} 疑似")


def test_personal_data_is_refused_before_any_signature_is_checked() -> None:
    kit = RegisterKit()
    entry = kit.deposit_entry(OFFICE, media_type="text/13812345678")
    kit.keys[OFFICE] = kit.keys[next(key for key in kit.keys if key != OFFICE)]
    assert kit.refusal(kit.entry("deposit", (OFFICE,), entry.body.data)).number == 110
