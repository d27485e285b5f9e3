"""`datadeed-node enrol`: the office signs the enrolment of a party that asked for it, and waits until it is recorded.

The request carries everything that the party decides, with proof that it holds the key; the office adds its signature
and an expiry, after comparing the name and the code that the request opens with the papers it was shown.
"""

from __future__ import annotations

from pathlib import Path

from datadeed import Receipt
from datadeed.counter import AT_ONCE_MS, utc_ms
from datadeed.enrolment import REQUEST_BYTES_MAX, EnrolRequest
from datadeed.owner_files import read_limited
from datadeed.session import PATIENCE_S
from datadeed_ledger.entry import Entry
from datadeed_node.ceremony import CARD_FILE, GENESIS_FILE, read_card, read_genesis
from datadeed_node.mistakes import Mistake
from datadeed_node.next_keys import office_key
from datadeed_node.proven_roster import reached


def read_request(path: Path) -> EnrolRequest:
    """The request in this file, its proof of possession checked. Raises Mistake, Malformed or Unproven."""
    if not path.is_file():
        raise Mistake(f"{path} is not there", "ask the party for the enrol-request.json that `datadeed key new` wrote")
    return EnrolRequest.parse(read_limited(path, bytes_max=REQUEST_BYTES_MAX))


def enrol(folder: Path, request: EnrolRequest, api: str | None) -> Receipt:
    """Sign and submit the enrolment; its receipt, proven. folder: the node's; api: another node than its own."""
    genesis = read_genesis(folder / GENESIS_FILE)
    card = read_card(folder / CARD_FILE).member
    if request.ledger != genesis.fingerprint:
        raise Mistake(
            f"the request is for the ledger {request.ledger.hex()}, this node is of {genesis.fingerprint.hex()}",
            "let the party run `datadeed connect` and `datadeed key new` for this ledger",
        )
    with reached([api or card.api], genesis.fingerprint, PATIENCE_S) as ledger:
        member = ledger.roster.by_name(card.name)
        if member is None:
            raise Mistake(
                f"{card.name} is no member of roster {ledger.roster.version}, which is in force",
                "let an institution that is a member enrol the party",
            )
        office = office_key(folder, member)
        body = request.body(member.member_id, utc_ms() + AT_ONCE_MS)
        return ledger.wait(Entry.build(body, {member.member_id: office.key}))
