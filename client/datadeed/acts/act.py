"""An act: what an entry says, before anybody signs it; and the spellings that acts share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from datadeed.composing import entry_id

Id: TypeAlias = str | bytes


@dataclass(frozen=True, slots=True)
class Act:
    """The kind and data of an entry, texts still unsealed. also: who signs besides whoever performs it."""

    kind: str
    data: Mapping[str, Any] = field(repr=False)
    also: tuple[Id, ...] = ()


def on_right(kind: str, right: Id, **data: Any) -> Act:
    """An act on a right that exists."""
    return Act(kind, {"right": entry_id(right), **data})


def references(deposits: Iterable[tuple[Id, int | None]]) -> list[dict[str, Any]]:
    """Deposits as data: each an entry's id and, of a batch, the item."""
    return [{"deposit": entry_id(deposit), "item": item} for deposit, item in deposits]
