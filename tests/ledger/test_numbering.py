"""Numbers: one spelling, a check character that notices mistakes, and a scheme that says what it is not."""

from __future__ import annotations

import itertools
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerkit import RegisterKit

from datadeed_ledger.calendar_days import parse_day
from datadeed_ledger.errors import Malformed
from datadeed_ledger.numbering import (
    DEMO,
    DIGITS,
    LETTERS,
    CertificateNumber,
    RegistrationNumber,
    check_character,
)

DAY = parse_day("2026-11-23")
REGISTRATION = DEMO.registration_no(RegistrationNumber(2026, 1))
CERTIFICATE = DEMO.certificate_no(CertificateNumber(DAY, 1))


def test_the_numbers_stay_what_they_are() -> None:
    assert (REGISTRATION, CERTIFICATE) == ("DEMO20260000001C", "00202611230000014")


def test_the_check_character_is_that_of_published_examples() -> None:
    assert check_character("79462", DIGITS) == "3"  # ISO 7064, MOD 11,10
    assert check_character("A12425GABC1234002", LETTERS) == "M"  # a Global Release Identifier, MOD 37,36


def test_the_scheme_says_in_names_and_numbers_that_it_is_a_demonstration() -> None:
    assert DEMO.name == "demo"
    assert "not official" in DEMO.title_en
    assert "并非官方" in DEMO.title_zh
    assert REGISTRATION.startswith("DEMO")
    assert CERTIFICATE.startswith("00")


@given(st.integers(2000, 9999), st.integers(1, 9_999_999))
def test_a_registration_number_is_read_back_and_the_ledger_takes_its_form(year: int, sequence: int) -> None:
    number = RegistrationNumber(year, sequence)
    text = DEMO.registration_no(number)
    assert DEMO.parse_registration_no(text) == number
    assert re.fullmatch(r"[0-9A-Z]{16}", text)


@given(st.dates(min_value=date(2000, 1, 1)), st.integers(1, 999_999))
def test_a_certificate_number_is_read_back_and_the_ledger_takes_its_form(day: date, sequence: int) -> None:
    number = CertificateNumber(parse_day(day.isoformat()), sequence)
    text = DEMO.certificate_no(number)
    assert DEMO.parse_certificate_no(text) == number
    assert re.fullmatch(r"[0-9]{17}", text)


def test_the_ledger_records_a_right_under_such_numbers() -> None:
    kit = RegisterKit()
    (alice,) = kit.enrol("alice")
    right = kit.published(alice)
    kit.go_to(kit.day(15))
    kit.record(kit.register_entry(right, registration_no=REGISTRATION, certificate_no=CERTIFICATE))
    assert kit.right(right).registration_no == REGISTRATION


def test_every_single_wrong_character_shows() -> None:
    for at, character in itertools.product(range(16), LETTERS):
        if character != REGISTRATION[at]:
            with pytest.raises(Malformed):
                DEMO.parse_registration_no(REGISTRATION[:at] + character + REGISTRATION[at + 1 :])
    for at, character in itertools.product(range(17), DIGITS):
        if character != CERTIFICATE[at]:
            with pytest.raises(Malformed):
                DEMO.parse_certificate_no(CERTIFICATE[:at] + character + CERTIFICATE[at + 1 :])


@pytest.mark.parametrize("text", ["", REGISTRATION[:-1], REGISTRATION + "0", REGISTRATION.lower(), "2026BJ0000000001"])
def test_another_spelling_is_no_registration_number(text: str) -> None:
    with pytest.raises(Malformed, match="DEMO, 11 digits"):
        DEMO.parse_registration_no(text)


@pytest.mark.parametrize(
    "text", ["", CERTIFICATE[:-1], CERTIFICATE + "0", "11000000000000001", "００" + CERTIFICATE[2:]]
)
def test_another_spelling_is_no_certificate_number(text: str) -> None:
    with pytest.raises(Malformed, match="00, 14 digits"):
        DEMO.parse_certificate_no(text)


@pytest.mark.parametrize("day", ["20260230", "20261301", "00000101"])
def test_a_certificate_number_names_a_day_that_exists(day: str) -> None:
    text = f"00{day}000001"
    with pytest.raises(Malformed, match="is no day"):
        DEMO.parse_certificate_no(text + check_character(text, DIGITS))


@pytest.mark.parametrize(("year", "sequence"), [(1999, 1), (10_000, 1), (2026, 0), (2026, 10_000_000)])
def test_a_registration_number_beyond_the_scheme_is_never_made(year: int, sequence: int) -> None:
    with pytest.raises(Malformed, match="are expected, not"):
        DEMO.registration_no(RegistrationNumber(year, sequence))


@pytest.mark.parametrize(("day", "sequence"), [(DAY, 0), (DAY, 1_000_000), (parse_day("1999-12-31"), 1)])
def test_a_certificate_number_beyond_the_scheme_is_never_made(day: int, sequence: int) -> None:
    with pytest.raises(Malformed, match="are expected, not"):
        DEMO.certificate_no(CertificateNumber(day, sequence))
