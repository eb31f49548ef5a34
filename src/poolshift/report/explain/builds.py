"""Windows builds and node image names in a text, in plain words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.catalog import sources_of
from poolshift.report.explain.document import Explanation
from poolshift.semantics.versions import build_of, parse_node_image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.catalog import Catalog
    from poolshift.report.explain.text import Text

_BUILD = re.compile(r"(?<![\d.])10\.0\.(\d{5})(?:\.\d+)?(?![\d])")
_NODE_IMAGE = re.compile(r"\bAKS[A-Z][A-Za-z]+-[A-Za-z0-9.-]+")
MOST_BUILDS = 6


def name_of_build(build: str, catalog: Catalog) -> str:
    """What a build is: `Windows Server 2019 (Windows2019)`; empty for one that is not known."""
    short = build_of(build)
    sku = catalog.sku_of_build(short) if short else ""
    releases = catalog.base_images.os_versions
    product = next((r.product for r in releases if r.os_version_prefix == short), "")
    if sku:
        record = catalog.sku(sku)
        return f"{record.product if record else product} ({sku})"
    return product if short else ""


def fit_note(values: Mapping[str, str], catalog: Catalog) -> str:
    """What image and node are, where the text tells, and whether the one runs on the other."""
    host, made_for = build_of(values.get("build", "")), values.get("image_build", "")
    parts = []
    if made_for and values.get("image"):
        parts.append(f"the tag of {values['image']} names {values['image_os']} ({made_for})")
    if host:
        node = f"node {values['node']}" if "node" in values else "the node"
        named = name_of_build(host, catalog)
        parts.append(f"{node} is {values['build']}" + (f", {named}" if named else ""))
        runs = catalog.host_runs().get(host)
        if runs:
            names = ", ".join(f"{b} ({name_of_build(b, catalog)})" for b in sorted(runs))
            parts.append(f"such a node runs images of {names}")
    return "; ".join(parts)


def notes(text: Text, catalog: Catalog) -> tuple[str, ...]:
    """A sentence for each different build in a text that the catalog knows."""
    if not text.words & {b.rsplit(".", 1)[-1] for b in _known(catalog)}:
        return ()
    found: dict[str, str] = {}
    for hit in _BUILD.finditer(text.flat):
        short = build_of(hit[0])
        named = name_of_build(short, catalog)
        if named:
            found.setdefault(short, f"{short} is {named}")
        if len(found) >= MOST_BUILDS:
            break
    return tuple(found.values())


def _known(catalog: Catalog) -> frozenset[str]:
    return frozenset(r.os_version_prefix for r in catalog.base_images.os_versions)


def explained(text: Text, catalog: Catalog) -> list[Explanation]:
    """Answers to a text that is a build or the name of a node image, and little else."""
    if not text.short:
        return []
    answers = [_of_image(name, catalog) for name in _NODE_IMAGE.findall(text.flat)]
    found = [a for a in answers if a is not None]
    if found:
        return found
    return [a for m in _BUILD.finditer(text.flat) if (a := _of_build(m[0], catalog)) is not None]


def _of_build(build: str, catalog: Catalog) -> Explanation | None:
    named = name_of_build(build, catalog)
    if not named:
        return None
    short = build_of(build)
    runs = sorted(catalog.host_runs().get(short, ()))
    hosts = sorted(h for h, images in catalog.host_runs().items() if short in images)
    why = "a process-isolated container starts only on a node whose build allows its image's"
    if runs:
        why += f"; nodes of this build run images of {', '.join(runs)}"
    if hosts:
        why += f"; images of this build run on nodes of {', '.join(hosts)}"
    release = next(
        (r for r in catalog.base_images.os_versions if r.os_version_prefix == short), None
    )
    sources = dated(release.source if release else (), catalog.base_images.read_on)
    return Explanation(
        id=short,
        what=f"{build} is {named}",
        why=why,
        fix="See which images run where: poolshift assess -g GROUP -n CLUSTER",
        sources=sources,
        kind="build",
        values={"build": build},
    )


def _of_image(name: str, catalog: Catalog) -> Explanation | None:
    image = parse_node_image(name.rstrip(".-"), catalog)
    if image is None:
        return None
    named = name_of_build(image.build, catalog) if image.build else image.os_sku
    of = f" of {named}" if named else ""
    build = f", build {image.build}" if image.build else ""
    names = catalog.os_skus.node_image_names
    return Explanation(
        id=image.name,
        what=f"{image.name} is a node image{of}: generation {image.generation}{build}, "
        f"released as {image.date}",
        why=f"the generation is in the name: {names.gen2_test} where it is Gen2",
        fix="See the newest that a pool may take: az aks nodepool get-upgrades -g GROUP "
        "--cluster-name CLUSTER -n POOL",
        sources=dated(names.source, catalog.os_skus.read_on),
        kind="build",
        values={"node_image": image.name},
    )


def dated(source: str | tuple[str, ...], read_on: str) -> tuple[str, ...]:
    """Sources with the day they were read."""
    return tuple(f"{s}, read {read_on}" for s in sources_of(source))
