"""Collected manifests, each against what a reader found right."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml

from poolshift.catalog import load_catalog
from poolshift.rewrite import rewrite_file

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "manifests"
EXPECTED = yaml.safe_load((Path(__file__).parent / "manifests.yaml").read_text("utf-8"))
CATALOG = load_catalog()

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the collected manifests do not lie beside the repository"
)


@pytest.mark.parametrize("to", ["Windows2022", "Windows2025"])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_collected_manifest(name: str, to: str) -> None:
    data = (CORPUS / f"{name}.yaml").read_bytes()
    assert hashlib.sha256(data).hexdigest()[:16] == EXPECTED[name]["sha256_16"]
    result = rewrite_file(f"{name}.yaml", data, to, CATALOG)
    wanted = EXPECTED[name][to]
    made = {e.line: (e.new or "").replace("\r", "") for e in result.edits}
    assert made == wanted.get("edits", {})
    needs: dict[int, list[str]] = {}
    for need in result.needs:
        needs.setdefault(need.line, []).append(need.rule)
    asked = wanted.get("needs", {})
    assert needs == {n: r if isinstance(r, list) else [r] for n, r in asked.items()}


def test_every_collected_manifest_is_decided_about() -> None:
    other = yaml.safe_load((Path(__file__).parent / "infra.yaml").read_text("utf-8"))
    assert {p.stem for p in CORPUS.glob("*.yaml")} - set(other) == set(EXPECTED)
