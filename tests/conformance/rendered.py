"""A rendered az script, run by the real az and kubectl against a served local AKS."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from tests.cli.served import LocalAks
from tests.conformance.azure import AZ

from poolshift.core.snapshot import Snapshot, load_snapshot

SLEEP = """#!{python}
# Sleeps by the clock of the local AKS, so that nobody waits for the wall's.
import json, ssl, sys, urllib.request
request = urllib.request.Request(
    "{arm}/_sim/sleep",
    data=json.dumps({{"seconds": float(sys.argv[1])}}).encode(),
    headers={{"Content-Type": "application/json"}},
)
tls = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile="{ca}"))
proxies = urllib.request.ProxyHandler({{}})
urllib.request.build_opener(proxies, tls).open(request, timeout=60).read()
"""
# Runs the real tool; after a change that was made it kills the script, as a power cut would. The
# same change a second time, or of the next node, is let through: whoever comes back may make it.
KILLER = """#!/bin/bash
"{real}" "$@"
code=$?
case " $* " in
  *" --dry-run"* | *" --local "* | *" --help "*) ;;
  *" nodepool add "* | *" nodepool update "* | *" nodepool delete "* | *" identity assign "* \\
    | *" patch "* | *" annotate "* | *" label "* | *" cordon "* | *" uncordon "* | *" scale "* \\
    | *" create "* | *" delete "* | *" apply "*)
    once="$HOME/$(printf '%s' "$*" | tr -d 0-9 | cksum | tr ' ' '-')"
    if [ $code -eq 0 ] && [ ! -e "$once" ]; then
      touch "$once"
      kill -9 "$VICTIM"
    fi
    ;;
esac
exit $code
"""


@dataclass(frozen=True)
class Ran:
    """What a script said."""

    code: int
    out: str

    def done(self) -> Ran:
        assert self.code == 0, self.out[-4000:]
        return self


class Script:
    """A script and the place where it runs."""

    def __init__(self, aks: LocalAks, path: Path, home: Path) -> None:
        self.aks = aks
        self.path = path
        self.home = home
        self.tools = home / "bin"
        self.tools.mkdir(parents=True)
        sleep = SLEEP.format(
            python=sys.executable, arm=aks.endpoint["arm"], ca=aks.folder / "ca.pem"
        )
        self.tool("sleep", sleep)
        (self.tools / "az").symlink_to(AZ)

    def tool(self, name: str, text: str) -> None:
        """Put a tool before those of the machine."""
        path = self.tools / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.aks.azure,
            "PATH": f"{self.tools}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "KUBECONFIG": str(self.aks.folder / "kubeconfig"),
            "PYTHONWARNINGS": "ignore",
        }

    def run(self, *options: str, answer: str = "", **environment: str) -> Ran:
        done = subprocess.run(
            # The script gets the id of the process that becomes it: who ends it needs that.
            ["bash", "-c", 'export VICTIM=$$; exec bash "$@"', "-", str(self.path), *options],
            input=answer,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=500,
            env=self.environment | environment,
            cwd=self.home,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    def die_after_each_change(self) -> None:
        """Let az and kubectl kill the script right after each change that they make."""
        self.tool("az", KILLER.format(real=AZ))
        self.tool("kubectl", KILLER.format(real=shutil.which("kubectl")))


# What two worlds may differ in although the same was done to both.
CHANCE = {
    "captured_at": "the moment of the capture",
    "source": "each local AKS has an address of its own",
    "pods": "names, uids and the choice among equal nodes are random; what is compared instead is "
    "how many of each workload are on each pool, and in what state",
}
"""Parts of a snapshot that are left out, and why."""

DEFAULTS_OF_AZ = {"undrainableNodeBehavior": "Schedule"}
"""Upgrade settings that az always sends: the service's own defaults, which apply leaves to it."""


def world(snapshot: Snapshot) -> dict[str, Any]:
    """A cluster without what chance decides, as paths and values."""
    plain: dict[str, Any] = msgspec.to_builtins(snapshot)
    for key in CHANCE:
        plain.pop(key)
    pools = {n.name: n.pool for n in snapshot.nodes}
    plain["pods by workload and pool"] = sorted(
        [p.workload, pools.get(p.node, ""), p.phase, p.ready, p.daemon] for p in snapshot.pods
    )
    for node in plain["nodes"]:
        # How long a machine took to start is drawn.
        del node["created_at"]
    for pool in plain["pools"]:
        _without_chance(pool)
    network = plain["cluster"]["network"]
    # az writes it in lower case whenever it updates a cluster.
    network["loadBalancerSku"] = network["loadBalancerSku"].lower()
    return flat(plain)


def _without_chance(pool: dict[str, Any]) -> None:
    properties = pool["raw"]["properties"]
    # A tag of each write, and the name of who made the pool: a run's id, or a plan's.
    pool["raw"].pop("eTag", None)
    properties.pop("eTag", None)
    for tags in (pool.get("tags") or {}, properties.get("tags") or {}):
        if "poolshift-run" in tags:
            tags["poolshift-run"] = "somebody"
    settings = properties.get("upgradeSettings") or {}
    for key, value in DEFAULTS_OF_AZ.items():
        if settings.get(key) == value:
            del settings[key]


def capture(aks: LocalAks, name: str) -> Snapshot:
    """The cluster as poolshift sees it."""
    path = aks.folder / f"{name}.snap"
    answer = aks.run("snapshot", "--out", path)
    assert answer.code == 0, answer.err
    return load_snapshot(path.read_bytes())


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """A world as paths and values: what differs can be read."""
    if isinstance(value, dict):
        items = [(str(k), v) for k, v in value.items()]
    elif isinstance(value, list | tuple):
        items = [(_key(v, i), v) for i, v in enumerate(value)]
    else:
        return {path: value}
    found: dict[str, Any] = {path: f"{len(items)} entries"}
    for key, inner in items:
        found |= flat(inner, f"{path}/{key}")
    return found


def _key(value: Any, index: int) -> str:
    named = value.get("name") or value.get("target") if isinstance(value, dict) else None
    return str(named or index)
