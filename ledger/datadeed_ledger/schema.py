"""Field types, strictly: an annotation is compiled once into a function that reads a value or says what is wrong.

A `TypedDict` is a map with exactly these keys, in ascending order as canonical bytes have them; it is read in place, so
that entries stay plain maps; a frozen dataclass is such a map too and is built from it (records).
`Annotated[base, mark]` bounds a value; `X | None` is "or nil"; `Literal` is an enumeration. A bool is never an int.
Left out: whether a code is listed, which is the rule set's affair. Spec: docs/spec/events.md, "Field types".
"""

from __future__ import annotations

import itertools
import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    Protocol,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from datadeed_ledger.encoding import TIME_MS_MAX, Value
from datadeed_ledger.errors import Malformed

Reader = Callable[[object], Any]
"""Takes a decoded value; returns it, or the dataclass that it spells; raises `Fault`."""


class Fault(Exception):
    """What is wrong with a value, and, gathered on the way up, where it stands. Becomes `Malformed` at the door."""

    def __init__(self, what: str, where: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.where = where

    def inside(self, name: str) -> Fault:
        return Fault(self.what, (name, *self.where))

    def malformed(self, root: str) -> Malformed:
        return Malformed(f"{'.'.join((root, *self.where))}: {self.what}")


class Mark(Protocol):
    """A bound on a value; the first thing after the base type in `Annotated`."""

    def reader(self, base: Any) -> Reader:
        """The function that reads values of the annotated type `base` within this bound."""
        ...


@dataclass(frozen=True, slots=True)
class Bytes:
    """Exactly `size` bytes."""

    size: int

    def reader(self, base: Any) -> Reader:
        size = self.size

        def read(value: object) -> bytes:
            if type(value) is not bytes or len(value) != size:
                raise Fault(f"{size} bytes are expected, not {_shape(value)}")
            return value

        return read


@dataclass(frozen=True, slots=True)
class Document:
    """1 to `maximum` bytes that say themselves what they are, as JSON text does; a rule reads them."""

    maximum: int

    def reader(self, base: Any) -> Reader:
        maximum = self.maximum

        def read(value: object) -> bytes:
            if type(value) is not bytes or not 1 <= len(value) <= maximum:
                raise Fault(f"1 to {maximum} bytes are expected, not {_shape(value)}")
            return value

        return read


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `minimum` to `maximum`."""

    minimum: int
    maximum: int

    def reader(self, base: Any) -> Reader:
        minimum, maximum = self.minimum, self.maximum

        def read(value: object) -> int:
            if type(value) is not int or not minimum <= value <= maximum:
                raise Fault(f"a whole number from {minimum} to {maximum} is expected, not {_shape(value)}")
            return value

        return read


@dataclass(frozen=True, slots=True)
class Text:
    """Text that matches `pattern` whole; `words` says so to a person."""

    pattern: str
    words: str

    def reader(self, base: Any) -> Reader:
        matches, words = re.compile(self.pattern).fullmatch, self.words

        def read(value: object) -> str:
            if type(value) is not str or not matches(value):
                raise Fault(f"{words} is expected, not {_shape(value)}")
            return value

        return read


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A date that exists, spelled YYYY-MM-DD."""

    def reader(self, base: Any) -> Reader:
        return _read_date


@dataclass(frozen=True, slots=True)
class Items:
    """A list of `minimum` to `maximum` items, each as its own type says; `rule` looks at the whole list."""

    minimum: int
    maximum: int
    rule: Callable[[Sequence[Any]], str | None] | None = None  # what is wrong with these items, or None

    def reader(self, base: Any) -> Reader:
        return _list_reader(base, self)


def distinct(items: Sequence[Any]) -> str | None:
    """No item twice."""
    return "an item stands twice" if any(item in items[:at] for at, item in enumerate(items)) else None


def atoms(items: Sequence[Any]) -> str | None:
    """Sorted and distinct, so that one set has one spelling; '*', which means every code, stands alone."""
    if "*" in items and len(items) > 1:
        return "'*' stands for every code and therefore alone"
    if any(left >= right for left, right in itertools.pairwise(items)):
        return "codes are expected in ascending order, none twice"
    return None


SHARES_SUM: Final = 10_000  # a share is counted in hundredths of a per cent


def holders(items: Sequence[Any]) -> str | None:
    """Ascending by party; the shares make a whole, or all are 0: joint ownership."""
    parties = [item["party"] for item in items]
    if any(left >= right for left, right in itertools.pairwise(parties)):
        return "holders are expected in ascending order of their party, none twice"
    shares = [item["share"] for item in items]
    if sum(shares) != SHARES_SUM and any(shares):
        return f"shares sum to {SHARES_SUM}, or all are 0 for joint ownership"
    return None


U32_MAX: Final = 2**32 - 1
U64_MAX: Final = 2**64 - 1

Id = Annotated[bytes, Bytes(32)]
Pid = Annotated[bytes, Bytes(16)]
Mid = Annotated[bytes, Bytes(32)]
Digest = Annotated[bytes, Bytes(32)]
PublicKey = Annotated[bytes, Bytes(32)]
Signature = Annotated[bytes, Bytes(64)]
Nonce = Annotated[bytes, Bytes(16)]
Seal = Annotated[bytes, Bytes(32), "seal"]
Date = Annotated[str, CalendarDate()]
Ms = Annotated[int, Whole(0, TIME_MS_MAX)]  # later than the year 9999 no text form of a time exists
U32 = Annotated[int, Whole(0, U32_MAX)]
U64 = Annotated[int, Whole(0, U64_MAX)]
Code = Annotated[str, Text(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,31}", "a code of 1 to 32 letters, digits, '_', '.' or '-'")]
Atom = Annotated[str, Text(r"\*|[0-9A-Za-z][0-9A-Za-z_.-]{0,31}", "a code or '*'")]
Atoms = Annotated[list[Atom], Items(1, 300, atoms)]


def reader(annotation: Any) -> Reader:
    """Compile `annotation`. A type that is no field type is a mistake in the program, a `TypeError` at import."""
    origin = get_origin(annotation)
    if origin is Annotated:
        base, mark, *_ = get_args(annotation)
        return cast(Mark, mark).reader(base)
    if origin in (Union, types.UnionType):
        return _optional_reader([part for part in get_args(annotation) if part is not type(None)])
    if origin is Literal:
        return _choice_reader(get_args(annotation))
    if origin in (list, tuple):
        return _list_reader(annotation, Items(0, U32_MAX))
    if annotation is bool:
        return _read_bool
    if is_typeddict(annotation):
        return _map_reader(_field_readers(annotation))
    if isinstance(annotation, type) and is_dataclass(annotation):
        return _dataclass_reader(annotation)
    raise TypeError(f"{annotation!r} is no field type")


def read(reader_: Reader, value: object, root: str) -> Any:
    """`value` as `reader_` reads it. Raises `Malformed` with the path below `root` and what would be right."""
    try:
        return reader_(value)
    except Fault as fault:
        raise fault.malformed(root) from None


def value_of(item: Any) -> Value:
    """The inverse of reading a dataclass: the plain value that it spells."""
    if isinstance(item, tuple):
        return [value_of(part) for part in item]
    names = _field_names(type(item))
    return cast(Value, item) if names is None else {name: value_of(getattr(item, name)) for name in names}


def _names(cls: type) -> tuple[str, ...] | None:
    """The fields of a dataclass; None of any other type."""
    return tuple(field.name for field in fields(cls)) if is_dataclass(cls) else None


_field_names: Callable[[type], tuple[str, ...] | None] = cache(_names)


def sealed_paths(schema: Any, prefix: str = "") -> tuple[str, ...]:
    """The dotted names of the sealed fields of a `TypedDict`, in order, also of those inside a map that may be nil."""
    found: list[str] = []
    for name, annotation in sorted(get_type_hints(schema, include_extras=True).items()):
        if annotation == Seal:
            found.append(prefix + name)
            continue
        optional = get_origin(annotation) in (Union, types.UnionType)
        for part in get_args(annotation) if optional else (annotation,):
            if is_typeddict(part):
                found.extend(sealed_paths(part, f"{prefix}{name}."))
    return tuple(found)


def _field_readers(schema: Any) -> dict[str, Reader]:
    hints = get_type_hints(schema, include_extras=True)
    # A dataclass may also have class variables, which are no fields.
    names = [field.name for field in fields(schema)] if is_dataclass(schema) else hints
    return {name: reader(hints[name]) for name in sorted(names)}


def _map_reader(readers: Mapping[str, Reader]) -> Reader:
    names = tuple(readers)
    pairs = tuple(readers.items())

    def read(value: object) -> dict[str, Any]:
        if type(value) is not dict or tuple(value) != names:
            raise _other_keys(value, names)
        name = ""
        try:
            for name, read_field in pairs:
                read_field(value[name])
        except Fault as fault:
            raise fault.inside(name) from None
        return value

    return read


def _dataclass_reader(cls: Any) -> Reader:
    readers = _field_readers(cls)
    names = tuple(readers)

    def read(value: object) -> Any:
        if type(value) is not dict or tuple(value) != names:
            raise _other_keys(value, names)
        arguments: dict[str, Any] = {}
        for name, read_field in readers.items():
            try:
                arguments[name] = read_field(value[name])
            except Fault as fault:
                raise fault.inside(name) from None
        return cls(**arguments)

    return read


def _other_keys(value: object, names: tuple[str, ...]) -> Fault:
    if not isinstance(value, dict):
        return Fault(f"a map is expected, not {_shape(value)}")
    missing = [name for name in names if name not in value]
    surplus = len(value) - len(names) + len(missing)
    if not missing and not surplus:
        return Fault("keys are expected in ascending order")
    lacking = ", ".join(missing) or "none"
    return Fault(f"missing fields: {lacking}; too many: {surplus}; exactly {', '.join(names)} are expected")


def _list_reader(annotation: Any, bounds: Items) -> Reader:
    read_item = reader(get_args(annotation)[0])
    result: Callable[[list[Any]], Any] = tuple if get_origin(annotation) is tuple else list
    minimum, maximum, rule = bounds.minimum, bounds.maximum, bounds.rule

    def read(value: object) -> Any:
        if type(value) is not list or not minimum <= len(value) <= maximum:
            raise Fault(f"a list of {minimum} to {maximum} items is expected, not {_shape(value)}")
        items = []
        for at, item in enumerate(value):
            try:
                items.append(read_item(item))
            except Fault as fault:
                raise fault.inside(str(at)) from None
        wrong = rule(value) if rule else None
        if wrong:
            raise Fault(wrong)
        return result(items)

    return read


def _optional_reader(parts: list[Any]) -> Reader:
    if len(parts) != 1:
        raise TypeError("a field has one type, or one type or nil")
    read_present = reader(parts[0])

    def read(value: object) -> Any:
        return None if value is None else read_present(value)

    return read


def _choice_reader(words: tuple[Any, ...]) -> Reader:
    def read(value: object) -> str:
        if type(value) is not str or value not in words:
            raise Fault(f"one of {', '.join(words)} is expected, not {_shape(value)}")
        return value

    return read


def _read_bool(value: object) -> bool:
    if type(value) is not bool:
        raise Fault(f"true or false is expected, not {_shape(value)}")
    return value


def _read_date(value: object) -> str:
    wrong = Fault(f"a date that exists, spelled YYYY-MM-DD, is expected, not {_shape(value)}")
    if type(value) is not str or len(value) != 10:
        raise wrong
    try:
        # fromisoformat knows other spellings (20261122, 2026-W47-7): only the one that it writes itself passes.
        if date.fromisoformat(value).isoformat() != value:
            raise wrong
    except ValueError:
        raise wrong from None
    return value


def _shape(value: object) -> str:
    """A few words for a wrong value: never its bytes, and never much of it."""
    if value is None or isinstance(value, bool):
        return {None: "nil", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return f"a {'map' if isinstance(value, dict) else 'list'} of {len(cast(Sequence[object], value))}"
