"""Registration and certificate numbers (登记号, 证书编号): how a registrar's next number is spelled, and read back.

The ledger itself asks only for 16 of [0-9A-Z] and 17 digits that were never given before; which scheme makes them is
the registrar's choice, behind one interface. The official check character is not published, so the scheme that is
built in is a demonstration and says so in every number: a registration number starts with DEMO, a certificate number
with 00, which is no region's code.
Left out: who counts the sequence (the registrar's desk), and that a number is unused (refusal 507).
Spec: docs/spec/events.md, "Numbers".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from datadeed_ledger.calendar_days import day_text, parse_day
from datadeed_ledger.errors import Malformed

DIGITS: Final = "0123456789"
LETTERS: Final = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
YEAR_MIN, YEAR_MAX = 2000, 9999


@dataclass(frozen=True, slots=True)
class RegistrationNumber:
    """What a registration number says. sequence: of that year, from 1."""

    year: int
    sequence: int


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    """What a certificate number says. day: since 1970-01-01, +08:00; sequence: of that day, from 1."""

    day: int
    sequence: int


class NumberingScheme(Protocol):
    """How numbers are spelled. Each way is the other's inverse: a number has one spelling."""

    @property
    def name(self) -> str: ...

    @property
    def title_en(self) -> str:
        """What the scheme is, and what it is not."""
        ...

    @property
    def title_zh(self) -> str: ...

    def registration_no(self, number: RegistrationNumber) -> str:
        """The 16 digits or capitals of this number. Raises `Malformed` for one that the scheme cannot spell."""
        ...

    def parse_registration_no(self, text: str) -> RegistrationNumber:
        """What this number says. Raises `Malformed` for another spelling or a wrong check character."""
        ...

    def certificate_no(self, number: CertificateNumber) -> str:
        """The 17 digits of this number. Raises `Malformed` for one that the scheme cannot spell."""
        ...

    def parse_certificate_no(self, text: str) -> CertificateNumber:
        """What this number says. Raises `Malformed` for another spelling or a wrong check character."""
        ...


@dataclass(frozen=True, slots=True)
class DemoScheme:
    """DEMO, four digits of year, seven of sequence, check character; 00, YYYYMMDD, six of sequence, check digit."""

    name: str = "demo"
    title_en: str = "demonstration numbers, not official ones: the official check character is not published"
    title_zh: str = "演示编号，并非官方编号：官方校验码规则尚未公布"

    def registration_no(self, number: RegistrationNumber) -> str:
        _within(number.year, YEAR_MIN, YEAR_MAX, "year")
        _within(number.sequence, 1, 9_999_999, "sequence of a year")
        return _checked(f"DEMO{number.year}{number.sequence:07}", LETTERS)

    def parse_registration_no(self, text: str) -> RegistrationNumber:
        found = re.fullmatch(r"DEMO([0-9]{4})([0-9]{7})[0-9A-Z]", text)
        if found is None:
            raise Malformed("a demonstration registration number is DEMO, 11 digits and a check character")
        number = RegistrationNumber(int(found[1]), int(found[2]))
        _same(self.registration_no(number), text)
        return number

    def certificate_no(self, number: CertificateNumber) -> str:
        _within(number.sequence, 1, 999_999, "sequence of a day")
        day = day_text(number.day).replace("-", "")
        _within(int(day[:4]), YEAR_MIN, YEAR_MAX, "year")
        return _checked(f"00{day}{number.sequence:06}", DIGITS)

    def parse_certificate_no(self, text: str) -> CertificateNumber:
        found = re.fullmatch(r"00([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{6})[0-9]", text)
        if found is None:
            raise Malformed("a demonstration certificate number is 00, 14 digits and a check digit")
        number = CertificateNumber(_day(f"{found[1]}-{found[2]}-{found[3]}"), int(found[4]))
        _same(self.certificate_no(number), text)
        return number


DEMO: Final[NumberingScheme] = DemoScheme()


def check_character(text: str, alphabet: str) -> str:
    """By ISO 7064, hybrid: MOD 11,10 over digits, MOD 37,36 over digits and capitals.

    Every single wrong character shows, and nearly every pair of neighbours that changed places.
    """
    size = len(alphabet)
    product = size
    for character in text:
        product = ((product + alphabet.index(character)) % size or size) * 2 % (size + 1)
    return alphabet[(size + 1 - product) % size]


def _checked(text: str, alphabet: str) -> str:
    return text + check_character(text, alphabet)


def _same(expected: str, text: str) -> None:
    if expected != text:
        raise Malformed(f"the check character of {text} does not hold; a character was mistaken")


def _within(number: int, minimum: int, maximum: int, what: str) -> None:
    if not minimum <= number <= maximum:
        raise Malformed(f"{what}: {minimum} to {maximum} are expected, not {number}")


def _day(text: str) -> int:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"{text} is no day") from None
    return parse_day(text)
