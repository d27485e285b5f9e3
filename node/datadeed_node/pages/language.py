"""Which language a page is in: the one that ?lang= asks for, else the cookie's, else the browser's, else Chinese."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from datadeed_node.pages.words import Language

COOKIE: Final = "datadeed_lang"
COOKIE_S: Final = 365 * 24 * 3600
HEADER_LENGTH_MAX: Final = 200  # a browser names a handful of languages


def asked(request: Request) -> Language | None:
    """The language that the address names."""
    return _known(request.query_params.get("lang", ""))


def language_of(request: Request) -> Language:
    return asked(request) or _known(request.cookies.get(COOKIE, "")) or _accepted(request) or "zh"


def address_in(request: Request, language: Language) -> str:
    """The same page in that language."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{request.url.path}?{urlencode([*pairs, ('lang', language)])}"


def _known(text: str) -> Language | None:
    tag = text.strip().lower().partition("-")[0]
    return "zh" if tag == "zh" else "en" if tag == "en" else None


def _accepted(request: Request) -> Language | None:
    """The one of ours that the browser likes best; the first named of two that it likes alike."""
    best: tuple[float, Language] | None = None
    for item in request.headers.get("accept-language", "")[:HEADER_LENGTH_MAX].split(","):
        tag, _, parameter = item.partition(";")
        language, weight = _known(tag), _weight(parameter)
        if language is not None and weight > (0.0 if best is None else best[0]):
            best = (weight, language)
    return None if best is None else best[1]


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    digits = value.strip()
    return float(digits) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else 0.0
