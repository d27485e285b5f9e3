"""`datadeed-node roster …` and `rekey`: the commands by which institutions change the members and their keys."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Annotated

import typer

from datadeed.counter import DRAFT_MS
from datadeed.display import write_json
from datadeed.drafts import DRAFT_BYTES_MAX, OpenDraft
from datadeed.home import fingerprint_of
from datadeed.keyring import HeldKey
from datadeed.nodes import node_url
from datadeed.owner_files import create_owned, read_limited, write_owned
from datadeed.problems import Unfinished
from datadeed_ledger.roster import Member
from datadeed_node import next_keys, next_roster
from datadeed_node.ceremony import CARD_FILE, read_card
from datadeed_node.config import Config
from datadeed_node.mistakes import Mistake
from datadeed_node.next_roster import Proposal, Wanted
from datadeed_node.opening import read_genesis
from datadeed_node.proven_roster import PATIENCE_S, Reached, reached, roster_of_node
from datadeed_node.terminal import print_facts, say, say_next

DAY_MS = 24 * 3600 * 1000
SUBMIT_PATIENCE_S = 60.0

roster_app = typer.Typer(no_args_is_help=True, help="Change the members together: propose, sign, check, submit.")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
DraftFile = Annotated[Path, typer.Argument(metavar="FILE", help="The draft that `roster propose` wrote.")]
NodeUrl = Annotated[str | None, typer.Option("--node", help="The address of any member's node; else those in FILE.")]


@roster_app.command()
def propose(
    node: Annotated[str, typer.Option(help="The address of any member's node, like https://node.example.cn.")],
    fingerprint: Annotated[str, typer.Option(help="The ledger's fingerprint, from a place that you trust.")],
    target: Annotated[Path, typer.Option("-o", "--output", help="Where to write the draft.")],
    add: Annotated[list[Path] | None, typer.Option(metavar="CARD", help="card.json of who joins; repeatable.")] = None,
    remove: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Who leaves; repeatable.")] = None,
    replace: Annotated[
        list[Path] | None, typer.Option(metavar="CARD", help="A member's card with what is new; repeatable.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Who signs; repeatable. Else all that stay or join.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=29, help="For how long it may be recorded.")] = DRAFT_MS // DAY_MS,
    as_json: JsonFlag = False,
) -> None:
    """Write the next roster as a draft for its signers, and show what would change. Nothing is signed yet."""
    if target.exists():
        raise Mistake(f"{target} exists already", "choose another file name; a draft is never overwritten")
    wanted = Wanted(tuple(map(read_card, add or ())), tuple(remove or ()), tuple(map(read_card, replace or ())))
    with reached([node_url(node)], fingerprint_of(fingerprint)) as ledger:
        now_ms = _now_ms()
        following = next_roster.composed(ledger.genesis, ledger.roster, wanted)
        draft = next_roster.drafted(ledger.genesis, ledger.roster, following, by or (), now_ms + days * DAY_MS)
        proposal = Proposal.of(ledger.genesis, ledger.roster, draft, now_ms)
    create_owned(target, draft.to_bytes())
    _report(proposal, target, as_json=as_json)


@roster_app.command()
def sign(
    file: DraftFile,
    folder: Annotated[Path, typer.Option("--dir", help="The folder of the institution that signs.")],
    node: NodeUrl = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show what would change, check that it names this institution's own keys, and sign with its office key."""
    draft = _read_draft(file)
    genesis = read_genesis(Config.load(folder))
    if draft.draft.body.ledger != genesis.fingerprint:
        raise Mistake(
            f"the draft is for another ledger than {folder / 'genesis.json'}, {genesis.fingerprint.hex()}",
            "do not sign it; ask whoever made it",
        )
    with _reached(draft, node) as ledger:
        proposal = Proposal.of(ledger.genesis, ledger.roster, draft, _now_ms())
    key = _office_key(folder, proposal)
    if not as_json:
        print_facts("What is to be signed", proposal.facts())
    if not yes and not _confirmed():
        raise Mistake("nothing was signed", "run the command again when the change is as agreed")
    signed = draft.sign(key)
    write_owned(file, signed.to_bytes())
    _report(replace_fields(proposal, draft=signed), file, as_json=as_json)


@roster_app.command()
def check(file: DraftFile, node: NodeUrl = None, as_json: JsonFlag = False) -> None:
    """Show what the draft would change on top of the roster in force, and who has signed; signatures are checked."""
    draft = _read_draft(file)
    with _reached(draft, node) as ledger:
        proposal = Proposal.of(ledger.genesis, ledger.roster, draft, _now_ms())
    _report(proposal, file, as_json=as_json)


@roster_app.command()
def submit(
    file: DraftFile,
    node: NodeUrl = None,
    patience: Annotated[float, typer.Option(min=1, max=3600, help="Seconds to keep trying.")] = SUBMIT_PATIENCE_S,
    as_json: JsonFlag = False,
) -> None:
    """Hand in the draft that all have signed, and wait until it is recorded and proven."""
    draft = _read_draft(file)
    with _reached(draft, node, patience) as ledger:
        proposal = Proposal.of(ledger.genesis, ledger.roster, draft, _now_ms())
        if proposal.missing:
            raise Mistake(
                f"not signed yet by {', '.join(proposal.missing)}",
                f"let each of them run `datadeed-node roster sign {file} --dir DIR`",
            )
        try:
            receipt = ledger.submit(draft)
        except Unfinished as failure:
            raise Mistake(
                f"{failure.__cause__}: whether it is recorded nobody could say",
                f"run `datadeed-node roster submit {file}` again: it is the same entry",
            ) from failure
    governs, version = receipt.height + 1, proposal.following.version
    if as_json:
        write_json(
            {
                "entry_id": receipt.entry_id.hex(),
                "index": receipt.index,
                "height": receipt.height,
                "version": version,
                "governs_from_height": governs,
                "institutions": list(receipt.institutions),
            }
        )
        return
    print_facts(
        "Recorded",
        [
            ("entry", receipt.entry_id.hex()),
            ("log index", str(receipt.index)),
            ("block height", str(receipt.height)),
            ("signed by", ", ".join(receipt.institutions)),
            ("roster", f"{version} governs from height {governs} on"),
        ],
    )
    _say_what_follows(proposal)


def rekey(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="This node's folder.")],
    vote: Annotated[bool, typer.Option("--vote", help="A new vote key.")] = False,
    cosign: Annotated[bool, typer.Option("--cosign", help="A new cosign key.")] = False,
    log: Annotated[bool, typer.Option("--log", help="A new log key.")] = False,
    office: Annotated[bool, typer.Option("--office", help="A new office key.")] = False,
    tls: Annotated[bool, typer.Option("--tls", help="A new TLS key and certificate.")] = False,
    every: Annotated[bool, typer.Option("--all", help="All five.")] = False,
    settle: Annotated[
        bool, typer.Option("--settle", help="Put prepared keys, now in force, into place; destroy the old ones.")
    ] = False,
    node: Annotated[str | None, typer.Option(help="With --settle: this node's address, when not the card's.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Prepare new keys beside the present ones; once the roster in force names them, put them into place."""
    chosen = {"vote": vote, "cosign": cosign, "log": log, "office": office, "tls": tls}
    purposes = tuple(name for name in next_keys.PURPOSES if every or chosen[name])
    if settle and purposes:
        raise Mistake("--settle prepares no keys", "run it alone; prepare keys with another run")
    if settle:
        _settle(folder, node, as_json=as_json)
        return
    card = next_keys.prepare(folder, purposes)
    card_file = folder / next_keys.NEXT_CARD_FILE
    if as_json:
        write_json({"card": str(card_file), "name": card.member.name, "prepared": list(purposes)})
        return
    say(f"New keys of {card.member.name} lie in {folder}, readable by you alone: {', '.join(purposes)}")
    say("The present ones stay in force until a roster names the new ones; keep both.")
    say_next(f"give {card_file} to whoever runs `datadeed-node roster propose --replace next-card.json`.")


def _settle(folder: Path, node: str | None, *, as_json: bool) -> None:
    card = read_card(folder / CARD_FILE)
    roster = roster_of_node(folder, node or card.member.api)
    purposes = next_keys.settle(folder, roster)
    if as_json:
        write_json({"name": card.member.name, "settled": list(purposes), "roster_version": roster.version})
        return
    say(f"In place: {', '.join(purposes) or 'all keys, as before'}. Those before them are destroyed.")
    say_next("destroy copies of the old keys in your backups too")


def _reached(draft: OpenDraft, node: str | None, patience_s: float = PATIENCE_S) -> AbstractContextManager[Reached]:
    """The ledger of the draft, which is taken at its word: whoever signs compares it with a genesis.json."""
    urls = (node,) if node is not None else next_roster.addresses(draft)
    return reached([node_url(url) for url in urls], draft.draft.body.ledger, patience_s)


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise Mistake("there is no terminal to ask at, and nothing was signed", "read the change and give --yes")
    return typer.confirm("Sign this?", err=True)


def _office_key(folder: Path, proposal: Proposal) -> HeldKey:
    """The key with which the institution in `folder` signs, after its own keys in the document. Raises Mistake."""
    card = read_card(folder / CARD_FILE).member
    if card.name not in dict(proposal.signers):
        raise Mistake(
            f"the draft does not ask {card.name} to sign",
            f"it asks {', '.join(name for name, _ in proposal.signers)}; to sign too, propose it again with --by",
        )
    _check_own_place(folder, card, proposal)
    return next_keys.office_key(folder, proposal.office(card.member_id))


def _check_own_place(folder: Path, card: Member, proposal: Proposal) -> None:
    """That the document says of this institution what its own folder says, every key compared. Raises Mistake."""
    after = proposal.following.by_name(card.name)
    if after is None:
        return
    next_card = folder / next_keys.NEXT_CARD_FILE
    expected = [card, proposal.present.by_name(card.name)]
    expected += [read_card(next_card).member] if next_card.exists() else []
    if after not in expected:
        raise Mistake(
            f"the document does not carry {card.name} as this folder's cards say",
            "do not sign; give the proposer your card again and compare",
        )
    if lacking := next_keys.purposes_without_key(folder, after):
        raise Mistake(
            f"the document gives {card.name} keys that {folder} does not hold: {', '.join(lacking)}",
            "do not sign; restore the folder's keys, or give the proposer your present card",
        )


def _report(proposal: Proposal, file: Path, *, as_json: bool) -> None:
    if as_json:
        write_json(proposal.to_json() | {"draft": str(file)})
        return
    print_facts(f"Change of the members, {file}", proposal.facts())
    if proposal.missing:
        say_next(
            f"each of {', '.join(proposal.missing)} runs datadeed-node roster sign {file} --dir DIR, and passes it on"
        )
    else:
        say_next(f"datadeed-node roster submit {file}")


def _say_what_follows(proposal: Proposal) -> None:
    version = proposal.following.version
    if proposal.joins:
        say_next(f"{_names(proposal.joins)}: datadeed-node run DIR; it catches up and then takes part")
    if proposal.new_keys:
        say_next(
            f"{', '.join(proposal.new_keys)}: when `datadeed-node status` of the own node shows roster {version}, "
            "datadeed-node rekey DIR --settle"
        )
    if proposal.leaves:
        say_next(
            f"{_names(proposal.leaves)}: keep the node running until all others show roster {version}, then stop it"
        )
    if not proposal.joins and not proposal.new_keys and not proposal.leaves:
        say_next(f"`datadeed-node status` of each node shows roster {version} from then on")


def _names(members: Iterable[Member]) -> str:
    return ", ".join(member.name for member in members)


def _read_draft(file: Path) -> OpenDraft:
    if not file.is_file():
        raise Mistake(f"{file} is not there", "make it with `datadeed-node roster propose`")
    return OpenDraft.parse(read_limited(file, bytes_max=DRAFT_BYTES_MAX))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
