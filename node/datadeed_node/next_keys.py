"""Keys that shall follow the present ones: prepared beside them, and put in their place once the roster names them.

    keys/, tls/             the present keys, as `init` made them
    next-keys/, next-tls/   prepared ones under the same file names, only those that shall change
    next-card.json          the card with the prepared keys in it, for `datadeed-node roster propose --replace`

From the block on that ends the epoch the roster names the prepared ones, and a node takes for each purpose whichever
of both the roster names. So nothing has to happen at that moment; `settle` tidies up afterwards. At every step of it
the key in force lies whole in one of the two places, so that a power cut harms nothing and the command may be repeated.
Spec: docs/spec/node.md section 8.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from datadeed.keyring import HeldKey
from datadeed.owner_files import create_owned, read_limited, sync_folder, write_owned
from datadeed_ledger.keys import SEED_BYTES
from datadeed_ledger.kinds.succession import keys_of
from datadeed_ledger.notes import COSIGNATURE_TYPE, LOG_TYPE, VerifierKey
from datadeed_ledger.roster import Member, Roster
from datadeed_node.ceremony import CARD_FILE, Card, read_card
from datadeed_node.certificates import make_certificate, pin_of_pem
from datadeed_node.config import Config
from datadeed_node.key_files import KEY_NAMES, read_key, write_key
from datadeed_node.mistakes import Mistake

TLS = "tls"
PURPOSES = (*KEY_NAMES, TLS)
NEXT_CARD_FILE = "next-card.json"
_PEM_BYTES_MAX = 16 * 1024
_RETIRED = ".old"


def held_keys(folder: Path) -> dict[str, dict[bytes, Path]]:
    """What the folder holds: by purpose, public key (for TLS the pin) -> the key's file (for TLS the pair's folder)."""
    config = Config.load(folder)
    found: dict[str, dict[bytes, Path]] = {purpose: {} for purpose in PURPOSES}
    for name in KEY_NAMES:
        for path in config.key_files(name):
            if path.is_file():
                found[name].setdefault(read_key(path).public_key, path)
    for pair in config.certificate_files():
        if all(path.is_file() for path in pair):
            found[TLS].setdefault(_pin(pair[0]), pair[0].parent)
    return found


def purposes_without_key(folder: Path, member: Member) -> list[str]:
    """For what the folder holds, present or prepared, no key that `member` has."""
    held = held_keys(folder)
    return sorted(purpose for purpose, key in keys_of(member).items() if key not in held[purpose])


def office_key(folder: Path, member: Member) -> HeldKey:
    """The key with which `member` signs, present or prepared. Raises Mistake where the folder does not hold it."""
    path = held_keys(folder)["office"].get(member.office)
    if path is None:
        raise Mistake(
            f"{folder} does not hold the office key by which the ledger knows {member.name}",
            "use the folder that holds it",
        )
    return HeldKey(member.member_id, read_key(path))


def prepared_purposes(folder: Path) -> tuple[str, ...]:
    """For what keys are prepared."""
    config = Config.load(folder)
    files = {name: (config.key_files(name)[1],) for name in KEY_NAMES} | {TLS: config.certificate_files()[1]}
    return tuple(purpose for purpose in PURPOSES if any(path.exists() for path in files[purpose]))


def prepare(folder: Path, purposes: Collection[str]) -> Card:
    """Make new keys for these purposes and next-card.json, which names them and the present ones for the others."""
    _check_nothing_is_prepared(folder)
    if not purposes:
        raise Mistake("no key was chosen", f"choose of {', '.join(f'--{name}' for name in PURPOSES)}, or --all")
    card = read_card(folder / CARD_FILE)
    if lacking := sorted(set(purposes_without_key(folder, card.member)) - set(purposes)):
        raise Mistake(
            f"the folder holds other keys than its {CARD_FILE} says: {', '.join(lacking)}",
            "restore the folder's keys; new ones are made beside those that are in force",
        )
    following = Card(card.origin, _with_new_keys(folder, card.member, purposes))
    _write_public(folder / NEXT_CARD_FILE, following.to_bytes())
    return following


def settle(folder: Path, roster: Roster) -> tuple[str, ...]:
    """Put the prepared keys, which `roster` must name, in the present ones' place; for which purposes.

    The present ones are overwritten and removed, and card.json says what the roster says. roster: the one in force.
    """
    purposes = prepared_purposes(folder)
    if not purposes and not (folder / NEXT_CARD_FILE).exists():
        raise Mistake(
            f"nothing is prepared in {folder}", "prepare keys with `datadeed-node rekey DIR --vote`, or others"
        )
    card = read_card(folder / CARD_FILE)
    member = roster.by_name(card.member.name)
    unnamed = purposes if member is None else tuple(_not_named(folder, purposes, member))
    if member is None or unnamed:
        raise Mistake(
            f"roster {roster.version} is in force and does not name the prepared keys: {', '.join(unnamed) or 'any'}",
            f"have them recorded with `datadeed-node roster propose --replace {folder / NEXT_CARD_FILE}`; "
            "if that is done, let the node catch up",
        )
    if lacking := purposes_without_key(folder, member):
        raise Mistake(
            f"roster {roster.version} names keys that {folder} does not hold: {', '.join(lacking)}",
            "restore them from your copy before anything is removed",
        )
    config = Config.load(folder)
    for name in purposes:
        if name == TLS:
            _settle_tls(config)
        else:
            _settle_key(*config.key_files(name))
    for part in _parts(config):
        for leftover in sorted(part.glob(f"*{_RETIRED}")):  # of this run, or of one that was interrupted
            _destroy(leftover)
    _write_public(folder / CARD_FILE, Card(card.origin, member).to_bytes())
    (folder / NEXT_CARD_FILE).unlink(missing_ok=True)
    for part in _parts(config)[2:]:
        if part.is_dir() and not any(part.iterdir()):
            part.rmdir()
    return purposes


def _check_nothing_is_prepared(folder: Path) -> None:
    waiting = prepared_purposes(folder)
    places = " and ".join(str(part) for part in _parts(Config.load(folder))[2:])
    if (folder / NEXT_CARD_FILE).exists():
        raise Mistake(
            f"keys are prepared already: {', '.join(waiting) or 'all in place, card.json not yet'}",
            f"once the roster in force names them, `datadeed-node rekey {folder} --settle`; if nobody was given "
            f"{NEXT_CARD_FILE}, remove it with {places} and prepare others",
        )
    if waiting:
        raise Mistake(
            f"there are prepared keys ({', '.join(waiting)}) and no {NEXT_CARD_FILE}: preparing was interrupted",
            f"remove {places}, which nobody knows yet, and run the command again",
        )


def _with_new_keys(folder: Path, member: Member, purposes: Collection[str]) -> Member:
    """The member with a new key for each purpose, which is in its file when this returns."""
    config = Config.load(folder)
    public: dict[str, bytes] = {}
    for name in (each for each in KEY_NAMES if each in purposes):
        path = config.key_files(name)[1]
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_key(path, secrets.token_bytes(SEED_BYTES))
        public[name] = read_key(path).public_key
    pin = member.tls
    if TLS in purposes:
        certificate_file, key_file = config.certificate_files()[1]
        certificate_file.parent.mkdir(mode=0o700, exist_ok=True)
        certificate_pem, key_pem = make_certificate(member.name)
        create_owned(key_file, key_pem)
        certificate_file.write_bytes(certificate_pem)
        pin = pin_of_pem(certificate_pem)
    return replace(
        member,
        vote=public.get("vote", member.vote),
        office=public.get("office", member.office),
        tls=pin,
        cosign=VerifierKey(member.cosign.name, COSIGNATURE_TYPE, public.get("cosign", member.cosign.public_key)),
        log=VerifierKey(member.log.name, LOG_TYPE, public.get("log", member.log.public_key)),
    )


def _not_named(folder: Path, purposes: Collection[str], member: Member) -> Iterator[str]:
    """For what the prepared key is not the member's."""
    config = Config.load(folder)
    for purpose in purposes:
        prepared = (
            _pin(config.certificate_files()[1][0])
            if purpose == TLS
            else read_key(config.key_files(purpose)[1]).public_key
        )
        if prepared != keys_of(member)[purpose]:
            yield purpose


def _settle_key(present: Path, prepared: Path) -> None:
    if present.exists():
        present.replace(_beside(present))
    prepared.replace(present)
    sync_folder(present.parent)


def _settle_tls(config: Config) -> None:
    """As a key; but the pair is copied whole before the prepared one goes, because it is two files."""
    present, (certificate, key_file) = config.certificate_files()
    if key_file.exists():  # else it was copied, and only its certificate is left
        for path in present:
            if _beside(path).exists():  # what stands beside it is a copy that was not finished
                path.unlink(missing_ok=True)
            elif path.exists():
                path.replace(_beside(path))
        create_owned(present[1], read_limited(key_file, bytes_max=_PEM_BYTES_MAX))
        _write_public(present[0], read_limited(certificate, bytes_max=_PEM_BYTES_MAX))
        _destroy(key_file)
    _destroy(certificate)


def _parts(config: Config) -> tuple[Path, ...]:
    """The folders of keys: the present ones', then the prepared ones'."""
    keys, pairs = config.key_files(KEY_NAMES[0]), config.certificate_files()
    return (keys[0].parent, pairs[0][0].parent, keys[1].parent, pairs[1][0].parent)


def _pin(certificate: Path) -> bytes:
    return pin_of_pem(read_limited(certificate, bytes_max=_PEM_BYTES_MAX))


def _beside(path: Path) -> Path:
    return path.with_name(path.name + _RETIRED)


def _destroy(path: Path) -> None:
    """Overwrite and remove. What a disk, a snapshot or a backup keeps besides is out of a program's reach."""
    if path.suffix != _RETIRED:
        path = path.replace(_beside(path))  # so that nobody takes a file that is half overwritten for a key
        sync_folder(path.parent)
    with path.open("r+b") as file:
        file.write(bytes(os.fstat(file.fileno()).st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def _write_public(path: Path, data: bytes) -> None:
    """Replace `path` by `data`, whole and durable, readable by all."""
    write_owned(path, data)
    path.chmod(0o644)
