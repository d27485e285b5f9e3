"""Addresses of nodes, and in which order they are asked: the one that served last comes first.

An address is `https://…`, or `http://` on loopback: what a node says is proven, but what is asked of it is private.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from datadeed_ledger.errors import Malformed
from datadeed_ledger.roster import Roster

_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


def node_url(text: str) -> str:
    """`text` as a node's address without a trailing slash. Raises `Malformed`."""
    wrong = Malformed(f"{text[:80]!r} is not a node's address; https://… is expected, or http:// on this machine")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise wrong from error
    clean = text.isascii() and text.isprintable() and " " not in text
    if not clean or not parts.hostname or parts.query or parts.fragment or parts.username is not None or port == 0:
        raise wrong
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise wrong
    return text.rstrip("/")


def urls_after(urls: tuple[str, ...], before: Roster, after: Roster) -> tuple[str, ...]:
    """The addresses to ask when the roster `after` follows `before`: its members', and those that no member had.

    What a member of `before` had and none of `after` has is dropped; the order of the others is kept.
    """
    present = _member_urls(after)
    gone = set(_member_urls(before)) - set(present)
    return tuple(dict.fromkeys((*(url for url in urls if url not in gone), *present)))


def urls_from(url: str, roster: Roster) -> tuple[str, ...]:
    """The address that somebody gave, then those of the roster's members."""
    return tuple(dict.fromkeys((node_url(url), *_member_urls(roster))))


def _member_urls(roster: Roster) -> tuple[str, ...]:
    return tuple(node_url(member.api) for member in roster.members)


class Nodes:
    """The addresses of one ledger's nodes. Not bound to a thread: a stale preference only costs a detour."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        self.replace(urls)
        self._first = self.urls[0]

    def replace(self, urls: tuple[str, ...]) -> None:
        """Ask these from now on: another roster is in force. Raises `Malformed` when there is none."""
        if not urls:
            raise Malformed("a ledger is reached through at least one node; give its address")
        self.urls = tuple(dict.fromkeys(node_url(url) for url in urls))

    def in_order(self) -> tuple[str, ...]:
        """Every address once, beginning with the one that served last."""
        urls, first = self.urls, self._first
        at = urls.index(first) if first in urls else 0
        return urls[at:] + urls[:at]

    def served(self, url: str) -> None:
        """Ask this one first from now on."""
        self._first = url

    def failed(self, url: str) -> None:
        """Begin with the one after it from now on, if it was the first."""
        order = self.in_order()
        if order[0] == url:
            self._first = order[1 % len(order)]
