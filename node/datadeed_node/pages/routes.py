"""The routes of the web pages: everything under `/` and `/ui/`, and the offline page at `/verify`.

A page asks the same questions as the API, of the same snapshot, within the same bounds; what the API answers with a
problem document is a page here. Nothing is taken in: whoever wants to record uses the API. Spec: docs/spec/node.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from datadeed.judge_page import verify_page, verify_page_digest
from datadeed_ledger.entry import PARTY_ID_BYTES, Entry
from datadeed_ledger.errors import Busy, DatadeedError, Malformed
from datadeed_ledger.records import Asset, Party
from datadeed_ledger.register import Register
from datadeed_node.api.asking import AskedTime
from datadeed_node.api.intake import id_in_path, number
from datadeed_node.api.problems import NoAnswer, NotFound
from datadeed_node.api.proofs import proven_index, published
from datadeed_node.api.rights_routes import recorded_right
from datadeed_node.api.turns import Gate, Turn
from datadeed_node.node import Node
from datadeed_node.pages.entry_view import entry_view
from datadeed_node.pages.language import language_of
from datadeed_node.pages.overview import (
    AsOf,
    checkpoint_facts,
    institutions,
    ledger_facts,
    newest,
    subjects,
)
from datadeed_node.pages.pieces import Teller
from datadeed_node.pages.register_view import asset_facts, history, holdings, party_facts
from datadeed_node.pages.rendering import Printer, static_response
from datadeed_node.pages.right_view import right_page
from datadeed_node.pages.rosters_view import in_force_facts, roster_views
from datadeed_node.pages.searching import search
from datadeed_node.pages.title_chain import FOLDED_MAX
from datadeed_node.pages.words import Speech
from datadeed_node.snapshot import Snapshot

ID_BYTES: Final = 32
VERIFY_HEADERS: Final = {
    "content-security-policy": "frame-ancestors 'none'",  # the page brings its own, far stricter, inside
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page: who prints it, in which language."""

    printer: Printer
    request: Request
    speech: Speech

    def page(self, template: str, status: int = 200, **view: Any) -> Response:
        return self.printer.page(self.request, self.speech, template, status, **view)

    def as_of(self, snapshot: Snapshot, template: str, **view: Any) -> Response:
        """A page of what the snapshot holds."""
        return self.page(template, as_of=AsOf.of(snapshot), **view)

    def problem(self, status: int, name: str, detail: str = "", *, detail_language: str = "en") -> Response:
        view = {"name": name, "detail": detail, "detail_language": detail_language}
        return self.page("problem.html", status, as_of=None, **view)

    def teller(self, snapshot: Snapshot, *, short: bool = False) -> Teller:
        return Teller(self.speech, snapshot.rosters, short)


Show = Callable[[Visit], Awaitable[Response]]


class PageRoutes:
    """One node's pages for people."""

    def __init__(self, node: Node, gate: Gate) -> None:
        self._node = node
        self._gate = gate
        self._printer = Printer(node)
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/", self.overview)
        self.router.add_api_route("/verify", self.verify)
        self.router.add_api_route("/verify.sha256", self.verify_digest)
        self.router.add_api_route("/ui/entries/{entry_id}", self.entry)
        self.router.add_api_route("/ui/rights/{right_id}", self.right)
        self.router.add_api_route("/ui/assets/{asset_id}", self.asset)
        self.router.add_api_route("/ui/parties/{party_id}", self.party)
        self.router.add_api_route("/ui/checkpoint", self.checkpoint)
        self.router.add_api_route("/ui/rosters", self.rosters)
        self.router.add_api_route("/ui/search", self.search)
        self.router.add_api_route("/ui/static/{name}", self.static)
        self.router.add_api_route("/ui/{rest:path}", self.nothing)

    # --- the offline page --------------------------------------------------------------------------------------------

    async def verify(self) -> Response:
        """verify.html, exactly the bytes whose digest is published."""
        return Response(verify_page(), 200, VERIFY_HEADERS, "text/html")

    async def verify_digest(self) -> Response:
        """As sha256sum writes it, so that `sha256sum -c` checks a downloaded page."""
        return Response(f"{verify_page_digest()}  verify.html\n", 200, VERIFY_HEADERS, "text/plain")

    # --- pages -------------------------------------------------------------------------------------------------------

    async def overview(self, request: Request) -> Response:
        async def show(visit: Visit) -> Response:
            snapshot = self._node.published()
            members = institutions(self._node, snapshot, visit.speech)
            if snapshot is None:
                return visit.page("overview.html", as_of=None, facts=(), members=members, entries=())
            return visit.as_of(
                snapshot,
                "overview.html",
                facts=(*ledger_facts(snapshot, visit.speech), *in_force_facts(snapshot, visit.speech)),
                members=members,
                entries=newest(snapshot, visit.speech),
            )

        return await self._shown(request, show)

    async def checkpoint(self, request: Request) -> Response:
        async def show(visit: Visit) -> Response:
            snapshot = published(self._node)
            return visit.as_of(
                snapshot,
                "checkpoint.html",
                facts=checkpoint_facts(snapshot, visit.speech),
                members=institutions(self._node, snapshot, visit.speech),
                roster=snapshot.roster.version,
                note=snapshot.checkpoint.decode().splitlines(),
            )

        return await self._shown(request, show)

    async def rosters(self, request: Request) -> Response:
        async def show(visit: Visit) -> Response:
            snapshot = published(self._node)
            async with self._gate.entered():
                found = await roster_views(snapshot, visit.teller(snapshot), Turn())
            return visit.as_of(snapshot, "rosters.html", rosters=found, cut=len(found) < len(snapshot.rosters))

        return await self._shown(request, show)

    async def entry(self, request: Request, entry_id: str) -> Response:
        async def show(visit: Visit) -> Response:
            wanted = id_in_path(entry_id, ID_BYTES, "an entry's id")
            snapshot = published(self._node)
            index, teller = proven_index(self._node, snapshot, wanted), visit.teller(snapshot)
            entry = Entry.parse(snapshot.leaf(index))
            found = entry_view(snapshot, index, entry, teller)
            return visit.as_of(snapshot, "entry.html", entry=found, about=subjects(entry, teller))

        return await self._shown(request, show)

    async def right(self, request: Request, right_id: str) -> Response:
        async def show(visit: Visit) -> Response:
            snapshot = published(self._node)
            wanted = recorded_right(snapshot, right_id)
            query = request.query_params
            time = AskedTime.of(snapshot, query.get("at") or None)
            first = number(query.get("from", "0"), "from")
            async with self._gate.entered():
                found = await right_page(snapshot, wanted, time, first, visit.teller(snapshot), Turn())
            at = query.get("at", "") if time.text is not None else ""
            return visit.as_of(
                snapshot, "right.html", right=found, at=at, at_time=time.text, right_id=right_id, folded_max=FOLDED_MAX
            )

        return await self._shown(request, show)

    async def asset(self, request: Request, asset_id: str) -> Response:
        async def show(visit: Visit) -> Response:
            wanted = id_in_path(asset_id, ID_BYTES, "an asset's id")
            snapshot = published(self._node)
            asset = Register(snapshot).asset(wanted)
            if asset is None:
                raise NotFound(f"no asset {asset_id} is on this ledger")
            async with self._gate.entered():
                told = await history(snapshot, Asset.subject_of(wanted), visit.teller(snapshot, short=True))
            facts = asset_facts(wanted, asset, visit.teller(snapshot))
            return visit.as_of(snapshot, "asset.html", asset_id=asset_id, facts=facts, history=told)

        return await self._shown(request, show)

    async def party(self, request: Request, party_id: str) -> Response:
        async def show(visit: Visit) -> Response:
            wanted = id_in_path(party_id, PARTY_ID_BYTES, "a party's pseudonym")
            snapshot = published(self._node)
            party = Register(snapshot).party(wanted)
            if party is None:
                raise NotFound(f"no party {party_id} is enrolled on this ledger")
            short = visit.teller(snapshot, short=True)
            async with self._gate.entered():
                told = await history(snapshot, Party.subject_of(wanted), short, newest_first=True)
                held = await holdings(snapshot, wanted, short)
            facts = party_facts(wanted, party, visit.teller(snapshot))
            return visit.as_of(snapshot, "party.html", party_id=party_id, facts=facts, history=told, holdings=held)

        return await self._shown(request, show)

    async def search(self, request: Request) -> Response:
        async def show(visit: Visit) -> Response:
            text = request.query_params.get("q", "").strip()
            snapshot = published(self._node)
            found = search(snapshot, text, visit.teller(snapshot)) if text else None
            return visit.as_of(snapshot, "search.html", query=text[:200], found=found)

        return await self._shown(request, show)

    async def static(self, request: Request, name: str) -> Response:
        return static_response(name) or await self.nothing(request)

    async def nothing(self, request: Request) -> Response:
        async def show(visit: Visit) -> Response:
            return visit.problem(404, "not_found", request.url.path[:200])

        return await self._shown(request, show)

    # --- problems ----------------------------------------------------------------------------------------------------

    async def _shown(self, request: Request, show: Show) -> Response:
        """The page, or the page that says why there is none."""
        visit = Visit(self._printer, request, Speech(language_of(request)))
        try:
            return await show(visit)
        except NotFound as error:
            return visit.problem(404, "not_found", error.what)
        except NoAnswer as error:
            detail = error.zh if visit.speech.language == "zh" else error.en
            return visit.problem(error.status, "undecided", detail, detail_language=visit.speech.tag)
        except Malformed as error:
            return visit.problem(400, "wrong", str(error))
        except Busy as error:
            response = visit.problem(503, "not_yet", str(error))
            response.headers["retry-after"] = str(error.retry_after_s)
            return response
        except DatadeedError as error:
            return visit.problem(500, "unproven", str(error))
