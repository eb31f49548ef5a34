"""Names of pools."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolshift.catalog import load_catalog
from poolshift.core.errors import UsageError
from poolshift.semantics.names import (
    check_green,
    problem_with,
    propose_green,
)

CATALOG = load_catalog()


def propose(blue: str, *taken: str, to: str = "Windows2022", os_type: str = "Windows") -> str:
    name = propose_green(blue, taken, to=to, os_type=os_type, catalog=CATALOG)
    assert name is not None
    return name


@pytest.mark.parametrize(
    ("blue", "taken", "to", "green"),
    [
        ("wspool", (), "Windows2022", "wspo22"),
        ("ws22", (), "Windows2025", "ws25"),
        ("ws", ("ws22",), "Windows2022", "ws2"),
        ("npwin1", ("npwi22", "npwin2"), "Windows2022", "npwin3"),
        ("wspo22", (), "Windows2022", "wspo2"),
        ("linuxpool1", (), "AzureLinux3", "linuxpool2"),
    ],
)
def test_green_name(blue: str, taken: tuple[str, ...], to: str, green: str) -> None:
    os_type = "Windows" if to.startswith("Windows") else "Linux"
    assert propose(blue, *taken, to=to, os_type=os_type) == green


def test_no_name_is_left() -> None:
    taken = [f"ws{n}" for n in range(100)]
    name = propose_green("ws", taken, to="Windows2022", os_type="Windows", catalog=CATALOG)
    assert name is None


@given(
    st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
    st.lists(st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True), max_size=5),
)
def test_proposal_is_allowed_free_and_stable(blue: str, taken: list[str]) -> None:
    green = propose(blue, *taken)
    assert green not in {*taken, blue}
    assert problem_with(green, "Windows", CATALOG) is None
    assert green == propose(blue, *reversed(taken))


@pytest.mark.parametrize(
    ("name", "os_type", "fine"),
    [
        ("wspool", "Windows", True),
        ("wspool1", "Windows", False),
        ("wspool1", "Linux", True),
        ("1pool", "Linux", False),
        ("Pool", "Linux", False),
        ("", "Windows", False),
    ],
)
def test_name_rules(name: str, os_type: str, fine: bool) -> None:
    assert (problem_with(name, os_type, CATALOG) is None) is fine


def test_chosen_name_must_be_free_and_allowed() -> None:
    assert check_green("poolws", "wspool", [], os_type="Windows", catalog=CATALOG) == "poolws"
    for name in ("wspool", "taken", "toolong"):
        with pytest.raises(UsageError, match="--green wspool=NAME"):
            check_green(name, "wspool", ["taken"], os_type="Windows", catalog=CATALOG)
