"""What the local AKS simulates, what it approximates and on what that rests, and what it does not.

Kinds, routes, faults and timings are read from the program; the rest is said here, next to nothing
that could say it by itself. Whoever changes a behaviour changes its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from poolshift.sim.arm.service import ROUTES
from poolshift.sim.faults.table import FAULTS
from poolshift.sim.kube.resources import SERVED
from poolshift.sim.kube.timings import KubeTimings


class State(StrEnum):
    """How near a behaviour is to the real one."""

    SIMULATED = "simulated"
    APPROXIMATED = "approximated"
    ABSENT = "not simulated"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One behaviour; what is approximated says on what it rests, what is absent what is instead."""

    area: str
    what: str
    state: State
    note: str = ""


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

_YES, _NEARLY, _NO = State.SIMULATED, State.APPROXIMATED, State.ABSENT
BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("API", "discovery, Tables, paging, selectors, watches with bookmarks and 410", _YES),
    Behaviour("API", "patches of all four types, server-side apply with conflicts", _YES),
    Behaviour("API", "dry run, field validation, OpenAPI for explain", _YES),
    Behaviour(
        "API",
        "OpenAPI versions 2 and 3, version 2 also as protobuf",
        _NEARLY,
        "every operation and field of the kinds served, in schemas with names of their own",
    ),
    Behaviour("API", "service accounts: pods without theirs are refused", _YES),
    Behaviour("API", "eviction with the real bodies, several budgets, unobserved budgets", _YES),
    Behaviour(
        "API",
        "managed fields of controllers",
        _NEARLY,
        "worked out when shown; a field that a client wrote and a controller changed stays the "
        "client's",
    ),
    Behaviour("API", "events in the core group and in events.k8s.io, with series", _YES),
    Behaviour(
        "API",
        "autoscaling/v1 beside autoscaling/v2",
        _NEARLY,
        "the same objects; managed fields are noted in the stored version, v2",
    ),
    Behaviour(
        "API",
        "custom kinds of add-ons",
        _NEARLY,
        "those that the scenario names, else all; CustomResourceDefinitions are not objects here",
    ),
    Behaviour("API", "health, check by check", _NEARLY, "the checks of 1.33; none ever fails"),
    Behaviour("API", "protobuf request bodies of kubectl 1.32 and newer", _YES),
    Behaviour("API", "protobuf answers", _NO, "JSON, which every client takes"),
    Behaviour("API", "exec, attach, port-forward, proxy", _NO, "404: nor does discovery list them"),
    Behaviour("API", "container logs", _NEARLY, "as of a node that does not answer: 500"),
    Behaviour("API", "access", _NEARLY, "the scenario denies verbs; roles decide nothing"),
    Behaviour(
        "API",
        "admission webhooks",
        _NEARLY,
        "nobody is called: a webhook lets all pass until a fault (webhook-down, webhook-denies, "
        "webhook-called, eviction-denied) says otherwise; mutating ones change nothing",
    ),
    Behaviour("API", "impersonation", _NO, "--as changes nothing: the caller stays the caller"),
    Behaviour("API", "metrics.k8s.io", _NO, "absent as on a bare cluster"),
    Behaviour("Controllers", "Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob", _YES),
    Behaviour("Controllers", "adoption of orphans, letting go of what no longer matches", _YES),
    Behaviour(
        "Controllers",
        "foreground deletion",
        _NEARLY,
        "as in the background: the owner goes first and its dependents a moment later",
    ),
    Behaviour("Controllers", "budgets with observed status; endpoints and their slices", _YES),
    Behaviour(
        "Controllers",
        "HorizontalPodAutoscaler and KEDA",
        _NEARLY,
        "the real arithmetic over the scenario's load curves instead of metrics",
    ),
    Behaviour("Controllers", "events of workloads, nodes and evictions by taint", _YES),
    Behaviour("Controllers", "ResourceQuota, LimitRange, PriorityClass admission", _YES),
    Behaviour("Controllers", "node lifecycle, NoExecute eviction, collection of lost pods", _YES),
    Behaviour(
        "Controllers",
        "cluster autoscaler",
        _NEARLY,
        "its defaults are AKS' documented ones; it opens no ARM operation",
    ),
    Behaviour("Controllers", "Argo Rollouts, Argo CD, Flux, Helm", _NO, "their objects are served"),
    Behaviour("Scheduler", "selectors, affinity, taints, resources, ports, spread, volumes", _YES),
    Behaviour("Scheduler", "priority and preemption", _YES),
    Behaviour(
        "Scheduler",
        "which of many feasible nodes",
        _NEARLY,
        "the default plugins' scores over the first 100 feasible nodes",
    ),
    Behaviour("Scheduler", "reason texts", _NEARLY, "of about Kubernetes 1.30, not recorded"),
    Behaviour("Scheduler", "number of disks a node takes", _NO, "the catalog has no such figure"),
    Behaviour("Kubelet", "build match, hidden and missing builds, host-process containers", _YES),
    Behaviour("Kubelet", "shared and cached layers, pull queue, limits of registries", _YES),
    Behaviour(
        "Kubelet",
        "bandwidth of a registry",
        _NEARLY,
        "one line for all nodes, first come first served; real ones share it evenly",
    ),
    Behaviour(
        "Kubelet",
        "image garbage collection",
        _NEARLY,
        "the kubelet's thresholds over an assumed disk of 128 GB and unpacked size (2.2 times)",
    ),
    Behaviour("Kubelet", "probes", _NEARLY, "the first answer after the initial delay; none fails"),
    Behaviour(
        "Kubelet",
        "events of a pod's containers",
        _NEARLY,
        "a pod's containers pull and start together; the longest pull counts for each",
    ),
    Behaviour("Kubelet", "gMSA credential specs, tokens of identities", _YES),
    Behaviour("Kubelet", "disks on one node at a time, slow attach and detach, shares", _YES),
    Behaviour("Kubelet", "resource use, out-of-memory kills, eviction under pressure", _NO),
    Behaviour(
        "Network",
        "load balancer backends, connections cut through removed nodes",
        _NEARLY,
        "as many long connections a node and Service as the scenario says, one by default",
    ),
    Behaviour("Network", "traffic, DNS, network policies", _NO, "the fault network-lost alone"),
    Behaviour(
        "ARM",
        "fields that the service fills in, by the day and by the api-version",
        _NEARLY,
        "as recorded from 2022 to 2025; since when stable versions have what was recorded of "
        "previews alone is assumed (2025), and so is the month in which overlay became the default",
    ),
    Behaviour(
        "ARM",
        "resource groups, identities, role definitions and assignments",
        _NEARLY,
        "a dozen built-in roles, which decide nothing; how long an empty group takes to go is "
        "assumed (15 s)",
    ),
    Behaviour(
        "ARM",
        "the directory (Microsoft Graph)",
        _NEARLY,
        "service principals of the world; no users, groups and applications",
    ),
    Behaviour(
        "ARM",
        "vaults and virtual networks",
        _NEARLY,
        "kept as they are sent; no secrets, no addresses, no checks of their providers",
    ),
    Behaviour(
        "ARM",
        "Resource Graph queries",
        _NEARLY,
        "where, project, extend, mv-expand, order, take, distinct, count and summarize count() "
        "over clusters, scale sets, identities and groups; anything else is refused by name",
    ),
    Behaviour("ARM", "durations of operations", _NEARLY, "drawn from the catalog's recorded ones"),
    Behaviour("ARM", "states of pools, one operation at a time, eTags, aborts", _YES),
    Behaviour(
        "ARM",
        "upgrades of pools: version, node image, OS SKU, FIPS; surge, drain, soak, quarantine",
        _NEARLY,
        "each machine that is added or reimaged takes what a new pool of its OS takes: on Linux "
        "that comes to what was recorded of one node, on Windows nothing was recorded",
    ),
    Behaviour(
        "ARM",
        "the service's own blue-green upgrade",
        _NEARLY,
        "stages and texts as in the one that was recorded, of two Linux nodes",
    ),
    Behaviour(
        "ARM",
        "events of upgrades",
        _NEARLY,
        "reasons Surge, Drain and Upgrade from the upgrader; words of their own",
    ),
    Behaviour(
        "ARM",
        "node images that come out after the start",
        _NEARLY,
        "Linux weekly by the date in the name, Windows as recorded or, with a made-up revision, "
        "the day after the second Tuesday of a month; none after the end of fixes. Kernel and "
        "runtime of a new Linux image stay as they were",
    ),
    Behaviour("ARM", "rollback to the last version and image of a pool, pool snapshots", _YES),
    Behaviour(
        "ARM",
        "Windows2022 to Windows2025 in place",
        _NEARLY,
        "where the scenario's service says windows_in_place; by the preview's page, never recorded",
    ),
    Behaviour(
        "ARM",
        "stopping and starting pools",
        _NEARLY,
        "nodes leave at the end of a stop and their pods die: whether the service drains was not "
        "recorded",
    ),
    Behaviour(
        "ARM",
        "machines after an abort",
        _NEARLY,
        "those that were asked for still come; not recorded",
    ),
    Behaviour(
        "ARM",
        "errors in polls of operations that succeed",
        _NEARLY,
        "recorded texts, in one operation of a hundred",
    ),
    Behaviour("ARM", "another count and an upgrade of a pool in one PUT", _NO, "501"),
    Behaviour(
        "ARM",
        "pools of single machines",
        _NEARLY,
        "counted by their profile; every node is of its first size",
    ),
    Behaviour(
        "ARM",
        "what the service refuses of pools and clusters",
        _NEARLY,
        "codes and sentences of the catalog; InvalidParameter where none was recorded, and the "
        "first of several faults in an order of its own",
    ),
    Behaviour(
        "ARM",
        "retired OS SKUs",
        _NEARLY,
        "by the catalog's days and the world's clock; without images the error of an image that "
        "is not found, at once",
    ),
    Behaviour(
        "ARM",
        "machines that region, zone or network do not have; locks on the node group",
        _NEARLY,
        "refused at once; the service fails the operation, as the fault size-gone does here",
    ),
    Behaviour(
        "ARM",
        "machines that do not become nodes (faults size-gone, node-start-fails)",
        _NEARLY,
        "the codes are documented, the words around an exit code are not; where the start script "
        "failed the machine stays, never is a node, and is made anew by the pool's next change; "
        "the cluster autoscaler gives it up after 15 minutes",
    ),
    Behaviour(
        "ARM",
        "why a pool has failed, in its own status",
        _NEARLY,
        "by the schema of newer api-versions, to every one: never recorded",
    ),
    Behaviour(
        "ARM",
        "answers of 429, 500, 502 and 504 (faults throttled, service-errors, gateway-errors)",
        _NEARLY,
        "bodies as recorded, but for the sentences of 429 and the page of a 504",
    ),
    Behaviour("ARM", "fleets: members that join or leave", _NO, "a fleet is not simulated"),
    Behaviour(
        "ARM",
        "Kubernetes versions for new pools",
        _NEARLY,
        "the cluster's own stays on offer, however old, until the scenario removes it",
    ),
    Behaviour(
        "ARM",
        "use of Kubernetes APIs that go, as a cluster's upgrade looks for it",
        _NEARLY,
        "what the scenario says is in use: this API server never serves such versions",
    ),
    Behaviour(
        "ARM",
        "preview features and their provider's registration",
        _NEARLY,
        "5 to 60 minutes to be registered, drawn evenly: reported are minutes to hours",
    ),
    Behaviour(
        "ARM",
        "throttling",
        _NEARLY,
        "writes of pools and clusters; reads where the scenario says so, since a call costs no "
        "time here; Retry-After is of virtual seconds",
    ),
    Behaviour("ARM", "locks, policies that deny, checkPolicyRestrictions, lockdown", _YES),
    Behaviour("ARM", "policies that change or audit, with conditions of several fields", _NO),
    Behaviour(
        "ARM",
        "service principals",
        _NEARLY,
        "a secret that expires by the scenario's day for all pools alike; it is not renewed",
    ),
    Behaviour("ARM", "quota of spot machines", _NO, "they count as any other"),
)


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
