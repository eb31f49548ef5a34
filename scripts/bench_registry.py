"""What it costs to read the images of a large cluster, without a cache and with one.

Three hundred references, a third of each kind that clusters have: a plain Windows manifest, an
index of two Windows builds, an index of Linux alone. The registry is the simulator's, over HTTPS
in a process of its own; the figures are the reader's.
"""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from poolshift.adapters.clock import WallClock
from poolshift.adapters.connect import read_endpoint
from poolshift.adapters.http import new_client
from poolshift.adapters.registry import DiskCache, RegistryHttp
from poolshift.sim.runner import serve
from poolshift.sim.scenario import load_scenario
from poolshift.sim.scenarioparts import ImageSpec, LayerSpec, PlatformSpec

if TYPE_CHECKING:
    import httpx

REFERENCES = 300
# Three reads of an index of two builds, two of a plain manifest, one of an index of Linux.
COLD_LIMIT, WARM_LIMIT = 2 * REFERENCES, REFERENCES
_BUILDS = ("10.0.17763.3165", "10.0.20348.825")
_SPEED = 60.0


class Reading(NamedTuple):
    """What it took to read every reference once."""

    requests: int
    wall_s: float
    cpu_s: float


def images() -> tuple[ImageSpec, ...]:
    """The images, by turns of each kind."""
    return tuple(_image(n) for n in range(REFERENCES))


def _image(n: int) -> ImageSpec:
    ref = f"myacr.azurecr.io/apps/app{n}:1"
    base = LayerSpec(mb=1700, base="servercore")
    windows = [
        PlatformSpec("windows", (base, LayerSpec(mb=200 + n)), os_version=build)
        for build in _BUILDS
    ]
    linux = [PlatformSpec("linux", (LayerSpec(mb=80),), architecture=a) for a in ("amd64", "arm64")]
    if n % 3 == 0:
        return ImageSpec(ref, tuple(windows[:1]), single=True)
    return ImageSpec(ref, tuple(windows if n % 3 == 1 else linux))


def report(folder: str) -> bool:
    """Print the figures; whether no more requests were made than needed."""
    directory = Path(folder)
    server = subprocess.Popen(
        [sys.executable, __file__, folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        if server.stdout is None or server.stdout.readline() == b"":
            sys.exit("the registry did not start; there are no figures")
        cold = asyncio.run(_read(directory, DiskCache(directory / "cache")))
        warm = asyncio.run(_read(directory, DiskCache(directory / "cache")))
        without = asyncio.run(_read(directory, None))
    finally:
        server.terminate()
        server.communicate()
    title = f"{REFERENCES} IMAGES READ"
    print(f"\n{title:28} {'REQUESTS':>9} {'LIMIT':>7} {'WALL s':>8} {'CPU s':>8}")
    rows = [("cold", cold, COLD_LIMIT), ("with the cache", warm, WARM_LIMIT)]
    rows.append(("without a cache", without, COLD_LIMIT))
    for name, found, limit in rows:
        word = "" if found.requests <= limit else "   missed"
        print(
            f"{name:28} {found.requests:9} {limit:7} {found.wall_s:8.2f} {found.cpu_s:8.2f}{word}"
        )
    return all(found.requests <= limit for _, found, limit in rows)


async def _read(directory: Path, cache: DiskCache | None) -> Reading:
    """Every reference once, by a new reader."""
    base = read_endpoint(directory).arm
    tls = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    client = new_client(agent="poolshift/bench", verify=tls, base_url=base, direct=True)
    requests = 0

    async def count(_: httpx.Request) -> None:
        nonlocal requests
        requests += 1

    client.event_hooks["request"].append(count)
    port = RegistryHttp(client, WallClock(), mirror=base, cache=cache)
    refs = [image.ref for image in images()]
    async with client:
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(port.image(ref) for ref in refs))
        return Reading(requests, time.perf_counter() - began, time.process_time() - used)


def _serve(folder: str) -> None:
    """Serve the images until the process is ended."""
    scenario = msgspec.structs.replace(load_scenario("reference"), images=images())

    def ready() -> None:
        print("ready", flush=True)

    asyncio.run(serve(scenario, seed=1, speed=_SPEED, directory=Path(folder), on_ready=ready))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _serve(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as made:
            sys.exit(0 if report(made) else 1)
