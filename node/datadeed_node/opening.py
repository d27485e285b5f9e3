"""What a node needs before it can take part: its founding document, and its store, checked and made whole."""

from __future__ import annotations

import structlog

from datadeed_ledger.errors import Malformed
from datadeed_ledger.roster import GENESIS_BYTES_MAX, Genesis
from datadeed_node.config import Config
from datadeed_node.database import StoreDamaged
from datadeed_node.repair import rebuild
from datadeed_node.starts import Voting, count_start
from datadeed_node.store import Store
from datadeed_node.store_check import check_store

log = structlog.get_logger(__name__)


def read_genesis(config: Config) -> Genesis:
    """The founding document in the node's folder. Raises Malformed."""
    path = config.genesis_file
    if not path.is_file():
        raise Malformed(f"{path} is missing; install it with `datadeed-node genesis install`")
    if path.stat().st_size > GENESIS_BYTES_MAX:
        raise Malformed(f"{path} is larger than {GENESIS_BYTES_MAX} bytes")
    return Genesis.parse(path.read_bytes())


def open_store(config: Config, genesis: Genesis) -> tuple[Store, Voting]:
    """The store, checked, made whole where it is damaged; and which vote keys of this node may vote.

    Raises StoreLocked, StoreForeign, or StoreDamaged where even a rebuilt store is damaged.
    """
    damaged = False
    try:
        store = _checked(config, genesis)
    except StoreDamaged as error:
        log.critical("store damaged", reason=str(error), next_step="it is rebuilt now; check the disk")
        rebuild(config.data_folder, genesis, write_buffer_bytes=config.write_buffer_bytes)
        store, damaged = _checked(config, genesis), True
    members = (roster.by_name(config.name) for roster in store.rosters)
    own_keys = [member.vote for member in members if member is not None]
    return store, count_start(config.starts_file, store, own_keys, damaged=damaged)


def _checked(config: Config, genesis: Genesis) -> Store:
    store = Store.open(config.data_folder, genesis, write_buffer_bytes=config.write_buffer_bytes)
    try:
        check_store(store)
    except StoreDamaged:
        store.close()
        raise
    return store
