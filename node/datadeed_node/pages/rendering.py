"""Templates to pages: everything escaped, nothing loaded from elsewhere, no script in the page itself.

Text of the ledger can hold marks that turn the direction of writing or hide; each character that is not plainly visible
is shown as its escape (`datadeed.display.safe`), then escaped for HTML.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from datadeed.display import safe
from datadeed.judge_page import verify_page_digest
from datadeed_node.node import Node
from datadeed_node.pages.language import COOKIE, COOKIE_S, address_in, asked
from datadeed_node.pages.words import Speech

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
    "vary": "accept-language, cookie",
}
STATIC_HEADERS: Final = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_OWN: Final = ("style.css", "live.js", "icon.svg")
HASHING: Final = ("10-bytes.js", "20-sha256.js")  # of the judge's page, which hashes files too


@cache
def static_files() -> Mapping[str, bytes]:
    """What pages load beside themselves, by name."""
    own, judge = resources.files("datadeed_node.pages") / "static", resources.files("datadeed.judge_page")
    found = {name: (own / name).read_bytes() for name in _OWN}
    pieces = [(judge / name).read_bytes() for name in HASHING] + [(own / "hashing.js").read_bytes()]
    found["hashing.js"] = b'"use strict";(() => {\n' + b"\n".join(pieces) + b"})();\n"
    return found


def static_response(name: str) -> Response | None:
    data = static_files().get(name)
    return None if data is None else Response(data, 200, STATIC_HEADERS, _TYPES[name.rpartition(".")[2]])


@cache
def static_address(name: str) -> str:
    """Where a file is, with its digest, so that it may be cached for ever."""
    return f"/ui/static/{name}?v={hashlib.sha256(static_files()[name]).hexdigest()[:16]}"


def _shown(value: Any) -> Any:
    """What a template writes: text made plain, markup that a template made already as it is."""
    return value if isinstance(value, Markup) else safe(str(value))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("datadeed_node", "pages/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = static_address
    return environment


@dataclass(frozen=True, slots=True)
class Printer:
    """Makes the pages of one node."""

    node: Node

    def page(self, request: Request, speech: Speech, template: str, status: int = 200, **view: Any) -> Response:
        text = (
            _environment()
            .get_template(template)
            .render(
                say=speech,
                node_name=self.node.name,
                node_title=speech.member(member) if (member := self.node.member) else self.node.name,
                origin=self.node.genesis.origin,
                fingerprint=self.node.genesis.fingerprint.hex(),
                page_digest=verify_page_digest(),
                other_language=address_in(request, "en" if speech.language == "zh" else "zh"),
                path=request.url.path,
                **view,
            )
        )
        response = HTMLResponse(text, status, {**HEADERS, "content-language": speech.tag})
        language = asked(request)
        if language is not None:
            response.set_cookie(COOKIE, language, COOKIE_S, httponly=True, samesite="lax")
        return response
