"""Cases on the way to registration: objections and their last moment, corrections, a late examiner.

The windows are those of the rules of 2023: ten working days of publicity and ten to correct, fifteen minutes of grace.
Before National Day 2026: Friday 25 September is a holiday, Sunday 20 September a make-up workday, 1 to 7 October are
holidays.
"""

from __future__ import annotations

from register.cast import Signers
from register.minutes import Case, Standing


def test_20_an_objection_on_the_last_working_day_before_a_long_holiday_is_in_time(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 20. Published on Wednesday 16 September, the window ends on 30 September, the eve of a week of holidays.

    Beta and gamma object late that evening. A day later the same window would have lasted until 8 October. The register
    must answer on which day either window ended, and that nothing could be registered before both were decided.
    """
    case.on("2026-09-16")
    right, next_one = case.application_of(alpha), case.application_of(alpha)
    the_office.publishes(right)
    case.on("2026-09-17")
    the_office.publishes(next_one)
    assert (case.now(right).due, case.now(next_one).due) == ("2026-09-30", "2026-10-08")
    case.on("2026-09-30", at="23:30")
    with case.is_refused(509):
        alpha.objects(right)
    objection, other = beta.objects(right), gamma.objects(right, ground="source_not_lawful")
    with case.is_refused(510):
        beta.objects(right, ground="trade_secret")
    case.on("2026-10-08")
    with case.is_refused(506):
        the_office.registers(right)
    with case.is_refused(505):
        the_office.registers(next_one)
    the_office.decides_objection(right, objection, "dismissed")
    with case.is_refused(506):
        the_office.registers(right)
    the_office.decides_objection(right, other, "dismissed")
    the_office.registers(right)
    case.on("2026-10-09")
    the_office.registers(next_one)

    assert case.as_of("2026-10-07", right) == Standing("publicity", "alpha")
    assert case.as_of("2026-10-08", right) == Standing("registered", "alpha")
    assert case.as_of("2026-10-08", next_one) == Standing("publicity", "alpha")


def test_21_an_objection_after_midnight_is_in_time_within_the_fifteen_minutes_of_grace(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 21. The window ends with 30 September; beta's objection is recorded at 00:14 of 1 October, gamma's at 00:15.

    The ledger may take some minutes to record what was filed in time, so beta's counts and gamma's does not. The office
    waits for the same moment, and for beta, who takes the objection back in the end. The register must answer when
    exactly the window closed.
    """
    case.on("2026-09-16")
    right, quiet = case.application_of(alpha), case.application_of(alpha)
    the_office.publishes(right)
    the_office.publishes(quiet)
    case.on("2026-10-01", at="00:14")
    objection = beta.objects(right)
    with case.is_refused(505):
        the_office.registers(quiet)
    case.on("2026-10-01", at="00:15")
    with case.is_refused(508):
        gamma.objects(right)
    the_office.registers(quiet)
    with case.is_refused(506):
        the_office.registers(right)
    case.on("2026-10-12")
    with case.is_refused(109):
        alpha.withdraws(right, objection)
    beta.withdraws(right, objection)
    the_office.registers(right)

    assert case.as_of("2026-10-01 00:14", quiet) == Standing("publicity", "alpha")
    assert case.as_of("2026-10-01 00:15", quiet) == Standing("registered", "alpha")
    assert case.as_of("2026-10-11", right) == Standing("publicity", "alpha")
    assert case.as_of("2026-10-12 12:00", right) == Standing("registered", "alpha")


def test_22_an_objection_that_is_upheld_voids_the_window_and_the_application_is_published_anew(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers, gamma: Signers
) -> None:
    """Case 22. Beta shows that part of the data set is its own; the office upholds the objection.

    The publicity is void, gamma's objection to it falls too, and alpha's application is examined again. Corrected and
    published anew it gets a full new window. The register must answer which window the registration rests on.
    """
    case.on("2026-03-02")
    right = case.application_of(alpha)
    the_office.publishes(right)
    case.on("2026-03-09")
    objection, other = beta.objects(right), gamma.objects(right, ground="trade_secret")
    case.on("2026-03-11")
    the_office.decides_objection(right, objection, "upheld")
    with case.is_refused(512):
        the_office.decides_objection(right, other, "dismissed")
    with case.is_refused(504):
        the_office.registers(right)
    the_office.requests_correction(right, "source_not_shown")
    case.on("2026-03-18")
    alpha.corrects(right, industry="65")
    case.on("2026-03-19")
    the_office.publishes(right)
    case.on("2026-04-02", at="23:59")
    with case.is_refused(505):
        the_office.registers(right)
    case.on("2026-04-03")
    the_office.registers(right)

    case.on("2026-04-04")
    assert case.as_of("2026-03-10", right) == Standing("publicity", "alpha")
    assert case.as_of("2026-03-11", right) == Standing("correcting", "alpha")
    assert case.as_of("2026-03-18", right) == Standing("examining", "alpha")
    assert case.as_of("2026-04-02", right) == Standing("publicity", "alpha")
    assert case.as_of("2026-04-03", right) == Standing("registered", "alpha")
    assert case.now(right).announced_on == "2026-04-03"


def test_23_a_late_examiner_registers_long_after_the_window_and_the_term_runs_from_that_day(
    case: Case, the_office: Signers, alpha: Signers, beta: Signers
) -> None:
    """Case 23. The window ended in March; the examiner's desk is full and the right is announced only in November.

    Nothing lapses by the office's delay, no objection is admitted in the meantime, and the three years run from the
    announcement. The register must answer that there was no registered right before it.
    """
    case.on("2026-03-02")
    right = case.application_of(alpha)
    the_office.publishes(right)
    assert case.now(right).due == "2026-03-16"
    case.on("2026-07-01")
    with case.is_refused(508):
        beta.objects(right)
    with case.is_refused(502):
        the_office.publishes(right)
    with case.is_refused(601):
        (alpha & beta).asks_to_transfer(right, to=beta)
    case.on("2026-11-16")
    the_office.registers(right)

    case.on("2026-11-17")
    assert case.as_of("2026-11-15", right) == Standing("publicity", "alpha")
    assert case.as_of("2026-11-16", right) == Standing("registered", "alpha")
    assert (case.now(right).announced_on, case.now(right).until) == ("2026-11-16", "2029-11-16")


def test_24_a_missed_correction_is_a_withdrawal_without_any_entry(
    case: Case, the_office: Signers, alpha: Signers
) -> None:
    """Case 24. The office asks alpha to correct its application by 30 September; alpha lets the day pass.

    With the grace over, the application is deemed withdrawn (视为撤回): computed, final, and no entry says so. The
    register must answer as of which moment it stood no more.
    """
    case.on("2026-09-16")
    right = case.application_of(alpha)
    the_office.requests_correction(right, "description_incomplete", "deposit_missing")
    assert case.now(right).due == "2026-09-30"
    case.on("2026-10-01", at="00:15")
    with case.is_refused(408):
        alpha.corrects(right)
    with case.is_refused(406):
        the_office.requests_correction(right)
    with case.is_refused(502):
        the_office.publishes(right)
    with case.is_refused(801):
        the_office.rejects(right, right)

    assert case.as_of("2026-09-30", right) == Standing("correcting", "alpha")
    assert case.as_of("2026-10-01 00:14", right) == Standing("correcting", "alpha")
    assert case.as_of("2026-10-01 00:15", right) == Standing("deemed_withdrawn", "alpha")


def test_25_a_correction_on_the_due_day_is_in_time_and_a_repeated_request_sets_a_later_day(
    case: Case, the_office: Signers, alpha: Signers
) -> None:
    """Case 25. Asked on 1 September to correct, alpha is asked once more on the 8th, which moves the last day.

    On that day, minutes before midnight, alpha corrects and is examined on. The register must answer which day was the
    last, and that the correction is the description in force.
    """
    case.on("2026-09-01")
    right = case.application_of(alpha)
    the_office.requests_correction(right)
    first_due = case.now(right).due
    case.on("2026-09-08")
    the_office.requests_correction(right, "source_not_shown")
    assert (first_due, case.now(right).due) == ("2026-09-15", "2026-09-21")
    case.on("2026-09-21", at="23:58")
    correction = alpha.corrects(right, record_count=2)
    with case.is_refused(408):
        alpha.corrects(right)
    case.on("2026-09-22")
    the_office.publishes(right)

    assert case.as_of("2026-09-20", right) == Standing("correcting", "alpha")
    assert case.as_of("2026-09-21", right) == Standing("examining", "alpha")
    assert case.as_of("2026-09-22 12:00", right) == Standing("publicity", "alpha")
    assert case.now(right).description == correction
