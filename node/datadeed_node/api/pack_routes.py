"""Routes that hand out proofs for a file: of an entry, a right, an asset, of what stands or does not, of the register.

Every pack is under the published checkpoint and verified by this node before it leaves; whoever gets it verifies it
again and need not believe this node. Spec: docs/spec/evidence.md; docs/spec/node.md section 5.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.evidence.build import (
    absence_parts,
    asset_parts,
    entry_parts,
    export_parts,
    presence_parts,
    title_parts,
)
from datadeed_ledger.evidence.codecs import REGISTER, Place
from datadeed_ledger.evidence.report import Unreadable
from datadeed_ledger.records import Right
from datadeed_node.api.evidence import build_pack
from datadeed_node.api.intake import id_in_path
from datadeed_node.api.problems import NoAnswer, NotFound
from datadeed_node.api.proofs import proven_index, published
from datadeed_node.api.register_routes import asset_subject
from datadeed_node.api.rights_routes import recorded_right
from datadeed_node.api.turns import Gate
from datadeed_node.node import Node

ID_BYTES: Final = 32
PACKS_AT_ONCE: Final = 2
PACKS_ASKED: Final = 16
EXPORTS_ASKED: Final = 2  # one is built, one waits: each takes this node's spare time for long

SubjectQuery = Annotated[str, Query(description="right/…, asset/…, party/…, key/… in hex, number/…, rules. 登记对象")]


class PackRoutes:
    """One node's routes that end in a zip."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._packs = Gate("evidence packs", at_once_max=PACKS_AT_ONCE, asked_max=PACKS_ASKED)
        self._exports = Gate("exports", at_once_max=1, asked_max=EXPORTS_ASKED)
        self.router = APIRouter(tags=["evidence"])
        self.router.add_api_route("/entries/{entry_id}/evidence", self.entry)
        self.router.add_api_route("/rights/{right_id}/evidence", self.right)
        self.router.add_api_route("/assets/{asset_id}/evidence", self.asset)
        self.router.add_api_route("/absence", self.absence)
        self.router.add_api_route("/presence", self.presence)
        self.router.add_api_route("/register/export", self.export)

    async def entry(self, entry_id: str) -> Response:
        """The entry's evidence pack (zip), verified by this node before it is handed out.
        条目证据包，交付前已由本节点核验。"""
        wanted = id_in_path(entry_id, ID_BYTES, "an entry's id")
        snapshot = published(self._node)
        proven_index(self._node, snapshot, wanted)
        return await build_pack(self._packs, snapshot, entry_parts(snapshot, wanted), f"entry/{entry_id}")

    async def right(self, right_id: str) -> Response:
        """The right's title pack (zip): its whole history, from which its state at any time up to the checkpoint
        follows. 权利证据包：全部历史，可据以得出检查点之前任一时刻的状态。"""
        snapshot = published(self._node)
        wanted = recorded_right(snapshot, right_id)
        return await build_pack(self._packs, snapshot, title_parts(snapshot, wanted), Right.subject_of(wanted))

    async def asset(self, asset_id: str) -> Response:
        """The data asset's pack (zip): its whole history. 数据资产证据包：全部历史。"""
        snapshot = published(self._node)
        subject = asset_subject(snapshot, asset_id)
        return await build_pack(self._packs, snapshot, asset_parts(snapshot, bytes.fromhex(asset_id)), subject)

    async def absence(
        self,
        subject: SubjectQuery,
        kind: Annotated[
            Literal["licence", "objection"] | None, Query(description="of a right: only records of this kind. 记录种类")
        ] = None,
    ) -> Response:
        """The proof (zip) that nothing is recorded under this subject, or of this right no licence or no objection.
        不存在证明：该对象无记录，或该权利无许可（或异议）记录。"""
        question = subject if kind is None else f"{subject}/{kind}"
        place = _place(question)
        snapshot = published(self._node)
        held = bool(snapshot.map_proof(place.prefix).pairs)
        if held and kind is None:
            raise NoAnswer.present(question)
        try:
            return await build_pack(self._packs, snapshot, absence_parts(snapshot, question), question)
        except Unproven as error:
            if not held:
                raise
            # Licences past their last day are on record and do not stand: only the judge's own verdict counts.
            raise NoAnswer.present(question) from error

    async def presence(self, subject: SubjectQuery) -> Response:
        """All records of a subject with their proof (zip), without its history. 该对象现有记录及其证明，不含历史。"""
        place = _place(subject)
        snapshot = published(self._node)
        if place.kind is not None or not snapshot.map_proof(place.prefix).pairs:
            raise NotFound(f"nothing is recorded under {subject} on this ledger; /absence proves it")
        return await build_pack(self._packs, snapshot, presence_parts(snapshot, subject), subject)

    async def export(self) -> Response:
        """Every record of the register, with the proof that none is missing (zip).
        登记簿全部记录及无遗漏证明。"""
        snapshot = published(self._node)
        try:
            return await build_pack(self._exports, snapshot, export_parts(snapshot), REGISTER)
        except Unreadable:
            raise  # that would be this node's own mistake
        except Malformed as error:
            raise NoAnswer.outgrown(str(error)) from error


def _place(question: str) -> Place:
    """The place in the state that is asked about. Raises Malformed."""
    place = Place.of(question)
    if place is None:
        raise Malformed(f"subject: {question[:80]!r} is no place in the state; its pack has a route of its own")
    return place
