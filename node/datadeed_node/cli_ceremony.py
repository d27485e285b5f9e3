"""`datadeed-node init` and `datadeed-node genesis …`: the commands by which institutions found a ledger."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from datadeed.display import write_json
from datadeed.home import fingerprint_of
from datadeed.nodes import node_url
from datadeed.owner_files import write_owned
from datadeed_ledger.encoding import Json
from datadeed_node import ceremony
from datadeed_node.config import Config
from datadeed_node.founding import consensus_parameters, rule_set_data
from datadeed_node.mistakes import Mistake
from datadeed_node.proven_roster import reached
from datadeed_node.terminal import print_facts, say, say_next

genesis_app = typer.Typer(no_args_is_help=True, help="Found a ledger together: propose, sign, check, install.")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
GenesisFile = Annotated[Path, typer.Option("--genesis", help="The proposed genesis.json.")]


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for this node.")],
    name: Annotated[str, typer.Option(help="This institution's name, like ip-office.example.cn.")],
    role: Annotated[list[str], typer.Option(help="registrar, exchange, court, notary or supervisor; repeatable.")],
    title_en: Annotated[str, typer.Option(help="The institution's title in English.")],
    title_zh: Annotated[str, typer.Option(help="The institution's title in Chinese.")],
    api: Annotated[str, typer.Option(help="The public address of this node's API.")],
    peer: Annotated[str, typer.Option(help="host:port where other nodes reach this one.")],
    origin: Annotated[str, typer.Option(help="The ledger's name, the same for all, like ledger.example.cn/dataip.")],
    api_bind: Annotated[str | None, typer.Option(help="host:port to listen on, when not that of --api.")] = None,
    peer_bind: Annotated[str | None, typer.Option(help="host:port to listen on, when not that of --peer.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make this node's keys (owner-only files) and its public card.json. Never overwrites anything."""
    identity = ceremony.Identity(name, tuple(role), title_en, title_zh, api, peer, origin)
    api_host, api_port = _address(api_bind or _api_address(api), "--api-bind")
    peer_host, peer_port = _address(peer_bind or peer, "--peer-bind")
    card = ceremony.init(folder, identity, ceremony.Binding(api_host, api_port, peer_host, peer_port))
    card_file = folder / ceremony.CARD_FILE
    if as_json:
        write_json({"card": str(card_file), "name": name, "office_key": card.member.office.hex()})
        return
    say(f"Keys of {name} are in {folder}/keys and {folder}/tls, readable by you alone.")
    say_next(
        f"give {card_file} to whoever runs `datadeed-node genesis propose`, or, where the ledger exists, "
        "`datadeed-node roster propose --add`."
    )


@genesis_app.command()
def propose(
    cards: Annotated[list[Path], typer.Argument(metavar="CARD…", help="Every founding institution's card.json.")],
    origin: Annotated[str, typer.Option(help="The ledger's name, as in the cards.")],
    rules: Annotated[str, typer.Option(help="The rule set: a shipped name like beijing-2023, or a JSON file.")],
    target: Annotated[Path, typer.Option("-o", "--output", help="Where to write genesis.json.")],
    as_json: JsonFlag = False,
) -> None:
    """Put the cards together into a founding document for everybody to read and sign."""
    if target.exists():
        raise Mistake(f"{target} exists already", "choose another file name; a founding document is never overwritten")
    genesis = ceremony.propose(
        [ceremony.read_card(card) for card in cards],
        origin=origin,
        rules=rule_set_data(rules),
        consensus=consensus_parameters(),
        time_ms=time.time_ns() // 1_000_000,
    )
    target.write_bytes(genesis.document)
    _report(ceremony.check(target), target, as_json=as_json)


@genesis_app.command()
def sign(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="This node's folder.")],
    genesis: GenesisFile,
    as_json: JsonFlag = False,
) -> None:
    """Sign the document with this institution's office key, into genesis.signatures.json beside it."""
    _report(ceremony.sign(folder, genesis), genesis, as_json=as_json)


@genesis_app.command()
def check(
    genesis: Annotated[Path, typer.Argument(metavar="FILE", help="A genesis.json.")],
    as_json: JsonFlag = False,
) -> None:
    """Check the document and every signature beside it; print the ledger's fingerprint."""
    _report(ceremony.check(genesis), genesis, as_json=as_json)


@genesis_app.command()
def install(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="This node's folder.")],
    genesis: Annotated[Path | None, typer.Option("--genesis", help="The founding document, genesis.json.")] = None,
    node: Annotated[str | None, typer.Option(help="Instead: a member's node that serves it, to join a ledger.")] = None,
    fingerprint: Annotated[
        str | None, typer.Option(help="To join a ledger that exists: its fingerprint, from a place that you trust.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Put the document that everybody has signed, or that has the published fingerprint, into this node's folder."""
    if (genesis is None) == (node is None):
        raise Mistake("one founding document is installed", "give --genesis FILE or --node URL, and not both")
    if fingerprint is not None:
        _join(folder, genesis, node, fingerprint_of(fingerprint), as_json=as_json)
        return
    if genesis is None:
        raise Mistake("a node may serve any document", "give the --fingerprint that the ledger's institutions publish")
    found = ceremony.install(folder, genesis)
    if as_json:
        write_json(_facts(found))
        return
    say(f"{folder} belongs to ledger {found.genesis.fingerprint.hex()}")
    say_next(f"datadeed-node run {folder}")


def _join(folder: Path, file: Path | None, node: str | None, fingerprint: bytes, *, as_json: bool) -> None:
    roster = None
    if file is not None:
        genesis = ceremony.read_genesis(file)
    else:
        with reached([node_url(node or "")], fingerprint) as ledger:
            genesis, roster = ledger.genesis, ledger.roster
    named = ceremony.join(folder, genesis, fingerprint)
    if roster is not None and roster.version > 1:  # how to find the others, where much has changed since the founding
        write_owned(Config.load(folder).newest_roster_file, roster.document)
    if as_json:
        write_json({"fingerprint": genesis.fingerprint.hex(), "origin": genesis.origin, "named_in_genesis": named})
        return
    say(f"{folder} belongs to ledger {genesis.fingerprint.hex()}")
    if not named:
        say("Its founding document does not name this institution with these keys; a later roster has to.")
        card = folder / ceremony.CARD_FILE
        say_next(f"give {card} to a member for `datadeed-node roster propose`, and sign the draft that it makes")
    say_next(f"datadeed-node run {folder}{'' if named else ', once that roster is recorded'}")


def _report(found: ceremony.Ceremony, genesis: Path, *, as_json: bool) -> None:
    if as_json:
        write_json(_facts(found))
        return
    roster = found.genesis.roster
    print_facts(
        f"{found.genesis.origin}",
        [
            ("fingerprint", found.genesis.fingerprint.hex()),
            *(
                (member.name, f"{', '.join(member.roles)} · {member.title_en} · {member.title_zh}")
                for member in roster.members
            ),
            ("quorum", f"{roster.quorum} of {roster.size}"),
            ("rules", str(found.genesis.rules.get("name", ""))),
            ("signed by", ", ".join(found.signed_by) or "nobody yet"),
        ],
    )
    if found.missing:
        say(f"Not signed yet: {', '.join(found.missing)}")
        say_next(f"each of them runs datadeed-node genesis sign DIR --genesis {genesis}")
    else:
        say_next(f"each runs datadeed-node genesis install DIR --genesis {genesis}")


def _facts(found: ceremony.Ceremony) -> dict[str, Json]:
    roster = found.genesis.roster
    return {
        "fingerprint": found.genesis.fingerprint.hex(),
        "origin": found.genesis.origin,
        "members": [member.name for member in roster.members],
        "quorum": roster.quorum,
        "rules": found.genesis.rules.get("name"),
        "signed_by": list(found.signed_by),
        "missing": list(found.missing),
    }


def _api_address(api: str) -> str:
    parts = urlsplit(api)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.hostname or ''}:{port}"


def _address(text: str, option: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Mistake(f"{text!r} is not host:port", f"give {option} as host:port, like 127.0.0.1:8400")
    return host.strip("[]"), int(port)
