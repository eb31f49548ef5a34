"""What lies beside a file: sibling files of a Terraform module, the bases of a kustomization."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from poolshift.catalog import load_catalog
from poolshift.cli.rewriting.around import Neighbours
from poolshift.rewrite import FileResult, FileVerdict, rewrite_file

CATALOG = load_catalog()
POOL = """\
resource "azurerm_kubernetes_cluster_node_pool" "{label}" {{
  name                  = "{name}"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id
  os_type               = "Windows"
  os_sku                = "{sku}"
}}
"""
DEPLOYMENT = """\
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      nodeSelector:
        kubernetes.io/os: windows
      containers:
      - {name: a, image: "mcr.microsoft.com/windows/nanoserver:1809"}
"""


@dataclass
class Folder:
    """A folder in memory; `rewritten` are the paths that the run rewrites."""

    files: dict[str, str]
    rewritten: set[str] = field(default_factory=set)

    def read(self, path: str) -> bytes | None:
        text = self.files.get(posixpath.normpath(path))
        return text.encode() if text is not None else None

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(name for name in self.files if "/" not in name))

    def is_rewritten(self, path: str) -> bool:
        return posixpath.normpath(path) in self.rewritten


def rewritten(path: str, folder: Folder, to: str = "Windows2022") -> FileResult:
    return rewrite_file(path, folder.files[path].encode(), to, CATALOG, around=folder)


def test_pools_of_one_module_choose_their_names_as_one() -> None:
    folder = Folder(
        {
            "a.tf": POOL.format(label="a", name="wspool", sku="Windows2019"),
            "b.tf": POOL.format(label="b", name="wspoo", sku="Windows2019"),
            "broken.tf": "resource {",
        }
    )
    found = {name: rewritten(name, folder).data.decode() for name in ("a.tf", "b.tf")}
    assert '"wspo22"' in found["a.tf"]
    assert '"wspo22"' not in found["b.tf"]
    assert found["b.tf"].count("resource") == 2
    again = Folder({**folder.files, **found})
    assert all(rewritten(name, again).edits == () for name in found)


def test_a_label_of_another_file_is_taken() -> None:
    folder = Folder(
        {
            "a.tf": POOL.format(label="a", name="wspool", sku="Windows2019"),
            "b.tf": POOL.format(label="a_windows2022", name="other", sku="Windows2019"),
        }
    )
    assert '"a_windows2022_2"' in rewritten("a.tf", folder).data.decode()


def test_a_pool_of_the_target_in_another_file_may_be_the_one_that_was_meant() -> None:
    folder = Folder(
        {
            "a.tf": POOL.format(label="a", name="wspool", sku="Windows2019"),
            "b.tf": POOL.format(label="b", name="new", sku="Windows2022"),
        }
    )
    (need,) = rewritten("a.tf", folder).needs
    assert need.rule == "green-exists"
    assert "in b.tf" in need.reason


def test_a_base_that_is_not_rewritten_gets_a_component() -> None:
    folder = Folder(
        {
            "kustomization.yaml": "resources:\n- ../base\n",
            "../base/kustomization.yaml": "resources: [deep, web.yaml]\n",
            "../base/web.yaml": DEPLOYMENT,
            "../base/deep/kustomization.yaml": "resources: [ds.yaml]\n",
            "../base/deep/ds.yaml": DEPLOYMENT.replace("Deployment", "DaemonSet"),
        }
    )
    (need,) = rewritten("kustomization.yaml", folder).needs
    assert (need.line, need.rule) == (2, "kustomize-base")
    component = yaml.safe_load(need.suggestion[need.suggestion.index("apiVersion") :])
    assert component["kind"] == "Component"
    (patch,) = component["patches"]
    assert patch["target"] == {"kind": "Deployment", "name": "web"}
    assert yaml.safe_load(patch["patch"])[0]["value"] == "Windows2022"
    assert component["images"] == [
        {"name": "mcr.microsoft.com/windows/nanoserver", "newTag": "ltsc2022"}
    ]


def test_a_base_that_is_rewritten_too_or_done_needs_nobody() -> None:
    files = {
        "kustomization.yaml": "resources:\n- ../base\n",
        "../base/kustomization.yaml": "resources: [web.yaml, ../base]\n",
        "../base/web.yaml": DEPLOYMENT,
    }
    result = rewritten("kustomization.yaml", Folder(files, {"../base"}))
    assert (result.verdict, result.needs) == (FileVerdict.UNCHANGED, ())
    assert any("Deployment web" in reason for reason in result.reasons)
    done = rewrite_file("web.yaml", DEPLOYMENT.encode(), "Windows2022", CATALOG).data.decode()
    assert rewritten("kustomization.yaml", Folder({**files, "../base/web.yaml": done})).needs == ()


def test_neighbours_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.yaml").write_text("a: 1\n")
    (tmp_path / "in" / "b.tf").write_text("b")
    found = Neighbours(tmp_path / "in", (tmp_path / "in",))
    assert found.names() == ("b.tf",)
    assert found.read("../out.yaml") == b"a: 1\n"
    assert found.read("gone") is None
    assert found.read(".") is None
    assert found.is_rewritten("b.tf")
    assert not found.is_rewritten("../out.yaml")
