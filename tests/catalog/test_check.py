"""The catalog keeps its own conventions, and the check sees what doesn't."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from poolshift.catalog import Catalog
from poolshift.catalog.check import check
from poolshift.catalog.files import FILE_TYPES
from poolshift.catalog.loader import DATA, load_catalog, load_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TODAY = date(2026, 11, 21)


def test_shipped_catalog_has_no_problem() -> None:
    assert check(load_catalog(), as_of=TODAY) == []


def test_facts_from_tomorrow_are_a_problem() -> None:
    assert check(load_catalog(), as_of=date(2026, 11, 1))


def sku(plain: Any, name: str) -> Any:
    return next(s for s in plain["os_skus"] if s["id"] == name)


CHANGES: list[tuple[str, str, Callable[[Any], Any], str]] = [
    ("no-source", "limits", lambda p: p["limits"][0].update(source=[]), "no source"),
    ("no-confidence", "limits", lambda p: p["limits"][0].update(confidence=""), "no confidence"),
    ("twice", "limits", lambda p: p["limits"].append(p["limits"][0]), "2 records"),
    ("no-end", "os_skus", lambda p: sku(p, "Windows2022")["ends"].pop("scale"), "nothing of scale"),
    ("no-ends", "os_skus", lambda p: sku(p, "Windows2022").pop("ends"), "no `ends`"),
    (
        "other-end",
        "os_skus",
        lambda p: sku(p, "Windows2022").update(end_images="2029-01-01"),
        "claim on scale",
    ),
    (
        "other-winner",
        "os_skus",
        lambda p: sku(p, "Windows2022").update(k8s_max="1.35"),
        "k8s_max is '1.35'",
    ),
    ("no-date", "os_skus", lambda p: sku(p, "Windows2025").update(ga="spring"), "no date"),
    (
        "no-day",
        "os_skus",
        lambda p: sku(p, "Windows2022")["ends"]["scale"][0].update(value="2029-02-30"),
        "no date of the calendar",
    ),
    (
        "read-date",
        "os_skus",
        lambda p: sku(p, "Windows2022")["ends"]["scale"][0].update(read_on="soon"),
        "read_on 'soon'",
    ),
    (
        "empty-claims",
        "os_skus",
        lambda p: sku(p, "Windows2022")["claims"].update(fips=[]),
        "claims.fips is empty",
    ),
    (
        "successor",
        "os_skus",
        lambda p: sku(p, "Windows2022").update(successor="Windows2031"),
        "successor Windows2031",
    ),
    (
        "exception",
        "constraints",
        lambda p: p["constraints"][0].update(exception="no-such"),
        "exception no-such",
    ),
    (
        "host",
        "base_images",
        lambda p: p["host_compatibility"][0].update(host="Windows2031", runs=["ltsc2031"]),
        "no OS SKU record",
    ),
    (
        "mapping",
        "base_images",
        lambda p: p["tag_mapping"][0]["to"].update(ltsc2031=None),
        "maps to ltsc2031",
    ),
    (
        "retired-name",
        "base_images",
        lambda p: p["retired_names"][0].update(successor="dotnet/core/sdk"),
        "dotnet/core/sdk, which follows it, is of no family",
    ),
    (
        "retired-name-by-tag",
        "base_images",
        lambda p: p["retired_names"][0].update(by_tag={"sdk": "no/such"}),
        "no/such, which follows it",
    ),
]


@pytest.mark.parametrize(
    ("stem", "change", "said"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_check_sees(tmp_path: Path, stem: str, change: Callable[[Any], Any], said: str) -> None:
    for name in FILE_TYPES:
        text = (DATA / f"{name}.yaml").read_text(encoding="utf-8")
        if name == stem:
            plain = yaml.load(text, Loader=yaml.CSafeLoader)
            change(plain)
            text = yaml.dump(plain, Dumper=yaml.CSafeDumper)
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    changed = Catalog(lambda name: load_file(tmp_path / f"{name}.yaml"))
    problems = check(changed, as_of=TODAY)
    assert any(said in p.what for p in problems)
