"""What a pack under a retired roster still proves, for a verifier who knows that the roster is retired.

A quorum of retired keys can sign anything, also a past that never was. So what such keys signed counts only as far as
somebody outside of the ledger saw it before they were retired. Offline, with the fingerprint alone, nobody can know
that a later roster exists. Spec: docs/spec/evidence.md section 12, docs/spec/ledger.md section 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from datadeed_ledger.encoding import time_text
from datadeed_ledger.evidence.ground import Ground
from datadeed_ledger.evidence.rosters import Rosters
from datadeed_ledger.evidence.timestamps import Stamped
from datadeed_ledger.evidence.trail import Undecided, require

_TWO: Final = "the ledger has two histories; keep the pack and what you know, both are evidence"


def check_retirement(ground: Ground, known: Rosters, stamped: Iterable[Stamped], log_size: int) -> tuple[str, str]:
    """What the step found, in English and Chinese. log_size: leaves that hold all that the pack is for.

    Raises `Unproven` where the pack and the known rosters contradict each other, `Undecided` if the roster of the
    pack's checkpoint was retired and no checked token shows that it signed before.
    """
    _check_same(ground, known)
    version = ground.roster.version
    if len(known.in_force) <= version:
        return f"Roster {version} is the newest that is known.", f"所知最新名册即第 {version} 版。"
    later = known.in_force[version]
    when = time_text(later.since_ms)
    if ground.checkpoint.size == later.log_size:
        return (
            f"The checkpoint is the one that retired roster {version}.",
            f"该检查点即名册第 {version} 版退任时的检查点。",
        )
    for each in stamped:
        covers = each.authority is not None and each.signed.checkpoint.size >= log_size
        if covers and each.token.latest_ms < later.since_ms:
            said = time_text(each.token.time_ms)
            return (
                f"Roster {version} was retired at {when}; a time-stamp of {said} is older.",
                f"名册第 {version} 版已于 {when} 退任；{said} 的时间戳早于该时。",
            )
    raise Undecided(
        "retirement",
        f"roster {version}, which signed the pack's checkpoint, was retired at {when}, and no checked time-stamp shows "
        f"that it signed this before; ask the ledger for a newer pack",
    )


def _check_same(ground: Ground, known: Rosters) -> None:
    """Raise `Unproven` unless pack and known rosters fit one history."""
    rosters, version = ground.rosters, ground.roster.version
    require(
        rosters.genesis.fingerprint == known.genesis.fingerprint, "the rosters known elsewhere are another ledger's"
    )
    for here, there in zip(rosters.in_force, known.in_force, strict=False):
        same = (here.roster.digest, here.log_size) == (there.roster.digest, there.log_size)
        require(same, f"roster {here.roster.version} is another than the one proven elsewhere: {_TWO}")
    for later in known.in_force[version : version + 1]:
        assert later.boundary is not None, "a roster after the founding one has one"
        end = later.boundary.signed.checkpoint
        beyond = ground.checkpoint.size > end.size or (ground.checkpoint.size == end.size and ground.checkpoint != end)
        require(not beyond, f"roster {version} ended with {end.size} leaves of another log: {_TWO}")
