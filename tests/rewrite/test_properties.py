"""For any input: no failure, edits that tell every change, nothing more the second time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolshift.catalog import load_catalog
from poolshift.rewrite import rewrite_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
TARGETS = ["Windows2022", "Windows2025"]
GUARD = "poolshift.io/guard=green:NoSchedule"
CATALOG = load_catalog()

WORDS = [
    "FROM ",
    "ARG ",
    "COPY --from=",
    " AS a",
    "\n",
    "\r\n",
    "\\\n",
    "`\n",
    "# escape=`\n",
    "$A",
    "${A",
    "}",
    "A=",
    "=",
    '"',
    "'",
    " ",
    "mcr.microsoft.com/",
    "windows/servercore:",
    "ltsc2019",
    "1809",
    "windows/nanoserver:",
    "@sha256:0",
    "<<EOF\n",
    "EOF",
    "{{",
    "}}",
    "\ufeff",
    "é",
    "--platform=windows ",
]
YAML_WORDS = [
    "kind: Pod\n",
    "apiVersion: v1\n",
    "spec:\n",
    "  nodeSelector:\n",
    "    kubernetes.io/os: windows\n",
    "  nodeSelector: {kubernetes.io/os: windows}\n",
    "  containers:\n",
    "  - image: ",
    "---\n",
    "\r\n",
    "\n",
    "mcr.microsoft.com/windows/servercore:ltsc2019",
    "'",
    '"',
    "&a ",
    "*a",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "  tolerations:\n",
    "  - key: a\n",
    "\t",
    "#",
    "|\n",
    "? ",
    "\ufeff",
    "é",
    "\u2028",
    "items:\n",
    "List",
]


def apply_edits(data: bytes, result: FileResult) -> bytes:
    edits = {edit.line: edit for edit in result.edits}
    lines = []
    for number, line in enumerate(data.decode().split("\n"), start=1):
        edit = edits.get(number)
        assert edit is None or edit.old == line
        if edit is None or edit.new is not None:
            lines.append(line if edit is None or edit.new is None else edit.new)
    return "\n".join(lines).encode()


def hold(path: str, data: bytes, to: str, guard: str | None) -> None:
    result = rewrite_file(path, data, to, CATALOG, guard=guard)
    assert apply_edits(data, result) == result.data
    untouched = {e.line for e in result.edits}
    old = data.decode().split("\n")
    new = result.data.decode()
    for number, line in enumerate(old, start=1):
        assert number in untouched or line in new
    again = rewrite_file(path, result.data, to, CATALOG, guard=guard)
    assert (again.data, again.edits) == (result.data, ())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=24), st.sampled_from(["Windows2022", "Windows2025"])
)
def test_any_dockerfile(words: list[str], to: str) -> None:
    hold("Dockerfile", "".join(words).encode(), to, None)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(YAML_WORDS), max_size=24), st.sampled_from([None, GUARD]))
def test_any_manifest(words: list[str], guard: str | None) -> None:
    hold("pod.yaml", ("kind: Pod\n" + "".join(words)).encode(), "Windows2022", guard)


RICH = {
    "pod.yaml": """\
# two workloads
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    spec:
      nodeSelector:
        "kubernetes.io/os": windows  # any
        disk: fast
      tolerations:
      - {key: a, operator: Exists}
      containers:
      - name: a
        image: "mcr.microsoft.com/windows/servercore:ltsc2019"
      - name: b
        image: &i mcr.microsoft.com/windows/nanoserver:1809
---
apiVersion: v1
kind: List
items:
- kind: Pod
  spec: {nodeSelector: {kubernetes.azure.com/os-sku: 'Windows2019'}, containers: [{image: a:b}]}
- kind: DaemonSet
  spec: {template: {spec: {nodeSelector: {kubernetes.io/os: linux}}}}
""",
    "Dockerfile": """\
# escape=`
ARG REG=mcr.microsoft.com/windows
ARG TAG="1809"
FROM --platform=windows/amd64 ${REG}/nanoserver:${TAG} AS build
SHELL ["powershell", "-Command"]
RUN Write-Host `
  done
COPY --from=mcr.microsoft.com/windows/servercore:ltsc2019 a b
FROM mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2019
COPY --from=build a b
""",
}
CHANGE = st.tuples(
    st.floats(0, 1), st.integers(0, 12), st.sampled_from([*WORDS, *YAML_WORDS, "", " ", "  "])
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(RICH)),
    st.lists(CHANGE, max_size=4),
    st.booleans(),
    st.sampled_from(TARGETS),
    st.sampled_from([None, GUARD]),
)
def test_any_change_of_a_real_file(
    path: str, changes: list[tuple[float, int, str]], crlf: bool, to: str, guard: str | None
) -> None:
    text = RICH[path].replace("\n", "\r\n") if crlf else RICH[path]
    for where, length, new in changes:
        at = int(where * len(text))
        text = text[:at] + new + text[at + length :]
    hold(path, text.encode(), to, guard)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["Dockerfile", "x.yaml", "kustomization.yaml"]))
def test_any_bytes(data: bytes, path: str) -> None:
    result = rewrite_file(path, data, "Windows2022", CATALOG)
    assert result.edits or result.data == data


needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the collected files do not lie beside the repository"
)


@needs_corpus
@pytest.mark.parametrize("folder", ["dockerfiles", "manifests", "terraform"])
@pytest.mark.parametrize("to", ["Windows2022", "Windows2025"])
@pytest.mark.parametrize("guard", [None, GUARD], ids=["free", "guarded"])
def test_collected_files(folder: str, to: str, guard: str | None) -> None:
    files = sorted((CORPUS / folder).iterdir())
    assert files
    for path in files:
        hold(path.name, path.read_bytes(), to, guard)
