"""Cases about transfers: what survives one, which of two comes first, and what becomes of a request."""

from __future__ import annotations

from register.cast import Signers
from register.minutes import Case, Standing


def test_04_an_exclusive_licence_survives_the_transfer_of_its_right(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, gamma: Signers, delta: Signers
) -> None:
    """Case 4. Gamma has an exclusive licence of alpha's right; alpha sells the right to beta.

    Gamma does not sign the transfer and need not fear it. The register must answer that its licence stood before and
    after, and that the new holder cannot give away what gamma has.
    """
    right = case.right_of(alpha, since="2026-01-12")
    (alpha & gamma).licenses(right, to=gamma, until="2028-12-31", kind="exclusive")
    case.on("2026-07-01")
    request = (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2026-07-06")
    the_office.approves(right, request, certificate_no="11000000000009999")
    with case.is_refused(705):
        (beta & delta).licenses(right, to=delta, until="2026-12-31")

    case.on("2026-07-07")
    licence = ("exclusive to gamma until 2028-12-31",)
    assert case.as_of("2026-07-05", right) == Standing("registered", "alpha", licence, pending=("transfer",))
    assert case.as_of("2026-07-06", right) == Standing("registered", "beta", licence)
    assert case.now(right).certificate_no == "11000000000009999"


def test_05_of_two_sales_the_first_recorded_takes_the_slot_and_then_the_seller_has_nothing_left(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 5. Alpha sells its right to beta, and an hour later once more to gamma.

    The order in the ledger decides. The register must answer which sale counts, and that alpha could sign neither the
    second before the first was decided, nor any after it was approved.
    """
    right = case.right_of(alpha, since="2026-03-02")
    case.on("2026-09-01", at="10:00")
    to_beta = (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2026-09-01", at="11:00")
    with case.is_refused(603):
        (alpha & gamma).asks_to_transfer(right, to=gamma)
    case.on("2026-09-07")
    the_office.approves(right, to_beta)
    with case.is_refused(109):
        (alpha & gamma).asks_to_transfer(right, to=gamma)
    with case.is_refused(801):
        the_office.approves(right, to_beta)

    case.on("2026-09-08")
    assert case.as_of("2026-09-01 10:30", right) == Standing("registered", "alpha", pending=("transfer",))
    assert case.as_of("2026-09-07", right) == Standing("registered", "beta")


def test_06_a_request_that_nobody_decides_lapses_by_itself(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 6. Alpha and beta ask for a transfer on 1 April; the office neither approves nor rejects it.

    After ninety days, with the end of 30 June, the request has lapsed, without an entry. The register must answer until
    when it stood, and that the slot was then free for gamma.
    """
    right = case.right_of(alpha, since="2026-03-02")
    case.on("2026-04-01", at="00:00")
    to_beta = (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2026-06-30", at="23:59")
    with case.is_refused(603):
        (alpha & gamma).asks_to_transfer(right, to=gamma)
    case.on("2026-07-01", at="00:00")
    with case.is_refused(801):
        the_office.approves(right, to_beta)
    with case.is_refused(801):
        (alpha & beta).withdraws(right, to_beta)
    to_gamma = (alpha & gamma).asks_to_transfer(right, to=gamma)
    case.on("2026-07-02")
    the_office.approves(right, to_gamma)

    case.on("2026-07-03")
    assert case.as_of("2026-06-30", right) == Standing("registered", "alpha", pending=("transfer",))
    assert case.as_of("2026-07-01", right) == Standing("registered", "alpha", pending=("transfer",))
    assert case.as_of("2026-07-02", right) == Standing("registered", "gamma")


def test_32_what_was_withdrawn_cannot_be_approved(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 32. Alpha and beta take their transfer back; the office, which has not noticed, approves it the next day.

    The register must answer that the approval never took effect. One of the two alone cannot take it back; and an
    application that was withdrawn, or refused by the office, is at an end for good.
    """
    right = case.right_of(alpha, since="2026-03-02")
    case.on("2026-08-03")
    request = (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2026-08-04")
    with case.is_refused(109):
        alpha.withdraws(right, request)
    (alpha & beta).withdraws(right, request)
    case.on("2026-08-05")
    with case.is_refused(801):
        the_office.approves(right, request)
    application, other = case.application_of(beta), case.application_of(beta)
    case.on("2026-08-06")
    beta.withdraws(application, application)
    the_office.rejects(other, other, ground="prior_registration")
    for ended in (application, other):
        with case.is_refused(502):
            the_office.publishes(ended)

    case.on("2026-08-07")
    assert case.as_of("2026-08-03", right).pending == ("transfer",)
    assert case.as_of("2026-08-05", right) == Standing("registered", "alpha")
    assert case.as_of("2026-08-06", application) == Standing("withdrawn", "beta")
    assert case.as_of("2026-08-06", other) == Standing("rejected", "beta")
