"""Cases about terms: renewal in time and missed, agreements that end, rights from before this ledger, odd days."""

from __future__ import annotations

import pytest
from register.cast import Signers, moment
from register.minutes import Case, Standing


def test_26_a_renewal_requested_on_the_last_day_keeps_the_right_until_it_is_decided(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 26. Announced on 1 April 2026, the right ends with 1 April 2029; alpha asks to renew minutes before.

    The office decides in May. In between the right stays valid, but nothing can be licensed beyond its old last day;
    then three years run from that day, not from the decision. The register must answer that there was no gap.
    """
    right = case.right_of(alpha, since="2026-04-01")
    case.on("2029-04-01", at="23:50")
    renewal = alpha.asks_to_renew(right)
    with case.is_refused(609):
        alpha.asks_to_renew(right)
    case.on("2029-04-20")
    with case.is_refused(704):
        (alpha & beta).licenses(right, to=beta, until="2029-12-31")
    case.on("2029-05-10")
    the_office.approves(right, renewal)
    (alpha & beta).licenses(right, to=beta, until="2032-04-01")

    case.on("2029-05-11")
    assert case.as_of("2029-04-01", right) == Standing("registered", "alpha", pending=("renew",))
    assert case.as_of("2029-05-09", right) == Standing("registered, renewal pending", "alpha", pending=("renew",))
    assert case.as_of("2029-05-10", right) == Standing("registered", "alpha", ("ordinary to beta until 2032-04-01",))
    assert case.now(right).until == "2032-04-01"


def test_27_without_a_renewal_the_right_and_all_that_hangs_on_it_end_with_its_last_day(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers, bank: Signers
) -> None:
    """Case 27. Alpha asks for its renewal one minute after midnight; its right is licensed, pledged and frozen.

    It is too late: the right has expired, and licence, pledge and freeze with it, without any entry. Another right,
    whose renewal was rejected after its last day, expired at that moment. The register must answer as of which moment.
    """
    right, rejected = case.right_of(alpha, since="2026-04-01"), case.right_of(alpha, since="2026-06-01")
    (alpha & beta).licenses(right, to=beta, until="2029-04-01")
    pledge = (alpha & bank).asks_to_pledge(right, to=bank)
    the_office.approves(right, pledge)
    case.on("2028-12-01")
    court_1.freezes(right, months=12)
    case.on("2029-04-02", at="00:01")
    with case.is_refused(607):
        alpha.asks_to_renew(right)
    with case.is_refused(654):
        court_1.freezes(right, months=12)
    case.on("2029-06-01")
    renewal = alpha.asks_to_renew(rejected)
    case.on("2029-06-20", at="15:00")
    the_office.rejects(rejected, renewal)

    assert case.as_of("2029-04-01", right) == Standing(
        "registered",
        "alpha",
        ("ordinary to beta until 2029-04-01",),
        pledged_to="bank",
        frozen="court_1 until 2029-12-01",
        renewal_due=True,
    )
    assert case.as_of("2029-04-02 00:00", right) == Standing("expired", "alpha")
    assert case.as_of("2029-06-20 14:59", rejected).status == "registered, renewal pending"
    assert case.as_of("2029-06-20 15:00", rejected) == Standing("expired", "alpha")


def test_28_the_end_of_the_source_agreement_caps_the_term_and_each_renewal(
    case: Case, the_office: Signers, alpha: Signers
) -> None:
    """Case 28. Alpha collected under an agreement that ends on 30 June 2027, so the right ends then and not in 2029.

    A renewal without a longer agreement gains nothing and is refused; with one until the end of 2028 it ends with that.
    The register must answer the last day after each step, and that a change cannot move it.
    """
    right = case.right_of(alpha, since="2026-04-01", sources=["by_agreement"], agreement_end="2027-06-30")
    first = case.now(right).until
    case.on("2026-12-31")
    with case.is_refused(608):
        alpha.asks_to_renew(right, agreement_end="2028-12-31")
    case.on("2027-01-01")
    with case.is_refused(605):
        alpha.asks_to_change(right, agreement_end="2029-12-31")
    with case.is_refused(610):
        alpha.asks_to_renew(right, agreement_end="2027-06-30")
    renewal = alpha.asks_to_renew(right, agreement_end="2028-12-31")
    case.on("2027-01-11")
    the_office.approves(right, renewal)
    second = case.now(right).until

    case.on("2029-01-01", at="00:00")
    assert (first, second) == ("2027-06-30", "2028-12-31")
    assert case.as_of("2026-12-31", right) == Standing("registered", "alpha")
    assert case.as_of("2027-01-01 11:59", right) == Standing("registered", "alpha", renewal_due=True)
    assert case.as_of("2027-01-01", right) == Standing("registered", "alpha", pending=("renew",))
    assert case.as_of("2027-01-11", right) == Standing("registered", "alpha")
    assert case.as_of("2028-12-31", right) == Standing("registered", "alpha", renewal_due=True)
    assert case.as_of("2029-01-01 00:00", right) == Standing("expired", "alpha")


@pytest.mark.parametrize("opened", ["2026-06-01"])
def test_29_a_certificate_of_2023_is_imported_in_its_third_year_and_renewed_in_time(
    case: Case, the_office: Signers, the_notary: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 29. Alpha's certificate was announced on 10 July 2023; the register opens three years later.

    A notary keeps the data set as it is now; office and holder import the right as it was. What they state about the
    time before this ledger is their word. It cannot be imported with a longer term or twice, and it is renewed on its
    last day. The register must answer what was recorded here, and since when.
    """
    case.on("2026-06-15")
    deposit = the_notary.deposits()
    the_notary.notarizes(deposit)
    both = the_office & alpha
    with case.is_refused(109):
        alpha.imports(alpha, deposit, announced_on="2023-07-10", until="2026-07-10")
    with case.is_refused(411):
        both.imports(alpha, deposit, announced_on="2023-07-10", until="2026-07-11")
    right = both.imports(alpha, deposit, announced_on="2023-07-10", until="2026-07-10")
    case.numbers -= 1
    with case.is_refused(507):
        both.imports(alpha, deposit, announced_on="2023-07-10", until="2026-07-10")
    case.on("2026-07-10")
    renewal = alpha.asks_to_renew(right)
    case.on("2026-07-24")
    the_office.approves(right, renewal)
    (alpha & beta).licenses(right, to=beta, until="2029-07-10")

    case.on("2026-07-25")
    assert case.as_of("2026-06-15", right) == Standing("registered", "alpha", renewal_due=True)
    assert case.as_of("2026-07-11", right).status == "registered, renewal pending"
    assert case.as_of("2026-07-24", right) == Standing("registered", "alpha", ("ordinary to beta until 2029-07-10",))
    assert (case.now(right).announced_on, case.now(right).until) == ("2023-07-10", "2029-07-10")


def test_42_a_term_from_29_february_or_a_month_s_end_ends_on_the_last_day_of_the_month(
    case: Case, court_1: Signers, alpha: Signers
) -> None:
    """Case 42. A right is announced on 29 February 2024 and frozen for a year; another is frozen on 31 August for six.

    There is no 29 February 2027, so the term ends with the 28th (Civil Code 202). The register must answer the last day
    of each period.
    """
    right = case.right_of(alpha, since="2024-02-29")
    court_1.freezes(right, months=12)
    other = case.right_of(alpha, since="2026-08-31")
    court_1.freezes(other, months=6)

    case.on("2027-03-01", at="00:00")
    assert case.as_of("2024-02-29", right) == Standing("registered", "alpha", frozen="court_1 until 2025-02-28")
    assert case.as_of("2025-03-01", right) == Standing("registered", "alpha")
    assert case.as_of("2027-02-28", right) == Standing("registered", "alpha", renewal_due=True)
    assert case.as_of("2027-03-01 00:00", right) == Standing("expired", "alpha")
    assert case.as_of("2027-02-28", other) == Standing("registered", "alpha", frozen="court_1 until 2027-02-28")
    assert case.as_of("2027-03-01 00:00", other) == Standing("registered", "alpha")


def test_43_before_at_and_after_each_boundary_the_answer_turns_at_one_millisecond(
    case: Case,
    the_office: Signers,
    court_1: Signers,
    court_2: Signers,
    alpha: Signers,
    beta: Signers,
    gamma: Signers,
) -> None:
    """Case 43. One right lives through everything that time alone decides; then it is asked about every turning point.

    Each period stands through the last millisecond of its last day, +08:00, and not in the next; those that a filing
    can meet stand fifteen minutes longer. The register must answer each moment from the log alone.
    """
    case.on("2026-03-02")
    right, late, renewed = (case.application_of(alpha) for _ in range(3))
    the_office.publishes(right)
    the_office.publishes(renewed)
    the_office.requests_correction(late)
    case.on("2026-03-17")
    the_office.registers(right)
    the_office.registers(renewed)
    (alpha & beta).licenses(right, to=beta, since="2026-05-01", until="2026-07-31")
    case.on("2026-04-01")
    (alpha & gamma).asks_to_transfer(right, to=gamma)
    court_1.notes_dispute(right)
    case.on("2026-07-01")
    court_1.freezes(right, months=1)
    court_2.freezes(right, months=2)
    case.on("2029-03-17", at="12:00")
    alpha.asks_to_renew(renewed)
    case.on("2029-06-16")

    def turns(field: str, before: object, after: object, at: str, of: bytes = right) -> None:
        turning = moment(at)
        assert getattr(case.as_of(turning - 1, of), field) == before, f"{field} just before {at}"
        assert getattr(case.as_of(turning, of), field) == after, f"{field} at {at}"

    turns("status", "publicity", "registered", "2026-03-17 12:00")
    turns("status", "correcting", "deemed_withdrawn", "2026-03-17 00:15", of=late)
    turns("pending", (), ("transfer",), "2026-04-01 12:00")
    from_may, in_force = "ordinary to beta from 2026-05-01 until 2026-07-31", "ordinary to beta until 2026-07-31"
    turns("licences", (from_may,), (in_force,), "2026-05-01 00:00")
    turns("pending", ("transfer",), (), "2026-07-01 00:00")
    turns("frozen", "", "court_1 until 2026-08-01", "2026-07-01 12:00")
    turns("licences", (in_force,), (), "2026-08-01 00:00")
    turns("frozen", "court_1 until 2026-08-01", "court_2 until 2026-10-02", "2026-08-02 00:00")
    turns("queued", ("court_2 for 2 months",), (), "2026-08-02 00:00")
    turns("frozen", "court_2 until 2026-10-02", "", "2026-10-03 00:00")
    turns("disputes", ("court_1 until 2027-04-01",), (), "2027-04-02 00:00")
    turns("renewal_due", False, True, "2028-09-18 00:00")
    turns("renewal_due", True, False, "2029-03-18 00:00")
    turns("status", "registered", "expired", "2029-03-18 00:00")
    turns("status", "registered", "registered, renewal pending", "2029-03-18 00:00", of=renewed)
    turns("status", "registered, renewal pending", "expired", "2029-06-16 00:00", of=renewed)


def test_46_a_renewal_requested_by_the_seller_is_not_the_buyer_s(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 46. In its last month alpha asks to renew its right and sells it to beta; the sale is approved first.

    The request is judged as if made now, and beta has not signed it: the office rejects it, and beta asks anew before
    the last day. The register must answer whose renewal counted. (After the last day it would have been too late.)
    """
    right = case.right_of(alpha, since="2026-04-01")
    case.on("2029-03-05")
    sellers_renewal = alpha.asks_to_renew(right)
    sale = (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2029-03-12")
    the_office.approves(right, sale)
    with case.is_refused(802):
        the_office.approves(right, sellers_renewal)
    with case.is_refused(609):
        beta.asks_to_renew(right)
    the_office.rejects(right, sellers_renewal)
    buyers_renewal = beta.asks_to_renew(right)
    case.on("2029-04-09")
    the_office.approves(right, buyers_renewal)

    case.on("2029-04-10")
    assert case.as_of("2029-03-11", right) == Standing("registered", "alpha", pending=("renew", "transfer"))
    assert case.as_of("2029-03-12", right) == Standing("registered", "beta", pending=("renew",))
    assert case.as_of("2029-04-09", right) == Standing("registered", "beta")
    assert case.now(right).until == "2032-04-01"


def test_50_an_enforcement_closes_a_pending_renewal_and_the_court_gives_the_right_its_last_day_anew(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, gamma: Signers
) -> None:
    """Case 50. After its last day alpha's right lives on a pending renewal, when a court enforces against it.

    Enforcement closes what is pending, so the right that the buyer gamma gets has expired; and the debtor's renewal
    cannot be approved for gamma. The court sees to it by a correction of the last day, at most by one term. The
    register must answer when the right was gamma's and when it was valid.
    """
    right = case.right_of(alpha, since="2026-04-01")
    case.on("2029-04-01")
    renewal = alpha.asks_to_renew(right)
    case.on("2029-04-20", at="10:00")
    enforcement = court_1.enforces_transfer(right, to=gamma)
    with case.is_refused(801):
        the_office.approves(right, renewal)
    with case.is_refused(607):
        gamma.asks_to_renew(right)
    case.on("2029-04-20", at="15:00")
    with case.is_refused(905):
        court_1.corrects_record(right, enforcement, "court_judgment", until="2032-04-02")
    court_1.corrects_record(right, enforcement, "court_judgment", until="2032-04-01")

    case.on("2029-04-21")
    assert case.as_of("2029-04-19", right) == Standing("registered, renewal pending", "alpha", pending=("renew",))
    assert case.as_of("2029-04-20 14:59", right) == Standing("expired", "gamma")
    assert case.as_of("2029-04-20", right) == Standing("registered", "gamma")
