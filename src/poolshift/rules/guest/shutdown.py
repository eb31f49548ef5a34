"""PSW173: Windows pods that count on a long shutdown that they do not get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.catalog.model.timings import NodeTiming
from poolshift.core.errors import invariant
from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import PodSpec
from poolshift.rules.images.uses import is_shipped, windows_moves
from poolshift.rules.interface import Rule
from poolshift.semantics.hints import SCRIPT_ENTRYPOINT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import Container
    from poolshift.rules.interface import Context

_DEFAULT = PodSpec().termination_grace_period_seconds
"""The grace period of a pod that names none."""
_TIMING = "windows-container-shutdown-default"
_SMALL = "nanoserver"


class ShutdownNotSigterm(Rule):
    """A Windows pod asks for a long grace period, and nothing uses it.

    What it finds:
        A Windows workload that moves, with a grace period above the default, no preStop hook, and
        a script as its command or a base on Server Core.

    Why it matters:
        Windows containers get no SIGTERM. They get a shutdown event, and after a few seconds that
        the image's registry sets, Windows ends them; the pod's grace period does not lengthen it.
        A script does not pass the event on. Requests in flight are cut when the pod moves.

    How it is decided:
        By the grace period, the lack of a preStop hook, hints of the command, and the base that
        the image's layers or labels show.

    What to do:
        Add a preStop hook that waits until the pod is out of its Services, and raise
        WaitToKillServiceTimeout in the image where the program needs longer.

    Example:
        terminationGracePeriodSeconds: 120 with cmd /S /C start.cmd.
    """

    id = "PSW173"
    name = "shutdown-not-sigterm"
    severity = Severity.INFO
    sources = ("timings/nodes_and_images/windows-container-shutdown-default",)
    pains = ("M6",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the grace period of every Windows workload that moves."""
        seen: set[str] = set()
        for move in windows_moves(context):
            workload, spec = move.workload, move.workload.template.spec
            grace = spec.termination_grace_period_seconds
            if grace <= _DEFAULT or workload.target in seen:
                continue
            shown = [e for c in spec.containers if not c.pre_stop for e in _shown(context, c)]
            if not shown or is_shipped(workload):
                continue
            seen.add(workload.target)
            seconds = _seconds(context.catalog)
            yield self.finding(
                workload.target,
                what="it asks for a long grace period, which Windows does not give by itself",
                why=f"after the shutdown event Windows ends a container within {seconds} s unless "
                "its image says otherwise, and a script does not pass the event on",
                fix="Add a preStop hook that waits until the pod is out of its Services; where the "
                "program needs longer, set WaitToKillServiceTimeout in the image",
                evidence=(
                    Evidence("spec/terminationGracePeriodSeconds", str(grace)),
                    *shown,
                ),
            )


def _shown(context: Context, container: Container) -> Iterator[Evidence]:
    """What shows that a container may not shut down by itself."""
    path = f"spec/containers/{container.name}"
    if SCRIPT_ENTRYPOINT in container.hints:
        yield Evidence(path, f"hint {SCRIPT_ENTRYPOINT}, no preStop")
        return
    facts = context.index.images.get(container.image)
    for platform in facts.platforms if facts is not None else ():
        family = platform.base.family if platform.base is not None else ""
        if family and family != _SMALL:
            yield Evidence(path, f"base {family}, no preStop")
            return


def _seconds(catalog: Catalog) -> int:
    record = catalog.timing(_TIMING)
    seconds = record.default_s if isinstance(record, NodeTiming) else None
    invariant(seconds is not None, f"the timing {_TIMING} has a default")
    return seconds or 0
