"""Collected files of Helm, Kustomize, Terraform and ARM become what was written down by hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml

from poolshift.catalog import load_catalog
from poolshift.rewrite import rewrite_file

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
EXPECTED = yaml.safe_load((Path(__file__).parent / "infra.yaml").read_text())
CATALOG = load_catalog()

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the collected files do not lie beside the repository"
)


def collected(name: str) -> Path:
    (found,) = [
        p for folder in ("manifests", "terraform") for p in (CORPUS / folder).glob(f"{name}.*")
    ]
    return found


@pytest.mark.parametrize("to", ["Windows2022", "Windows2025"])
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_collected_file(name: str, to: str) -> None:
    path = collected(name)
    data = path.read_bytes()
    assert hashlib.sha256(data).hexdigest()[:16] == str(EXPECTED[name]["sha256_16"])
    result = rewrite_file(path.name, data, to, CATALOG)
    wanted = EXPECTED[name][to]
    assert {e.line: e.new for e in result.edits} == wanted["edits"]
    assert {n.line: n.rule for n in result.needs} == wanted["needs"]
    assert len(result.needs) == len(wanted["needs"])
