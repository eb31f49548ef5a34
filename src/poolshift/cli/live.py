"""The live progress display of a run on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from poolshift.cli.running import kubectl_words, line_of
from poolshift.core.journal import JournalEvent, RunState, StepStatus
from poolshift.core.kube import is_ready
from poolshift.report.hostile import clean

if TYPE_CHECKING:
    from types import TracebackType

    from poolshift.core.plan import Plan
    from poolshift.engine.view import View

REFRESH_A_SECOND = 8


class Progress:
    """Events scroll by above; below stand the step under way and the pools as they are now."""

    def __init__(self, plan: Plan, out: Console) -> None:
        self._plan = plan
        self._out = out
        self._spinner = Spinner("dots")
        self._waits: list[str] = []
        self._pools: list[str] = []
        self._done = 0
        self._live = Live(
            console=out,
            refresh_per_second=REFRESH_A_SECOND,
            transient=True,
            get_renderable=self._render,
        )

    def __enter__(self) -> Progress:
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, state: RunState, events: tuple[JournalEvent, ...]) -> None:
        """Take in what is new."""
        for event in events:
            line = line_of(event)
            if line and event.outcome != "running":
                self._out.print(Text(f"{event.at[11:19]} {clean(line)}"))
            for words in kubectl_words(event, self._plan):
                self._out.print(Text(words, style="bold"))
        ended = (StepStatus.DONE, StepStatus.SKIPPED)
        self._done = sum(1 for r in state.steps.values() if r.state in ended)
        self._waits = [f"{w.what}: {w.why}" for w in state.waiting_on]

    def see(self, view: View) -> None:
        """Take in an observation."""
        self._pools = []
        for planned in self._plan.pools:
            for name in (planned.blue, planned.green):
                nodes = view.nodes_of(name)
                pods = sum(len(view.moving_pods(n.metadata.name)) for n in nodes)
                ready = sum(1 for n in nodes if is_ready(n))
                word = "pod" if pods == 1 else "pods"
                self._pools.append(
                    f"{name}: {ready}/{len(nodes)} nodes ready, {pods} {word}"
                    f"{_unsettled(view, name)}"
                )

    def _render(self) -> Group:
        steps = f"{self._done}/{len(self._plan.steps)} steps"
        doing = clean(self._waits[0]) if self._waits else "looking"
        self._spinner.update(text=Text.assemble(f"{steps}  ", (doing, "cyan")))
        return Group(self._spinner, *(Text(f"  {clean(p)}", style="dim") for p in self._pools))


def _unsettled(view: View, pool: str) -> str:
    """What the service does with a pool; nothing when it is at rest."""
    found = view.pools.get(pool)
    if found is None:
        return ", not there"
    state = found.properties.provisioning_state
    return "" if state == "Succeeded" else f", {state}"
