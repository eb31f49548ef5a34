from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolshift.core.errors import UsageError
from poolshift.core.kube import BudgetSpec
from poolshift.semantics.budgets import (
    counts_pods,
    disruptions_allowed,
    resolve,
    scaled,
    unsatisfiable,
)


@pytest.mark.parametrize(
    ("spec", "expected", "desired"),
    [
        pytest.param(BudgetSpec(min_available=3), 4, 3, id="count"),
        pytest.param(BudgetSpec(min_available="50%"), 7, 4, id="percent-rounds-up"),
        pytest.param(BudgetSpec(max_unavailable=1), 4, 3, id="unavailable"),
        pytest.param(BudgetSpec(max_unavailable="30%"), 4, 2, id="unavailable-rounds-up"),
        pytest.param(BudgetSpec(max_unavailable=9), 4, 0, id="more-than-there-are"),
        pytest.param(BudgetSpec(max_unavailable="100%"), 4, 0, id="all"),
    ],
)
def test_a_budget_in_whole_pods(spec: BudgetSpec, expected: int, desired: int) -> None:
    assert resolve(spec, expected).desired_healthy == desired


@pytest.mark.parametrize(
    ("spec", "expected", "never"),
    [
        (BudgetSpec(min_available=3), 3, True),
        (BudgetSpec(min_available=2), 3, False),
        (BudgetSpec(min_available="100%"), 3, True),
        (BudgetSpec(max_unavailable=0), 3, True),
        (BudgetSpec(max_unavailable="1%"), 3, False),
        (BudgetSpec(min_available=3), 0, False),
    ],
)
def test_a_budget_that_never_lets_a_pod_go(spec: BudgetSpec, expected: int, never: bool) -> None:
    assert unsatisfiable(spec, expected) is never


def test_only_a_counted_minimum_goes_by_the_pods_that_exist() -> None:
    assert counts_pods(BudgetSpec(min_available=1))
    assert not counts_pods(BudgetSpec(min_available="10%"))
    assert not counts_pods(BudgetSpec(max_unavailable=1))


def test_no_expected_pods_allow_no_disruption() -> None:
    assert disruptions_allowed(resolve(BudgetSpec(max_unavailable=1), 0), 5) == 0


@pytest.mark.parametrize("figure", ["ten", "-1%", "1.5%", ""])
def test_a_broken_figure_is_refused(figure: str) -> None:
    with pytest.raises(UsageError):
        scaled(figure, 10, up=True)


@settings(deadline=None)
@given(st.integers(0, 100), st.integers(0, 5000))
def test_rounding_up_and_down_differ_by_at_most_one(percent: int, total: int) -> None:
    up, down = scaled(f"{percent}%", total, up=True), scaled(f"{percent}%", total, up=False)
    assert 0 <= down <= percent * total / 100 <= up <= down + 1
