"""What a file is, what is only reported, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from poolshift.catalog import load_catalog
from poolshift.core.errors import UsageError
from poolshift.rewrite import FileKind, FileVerdict, kind_of, rewrite_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

POD = b"apiVersion: v1\nkind: Pod\n"


@pytest.mark.parametrize(
    ("path", "data", "kind"),
    [
        ("Dockerfile", b"", FileKind.DOCKERFILE),
        ("a/dockerfile.windows", b"", FileKind.DOCKERFILE),
        ("a/web.Dockerfile", b"", FileKind.DOCKERFILE),
        ("Containerfile", b"", FileKind.DOCKERFILE),
        ("Dockerfile.dockerignore", b"", None),
        ("pod.yaml", POD, FileKind.MANIFEST),
        ("pod.yml", b"a: 1\n", None),
        ("pod.json", b'{"apiVersion": "v1", "kind": "Pod"}', FileKind.MANIFEST),
        ("package.json", b"{}", None),
        ("arm.json", b'{"osSKU": "Windows2019"}', FileKind.OTHER),
        ("templates/x.yaml", b"a: {{ .Values.a }}\n", FileKind.HELM),
        ("x.yaml", POD + b"a: {{ b }}\n", FileKind.HELM),
        ("Chart.yaml", b"", FileKind.HELM),
        ("values-prod.yaml", b"", FileKind.HELM),
        ("kustomization.yaml", b"", FileKind.KUSTOMIZE),
        ("main.tf", b"", FileKind.TERRAFORM),
        ("main.bicep", b"", FileKind.BICEP),
        ("app.yaml", POD + b"a: '{{ b }}' # {{ c }}\n", FileKind.MANIFEST),
        ("app.yaml", POD + b"a: '{{ .Values.b }}'\n", FileKind.HELM),
        ("app.yaml", POD + b"{{- if b }}\na: 1\n{{- end }}\n", FileKind.HELM),
        ("templates/app.yaml", POD + b"a: '{{ b }}'\n", FileKind.HELM),
        ("ci.yml", b"pool: {}\nsteps:\n- inputs: {repository: a, tag: ltsc2019}\n", None),
        ("ci.yml", b"jobs:\n- job: a\n  inputs: {repository: a, tag: b}\n", None),
        (
            "sync.yaml",
            b"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n",
            "manifest",
        ),
        ("README.md", b"", None),
    ],
)
def test_kind(path: str, data: bytes, kind: FileKind | None) -> None:
    assert kind_of(path, data) == kind


def test_template_is_not_parsed_and_its_lines_are_named(rewrite: Rewrite) -> None:
    text = POD.decode() + (
        "{{- if .Values.windows }}\nspec:\n  nodeSelector:\n    kubernetes.io/os: windows\n"
        "  # kubernetes.io/os: windows\n"
        "  containers:\n  - image: mcr.microsoft.com/windows/servercore:ltsc2019\n{{- end }}\n"
    )
    result = rewrite("templates/x.yaml", text.encode())
    assert (result.verdict, result.edits) == (FileVerdict.NEEDS_HUMAN, ())
    assert [n.line for n in result.needs] == [6, 9]


def test_template_without_windows_stays(rewrite: Rewrite) -> None:
    result = rewrite("templates/x.yaml", POD + b"a: {{ .Values.a }}\n")
    assert result.verdict == FileVerdict.UNCHANGED
    assert result.reasons


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.tf", 'resource "x" "y" {\n  os_sku = "Windows2019"\n}\n'),
        ("main.bicep", "properties: {\n  osSKU: 'Windows2019'\n}\n"),
        ("arm.json", '{\n"osSKU": "Windows2019"\n}\n'),
    ],
)
def test_infrastructure_is_left_to_a_person(path: str, text: str, rewrite: Rewrite) -> None:
    result = rewrite(path, text.encode())
    assert (result.verdict, result.edits) == (FileVerdict.NEEDS_HUMAN, ())
    assert [n.line for n in result.needs] == [2]
    assert rewrite(path, text.encode(), "Windows2019").verdict == FileVerdict.UNCHANGED


def test_kustomization_changes_the_new_tag(rewrite: Rewrite) -> None:
    text = (
        "images:\n- name: base\n  newName: mcr.microsoft.com/windows/servercore\n"
        '  newTag: "ltsc2019"\n- name: nginx\n  newTag: "1.27"\n'
    )
    result = rewrite("kustomization.yaml", text.encode())
    assert result.data == text.replace("ltsc2019", "ltsc2022").encode()


@pytest.mark.parametrize(
    "text",
    [
        "images:\n- name: mcr.microsoft.com/windows/servercore\n  digest: sha256:abc\n",
        "images:\n- name: mcr.microsoft.com/windows\n  newTag: ltsc2019\n",
        "images: [\n",
    ],
    ids=["digest", "other-image", "no-yaml"],
)
def test_kustomization_that_needs_a_person(text: str, rewrite: Rewrite) -> None:
    assert rewrite("kustomization.yaml", text.encode()).verdict == FileVerdict.NEEDS_HUMAN


def test_what_is_no_utf_8_is_not_touched() -> None:
    data = b"FROM x\nRUN \xff\n"
    result = rewrite_file("Dockerfile", data, "Windows2022", load_catalog())
    assert (result.verdict, result.data, result.needs[0].line) == (
        FileVerdict.NEEDS_HUMAN,
        data,
        2,
    )


@pytest.mark.parametrize(
    ("to", "options"),
    [
        ("AzureLinux3", {}),
        ("Windows2031", {}),
        ("Windows2022", {"key": "colour"}),
        ("Windows2022", {"guard": "green"}),
    ],
    ids=["linux", "unknown", "key", "guard"],
)
def test_wrong_settings_are_refused(to: str, options: dict[str, str], rewrite: Rewrite) -> None:
    with pytest.raises(UsageError):
        rewrite("Dockerfile", b"FROM scratch\n", to, **options)


def test_json_form_has_everything_but_the_bytes(rewrite: Rewrite) -> None:
    plain = rewrite("Dockerfile", b"FROM mcr.microsoft.com/windows:1809\n").to_builtins()
    assert set(plain) == {"path", "kind", "verdict", "edits", "needs", "reasons"}
    assert plain["kind"] == "dockerfile"
    assert set(plain["needs"][0]) == {"line", "reason", "suggestion", "rule"}
