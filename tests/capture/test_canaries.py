"""Secrets planted wherever a cluster can hold them: none of them enters a snapshot."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from tests.rig import Rig, deployment

from poolshift.core.snapshot import Snapshot, dump_snapshot, load_snapshot

CANARY = "canary-5f2c-do-not-store"
IMAGE = "myacr.azurecr.io/catalog:7"


def meta(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "namespace": "default", "annotations": {"note": CANARY}, **more}


def container() -> dict[str, Any]:
    hook = {"exec": {"command": ["sh", "-c", f"send --token {CANARY}"]}}
    return {
        "name": "main",
        "image": IMAGE,
        "command": ["powershell", "-version", "2", f"-Token {CANARY}"],
        "args": ["--password", CANARY],
        "env": [
            {"name": "TOKEN", "value": CANARY},
            {"name": "FROM", "valueFrom": {"secretKeyRef": {"name": "planted", "key": "token"}}},
        ],
        "envFrom": [{"configMapRef": {"name": "planted"}}],
        "lifecycle": {"preStop": hook},
        "readinessProbe": {
            "httpGet": {
                "path": f"/?k={CANARY}",
                "port": 80,
                "httpHeaders": [{"name": "Authorization", "value": CANARY}],
            }
        },
        "livenessProbe": hook,
    }


def template(app: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": app}, "annotations": {"vault": CANARY}},
        "spec": {
            "nodeSelector": {"kubernetes.io/os": "windows"},
            "containers": [container()],
            "volumes": [
                {"name": "s", "secret": {"secretName": "planted"}},
                {"name": "c", "configMap": {"name": "planted"}},
                {
                    "name": "v",
                    "csi": {
                        "driver": "secrets-store.csi.k8s.io",
                        "volumeAttributes": {"key": CANARY},
                    },
                },
            ],
        },
    }


def _running() -> tuple[dict[str, Any], ...]:
    applied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"env": CANARY})}
    shop = deployment("shop", IMAGE)
    shop["metadata"]["annotations"] = applied
    shop["spec"]["template"] = template("shop")
    shop["spec"]["selector"] = {"matchLabels": {"app": "shop"}}
    job = {"spec": {"template": template("night")}}
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    return (
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": meta("planted"),
            "stringData": {"token": CANARY},
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": meta("planted"),
            "data": {"token": CANARY},
        },
        shop,
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": meta("alone", labels={"app": "alone"}),
            "spec": template("alone")["spec"],
        },
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": meta("night"),
            "spec": {"schedule": "0 0 * * *", "jobTemplate": job},
        },
    )


def _custom() -> tuple[dict[str, Any], ...]:
    return (
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "metadata": meta("roll"),
            "spec": {
                "replicas": 1,
                "template": template("roll"),
                "selector": {"matchLabels": {"app": "roll"}},
            },
        },
        {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": meta("scaled"),
            "spec": {
                "scaleTargetRef": {"name": "shop"},
                "triggers": [{"type": "rabbitmq", "metadata": {"host": CANARY}}],
            },
        },
        {
            "apiVersion": "windows.k8s.io/v1",
            "kind": "GMSACredentialSpec",
            "metadata": {"name": "tills"},
            "credspec": {
                "ActiveDirectoryConfig": {
                    "HostAccountConfig": {
                        "PluginGUID": "{CCC2A336-D7F3-4818-A213-272B7924213E}",
                        "PluginInput": "ObjectId=6d558c95-ee3a-574f-87b2-9e223758ffaa;"
                        f"SecretUri=https://vault/secrets/{CANARY}",
                    }
                },
            },
        },
    )


def _around() -> tuple[dict[str, Any], ...]:
    return (
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "planted"},
            "webhooks": [
                {
                    "name": "planted.example.com",
                    "clientConfig": {"url": f"https://hook.example/{CANARY}"},
                    "admissionReviewVersions": ["v1"],
                    "sideEffects": "None",
                    "failurePolicy": "Ignore",
                    "rules": [
                        {
                            "apiGroups": ["x.example"],
                            "apiVersions": ["v1"],
                            "operations": ["CREATE"],
                            "resources": ["xs"],
                        }
                    ],
                }
            ],
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": meta("shop"),
            "spec": {
                "rules": [
                    {
                        "host": f"{CANARY}.example",
                        "http": {
                            "paths": [
                                {
                                    "path": f"/{CANARY}",
                                    "pathType": "Prefix",
                                    "backend": {
                                        "service": {"name": "shop", "port": {"number": 80}}
                                    },
                                }
                            ]
                        },
                    }
                ]
            },
        },
    )


def _stored() -> tuple[dict[str, Any], ...]:
    return (
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "share", "annotations": {"note": CANARY}},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteMany"],
                "mountOptions": [f"password={CANARY}", "vers=3.0"],
                "csi": {
                    "driver": "smb.csi.k8s.io",
                    "volumeHandle": "share",
                    "volumeAttributes": {"source": f"//nas/{CANARY}"},
                    "nodeStageSecretRef": {"name": "planted", "namespace": "default"},
                },
            },
        },
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "share"},
            "provisioner": "smb.csi.k8s.io",
            "parameters": {"source": CANARY, "protocol": "smb"},
            "mountOptions": [f"pass={CANARY}"],
        },
        config(
            "coredns-custom",
            {
                "own.server": f"own.example:53 {{\n  forward . {CANARY}\n}}\n",
                "log.override": f"log {CANARY}",
            },
        ),
        config(
            "cluster-autoscaler-priority-expander",
            {"priorities": f"# {CANARY}\n10:\n  - .*web22.*\n", "other": CANARY},
        ),
        config(
            "cluster-autoscaler-status",
            {
                "status": "time: now\nclusterWide:\n  health:\n    status: Healthy\n"
                f"    note: {CANARY}\n"
            },
        ),
    )


def objects() -> tuple[dict[str, Any], ...]:
    return (*_running(), *_custom(), *_around(), *_stored())


def config(name: str, data: dict[str, str]) -> dict[str, Any]:
    named = {"name": name, "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named, "data": data}


@pytest.fixture(scope="module")
def planted() -> tuple[Snapshot, bytes]:
    data = dump_snapshot(Rig(objects=objects()).snapshot())
    return load_snapshot(data), gzip.decompress(data)


def test_no_canary_enters(planted: tuple[Snapshot, bytes]) -> None:
    assert CANARY.encode() not in planted[1]


def test_what_holds_the_canaries_was_read(planted: tuple[Snapshot, bytes]) -> None:
    snapshot, _ = planted
    shop = snapshot.workload("default/Deployment/shop")
    assert shop is not None
    [main] = shop.template.spec.containers
    assert {"powershell-2", "script-entrypoint"} <= set(main.hints)
    assert main.ready_gate
    assert main.pre_stop
    assert shop.last_applied
    assert snapshot.workload("default/Pod/alone") is not None
    targets = {t.target for t in snapshot.templates}
    assert {"default/CronJob/night", "default/Rollout/roll"} <= targets
    assert {a.workload for a in snapshot.autoscalers} == {"default/Deployment/shop"}
    [spec] = snapshot.credential_specs
    assert (spec.object_id, spec.vault) == ("6d558c95-ee3a-574f-87b2-9e223758ffaa", True)
    volume = next(v for v in snapshot.volumes if v.name == "share")
    assert (volume.credentials, volume.mount_options) == (True, ("password", "vers=3.0"))


def test_config_maps_are_reduced(planted: tuple[Snapshot, bytes]) -> None:
    config = planted[0].config
    assert config.dns_zones == ("own.example",)
    assert config.expander == {"10": (".*web22.*",)}
    assert config.autoscaler == "Healthy"
