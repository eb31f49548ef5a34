"""How long things take inside the cluster."""

from __future__ import annotations

import msgspec

MEGABYTE = 1_000_000
# Enough for any limit, and no overflow after that.
_DOUBLINGS = 16


class KubeTimings(msgspec.Struct, frozen=True):
    """Durations in seconds, rates in megabytes (10^6) a second of compressed image.

    From the dated timings of the catalog: `windows_pull_mb_s` (records windows-12-gb-image-pull:
    12 GB in 960 s) and `windows_stop_s` (windows-container-shutdown-default). The rest has no
    record and is an assumption: control loops of a healthy control plane react well under a
    second, Linux nodes pull several times as fast as Windows nodes, a Windows container takes
    tens of seconds from its image to the first answer, and an image that is new on a Windows node
    takes some more before its first container can start. Nor is there a record of
    volumes: a managed disk is made in a few seconds, attaching or detaching one is an update of the
    machine that takes ten seconds or more, and a share is mounted in a few.
    """

    controller_s: float = 0.05
    scheduler_s: float = 0.02
    budget_s: float = 0.1
    node_taint_s: float = 0.2
    balancer_enter_s: float = 15.0
    balancer_leave_s: float = 15.0
    balancer_address_s: float = 20.0
    windows_pull_mb_s: float = 12.5
    linux_pull_mb_s: float = 50.0
    windows_sandbox_s: float = 4.0
    linux_sandbox_s: float = 1.0
    windows_start_s: float = 20.0
    windows_first_start_s: float = 10.0
    linux_start_s: float = 2.0
    windows_stop_s: float = 5.0
    linux_stop_s: float = 1.0
    registry_answer_s: float = 1.0
    probe_again_s: float = 10.0
    back_off_s: float = 10.0
    back_off_limit_s: float = 300.0
    provision_s: float = 5.0
    disk_attach_s: float = 12.0
    disk_detach_s: float = 15.0
    disk_delete_s: float = 5.0
    share_mount_s: float = 2.0
    bind_timeout_s: float = 600.0

    def pause_s(self, failures: int) -> float:
        """How long a kubelet waits after so many failures before: twice as long each time."""
        doubled = self.back_off_s * 2.0 ** min(failures, _DOUBLINGS)
        return min(doubled, self.back_off_limit_s)

    def pull_s(self, size_bytes: int, *, windows: bool) -> float:
        """Time to pull so many compressed bytes."""
        rate = self.windows_pull_mb_s if windows else self.linux_pull_mb_s
        return size_bytes / (rate * MEGABYTE)

    def sandbox_s(self, *, windows: bool) -> float:
        """Time from binding to the pod's network."""
        return self.windows_sandbox_s if windows else self.linux_sandbox_s

    def start_s(self, *, windows: bool) -> float:
        """Time from the image to the first ready answer, without the probe's own delay."""
        return self.windows_start_s if windows else self.linux_start_s

    def stop_s(self, *, windows: bool, grace_s: float) -> float:
        """Time from the stop signal to the end of the containers, within the grace period."""
        return min(self.windows_stop_s if windows else self.linux_stop_s, grace_s)
