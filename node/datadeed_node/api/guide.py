"""`/docs`: the OpenAPI document as one self-contained page.

The usual viewers load their programs from a content-delivery network, which a court's network does not reach and a
ledger's operator has no reason to trust; this page has no script at all. `/openapi.json` serves every tool.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;text-transform:capitalize}
section{border:1px solid #d0d7de;border-radius:6px;padding:.6rem 1rem;margin:.5rem 0}
code{font:0.95em ui-monospace,monospace}.m{display:inline-block;min-width:3.2rem;font-weight:600;color:#0a5}
p{margin:.3rem 0}ul{margin:.3rem 0;padding-left:1.3rem}
"""


def docs_page(openapi: dict[str, Any]) -> str:
    """The page for this OpenAPI document."""
    info = openapi["info"]
    by_tag: dict[str, list[str]] = {}
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            shown = "".join(_operation(method, path, operation))
            by_tag.setdefault(operation.get("tags", ["other"])[0], []).append(shown)
    body = "".join(f"<h2>{escape(tag)}</h2>{''.join(sections)}" for tag, sections in by_tag.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>"
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>"
        '<p>For tools: <a href="/openapi.json">/openapi.json</a></p>'
        f"{body}</html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<section><p><span class="m">{escape(method.upper())}</span><code>{escape(path)}</code></p>'
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    parameters = operation.get("parameters", [])
    if parameters:
        yield "<ul>"
        for each in parameters:
            words = each.get("description", "") or ("in the path" if each["in"] == "path" else "")
            yield f"<li><code>{escape(each['name'])}</code> {escape(words)}</li>"
        yield "</ul>"
    yield "</section>"
