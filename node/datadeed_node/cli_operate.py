"""`datadeed-node run`, `enrol`, `status`: the commands of an institution's daily work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from datadeed.display import write_json
from datadeed_ledger.encoding import time_text
from datadeed_node.enrolling import enrol as enrol_party
from datadeed_node.enrolling import read_request
from datadeed_node.mistakes import Mistake
from datadeed_node.terminal import print_facts, say, say_next

STATUS_TIMEOUT_S = 10.0

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="This node's folder.")]


def run(folder: Folder) -> None:
    """Run the node in the foreground until Ctrl-C or SIGTERM; its log is JSON on standard error."""
    from datadeed_node.running import run as run_node  # the web framework's import, which no other command needs

    run_node(folder)


def enrol(
    folder: Folder,
    request: Annotated[Path, typer.Argument(metavar="REQUEST", help="The party's enrol-request.json.")],
    api: Annotated[str | None, typer.Option(help="The address of a node, when not this one's own.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether name and code match the papers.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Enrol a party with this institution's office key, and wait until that is recorded and proven."""
    asked = read_request(request)
    if not as_json:
        print_facts(
            "To be enrolled",
            [
                ("party", asked.party.hex()),
                ("type", asked.party_type),
                ("name (sealed)", asked.opened_name or "none"),
                ("credit code (sealed)", asked.opened_credit_code or "none"),
            ],
        )
    if not yes and not as_json and not typer.confirm("Do name and code match the papers?"):
        raise Mistake("nothing was signed", "run the command again when the papers match")
    receipt = enrol_party(folder, asked, api)
    if as_json:
        write_json(
            {
                "entry_id": receipt.entry_id.hex(),
                "index": receipt.index,
                "height": receipt.height,
                "party": asked.party.hex(),
                "institutions": list(receipt.institutions),
            }
        )
        return
    print_facts(
        "Enrolled",
        [
            ("entry", receipt.entry_id.hex()),
            ("log index", str(receipt.index)),
            ("block time", time_text(receipt.time_ms)),
            ("signed by", ", ".join(receipt.institutions)),
        ],
    )
    say_next(f"tell the party; it deposits with `datadeed deposit FILE` as {asked.party.hex()}")


def status(
    url: Annotated[str, typer.Argument(help="The address of a node, like http://127.0.0.1:8400.")],
    as_json: JsonFlag = False,
) -> None:
    """What a running node says of itself: height, sizes, links, what waits."""
    found = _fetched(url.rstrip("/") + "/status")
    if as_json:
        write_json(found)
        return
    peers = found.pop("peers", [])
    facts = [(name.replace("_", " "), str(value)) for name, value in found.items()]
    links = peers if isinstance(peers, list) else []
    facts += [(str(peer["name"]), "connected" if peer["connected"] else "not connected") for peer in links]
    print_facts(url, facts)
    _say_why_not_voting(found)


def _say_why_not_voting(found: dict[str, Any]) -> None:
    version = found.get("roster_version")
    if found.get("is_member") is False:
        say(
            f"This node's institution is no member of roster {version}: it follows the ledger and serves.",
            style="yellow",
        )
        say_next("one that joins waits for its roster; one that left may stop when all others show this roster")
    elif found.get("may_vote") is False:
        say("This node does not vote: it may have lost votes of its vote key, or lacks the key.", style="yellow")
        say_next(
            "datadeed-node rekey DIR --vote, then a change of the roster with next-card.json (docs/rosters.md); until "
            "then it replicates and serves"
        )


def _fetched(url: str) -> dict[str, Any]:
    try:
        answer = httpx.get(url, timeout=STATUS_TIMEOUT_S, follow_redirects=False)
        found = json.loads(answer.text) if answer.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Mistake(
            f"no node answers at {url}: {error}", "check the address, and that `datadeed-node run` runs"
        ) from error
    if not isinstance(found, dict):
        raise Mistake(f"{url} answered {answer.status_code} and no status", "check that the address is a node's")
    return found
