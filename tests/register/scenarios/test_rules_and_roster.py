"""Cases in which the ledger's own terms change: its rules while a window is open, its members while a case is."""

from __future__ import annotations

from register.cast import Signers
from register.minutes import Case, Standing
from registerkit import key


def test_37_an_amendment_of_the_rules_moves_no_day_that_was_stored_before(
    case: Case,
    the_office: Signers,
    other_office: Signers,
    court_1: Signers,
    court_2: Signers,
    the_notary: Signers,
    alpha: Signers,
    beta: Signers,
) -> None:
    """Case 37. A window of ten working days is open and a transfer pending for ninety; the members amend the rules.

    From 10 March on, windows last fifteen working days, requests thirty days and terms two years. What was opened
    before ends when it was to end; what is opened, or announced, from then on follows the new rules. The register must
    answer by which rules each day was computed.
    """
    sold = case.right_of(alpha, since="2026-02-02")
    case.on("2026-03-02")
    right, next_one = case.application_of(alpha), case.application_of(alpha)
    the_office.publishes(right)
    request = (alpha & beta).asks_to_transfer(sold, to=beta)
    case.on("2026-03-09")
    new = {"publicity_working_days": 15, "request_max_days": 30, "term_years": 2}
    too_few = the_office & other_office & court_1 & court_2
    with case.is_refused(109):
        too_few.amends_rules(effective="2026-03-10 00:00", **new)
    with case.is_refused(109):
        (too_few & the_notary & alpha).amends_rules(effective="2026-03-10 00:00", **new)
    (too_few & the_notary).amends_rules(effective="2026-03-10 00:00", **new)
    case.on("2026-03-10")
    the_office.publishes(next_one)
    case.on("2026-03-17")
    the_office.registers(right)
    with case.is_refused(505):
        the_office.registers(next_one)
    case.on("2026-05-29")
    the_office.approves(sold, request)
    (alpha & beta).asks_to_transfer(sold, to=alpha)
    case.on("2026-06-29")

    assert case.record_as_of("2026-03-16", right).due == "2026-03-16"
    assert case.record_as_of("2026-03-16", next_one).due == "2026-03-31"
    assert (case.now(sold).until, case.now(right).until) == ("2029-02-02", "2028-03-17")
    assert case.as_of("2026-05-28", sold) == Standing("registered", "alpha", pending=("transfer",))
    assert case.as_of("2026-06-28", sold) == Standing("registered", "beta", pending=("transfer",))
    assert case.as_of("2026-06-29 00:00", sold) == Standing("registered", "beta")


def test_38_when_the_competent_institution_has_left_any_other_of_its_role_acts(
    case: Case,
    the_office: Signers,
    other_office: Signers,
    court_1: Signers,
    court_2: Signers,
    alpha: Signers,
    beta: Signers,
    gamma: Signers,
) -> None:
    """Case 38. The office that enrolled alpha and examines its application leaves the ledger, and so does court 1.

    Before, nobody else may act for them; afterwards any registrar, and any court, does. What they signed stays valid.
    The register must answer who acted, and that nothing was stranded with those who left.
    """
    frozen = case.right_of(alpha, since="2026-03-02")
    request = (alpha & beta).asks_to_transfer(frozen, to=beta)
    freeze = court_1.freezes(frozen, months=12)
    right = case.application_of(alpha)
    the_office.publishes(right)
    case.on("2026-03-17")
    with case.is_refused(109):
        other_office.registers(right)
    with case.is_refused(109):
        other_office.updates_key_of(alpha, key("alpha's new key"), reason="recovery")
    with case.is_refused(109):
        court_2.unfreezes(frozen, freeze)

    case.on("2026-04-01")
    case.leaves("the_office")
    case.leaves("court_1")
    with case.is_refused(106):
        the_office.registers(right)
    with case.is_refused(402):
        case.application_of(alpha)
    other_office.registers(right)
    other_office.updates_key_of(alpha, key("alpha's new key"), reason="recovery")
    court_2.unfreezes(frozen, freeze)
    other_office.approves(frozen, request)
    (alpha & gamma).licenses(right, to=gamma, until="2026-12-31")

    case.on("2026-04-02")
    assert case.as_of("2026-03-31", right) == Standing("publicity", "alpha")
    assert case.as_of("2026-04-01", right) == Standing("registered", "alpha", ("ordinary to gamma until 2026-12-31",))
    assert case.as_of("2026-03-31", frozen) == Standing(
        "registered", "alpha", frozen="court_1 until 2027-03-02", pending=("transfer",)
    )
    assert case.as_of("2026-04-01", frozen) == Standing("registered", "beta")
