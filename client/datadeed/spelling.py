"""The one JSON spelling of an entry's data for people: what a `--data` file holds and what a draft shows.

Read off the schema of each kind, so that a new kind needs nothing here:

    bin            lower-case hex
    seal           the text itself, or null for nothing to say: it is sealed here with a fresh salt;
                   {"sealed": "<64 hex>"} is a commitment that was made before and that nothing here opens
    ms             2026-11-22T04:12:09.104Z, or milliseconds since 1970
    a document     the JSON object itself (a rule set), recorded as RFC 8785 text; or its hex
    whole numbers  JSON numbers, as decimal text beyond 2^53 - 1 (either is read)
    nil            null; a field that may be nil, or is sealed, may be left out

The node's readable twin (`entry-<index>.json`) is another thing: it says what the bytes are, and opens nothing.
Spec: docs/sdk.md, "Data in JSON".
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from datadeed.sealing import Sealer
from datadeed_ledger.encoding import SAFE_INTEGER_MAX, Json, decimal, from_hex, jcs, parse_jcs, parse_time, time_text
from datadeed_ledger.entry import Body
from datadeed_ledger.errors import Malformed
from datadeed_ledger.events import READERS, SCHEMAS
from datadeed_ledger.schema import Document, Ms, Seal, read

KINDS: Final = tuple(SCHEMAS)
_SEALED: Final = "sealed"


def data_of(kind: str, plain: Mapping[str, Any], sealer: Sealer) -> Mapping[str, Any]:
    """The entry's `data` that `plain` spells; texts of sealed fields are sealed by `sealer`. Raises `Malformed`.

    Plain values of Python (bytes for bin, ints for times) pass as well as JSON.
    """
    if kind not in SCHEMAS:
        raise Malformed(f"{kind[:40]!r} is not a kind of entry; one of {', '.join(KINDS)} is expected")
    data = _read_map(SCHEMAS[kind], plain, "", sealer)
    checked: Mapping[str, Any] = read(READERS[kind], data, "data")
    return checked


def plain_of(body: Body, opened: Mapping[str, str | None]) -> dict[str, Json]:
    """`body.data` in the spelling above. opened: values of sealed fields by path; the others show as commitments."""
    return _show_map(SCHEMAS[body.kind], body.data, "", opened)


def _read(annotation: Any, value: Any, path: str, sealer: Sealer) -> Any:
    """`value` as the schema wants it, as far as spelling goes; whether it is right, the schema's reader decides."""
    if annotation == Seal:
        return _read_seal(value, path, sealer)
    if annotation == Ms and isinstance(value, str) and "T" in value:
        return _at(path, parse_time, value)
    if is_typeddict(annotation):
        return _read_map(annotation, value, f"{path}.", sealer)
    base, optional = _base(annotation)
    if value is None and optional:
        return None
    if optional:
        return _read(base, value, path, sealer)
    if get_origin(base) is list:
        return _read_list(base, value, path, sealer)
    if is_document(annotation) and isinstance(value, Mapping):
        return _at(path, jcs, value)
    if base is bytes and isinstance(value, str):
        return _at(path, from_hex, value)
    if base is int and isinstance(value, str):
        return _at(path, _number, value)
    return value


def _read_map(schema: Any, value: Any, prefix: str, sealer: Sealer) -> dict[str, Any]:
    hints = get_type_hints(schema, include_extras=True)
    if not isinstance(value, Mapping):
        raise Malformed(f"{_named(prefix.removesuffix('.'))}: an object with {', '.join(sorted(hints))} is expected")
    surplus = sorted(str(name)[:40] for name in value.keys() - hints.keys())
    missing = sorted(name for name in hints.keys() - value.keys() if not may_be_left_out(hints[name]))
    if surplus or missing:
        problems = [f"{name} is missing" for name in missing] + [f"{name!r} is not a field" for name in surplus]
        where = _named(prefix.removesuffix("."))
        raise Malformed(f"{where}: {', '.join(problems)}; fields are {', '.join(sorted(hints))}")
    return {name: _read(hints[name], value.get(name), prefix + name, sealer) for name in sorted(hints)}


def _read_list(annotation: Any, value: Any, path: str, sealer: Sealer) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise Malformed(f"{_named(path)}: a list is expected")
    item_type = get_args(annotation)[0]
    return [_read(item_type, item, f"{path}.{at}", sealer) for at, item in enumerate(value)]


def _read_seal(value: Any, path: str, sealer: Sealer) -> Any:
    if value is None or isinstance(value, str):
        return _at(path, lambda text: sealer.seal(path, text), value)
    if isinstance(value, Mapping) and value.keys() == {_SEALED} and isinstance(value[_SEALED], str):
        return _at(path, from_hex, value[_SEALED])
    if isinstance(value, bytes):
        return value
    raise Malformed(f'{_named(path)}: text, null, or {{"sealed": "<64 hex>"}} is expected')


def _show(annotation: Any, value: Any, path: str, opened: Mapping[str, str | None]) -> Json:
    if annotation == Seal:
        return opened[path] if path in opened else {_SEALED: value.hex()}
    if annotation == Ms:
        return time_text(value)
    if is_typeddict(annotation):
        return _show_map(annotation, value, f"{path}.", opened)
    base, optional = _base(annotation)
    if value is None:
        return None
    if optional:
        return _show(base, value, path, opened)
    if get_origin(base) is list:
        return [_show(get_args(base)[0], item, f"{path}.{at}", opened) for at, item in enumerate(value)]
    if base is bytes:
        return _show_bytes(annotation, value)
    if base is int:
        return value if value <= SAFE_INTEGER_MAX else str(value)
    text_or_bool: str | bool = value
    return text_or_bool


def _show_map(schema: Any, value: Any, prefix: str, opened: Mapping[str, str | None]) -> dict[str, Json]:
    hints = get_type_hints(schema, include_extras=True)
    return {name: _show(hints[name], value[name], prefix + name, opened) for name in sorted(hints)}


def _show_bytes(annotation: Any, value: bytes) -> Json:
    """A document as what it says; whatever else it is made of, as hex."""
    try:
        document = parse_jcs(value, bytes_max=len(value)) if is_document(annotation) else None
    except Malformed:
        document = None
    return document if isinstance(document, dict) else value.hex()


def is_document(annotation: Any) -> bool:
    """Whether a field of this type holds a JSON document as bytes."""
    return get_origin(annotation) is Annotated and isinstance(get_args(annotation)[1], Document)


def _base(annotation: Any) -> tuple[Any, bool]:
    """The type below the marks, and whether nil is allowed; of `X | None` it is X with its marks."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return get_args(annotation)[0], False
    if origin in (Union, types.UnionType):
        return next(part for part in get_args(annotation) if part is not type(None)), True
    if origin is Literal:
        return str, False
    return annotation, False


def may_be_left_out(annotation: Any) -> bool:
    """Whether a field of this type may be missing from what a person writes."""
    return bool(annotation == Seal or _base(annotation)[1])


def _number(text: str) -> int:
    return decimal(text, maximum=2**64 - 1)


def _at(path: str, convert: Any, value: Any) -> Any:
    try:
        return convert(value)
    except Malformed as error:
        raise Malformed(f"{_named(path)}: {error}") from error


def _named(path: str) -> str:
    return f"data.{path}" if path else "data"
