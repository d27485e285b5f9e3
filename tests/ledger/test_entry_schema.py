"""Field types read strictly, say where a fault stands, and records are as strict as entries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypedDict

import pytest
from registerkit import EXCHANGE, RegisterKit, pid

from datadeed_ledger.encoding import decode, encode, sha256
from datadeed_ledger.errors import Malformed
from datadeed_ledger.records import (
    NO_EVENTS,
    Asset,
    KeyUse,
    Licence,
    NumberUse,
    Objection,
    Party,
    Record,
    Right,
    Rules,
)
from datadeed_ledger.schema import Items, Pid, Seal, Text, read, reader, sealed_paths, value_of
from datadeed_ledger.statemap import subject_key


class Inner(TypedDict):
    secret: Seal
    word: Literal["yes", "no"]


class Outer(TypedDict):
    inner: Inner
    many: Annotated[list[Inner], Items(0, 2)]
    open: bool


@dataclass(frozen=True, slots=True)
class Made:
    party: Pid
    names: tuple[Annotated[str, Text("[a-z]+", "a small word")], ...]
    other: bool | None


INNER = {"secret": bytes(32), "word": "yes"}
OUTER = {"inner": INNER, "many": [INNER], "open": True}


def test_a_map_is_read_in_place_and_a_dataclass_is_made() -> None:
    assert read(reader(Outer), OUTER, "x") is OUTER
    made = read(reader(Made), {"names": ["a", "b"], "other": None, "party": bytes(16)}, "x")
    assert made == Made(bytes(16), ("a", "b"), None)
    assert read(reader(Made), dict(sorted(value_of(made).items())), "x") == made


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "x: a map is expected, not the number 5"),
        ({}, "x: missing fields: inner, many, open; too many: 0"),
        (OUTER | {"more": 1}, "x: missing fields: none; too many: 1; exactly inner, many, open"),
        (dict(reversed(OUTER.items())), "x: keys are expected in ascending order"),
        (OUTER | {"open": 1}, "x.open: true or false is expected, not the number 1"),
        (OUTER | {"many": [INNER] * 3}, "x.many: a list of 0 to 2 items is expected, not a list of 3"),
        (OUTER | {"many": {}}, "x.many: a list of 0 to 2 items is expected, not a map of 0"),
        (
            OUTER | {"many": [INNER, INNER | {"secret": b"short"}]},
            "x.many.1.secret: 32 bytes are expected, not 5 bytes",
        ),
        (
            OUTER | {"inner": INNER | {"word": "x" * 99}},
            f"x.inner.word: one of yes, no is expected, not the text '{'x' * 40}'",
        ),
        (OUTER | {"inner": INNER | {"word": None}}, "x.inner.word: one of yes, no is expected, not nil"),
        (OUTER | {"inner": INNER | {"word": False}}, "x.inner.word: one of yes, no is expected, not false"),
    ],
)
def test_a_fault_says_where_it_stands_and_what_would_be_right(value: Any, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(reader(Outer), value, "x")
    assert str(caught.value).startswith(message)


def test_a_fault_inside_a_dataclass_is_named_too() -> None:
    with pytest.raises(Malformed, match=r"^x\.names\.1: a small word is expected, not the text 'B'"):
        read(reader(Made), {"names": ["a", "B"], "other": True, "party": bytes(16)}, "x")


def test_sealed_fields_are_found_below_maps() -> None:
    assert sealed_paths(Outer) == ("inner.secret",)


@pytest.mark.parametrize("annotation", [int, str, dict, float, bytes, int | str | None])
def test_a_type_without_bounds_is_no_field_type(annotation: Any) -> None:
    with pytest.raises(TypeError):
        reader(annotation)


# --- records ---------------------------------------------------------------------------------------------------------


def records() -> list[Record]:
    kit = RegisterKit()
    kit.enrol("alice", "bob")
    right = kit.registered(pid("alice"))
    kit.licensed(right, pid("bob"))
    kit.transfer(right, pid("bob"))
    found: list[Record] = []
    for record_type in (Party, KeyUse, NumberUse, Right, Licence):
        for data in kit.state.records.values():
            if decode(data, bytes_max=10_000).keys() == {*record_type.__annotations__} - {"SUBJECT"}:  # type of map
                found.append(record_type.from_bytes(data))
                break
    found.append(Rules.of_genesis(1_767_225_600_000, sha256(b"a rule set")))
    found.append(Objection(Right.subject_of(right), sha256(b"objection"), pid("carol"), "other"))
    found.append(
        Asset(
            subject=Asset.subject_of(sha256(b"asset")),
            party=pid("alice"),
            exchange=EXCHANGE,
            right=right,
            industry="65",
            category="data_set",
            stage="listed",
            contracts=0,
            events=NO_EVENTS,
        )
    )
    return found


@pytest.mark.parametrize("record", records(), ids=lambda record: type(record).__name__)
def test_a_record_has_one_spelling(record: Record) -> None:
    data = record.to_bytes()
    assert type(record).from_bytes(data) == record
    for broken in (data[:-1], data + b"\xc0", b"\x80", b"", encode([])):
        with pytest.raises(Malformed):
            type(record).from_bytes(broken)
    value: Any = decode(data, bytes_max=10_000)
    for name in value:
        with pytest.raises(Malformed, match=rf"^record: missing fields: {name}"):
            type(record).from_bytes(encode({key: item for key, item in value.items() if key != name}))


def test_there_is_a_record_of_every_type() -> None:
    assert {type(record).__name__ for record in records()} == {made.__name__ for made in Record.__subclasses__()}


GOLDEN = {
    "Party": "8344dd0b745f2aac7400cd0f99eb6cb329f7b361fb8eb025bceb81e789c85dfd",
    "KeyUse": "91970ddcbd58d4d37e22fd2e2a4a49a682f9400ce80c4ffb354c194d2ded7853",
    "NumberUse": "5be0b8023b5869180e4178aaca1ec98d8649141210f6b9e9e23d6f21ffd95031",
    "Right": "c557074d8a0f08f81503e42088b683127507b885bfb83e4bba7e4a96fcb29b99",
    "Licence": "dbf72b1569ebe29c9562344707c490380677dd5614154fe4861146c62d89e59b",
    "Rules": "1d970c6da891e4cd17c2873489d9dd19eddb334b9153b48b35a3ec1615e1892d",
    "Objection": "6a36270d8109e8683eea427734b5e1b2ebdeba5e5d912275302ceed4ede4e248",
    "Asset": "dc99b3007a337762cff64ce196a07fa9127737e19259718a23947a30aa44dc78",
}


def test_the_bytes_of_records_stay_what_they_are() -> None:
    assert {type(record).__name__: sha256(record.to_bytes()).hex() for record in records()} == GOLDEN


def test_a_right_s_record_bounds_what_it_lists() -> None:
    right = next(record for record in records() if isinstance(record, Right))
    for changed in (
        replace(right, pending=right.pending * 3),
        replace(right, holders=()),
        replace(right, licences_ever=-1),
        replace(right, subject="right"),
        replace(right, until="2027-02-30"),
    ):
        with pytest.raises(Malformed):
            Right.from_bytes(changed.to_bytes())


def test_licences_and_objections_stand_beside_their_right_s_own_record() -> None:
    right, licence, objection = (
        next(record for record in records() if isinstance(record, wanted)) for wanted in (Right, Licence, Objection)
    )
    assert licence.key[:32] == right.key[:32] == objection.key[:32] == subject_key(right.subject)[:32]
    assert (right.key[32], licence.key[32], objection.key[32]) == (0, 1, 2)
