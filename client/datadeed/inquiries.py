"""What one node tells of the register: its work lists, its rights by holder, status, industry and time.

Each is that node's word, with the checkpoint that it is as of, never a proof; whoever needs more asks for a pack. Pages
are followed to their end, all of them from whichever node answers. Spec: docs/spec/node.md section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from datadeed.conversation import Conversation
from datadeed.session import Flow
from datadeed_ledger.encoding import Json
from datadeed_ledger.errors import Malformed, Unproven

WORK_LISTS: Final = ("applications", "corrections", "windows", "requests", "freezes", "objections", "renewals")
PAGE_ITEMS: Final = 200
PAGES_MAX: Final = 10_000  # two million rows; a node that never ends its pages is not followed for ever
_AS_OF: Final = ("log_size", "height", "time")


@dataclass(frozen=True, slots=True)
class Told:
    """One node's unproven word. as_of: log_size, height and time of the last header; items: as node.md spells them."""

    as_of: Mapping[str, Json]
    items: tuple[dict[str, Any], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class WorkLists:
    """What awaits somebody. today: the day of `as_of`; lists: by name."""

    as_of: Mapping[str, Json]
    today: str
    lists: Mapping[str, tuple[dict[str, Any], ...]] = field(repr=False)


def rights(conversation: Conversation, query: Mapping[str, str | None]) -> Flow[Told]:
    """Every right that the query asks for, page by page. Raises `Malformed` where the node does not know a value."""
    document = yield from _page(conversation, "/rights", query)
    as_of, items = _as_of(document), _rows(document, "rights")
    pages = 1
    while (cursor := _next(document)) is not None:
        document = yield from _page(conversation, "/rights", {**query, "after": cursor})
        items += _rows(document, "rights")
        pages += 1
        if pages > PAGES_MAX:
            raise Unproven("answer", "a node's pages do not end")
    return Told(as_of, tuple(items))


def work_lists(
    conversation: Conversation, *, names: tuple[str, ...] = WORK_LISTS, query: Mapping[str, str | None]
) -> Flow[WorkLists]:
    """The work lists of these names, whole. Raises `Malformed` on an unknown name."""
    lists: dict[str, tuple[dict[str, Any], ...]] = {}
    document: dict[str, Any] = {}
    for name in names:
        if name not in WORK_LISTS:
            raise Malformed(f"{name[:40]!r} is no work list; one of {', '.join(WORK_LISTS)} is expected")
        document = yield from _page(conversation, "/register/work", {**query, "list": name})
        items, cursor = _work_rows(document, name)
        while cursor is not None and len(items) <= PAGE_ITEMS * PAGES_MAX:
            document = yield from _page(conversation, "/register/work", {**query, "list": name, "after": cursor})
            more, cursor = _work_rows(document, name)
            items += more
        lists[name] = tuple(items)
    today = document.get("today")
    if not isinstance(today, str):
        raise Unproven("answer", "a work list does not say its day")
    return WorkLists(_as_of(document), today, lists)


def _page(conversation: Conversation, path: str, query: Mapping[str, str | None]) -> Flow[dict[str, Any]]:
    given = {name: value for name, value in query.items() if value is not None}
    return conversation.told(f"{path}?{urlencode({**given, 'limit': str(PAGE_ITEMS)})}")


def _work_rows(document: dict[str, Any], name: str) -> tuple[list[dict[str, Any]], str | None]:
    lists = document.get("lists")
    found = lists.get(name) if isinstance(lists, dict) else None
    if not isinstance(found, dict):
        raise Unproven("answer", f"the answer has no list {name}")
    return _rows(found, "items"), _next(found)


def _rows(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = document.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unproven("answer", f"the answer has no list {name!r} of objects")
    return rows


def _next(document: dict[str, Any]) -> str | None:
    cursor = document.get("next")
    if cursor is not None and not isinstance(cursor, str):
        raise Unproven("answer", "the answer's `next` is no cursor")
    return cursor


def _as_of(document: dict[str, Any]) -> dict[str, Json]:
    as_of = document.get("as_of")
    if not isinstance(as_of, dict) or not all(name in as_of for name in _AS_OF):
        raise Unproven("answer", "the answer does not say as of when it is")
    return as_of
