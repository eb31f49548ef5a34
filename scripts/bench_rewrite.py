"""How fast files are rewritten: against ruamel.yaml's round trip, and against the parser's events.

The manifests are made here, a typical mix: a Deployment with its Service, a CronJob, a StatefulSet
with a ConfigMap, a DaemonSet, a Linux Deployment. The peer reads and writes each of them, which is
what a tool without splices does; the floor is libyaml's bare events.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml
from ruamel.yaml import YAML

from poolshift.catalog import load_catalog
from poolshift.cli.rewriting.memory import seldom_collected
from poolshift.rewrite import Rewriter

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
TREE_FILES = 10_000
PEER_LIMIT, EVENTS_LIMIT, FILES_LIMIT = 30.0, 2.0, 1_000.0
_COPIES = 8
"""Files of each kind: enough that a round takes longer than the clock's grain."""

_CONTAINER = """\
      containers:
      - name: {name}
        image: {image}
        imagePullPolicy: IfNotPresent
        # what the service listens on
        ports:
        - containerPort: 8080
          name: http
        env:
        - name: ASPNETCORE_URLS
          value: "http://+:8080"
        - name: REGION
          valueFrom: {{fieldRef: {{fieldPath: spec.nodeName}}}}
        resources:
          requests: {{cpu: 250m, memory: 512Mi}}
          limits: {{cpu: "1", memory: 1Gi}}
        readinessProbe:
          httpGet: {{path: /healthz, port: http}}
          initialDelaySeconds: 20
        volumeMounts:
        - name: settings
          mountPath: C:\\settings
      volumes:
      - name: settings
        configMap:
          name: {name}-settings
"""
_WORKLOAD = """\
apiVersion: apps/v1
kind: {kind}
metadata:
  name: {name}
  namespace: shop
  labels:
    app.kubernetes.io/name: {name}
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      serviceAccountName: {name}
      nodeSelector:
        kubernetes.io/os: {os}
      tolerations:
      - key: os
        value: {os}
        effect: NoSchedule
"""
_SERVICE = """\
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: shop
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
  - name: http
    port: 80
    targetPort: http
"""
_KINDS = (
    (
        "Deployment",
        "windows",
        "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2019",
    ),
    ("StatefulSet", "windows", "mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-1809"),
    ("DaemonSet", "windows", "mcr.microsoft.com/windows/nanoserver:1809"),
    ("Deployment", "windows", "shop.azurecr.io/cart:42"),
    ("Deployment", "linux", "docker.io/library/nginx:1.27"),
)


class Figures(NamedTuple):
    """CPU seconds of one pass over all files, as medians, and the ratios as medians of rounds."""

    files: int
    size: int
    rewrite_s: float
    events_s: float
    peer_s: float
    to_events: float
    to_peer: float


def manifests() -> list[tuple[str, bytes]]:
    """The files, each with another name."""
    found = []
    for copy in range(_COPIES):
        for number, (kind, system, image) in enumerate(_KINDS):
            name = f"app{copy}-{number}"
            text = (_WORKLOAD + _CONTAINER + _SERVICE).format(
                kind=kind, name=name, os=system, image=image
            )
            found.append((f"{name}.yaml", text.encode()))
    return found


def _cpu_s(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def measured(files: list[tuple[str, bytes]]) -> Figures:
    """The three passes in turns, so that what else the machine does falls on all of them."""
    rewriter = Rewriter("Windows2022", load_catalog())
    peer = YAML()
    peer.preserve_quotes = True

    def rewrite() -> None:
        for path, data in files:
            rewriter.rewrite(path, data)

    def events() -> None:
        for _, data in files:
            for _event in yaml.parse(data, yaml.CSafeLoader):
                pass

    def round_trip() -> None:
        for _, data in files:
            peer.dump_all(list(peer.load_all(data)), io.BytesIO())

    rewrite()
    with seldom_collected():
        rounds = [(_cpu_s(rewrite), _cpu_s(events)) for _ in range(ROUNDS)]
        peers = [(_cpu_s(rewrite), _cpu_s(round_trip)) for _ in range(3)]
    return Figures(
        files=len(files),
        size=sum(len(data) for _, data in files),
        rewrite_s=statistics.median(r for r, _ in rounds),
        events_s=statistics.median(e for _, e in rounds),
        peer_s=statistics.median(p for _, p in peers),
        to_events=statistics.median(r / e for r, e in rounds),
        to_peer=statistics.median(p / r for r, p in peers),
    )


def _tree_s(folder: Path) -> float:
    """Seconds of the command over a tree of files, half of them no candidates."""
    files = manifests()
    for number in range(TREE_FILES // 2):
        name, data = files[number % len(files)]
        place = folder / f"team{number % 50}" / f"service{number % 1_000}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}-{name}").write_bytes(data)
        (place / f"{number}.py").write_bytes(data)
    began = time.perf_counter()
    command = [sys.executable, "-m", "poolshift", "rewrite", str(folder), "--to", "Windows2022"]
    subprocess.run([*command, "-o", "json"], check=True, capture_output=True)
    return time.perf_counter() - began


def report(folder: str) -> bool:
    """Print the table; False when a limit is missed.

    Args:
        folder: where a tree of files may be made.
    """
    found = measured(manifests())
    a_second = found.files / found.rewrite_s
    print(f"\nREWRITE of {found.files} manifests, {found.size:,} bytes (CPU, one core)")
    print(f"{'':34}{'ms':>9}{'files/s':>10}  {'LIMIT':>24}")
    rows = (
        ("ruamel.yaml round trip", found.peer_s, ""),
        ("libyaml's bare events", found.events_s, ""),
        ("poolshift rewrite", found.rewrite_s, f"{FILES_LIMIT:,.0f} files/s"),
    )
    for name, seconds, limit in rows:
        print(f"{name:34}{seconds * 1000:9.1f}{found.files / seconds:10,.0f}  {limit:>24}")
    print(f"{'faster than the round trip':34}{found.to_peer:8.1f}x{'':12}{PEER_LIMIT:>22.0f} x")
    print(f"{'times the bare events':34}{found.to_events:8.2f}x{'':12}{EVENTS_LIMIT:>22.1f} x")
    tree_s = _tree_s(Path(folder))
    print(f"{f'the command over {TREE_FILES:,} files':34}{tree_s:8.1f}s  (wall, half of them YAML)")
    return (
        a_second >= FILES_LIMIT and found.to_peer >= PEER_LIMIT and found.to_events <= EVENTS_LIMIT
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        raise SystemExit(0 if report(made) else 1)
