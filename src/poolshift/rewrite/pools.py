"""What becomes of the node pools that infrastructure code declares.

An existing pool never changes its OS SKU in code: that replaces it with all that runs on it. A
green pool is added beside it instead, where nothing about blue is left open; else a person decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import invariant
from poolshift.rewrite.versions import older_sku
from poolshift.semantics.generation import new_pool_generation
from poolshift.semantics.names import propose_green

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from poolshift.catalog import Catalog
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.splices import Splice, Text


class Value(msgspec.Struct, frozen=True):
    """A value as the code writes it; `literal` is None for an expression."""

    text: str
    literal: str | None = None


class Refusal(msgspec.Struct, frozen=True):
    """Why a person must decide: a short name, the reason, and what would be a likely answer.

    `stale` is what a copy of the old pool must not keep, and what stands there instead.
    """

    rule: str
    reason: str
    suggestion: str
    stale: tuple[str, str] = ("", "")


class CodePool(msgspec.Struct, frozen=True):
    """A node pool as the code declares it; None stands for what it doesn't say.

    Attributes:
        label: what the code calls it.
        name: the pool's own name.
        cluster: what tells its cluster, as written.
        os_type: Windows or Linux.
        os_sku: its OS SKU.
        vm_size: the size of its nodes.
        line: where its OS SKU stands, else its OS type, else its beginning.
        sku_field: what the language calls the OS SKU.
        barred: why nothing may be added beside it by a machine, if so.
    """

    label: str
    name: Value | None
    cluster: str
    os_type: Value | None
    os_sku: Value | None
    vm_size: Value | None
    line: int
    sku_field: str
    barred: Refusal | None = None


class Green(msgspec.Struct, frozen=True):
    """A pool that is to be added beside `pools[index]`."""

    index: int
    name: str


def greens_for(
    pools: Sequence[CodePool],
    collector: Collector,
    sketch: Callable[[int, str], str],
    *,
    before: Sequence[CodePool] = (),
    after: Sequence[CodePool] = (),
) -> list[Green]:
    """The pools to add; what a person must decide about the others is told.

    Args:
        pools: all pools of the file.
        collector: takes what is decided.
        sketch: the text of green for the pool of an index and a name, as a suggestion.
        before: the pools of files that come before this one: all choose names as one.
        after: the pools of files that come after it.
    """
    known = (*before, *pools, *after)
    names, there = _names(known, collector)
    found: list[Green] = []
    for index, pool in enumerate(pools):
        if not _is_blue(pool, collector):
            continue
        name = names.get(len(before) + index)
        if len(before) + index in there:
            collector.note(
                f"line {pool.line}: pool {name} with {collector.settings.to} stands beside it; "
                "take this one out after the move"
            )
            continue
        refusal = _refusal(pool, name, known, set(there.values()), collector)
        if refusal is None:
            invariant(name is not None, "a pool that gets a green has a name for it")
            found.append(Green(index, str(name)))
            continue
        drawn = sketch(index, name or "NAME") if refusal.rule not in _UNSURE else ""
        old, new = refusal.stale
        drawn = _dedented(drawn.replace(old, new, 1) if old else drawn)
        suggestion = f"{refusal.suggestion}\n{drawn}" if drawn else refusal.suggestion
        collector.need(pool.line, refusal.rule, refusal.reason, suggestion)
    return found


_UNSURE = frozenset({"os-sku-expression", "vm-size", "green-exists"})
"""Reasons for which the text of a green pool would be premature."""


def _dedented(text: str) -> str:
    """A text cut out of a deeper place: its further lines stand as deep as its first one."""
    first, *rest = text.split("\n")
    deep = min((len(r) - len(r.lstrip()) for r in rest if r.strip()), default=0)
    return "\n".join([first, *(r[deep:] for r in rest)])


def _is_blue(pool: CodePool, collector: Collector) -> bool:
    """Whether a pool is Windows and not known to run the target or something newer."""
    settings = collector.settings
    literal = pool.os_sku.literal if pool.os_sku else None
    sku = settings.catalog.sku(literal) if literal else None
    if sku is not None and sku.os_type != "Windows":
        return False
    kind = pool.os_type.literal if pool.os_type else None
    if kind is None and pool.os_type is not None and literal is None:
        collector.note(
            f"line {pool.line}: whether {pool.label} is a Windows pool is not known here: "
            f"its OS type is {pool.os_type.text}"
        )
    if sku is None:
        return (kind or "").lower() == "windows"
    if older_sku(sku.id, collector) is None:
        collector.note(f"line {pool.line}: {pool.label} has {sku.id}")
        return False
    return True


def _names(
    pools: Sequence[CodePool], collector: Collector
) -> tuple[dict[int, str], dict[int, int]]:
    """The name of green for each pool that may get one, and which of them are there already.

    Names are chosen as if no pool of the target were there: so a second run chooses the same.
    """
    settings = collector.settings
    targets = {i: p for i, p in enumerate(pools) if _has_sku(p, settings.to, settings.catalog)}
    names: dict[int, str] = {}
    there: dict[int, int] = {}
    taken: dict[str, set[str]] = {}
    for index, pool in enumerate(pools):
        if index not in targets and pool.name and pool.name.literal:
            taken.setdefault(pool.cluster, set()).add(pool.name.literal)
    for index, pool in enumerate(pools):
        blue = pool.name.literal if pool.name else None
        if index in targets or not blue:
            continue
        used = taken[pool.cluster]
        name = propose_green(
            blue, used, to=settings.to, os_type="Windows", catalog=settings.catalog
        )
        if name is None:
            continue
        used.add(name)
        names[index] = name
        for other, target in targets.items():
            if target.cluster == pool.cluster and target.name and target.name.literal == name:
                there[index] = other
    return names, there


def _has_sku(pool: CodePool, sku_id: str, catalog: Catalog) -> bool:
    literal = pool.os_sku.literal if pool.os_sku else None
    sku = catalog.sku(literal) if literal else None
    return sku is not None and sku.id == sku_id


def _refusal(
    pool: CodePool,
    name: str | None,
    pools: Sequence[CodePool],
    claimed: set[int],
    collector: Collector,
) -> Refusal | None:
    """Why no pool can be added beside this one by a machine; None when one can."""
    settings = collector.settings
    if pool.os_sku is None or pool.os_sku.literal is None:
        return _open_sku(pool, settings.to)
    if settings.catalog.sku(pool.os_sku.literal) is None:
        why = f"the catalog has no OS SKU {pool.os_sku.literal}"
        return Refusal("os-sku-unknown", why, f"add a pool with {settings.to} beside it")
    if pool.barred is not None:
        return pool.barred
    if pool.name is None or pool.name.literal is None:
        said = pool.name.text if pool.name else "not given"
        return Refusal(
            "pool-name",
            f"the name of the pool is {said}: which name is free for a second pool is not known "
            "here",
            f"add a pool of another name with {pool.sku_field} {settings.to} beside it, move, "
            "then take this one out:",
        )
    if name is None:
        why = f"no short name that begins as {pool.name.literal} is free"
        return Refusal("pool-name", why, f"add a pool with {settings.to} of another name:")
    return _size_refusal(pool, settings.to, settings.catalog) or _twin_refusal(
        pool, pools, claimed, collector
    )


def _open_sku(pool: CodePool, to: str) -> Refusal:
    if pool.os_sku is None:
        return Refusal(
            "os-sku-default",
            f"it is a Windows pool without {pool.sku_field}: it has the default of the Kubernetes "
            "version at which it was created, which is not known here",
            f"see what it runs: az aks nodepool show --query osSku; write that as {pool.sku_field} "
            f"if it is {to}; if it is older, add a pool with {pool.sku_field} {to} beside it:",
        )
    return Refusal(
        "os-sku-expression",
        f"its OS SKU is {pool.os_sku.text}, which is set elsewhere",
        f"do not change that value, which replaces the pool: add a second pool with {to} "
        "beside it, move, then take this one out",
    )


def _size_refusal(pool: CodePool, to: str, catalog: Catalog) -> Refusal | None:
    size = pool.vm_size.literal if pool.vm_size else None
    generations = catalog.vm_generations(size) if size else None
    sku = catalog.sku(to)
    if generations is None or sku is None:
        return None
    if new_pool_generation(sku, generations, header=False, catalog=catalog):
        return None
    return Refusal(
        "vm-size",
        f"{size} boots {', '.join(generations)} only, and {to} takes another image unless the "
        "request carries a header",
        "add the pool with az, which can send it: az aks nodepool add --aks-custom-headers, or "
        "choose another size",
    )


def _twin_refusal(
    pool: CodePool, pools: Sequence[CodePool], claimed: set[int], collector: Collector
) -> Refusal | None:
    """A pool of the target on the same cluster may be the one that was meant."""
    settings = collector.settings
    for index, other in enumerate(pools):
        is_target = _has_sku(other, settings.to, settings.catalog)
        if is_target and index not in claimed and other.cluster == pool.cluster:
            return Refusal(
                "green-exists",
                f"{other.label} on line {other.line} has {settings.to} already: it may be what "
                "this pool moves to",
                "take this pool out after the move; if the other serves something else, add one "
                "more",
            )
    return None


def version_refusal(version: str, to: str, catalog: Catalog) -> Refusal | None:
    """A refusal where an api-version is older than the one that first knows an OS SKU."""
    sku = catalog.sku(to)
    first = sku.first_stable_api_version if sku is not None else ""
    if not first or version[: len(first)] >= first:
        return None
    said = version or "given by an expression"
    return Refusal(
        "api-version",
        f"its api-version is {said}, and {to} is known from {first} on",
        f"add the pool with api-version {first} or later:",
        (version, first),
    )


def lines_after(source: Text, line: int, new_lines: Sequence[str]) -> Splice:
    """A splice that adds whole lines after a line, with the line end that the file has there."""
    return source.after(source.line_start(line), new_lines)
