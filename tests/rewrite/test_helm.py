"""Helm: values are edited where the mapping decides; templates are read as text and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from poolshift.rewrite import FileKind, FileVerdict, kind_of
from poolshift.rewrite.helm.actions import values_by_line, without_comments

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

GUARD = "poolshift.io/guard=green:NoSchedule"
VALUES = """\
# values of the chart
web:
  image: # of the web
    tag: ltsc2019  # stays
    registry: mcr.microsoft.com
    repository: "windows/servercore"
    # tag: ltsc2022
  nodeSelector:
    kubernetes.io/os: windows
    "kubernetes.azure.com/os-sku": 'Windows2019'
  name: '{{ .Release.Name }}-x'
"""
DEPLOYMENT = """\
kind: Deployment
spec: {{ .x }}
  template:
    spec:
      nodeSelector:
        kubernetes.io/os: windows
      containers:
      - image: "{{ .Values.web.image.repository }}:{{ .Values.web.image.tag }}"
"""


def needs(result: FileResult) -> dict[int, str]:
    """Rules by line of a file that keeps its bytes."""
    assert result.edits == ()
    return {n.line: n.rule for n in result.needs}


def test_image_by_its_parts_and_pin_are_edited(rewrite: Rewrite) -> None:
    result = rewrite("values.yaml", VALUES.encode())
    expected = VALUES.replace("tag: ltsc2019", "tag: ltsc2022").replace(
        "'Windows2019'", "'Windows2022'"
    )
    assert (result.data.decode(), result.verdict) == (expected, FileVerdict.CHANGED)
    build = VALUES.replace(
        "\"kubernetes.azure.com/os-sku\": 'Windows2019'",
        "node.kubernetes.io/windows-build: 10.0.17763",
    )
    assert "windows-build: 10.0.20348\n" in rewrite("values.yaml", build.encode()).data.decode()


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("image: mcr.microsoft.com/windows/nanoserver:1809\n", "ltsc2022"),
        ("sideImage: 'mcr.microsoft.com/windows/servercore:ltsc2019'\n", "ltsc2022"),
        ("a: {image: mcr.microsoft.com/windows/servercore, tag: ltsc2019}\n", "ltsc2022"),
        ("image: mcr.microsoft.com/windows/servercore\nimageTag: ltsc2019\n", "ltsc2022"),
        ("imageRepository: mcr.microsoft.com/windows/servercore\nimageTag: ltsc2019\n", "ltsc2022"),
        (
            "global: {imageRegistry: mcr.microsoft.com}\n"
            "x: [{image: {repository: windows/servercore, tag: ltsc2019}}]\n",
            "ltsc2022",
        ),
    ],
    ids=["whole", "other-key", "with-tag", "image-tag", "prefixed", "global-registry"],
)
def test_forms_of_an_image(text: str, new: str, rewrite: Rewrite) -> None:
    result = rewrite("values.yaml", text.encode())
    old = "1809" if "1809" in text else "ltsc2019"
    assert result.data.decode() == text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image:\n  repository: reg.example/shop\n  tag: v1-ltsc2019\n", {3: "foreign-os-tag"}),
        (
            "image:\n  repository: mcr.microsoft.com/windows/servercore\n"
            "  tag: ltsc2019\n  digest: sha256:abc\n",
            {3: "digest-pin"},
        ),
        ("nodeSelector:\n  kubernetes.io/os: windows\n", {2: "values-selector"}),
        ("windowsNodeSelector:\n  kubernetes.io/os: windows\n", {2: "values-selector"}),
        (
            "nodeSelector:\n  kubernetes.io/os: windows\n"
            "  kubernetes.azure.com/os-sku: Windows2022\n"
            "image:\n  repository: reg.example/shop\n  tag: v1\n",
            {6: "private-base"},
        ),
        (
            "osVersion: ltsc2019\nagentTagSuffix: '1809'\nport: 1809\n",
            {1: "values-os", 2: "values-os"},
        ),
        (
            "a: {image: {repository: mcr.microsoft.com/windows/servercore, tag: &t ltsc2019}}\n"
            "b: {image: {repository: nginx, tag: *t}}\n",
            {1: "shared-anchor"},
        ),
        (
            "tolerations:\n- key: node.kubernetes.io/windows-build\n  value: 10.0.17763\n",
            {3: "values-toleration"},
        ),
        ("a: [\n", {2: "no-yaml"}),
    ],
)
def test_values_that_need_a_person(text: str, expected: dict[int, str], rewrite: Rewrite) -> None:
    assert needs(rewrite("values.yaml", text.encode())) == expected


def test_missing_pin_is_told_with_the_line_to_add(rewrite: Rewrite) -> None:
    result = rewrite("values.yaml", b"nodeSelector:\n  kubernetes.io/os: windows\n", guard=GUARD)
    assert [n.rule for n in result.needs] == ["values-selector", "toleration"]
    assert "kubernetes.azure.com/os-sku: Windows2022" in result.needs[0].suggestion
    assert GUARD in result.needs[1].suggestion


@pytest.mark.parametrize(
    "text",
    [
        "image: {repository: nginx, tag: ltsc-1}\nnodeSelector: {kubernetes.io/os: linux}\n",
        "image: {repository: sigwindows/x, tag: ''}\n",
        "podLabels: {os: ltsc2019}\nannotations: {image: 'mcr.microsoft.com/windows:1809'}\n",
        "securityContext: {windowsOptions: {hostProcess: true}}\n"
        "image: {repository: x/windows-agent, tag: v1}\n",
        "service: {port: 1809}\n",
    ],
    ids=["linux", "tag-of-the-chart", "labels", "host-process", "number"],
)
def test_values_that_are_left_alone(text: str, rewrite: Rewrite) -> None:
    assert rewrite("values.yaml", text.encode()).verdict == FileVerdict.UNCHANGED


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("prod.yaml", VALUES, FileKind.HELM),
        ("x.yaml", "web: {nodeSelector: {a: b}}\n", FileKind.HELM),
        ("x.yaml", "nodeSelector: {kubernetes.io/os: linux}\nimage: a\n", None),
        ("x.yaml", "spec:\n  nodeSelector:\n    kubernetes.io/os: windows\n", FileKind.MANIFEST),
        ("compose.yaml", "services:\n  web:\n    image: nginx\n", None),
        ("x.yaml", "a: &a [*a]\n", None),
        ("pod.yaml", "apiVersion: v1\nkind: Pod\nnodeSelector: {}\n", FileKind.MANIFEST),
    ],
)
def test_values_are_recognised_by_content(path: str, text: str, kind: FileKind | None) -> None:
    assert kind_of(path, text.encode()) == kind


def test_value_to_set_is_named(rewrite: Rewrite) -> None:
    result = rewrite("templates/web.yaml", DEPLOYMENT.encode())
    assert needs(result) == {6: "template-selector", 8: "template-image"}
    assert ".Values.web.image.tag" in result.needs[1].suggestion
    assert ".Values.web.image.repository" not in result.needs[1].suggestion
    assert "kubernetes.azure.com/os-sku: Windows2022" in result.needs[0].suggestion


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: Deployment", "kind: DaemonSet", {8: "template-image"}),
        ("kind: Deployment", "kind: Agent\nmode: daemonset", {9: "template-image"}),
        ("        kubernetes.io/os: windows\n", "        kubernetes.io/os: linux\n", {}),
        ("        kubernetes.io/os: windows\n", "        # kubernetes.io/os: windows\n", {}),
        (
            "        kubernetes.io/os: windows\n",
            "        {{/* kubernetes.io/os: windows */}}\n",
            {},
        ),
        (
            "        kubernetes.io/os: windows\n",
            "        kubernetes.io/os: windows\n        kubernetes.azure.com/os-sku: Windows2022\n",
            {9: "template-image"},
        ),
        (
            "        kubernetes.io/os: windows\n",
            "        kubernetes.azure.com/os-sku: {{ .Values.sku }}\n",
            {6: "template-pin", 8: "template-image"},
        ),
        (
            '"{{ .Values.web.image.repository }}:{{ .Values.web.image.tag }}"',
            "mcr.microsoft.com/windows/servercore:ltsc2019",
            {6: "template-selector", 8: "template-image"},
        ),
        (
            '"{{ .Values.web.image.repository }}:{{ .Values.web.image.tag }}"',
            '{{ .Values.i | default "mcr.microsoft.com/windows/servercore:ltsc2019" }}',
            {6: "template-selector", 8: "template-image"},
        ),
        (
            "      containers",
            "      securityContext: {windowsOptions: {hostProcess: true}}\n      containers",
            {6: "template-selector"},
        ),
    ],
)
def test_lines_of_a_template(
    old: str, new: str, expected: dict[int, str], rewrite: Rewrite
) -> None:
    text = DEPLOYMENT.replace(old, new)
    assert needs(rewrite("templates/web.yaml", text.encode())) == expected


def test_literal_image_gets_the_mapped_suggestion(rewrite: Rewrite) -> None:
    text = "a: {{ .b }}\nkind: Pod\nspec:\n  containers:\n"
    text += "  - image: mcr.microsoft.com/windows/servercore:ltsc2019\n"
    (need,) = rewrite("templates/pod.yaml", text.encode()).needs
    assert (need.line, need.suggestion) == (
        5,
        "write mcr.microsoft.com/windows/servercore:ltsc2022",
    )


def test_affinity_of_the_os_is_a_selector(rewrite: Rewrite) -> None:
    text = """\
kind: Deployment
name: {{ .x }}
affinity:
  - matchExpressions:
      - key: kubernetes.io/os
        operator: In
        values:
          - windows
---
kind: Deployment
affinity:
  - matchExpressions:
      - operator: NotIn
        values: [windows]
        key: kubernetes.io/os
      - {key: kubernetes.io/os, operator: In, values: [linux]}
"""
    assert needs(rewrite("templates/a.yaml", text.encode())) == {5: "template-selector"}


def test_nodes_out_of_values_are_told_where_windows_is_sure(rewrite: Rewrite) -> None:
    text = """\
kind: Deployment
spec:
  securityContext:
    windowsOptions: {gmsaCredentialSpecName: x}
  {{- with .Values.web.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  tolerations: {{ toYaml .Values.web.tolerations | nindent 4 }}
"""
    result = rewrite("templates/a.yaml", text.encode(), guard=GUARD)
    assert needs(result) == {6: "template-selector", 9: "toleration"}
    assert ".Values.web.nodeSelector" in result.needs[0].suggestion
    assert ".Values.web.tolerations" in result.needs[1].suggestion


def test_values_are_followed_through_blocks() -> None:
    text = """\
{{- with .Values.a }}
{{ .b.c }} {{ $.Values.d }}
{{- if .e }}{{ . }}{{ end }}
{{- else }}
{{ .f }}
{{- end }}
{{- range .Values.l }}
{{ .name }}
{{- end }}
{{ index .Values "x" "y-z" }} {{ include "n" . }} {{ "a.b" | quote }}
"""
    found = values_by_line(text)
    assert found[2] == (".Values.a.b.c", ".Values.d")
    assert found[3] == (".Values.a.e", ".Values.a")
    assert 5 not in found
    assert found[8] == (".Values.l[].name",)
    assert found[10] == (".Values.x.y-z",)


def test_comments_are_blanked_and_nothing_moves() -> None:
    text = "a: 'x # y' # z\n{{- /* b\nc */ -}}\nd: {{ \"#\" }}\n# e"
    blanked = without_comments(text)
    assert len(blanked) == len(text)
    assert blanked.split("\n")[0].rstrip() == "a: 'x # y'"
    assert blanked.split("\n")[1:3] == [" " * 8, " " * 8]
    assert blanked.split("\n")[3:] == ['d: {{ "#" }}', "   "]


DAEMON = """\
agent:
  kind: DaemonSet
  image: mcr.microsoft.com/windows/servercore:ltsc2019
  nodeSelector:
    kubernetes.io/os: windows
    kubernetes.azure.com/os-sku: Windows2019
logs:
  daemonset:
    nodeSelector: {kubernetes.io/os: windows}
    image: {repository: mcr.microsoft.com/windows/nanoserver, tag: "1809"}
"""


def test_values_that_make_a_daemon_set_stay(rewrite: Rewrite) -> None:
    result = rewrite("values.yaml", DAEMON.encode())
    assert result.edits == ()
    assert [(n.line, n.rule) for n in result.needs] == [
        (3, "daemon-build"),
        (6, "daemon-pin"),
        (10, "daemon-build"),
    ]


def test_name_beside_a_tag_is_a_repository(rewrite: Rewrite) -> None:
    text = "image:\n  name: mcr.microsoft.com/windows/nanoserver\n  tag: '1809'\n"
    result = rewrite("values.yaml", text.encode())
    assert result.data.decode() == text.replace("1809", "ltsc2022")


@pytest.mark.parametrize(
    ("line", "rule", "said"),
    [
        ('{{ .Values.tag | default "ltsc2019" }}', "template-os", "ltsc2019"),
        ('image: {repository: "a/b", tag: "1.0"}', "", ""),
        (
            'nodeSelector: { kubernetes.azure.com/os-sku: "{{ .Values.sku }}" }',
            "template-pin",
            "{{ .Values.sku }}",
        ),
    ],
    ids=["default", "parts", "quoted-pin"],
)
def test_lines_of_a_template_are_told_as_they_are(
    line: str, rule: str, said: str, rewrite: Rewrite
) -> None:
    result = rewrite("templates/x.yaml", f"kind: Deployment\nx: {{{{ .y }}}}\n{line}\n".encode())
    assert [(n.line, n.rule) for n in result.needs] == ([(3, rule)] if rule else [])
    assert all(said in n.reason for n in result.needs)
