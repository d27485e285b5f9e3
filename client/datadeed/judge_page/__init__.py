"""`verify.html`: the judge's page, one file that needs no network and shares no code with the Python judge.

The sources beside this file are put together in order of their names: the same sources give the same bytes, whose
SHA-256 is published, so that a court can tell the page from another. The Content-Security-Policy in it names the one
script and the one style by their hashes and forbids every request. The page keeps its comments and every line of its
code; only the space before lines is less, and rules of dashes are short, because it lies in every pack.
Spec: docs/spec/evidence.md, docs/judge.en.md.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import Final

PAGE_BYTES_MAX: Final = 200 * 1024
_INDENT: Final = re.compile(r"^(?:  )+", re.MULTILINE)
_RULE: Final = re.compile(r"^(// --- .+? )-{3,}$", re.MULTILINE)


@cache
def verify_page() -> bytes:
    """The page's bytes."""
    folder = resources.files(__package__)
    scripts = sorted(item.name for item in folder.iterdir() if item.name.endswith(".js"))
    script = '"use strict";(() => {\n' + "\n".join(_script(name) for name in scripts) + "})();\n"
    style = _text("page.css")
    page = _text("page.html")
    for name, value in (("script", _hash(script)), ("style", _hash(style)), ("css", style), ("js", script)):
        page = page.replace("{" + name + "}", value, 1)
    data = page.encode()
    assert len(data) <= PAGE_BYTES_MAX, "the page stays small enough for every pack"
    return data


def verify_page_digest() -> str:
    """SHA-256 of the page in hex: what is published beside the fingerprint."""
    return hashlib.sha256(verify_page()).hexdigest()


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _script(name: str) -> str:
    """A source with less space before its lines. No text of the script may span lines, or its spaces would change."""
    text = _text(name)
    assert all(line.count("`") % 2 == 0 for line in text.splitlines()), f"{name}: a template literal spans lines"
    return _RULE.sub(r"\1---", _INDENT.sub(lambda spaces: " " * (len(spaces[0]) // 2 - 1), text))


def _hash(text: str) -> str:
    """As a Content-Security-Policy names an inline script or style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
