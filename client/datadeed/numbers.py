"""The next registration and certificate numbers, by the built-in scheme, which says "demo" of itself.

The ledger knows only which numbers were given. Numbers of a year and of a day are given from 1 upwards, so the next one
is found by asking for absence, in steps that double and then halve; the two that are returned are proven never to have
been given as of the newest checkpoint. Another desk may be quicker: then the entry is refused (507), and asks anew.
Spec: docs/spec/events.md, "Numbers".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from datadeed.conversation import Conversation
from datadeed.problems import Present
from datadeed.session import Flow
from datadeed_ledger.calendar_days import day_of, day_text
from datadeed_ledger.numbering import DEMO, CertificateNumber, RegistrationNumber


@dataclass(frozen=True, slots=True)
class Numbers:
    """Two numbers for one registration, and the scheme that made them."""

    registration_no: str
    certificate_no: str
    scheme_en: str
    scheme_zh: str


def next_numbers(conversation: Conversation) -> Flow[Numbers]:
    """The next two, of the year and day of the newest header."""
    head = yield from conversation.head()
    day = day_of(head.header.time_ms)
    year = int(day_text(day)[:4])
    registration_no = yield from _first_absent(
        conversation, lambda sequence: DEMO.registration_no(RegistrationNumber(year, sequence))
    )
    certificate_no = yield from _first_absent(
        conversation, lambda sequence: DEMO.certificate_no(CertificateNumber(day, sequence))
    )
    return Numbers(registration_no, certificate_no, DEMO.title_en, DEMO.title_zh)


def _first_absent(conversation: Conversation, spell: Callable[[int], str]) -> Flow[str]:
    """The number after the last that was given, if they were given without gaps; in any case one that was not."""
    given, step = 0, 1
    while (yield from _is_given(conversation, spell(given + step))):
        given, step = given + step, 2 * step
    free = given + step
    while free - given > 1:
        middle = (given + free) // 2
        if (yield from _is_given(conversation, spell(middle))):
            given = middle
        else:
            free = middle
    return spell(free)


def _is_given(conversation: Conversation, number: str) -> Flow[bool]:
    try:
        yield from conversation.absence(f"number/{number}", None)
    except Present:
        return True
    return False
