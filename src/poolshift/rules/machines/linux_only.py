"""PSW122: a Windows pool carries settings that only Linux pools have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_KUBELET_FACT = "custom-node-config-windows"
# Path below the pool's properties → what it is called; a value that is on is what counts.
_LINUX_ONLY: tuple[tuple[tuple[str, ...], str], ...] = (
    (("securityProfile", "enableSecureBoot"), "secure boot"),
    (("securityProfile", "enableVTPM"), "a virtual TPM"),
    (("artifactStreamingProfile", "enabled"), "artifact streaming"),
    (("gpuProfile", "mig"), "multi-instance GPU"),
    (("linuxOSConfig",), "linuxOSConfig"),
    (("messageOfTheDay",), "a message of the day"),
    (("enableCustomCATrust",), "custom CA trust"),
)
_WORKLOAD_RUNTIME = "OCIContainer"


class LinuxOnlySettings(Rule):
    """A Windows pool has settings that the service takes for Linux pools alone.

    What it finds:
        A Windows pool with secure boot, a virtual TPM, artifact streaming, another workload
        runtime, Linux settings of the OS, or kubelet settings beyond the four that Windows takes.

    Why it matters:
        The service refuses the copy of such a pool, or drops the setting in silence.

    How it is decided:
        By the pool's properties, against what the catalog lists as Linux only.

    What to do:
        Leave the setting out of the new pool.

    Example:
        kubeletConfig with cpuManagerPolicy on a Windows pool.
    """

    id = "PSW122"
    name = "linux-only-settings"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/windows-no-trusted-launch",
        f"constraints/constraints/{_KUBELET_FACT}",
        "constraints/constraints/linux-only-features",
        "constraints/constraints/custom-ca-retires",
    )
    pains = ("C12",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the properties of every Windows pool."""
        taken = context.catalog.constraint(_KUBELET_FACT).statement
        for pool in context.snapshot.pools:
            if pool.os_type != "Windows":
                continue
            found = [
                (name, ".".join(path)) for path, name in _LINUX_ONLY if _at(pool.properties, path)
            ]
            runtime = pool.properties.get("workloadRuntime")
            if runtime and runtime != _WORKLOAD_RUNTIME:
                found.append((f"workload runtime {runtime}", "workloadRuntime"))
            kubelet = pool.properties.get("kubeletConfig") or {}
            found += [
                (f"kubelet setting {key}", f"kubeletConfig.{key}")
                for key, value in kubelet.items()
                if value is not None and key not in taken
            ]
            for name, path in found:
                yield self.finding(
                    f"pool/{pool.name}",
                    what=f"{name} is for Linux pools only",
                    why="the service refuses a Windows pool that asks for it, or drops it",
                    fix="Leave it out of the new pool; what Windows takes: "
                    "az aks nodepool add --help",
                    evidence=(
                        Evidence(
                            f"pools/{pool.name}/properties/{path}",
                            str(_at(pool.properties, tuple(path.split(".")))),
                        ),
                    ),
                )


def _at(properties: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = properties
    for key in path:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found
