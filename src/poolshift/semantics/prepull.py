"""The helper that pulls new images on new nodes before any workload is touched."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from poolshift.core.marks import RUN_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable


def prepull_name(run: str) -> str:
    """Name of the helper DaemonSet."""
    return f"poolshift-prepull-{hashlib.sha256(run.encode()).hexdigest()[:8]}"


def prepull_daemon_set(
    run: str, namespace: str, green: str, images: Iterable[str], secrets: Iterable[str]
) -> dict[str, Any]:
    """A DaemonSet that runs every image once on every node of green.

    Args:
        run: whose helper it is; its label carries that.
        namespace: where the workloads of these images live, and their pull secrets with them.
        green: the pool to pull on.
        images: the new references.
        secrets: names of pull secrets.
    """
    name = prepull_name(run)
    labels = {RUN_LABEL: run, "app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "nodeSelector": {
                        "kubernetes.io/os": "windows",
                        "kubernetes.azure.com/agentpool": green,
                    },
                    "tolerations": [{"operator": "Exists"}],
                    "terminationGracePeriodSeconds": 1,
                    "imagePullSecrets": [{"name": s} for s in secrets],
                    "containers": [
                        {
                            "name": f"image-{i}",
                            "image": image,
                            # Any Windows image has cmd; the container only has to start and stay.
                            "command": ["cmd", "/c", "ping -t 127.0.0.1 > NUL"],
                            "resources": {"requests": {"cpu": "10m", "memory": "50Mi"}},
                        }
                        for i, image in enumerate(images)
                    ],
                },
            },
        },
    }
