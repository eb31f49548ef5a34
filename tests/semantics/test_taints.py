from __future__ import annotations

import pytest

from poolshift.core.errors import UsageError
from poolshift.core.kube import Taint, Toleration
from poolshift.semantics.taints import (
    count_unpreferred,
    first_untolerated,
    format_taint,
    parse_taint,
    tolerates,
)

GUARD = Taint("guard", "green", "NoSchedule")


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        pytest.param(Toleration("guard", "Equal", "green", "NoSchedule"), True, id="equal"),
        pytest.param(Toleration("guard", "Equal", "green"), True, id="any-effect"),
        pytest.param(Toleration("guard", "Equal", "blue"), False, id="other-value"),
        pytest.param(Toleration("guard", "Exists"), True, id="exists"),
        pytest.param(Toleration("", "Exists"), True, id="everything"),
        pytest.param(Toleration("", "Equal", "green"), False, id="no-key-needs-exists"),
        pytest.param(Toleration("guard", "Exists", "", "NoExecute"), False, id="other-effect"),
        pytest.param(Toleration("else", "Exists"), False, id="other-key"),
    ],
)
def test_a_toleration_tolerates(toleration: Toleration, expected: bool) -> None:
    assert tolerates(toleration, GUARD) is expected


def test_only_hard_taints_keep_a_pod_away() -> None:
    soft = Taint("soft", "", "PreferNoSchedule")
    assert first_untolerated((), (soft, GUARD)) == GUARD
    assert first_untolerated((), (soft,)) is None
    assert first_untolerated((Toleration("guard", "Exists"),), (GUARD,)) is None
    assert count_unpreferred((), (soft, GUARD)) == 1
    assert count_unpreferred((Toleration("soft", "Exists"),), (soft,)) == 0


@pytest.mark.parametrize(
    "text", ["guard=green:NoSchedule", "a.b/c:NoExecute", "x=y:PreferNoSchedule"]
)
def test_taints_read_and_write(text: str) -> None:
    assert format_taint(parse_taint(text)) == text


@pytest.mark.parametrize("text", ["", "a=b", "a=b:Never", ":NoSchedule", "=b:NoSchedule"])
def test_a_broken_taint_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_taint(text)
