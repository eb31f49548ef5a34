"""What a kubelet tells of the images of a pod's containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.sim.images import SimPlatform
    from poolshift.sim.kube.objects import Object


def pulls(
    pod: Object, platforms: Iterable[tuple[str, SimPlatform]], seconds: float
) -> Iterator[tuple[str, str, str, float]]:
    """Reason, text, container and time from now of each event.

    Args:
        pod: whose images they are.
        platforms: what each container got, by its name.
        seconds: the longest of the pulls, which counts for all of them; zero when the images are
            there.
    """
    spec = pod["spec"]
    images = {
        container["name"]: container["image"]
        for field in ("initContainers", "containers")
        for container in spec.get(field) or ()
    }
    for name, platform in platforms:
        image = images[name]
        if seconds <= 0:
            yield "Pulled", f'Container image "{image}" already present on machine', name, 0.0
            continue
        yield "Pulling", f'Pulling image "{image}"', name, 0.0
        took = span(seconds)
        text = (
            f'Successfully pulled image "{image}" in {took} ({took} including waiting). '
            f"Image size: {platform.size_bytes} bytes."
        )
        yield "Pulled", text, name, seconds


def span(seconds: float) -> str:
    """A span of time as Go prints it, to the millisecond: `350ms`, `1m12.95s`."""
    milliseconds = int(seconds * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms" if milliseconds else "0s"
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text
