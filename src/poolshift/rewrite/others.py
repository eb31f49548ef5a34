"""Files that are reported rather than rewritten: templates, infrastructure, kustomizations.

A template is never parsed: it is no YAML before it is rendered. Infrastructure is not edited by
itself: a changed OS SKU there replaces the pool with everything on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from poolshift.rewrite.scalars import entries, line_of, replace_scalar, scalar_of
from poolshift.rewrite.yamltree import Node, compose
from poolshift.semantics.images import Action, parse_ref
from poolshift.semantics.tags import names_windows, os_of_tag

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector

_OS_SKU = re.compile(r"\bos_?sku[\"']?\s*[:=]\s*[\"'](?P<sku>\w+)[\"']", re.IGNORECASE)
_SELECTS_WINDOWS = re.compile(r"kubernetes\.io/os[\"']?\s*:\s*[\"']?windows\b", re.IGNORECASE)
_IMAGE_LIKE = re.compile(r"[\w./-]+[:/][\w./-]*:?[\w.-]+|[\w.-]*(?:ltsc20\d\d|1809)[\w.-]*")


def rewrite_template(collector: Collector) -> None:
    """Leave the lines of a template or values file that name a Windows version to a person."""
    settings = collector.settings
    is_template = "{{" in collector.source.text
    found = False
    for number, line in enumerate(collector.source.lines, start=1):
        if line.lstrip().startswith("#"):
            continue
        if _SELECTS_WINDOWS.search(line):
            found = True
            collector.need(
                number,
                "template",
                "a template is not parsed: its nodeSelector chooses Windows of any version",
                f"add {settings.key}: {settings.value} beside it",
            )
        for word in _IMAGE_LIKE.findall(line):
            parsed = parse_ref(word.strip("\"'"))
            current = os_of_tag(parsed.tag or word, settings.catalog)
            if current is not None and current.id != settings.catalog.image_os(settings.to):
                found = True
                target = settings.catalog.image_os(settings.to)
                collector.need(
                    number,
                    "template",
                    f"{word} names {current.product}",
                    f"the same image for {target}",
                )
    if not found:
        said = "a template that names" if is_template else "it names"
        collector.note(f"{said} no Windows version and selects no Windows nodes")


def rewrite_infrastructure(collector: Collector) -> None:
    """Leave the lines of infrastructure code that set another Windows OS SKU to a person."""
    settings = collector.settings
    for number, line in enumerate(collector.source.lines, start=1):
        found = _OS_SKU.search(line)
        current = settings.catalog.sku(found["sku"]) if found else None
        if current is None or current.os_type != "Windows" or current.id == settings.to:
            continue
        collector.need(
            number,
            "os-sku",
            f"osSKU {current.id} cannot simply be changed: the pool would be replaced with all "
            "that runs on it",
            f"add a second pool with {settings.to}, move, then remove this one: "
            "poolshift render PLAN --as terraform or bicep",
        )
    if not collector.needs:
        collector.note(f"it sets no Windows OS SKU other than {settings.to}")


def rewrite_kustomization(collector: Collector) -> None:
    """Edit `newTag` of the image entries whose successor differs in the tag alone."""
    if "{{" in collector.source.text:
        rewrite_template(collector)
        return
    try:
        roots = compose(collector.source.text.lstrip("\ufeff")).roots
    except (yaml.YAMLError, ValueError) as error:
        collector.need(1, "no-yaml", f"this is no YAML: {str(error).splitlines()[0]}")
        return
    for node in (n for root in roots for n in entries(root, "images")):
        _kustomize_image(node, collector)


def _kustomize_image(node: Node, collector: Collector) -> None:
    name, new_name = scalar_of(node, "name"), scalar_of(node, "newName")
    tag, digest = scalar_of(node, "newTag"), scalar_of(node, "digest")
    repository = new_name or name
    if repository is None or (tag is None and digest is None):
        return
    ref = repository.value + (f":{tag.value}" if tag else "")
    ref += f"@{digest.value}" if digest else ""
    parsed = parse_ref(ref)
    if not names_windows(parsed, collector.settings.catalog) and ref not in (
        *collector.settings.images,
    ):
        return
    at = tag or digest or repository
    line = line_of(at, collector)
    decision = collector.decide(ref)
    if not collector.settle(decision, line):
        return
    new = parse_ref(decision.ref)
    if decision.action == Action.EDIT and tag is not None and new.name == parsed.name:
        replace_scalar(tag, new.tag, collector)
    else:
        collector.need(line, "other-image", f"{ref} becomes another image", decision.ref)
