"""poolshift explain pool NAME."""

from __future__ import annotations

from typing import Any

from poolshift.catalog import load_catalog
from poolshift.cli.assess_cmd import day, snapshot_of
from poolshift.cli.output import console, print_document
from poolshift.cli.source import SourceOptions
from poolshift.core.errors import EXIT_DONE
from poolshift.report.explain.pool.story import explain_pool
from poolshift.report.explain.pool.terminal import print_story


def tell(name: str, as_of: str | None, output: str, source: dict[str, Any]) -> int:
    """Print the story of one pool of a cluster or of a snapshot."""
    snapshot = snapshot_of(SourceOptions(**source))
    document = explain_pool(name, snapshot, load_catalog(), day(as_of, snapshot))
    if output == "json":
        print_document(document)
    elif document.pool is not None:
        print_story(document, document.pool, console())
    return EXIT_DONE
