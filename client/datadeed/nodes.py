"""Addresses of nodes, and in which order they are asked: the one that served last comes first.

An address is `https://…`, or `http://` on loopback: what a node says is proven, but what is asked of it is private.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from datadeed_ledger.errors import Malformed

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


class Nodes:
    """The addresses of one ledger's nodes. Not bound to a thread: a stale preference only costs a detour."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        if not urls:
            raise Malformed("a ledger is reached through at least one node; give its address")
        self.urls = tuple(dict.fromkeys(node_url(url) for url in urls))
        self._first = 0

    def in_order(self) -> tuple[str, ...]:
        """Every address once, beginning with the one that served last."""
        first = self._first
        return self.urls[first:] + self.urls[:first]

    def served(self, url: str) -> None:
        """Ask this one first from now on."""
        self._first = self.urls.index(url)

    def failed(self, url: str) -> None:
        """Begin with the one after it from now on, if it was the first."""
        if self.urls[self._first] == url:
            self._first = (self._first + 1) % len(self.urls)
