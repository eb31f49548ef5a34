"""Files that cannot be read are refused by name, record and key; the shipped ones are whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from poolshift.catalog import Catalog
from poolshift.catalog.files import FILE_TYPES
from poolshift.catalog.loader import DATA, load_catalog, load_file
from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from poolshift.catalog.model.base import CatalogFile

SEED = Path(__file__).parents[3] / "shared" / "facts"
needs_seed = pytest.mark.skipif(
    not SEED.is_dir(), reason="the collected facts do not lie beside the repository"
)


# The collected facts number some of the documents that they were first read from; what ships names
# them.
TITLES = (
    ('note: "seed", source', 'note: "older edition of the page", source'),
    ("the seed's list-sizes query", "an older page's list-sizes query"),
    ("seed 000 (ms.date 2025-07-03)", "seed 000"),
    (
        "seed 001 (2020 FAQ: across all pools)",
        "FAQ of Windows node pools in AKS (edition of 2020), across all pools",
    ),
    ("seed 001 (2020 FAQ)", "seed 001"),
    (
        "seed 000",
        "MicrosoftDocs/azure-aks-docs articles/aks/upgrade-windows-os.md (ms.date 2025-07-03)",
    ),
    ("seed 001", "FAQ of Windows node pools in AKS (edition of 2020)"),
    (
        "seed 002",
        "MicrosoftDocs/azure-aks-docs articles/aks/windows-best-practices.md (ms.date 2023-10-10)",
    ),
    ("seed 003", "MicrosoftDocs/azure-aks-docs, Recommendations for Major OS Version Upgrades"),
    ("seed 004", "MicrosoftDocs/SupportArticles-docs, Windows nodepools not upgraded to Gen2"),
    ("the seed's check", "an older page's check"),
    ("(seed says never)", "(an older page says never)"),
    ("moved before (seed)", "moved before (an older page)"),
    ("seed FAQ says", "the FAQ of 2020 says"),
    ("as in the seed", "as in the FAQ of 2020"),
    ("contradicts the seed", "contradicts an older page"),
    ('"seed era;', '"of the time of the first announcement;'),
    ("what the seed documents say", "what older pages say"),
)


def read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    for number, title in TITLES:
        text = text.replace(number, title)
    return yaml.load(text, Loader=yaml.CSafeLoader)


@pytest.mark.parametrize("stem", sorted(FILE_TYPES))
def test_shipped_file_decodes(stem: str) -> None:
    assert load_file(DATA / f"{stem}.yaml").schema == f"poolshift-facts/{stem}/1"


def test_every_shipped_file_has_a_type() -> None:
    assert {p.stem for p in DATA.glob("*.yaml")} == set(FILE_TYPES)


def test_nothing_is_read_before_it_is_asked_for() -> None:
    asked: list[str] = []

    def read_file(stem: str) -> CatalogFile:
        asked.append(stem)
        return load_file(DATA / f"{stem}.yaml")

    catalog = Catalog(read_file)
    assert asked == []
    catalog.sku("Windows2022")
    catalog.sku("Windows2025")
    assert asked == ["os_skus"]


def test_catalog_is_loaded_once() -> None:
    assert load_catalog() is load_catalog()


def changed(tmp_path: Path, stem: str, change: Any) -> Path:
    plain = read(DATA / f"{stem}.yaml")
    change(plain)
    path = tmp_path / f"{stem}.yaml"
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
    return path


def test_unknown_key_is_refused_with_file_record_and_key(tmp_path: Path) -> None:
    path = changed(tmp_path, "limits", lambda p: p["limits"][2].update(colour="red"))
    with pytest.raises(UsageError) as caught:
        load_file(path)
    for part in ("limits.yaml", "colour", "limits/pool-name-pattern"):
        assert part in caught.value.line()


def test_missing_key_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, "os_skus", lambda p: p["os_skus"][0].pop("status"))
    with pytest.raises(UsageError, match="os_skus/Windows2019"):
        load_file(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("limits.yaml", "limits: ["),
        ("limits.yaml", "- a list"),
        ("limits.yaml", "schema: other/1"),
        ("colours.yaml", "schema: x"),
    ],
    ids=["no-yaml", "no-mapping", "other-schema", "unknown-name"],
)
def test_unreadable_file_is_refused(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=name):
        load_file(path)


def test_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"limits\.yaml"):
        load_file(tmp_path / "limits.yaml")


@needs_seed
@pytest.mark.parametrize("stem", sorted(FILE_TYPES))
def test_shipped_facts_are_those_collected(stem: str) -> None:
    collected, shipped = read(SEED / f"{stem}.yaml"), read(DATA / f"{stem}.yaml")
    if stem == "os_skus":
        # An unquoted comma split this one value into a value and a stray key.
        label = next(x for x in collected["node_labels"] if x["key"] == "agentpool")
        assert label.pop("still present)", "absent") is None
        label["set_by"] = "AKS (older key, still present)"
    if stem == "errors":
        collected, shipped = said_by_services(collected), said_by_services(shipped)
        assert collected.items() <= shipped.items()
        return
    assert without_more(shipped, collected) == collected


def without_more(shipped: Any, collected: Any) -> Any:
    """What is shipped, less the keys and records that were added to what was collected."""
    if isinstance(collected, dict) and isinstance(shipped, dict):
        return {k: without_more(v, collected[k]) for k, v in shipped.items() if k in collected}
    if isinstance(collected, list) and isinstance(shipped, list):
        ids = {x["id"] for x in collected if isinstance(x, dict) and "id" in x}
        kept = [x for x in shipped if not isinstance(x, dict) or x.get("id") in ids or not ids]
        if not any(isinstance(x, dict | list) for x in shipped):
            return [x for x in shipped if x in collected]
        if len(kept) == len(collected):
            return [without_more(s, c) for s, c in zip(kept, collected, strict=True)]
    return shipped


def said_by_services(file: dict[str, Any]) -> dict[str, str]:
    """What the services say, by code: `explain` adds words of our own to it, and errors."""
    own = ("code", "sub", "kind", "http", "message", "exit_code", "source", "confidence")
    found = {
        f"{e['code']}+{e.get('sub', '')}": str([e.get(key) for key in own]) for e in file["errors"]
    }
    codes = file["windows_cse_exit_codes"]
    return found | {"exit codes": str([codes["codes"], codes["groups"], codes["source"]])}


@needs_seed
def test_every_collected_file_is_shipped() -> None:
    assert {p.stem for p in SEED.glob("*.yaml")} == set(FILE_TYPES)


@needs_seed
def test_every_collected_id_is_a_record() -> None:
    names = {(e.file, e.section, e.name) for e in load_catalog().records()}
    for stem in FILE_TYPES:
        for section, records in read(SEED / f"{stem}.yaml").items():
            for record in records if isinstance(records, list) else ():
                if isinstance(record, dict) and record.get("id"):
                    assert (stem, section, record["id"]) in names
