"""Recognises a file and rewrites it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.rewrite.arm import rewrite_bicep, rewrite_template_json
from poolshift.rewrite.dockerfile import rewrite_dockerfile
from poolshift.rewrite.findings import Collector
from poolshift.rewrite.helm import is_values, rewrite_helm
from poolshift.rewrite.kustomize import is_kustomization, is_patch, rewrite_kustomization
from poolshift.rewrite.manifests import rewrite_manifest
from poolshift.rewrite.model import FileKind, FileResult, FileVerdict, Need, Settings
from poolshift.rewrite.splices import Text
from poolshift.rewrite.terraform import rewrite_terraform
from poolshift.semantics.pins import OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.taints import parse_taint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.catalog import Catalog
    from poolshift.rewrite.around import Around
    from poolshift.rewrite.model import Resolve

_DOCKERFILE = re.compile(r"(dockerfile|containerfile)([._-].*)?|.*\.(dockerfile|containerfile)")
_BY_CONTENT = (".yaml", ".yml", ".json", ".tpl")
"""Ends of names that leave it to the content what a file is."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 8_000
"""A zero byte so early tells a binary file, as git has it."""
_KUBERNETES = re.compile(r"(^|[{,])\s*[\"']?(apiVersion|kind)[\"']?\s*:", re.MULTILINE)
_FRAGMENT = re.compile(
    r"""^\s*["']?((beta\.)?kubernetes\.io/os["']?\s*:\s*["']?windows|kubernetes\.azure\.com/os-sku)""",
    re.MULTILINE,
)
"""What a piece of a manifest for Windows says, without a kind."""
_TEMPLATE = re.compile(r"\{\{")
_ARM = re.compile(
    r'"osSKU"|"Microsoft\.ContainerService/managedClusters|/deploymentParameters\.json',
    re.IGNORECASE,
)


def may_be_recognised(path: str) -> bool:
    """Whether the name of a file leaves it possible that `kind_of` knows it."""
    name = PurePosixPath(path).name.lower()
    return name.endswith(_BY_CONTENT) or kind_of(path, b"") is not None


def kind_of(path: str, data: bytes) -> FileKind | None:
    """What a file is, by its name and, for YAML and JSON, its content; None when it is none."""
    name = PurePosixPath(path).name.lower()
    parts = {part.lower() for part in PurePosixPath(path).parts[:-1]}
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
    return _kind_of_text(name, parts, data)


def _kind_of_text(name: str, parts: set[str], data: bytes) -> FileKind | None:
    is_utf16 = data.startswith(_UTF16)
    if not is_utf16 and b"\0" in data[:_HEAD]:
        return None
    text = data.decode("utf-16" if is_utf16 else "utf-8", errors="replace")
    is_chart = name in ("chart.yaml", "chart.yml")
    if is_chart or re.fullmatch(r"values([._-].*)?\.ya?ml", name):
        return FileKind.HELM
    if name.endswith(".tpl") or (_TEMPLATE.search(text) and _KUBERNETES.search(text)):
        return FileKind.HELM
    if _TEMPLATE.search(text) and "templates" in parts:
        return FileKind.HELM
    if name.endswith(".json"):
        return FileKind.OTHER if _ARM.search(text) else _json_kind(text)
    if is_kustomization(text):
        return FileKind.KUSTOMIZE
    if is_values(text):
        return FileKind.HELM
    found = _KUBERNETES.search(text) or _FRAGMENT.search(text)
    return FileKind.MANIFEST if found else None


def _json_kind(text: str) -> FileKind | None:
    if is_patch(text):
        return FileKind.KUSTOMIZE
    found = re.search(r'"apiVersion"\s*:', text) and re.search(r'"kind"\s*:', text)
    return FileKind.MANIFEST if found else None


def rewrite_file(
    path: str,
    data: bytes,
    to: str,
    catalog: Catalog,
    *,
    key: str = "os-sku",
    guard: str | None = None,
    resolve: Resolve | None = None,
    images: Mapping[str, str] | None = None,
    copies: bool = False,
    around: Around | None = None,
) -> FileResult:
    """What a file becomes for an OS SKU.

    Args:
        path: how the file is called in the result; its name decides what it is.
        data: its bytes.
        to: the OS SKU to move to.
        catalog: the facts.
        key: which label templates get: `os-sku` or `windows-build`.
        guard: a taint KEY=VALUE:EFFECT that Windows templates must tolerate.
        resolve: asks the registry; None leaves it at the catalog's word.
        images: references that the user replaced, old to new.
        copies: whether DaemonSets that are tied to a version get a copy for the target.
        around: the files beside it; None where nothing of them is known.

    Raises:
        UsageError: `to` is no Windows OS SKU, or `key` or `guard` has another form.
    """
    settings = _settings(
        to, catalog, key=key, guard=guard, resolve=resolve, images=dict(images or {}), copies=copies
    )
    kind = kind_of(path, data) or FileKind.OTHER
    try:
        source = Text(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        is_utf16 = data.startswith(_UTF16)
        reason = f"this is {'UTF-16' if is_utf16 else 'no UTF-8'}, so the file was not read"
        return unread(path, kind, data, Need(line, reason, "save it as UTF-8", "no-utf8"))
    collector = Collector(source, settings, around)
    _rewrite(kind, path, collector)
    return collector.result(path, kind)


def unread(path: str, kind: FileKind, data: bytes, need: Need) -> FileResult:
    """The result of a file that was not read: nothing changes, and a person is told why."""
    return FileResult(path, kind, FileVerdict.NEEDS_HUMAN, (), (need,), (), data)


def _rewrite(kind: FileKind, path: str, collector: Collector) -> None:
    match kind:
        case FileKind.DOCKERFILE:
            rewrite_dockerfile(collector)
        case FileKind.MANIFEST:
            rewrite_manifest(collector)
        case FileKind.KUSTOMIZE:
            rewrite_kustomization(collector)
        case FileKind.HELM:
            rewrite_helm(path, collector)
        case FileKind.TERRAFORM:
            rewrite_terraform(path, collector)
        case FileKind.BICEP:
            rewrite_bicep(collector)
        case FileKind.OTHER:
            rewrite_template_json(collector)


def _settings(
    to: str,
    catalog: Catalog,
    *,
    key: str,
    guard: str | None,
    resolve: Resolve | None,
    images: Mapping[str, str],
    copies: bool,
) -> Settings:
    sku = catalog.sku(to)
    if sku is None or sku.os_type != "Windows" or not catalog.image_os(sku.id):
        names = ", ".join(s for s in catalog.windows_skus() if catalog.image_os(s))
        raise UsageError(
            f"files cannot be rewritten for {to}",
            why="only images and templates of Windows name the OS version",
            fix=f"Name one of {names}: --to SKU",
            code="PSE330",
        )
    keys = {"os-sku": OS_SKU_KEY, "windows-build": WINDOWS_BUILD_KEY}
    if key not in keys:
        raise UsageError(
            f"--key {key} is none of {', '.join(keys)}", fix="Name one of them", code="PSE331"
        )
    return Settings(
        to=sku.id,
        catalog=catalog,
        key=keys[key],
        value=sku.id if key == "os-sku" else sku.build or "",
        guard=parse_taint(guard) if guard is not None else None,
        resolve=resolve,
        images=images,
        copies=copies,
    )
