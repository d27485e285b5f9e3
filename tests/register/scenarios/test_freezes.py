"""Cases about freezes: what a court's freeze stops, what it comes too late for, and the queue behind it."""

from __future__ import annotations

from register.cast import Signers
from register.minutes import Case, Standing


def test_07_a_freeze_between_request_and_approval_beats_the_transfer(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 7. Alpha has asked to transfer its right to beta; before the office decides, alpha's creditor has it frozen.

    A freeze beats what was requested and not yet approved. The register must answer who is holder of record while it
    stands, and that the same request passes when the freeze is gone before the request lapses.
    """
    right = case.right_of(alpha, since="2026-03-02")
    case.on("2026-09-01")
    request = (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2026-09-02")
    freeze = court_1.freezes(right, months=12)
    case.on("2026-09-03")
    with case.is_refused(602):
        the_office.approves(right, request)
    case.on("2026-10-15")
    court_1.unfreezes(right, freeze)
    the_office.approves(right, request)

    case.on("2026-10-16")
    assert case.as_of("2026-09-01", right) == Standing("registered", "alpha", pending=("transfer",))
    assert case.as_of("2026-10-14", right) == Standing(
        "registered", "alpha", frozen="court_1 until 2027-09-02", pending=("transfer",)
    )
    assert case.as_of("2026-10-15", right) == Standing("registered", "beta")


def test_08_a_freeze_after_the_approval_does_not_undo_it(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 8. The court freezes the right of its debtor alpha on the afternoon of the day on which it became beta's.

    What was approved stays approved; the freeze now hinders beta. The register must answer who was holder of record
    when the freeze took effect.
    """
    right = case.right_of(alpha, since="2026-03-02")
    request = (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2026-03-09", at="10:00")
    the_office.approves(right, request)
    case.on("2026-03-09", at="15:00")
    court_1.freezes(right, months=6)
    case.on("2026-03-10")
    with case.is_refused(602):
        (beta & gamma).asks_to_transfer(right, to=gamma)
    with case.is_refused(602):
        (beta & gamma).licenses(right, to=gamma, until="2026-12-31")

    assert case.as_of("2026-03-09 12:00", right) == Standing("registered", "beta")
    assert case.as_of("2026-03-09", right) == Standing("registered", "beta", frozen="court_1 until 2026-09-09")


def test_09_when_the_first_court_lets_go_the_second_s_freeze_takes_effect_at_once(
    case: Case, court_1: Signers, court_2: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 9. Two creditors, two courts: court 1 freezes for twelve months, court 2 queues behind it (轮候) for six.

    After court 1 releases, court 2's freeze runs its own six months from that day, not from its ruling. The register
    must answer whose freeze stood on each day, and that neither court may lift the other's.
    """
    right = case.right_of(alpha, since="2026-03-02")
    case.on("2026-04-01")
    first = court_1.freezes(right, months=12)
    case.on("2026-04-08")
    second = court_2.freezes(right, months=6)
    case.on("2026-06-15", at="09:30")
    with case.is_refused(109):
        court_2.unfreezes(right, first)
    court_1.unfreezes(right, first)
    with case.is_refused(602):
        (alpha & beta).asks_to_transfer(right, to=beta)
    with case.is_refused(109):
        court_1.unfreezes(right, second)

    case.on("2026-12-16", at="00:00")
    (alpha & beta).asks_to_transfer(right, to=beta)
    assert case.as_of("2026-04-07", right) == Standing("registered", "alpha", frozen="court_1 until 2027-04-01")
    assert case.as_of("2026-06-14", right) == Standing(
        "registered", "alpha", frozen="court_1 until 2027-04-01", queued=("court_2 for 6 months",)
    )
    assert case.as_of("2026-06-15", right) == Standing("registered", "alpha", frozen="court_2 until 2026-12-15")
    assert case.as_of("2026-12-15", right) == Standing("registered", "alpha", frozen="court_2 until 2026-12-15")
    assert case.as_of("2026-12-16 00:00", right) == Standing("registered", "alpha", pending=("transfer",))


def test_10_when_the_first_freeze_lapses_the_second_takes_effect_on_the_next_day_by_itself(
    case: Case, court_1: Signers, court_2: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 10. As before, but court 1 forgets its freeze: after six months it lapses, and no entry says so.

    Court 2's freeze of three months begins on the day after. The register must answer, from the log alone, on which day
    which freeze stood, and when the right was free. A third freeze after that is the only one of its queue.
    """
    right = case.right_of(alpha, since="2026-03-02")
    case.on("2026-04-10")
    court_1.freezes(right, months=6)
    case.on("2026-05-11")
    court_2.freezes(right, months=3)
    case.on("2027-01-11", at="23:59")
    with case.is_refused(602):
        (alpha & beta).licenses(right, to=beta, until="2027-12-31")
    case.on("2027-01-12", at="00:00")
    (alpha & beta).licenses(right, to=beta, until="2027-12-31")
    case.on("2027-02-01")
    court_1.freezes(right, months=1)

    case.on("2027-02-02")
    assert case.as_of("2026-10-10", right) == Standing(
        "registered", "alpha", frozen="court_1 until 2026-10-10", queued=("court_2 for 3 months",)
    )
    assert case.as_of("2026-10-11", right) == Standing("registered", "alpha", frozen="court_2 until 2027-01-11")
    assert case.as_of("2027-01-11", right) == Standing("registered", "alpha", frozen="court_2 until 2027-01-11")
    licence = ("ordinary to beta until 2027-12-31",)
    assert case.as_of("2027-01-12", right) == Standing("registered", "alpha", licence)
    assert case.as_of("2027-02-01", right) == Standing(
        "registered", "alpha", licence, frozen="court_1 until 2027-03-01"
    )


def test_11_a_renewed_freeze_runs_on_and_keeps_the_queue_waiting(
    case: Case, court_1: Signers, court_2: Signers, alpha: Signers
) -> None:
    """Case 11. Court 1 renews its freeze in its last week; court 2 has been waiting behind it.

    The new last day is counted from the day of the renewal, and never earlier than the old one. Only the freeze in
    effect can be renewed. The register must answer until when court 2 still waits.
    """
    right = case.right_of(alpha, since="2026-03-02")
    case.on("2026-04-01")
    first = court_1.freezes(right, months=6)
    second = court_2.freezes(right, months=12)
    case.on("2026-05-06")
    court_1.renews_freeze(right, first, months=1)
    assert case.as_of("2026-05-06 12:00", right).frozen == "court_1 until 2026-10-01"
    with case.is_refused(652):
        court_2.renews_freeze(right, second, months=12)
    case.on("2026-09-28")
    with case.is_refused(109):
        court_2.renews_freeze(right, first, months=6)
    court_1.renews_freeze(right, first, months=6)
    case.on("2027-03-29", at="00:00")
    with case.is_refused(651):
        court_1.renews_freeze(right, first, months=6)

    assert case.as_of("2026-10-02", right) == Standing(
        "registered", "alpha", frozen="court_1 until 2027-03-28", queued=("court_2 for 12 months",)
    )
    assert case.as_of("2027-03-29 00:00", right) == Standing("registered", "alpha", frozen="court_2 until 2028-03-29")


def test_12_a_freeze_before_registration_stops_the_withdrawal_and_nothing_else(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 12. A creditor hears of alpha's application and has the expectancy frozen; alpha wants to take it back.

    It cannot; but the office publishes and registers, and the freeze then holds the right. The register must answer
    whether the freeze stood before and after the announcement.
    """
    case.on("2026-09-01")
    right = case.application_of(alpha)
    case.on("2026-09-02")
    court_1.freezes(right, months=3)
    case.on("2026-09-03")
    with case.is_refused(803):
        alpha.withdraws(right, right)
    the_office.publishes(right)
    with case.is_refused(803):
        alpha.withdraws(right, right)
    case.on("2026-10-12")
    the_office.registers(right)
    with case.is_refused(602):
        (alpha & beta).asks_to_transfer(right, to=beta)

    case.on("2026-12-03")
    assert case.as_of("2026-09-01", right) == Standing("examining", "alpha")
    assert case.as_of("2026-09-03", right) == Standing("publicity", "alpha", frozen="court_1 until 2026-12-02")
    assert case.as_of("2026-10-12", right) == Standing("registered", "alpha", frozen="court_1 until 2026-12-02")
    assert case.as_of("2026-12-03 12:00", right) == Standing("registered", "alpha")


def test_45_a_freeze_for_the_debts_of_one_co_holder_holds_the_whole_right(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers, gamma: Signers, delta: Signers
) -> None:
    """Case 45. A creditor of beta, who holds a tenth, has the right frozen; alpha and the licensee owe nothing.

    Every act needs all holders, so none of these passes; but what a freeze does not hinder does: the licensee gives up
    its licence, and alpha and beta renew. The register must answer what happened under the freeze.
    """
    right = case.right_of({alpha: 9_000, beta: 1_000}, since="2026-03-02")
    both = alpha & beta
    licence = (both & gamma).licenses(right, to=gamma, until="2029-03-02")
    case.on("2029-01-15")
    with case.is_refused(650):
        court_1.freezes(right, months=37)
    court_1.freezes(right, months=36)
    with case.is_refused(602):
        both.asks_to_transfer(right, to=alpha)
    with case.is_refused(602):
        both.asks_to_change(right, record_count=2)
    with case.is_refused(602):
        both.asks_to_cancel(right)
    with case.is_refused(602):
        (both & delta).licenses(right, to=delta, until="2029-02-28")
    with case.is_refused(602):
        (both & delta).asks_to_pledge(right, to=delta)
    gamma.ends_license(right, licence)
    renewal = both.asks_to_renew(right)
    case.on("2029-01-22")
    the_office.approves(right, renewal)

    case.on("2032-01-16", at="00:00")
    frozen = "court_1 until 2032-01-15"
    held_by = "alpha 90%, beta 10%"
    assert case.as_of("2029-01-15", right) == Standing("registered", held_by, frozen=frozen, pending=("renew",))
    assert case.as_of("2032-01-15", right) == Standing("registered", held_by, frozen=frozen, renewal_due=True)
    assert case.as_of("2032-01-16 00:00", right) == Standing("registered", held_by, renewal_due=True)
