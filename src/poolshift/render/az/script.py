"""The whole script: head, values, steps, and the functions that these use."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from poolshift.core.arm_client import API_VERSIONS
from poolshift.core.plan import StepKind
from poolshift.render.az.head import expected, preamble, stands_still, values
from poolshift.render.az.library import functions, used_by
from poolshift.render.az.pool import Spoken, header_option, option_text, spoken
from poolshift.render.az.steps import Names, file, lines
from poolshift.render.interface import Limit, RenderedFile, Rendering
from poolshift.render.procedure import body_file, pool_body
from poolshift.render.quoting import comment, shell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from poolshift.core.plan import PlanPool
    from poolshift.render.actions import Action
    from poolshift.render.interface import Procedure, Stage

SCRIPT = "move.sh"
MAIN = 'main "$@"\n'
SETTINGS = """# Names from the cluster, queries and templates stand in single quotes, as they are.
# shellcheck disable=SC2016
set -euo pipefail
"""


def render_az(procedure: Procedure) -> Rendering:
    """A bash script for az and kubectl, with its patch files."""
    limits = (*procedure.limits, *_own_limits(procedure))
    body = "\n".join((*_pool_functions(procedure), *_steps(procedure), *_tables(procedure)))
    known = functions()
    code = "\n".join((body, *(known[n] for n in used_by(f"{body}\n{MAIN}")), MAIN))
    head = f"{preamble(procedure, limits)}\n{SETTINGS}"
    used = {n: t for n, t in procedure.files.items() if f'"$here/{n}"' in body}
    whole = "\n".join((head, values(procedure, code, folder=True), code))
    inline = _inline(used) if used else ""
    single = "\n".join((head, values(procedure, code, folder=False), inline, code))
    script = RenderedFile(SCRIPT, whole, executable=True)
    return Rendering((script, *(RenderedFile(n, t) for n, t in used.items())), single, limits)


def _own_limits(procedure: Procedure) -> Iterator[Limit]:
    for pool in procedure.plan.pools:
        said = _spoken(procedure, pool)
        if said.unsaid or header_option(pool.headers) is None:
            what = ", ".join(said.unsaid) or "its headers"
            yield Limit(
                f"az aks nodepool add cannot say {what} of {pool.green}",
                "nothing to do: the pool is made by az rest with the whole body, as poolshift "
                "apply does",
            )
    yield Limit(
        "nothing is taken back by itself when a step fails",
        "take steps back from the last to the first with --undo N; what was held (autoscaler, "
        "channels) stays held until the restore step has run",
    )


def _spoken(procedure: Procedure, pool: PlanPool) -> Spoken:
    return spoken(pool_body(procedure.plan, pool)["properties"])


def _pool_functions(procedure: Procedure) -> Iterator[str]:
    """One function a pool that makes it."""
    for n, pool in enumerate(procedure.plan.pools, start=1):
        said, headers = _spoken(procedure, pool), header_option(pool.headers)
        yield f"# Makes {comment(pool.green)} with so many nodes."
        if said.by_default:
            yield f"# Left to the service, whose default it is: {', '.join(said.by_default)}."
        yield f"add_pool_{n}() {{"
        if said.unsaid or headers is None:
            yield from _by_rest(pool, n)
        else:
            yield from _by_add(said, headers, n)
        yield "}\n"


def _by_add(said: Spoken, headers: tuple[str, ...], n: int) -> Iterator[str]:
    yield '  change az aks nodepool add --resource-group="$resource_group" \\'
    yield f'    --cluster-name="$cluster" --name="$green_{n}" --node-count="$1" \\'
    for option in said.options:
        yield f"    {' '.join(option_text(w) for w in option)} \\"
    for header in headers:
        yield f"    {option_text(header)} \\"
    yield "    --if-none-match='*' --no-wait"


def _by_rest(pool: PlanPool, n: int) -> Iterator[str]:
    version = API_VERSIONS["microsoft.containerservice"]
    yield "  local body"
    yield f'  body=$(sed \'s/^    "count": [0-9]*/    "count": \'"$1"\'/\' {file(body_file(pool))})'
    yield '  change az rest --method=put --body="$body" \\'
    yield f'    --url="$cluster_id/agentPools/$green_{n}?api-version={version}" \\'
    words = [f"{k}={v}" for k, v in pool.headers.items()]
    shown = " ".join(map(shell, ["If-None-Match=*", "Content-Type=application/json", *words]))
    yield f"    --headers {shown}"


def _steps(procedure: Procedure) -> Iterator[str]:
    names = Names(procedure)
    for stage in procedure.stages:
        yield from _function(f"step_{stage.number}", stage, stage.actions, names)
        if stage.back:
            yield from _function(f"undo_{stage.number}", stage, stage.back, names)


def _function(name: str, stage: Stage, actions: Iterable[Action], names: Names) -> Iterator[str]:
    step = stage.step
    forward = name.startswith("step_")
    title = step.summary if forward else f"takes step {stage.number} back"
    yield f"# {stage.number}. {comment(step.id)}: {comment(title)}"
    if forward:
        yield f"# {expected(stage)}"
    yield f"{name}() {{"
    seconds = f'"$seconds_{stage.number}"' if stands_still(stage) else shell(_drain_s(names))
    found = [line for action in actions for line in lines(action, names, seconds)]
    if forward and step.kind is StepKind.HOLD and found:
        # Whoever runs the script again after the end must not hold what nobody lets go.
        moved = "already 'the old pools are gone, so nothing is held'"
        found = ["if ! blue_is_left; then", f"  {moved}", "  return", "fi", *found]
    if not found:
        found = [f"say {shell('  nothing to do: ' + comment(step.nothing_to_do))}"]
    yield from (f"  {line}".replace("\n", "\n  ") for line in found)
    yield "}\n"


def _drain_s(names: Names) -> str:
    steps = names.procedure.plan.steps
    return str(max((int(s.parameters.get("drain_s", 0)) for s in steps), default=0))


def _tables(procedure: Procedure) -> Iterator[str]:
    """What step has which number, and what is looked at when all workloads are."""
    total, names = len(procedure.stages), Names(procedure)
    looks = [f"workload_trouble {names.workload(t)}" for t in procedure.workloads] or [":"]
    joined = " &&\n    ".join(looks)
    yield "# What is not well with the moved workloads, a line each; nothing when all is."
    yield f"all_trouble() {{\n  {joined}\n}}\n"
    yield "# Takes one step."
    yield "take_step() {"
    yield "  case $1 in"
    for stage in procedure.stages:
        title = f"[{stage.number}/{total}] {comment(stage.step.id)}: {comment(stage.step.summary)}"
        yield f"    {stage.number})"
        yield f"      say {shell(title)}"
        yield f"      step_{stage.number}"
        yield "      ;;"
    yield "  esac\n}\n"
    yield "# Takes one step back."
    yield "undo_step() {"
    yield "  case $1 in"
    for stage in procedure.stages:
        if stage.back:
            yield f"    {stage.number}) undo_{stage.number} ;;"
    yield '    *) say "step $1 leaves nothing to take back, or has no way back" ;;'
    yield "  esac\n}\n"
    yield "# Every step with its number."
    yield "list_steps() {"
    for stage in procedure.stages:
        what = f"{stage.number:>3}  {comment(stage.step.id)}: {comment(stage.step.summary)}"
        yield f"  printf '%s\\n' {shell(what)}"
        yield f"  printf '%s\\n' {shell('       ' + expected(stage))}"
    yield "}\n"


def _inline(files: Mapping[str, str]) -> str:
    """The files as here-documents, which are written into a folder that goes with the script."""
    out = [
        "# ---- files",
        "here=$(mktemp -d)",
        "trap 'rm -rf \"$here\"' EXIT",
        'mkdir "$here/patches" "$here/manifests"',
    ]
    for name, text in files.items():
        end = _delimiter(text)
        out += [f"cat >\"$here/{name}\" <<'{end}'", text.removesuffix("\n"), end]
    return "\n".join(out) + "\n"


def _delimiter(text: str) -> str:
    """A word that is no line of the text."""
    taken = set(text.split("\n"))
    mark = hashlib.sha256(text.encode()).hexdigest()
    return next(word for n in range(8, 65) if (word := f"POOLSHIFT_{mark[:n]}") not in taken)
