"""The API server's metrics: those that tell of APIs on their way out, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = (
    "# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been "
    "requested, broken out by API group, version, resource, subresource, and removed_release.\n"
    "# TYPE apiserver_requested_deprecated_apis gauge\n"
)


class Requested(msgspec.Struct, frozen=True):
    """A deprecated API that was asked for since the server started."""

    group: str
    version: str
    resource: str
    removed_in: str


def text(requested: Iterable[Requested]) -> str:
    """The metrics in the text format of Prometheus."""
    lines = [
        f'apiserver_requested_deprecated_apis{{group="{r.group}",removed_release="{r.removed_in}",'
        f'resource="{r.resource}",subresource="",version="{r.version}"}} 1\n'
        for r in requested
    ]
    return _HEAD + "".join(lines)
