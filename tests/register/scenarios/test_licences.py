"""Cases about licences: which exclude each other, what may stand beside them, what falls with them."""

from __future__ import annotations

from dataclasses import replace

from register.cast import Scope, Signers
from register.minutes import Case, Standing


def test_16_an_exclusive_licence_bars_only_what_meets_it_in_territory_industry_use_and_time(
    case: Case, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 16. Beta has an exclusive licence: Beijing and Shanghai, banking (66), products, during 2026 from 1 April.

    Gamma would like one too. It conflicts only if it meets beta's on all four: another province, another industry,
    another use or the day after is free. The register must answer which of gamma's wishes stand.
    """
    right = case.right_of(alpha, since="2026-04-01")
    scope = Scope(territory=("CN-11", "CN-31"), industry=("66",), use=("product",))
    (alpha & beta).licenses(right, to=beta, until="2026-12-31", kind="exclusive", scope=scope)
    case.on("2026-05-06")
    wish = replace(scope, territory=("CN-31", "CN-44"))
    with case.is_refused(705):
        (alpha & gamma).licenses(right, to=gamma, until="2027-06-30", since="2026-12-31", scope=wish)
    with case.is_refused(705):
        (alpha & gamma).licenses(right, to=gamma, until="2026-06-30", scope=replace(scope, territory=("*",)))
    elsewhere = replace(scope, territory=("CN-44",))
    for_others = replace(scope, industry=("64", "67"))
    for_research = replace(scope, use=("research",))
    for free in (elsewhere, for_others, for_research):
        (alpha & gamma).licenses(right, to=gamma, until="2026-12-31", kind="exclusive", scope=free)
    (alpha & gamma).licenses(right, to=gamma, until="2027-06-30", since="2027-01-01", kind="exclusive", scope=scope)
    with case.is_refused(705):
        (alpha & beta).licenses(right, to=beta, until="2027-01-01", since="2027-01-01", scope=scope)

    case.on("2027-01-02")
    assert case.as_of("2026-05-06", right).licences == (
        "exclusive to beta until 2026-12-31",
        "exclusive to gamma until 2026-12-31",
        "exclusive to gamma until 2026-12-31",
        "exclusive to gamma until 2026-12-31",
        "exclusive to gamma from 2027-01-01 until 2027-06-30",
    )
    assert case.as_of("2027-01-01", right) == Standing("registered", "alpha", ("exclusive to gamma until 2027-06-30",))


def test_17_a_sole_licence_bars_other_licensees_and_ordinary_ones_stand_side_by_side(
    case: Case, alpha: Signers, beta: Signers, gamma: Signers, delta: Signers
) -> None:
    """Case 17. Beta and gamma have ordinary licences of the same scope; delta asks for a sole one (排他).

    Ordinary licences never exclude each other; a sole licence excludes every other licensee, so it must wait until both
    are gone, and bars them afterwards. The register must answer who was licensed on each day.
    """
    right = case.right_of(alpha, since="2026-02-02")
    (alpha & beta).licenses(right, to=beta, until="2026-06-30")
    for_gamma = (alpha & gamma).licenses(right, to=gamma, until="2026-12-31")
    case.on("2026-07-01")
    with case.is_refused(705):
        (alpha & delta).licenses(right, to=delta, until="2027-06-30", kind="sole")
    (alpha & gamma).ends_license(right, for_gamma)
    (alpha & delta).licenses(right, to=delta, until="2027-06-30", kind="sole")
    with case.is_refused(705):
        (alpha & beta).licenses(right, to=beta, until="2026-08-31")

    case.on("2026-07-02")
    assert case.as_of("2026-06-30", right).licences == (
        "ordinary to beta until 2026-06-30",
        "ordinary to gamma until 2026-12-31",
    )
    assert case.as_of("2026-07-01", right) == Standing("registered", "alpha", ("sole to delta until 2027-06-30",))


def test_18_a_sublicence_stays_inside_the_licence_above_it_and_falls_with_it(
    case: Case, alpha: Signers, beta: Signers, gamma: Signers, delta: Signers
) -> None:
    """Case 18. Beta may sublicense its exclusive licence for Beijing and gives gamma an ordinary one.

    A sublicence reaches no further than what it comes from, in scope or in time, and nothing is licensed under it. Beta
    and delta part by agreement; when beta's own licence is ended early, gamma's falls with it. The register must answer
    until when each was licensed.
    """
    right = case.right_of(alpha, since="2026-03-02")
    scope = Scope(territory=("CN-11",), use=("internal", "service"))
    upper = (alpha & beta).licenses(right, beta, "2027-03-01", kind="exclusive", sublicensing=True, scope=scope)
    case.on("2026-04-01")
    from_beta = beta & gamma
    with case.is_refused(709):
        from_beta.licenses(right, gamma, "2026-12-31", under=upper, scope=replace(scope, territory=("CN-11", "CN-12")))
    with case.is_refused(710):
        from_beta.licenses(right, gamma, "2027-03-02", under=upper, scope=scope)
    with case.is_refused(706):
        from_beta.licenses(right, gamma, "2026-12-31", under=upper, kind="exclusive", scope=scope)
    with case.is_refused(109):
        (alpha & gamma).licenses(right, gamma, "2026-12-31", under=upper, scope=scope)
    lower = from_beta.licenses(right, gamma, "2026-12-31", under=upper, sublicensing=True, scope=scope)
    with case.is_refused(708):
        (gamma & delta).licenses(right, delta, "2026-12-31", under=lower, scope=scope)
    for_delta = (beta & delta).licenses(right, delta, "2026-12-31", under=upper, scope=scope)
    case.on("2026-05-06")
    with case.is_refused(109):
        (alpha & gamma).ends_license(right, for_delta)
    (beta & delta).ends_license(right, for_delta)
    case.on("2026-06-01")
    (alpha & beta).ends_license(right, upper, reason="breach")
    with case.is_refused(701):
        gamma.ends_license(right, lower)
    with case.is_refused(701):
        from_beta.licenses(right, gamma, "2026-12-31", under=upper, scope=scope)
    plain = (alpha & beta).licenses(right, beta, "2026-09-30")
    with case.is_refused(707):
        from_beta.licenses(right, gamma, "2026-09-30", under=plain)

    case.on("2026-06-02")
    assert case.as_of("2026-05-05", right).licences[2:] == ("sublicence ordinary to delta until 2026-12-31",)
    assert case.as_of("2026-05-31", right) == Standing(
        "registered",
        "alpha",
        ("exclusive to beta until 2027-03-01", "sublicence ordinary to gamma until 2026-12-31"),
    )
    assert case.as_of("2026-06-01", right) == Standing("registered", "alpha", ("ordinary to beta until 2026-09-30",))


def test_19_a_licensee_ends_its_licence_alone_and_a_holder_cannot(
    case: Case, alpha: Signers, beta: Signers, gamma: Signers, court_1: Signers
) -> None:
    """Case 19. Beta no longer needs its licence and gives it up without asking anybody.

    Alpha would have liked to be rid of gamma's licence as well, but alone it cannot: that takes gamma, or a court. The
    register must answer whose licence stood when.
    """
    right = case.right_of(alpha, since="2026-03-02")
    for_beta = (alpha & beta).licenses(right, to=beta, until="2027-12-31")
    for_gamma = (alpha & gamma).licenses(right, to=gamma, until="2027-12-31")
    case.on("2026-09-01")
    beta.ends_license(right, for_beta, reason="lapse_of_purpose")
    with case.is_refused(109):
        alpha.ends_license(right, for_gamma, reason="breach")
    case.on("2026-11-02")
    court_1.ends_license(right, for_gamma, reason="court_decision")

    case.on("2026-11-03")
    assert case.as_of("2026-08-31", right).licences == (
        "ordinary to beta until 2027-12-31",
        "ordinary to gamma until 2027-12-31",
    )
    assert case.as_of("2026-11-01", right).licences == ("ordinary to gamma until 2027-12-31",)
    assert case.as_of("2026-11-02", right) == Standing("registered", "alpha")
