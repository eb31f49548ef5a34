"""The coverage page.

Kinds, routes, faults and timings are read from the program; the rest is said beside it, next to
nothing that could say it by itself. Whoever changes a behaviour changes its line.
"""

from __future__ import annotations

import msgspec

from poolshift.sim.arm.service import ROUTES
from poolshift.sim.coverage.arm import ARM
from poolshift.sim.coverage.behaviours import Behaviour, State
from poolshift.sim.coverage.cluster import CLUSTER
from poolshift.sim.faults.table import FAULTS
from poolshift.sim.kube.resources import SERVED
from poolshift.sim.kube.timings import KubeTimings

_ASSUMED = "an assumption"
# Where each figure of KubeTimings comes from.
TIMING_SOURCES: dict[str, str] = {
    "controller_s": f"{_ASSUMED}: control loops react well under a second",
    "scheduler_s": f"{_ASSUMED}: control loops react well under a second",
    "budget_s": f"{_ASSUMED}: control loops react well under a second",
    "node_taint_s": "recorded: within a second of the cordon",
    "balancer_enter_s": _ASSUMED,
    "balancer_leave_s": _ASSUMED,
    "balancer_address_s": _ASSUMED,
    "windows_pull_mb_s": "catalog timings/windows-12-gb-image-pull: 12 GB in 960 s",
    "linux_pull_mb_s": f"{_ASSUMED}: several times as fast as Windows",
    "windows_sandbox_s": _ASSUMED,
    "linux_sandbox_s": _ASSUMED,
    "windows_start_s": f"{_ASSUMED}: tens of seconds from image to first answer",
    "windows_first_start_s": f"{_ASSUMED}: a new image is laid down first",
    "linux_start_s": _ASSUMED,
    "windows_stop_s": "catalog timings/windows-container-shutdown-default",
    "linux_stop_s": _ASSUMED,
    "registry_answer_s": _ASSUMED,
    "probe_again_s": "the default period of a probe",
    "back_off_s": "the kubelet's first back-off",
    "back_off_limit_s": "the kubelet's longest back-off",
    "provision_s": _ASSUMED,
    "disk_attach_s": f"{_ASSUMED}: an update of the machine",
    "disk_detach_s": f"{_ASSUMED}: an update of the machine",
    "disk_delete_s": _ASSUMED,
    "share_mount_s": _ASSUMED,
    "bind_timeout_s": "kube-scheduler's default for volume binding",
}

BEHAVIOURS = (*CLUSTER, *ARM)


def lines() -> list[str]:
    """The page as text."""
    routes = sorted({f"{r.method} {r.template}" for r in ROUTES})
    kinds = sorted({f"{k.plural}.{k.group}" if k.group else k.plural for k in SERVED})
    shown = []
    for state in State:
        shown += ["", f"## {state.value.capitalize()}", ""]
        shown += [_line(b) for b in BEHAVIOURS if b.state is state]
    shown += ["", "## Figures of time inside the cluster", ""]
    figures = msgspec.structs.asdict(KubeTimings())
    shown += [f"* `{name}` {figures[name]:g}: {TIMING_SOURCES[name]}" for name in figures]
    shown += ["", f"## Kinds that are served ({len(kinds)})", "", ", ".join(kinds)]
    shown += ["", f"## ARM routes that are answered ({len(routes)})", ""]
    shown += [f"* `{route}`" for route in routes]
    shown += ["", f"## Faults ({len(FAULTS)})", ""]
    shown += [f"* `{f.name}` ({', '.join((*f.pains, *f.codes))}): {f.what}" for f in FAULTS]
    return shown[1:]


def _line(behaviour: Behaviour) -> str:
    note = f": {behaviour.note}" if behaviour.note else ""
    return f"* {behaviour.area}: {behaviour.what}{note}"
