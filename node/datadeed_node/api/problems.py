"""Errors over HTTP: RFC 9457 problem documents, by who must act (docs/spec/architecture.md, "Errors").

Beside the standard members: `kind` (malformed, refused, busy, unproven, not-found, or what the connection did wrong),
`next` (the next thing to do), and for a refusal `rule` and `detail_zh`. Clients decide by status and kind; the texts
are for people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from datadeed_ledger.encoding import Json
from datadeed_ledger.errors import Busy, DatadeedError, Malformed, Refused, Unproven

log = structlog.get_logger(__name__)

PROBLEM_TYPE = "application/problem+json"
_TITLES = {
    "malformed": "The request is not what the format says",
    "refused": "A rule of the register refuses this entry now",
    "busy": "Not now; nothing was accepted",
    "unproven": "This node cannot prove it",
    "not-found": "Nothing here has this name",
    "too-large": "The body is larger than this route takes",
    "too-slow": "The body did not arrive in time",
    "wrong-type": "The body is not of a type that this route takes",
    "wrong-method": "This route does not take that method",
    "cannot-decide": "Nobody can know yet",
    "present": "What should be absent is recorded",
    "outgrown": "The register is too large for one pack",
}
_NEXT = {
    "malformed": "correct the bytes and send them again; the same bytes will never pass",
    "refused": "change what the rule names and submit again",
    "busy": "send the same bytes again after the time in Retry-After; nothing is recorded twice",
    "unproven": "ask another institution's node",
    "not-found": "check the id, and that it is of this ledger; what was just submitted may take a moment",
    "too-large": "send less: the limit is in `detail`",
    "too-slow": "send the whole body at once",
    "wrong-type": "send application/msgpack",
    "wrong-method": "see /docs for the routes and their methods",
    "cannot-decide": "ask again when this node has published a checkpoint of that time or later",
    "present": "take the evidence of what is recorded instead",
    "outgrown": "read the log by /tile and records by /map-proof, or packs right by right",
}
_KIND_OF_STATUS = {404: "not-found", 405: "wrong-method", 413: "too-large"}


class NotFound(Exception):
    """Nothing here has this name; `what` says so to whoever asked."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class NoAnswer(Exception):
    """What was asked for cannot be given, and not because something is missing or broken."""

    def __init__(self, status: int, kind: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.status, self.kind, self.en, self.zh = status, kind, en, zh

    @classmethod
    def undecided(cls, asked: str, newest: str) -> NoAnswer:
        """The time lies after what is proven."""
        return cls(
            422,
            "cannot-decide",
            f"{asked} is later than {newest}, the time of the newest proven block",
            f"{asked} 晚于最新已证明区块的时间 {newest}，尚无法判定",
        )

    @classmethod
    def present(cls, what: str) -> NoAnswer:
        """An absence was to be proven, and something is there."""
        return cls(409, "present", f"{what} is recorded on this ledger", f"账本上已有 {what} 的记录")

    @classmethod
    def outgrown(cls, reason: str) -> NoAnswer:
        """The register no longer fits one pack."""
        return cls(
            422,
            "outgrown",
            f"the register does not fit one pack: {reason}",
            f"登记簿过大，一个证据包容纳不下：{reason}",
        )


class BadTransfer(Exception):
    """The body did not come as this route takes bodies: too large, too slow, of another type."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem document before it is sent. retry_after_s: 0 where waiting would not help."""

    status: int
    kind: str
    detail: str
    more: Mapping[str, Json]
    retry_after_s: int = 0

    def document(self) -> dict[str, Json]:
        return {
            "type": f"urn:datadeed:problem:{self.kind}",
            "title": _TITLES[self.kind],
            "status": self.status,
            "detail": self.detail,
            "kind": self.kind,
            "next": _NEXT[self.kind],
            **self.more,
        }

    def response(self) -> Response:
        headers = {"retry-after": str(self.retry_after_s)} if self.retry_after_s else {}
        body = json.dumps(self.document(), ensure_ascii=False).encode()
        return Response(body, self.status, headers, PROBLEM_TYPE)


def problem_of(error: DatadeedError) -> Problem:
    """The document that says one of the four errors."""
    if isinstance(error, Malformed):
        return Problem(400, "malformed", str(error), {})
    if isinstance(error, Refused):
        return Problem(409, "refused", error.en, {"rule": error.number, "detail_zh": error.zh})
    if isinstance(error, Busy):
        return Problem(503, "busy", str(error), {}, error.retry_after_s)
    step: dict[str, Json] = {"step": error.step} if isinstance(error, Unproven) else {}
    return Problem(500, "unproven", str(error), step)


# --- what the application answers where a route raised ----------------------------------------------------------------


async def on_datadeed_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, DatadeedError), "registered for this type alone"
    return problem_of(error).response()


async def on_not_found(_: Request, error: Exception) -> Response:
    assert isinstance(error, NotFound), "registered for this type alone"
    return Problem(404, "not-found", error.what, {}).response()


async def on_no_answer(_: Request, error: Exception) -> Response:
    assert isinstance(error, NoAnswer), "registered for this type alone"
    return Problem(error.status, error.kind, error.en, {"detail_zh": error.zh}).response()


async def on_bad_transfer(_: Request, error: Exception) -> Response:
    assert isinstance(error, BadTransfer), "registered for this type alone"
    response = Problem(error.status, error.kind, error.detail, {}).response()
    response.headers["connection"] = "close"  # the rest of that body is not read
    return response


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown routes and methods."""
    assert isinstance(error, HTTPException), "registered for this type alone"
    kind = _KIND_OF_STATUS.get(error.status_code, "malformed")
    response = Problem(error.status_code, kind, f"{request.method} {request.url.path}: {error.detail}", {}).response()
    response.headers.update(error.headers or {})
    return response


async def on_bad_request(_: Request, error: Exception) -> Response:
    """A query parameter that is missing or of the wrong type."""
    assert isinstance(error, RequestValidationError), "registered for this type alone"
    wrong = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
    return Problem(400, "malformed", wrong, {}).response()


async def on_damage(_: Request, error: Exception) -> Response:
    """A row that this node must have is missing or unreadable: other institutions have it."""
    log.error("store damaged", reason=str(error), next_step="restart this node: it repairs itself from its peers")
    return Problem(
        500, "unproven", "this node's store is damaged; other institutions hold the same ledger", {}
    ).response()
