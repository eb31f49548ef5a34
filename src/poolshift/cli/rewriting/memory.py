"""The garbage collector, told what kind of garbage a rewrite makes."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALLOCATIONS = 100_000
"""A file's nodes are some thousands, and all of them are gone with the next file."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for circles of garbage seldom.

    The nodes of a file hold no circle and go as soon as nobody holds them; by its usual threshold
    the collector would go through them several times a file for nothing, and take a tenth of the
    time.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
