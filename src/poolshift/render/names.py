"""File names made of names from a cluster: short, plain and never two alike."""

from __future__ import annotations

import hashlib
import re

_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]*(?:\.[a-z]+\.[a-z0-9.-]+)?")
_LONGEST = 80


def file_stem(target: str) -> str:
    """`default/Deployment/web` as `default.deployment.web`.

    A namespace holds no dot, so that reads one way only. What is not plain or too long gets a
    hash of the whole name.
    """
    namespace, *rest = target.split("/")
    stem = ".".join((namespace, *(part.lower() if i == 0 else part for i, part in enumerate(rest))))
    if _PLAIN.fullmatch(stem) and len(stem) <= _LONGEST and ".." not in stem:
        return stem
    mark = hashlib.sha256(target.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    kept = re.sub(r"[^a-z0-9]+", "-", stem.lower())[:_LONGEST].strip("-") or "workload"
    return f"{kept}-{mark}"
