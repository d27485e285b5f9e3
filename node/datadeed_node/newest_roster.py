"""The newest roster that this node has heard of, in a file beside the database: how to find the others from far behind.

Whoever begins with an empty store stands under the founding roster, and so knows addresses and pins that may all have
changed since; the others link only with what their own rosters name. `newest-roster.json` (a roster document) bridges
that: its members are dialled and accepted too, and the certificate that it pins is shown. A node writes it when a
roster comes into force; who joins puts there what a member serves as `/roster`. It decides about links and about
nothing else: what is true still comes from the founding document, block by block, and a wrong file costs links.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from datadeed.owner_files import read_limited, write_owned
from datadeed_ledger.errors import Malformed
from datadeed_ledger.roster import GENESIS_BYTES_MAX, Roster

log = structlog.get_logger(__name__)


def newest_known(file: Path, present: Roster, origin: str) -> Roster | None:
    """The roster in `file` where it is newer than the one in force; else keep that one there, and give None."""
    known = _read(file, origin)
    if known is not None and known.version > present.version:
        return known
    if present.version > 1 and (known is None or known.version < present.version):
        try:
            write_owned(file, present.document)
        except OSError as error:
            log.warning("the newest roster is not kept beside the database", reason=str(error))
    return None


def _read(file: Path, origin: str) -> Roster | None:
    if not file.exists():
        return None
    try:
        return Roster.parse(read_limited(file, bytes_max=GENESIS_BYTES_MAX), origin)
    except (Malformed, OSError) as error:
        log.warning("not a roster of this ledger, passed over", file=str(file), reason=str(error))
        return None
