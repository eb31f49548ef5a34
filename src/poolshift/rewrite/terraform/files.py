"""Rewrites a Terraform file: `.tf`, `.tfvars` and their JSON forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.pools import greens_for
from poolshift.rewrite.skus import report_lines, report_missed, report_strings
from poolshift.rewrite.terraform.green import Greens
from poolshift.rewrite.terraform.pools import pools_of
from poolshift.rewrite.terraform.scan import HclError, without_comments
from poolshift.rewrite.terraform.tree import parse
from poolshift.rewrite.terraform.values import report_values
from poolshift.rewrite.terraform.workloads import report_texts, report_workloads

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector


def rewrite_terraform(collector: Collector) -> None:
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
        _rewrite(collector)
    except HclError as error:
        collector.splices.clear()
        collector.needs.clear()
        line = collector.source.line_of(min(error.offset, len(collector.source.text)))
        report_lines(collector, "no-hcl", f"line {line} cannot be read: {error}")
        collector.note(f"line {line}: this is no HCL: {error}")


def _rewrite(collector: Collector) -> None:
    root = parse(collector.source.text)
    pools = list(pools_of(root, collector))
    writer = Greens(pools, collector)
    for green in greens_for([p.pool for p in pools], collector, writer.sketch):
        writer.add(green.index, green.name)
    report_values(root, {p.block.start for p in pools}, collector)
    report_workloads(root, collector)
    decided = {p.pool.line for p in pools}
    bare = without_comments(collector.source.text)
    report_missed(bare, decided, collector)
    report_texts(root, bare, collector)
    if not collector.needs and not collector.splices:
        collector.note(f"it sets no Windows OS SKU older than {collector.settings.to}")
