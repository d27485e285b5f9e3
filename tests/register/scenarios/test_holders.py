"""Cases about who holds a right: applicants with shares, joint owners, part transfers, a member in its own cause."""

from __future__ import annotations

from register.cast import Signers
from register.minutes import Case, Standing


def test_01_joint_applicants_with_shares_act_only_together(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 1. Alpha (60%) and beta (40%) built a data set together and apply together.

    A share says what part is whose; it is no vote. The register must answer who holds which part, and whether the
    larger holder may license the whole without the smaller one.
    """
    case.on("2026-03-02")
    deposit = alpha.deposits()
    with case.is_refused(109):
        alpha.applies({alpha: 6_000, beta: 4_000}, deposit)
    right = (alpha & beta).applies({alpha: 6_000, beta: 4_000}, deposit)
    case.on("2026-03-03")
    the_office.publishes(right)
    case.on("2026-03-20")
    the_office.registers(right)
    with case.is_refused(109):
        (alpha & gamma).licenses(right, to=gamma, until="2027-03-20")
    (alpha & beta & gamma).licenses(right, to=gamma, until="2027-03-20")

    assert case.as_of("2026-03-19", right) == Standing("publicity", "alpha 60%, beta 40%")
    case.on("2026-03-21")
    assert case.as_of("2026-03-20", right) == Standing(
        "registered", "alpha 60%, beta 40%", licences=("ordinary to gamma until 2027-03-20",)
    )


def test_02_joint_owners_have_no_shares_until_they_part(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 2. Alpha and beta hold a right jointly (共同共有): nobody has a part of his own to dispose of.

    When they part, they record shares as a transfer between themselves. The register must answer from which day on
    there were shares, and that no third party took part.
    """
    right = case.right_of(alpha & beta, since="2026-04-01")
    case.on("2026-06-01")
    with case.is_refused(109):
        alpha.asks_to_transfer(right, to={alpha: 5_000, beta: 5_000})
    request = (alpha & beta).asks_to_transfer(right, to={alpha: 5_000, beta: 5_000})
    case.on("2026-06-08")
    the_office.approves(right, request)

    case.on("2026-06-09")
    assert case.as_of("2026-06-01", right) == Standing("registered", "alpha and beta jointly", pending=("transfer",))
    assert case.as_of("2026-06-07", right) == Standing("registered", "alpha and beta jointly", pending=("transfer",))
    assert case.as_of("2026-06-08", right) == Standing("registered", "alpha 50%, beta 50%")


def test_03_a_part_goes_to_a_new_co_holder_who_signs_with_all_the_others(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 3. Alpha and beta hold halves; alpha sells half of its half to gamma.

    The request states the complete next list of holders, so beta signs too although its half stays what it is. The
    register must answer who held what before and after the approval, and that afterwards nobody acts without gamma.
    """
    right = case.right_of({alpha: 5_000, beta: 5_000}, since="2026-02-02")
    case.on("2026-05-06")
    parts = {alpha: 2_500, beta: 5_000, gamma: 2_500}
    with case.is_refused(109):
        (alpha & gamma).asks_to_transfer(right, to=parts)
    request = (alpha & beta & gamma).asks_to_transfer(right, to=parts)
    case.on("2026-05-20")
    the_office.approves(right, request)
    with case.is_refused(109):
        (alpha & beta).asks_to_transfer(right, to={alpha: 2_500, beta: 7_500})
    with case.is_refused(604):
        (alpha & beta & gamma).asks_to_transfer(right, to=parts)

    case.on("2026-05-21")
    assert case.as_of("2026-05-19", right).held_by == "alpha 50%, beta 50%"
    assert case.as_of("2026-05-20", right) == Standing("registered", "alpha 25%, beta 50%, gamma 25%")


def test_44_a_change_of_the_description_waits_for_the_office_and_keeps_what_the_right_rests_on(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 44. The data set has grown, and alpha and beta ask to change its description (变更).

    Deposits and the end of the source agreement stay what they are: on them the right rests. The register must answer
    which description was in force before and after the approval, and who holds the right under either.
    """
    right = case.right_of({alpha: 6_000, beta: 4_000}, since="2026-03-02")
    case.on("2026-06-01")
    with case.is_refused(606):
        (alpha & beta).asks_to_change(right, deposits=[{"deposit": alpha.deposits(), "item": None}])
    with case.is_refused(109):
        alpha.asks_to_change(right, record_count=2)
    request = (alpha & beta).asks_to_change(right, record_count=2, update_frequency="daily")
    case.on("2026-06-08")
    the_office.approves(right, request)

    case.on("2026-06-09")
    assert case.as_of("2026-06-07", right) == Standing("registered", "alpha 60%, beta 40%", pending=("change",))
    assert case.as_of("2026-06-08", right) == Standing("registered", "alpha 60%, beta 40%")
    assert case.record_as_of("2026-06-07", right).description == right
    assert case.record_as_of("2026-06-08", right).description == request
