"""What kind of file it is, by its name and, where that leaves it open, by its content."""

from __future__ import annotations

import re

import yaml

from poolshift.rewrite.helm import is_values
from poolshift.rewrite.kustomize import is_kustomization, is_patch
from poolshift.rewrite.model import FileKind
from poolshift.rewrite.yamltree import Mapping, Scalar, compose, every_node

_DOCKERFILE = re.compile(r"(dockerfile|containerfile)([._-].*)?|.*\.(dockerfile|containerfile)")
_BY_CONTENT = (".yaml", ".yml", ".json", ".tpl")
"""Ends of names that leave it to the content what a file is."""
_KUSTOMIZE_KINDS = ("Kustomization", "Component")
_ARM = re.compile(
    r'"osSKU"|"Microsoft\.ContainerService/managedClusters|/deploymentParameters\.json',
    re.IGNORECASE,
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 8_000
"""A zero byte so early tells a binary file, as git has it."""
_KUBERNETES = re.compile(r"(^|[{,])\s*[\"']?(apiVersion|kind)[\"']?\s*:", re.MULTILINE)
_HELM = re.compile(
    r"\.(?:Values|Release|Chart|Capabilities|Files)\b|\{\{-?\s*(?:include|template|define)\b"
)
"""What no other tool's actions hold."""
_FRAGMENT = re.compile(
    r"""^\s*["']?((beta\.)?kubernetes\.io/os["']?\s*:\s*["']?windows|kubernetes\.azure\.com/os-sku)""",
    re.MULTILINE,
)
"""What a piece of a manifest for Windows says, without a kind."""


def is_utf16(data: bytes) -> bool:
    """Whether a file says of itself that it is UTF-16."""
    return data.startswith(_UTF16)


def may_be_recognised(path: str) -> bool:
    """Whether the name of a file leaves it possible that `kind_of` knows it."""
    name = path.lower().rpartition("/")[2]
    return name.endswith(_BY_CONTENT) or kind_of(path, b"") is not None


def kind_of(path: str, data: bytes) -> FileKind | None:
    """What a file is, by its name and, for YAML and JSON, its content; None when it is none."""
    folders, _, name = path.lower().rpartition("/")
    if _DOCKERFILE.fullmatch(name) and not name.endswith((".dockerignore", ".md")):
        return FileKind.DOCKERFILE
    if name.endswith((".tf", ".tf.json", ".tfvars")):
        return FileKind.TERRAFORM
    if name.endswith((".bicep", ".bicepparam")):
        return FileKind.BICEP
    if name in ("kustomization.yaml", "kustomization.yml", "kustomization"):
        return FileKind.KUSTOMIZE
    if not name.endswith(_BY_CONTENT):
        return None
    return _kind_of_text(name, folders.split("/"), data)


def _kind_of_text(name: str, folders: list[str], data: bytes) -> FileKind | None:
    wide = is_utf16(data)
    if not wide and b"\0" in data[:_HEAD]:
        return None
    text = data.decode("utf-16" if wide else "utf-8", errors="replace")
    is_chart = name in ("chart.yaml", "chart.yml")
    if is_chart or (name.startswith("values") and re.fullmatch(r"values([._-].*)?\.ya?ml", name)):
        return FileKind.HELM
    if name.endswith(".tpl"):
        return FileKind.HELM
    if "{{" in text and ("templates" in folders or _is_template(text)):
        return FileKind.HELM
    if name.endswith(".json"):
        return FileKind.OTHER if _ARM.search(text) else _json_kind(text)
    # Nearly every manifest says so in the first column, and a plain look is the quickest.
    is_plain = "\nkind:" in text and not any(word in text for word in _KUSTOMIZE_KINDS)
    if is_plain:
        return FileKind.MANIFEST
    if is_kustomization(text):
        return FileKind.KUSTOMIZE
    if is_values(text):
        return FileKind.HELM
    found = _KUBERNETES.search(text) or _FRAGMENT.search(text)
    return FileKind.MANIFEST if found else None


def _is_template(text: str) -> bool:
    """Whether a text with braces makes a manifest only when a tool has filled it in.

    Braces inside of strings may be anybody's: of alerts, dashboards, workflows. Such a file is
    YAML as it stands.
    """
    if not _KUBERNETES.search(text):
        return False
    if _HELM.search(text):
        return True
    try:
        roots = compose(text.lstrip("\ufeff")).roots
    except (yaml.YAMLError, ValueError):
        return True
    mappings = (n for n in every_node(roots) if isinstance(n, Mapping))
    # An action that stands where a value should reads as a mapping that is a key.
    return any(not isinstance(key, Scalar) for node in mappings for key, _ in node.value)


def _json_kind(text: str) -> FileKind | None:
    if is_patch(text):
        return FileKind.KUSTOMIZE
    found = re.search(r'"apiVersion"\s*:', text) and re.search(r'"kind"\s*:', text)
    return FileKind.MANIFEST if found else None
