"""What a founding document says besides who the members are: the timing of consensus and the rule set.

Both are written out in full, so that a later version of this program with other defaults still runs this ledger as its
founders read it.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from datadeed.owner_files import read_limited
from datadeed_consensus.parameters import Parameters
from datadeed_ledger.encoding import Json, parse_jcs
from datadeed_ledger.errors import Malformed
from datadeed_ledger.rules import RULES_BYTES_MAX, SHIPPED, RuleSet, shipped


def consensus_parameters() -> dict[str, Json]:
    """Every parameter with its default for one country."""
    return asdict(Parameters())


def rule_set_data(name_or_file: str) -> dict[str, Json]:
    """A shipped rule set by name, or one from a JCS file, checked. Raises Malformed."""
    if name_or_file in SHIPPED:
        return shipped(name_or_file)
    path = Path(name_or_file)
    if not path.is_file():
        raise Malformed(f"{name_or_file!r} is neither a file nor a shipped rule set; shipped are {', '.join(SHIPPED)}")
    value = parse_jcs(read_limited(path, bytes_max=RULES_BYTES_MAX).removesuffix(b"\n"), bytes_max=RULES_BYTES_MAX)
    RuleSet.from_json(value)
    assert isinstance(value, dict), "RuleSet reads objects only"
    return value
