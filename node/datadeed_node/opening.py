"""What a node needs before it can take part: its keys, and its store, checked and made whole."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from datadeed_ledger.errors import Malformed
from datadeed_ledger.keys import SigningKey
from datadeed_ledger.roster import GENESIS_BYTES_MAX, Genesis, Member
from datadeed_node.config import Config
from datadeed_node.database import StoreDamaged
from datadeed_node.key_files import read_key
from datadeed_node.repair import rebuild
from datadeed_node.starts import may_vote
from datadeed_node.store import Store
from datadeed_node.store_check import check_store

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The secret keys that a running node uses; the office key stays with the operator's commands."""

    vote: SigningKey = field(repr=False)
    cosign: SigningKey = field(repr=False)
    log: SigningKey = field(repr=False)

    @classmethod
    def load(cls, config: Config, member: Member) -> NodeKeys:
        """The keys in the node's folder. Raises Malformed unless they are the ones that the roster names."""
        keys = cls(*(read_key(config.key_file(name)) for name in ("vote", "cosign", "log")))
        expected = (member.vote, member.cosign.public_key, member.log.public_key)
        if (keys.vote.public_key, keys.cosign.public_key, keys.log.public_key) != expected:
            raise Malformed(f"the keys in {config.folder} are not those of {member.name} in genesis.json")
        return keys


def read_genesis(config: Config) -> Genesis:
    """The founding document in the node's folder. Raises Malformed."""
    path = config.genesis_file
    if not path.is_file():
        raise Malformed(f"{path} is missing; install it with `datadeed-node genesis install`")
    if path.stat().st_size > GENESIS_BYTES_MAX:
        raise Malformed(f"{path} is larger than {GENESIS_BYTES_MAX} bytes")
    return Genesis.parse(path.read_bytes())


def own_member(config: Config, genesis: Genesis) -> Member:
    """The member as which the node in this folder runs. Raises Malformed."""
    member = genesis.roster.by_name(config.name)
    if member is None:
        raise Malformed(f"node.toml names {config.name}, which is not a member in genesis.json")
    return member


def open_store(config: Config, genesis: Genesis) -> tuple[Store, bool]:
    """The store, checked, made whole where it is damaged; and whether this node may vote in this epoch.

    Raises StoreLocked, StoreForeign, or StoreDamaged where even a rebuilt store is damaged.
    """
    damaged = False
    try:
        store = _checked(config, genesis)
    except StoreDamaged as error:
        log.critical("store damaged", reason=str(error), next_step="it is rebuilt now; check the disk")
        rebuild(config.data_folder, genesis, write_buffer_bytes=config.write_buffer_bytes)
        store, damaged = _checked(config, genesis), True
    return store, may_vote(config.starts_file, store, store.roster.version, damaged=damaged)


def _checked(config: Config, genesis: Genesis) -> Store:
    store = Store.open(config.data_folder, genesis, write_buffer_bytes=config.write_buffer_bytes)
    try:
        check_store(store)
    except StoreDamaged:
        store.close()
        raise
    return store
