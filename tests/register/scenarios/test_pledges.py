"""Cases about pledges and disputes: what a pledgee must sign, what ends a pledge, what a note of a dispute bars."""

from __future__ import annotations

from register.cast import Scope, Signers
from register.minutes import Case, Standing


def test_13_after_pledge_and_freeze_the_court_s_enforcement_names_whether_the_pledge_ends(
    case: Case, the_office: Signers, court_1: Signers, alpha: Signers, beta: Signers, gamma: Signers, bank: Signers
) -> None:
    """Case 13. Alpha pledges its right to the bank and does not pay; a court freezes it, sells it and enforces.

    The buyer gamma becomes holder of record by the court's act alone; all freezes end, the pledge because the ruling
    says so, and alpha's pending transfer to beta falls. The register must answer what stood on the day before and on
    that day.
    """
    right = case.right_of(alpha, since="2026-03-02")
    pledge = (alpha & bank).asks_to_pledge(right, to=bank)
    case.on("2026-03-09")
    the_office.approves(right, pledge)
    case.on("2027-03-01")
    (alpha & beta & bank).asks_to_transfer(right, to=beta)
    case.on("2027-03-02")
    court_1.freezes(right, months=12)
    case.on("2027-05-06")
    with case.is_refused(109):
        alpha.enforces_transfer(right, to=gamma, ends_pledge=True)
    court_1.enforces_transfer(right, to=gamma, ends_pledge=True)

    case.on("2027-05-07")
    assert case.as_of("2026-03-08", right) == Standing("registered", "alpha", pending=("pledge",))
    assert case.as_of("2026-03-09", right) == Standing("registered", "alpha", pledged_to="bank")
    assert case.as_of("2027-05-05", right) == Standing(
        "registered", "alpha", pledged_to="bank", frozen="court_1 until 2028-03-02", pending=("transfer",)
    )
    assert case.as_of("2027-05-06", right) == Standing("registered", "gamma")


def test_14_without_the_pledgee_a_pledged_right_is_neither_licensed_nor_transferred(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, bank: Signers
) -> None:
    """Case 14. The bank holds a pledge; alpha and beta agree on a licence and tell the bank nothing.

    The licence is refused until the bank signs as well, and so are a transfer and a second pledge. The register must
    answer, to a bank that asks before it lends, that the right was pledged as of that day.
    """
    right = case.right_of(alpha, since="2026-03-02")
    case.on("2026-04-01")
    pledge = (alpha & bank).asks_to_pledge(right, to=bank)
    with case.is_refused(603):
        (alpha & beta).licenses(right, to=beta, until="2027-12-31")
    case.on("2026-04-08")
    the_office.approves(right, pledge)
    with case.is_refused(109):
        (alpha & beta).licenses(right, to=beta, until="2027-12-31")
    with case.is_refused(109):
        (alpha & beta).asks_to_transfer(right, to=beta)
    with case.is_refused(611):
        (alpha & beta).asks_to_pledge(right, to=beta)
    (alpha & beta & bank).licenses(right, to=beta, until="2027-12-31")

    case.on("2026-04-09")
    assert case.as_of("2026-04-07", right) == Standing("registered", "alpha", pending=("pledge",))
    assert case.as_of("2026-04-08", right) == Standing(
        "registered", "alpha", ("ordinary to beta until 2027-12-31",), pledged_to="bank"
    )


def test_15_a_pledge_ends_when_the_pledgee_releases_it_and_never_by_time(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, bank: Signers
) -> None:
    """Case 15. The debt is due on 30 June; the pledge stands on after that day, until the bank releases it in August.

    The day of the debt is information. The register must answer that the right was pledged in July, and was free on the
    day of the release, at once and without the office.
    """
    right = case.right_of(alpha, since="2026-03-02")
    pledge = (alpha & bank).asks_to_pledge(right, to=bank, debt_due="2026-06-30")
    case.on("2026-03-09")
    the_office.approves(right, pledge)
    case.on("2026-08-03")
    with case.is_refused(109):
        alpha.releases_pledge(right)
    bank.releases_pledge(right)
    (alpha & beta).licenses(right, to=beta, until="2026-12-31")
    with case.is_refused(613):
        bank.releases_pledge(right)

    case.on("2026-08-04")
    assert case.as_of("2026-07-15", right) == Standing("registered", "alpha", pledged_to="bank")
    assert case.as_of("2026-08-03", right) == Standing("registered", "alpha", ("ordinary to beta until 2026-12-31",))


def test_36_a_note_of_a_dispute_bars_a_pledge_and_lapses_after_its_term(
    case: Case, the_office: Signers, court_1: Signers, court_2: Signers, alpha: Signers, beta: Signers, bank: Signers
) -> None:
    """Case 36. Gamma sues alpha over its right; the court has the dispute noted (争议标注). Alpha wants a loan.

    The note warns everybody and bars a pledge, also one already requested; a licence it does not bar. A second note, by
    the office, is ended by a court; the first lapses after a year by itself. The register must answer since when and
    until when each stood.
    """
    right = case.right_of(alpha, since="2026-03-02")
    pledge = (alpha & bank).asks_to_pledge(right, to=bank)
    case.on("2026-03-04")
    noted = court_1.notes_dispute(right)
    with case.is_refused(612):
        the_office.approves(right, pledge)
    case.on("2026-03-05")
    (alpha & bank).withdraws(right, pledge)
    (alpha & beta).licenses(right, to=beta, until="2026-12-31")
    second = the_office.notes_dispute(right)
    case.on("2026-03-09")
    with case.is_refused(109):
        alpha.ends_dispute(right, second)
    court_2.ends_dispute(right, second)
    case.on("2027-03-04", at="23:59")
    with case.is_refused(612):
        (alpha & bank).asks_to_pledge(right, to=bank)
    case.on("2027-03-05", at="00:00")
    (alpha & bank).asks_to_pledge(right, to=bank)
    with case.is_refused(656):
        court_2.ends_dispute(right, noted)

    licence = ("ordinary to beta until 2026-12-31",)
    assert case.as_of("2026-03-03", right) == Standing("registered", "alpha", pending=("pledge",))
    both = ("court_1 until 2027-03-04", "the_office until 2027-03-05")
    assert case.as_of("2026-03-08", right) == Standing("registered", "alpha", licence, disputes=both)
    assert case.as_of("2026-03-09", right) == Standing("registered", "alpha", licence, disputes=both[:1])
    assert case.as_of("2027-03-04", right) == Standing("registered", "alpha", disputes=("court_1 until 2027-03-04",))
    assert case.as_of("2027-03-05 00:00", right) == Standing("registered", "alpha", pending=("pledge",))


def test_40_an_enforcement_ends_the_licences_that_the_ruling_names_and_no_other(
    case: Case, court_1: Signers, court_2: Signers, alpha: Signers, beta: Signers, gamma: Signers, delta: Signers
) -> None:
    """Case 40. Alpha gave its confederate beta a long exclusive licence before the bailiff came; delta's is honest.

    The court that enforces ends beta's by name, and beta's sublicence to gamma falls with it; delta's survives, as in
    every transfer. Court 2, whose freeze ranks second, cannot enforce without court 1. The register must answer which
    licences stood after it.
    """
    right = case.right_of(alpha, since="2026-03-02")
    in_beijing = Scope(territory=("CN-11",))
    of_beta = (alpha & beta).licenses(right, beta, "2029-03-01", kind="exclusive", sublicensing=True, scope=in_beijing)
    (beta & gamma).licenses(right, gamma, "2028-03-01", under=of_beta, scope=in_beijing)
    (alpha & delta).licenses(right, delta, "2028-12-31", scope=Scope(territory=("CN-31",)))
    case.on("2026-05-06")
    court_1.freezes(right, months=12)
    case.on("2026-05-07")
    court_2.freezes(right, months=12)
    case.on("2026-08-03")
    with case.is_refused(109):
        court_2.enforces_transfer(right, to=gamma, ends=[of_beta])
    (court_1 & court_2).enforces_transfer(right, to=gamma, ends=[of_beta])

    case.on("2026-08-04")
    assert case.as_of("2026-08-02", right) == Standing(
        "registered",
        "alpha",
        (
            "exclusive to beta until 2029-03-01",
            "sublicence ordinary to gamma until 2028-03-01",
            "ordinary to delta until 2028-12-31",
        ),
        frozen="court_1 until 2027-05-06",
        queued=("court_2 for 12 months",),
    )
    assert case.as_of("2026-08-03", right) == Standing("registered", "gamma", ("ordinary to delta until 2028-12-31",))
