"""The command line in process, and a local AKS that it talks to over HTTP."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO
from unittest import mock

import httpx
import yaml
from tests.rig import deployment

from poolshift.cli.main import run
from poolshift.sim.scenario import load_scenario

FOREIGN = ("AZURE_", "POOLSHIFT_", "KUBECONFIG", "REQUESTS_CA_BUNDLE", "GITHUB_", "TF_BUILD")
CART, CART_2022 = "myacr.azurecr.io/cart:42", "myacr.azurecr.io/cart:42-ltsc2022"


@dataclass(frozen=True)
class Answer:
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def errors(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


def poolshift(*arguments: object, **environment: str) -> Answer:
    """Run one command line in process, away from the tester's own environment."""
    return typed(io.StringIO(), *arguments, **environment)


def typed(stdin: TextIO, /, *arguments: object, **environment: str) -> Answer:
    """The same with something on standard input."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {**kept, **environment}, clear=True),
        mock.patch("sys.stdin", stdin),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run([str(a) for a in arguments])
    return Answer(code, out.getvalue(), err.getvalue())


def refused(answer: Answer, code: str, *words: str, exit_code: int = 2) -> None:
    """One clear error on stderr, nothing on stdout, the contract's exit code."""
    assert answer.code == exit_code, answer.err
    assert answer.out == ""
    assert len(answer.errors) == 1, answer.err
    assert answer.errors[0].startswith(f"error: {code} "), answer.err
    assert "Traceback" not in answer.err
    for word in words:
        assert word in answer.errors[0]


class LocalAks:
    """A served local AKS: its folder, and a client of its own for each face."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = json.loads((folder / "endpoint.json").read_text())
        config = yaml.safe_load((folder / "kubeconfig").read_text())
        self.token = config["users"][0]["user"]["token"]
        tls = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        self.kube = httpx.Client(
            base_url=self.endpoint["kube"],
            headers={"Authorization": f"Bearer {self.token}", "User-Agent": "kubectl"},
            verify=tls,
            trust_env=False,
        )
        self.arm = httpx.Client(base_url=self.endpoint["arm"], verify=tls, trust_env=False)

    def close(self) -> None:
        self.kube.close()
        self.arm.close()

    @property
    def cluster_id(self) -> str:
        e = self.endpoint
        return (
            f"/subscriptions/{e['subscription']}/resourceGroups/{e['resource_group']}"
            f"/providers/Microsoft.ContainerService/managedClusters/{e['cluster']}"
        )

    @property
    def azure(self) -> dict[str, str]:
        """What azure.env exports, but for POOLSHIFT_SIM."""
        return {
            "AZURE_CONFIG_DIR": str(self.folder / "azure"),
            "REQUESTS_CA_BUNDLE": str(self.folder / "ca.pem"),
            "NO_PROXY": "127.0.0.1,localhost",
            # Nothing but loopback is reached: what goes elsewhere meets a closed port.
            "HTTPS_PROXY": "http://127.0.0.1:9",
        }

    def run(self, *arguments: object) -> Answer:
        return poolshift(*arguments, "--sim", self.folder)

    def send(self, method: str, path: str, body: dict[str, Any], kind: str = "json") -> None:
        headers = {"Content-Type": f"application/{kind}"}
        answer = self.kube.request(method, path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text

    def deploy(self, name: str, image: str, **options: Any) -> None:
        body = deployment(name, image, **options)
        self.send("POST", "/apis/apps/v1/namespaces/default/deployments", body)
        # The world settles: the pods run.
        self.arm.post("/_sim/sleep", json={"seconds": 600}, timeout=30)

    def set_image(self, name: str, image: str) -> None:
        patch = {"spec": {"template": {"spec": {"containers": [{"name": name, "image": image}]}}}}
        path = f"/apis/apps/v1/namespaces/default/deployments/{name}"
        self.send("PATCH", path, patch, "strategic-merge-patch+json")

    def drop(self, name: str) -> None:
        path = f"/apis/apps/v1/namespaces/default/deployments/{name}"
        assert self.kube.delete(path).status_code == 200

    def image_of(self, name: str) -> str:
        found = self.kube.get(f"/apis/apps/v1/namespaces/default/deployments/{name}").json()
        return str(found["spec"]["template"]["spec"]["containers"][0]["image"])

    def add_pool(self, name: str) -> None:
        """Make a pool as somebody else would, by ARM."""
        token = self.arm.post(
            f"/{self.endpoint['tenant']}/oauth2/v2.0/token",
            data={
                "client_id": "any",
                "client_secret": "any",
                "grant_type": "client_credentials",
                "scope": f"{self.endpoint['arm']}/.default",
            },
        ).json()["access_token"]
        properties = {
            "count": 1,
            "vmSize": "Standard_D2s_v3",
            "osType": "Windows",
            "osSKU": "Windows2022",
            "mode": "User",
        }
        answer = self.arm.put(
            f"{self.cluster_id}/agentPools/{name}?api-version=2024-09-01",
            json={"properties": properties},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code in (200, 201), answer.text
        self.arm.post("/_sim/sleep", json={"seconds": 1800}, timeout=30)

    def standing(self) -> dict[str, Any]:
        """Everything that a refused command must leave alone."""
        nodes = self.kube.get("/api/v1/nodes").json()["items"]
        apps = [
            item
            for kind in ("deployments", "daemonsets")
            for item in self.kube.get(f"/apis/apps/v1/{kind}").json()["items"]
        ]
        leases = self.kube.get("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases").json()
        return {
            "nodes": {n["metadata"]["name"]: (n["metadata"]["labels"], n["spec"]) for n in nodes},
            "apps": {a["metadata"]["name"]: a["spec"] for a in apps},
            "leases": [i["spec"].get("holderIdentity") for i in leases.get("items", ())],
        }


@contextlib.contextmanager
def served(
    folder: Path, scenario: str | Path = "reference", *, speed: str = "max"
) -> Iterator[LocalAks]:
    """A local AKS in a process of its own, as fast as it goes."""
    # A process of its own: in this one, the server would stay our child.
    options = ["--detach", "--speed", speed, "--dir", str(folder), "--scenario", str(scenario)]
    up = subprocess.run(
        [sys.executable, "-m", "poolshift", "sim", "up", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert up.returncode == 0, up.stderr
    aks = LocalAks(folder)
    try:
        yield aks
    finally:
        aks.close()
        if (folder / "endpoint.json").exists():
            assert poolshift("sim", "down", "--dir", folder).code == 0


def own_scenario(folder: Path, **changes: Any) -> Path:
    """A copy of the reference scenario with some keys of its own."""
    shutil.copytree(load_scenario("reference").folder, folder)
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **changes}))
    return path
