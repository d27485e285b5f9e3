"""The comparison is worth something: a model that forgets one sentence of the rules is found out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from register import model, model_court, model_days, model_law, model_story, model_values
from register.model_world import Disagreement
from register.test_stateful import drive, driver_of

SEEDS = range(100)
Forget = Callable[[pytest.MonkeyPatch], None]


def grace(patch: pytest.MonkeyPatch) -> None:
    """A period is over when its last day is."""

    def over(right: Any, time: int, _rules: Any) -> bool:
        return right.due is not None and model_days.day(time) > right.due

    for module in (model, model_law):
        patch.setattr(module, "period_over", over)


def make_up_workdays(patch: pytest.MonkeyPatch) -> None:
    def working(when: date, rules: Mapping[str, Any]) -> bool:
        return when.isoweekday() <= 5 and when.isoformat() not in rules["calendar"]["holidays"]

    patch.setattr(model_days, "is_working_day", working)


def shorter_months(patch: pytest.MonkeyPatch) -> None:
    """A month that lacks the day ends on its first."""
    whole = model_days.months_later

    def later(when: date, months: int) -> date:
        end = whole(when, months)
        return end if end.day == when.day else end + timedelta(days=1)

    for module in (model_days, model_values, model_story):
        patch.setattr(module, "months_later", later)


def last_day_of_a_request(patch: pytest.MonkeyPatch) -> None:
    """A request lapses on its last day, not after it."""
    whole = model_values.Situation.let_pass

    def let_pass(right: Any, today: date) -> None:
        whole(right, today)
        right.requests = [item for item in right.requests if item[1] > today]

    patch.setattr(model_values.Situation, "let_pass", let_pass)


def promotion(patch: pytest.MonkeyPatch) -> None:
    """A queued freeze takes effect on the last day of the one before."""
    whole = model_values.start_of
    patch.setattr(model_values, "start_of", lambda when: whole(when - timedelta(days=1)))


def use_of_a_licence(patch: pytest.MonkeyPatch) -> None:
    """Licences conflict whatever their uses."""
    whole = model_court.conflict
    everything = {"use": ["*"]}
    patch.setattr(model_court, "conflict", lambda one, other: whole({**one, **everything}, {**other, **everything}))


def sublicences_fall(patch: pytest.MonkeyPatch) -> None:
    def without(right: Any, licence: bytes) -> None:
        right.licences = [item for item in right.licences if item.id != licence]

    patch.setattr(model_values.Situation, "without", without)


def renewal_keeps_valid(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(model_values.Situation, "renewal", property(lambda right: None))


def only_the_own_suspension(patch: pytest.MonkeyPatch) -> None:
    for module in (model, model_law):
        patch.setattr(module, "lifted", lambda suspenders, by, able: suspenders)


def the_pledgee_signs(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(model_court.WholeLaw, "pledgees", frozenset())


def a_freeze_that_came_between(patch: pytest.MonkeyPatch) -> None:
    """An approval does not ask for freezes."""
    whole = model_law.Law.not_frozen
    patch.setattr(model_law.Law, "not_frozen", lambda law: iter(()) if law.own else whole(law))


def an_amendment_waits_a_block(patch: pytest.MonkeyPatch) -> None:
    """Rules govern the very block that amends them."""
    whole = model.Model.rules_at
    patch.setattr(model.Model, "rules_at", lambda own, time, block: whole(own, time, block + 1))


FOUND_SOON = (renewal_keeps_valid, the_pledgee_signs, a_freeze_that_came_between)
FOUND_LATER = (
    grace,
    make_up_workdays,
    shorter_months,
    last_day_of_a_request,
    promotion,
    use_of_a_licence,
    sublicences_fall,
    only_the_own_suspension,
    an_amendment_waits_a_block,
)


def found_out(forget: Forget, patch: pytest.MonkeyPatch) -> None:
    forget(patch)
    with pytest.raises(Disagreement):
        many_registers()


def many_registers() -> None:
    for seed in SEEDS:
        drive(driver_of(seed, rights=10), 400, times=8)


@pytest.mark.parametrize("forget", FOUND_SOON, ids=lambda forget: forget.__name__)
def test_a_model_that_forgets_this_is_found_out(forget: Forget, monkeypatch: pytest.MonkeyPatch) -> None:
    found_out(forget, monkeypatch)


@pytest.mark.soak
@pytest.mark.parametrize("forget", FOUND_LATER, ids=lambda forget: forget.__name__)
def test_a_model_that_forgets_this_is_found_out_later(forget: Forget, monkeypatch: pytest.MonkeyPatch) -> None:
    found_out(forget, monkeypatch)
