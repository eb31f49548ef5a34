"""Why a node is refused, and the checks of one pod that look beyond the node."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from poolshift.core.kube import Node


class Reason(msgspec.Struct, frozen=True):
    """Why a node is refused; `lasting` reasons do not pass when other pods leave the node."""

    text: str
    lasting: bool


# What one pod asks of each node, prepared once for all of them.
Check = Callable[[Node], tuple[Reason, ...]]
FITS: tuple[Reason, ...] = ()
