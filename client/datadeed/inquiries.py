"""What one node tells of the register: its work lists, its rights by holder, status, industry and time.

Each is that node's word, with the checkpoint that its first page is as of, never a proof; whoever needs more asks for a
pack. Pages are followed to their end, from whichever node answers. Spec: docs/spec/node.md section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
_WORK: Final = "/register/work"
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
    first = yield from _page(conversation, "/rights", query)
    items = yield from _followed(conversation, "/rights", query, first, lambda document: (document, "rights"))
    return Told(_as_of(first), items)


def work_lists(
    conversation: Conversation, *, names: tuple[str, ...] = WORK_LISTS, query: Mapping[str, str | None]
) -> Flow[WorkLists]:
    """The work lists of these names, whole. Raises `Malformed` on an unknown name."""
    for name in names:
        if name not in WORK_LISTS:
            raise Malformed(f"{name[:40]!r} is no work list; one of {', '.join(WORK_LISTS)} is expected")
    # Several come as one answer, so that their beginnings are as of one moment.
    first = yield from _page(conversation, _WORK, {**query, "list": names[0] if len(names) == 1 else None})
    lists: dict[str, tuple[dict[str, Any], ...]] = {}
    for name in names:
        wanted = {**query, "list": name}
        lists[name] = yield from _followed(conversation, _WORK, wanted, first, _part_of_work(name))
    today = first.get("today")
    if not isinstance(today, str):
        raise Unproven("answer", "a work list does not say its day")
    return WorkLists(_as_of(first), today, lists)


Part = Callable[[dict[str, Any]], tuple[dict[str, Any], str]]
"""Where in an answer the rows and the cursor stand: the object that has them, and the rows' name."""


def _followed(
    conversation: Conversation, path: str, query: Mapping[str, str | None], first: dict[str, Any], part: Part
) -> Flow[tuple[dict[str, Any], ...]]:
    """The rows of the first page and of all that follow it."""
    items: list[dict[str, Any]] = []
    document, pages = first, 1
    while True:
        holder, name = part(document)
        items += _rows(holder, name)
        cursor = _next(holder)
        if cursor is None:
            return tuple(items)
        if pages == PAGES_MAX:
            raise Unproven("answer", "a node's pages do not end")
        document = yield from _page(conversation, path, {**query, "after": cursor})
        pages += 1


def _part_of_work(name: str) -> Part:
    def part(document: dict[str, Any]) -> tuple[dict[str, Any], str]:
        lists = document.get("lists")
        found = lists.get(name) if isinstance(lists, dict) else None
        if not isinstance(found, dict):
            raise Unproven("answer", f"the answer has no list {name}")
        return found, "items"

    return part


def _page(conversation: Conversation, path: str, query: Mapping[str, str | None]) -> Flow[dict[str, Any]]:
    given = {name: value for name, value in query.items() if value is not None}
    return conversation.told(f"{path}?{urlencode({**given, 'limit': str(PAGE_ITEMS)})}")


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
