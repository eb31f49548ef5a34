"""What AKS itself runs on a new cluster."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import msgspec
import yaml

from poolshift.sim.arm.state import SERVICE
from poolshift.sim.manifests import objects_in
from poolshift.sim.scenarioparts import ImageSpec, sim_image

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld


def install_system(world: ArmWorld) -> None:
    """Apply the system's manifests; their images are in the registry from then on."""
    data = resources.files("poolshift.sim.arm.clusters") / "data"
    images = yaml.safe_load((data / "images.yaml").read_text(encoding="utf-8"))
    for image in msgspec.convert(images, list[ImageSpec]):
        if world.kube.ctx.images.find(image.ref) is None:
            world.kube.ctx.images.add(sim_image(image))
    with resources.as_file(data / "system.yaml") as path:
        for obj in objects_in(path, kubectl=False):
            world.kube.apply(obj, by=SERVICE)
