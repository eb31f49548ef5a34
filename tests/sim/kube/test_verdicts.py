"""The verdict on an image is what the local AKS' nodes make of it, for every index there is."""

from __future__ import annotations

import itertools

import pytest

from poolshift.catalog import load_catalog
from poolshift.core.finding import Verdict
from poolshift.core.image import ImageFacts
from poolshift.semantics.images import FITTING, verdict
from poolshift.sim.images import SimImage, SimPlatform
from poolshift.sim.kube.builds import Host, chosen, refusal_to_run
from poolshift.sim.registry.content import as_platforms

CATALOG = load_catalog()
BUILDS = ("10.0.17763.1", "10.0.20348.1", "10.0.26100.1")
ENTRIES = [
    SimPlatform("windows", os_version=build, in_index=listed)
    for build in BUILDS
    for listed in (True, False)
]


def starts(host: Host, image: SimImage) -> bool:
    platform = chosen(host, image)
    return platform is not None and refusal_to_run(host, platform, host_process=False) is None


@pytest.mark.parametrize("sku", ["Windows2019", "Windows2022", "Windows2025"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_verdict_but_unknown_is_ever_wrong(sku: str, count: int) -> None:
    build = CATALOG.build_of(sku)
    host = Host("n", windows=True, build=f"{build}.9", runs=CATALOG.runs(sku))
    decided = 0
    for entries in itertools.product(ENTRIES, repeat=count):
        for single in (False, True) if count == 1 else (False,):
            image = SimImage("i", entries, single=single)
            judged = verdict(ImageFacts("i", "", as_platforms(image)), sku, CATALOG)
            if judged is not Verdict.UNKNOWN:
                decided += 1
                assert (judged in FITTING) == starts(host, image), (judged, entries)
    assert decided >= len(ENTRIES)
