"""How institutions found a ledger together: keys, cards, the founding document and its signatures.

Each institution makes only its own keys (`init`) and gives the others its public card. One of them puts the cards
together into genesis.json (`propose`); every institution reads it, checks that it stands in it with its own keys, signs
it with its office key (`sign`) and installs it (`install`). The signatures stand in genesis.signatures.json beside the
document, never inside, so that the fingerprint does not depend on who signed first. Whoever comes later installs it by
its fingerprint (`join`). What this leaves out: how cards travel, the meeting at which people compare the fingerprint
aloud, and changes of the members (next_roster.py). Ledger spec section 6.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datadeed.owner_files import create_owned, read_limited, write_owned
from datadeed_ledger.encoding import Json, from_b64, jcs, parse_jcs, to_b64
from datadeed_ledger.errors import Malformed, Unproven
from datadeed_ledger.keys import GENESIS_TAG, SEED_BYTES, SigningKey, verify
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, VerifierKey
from datadeed_ledger.roster import GENESIS_BYTES_MAX, Genesis, Member, Roster, members_of
from datadeed_node.certificates import make_certificate, pin_of_pem
from datadeed_node.key_files import KEY_NAMES, read_key, write_key
from datadeed_node.mistakes import Mistake

CARD_FORMAT = "datadeed-card/v1"
SIGNATURES_FORMAT = "datadeed-genesis-signatures/v1"
CARD_BYTES_MAX = 16 * 1024  # one member with two titles needs under 2 KiB
SIGNATURES_FILE = "genesis.signatures.json"
GENESIS_FILE = "genesis.json"
CARD_FILE = "card.json"
# A ledger with fewer members tolerates no fault at all; rosters of 1 to 3 exist in tests only (section 6).
MEMBERS_MIN = 4


@dataclass(frozen=True, slots=True)
class Identity:
    """What an institution says of itself, before it has keys."""

    name: str
    roles: tuple[str, ...]
    title_en: str
    title_zh: str
    api: str
    peer: str
    origin: str


@dataclass(frozen=True, slots=True)
class Binding:
    """Where this node listens: often other than what the card says, behind a proxy or in a container."""

    api_host: str
    api_port: int
    peer_host: str
    peer_port: int


@dataclass(frozen=True, slots=True)
class Card:
    """One institution's public card: what it brings to the founding of the ledger named `origin`."""

    origin: str
    member: Member

    def to_bytes(self) -> bytes:
        return jcs({"format": CARD_FORMAT, "member": self.member.to_json(), "origin": self.origin})

    @classmethod
    def parse(cls, data: bytes) -> Card:
        """The card that these exact bytes spell. Raises Malformed."""
        item = members_of(parse_jcs(data, bytes_max=CARD_BYTES_MAX), "card", ("format", "member", "origin"))
        origin = item["origin"]
        if item["format"] != CARD_FORMAT or not isinstance(origin, str):
            raise Malformed(f"not a card of format {CARD_FORMAT}")
        return cls(origin, Member.from_json(item["member"], origin))


@dataclass(frozen=True, slots=True)
class Ceremony:
    """A founding document and who has signed it so far."""

    genesis: Genesis
    signed_by: tuple[str, ...]
    missing: tuple[str, ...]


# --- init: one institution alone ----------------------------------------------------------------------------------


def init(folder: Path, identity: Identity, binding: Binding) -> Card:
    """Make one node's folder: keys and certificate for its owner alone, node.toml, and the public card.json."""
    if folder.exists() and any(folder.iterdir()):
        raise Mistake(
            f"{folder} is not empty, and keys are never overwritten",
            "choose a new folder, or move this one away if you are sure that its keys serve no ledger",
        )
    seeds = {name: secrets.token_bytes(SEED_BYTES) for name in KEY_NAMES}
    certificate_pem, tls_key_pem = make_certificate(identity.name)
    card = Card(identity.origin, _member(identity, seeds, pin_of_pem(certificate_pem)))
    for part in (folder, folder / "keys", folder / "tls"):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, seed in seeds.items():
        write_key(folder / "keys" / f"{name}.key", seed)
    create_owned(folder / "tls" / "key.pem", tls_key_pem)
    (folder / "tls" / "cert.pem").write_bytes(certificate_pem)
    (folder / "node.toml").write_text(_node_toml(identity, binding), encoding="utf-8")
    (folder / CARD_FILE).write_bytes(card.to_bytes())
    return card


def _member(identity: Identity, seeds: dict[str, bytes], tls: bytes) -> Member:
    public = {name: SigningKey(seed).public_key for name, seed in seeds.items()}
    member = Member(
        name=identity.name,
        roles=identity.roles,
        api=identity.api,
        peer=identity.peer,
        title_en=identity.title_en,
        title_zh=identity.title_zh,
        vote=public["vote"],
        office=public["office"],
        tls=tls,
        cosign=VerifierKey(identity.name, COSIGNATURE_TYPE, public["cosign"]),
        log=VerifierKey(identity.origin, LOG_TYPE, public["log"]),
    )
    # The same reading that every other institution will do, so that a bad field is found here and not at the table.
    return Member.from_json(member.to_json(), identity.origin)


def _node_toml(identity: Identity, binding: Binding) -> str:
    return (
        "# This node's own settings. What all nodes share stands in genesis.json.\n"
        f'name = "{identity.name}"\n'
        f'api_host = "{binding.api_host}"\n'
        f"api_port = {binding.api_port}\n"
        f'peer_host = "{binding.peer_host}"\n'
        f"peer_port = {binding.peer_port}\n"
    )


# --- genesis: all institutions together ---------------------------------------------------------------------------


def propose(
    cards: Sequence[Card],
    *,
    origin: str,
    rules: dict[str, Json],
    consensus: dict[str, Json],
    time_ms: int,
) -> Genesis:
    """The founding document of these institutions. Raises Malformed or Mistake when they do not fit together."""
    strangers = sorted(card.member.name for card in cards if card.origin != origin)
    if strangers:
        raise Mistake(
            f"these cards are for another origin than {origin}: {', '.join(strangers)}",
            "agree on one origin and let those institutions run `datadeed-node init` again with it",
        )
    if len(cards) < MEMBERS_MIN:
        raise Mistake(
            f"{len(cards)} cards; a ledger that survives one failing institution needs at least {MEMBERS_MIN}",
            "collect the card.json of every founding institution and name them all",
        )
    members = sorted((card.member for card in cards), key=lambda member: member.name.encode())
    return Genesis.of(origin, time_ms, consensus, {}, rules, Roster.of(1, members))


def sign(folder: Path, genesis_file: Path) -> Ceremony:
    """Add this node's office signature to genesis.signatures.json beside the document."""
    genesis = read_genesis(genesis_file)
    member = own_member(folder, genesis)
    signatures = _read_signatures(genesis_file, genesis)
    signatures[member.name] = read_key(folder / "keys" / "office.key").sign(GENESIS_TAG + genesis.document)
    _write_signatures(genesis_file, genesis, signatures)
    return check(genesis_file)


def check(genesis_file: Path) -> Ceremony:
    """Read the document strictly and verify every signature beside it. Raises Malformed or Unproven."""
    genesis = read_genesis(genesis_file)
    signatures = _read_signatures(genesis_file, genesis)
    for name, signature in signatures.items():
        member = genesis.roster.by_name(name)
        if member is None:
            raise Malformed(f"{SIGNATURES_FILE} names {name}, who is not a member")
        try:
            verify(member.office, GENESIS_TAG + genesis.document, signature)
        except Unproven as error:
            raise Unproven("genesis", f"the office key of {name} did not sign this document") from error
    names = [member.name for member in genesis.roster.members]
    return Ceremony(
        genesis,
        tuple(name for name in names if name in signatures),
        tuple(name for name in names if name not in signatures),
    )


def install(folder: Path, genesis_file: Path) -> Ceremony:
    """Put the document that everybody has signed into this node's folder; the node can run from then on."""
    ceremony = check(genesis_file)
    if ceremony.genesis.roster.by_name(read_card(folder / CARD_FILE).member.name) is None:
        raise Mistake(
            f"this institution is no founding member of the ledger in {genesis_file}",
            "to join a ledger that exists, give the --fingerprint that its institutions publish",
        )
    own_member(folder, ceremony.genesis)
    if ceremony.missing:
        raise Mistake(
            f"not signed yet by {', '.join(ceremony.missing)}",
            f"let each of them run `datadeed-node genesis sign DIR --genesis {genesis_file}`",
        )
    _put_genesis(folder, ceremony.genesis)
    (folder / SIGNATURES_FILE).write_bytes(genesis_file.with_name(SIGNATURES_FILE).read_bytes())
    return ceremony


def join(folder: Path, genesis: Genesis, fingerprint: bytes) -> bool:
    """Put the document of a ledger that exists into this node's folder; whether it names the folder's member and keys.

    What holds it to be true is the fingerprint alone, 32 bytes: who signed it is not asked. Where it does not name the
    member, or names other keys of it, the node follows the ledger until it reads the roster that does.
    """
    if genesis.fingerprint != fingerprint:
        raise Mistake(
            f"the document founds the ledger {genesis.fingerprint.hex()}, not {fingerprint.hex()}",
            "compare the fingerprint with the published one, and take the document from a member again",
        )
    card = read_card(folder / CARD_FILE)
    if card.origin != genesis.origin:
        raise Mistake(
            f"the keys in {folder} were made for {card.origin}, the ledger is {genesis.origin}",
            "run `datadeed-node init` for a new folder with the ledger's origin",
        )
    _put_genesis(folder, genesis)
    return genesis.roster.by_name(card.member.name) == card.member


def _put_genesis(folder: Path, genesis: Genesis) -> None:
    target = folder / GENESIS_FILE
    if target.exists() and target.read_bytes() != genesis.document:
        raise Mistake(
            f"{target} already founds another ledger",
            "use a folder with keys of its own: vote, cosign and log keys serve one ledger only",
        )
    target.write_bytes(genesis.document)


def read_genesis(genesis_file: Path) -> Genesis:
    """The founding document in this file, at least four members. Raises Malformed or Mistake."""
    if not genesis_file.is_file():
        raise Mistake(f"{genesis_file} is not there", "make it with `datadeed-node genesis propose`")
    return Genesis.parse(read_limited(genesis_file, bytes_max=GENESIS_BYTES_MAX))


def read_card(path: Path) -> Card:
    """The card in this file. Raises Malformed or Mistake."""
    if not path.is_file():
        raise Mistake(f"{path} is not there", "name the card.json files that `datadeed-node init` wrote")
    try:
        return Card.parse(read_limited(path, bytes_max=CARD_BYTES_MAX))
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from error


def own_member(folder: Path, genesis: Genesis) -> Member:
    """The member of `genesis` whose keys lie in `folder`, every key compared. Raises Mistake."""
    card = read_card(folder / CARD_FILE)
    member = genesis.roster.by_name(card.member.name)
    if member is None or member != card.member or card.origin != genesis.origin:
        raise Mistake(
            f"the document does not carry {card.member.name} as {folder / CARD_FILE} says",
            "do not sign; give the proposer your card.json again and compare",
        )
    keys = {name: read_key(folder / "keys" / f"{name}.key").public_key for name in KEY_NAMES}
    expected = {
        "office": member.office,
        "vote": member.vote,
        "cosign": member.cosign.public_key,
        "log": member.log.public_key,
    }
    wrong = sorted(name for name in KEY_NAMES if keys[name] != expected[name])
    if pin_of_pem((folder / "tls" / "cert.pem").read_bytes()) != member.tls:
        wrong.append("tls")
    if wrong:
        raise Mistake(
            f"these keys in {folder} are not the ones in the document: {', '.join(wrong)}",
            "restore the folder that init made, or found the ledger with a new card",
        )
    return member


def _read_signatures(genesis_file: Path, genesis: Genesis) -> dict[str, bytes]:
    path = genesis_file.with_name(SIGNATURES_FILE)
    if not path.exists():
        return {}
    value = parse_jcs(read_limited(path, bytes_max=GENESIS_BYTES_MAX), bytes_max=GENESIS_BYTES_MAX)
    item = members_of(value, "signatures", ("fingerprint", "format", "signatures"))
    if item["format"] != SIGNATURES_FORMAT or not isinstance(item["signatures"], dict):
        raise Malformed(f"{path} is not of format {SIGNATURES_FORMAT}")
    if item["fingerprint"] != genesis.fingerprint.hex():
        raise Mistake(
            f"{path} holds signatures of another document ({item['fingerprint']})",
            "move it away, or fetch the document that those signatures belong to",
        )
    return {name: _signature(text) for name, text in item["signatures"].items()}


def _signature(text: Json) -> bytes:
    if not isinstance(text, str):
        raise Malformed("a signature is base64 text")
    return from_b64(text, length=64)


def _write_signatures(genesis_file: Path, genesis: Genesis, signatures: dict[str, bytes]) -> None:
    lines: dict[str, Json] = {name: to_b64(signature) for name, signature in signatures.items()}
    document = jcs({"fingerprint": genesis.fingerprint.hex(), "format": SIGNATURES_FORMAT, "signatures": lines})
    path = genesis_file.with_name(SIGNATURES_FILE)
    write_owned(path, document)
    path.chmod(0o644)  # signatures are public, like the document that they stand beside
