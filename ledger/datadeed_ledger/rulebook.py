"""Which rule set is in force: what the `rules` record of a state says, and the texts that it names by their hash.

The founding set comes from genesis.json. Version n of the record (n from 2) was set by the entry at position n - 2 of
the events of `rules`, whose data holds the text: each `amend_rules` adds one version and one event.
For a block the state is the one before it, so that an amendment never governs the block that records it.
Left out: who may amend, and what (kinds/amendment.py). Spec: docs/spec/events.md, "Rule sets".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from datadeed_ledger.entry import Entry
from datadeed_ledger.records import Rules, Version
from datadeed_ledger.register import Register
from datadeed_ledger.rules import RuleSet
from datadeed_ledger.state import StateReader


def amendment_index(state: StateReader, version: Version) -> int:
    """The log index of the entry that set this version of the rules, which is not the founding one."""
    return state.event_index(Rules.SUBJECT, version.version - 2)


def amended_rules(state: StateReader, version: Version) -> RuleSet:
    """The rule set of a version of record that is not the founding one."""
    entry = Entry.parse(state.leaf(amendment_index(state, version)))
    rules = RuleSet.parse(entry.body.data["rules"])
    assert rules.digest == version.hash, "the record names the text that the entry of its version carries"
    return rules


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rule sets of one ledger by their hash; as they never change, those once read are remembered."""

    founding: RuleSet
    _read: dict[bytes, RuleSet] = field(default_factory=dict, repr=False)  # at most one a version of record

    def in_force(self, state: StateReader, time_ms: int) -> RuleSet:
        """The rule set in force at `time_ms`, as far as amendments are recorded in `state`."""
        return self.of(state, Register(state).rules().in_force(time_ms))

    def of(self, state: StateReader, version: Version) -> RuleSet:
        """The rule set of a version of record."""
        if version.hash == self.founding.digest:
            return self.founding
        rules = self._read.get(version.hash)
        if rules is None:
            rules = self._read[version.hash] = amended_rules(state, version)
        return rules
