"""What delivery tools are handed: values, parameters, images and patches inside of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

REPOSITORY = "mcr.microsoft.com/windows/servercore"
FLUX = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n"
ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n"
SET = (
    "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  template:\n"
    "    metadata: {name: '{{cluster}}-web'}\n    spec:\n"
)
CONTROLLER = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec:\n  valuesContent: |-\n"
SYNC = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n"

EDITED = {
    "values": f"{FLUX}  values:\n    image: {{repository: {REPOSITORY}, tag: ltsc2019}}\n",
    "renderer": f"{FLUX}  postRenderers:\n  - kustomize:\n      images:\n"
    f"      - {{name: {REPOSITORY}, newTag: ltsc2019}}\n",
    "values object": f"{ARGO}  source:\n    helm:\n      valuesObject:\n"
    f"        image: {{repository: {REPOSITORY}, tag: ltsc2019}}\n",
    "one of several sources": f"{ARGO}  sources:\n  - helm:\n      valuesObject:\n"
    f"        image: {REPOSITORY}:ltsc2019\n",
    "values as text": f"{ARGO}  source:\n    helm:\n      values: |\n"
    f"        image: {REPOSITORY}:ltsc2019 # keep\n",
    "image": f"{ARGO}  source:\n    kustomize:\n      images:\n"
    f"      - {REPOSITORY}={REPOSITORY}:ltsc2019\n",
    "image without a name": f'{ARGO}  source:\n    kustomize:\n      images: ["{REPOSITORY}:'
    'ltsc2019"]\n',
    "set of applications": f"{SET}      source:\n        helm:\n          valuesObject:\n"
    f"            image: {{repository: {REPOSITORY}, tag: ltsc2019}}\n",
    "chart of a controller": f"{CONTROLLER}    image: {REPOSITORY}:ltsc2019\n",
    "images of a sync": f"{SYNC}  images:\n  - {{name: {REPOSITORY}, newTag: ltsc2019}}\n",
    "patch of a sync": f"{SYNC}  patches:\n  - target: {{kind: Deployment}}\n    patch: |\n"
    "      - op: replace\n        path: /spec/template/spec/containers/0/image\n"
    f"        value: {REPOSITORY}:ltsc2019\n",
}


@pytest.mark.parametrize("name", EDITED)
def test_what_is_handed_on_is_edited_where_it_stands(name: str, rewrite: Rewrite) -> None:
    text = EDITED[name]
    result = rewrite("web.yaml", text.encode())
    assert result.data.decode() == text.replace("ltsc2019", "ltsc2022").replace(
        f"{REPOSITORY}:ltsc2022={REPOSITORY}", f"{REPOSITORY}:ltsc2019={REPOSITORY}"
    )
    assert result.needs == ()


TOLD = {
    "parameter": (
        f"{ARGO}  source:\n    helm:\n      parameters:\n"
        "      - {name: image.tag, value: windowsservercore-ltsc2019}\n",
        (8, "values-os"),
    ),
    "image as parameter": (
        f"{ARGO}  source:\n    helm:\n      parameters:\n"
        f"      - {{name: image, value: '{REPOSITORY}:ltsc2019'}}\n",
        (8, "values-image"),
    ),
    "selector": (
        f"{FLUX}  values:\n    nodeSelector:\n      kubernetes.io/os: windows\n",
        (7, "values-selector"),
    ),
    "quoted values": (
        f"{ARGO}  source:\n    helm:\n      values: 'image: {REPOSITORY}:ltsc2019'\n",
        (7, "inline-values"),
    ),
    "template of values": (
        "apiVersion: addons.cluster.x-k8s.io/v1alpha1\nkind: HelmChartProxy\nspec:\n"
        f"  valuesTemplate: |\n    name: '{{{{ .Cluster.name }}}}'\n    image: {REPOSITORY}:"
        "ltsc2019\n",
        (6, "template-image"),
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_the_chart_makes_of_it_is_a_persons(name: str, rewrite: Rewrite) -> None:
    text, need = TOLD[name]
    result = rewrite("web.yaml", text.encode())
    assert result.edits == ()
    assert [(n.line, n.rule) for n in result.needs] == [need]


def test_daemon_set_among_the_values_stays(rewrite: Rewrite) -> None:
    text = (
        f"{FLUX}  values:\n    extraObjects:\n    - apiVersion: apps/v1\n      kind: DaemonSet\n"
        "      metadata: {name: d}\n      spec: {template: {spec: {nodeSelector: "
        "{kubernetes.io/os: windows, kubernetes.azure.com/os-sku: Windows2019}, "
        f"containers: [{{image: '{REPOSITORY}:ltsc2019'}}]}}}}}}\n"
    )
    result = rewrite("web.yaml", text.encode())
    assert result.edits == ()
    assert {n.rule for n in result.needs} == {"daemon-pin", "daemon-build"}


def test_lines_inside_of_a_text_are_those_of_the_file(rewrite: Rewrite) -> None:
    result = rewrite("web.yaml", EDITED["values as text"].encode())
    assert [e.line for e in result.edits] == [8]
    assert any(reason.startswith("line 8: mcr") for reason in result.reasons)
