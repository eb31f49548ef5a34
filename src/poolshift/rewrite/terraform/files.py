"""Rewrites a Terraform file: `.tf`, `.tfvars` and their JSON forms."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from poolshift.rewrite.pools import greens_for
from poolshift.rewrite.skus import report_lines, report_missed, report_strings
from poolshift.rewrite.splices import Text
from poolshift.rewrite.terraform.green import Greens
from poolshift.rewrite.terraform.pools import pools_of
from poolshift.rewrite.terraform.scan import HclError, without_comments
from poolshift.rewrite.terraform.tree import parse
from poolshift.rewrite.terraform.values import report_values
from poolshift.rewrite.terraform.workloads import report_texts, report_workloads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.terraform.pools import TerraformPool


def rewrite_terraform(path: str, collector: Collector) -> None:
    """Add green pools beside the Windows pools of a file, or tell what a person must decide."""
    if collector.source.text.lstrip("\ufeff \t\r\n").startswith("{"):
        report_strings(
            collector,
            rule="tf-json",
            why="JSON form of Terraform is not edited",
            advice="add a second pool with {to} and another name, move, then take this one out",
        )
        return
    try:
        _rewrite(PurePosixPath(path).name, collector)
    except HclError as error:
        collector.splices.clear()
        collector.needs.clear()
        line = collector.source.line_of(min(error.offset, len(collector.source.text)))
        report_lines(collector, "no-hcl", f"line {line} cannot be read: {error}")
        collector.note(f"line {line}: this is no HCL: {error}")


def _rewrite(name: str, collector: Collector) -> None:
    root = parse(collector.source.text)
    pools = list(pools_of(root, collector))
    siblings = list(_siblings(name, collector)) if pools else []
    writer = Greens(pools, [p for _, p in siblings], collector)
    found = greens_for(
        [p.pool for p in pools],
        collector,
        writer.sketch,
        before=[p.pool for file, p in siblings if file < name],
        after=[p.pool for file, p in siblings if file > name],
    )
    for green in found:
        writer.add(green.index, green.name)
    report_values(root, {p.block.start for p in pools}, collector)
    report_workloads(root, collector)
    decided = {p.pool.line for p in pools}
    bare = without_comments(collector.source.text)
    report_missed(bare, decided, collector)
    report_texts(root, bare, collector)
    if not collector.needs and not collector.splices:
        collector.note(f"it sets no Windows OS SKU older than {collector.settings.to}")


def _siblings(name: str, collector: Collector) -> Iterator[tuple[str, TerraformPool]]:
    """The pools of the other files of the module, which is a folder."""
    around = collector.around
    names = around.names() if around is not None else ()
    for other in names:
        data = around.read(other) if around is not None and other.endswith(".tf") else None
        if data is None or other == name:
            continue
        try:
            text = data.decode("utf-8")
            inside = collector.inside(Text(text))
            for pool in pools_of(parse(text), inside):
                called = f"{pool.pool.label} in {other}"
                yield other, replace(pool, pool=replace(pool.pool, label=called))
        except (UnicodeDecodeError, HclError):
            continue
