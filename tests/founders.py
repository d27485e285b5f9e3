"""Institutions' folders as `datadeed-node init` makes them, and the ledger that four of them found; nothing runs."""

from __future__ import annotations

from pathlib import Path

from datadeed_ledger.roster import Genesis, Roster
from datadeed_ledger.rules import shipped
from datadeed_node import ceremony
from datadeed_node.founding import consensus_parameters

ORIGIN = "ledger.example.cn/dataip"
FOUNDERS = {"court": "court", "exchange": "exchange", "ip-office": "registrar", "notary": "notary"}
TIME_MS = 1_795_000_000_000


def identity(short: str, port: int = 8400, origin: str = ORIGIN) -> ceremony.Identity:
    name, role = f"{short}.example.cn", FOUNDERS.get(short, "supervisor")
    api, peer = f"http://127.0.0.1:{port}", f"127.0.0.1:{port + 100}"
    return ceremony.Identity(name, (role,), f"Example {short}", "示例机构", api, peer, origin)


def binding(port: int = 8400) -> ceremony.Binding:
    return ceremony.Binding("127.0.0.1", port, "127.0.0.1", port + 100)


def institution(folder: Path, short: str, port: int = 8400) -> ceremony.Card:
    """One institution's folder, under its short name in `folder`."""
    return ceremony.init(folder / short, identity(short, port), binding(port))


def founded_by(cards: list[ceremony.Card]) -> Genesis:
    return ceremony.propose(
        cards, origin=ORIGIN, rules=shipped("demo-fast"), consensus=consensus_parameters(), time_ms=TIME_MS
    )


def with_card(roster: Roster, card: ceremony.Card) -> Roster:
    """The roster after this one, in which the card's member is as the card says."""
    members = {member.name: member for member in roster.members} | {card.member.name: card.member}
    return Roster.of(roster.version + 1, [members[name] for name in sorted(members)])
