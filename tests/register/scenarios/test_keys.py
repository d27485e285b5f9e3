"""Cases about who may sign: stolen keys, suspended parties, an institution in its own cause."""

from __future__ import annotations

from register.cast import Signers
from register.minutes import Case, Standing
from registerkit import key, pid


def test_30_a_stolen_key_is_replaced_by_the_enrolling_institution_and_is_refused_from_then_on(
    case: Case, the_office: Signers, other_office: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 30. Somebody has stolen alpha's key and asks, with an accomplice, to transfer alpha's right to beta.

    Alpha cannot sign any more without the thief signing too; the office that enrolled it gives it a new key. What the
    old key signed stays recorded, and the office rejects it. The register must answer which key counted when.
    """
    right = case.right_of(alpha, since="2026-03-02")
    stolen, new = key("party alpha"), key("alpha's new key")
    thief = alpha.with_key(stolen)
    case.on("2026-05-06", at="02:00")
    request = (thief & beta).asks_to_transfer(right, to=beta)
    case.on("2026-05-06", at="09:00")
    with case.is_refused(109):
        other_office.updates_key_of(alpha, new, reason="recovery")
    the_office.updates_key_of(alpha, new, reason="recovery")
    case.on("2026-05-06", at="09:01")
    with case.is_refused(108):
        (thief & gamma).licenses(right, to=gamma, until="2026-12-31")
    with case.is_refused(108):
        thief.updates_key_of(alpha, key("the thief's own"))
    with case.is_refused(202):
        alpha.updates_key_of(alpha, stolen)
    the_office.rejects(right, request, ground="false_statement")
    (alpha & gamma).licenses(right, to=gamma, until="2026-12-31")

    case.on("2026-05-07")
    assert case.as_of("2026-05-06 08:59", right) == Standing("registered", "alpha", pending=("transfer",))
    assert case.as_of("2026-05-06", right) == Standing("registered", "alpha", ("ordinary to gamma until 2026-12-31",))


def test_31_a_suspended_party_s_transfer_cannot_be_approved_and_a_court_s_order_can_be_carried_out(
    case: Case, the_office: Signers, court_1: Signers, court_2: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 31. Alpha is suspended (停用) by the office, then also by a court, while its transfer to beta is pending.

    Its own acts are refused until both have lifted their own suspension; its request lapses meanwhile, for suspension
    stops no clock. A court's enforcement does not need alpha. The register must answer who was holder of record when.
    """
    right, other = case.right_of(alpha, since="2026-03-02"), case.right_of(alpha, since="2026-04-20")
    case.on("2026-05-06")
    request = (alpha & beta).asks_to_transfer(right, to=beta)
    (alpha & beta).asks_to_transfer(other, to=beta)
    case.on("2026-05-07")
    the_office.suspends(alpha, reason="identity_in_doubt")
    court_1.suspends(alpha, reason="unlawful_use")
    with case.is_refused(107):
        the_office.approves(right, request)
    with case.is_refused(107):
        (alpha & gamma).licenses(right, to=gamma, until="2026-12-31")
    with case.is_refused(207):
        court_2.reinstates(alpha)
    court_2.enforces_transfer(other, to=gamma)
    case.on("2026-06-01")
    the_office.reinstates(alpha)
    with case.is_refused(107):
        the_office.approves(right, request)
    case.on("2026-06-02")
    court_1.reinstates(alpha)
    the_office.approves(right, request)

    case.on("2026-06-03")
    assert case.as_of("2026-05-07", right) == Standing("registered", "alpha", pending=("transfer",))
    assert case.as_of("2026-05-07", other) == Standing("registered", "gamma")
    assert case.as_of("2026-06-02", right) == Standing("registered", "beta")


def test_41_a_registrar_that_holds_data_itself_is_a_party_and_another_registrar_decides(
    case: Case, the_office: Signers, other_office: Signers, alpha: Signers
) -> None:
    """Case 41. The office has a data set of its own and applies for it: as a party, under a pseudonym with its own key.

    As institution it signs no application; as applicant it names the other office, which alone publishes and registers.
    The register must answer that the holder is a member of this ledger, so that its interest is on record.
    """
    case.on("2026-03-02")
    own = case.party("the office itself", party_type="member")
    deposit = own.deposits()
    with case.is_refused(109):
        the_office.applies(own, deposit)
    right = own.applies(own, deposit, registrar=other_office.id)
    with case.is_refused(109):
        the_office.publishes(right)
    other_office.publishes(right)
    case.on("2026-03-17")
    with case.is_refused(109):
        the_office.registers(right)
    other_office.registers(right)
    request = (own & alpha).asks_to_transfer(right, to=alpha)
    with case.is_refused(109):
        the_office.approves(right, request)

    case.on("2026-03-18")
    assert case.as_of("2026-03-17", right) == Standing("registered", "the office itself", pending=("transfer",))
    assert case.kit.party(pid("the office itself")).party_type == "member"
    assert case.now(right).registrar == other_office.id
