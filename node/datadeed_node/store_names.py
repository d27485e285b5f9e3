"""Rows of the store in words: what `verify` calls the one that is wrong. Formats: layout.py."""

from __future__ import annotations

from datadeed_ledger.encoding import decode
from datadeed_ledger.errors import Malformed
from datadeed_ledger.records import RECORD_BYTES_MAX
from datadeed_node import layout
from datadeed_node.register_rows import Work, opened_in

_WORDS = {
    b"m": "the row that says what the store is",
    b"t": "the row that names the newest block",
    b"h": "the row of block {number}",
    b"x": "the row that finds the block whose header is log entry {number}",
    b"d": "the row that finds the block {key}",
    b"l": "log entry {number}",
    b"i": "the row that finds the entry {key}",
    b"e": "an event of the subject {key}",
    b"f": "the events' tree of the subject {key}",
    b"q": "the row that lists the right {value} {list}",
    b"w": "the row that lists the right {value} {list}",
    b"g": "the row that finds the deposit of {digest}",
    b"v": "the row of roster {number}",
    b"b": "the hash of the state map's bucket {key}",
}
_LISTS = {
    b"a": "among all rights",
    b"d": "by its day of announcement",
    b"h": "by a holder",
    b"i": "by an industry",
    b"s": "by its stage",
}


def name_of_row(key: bytes, value: bytes) -> str:
    """What stands under this key."""
    letter = key[:1]
    if letter == b"r":
        return f"the record of {_subject(value)}"
    if letter == b"n" and len(key) == 10:
        return f"the tree node {key[1]}/{layout.number_of(key[2:])}"
    if letter not in _WORDS:
        return "a row that no block writes"
    return _WORDS[letter].format(
        number=layout.number_of(key[1:]),
        key=key[1:].hex(),
        value=value.hex(),
        list=_list_of(key),
        digest=key[1:33].hex(),
    )


def entry_of_row(key: bytes, value: bytes) -> int | None:
    """The log index of the entry that a row is about, where it is about one."""
    letter = key[:1]
    if letter == b"l":
        return layout.number_of(key[1:])
    if letter == b"g":
        return layout.number_of(key[33:])
    if letter in (b"i", b"e", b"v"):
        return layout.number_of(value)
    if letter in (b"q", b"w"):
        return opened_in(key)
    return None


def block_of_row(key: bytes, value: bytes, block_of_entry: int | None) -> int | None:
    """The height of the block that a row is about, where it is about one."""
    letter = key[:1]
    if letter == b"h":
        return layout.number_of(key[1:])
    if letter in (b"x", b"d"):
        return layout.number_of(value)
    return block_of_entry


def _list_of(key: bytes) -> str:
    """Which list a row of `q` or `w` stands in."""
    if key[:1] == b"w":
        return f"among {Work(key[1]).name}" if key[1:2] and key[1] in set(Work) else "as work of no list"
    return _LISTS.get(key[1:2], "in no list")


def _subject(record: bytes) -> str:
    try:
        value = decode(record, bytes_max=RECORD_BYTES_MAX)
    except Malformed:
        return "a subject that cannot be read any more"
    subject = value.get("subject") if isinstance(value, dict) else None
    return str(subject) if isinstance(subject, str) else "no subject"
