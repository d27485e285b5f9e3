"""The shape of a row: who signs a kind of entry, what must hold, what it changes.

A precondition is one small named function with one number: it passes, or raises that refusal. A row's `finds` are the
preconditions that what the entry names exists; they come first, because who must sign may depend on it.
Spec: docs/spec/events.md, "Kinds".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from datadeed_ledger.entry import Entry
from datadeed_ledger.register import Register
from datadeed_ledger.state import Context, OutOfReach, Overlay

Data = TypeVar("Data", covariant=True)
Asked = TypeVar("Asked", contravariant=True)
Own = TypeVar("Own")


@dataclass(frozen=True, slots=True)
class Case(Generic[Data]):
    """One entry before the rules. data: its fields, as its kind's `TypedDict`.

    left_open: where `walk` notes what a reader of a part of the ledger cannot judge; None: the reader has all of it.
    """

    entry: Entry
    data: Data
    register: Register
    context: Context
    left_open: list[Precondition[Any]] | None = None

    @property
    def by(self) -> frozenset[bytes]:
        """Who signed."""
        return frozenset(self.entry.body.by)

    def about(self, entry: Entry) -> Case[Any]:
        """Another entry as a case of its own, in the same place: before this register, in this block."""
        return Case(entry, entry.body.data, self.register, self.context, self.left_open)


OF_WHAT_FAILS: Final = 0  # the number of a precondition that asks others, and refuses with theirs


@dataclass(frozen=True, slots=True)
class Precondition(Generic[Asked]):
    """A named check that raises `Refused` with its number."""

    number: int
    name: str
    check: Callable[[Case[Asked]], None]


def precondition(number: int) -> Callable[[Callable[[Case[Own]], None]], Precondition[Own]]:
    """Make a function the precondition of this number, under its own name."""

    def numbered(check: Callable[[Case[Own]], None]) -> Precondition[Own]:
        return Precondition(number, check.__name__, check)

    return numbered


def walk(case: Case[Any], preconditions: Iterable[Precondition[Any]]) -> None:
    """Check these in their order. Raises `Refused` at the first that does not hold.

    Every judgement goes through here. Only the judge of an evidence pack reads a part of the ledger: what needs more
    than that part is noted in `left_open`, and the next precondition is judged all the same.
    """
    for each in preconditions:
        try:
            each.check(case)
        except OutOfReach:
            if case.left_open is None:
                raise
            case.left_open.append(each)


SignerSets = tuple[frozenset[bytes], ...]
"""The sets of signers that would do, any one of them, exactly; none: nobody can sign this."""


@dataclass(frozen=True)  # no slots: with them CPython 3.11 cannot make a frozen generic as Signers[...](...)
class Signers(Generic[Asked]):
    """Who signs, in words and as a function of the case."""

    en: str
    zh: str
    of: Callable[[Case[Asked]], SignerSets]


Effect = Callable[[Case[Own], Overlay], None]


@dataclass(frozen=True)  # no slots, as above
class Row(Generic[Own]):
    """One kind of entry. Effects cannot fail: all that could is a precondition."""

    kind: str
    zh: str
    finds: tuple[Precondition[Own], ...]
    signers: Signers[Own]
    preconditions: tuple[Precondition[Own], ...]
    effect: Effect[Own]
    effect_en: str  # the effect in one sentence, for the specification
    opens: Literal["right", "asset", "rules"] | None = None  # the subject of this entry's id; or the rules themselves
    approval: Effect[Own] | None = None  # of a request: what happens when it is approved


AnyRow = Row[Any]


def no_effect(case: Case[Any], overlay: Overlay) -> None:
    """Recording the entry is all that happens."""
