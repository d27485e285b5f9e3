"""Cases about mistakes: corrected forward only, so that what stood before stays what it was."""

from __future__ import annotations

from register.cast import Signers
from register.minutes import Case, Standing


def test_33_a_registrar_s_mistake_is_corrected_from_now_on_and_what_stood_before_stays_recorded(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 33. The office has printed a wrong certificate number and approved, in error, alpha's transfer to beta.

    The number it corrects alone; who the holder is takes a court, or all holders before and after with it. Nothing is
    rewritten: for the weeks in between, beta was holder of record. The register must answer both, before and after.
    """
    right = case.right_of(alpha, since="2026-03-02")
    registration, wrong_no = case.history[-1][0], case.now(right).certificate_no
    case.on("2026-05-06")
    request = (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2026-05-07")
    approval = the_office.approves(right, request)
    case.on("2026-06-01")
    the_office.corrects_record(right, approval, certificate_no="11000000000000777")
    with case.is_refused(109):
        the_office.corrects_record(right, approval, "wrong_transfer", holders=alpha)
    with case.is_refused(109):
        the_office.corrects_record(right, approval, until="2030-03-02")
    (the_office & alpha & beta).corrects_record(right, approval, "wrong_transfer", holders=alpha)
    case.on("2026-07-01")
    court_1.corrects_record(right, approval, "court_judgment", holders={alpha: 5_000, gamma: 5_000})

    case.on("2026-07-02")
    assert case.as_of("2026-05-06", right) == Standing("registered", "alpha", pending=("transfer",))
    assert case.as_of("2026-05-31", right) == Standing("registered", "beta")
    assert case.as_of("2026-06-30", right) == Standing("registered", "alpha")
    assert case.as_of("2026-07-01", right) == Standing("registered", "alpha 50%, gamma 50%")
    assert case.record_as_of(registration, right).certificate_no == wrong_no
    assert case.record_as_of("2026-05-31", right).certificate_no == wrong_no
    assert case.record_as_of("2026-06-01", right).certificate_no == "11000000000000777"


def test_34_a_wrong_cancellation_is_undone_and_the_gap_stays_visible(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 34. Alpha asked to cancel another right; by a slip this one was named, and the office approved.

    A week later alpha and the office have it registered again, and beta's licence stands again with it. For that week
    the right stood cancelled, and nobody could act on it. The register must answer as of which days it was a right.
    """
    right = case.right_of(alpha, since="2026-03-02")
    (alpha & beta).licenses(right, to=beta, until="2027-12-31")
    case.on("2026-05-06")
    request = alpha.asks_to_cancel(right)
    case.on("2026-05-07")
    approval = the_office.approves(right, request)
    with case.is_refused(601):
        (alpha & beta).licenses(right, to=beta, until="2026-12-31")
    case.on("2026-05-14")
    with case.is_refused(109):
        the_office.corrects_record(right, approval, "wrong_cancellation", status="registered")
    (the_office & alpha).corrects_record(right, approval, "wrong_cancellation", status="registered")
    with case.is_refused(904):
        court_1.corrects_record(right, approval, "wrong_cancellation", status="registered")

    case.on("2026-05-15")
    licence = ("ordinary to beta until 2027-12-31",)
    assert case.as_of("2026-05-06", right) == Standing("registered", "alpha", licence, pending=("cancel",))
    assert case.as_of("2026-05-13", right) == Standing("cancelled", "alpha")
    assert case.as_of("2026-05-14", right) == Standing("registered", "alpha", licence)


def test_35_a_right_is_revoked_after_it_has_expired_and_the_record_stays_marked(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 35. Alpha's right expired in March 2029; in the autumn a judgment finds that it had no lawful source.

    Revoked (撤销) weighs more than expired, and an expired right can be revoked. No party revokes. The register must
    answer what the right was called on each day, and that it was registered while it was.
    """
    right = case.right_of(alpha, since="2026-03-02")
    (alpha & beta).licenses(right, to=beta, until="2029-03-02")
    case.on("2029-10-15")
    with case.is_refused(109):
        beta.revokes(right)
    court_1.revokes(right, ground="source_not_lawful")
    with case.is_refused(852):
        the_office.revokes(right)

    case.on("2029-10-16")
    licence = ("ordinary to beta until 2029-03-02",)
    assert case.as_of("2029-03-02", right) == Standing("registered", "alpha", licence, renewal_due=True)
    assert case.as_of("2029-10-14", right) == Standing("expired", "alpha")
    assert case.as_of("2029-10-15", right) == Standing("revoked", "alpha")


def test_47_after_a_renewal_the_registrar_still_corrects_the_description_alone_and_moves_no_day(
    case: Case, the_office: Signers, alpha: Signers
) -> None:
    """Case 47. Alpha has renewed under a longer agreement; then the office finds a slip in the description.

    What it may not touch is the agreement's end of record, which the renewal set, and not the one of the old text. The
    register must answer that the correction changed the description and no day.
    """
    right = case.right_of(alpha, since="2026-04-01", sources=["by_agreement"], agreement_end="2027-06-30")
    case.on("2027-05-10")
    renewal = alpha.asks_to_renew(right, agreement_end="2028-12-31")
    the_office.approves(right, renewal)
    case.on("2027-06-01")
    with case.is_refused(109):
        the_office.corrects_record(right, right, description={"record_count": 2})
    correction = the_office.corrects_record(
        right, right, description={"record_count": 2, "agreement_end": "2028-12-31"}
    )

    before, after = case.record_as_of("2027-05-31", right), case.now(right)
    assert (before.description, after.description) == (right, correction)
    assert (before.until, before.agreement_end) == (after.until, after.agreement_end) == ("2028-12-31", "2028-12-31")


def test_48_a_revocation_undone_brings_the_freeze_back_and_opens_no_way_around_it(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 48. While a court's freeze stands, the office revokes alpha's right by mistake and wants to undo it.

    A freeze does not hinder a revocation, and with the right the freeze ends; undone, it stands again with its days. So
    office and holders cannot set the right back and hand it on in one stroke. The register must answer that.
    """
    right = case.right_of(alpha, since="2026-03-02")
    court_1.freezes(right, months=12)
    case.on("2026-05-06")
    revocation = the_office.revokes(right, ground="other")
    case.on("2026-05-11")
    with case.is_refused(602):
        (the_office & alpha & beta).corrects_record(
            right, revocation, "wrong_revocation", status="registered", holders=beta
        )
    with case.is_refused(602):
        (the_office & alpha).corrects_record(right, revocation, "wrong_revocation", until="2030-01-01")
    court_1.corrects_record(right, revocation, "wrong_revocation", status="registered")

    case.on("2026-05-12")
    assert case.as_of("2026-05-05", right) == Standing("registered", "alpha", frozen="court_1 until 2027-03-02")
    assert case.as_of("2026-05-10", right) == Standing("revoked", "alpha")
    assert case.as_of("2026-05-11", right) == Standing("registered", "alpha", frozen="court_1 until 2027-03-02")


def test_49_a_right_that_expired_on_a_wrong_last_day_is_valid_again_and_its_old_requests_are_not(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 49. Alpha's source agreement ends in 2028; the application said 2026, and the right expired while on sale.

    A court puts the agreement's end and the last day right, both in one act. From then on the right is valid again; the
    sale to beta had ended with it and does not come back. The register must answer what stood in the month between.
    """
    right = case.right_of(alpha, since="2026-03-02", sources=["by_agreement"], agreement_end="2026-06-30")
    case.on("2026-06-22")
    sale = (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2026-08-03")
    with case.is_refused(906):
        court_1.corrects_record(right, right, "court_judgment", until="2028-06-30")
    with case.is_refused(905):
        both = {"description": {"agreement_end": "2035-06-30"}, "until": "2029-07-01"}
        court_1.corrects_record(right, right, "court_judgment", **both)
    right_end = {"description": {"agreement_end": "2028-06-30"}, "until": "2028-06-30"}
    court_1.corrects_record(right, right, "court_judgment", **right_end)
    with case.is_refused(801):
        the_office.approves(right, sale)

    case.on("2026-08-04")
    assert case.as_of("2026-06-30", right) == Standing("registered", "alpha", pending=("transfer",), renewal_due=True)
    assert case.as_of("2026-08-02", right) == Standing("expired", "alpha")
    assert case.as_of("2026-08-03", right) == Standing("registered", "alpha")
    assert (case.record_as_of("2026-08-02", right).until, case.now(right).until) == ("2026-06-30", "2028-06-30")
