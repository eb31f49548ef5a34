"""The whole script: head, values, steps, and the functions that these use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.core.arm_client import API_VERSIONS
from poolshift.core.plan import Guard
from poolshift.render.az.head import expected, stands_still
from poolshift.render.interface import Limit, RenderedFile, Rendering
from poolshift.render.notes import note, top
from poolshift.render.powershell.library import functions, used_by
from poolshift.render.powershell.pool import said_by_cmdlet
from poolshift.render.powershell.steps import Names, file, lines
from poolshift.render.powershell.values import array, literal, table, text
from poolshift.render.powershell.values import lines as file_text
from poolshift.render.procedure import body_file, pool_body
from poolshift.render.quoting import comment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from poolshift.core.plan import PlanPool
    from poolshift.render.actions import Action
    from poolshift.render.interface import Procedure, Stage

SCRIPT = "move.ps1"
_NEEDS = "#Requires -Version 7.2"
_PARAMETERS = """\
[CmdletBinding()]
param(
  [switch]$List, # show the steps and end
  [int]$From = 1, # begin with this step
  [int]$To = 0, # end with this step
  [int]$Only = 0, # take this step alone
  [int]$Undo = 0, # take this step back, as far as it can be
  [switch]$Yes, # delete pools without asking
  [string]$Context = '', # kubectl's context; empty: the current one
  [switch]$TakeOwnership, # create and delete pools that other code owns
  [switch]$DespiteBlockers # go on although the plan has blockers
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
# What a program complains about is judged by its exit code.
$PSNativeCommandUseErrorActionPreference = $false
"""
_STATE = """\
# ---- what the script finds out
$script:current = 1
$script:kubeContext = $Context
$script:nodeGroup = ''
$script:lastSaid = ''
$script:kubeExit = 0
$script:kubeSaid = ''
"""


def render_powershell(procedure: Procedure) -> Rendering:
    """A PowerShell script for the Az modules and kubectl, with its patch files."""
    limits = (*_own_limits(procedure), *procedure.limits)
    body = "\n".join((*_makers(procedure), *_steps(procedure), *_tables(procedure)))
    known = functions()
    library = "\n".join(known[name] for name in used_by(f"{body}\nStart-Move\n"))
    head = "\n".join((_NEEDS, *_preamble(procedure, limits), "", _PARAMETERS))
    used = {n: t for n, t in procedure.files.items() if file(n) in body}
    values = "\n".join(("# ---- values; change them here and nowhere else", *_values(procedure)))
    folder = "$files = $PSScriptRoot\n"
    whole = (head, values, folder, _STATE, library, body, "Start-Move\n")
    single = (head, values, _unpacked(used), _STATE, library, body, _ENDED)
    script = RenderedFile(SCRIPT, "\n".join(whole))
    return Rendering(
        (script, *(RenderedFile(n, t) for n, t in used.items())), "\n".join(single), limits
    )


def _own_limits(procedure: Procedure) -> Iterator[Limit]:
    for pool in procedure.plan.pools:
        unsaid = said_by_cmdlet(pool_body(procedure.plan, pool)["properties"]).unsaid
        if unsaid:
            yield Limit(
                f"New-AzAksNodePool cannot say {', '.join(unsaid)} of {pool.green}",
                "nothing to do: the pool is made by a PUT of the whole body with the sign-in of Az",
            )
    yield Limit(
        "nothing is taken back by itself when a step fails",
        "take steps back from the last to the first with -Undo N; what was held (autoscaler, "
        "channels) stays held until the restore step has run",
    )


def _preamble(procedure: Procedure, limits: Iterable[Limit]) -> Iterator[str]:
    yield from top(procedure, "#", limits, ())
    yield "#"
    yield from note(
        "Needs the modules Az.Accounts and Az.Aks, and kubectl. See the steps with: move.ps1 -List",
        "#",
    )
    yield "#"
    yield "# STEPS"
    for stage in procedure.stages:
        step = stage.step
        what = f"nothing to do: {step.nothing_to_do}" if not stage.actions else step.summary
        yield from note(f"{step.id}: {what}", "#", first=f"  {stage.number:>2}  ")


def _values(procedure: Procedure) -> Iterator[str]:
    plan, cluster = procedure.plan, procedure.cluster
    yield f"$plan = {text(procedure.mark)} # what the marks of this plan say"
    yield f"$subscription = {text(cluster.subscription)}"
    yield f"$resource_group = {text(cluster.resource_group)}"
    yield f"$cluster_name = {text(cluster.name)}"
    yield f"$cluster_id = {text(cluster.id)}"
    yield f"$kubernetes_version = {text(plan.kubernetes_version)}"
    yield f"$target_sku = {text(plan.to)}"
    yield f"$api_version = {text(API_VERSIONS['microsoft.containerservice'])}"
    yield f"$compute_version = {text(API_VERSIONS['microsoft.compute'])}"
    yield "$patience_s = 7200 # how long a step may wait before it fails"
    yield "$poll_s = 10 # how long it waits between two looks"
    yield f"$blockers = {len(plan.blockers)}"
    yield f"$steps = {len(procedure.stages)}"
    for n, pool in enumerate(plan.pools, start=1):
        yield f"$blue_{n} = {text(pool.blue)}"
        yield f"$green_{n} = {text(pool.green)}"
        yield f"$sku_{n} = {text(pool.sku)} # blue's OS SKU"
        yield f"$size_{n} = {text(str(pool.body['properties'].get('vmSize') or ''))}"
        yield f"$count_{n} = {pool.count}"
        yield f"$build_{n} = {text(pool.green_build)} # green's build"
        yield f"$owner_{n} = {text(pool.owner)}"
        if pool.identities:
            yield f"$identities_{n} = {array(pool.identities)}"
    for moved in procedure.workloads.values():
        parts = {"Ns": moved.namespace, "Kind": moved.kind.lower(), "Name": moved.name}
        yield f"$workload_{moved.number} = {table(parts)}"
    yield from _lists(procedure)


def _lists(procedure: Procedure) -> Iterator[str]:
    plan = procedure.plan
    named = ", ".join(f"$workload_{m.number}" for m in procedure.workloads.values())
    yield f"$workloads = @({named})"
    yield f"$blues = {array(p.blue for p in plan.pools)}"
    yield f"$greens = {array(p.green for p in plan.pools)}"
    yield f"$planned = {array(w.target for w in plan.workloads)}"
    olds = tuple(dict.fromkeys(c.old for w in plan.workloads for c in w.images))
    gentle = any(p.guard is Guard.PREFER for p in plan.pools) and bool(olds)
    yield f"$gentle_guard = {'$true' if gentle else '$false'} # pods on green may be sent back"
    yield f"$old_images = {array(olds)}"
    for stage in procedure.stages:
        seconds = stands_still(stage)
        if seconds:
            yield f"$seconds_{stage.number} = {seconds} # {stage.step.kind}"


def _makers(procedure: Procedure) -> Iterator[str]:
    """One script block a pool that makes it."""
    for n, pool in enumerate(procedure.plan.pools, start=1):
        said = said_by_cmdlet(pool_body(procedure.plan, pool)["properties"])
        arguments = dict(said.arguments) if not said.unsaid else {}
        yield f"# Makes {comment(pool.green)} with so many nodes."
        yield f"$make_{n} = {{"
        yield "  param([int]$Count)"
        yield "  $arguments = @{"
        yield from (f"    {text(k)} = {v}" for k, v in _arguments(arguments))
        yield "  }"
        yield f"  New-Green $green_{n} $Count $arguments {file(body_file(pool))} {_headers(pool)}"
        yield "}\n"


def _arguments(arguments: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in arguments.items():
        yield name, literal(value)


def _headers(pool: PlanPool) -> str:
    return table(pool.headers)


def _steps(procedure: Procedure) -> Iterator[str]:
    names = Names(procedure)
    for stage in procedure.stages:
        yield from _function("Invoke", stage, stage.actions, names)
        if stage.back:
            yield from _function("Undo", stage, stage.back, names)


def _function(verb: str, stage: Stage, actions: Iterable[Action], names: Names) -> Iterator[str]:
    step = stage.step
    title = step.summary if verb == "Invoke" else f"takes step {stage.number} back"
    yield f"# {stage.number}. {comment(step.id)}: {comment(title)}"
    if verb == "Invoke":
        yield f"# {expected(stage)}"
    yield f"function {verb}-Step{stage.number} {{"
    seconds = f"$seconds_{stage.number}" if stands_still(stage) else str(_drain_s(names))
    found = [line for action in actions for line in lines(action, names, seconds)]
    if not found:
        found = [f"Write-Line {text('  nothing to do: ' + comment(step.nothing_to_do))}"]
    yield from (f"  {line}".replace("\n", "\n  ") for line in found)
    yield "}\n"


def _drain_s(names: Names) -> int:
    steps = names.procedure.plan.steps
    return max((int(s.parameters.get("drain_s", 0)) for s in steps), default=0)


def _tables(procedure: Procedure) -> Iterator[str]:
    """What step has which number."""
    total = len(procedure.stages)
    yield "# Takes one step."
    yield "function Invoke-Step([int]$Number) {"
    yield "  switch ($Number) {"
    for stage in procedure.stages:
        title = f"[{stage.number}/{total}] {comment(stage.step.id)}: {comment(stage.step.summary)}"
        yield f"    {stage.number} {{"
        yield f"      Write-Line {text(title)}"
        yield f"      Invoke-Step{stage.number}"
        yield "    }"
    yield "  }\n}\n"
    yield "# Takes one step back."
    yield "function Undo-Step([int]$Number) {"
    yield "  switch ($Number) {"
    for stage in procedure.stages:
        if stage.back:
            yield f"    {stage.number} {{ Undo-Step{stage.number} }}"
    yield (
        '    default { Write-Line "step $Number leaves nothing to take back, or has no way back" }'
    )
    yield "  }\n}\n"
    yield "# Every step with its number."
    yield "function Show-Steps {"
    for stage in procedure.stages:
        what = f"{stage.number:>3}  {comment(stage.step.id)}: {comment(stage.step.summary)}"
        yield f"  Write-Output {text(what)}"
        yield f"  Write-Output {text('       ' + expected(stage))}"
    yield "}\n"


_ENDED = """\
try {
  Start-Move
} finally {
  Remove-Item -LiteralPath $files -Recurse -Force
}
"""


def _unpacked(files: Mapping[str, str]) -> str:
    """The files as texts, which are written into a folder that goes with the script."""
    out = [
        "# ---- files",
        "$files = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())",
        *(
            f"[void](New-Item -ItemType Directory -Path (Join-Path $files {text(folder)}))"
            for folder in sorted({name.rpartition("/")[0] for name in files} | {"patches"})
        ),
    ]
    for name, content in files.items():
        out.append(f"[IO.File]::WriteAllText({file(name)}, {file_text(_one_way(content))})")
    return "\n".join(out) + "\n"


def _one_way(content: str) -> str:
    """Line ends as LF: a script that was saved otherwise would change them."""
    return re.sub(r"\r\n?", "\n", content)
