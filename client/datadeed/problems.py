"""What nodes answer besides success: RFC 9457 problem documents, mapped back to the four errors by who must act.

    Busy ─┬─ Unreachable   no node answered
          ├─ Behind        the node's log is shorter than one that this machine has already seen proven
          ├─ Pending       the entry is accepted and not final yet
          └─ Unfinished    one of these ended the wait for an entry, which is kept on this machine to be submitted again
    Unproven ─┬─ NotOnLedger  every node that answered says that there is no such thing
              ├─ Present      what should be proven absent is recorded, says every node that answered
              └─ Fork         two proven checkpoints contradict each other

A document is one institution's unproven word: its text is cut to a length, and whoever shows it strips its controls.
Spec: docs/sdk.md, "Errors".
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused, Unproven

PROBLEM_TYPE: Final = "application/problem+json"
_TEXT_CHARS_MAX: Final = 600
_RETRY_AFTER_S_MAX: Final = 3600
_RULE_MAX: Final = 100_000


class Unreachable(Busy):
    """No answer from the node at `url`, or from any; the same bytes may be sent again."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}", retry_after_s=0)
        self.url = url

    @classmethod
    def of_all(cls, failures: list[Unreachable]) -> Unreachable:
        """One error that names every node."""
        if len(failures) == 1:
            return failures[0]
        return cls("no node answers", "; ".join(str(failure) for failure in failures))


class Fork(Unproven):
    """Two checkpoints, each signed by a quorum, that nobody can show to be of one log. There is nothing to retry."""

    def __init__(self, reason: str) -> None:
        super().__init__("consistency", reason)


class Behind(Busy):
    """The node is behind: what it shows is shorter than what was proven before. Ask another, or again later."""


class Pending(Busy):
    """The entry is accepted and not final yet; submit the same bytes again, or ask for its receipt."""


class Unfinished(Busy):
    """Nobody could say that the entry is recorded. It is kept, signed, in the file `draft_path`: submit that again,
    and it is the same entry. Composing it anew would be another one. `__cause__` says what ended the wait."""

    def __init__(self, cause: Busy, draft_path: Path) -> None:
        super().__init__(f"{cause}; the signed entry is kept in {draft_path}", cause.retry_after_s)
        self.draft_path = draft_path


class NotOnLedger(Unproven):
    """Nobody who answered knows this id. That is their word; an absence pack would prove it."""

    def __init__(self, what: str) -> None:
        super().__init__("lookup", what)


class Present(Unproven):
    """Something is recorded where a proof was asked that nothing is. That is their word; its own pack proves it."""

    def __init__(self, what: str) -> None:
        super().__init__("absence", what)


def problem_of(status: int, content_type: str, retry_after_s: int | None, body: bytes, url: str) -> DatadeedError:
    """The error that a node's answer with this status means."""
    document = _document(content_type, body)
    detail = _text(document, "detail") or _text(document, "title") or f"HTTP status {status}"
    kind = document.get("kind")
    if status == 503 or status == 429:
        return Busy(f"{url}: {detail}", _bounded(retry_after_s))
    if status == 409 and kind == "refused":
        rule = document.get("rule")
        number = rule if type(rule) is int and 0 <= rule <= _RULE_MAX else 0
        return Refused(number, detail, _text(document, "detail_zh") or detail)
    if status == 409 and kind == "present":
        return Present(detail)
    if status == 404:
        return NotOnLedger(detail)
    if kind == "unproven":
        return Unproven("node", f"{url}: {detail}")
    if status in (400, 413, 415, 422):
        return Malformed(f"{url}: {detail}")
    return Unreachable(url, f"an answer that this client has no use for ({detail})")


def json_object(body: bytes, what: str) -> dict[str, Any]:
    """The JSON object that a node sent. Raises `Unproven`: a node that does not keep to the form proves nothing."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise Unproven("answer", f"{what} is not JSON") from error
    if not isinstance(value, dict):
        raise Unproven("answer", f"{what} is not a JSON object")
    return value


def text_of(document: dict[str, Any], name: str, what: str) -> str:
    """A member that must be text. Raises `Unproven`."""
    value = document.get(name)
    if not isinstance(value, str):
        raise Unproven("answer", f"{what} has no text {name!r}")
    return value


def whole_of(document: dict[str, Any], name: str, what: str) -> int:
    """A member that must be a whole number from 0 on. Raises `Unproven`."""
    value = document.get(name)
    if type(value) is not int or not 0 <= value < 2**53:
        raise Unproven("answer", f"{what} has no whole number {name!r}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value


def _document(content_type: str, body: bytes) -> dict[str, Any]:
    if content_type.partition(";")[0].strip().lower() != PROBLEM_TYPE:
        return {}
    try:
        return json_object(body, "the problem document")
    except Unproven:
        return {}


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value[:_TEXT_CHARS_MAX] if isinstance(value, str) else ""


def _bounded(retry_after_s: int | None) -> int:
    return min(max(retry_after_s or 1, 1), _RETRY_AFTER_S_MAX)
