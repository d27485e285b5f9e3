"""`datadeed-node enrol`: the office signs the enrolment of a party that asked for it, and waits until it is recorded.

The request carries everything that the party decides, with proof that it holds the key; the office adds its signature
and an expiry, after comparing the name and the code that the request opens with the papers it was shown.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from datadeed import Ledger, Receipt
from datadeed.counter import AT_ONCE_MS, utc_ms
from datadeed.enrolment import REQUEST_BYTES_MAX, EnrolRequest
from datadeed.owner_files import read_limited
from datadeed_ledger.entry import Entry
from datadeed_node.ceremony import GENESIS_FILE, own_member, read_genesis
from datadeed_node.key_files import read_key
from datadeed_node.mistakes import Mistake


def read_request(path: Path) -> EnrolRequest:
    """The request in this file, its proof of possession checked. Raises Mistake, Malformed or Unproven."""
    if not path.is_file():
        raise Mistake(f"{path} is not there", "ask the party for the enrol-request.json that `datadeed key new` wrote")
    return EnrolRequest.parse(read_limited(path, bytes_max=REQUEST_BYTES_MAX))


def enrol(folder: Path, request: EnrolRequest, api: str | None) -> Receipt:
    """Sign and submit the enrolment; its receipt, proven. folder: the node's; api: another node than its own."""
    genesis = read_genesis(folder / GENESIS_FILE)
    member = own_member(folder, genesis)
    if request.ledger != genesis.fingerprint:
        raise Mistake(
            f"the request is for the ledger {request.ledger.hex()}, this node is of {genesis.fingerprint.hex()}",
            "let the party run `datadeed connect` and `datadeed key new` for this ledger",
        )
    body = request.body(member.member_id, utc_ms() + AT_ONCE_MS)
    entry = Entry.build(body, {member.member_id: read_key(folder / "keys" / "office.key")})
    # The office needs no memory of the ledger's checkpoints for this: its own node has the whole ledger.
    with tempfile.TemporaryDirectory() as home:
        connected = Ledger.connect(api or member.api, genesis.fingerprint.hex(), home=Path(home))
        with connected as ledger:
            return ledger.wait(entry)
