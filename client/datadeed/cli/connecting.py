"""`datadeed connect`."""

from __future__ import annotations

from typing import Annotated

import typer

from datadeed.cli.options import PATIENCE_DEFAULT, AsJson, Patience
from datadeed.connecting import connect as connect_flow
from datadeed.display import Row, Screen, facts, next_step
from datadeed.home import Home, default_home, fingerprint_of
from datadeed.transport import Blocking
from datadeed.words import AFTER, TITLES
from datadeed_ledger.encoding import Json, time_text


def connect(
    url: Annotated[str, typer.Argument(help="The address of one of the ledger's nodes. 任一节点的地址。")],
    fingerprint: Annotated[
        str, typer.Option(help="The ledger's fingerprint, from a place that you trust. 来自可信处的账本指纹。")
    ],
    patience: Patience = PATIENCE_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Get to know a ledger: its founding document, its nodes, its newest proven checkpoint. 连接账本。"""
    expected = fingerprint_of(fingerprint)
    transport = Blocking()
    try:
        conversation = transport.run(connect_flow(Home(default_home()), url, expected, patience))
    finally:
        transport.close()
    folder, newest = conversation.folder, conversation.memory.newest()
    assert newest is not None, "connecting remembers a checkpoint"
    in_force = conversation.known.rosters.in_force[-1]
    roster = in_force.roster
    members = [f"{member.title_zh} {member.title_en} ({member.name})" for member in roster.members]
    rows: list[Row] = [
        ("origin", folder.genesis.origin),
        ("fingerprint", expected.hex()),
        ("log_size", str(newest.size)),
        ("roster", f"{roster.version} · {time_text(in_force.since_ms)}"),
        ("members", members),
        ("nodes", folder.node_urls()),
        ("state", str(folder.path)),
    ]
    document: dict[str, Json] = {
        "fingerprint": expected.hex(),
        "folder": str(folder.path),
        "log_size": newest.size,
        "members": [member.name for member in roster.members],
        "nodes": list(folder.node_urls()),
        "origin": folder.genesis.origin,
        "roster": roster.version,
    }
    Screen(as_json=as_json).result(document, facts(TITLES["connected"], rows), next_step(AFTER["connected"]))
