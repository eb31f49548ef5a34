"""`poolshift rewrite` as a user runs it: trees, modes, patches, what cannot be read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.cli.served import Answer, LocalAks, poolshift

GIT = shutil.which("git")
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  nodeSelector:
    kubernetes.io/os: windows
  containers:
  - name: shop
    image: mcr.microsoft.com/windows/servercore:ltsc2019
"""
MOVED = POD.replace("ltsc2019", "ltsc2022").replace(
    "os: windows\n", "os: windows\n    kubernetes.azure.com/os-sku: Windows2022\n"
)


def rewrite(*arguments: object) -> Answer:
    return poolshift("rewrite", *arguments, "--to", "Windows2022")


def files_of(answer: Answer) -> dict[str, dict[str, object]]:
    return {f["path"]: f for f in json.loads(answer.out)["files"]}


def test_write_changes_the_files_and_a_second_run_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pod.yaml"
    path.write_text(POD)
    assert rewrite(tmp_path, "--check").code == 1
    assert path.read_text() == POD
    assert rewrite(tmp_path, "--write").code == 0
    assert path.read_text() == MOVED
    assert rewrite(tmp_path, "--check").code == 0


NAMES = ["pod.yaml", "a b.yaml", 'quo"te.yaml', "back\\slash.yaml", "new\nline.yaml", "é ü.yaml"]


@pytest.mark.skipif(GIT is None, reason="git is not there")
@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("final", [True, False], ids=["final newline", "no final newline"])
def test_git_takes_the_patch(tmp_path: Path, name: str, end: str, final: bool) -> None:
    text = (POD if final else POD.rstrip("\n")).replace("\n", end)
    wanted = (MOVED if final else MOVED.rstrip("\n")).replace("\n", end)
    path = tmp_path / "tree" / name
    path.parent.mkdir()
    path.write_bytes(text.encode())
    patch = rewrite(path.parent, "--diff")
    subprocess.run(
        [str(GIT), "apply", "-"], input=patch.out.encode(), cwd=path.parent, check=True, timeout=60
    )
    assert path.read_bytes() == wanted.encode()


def test_patch_has_what_needs_a_person_beside_it(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD.replace("windows/servercore", "example/app"))
    answer = rewrite(tmp_path, "--diff")
    assert answer.out.startswith("--- a/pod.yaml\n+++ b/pod.yaml\n")
    assert "10 ?  mcr.microsoft.com/example/app:ltsc2019" in answer.err
    assert "->  mcr.microsoft.com/example/app:ltsc2022" in answer.err


def test_code_in_a_suggestion_keeps_its_lines(tmp_path: Path) -> None:
    pool = (
        'resource "azurerm_kubernetes_cluster_node_pool" "w" {\n  name = "w"\n'
        '  os_type = "Windows"\n}\n'
    )
    (tmp_path / "main.tf").write_text(pool)
    lines = [line.strip() for line in rewrite(tmp_path).out.splitlines()]
    at = lines.index('resource "azurerm_kubernetes_cluster_node_pool" "w_windows2022" {')
    assert lines[at + 1] == 'name    = "w22"' or lines[at + 1] == 'name = "w22"'
    assert lines[at + 2].startswith("os_type")


def test_text_says_what_a_pin_blocks_and_offers_a_component(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD)
    patch = "patches:\n- patch: |-\n" + "".join(f"    {line}\n" for line in POD.splitlines())
    (tmp_path / "kustomization.yaml").write_text(f"resources: [../base]\n{patch}")
    out = " ".join(rewrite(tmp_path).out.split())
    assert out.count("the service does not change the OS SKU of the pool in place") == 1
    assert "kind: Component" in out


def test_a_tree_tells_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    for name in ("pod.yaml", "vendor/pod.yaml", "left.yaml"):
        (tmp_path / name).write_text(POD)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("left.yaml\n")
    (tmp_path / "link.yaml").symlink_to("pod.yaml")
    answer = rewrite(tmp_path, "-o", "json")
    assert list(files_of(answer)) == ["pod.yaml"]
    for words in ("not looked into: vendor", ".gitignore: 1", "not followed: 1"):
        assert words in answer.err


def test_what_is_too_large_is_told_and_the_rest_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(POD)
    with (tmp_path / "big.yaml").open("wb") as file:
        file.truncate(200_000_000)
    answer = rewrite(tmp_path, "--write", "-o", "json")
    assert answer.code == 2
    assert "PSE113" in answer.err
    assert "big.yaml" in answer.err
    assert (tmp_path / "a.yaml").read_text() == MOVED
    found = files_of(answer)
    assert found["big.yaml"]["verdict"] == "needs-human"
    assert found["a.yaml"]["verdict"] == "changed"


def test_a_folder_without_rights_is_named_and_the_rest_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "pod.yaml").write_text(POD)
    really = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("/closed"):
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    # Root may read everything, so the refusal is made here.
    monkeypatch.setattr(os, "scandir", refusing)
    answer = rewrite(tmp_path, "--write", "-o", "json")
    assert answer.code == 2
    assert "closed: not read: Permission denied" in answer.err
    assert "PSE113" in answer.errors[0]
    assert (tmp_path / "pod.yaml").read_text() == MOVED


def test_a_named_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\0")
    answer = rewrite(tmp_path / "photo.png")
    assert answer.code == 2
    assert "PSE113" in answer.err


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("Dockerfile", b"FROM \xff\n", "no-utf8"),
        ("pod.yaml", POD.encode("utf-16"), "no-utf8"),
        ("pod.yaml", POD.encode() + b"\xff\n", "no-utf8"),
        ("pod.yaml", POD.encode().replace(b"  image", b"\timage"), "no-yaml"),
    ],
    ids=["latin-1", "utf-16", "half", "tab"],
)
def test_what_cannot_be_read_as_text_is_left_as_it_is(
    tmp_path: Path, name: str, data: bytes, rule: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    answer = rewrite(tmp_path, "--write", "-o", "json")
    assert answer.code == 0
    assert [n["rule"] for n in files_of(answer)[name]["needs"]] == [rule]  # type: ignore[attr-defined]
    assert path.read_bytes() == data


def test_a_yaml_bomb_costs_nothing(tmp_path: Path) -> None:
    bomb = "a0: &a0 [windows]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    (tmp_path / "pod.yaml").write_text(POD + "---\nkind: Pod\n" + bomb)
    assert rewrite(tmp_path, "--write").code == 0
    assert "ltsc2022" in (tmp_path / "pod.yaml").read_text()


def test_a_bottomless_document_is_a_persons(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text("kind: Pod\nspec: " + "[" * 200_000 + "]" * 200_000)
    answer = rewrite(tmp_path, "-o", "json")
    assert answer.code == 0
    assert files_of(answer)["pod.yaml"]["verdict"] == "needs-human"


@pytest.mark.parametrize("sku", ["Windows2031", "Ubuntu2404"])
def test_a_wrong_sku_is_refused_before_anything_is_read(tmp_path: Path, sku: str) -> None:
    answer = poolshift("rewrite", tmp_path / "gone", "--to", sku)
    assert answer.code == 2
    assert "does not exist" not in answer.err
    assert "Windows2022" in answer.err


SAMPLE = "dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019"


def test_registry_confirms_an_edit_or_takes_it_back(aks: LocalAks, tmp_path: Path) -> None:
    (tmp_path / "there.yaml").write_text(POD.replace("windows/servercore:ltsc2019", SAMPLE))
    (tmp_path / "not.yaml").write_text(POD)
    options = ("--to", "Windows2022", "--registry", "-o", "json")
    answer = poolshift("rewrite", tmp_path, *options, POOLSHIFT_SIM=str(aks.folder))
    found = files_of(answer)
    assert found["there.yaml"]["verdict"] == "changed", answer.err
    assert found["not.yaml"]["verdict"] == "needs-human"
    assert "not-in-registry" in str(found["not.yaml"]["needs"])


def test_what_is_to_be_added_keeps_its_lines_and_a_base_outside_is_looked_into(
    tmp_path: Path,
) -> None:
    base, over = tmp_path / "base", tmp_path / "over"
    base.mkdir()
    over.mkdir()
    (base / "kustomization.yaml").write_text("resources: [web.yaml]\n")
    workload = POD.replace("kind: Pod", "kind: Deployment").replace(
        "spec:\n  nodeSelector:\n    kube",
        "spec:\n template:\n  spec:\n   nodeSelector:\n    kube",
    )
    (base / "web.yaml").write_text(workload.partition("  containers")[0])
    (over / "kustomization.yaml").write_text("resources:\n- ../base\n")
    shown = rewrite(over).out
    assert "\n            - target:\n" not in shown
    assert (
        "\n          - target:\n              kind: Deployment\n              name: shop\n" in shown
    )
    assert "0 lines need a person" in rewrite(tmp_path).out
