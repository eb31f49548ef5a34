"""The top of a rendered script: what it is, what it cannot do, and every value once."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from poolshift import __version__
from poolshift.core.plan import Guard, StepKind
from poolshift.render.interface import MADE_BY
from poolshift.render.quoting import comment, shell
from poolshift.report.durations import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.render.interface import Limit, Procedure, Stage
    from poolshift.render.workloads import Moved

WIDTH = 98
_VARIABLE = re.compile(r"\$\{?(?:#)?(\w+)")


def preamble(procedure: Procedure, limits: Iterable[Limit]) -> str:
    """The comment on top."""
    plan = procedure.plan
    moves = ", ".join(f"{p.blue} becomes {p.green}" for p in plan.pools)
    out = ["#!/usr/bin/env bash"]
    out += _wrapped(f"Moves node pools of {procedure.cluster.name} to {plan.to}: {moves}.")
    out += _wrapped(
        f"{MADE_BY} {__version__} from {plan.id}, which was made at {plan.made_at}; the facts are "
        f"those of {procedure.as_of}. Needs bash, az, kubectl, awk and grep. See: --help, --list"
    )
    out += _section("BLOCKERS: the script refuses to run while there are any", _blockers(procedure))
    out += _section("WHAT THIS SCRIPT CANNOT DO", _limits(limits))
    out += _section("NOTES OF THE PLAN", (_wrapped(n, first="  - ") for n in plan.notes))
    out += _section("STEPS", map(_step, procedure.stages))
    return "\n".join(out) + "\n"


def _wrapped(text: str, *, first: str = "", rest: str | None = None) -> list[str]:
    """Text as lines of comment; a name that is longer than a line keeps its own."""
    later = " " * len(first) if rest is None else rest
    lines = textwrap.wrap(
        comment(text),
        WIDTH - len(first),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
    return [f"# {first if i == 0 else later}{line}".rstrip() for i, line in enumerate(lines)]


def _section(title: str, blocks: Iterable[list[str]]) -> list[str]:
    body = [line for block in blocks for line in block]
    return ["#", f"# {title}", *body] if body else []


def _blockers(procedure: Procedure) -> Iterator[list[str]]:
    for b in procedure.plan.blockers:
        yield _wrapped(f"{b.rule} {b.target}: {b.why}", first="  - ")
        yield _wrapped(f"do: {b.fix}", first="    ")


def _limits(limits: Iterable[Limit]) -> Iterator[list[str]]:
    for limit in limits:
        yield _wrapped(f"{limit.what}.", first="  - ")
        yield _wrapped(f"instead: {limit.instead}.", first="    ")


def _step(stage: Stage) -> list[str]:
    step = stage.step
    what = f"nothing to do: {step.nothing_to_do}" if not stage.actions else step.summary
    return _wrapped(f"{step.id}: {what}", first=f"  {stage.number:>2}  ")


def values(procedure: Procedure, code: str, *, folder: bool) -> str:
    """Every value that the rest of the script uses, once, quoted."""
    used = set(_VARIABLE.findall(code))
    found = [*_of_the_plan(procedure), *_pools(procedure)]
    found += [line for moved in procedure.workloads.values() for line in _workload(moved)]
    found += [*_seconds(procedure), *_lists(procedure), *_switches(procedure)]
    if folder:
        found.append('here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)')
    kept = [line for line in found if line.partition("=")[0] in used]
    return "\n".join(("# ---- values; change them here and nowhere else", *kept)) + "\n"


def _of_the_plan(procedure: Procedure) -> Iterator[str]:
    plan, cluster = procedure.plan, procedure.cluster
    yield f"plan={shell(procedure.mark)} # what the marks of this plan say"
    yield f"subscription={shell(cluster.subscription)}"
    yield f"resource_group={shell(cluster.resource_group)}"
    yield f"cluster={shell(cluster.name)}"
    yield f"cluster_id={shell(cluster.id)}"
    yield f"kubernetes_version={shell(plan.kubernetes_version)}"
    yield f"target_sku={shell(plan.to)}"
    yield f"min_az={shell(procedure.needs.min_az)} # empty: no first version is recorded"
    yield "patience_s='7200' # how long a step may wait before it fails"
    yield "poll_s='10' # how long it waits between two looks"


def _switches(procedure: Procedure) -> Iterator[str]:
    yield f"blockers='{len(procedure.plan.blockers)}'"
    yield f"steps='{len(procedure.stages)}'"
    yield "context='' # kubectl's context; empty: the current one"
    yield "node_group='' # the nodes' own resource group, found out at the start"
    yield "current='1' # the step that is taken"
    yield from ("yes=''", "take_ownership=''", "despite_blockers=''")


def _pools(procedure: Procedure) -> Iterator[str]:
    for n, pool in enumerate(procedure.plan.pools, start=1):
        yield f"blue_{n}={shell(pool.blue)}"
        yield f"green_{n}={shell(pool.green)}"
        yield f"sku_{n}={shell(pool.sku)} # blue's OS SKU"
        yield f"size_{n}={shell(str(pool.body['properties'].get('vmSize') or ''))}"
        yield f"count_{n}={shell(str(pool.count))}"
        yield f"build_{n}={shell(pool.green_build)} # green's build"
        yield f"owner_{n}={shell(pool.owner)}"
        if pool.identities:
            yield f"identities_{n}=({' '.join(map(shell, pool.identities))})"


def _workload(moved: Moved) -> Iterator[str]:
    n = moved.number
    yield f"namespace_{n}={shell(moved.namespace)}"
    yield f"kind_{n}={shell(moved.kind.lower())}"
    yield f"name_{n}={shell(moved.name)}"


def _seconds(procedure: Procedure) -> Iterator[str]:
    """The time of each step that stands still for one."""
    for stage in procedure.stages:
        seconds = stands_still(stage)
        if seconds:
            yield f"seconds_{stage.number}='{seconds}' # {stage.step.kind}"


def stands_still(stage: Stage) -> int:
    """How long a step waits by the plan's word, in seconds; 0 when it does not."""
    parameters = stage.step.parameters if stage.actions else {}
    # The drain time of a deletion was waited for before.
    keys = ("keep_s",) if stage.step.kind is StepKind.DELETE_BLUE else ("soak_s", "drain_s")
    return max(int(parameters.get(key) or 0) for key in keys)


def _lists(procedure: Procedure) -> Iterator[str]:
    plan = procedure.plan
    yield f"blues=({' '.join(shell(p.blue) for p in plan.pools)})"
    yield f"greens=({' '.join(shell(p.green) for p in plan.pools)})"
    yield _list("planned", [w.target for w in plan.workloads] or ["none"])
    olds = dict.fromkeys(c.old for w in plan.workloads for c in w.images)
    gentle = any(p.guard is Guard.PREFER for p in plan.pools) and bool(olds)
    yield f"gentle_guard='{'1' if gentle else ''}' # whether pods on green may have to be sent back"
    yield _list("old_images", olds or ["none"])


def _list(name: str, items: Iterable[str]) -> str:
    return "\n".join((f"{name}=(", *(f"  {shell(item)}" for item in items), ")"))


def expected(stage: Stage) -> str:
    """What is to be known of a step before it runs, in one line."""
    step = stage.step
    if not stage.actions:
        return f"nothing to do: {comment(step.nothing_to_do)}"
    parts = [f"expected {spell(step.expected_s)}"]
    if step.gate:
        parts.append(f"gate {step.gate}")
    until = f" until {step.undo_until}" if step.undo_until else ""
    words = {"full": "can be taken back", "by-scaling": f"taken back by scaling blue out{until}"}
    parts.append(words.get(str(step.undo), "cannot be taken back"))
    return "; ".join(parts)
