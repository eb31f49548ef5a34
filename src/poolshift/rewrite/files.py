"""Rewrites files: one set of options, any number of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.rewrite.arm import rewrite_bicep, rewrite_template_json
from poolshift.rewrite.decide import decide
from poolshift.rewrite.delivery import rewrite_delivery
from poolshift.rewrite.dockerfile import rewrite_dockerfile
from poolshift.rewrite.findings import Collector
from poolshift.rewrite.helm import rewrite_helm
from poolshift.rewrite.kinds import is_utf16, kind_of
from poolshift.rewrite.kustomize import rewrite_kustomization
from poolshift.rewrite.manifests import rewrite_manifest, rewrite_roots
from poolshift.rewrite.model import FileKind, FileResult, FileVerdict, Need, Settings
from poolshift.rewrite.splices import Text
from poolshift.rewrite.terraform import rewrite_terraform
from poolshift.semantics.pins import OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.taints import parse_taint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.catalog import Catalog
    from poolshift.rewrite.around import Around
    from poolshift.rewrite.decide import Decision
    from poolshift.rewrite.model import Resolve


class Rewriter:
    """Rewrites files for one OS SKU.

    Args:
        to: the OS SKU to move to.
        catalog: the facts.
        key: which label templates get: `os-sku` or `windows-build`.
        guard: a taint KEY=VALUE:EFFECT that Windows templates must tolerate.
        resolve: asks the registry; None leaves it at the catalog's word.
        images: references that the user replaced, old to new.
        copies: whether DaemonSets that are tied to a version get a copy for the target.

    Raises:
        UsageError: `to` is no Windows OS SKU, or `key` or `guard` has another form.
    """

    def __init__(
        self,
        to: str,
        catalog: Catalog,
        *,
        key: str = "os-sku",
        guard: str | None = None,
        resolve: Resolve | None = None,
        images: Mapping[str, str] | None = None,
        copies: bool = False,
    ) -> None:
        self._settings = _settings(
            to,
            catalog,
            key=key,
            guard=guard,
            resolve=resolve,
            images=dict(images or {}),
            copies=copies,
        )
        self._decided: dict[str, Decision] = {}

    @property
    def to(self) -> str:
        """The OS SKU to move to, as the service spells it."""
        return self._settings.to

    def rewrite(self, path: str, data: bytes, around: Around | None = None) -> FileResult:
        """What a file becomes.

        Args:
            path: how the file is called in the result; its name decides what it is.
            data: its bytes.
            around: the files beside it; None where nothing of them is known.
        """
        kind = kind_of(path, data) or FileKind.OTHER
        try:
            source = Text(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            what = "UTF-16" if is_utf16(data) else "no UTF-8"
            reason = f"this is {what}, so the file was not read"
            return unread(path, kind, data, Need(line, reason, "save it as UTF-8", "no-utf8"))
        collector = Collector(source, self._settings, self._decide, around)
        _rewrite(kind, path, collector)
        return collector.result(path, kind)

    def _decide(self, ref: str) -> Decision:
        """What becomes of a reference; the files of a tree name the same few again and again."""
        if self._settings.resolve is not None:
            # What the registry says may be known better at the next look.
            return decide(ref, self._settings)
        found = self._decided.get(ref)
        if found is None:
            found = self._decided[ref] = decide(ref, self._settings)
        return found


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
    """What one file becomes for an OS SKU; for the arguments and errors see `Rewriter`."""
    rewriter = Rewriter(
        to, catalog, key=key, guard=guard, resolve=resolve, images=images, copies=copies
    )
    return rewriter.rewrite(path, data, around)


def unread(path: str, kind: FileKind, data: bytes, need: Need) -> FileResult:
    """The result of a file that was not read: nothing changes, and a person is told why."""
    return FileResult(path, kind, FileVerdict.NEEDS_HUMAN, (), (need,), (), data)


def _rewrite(kind: FileKind, path: str, collector: Collector) -> None:
    match kind:
        case FileKind.DOCKERFILE:
            rewrite_dockerfile(collector)
        case FileKind.MANIFEST:
            rewrite_manifest(collector, rewrite_delivery)
        case FileKind.KUSTOMIZE:
            rewrite_kustomization(collector)
        case FileKind.HELM:
            rewrite_helm(path, collector, rewrite_roots)
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
