"""The cyclic garbage collector in a process that holds a large world.

A world is some millions of objects that live as long as the process. The collector would look
through them again and again and find nothing; that costs a third of the time.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Objects made since the last look, before the next one; Python's own is 700. What a world drops
# is freed as it is dropped: in a drain of 30,000 pods a look finds nothing, ever.
_YOUNG = 500_000
_OLDER = 50


@contextmanager
def paused() -> Iterator[None]:
    """A block in which nothing is collected: all that is made in it stays."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def settle() -> None:
    """Leave what there is now alone for good, and look at the new less often.

    For processes that serve one world until they end: what becomes garbage of the objects of now,
    and refers to itself, is never freed.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER, _OLDER)
