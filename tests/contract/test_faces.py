"""The faces of a served local AKS, as plain HTTP clients see them."""

from __future__ import annotations

import json
import shutil
import ssl
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KUBECTL = shutil.which("kubectl")


@pytest.fixture
def endpoint(served: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((served / "endpoint.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def http(served: Path, endpoint: dict[str, Any]) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=str(served / "ca.pem"))
    with httpx.Client(base_url=endpoint["arm"], verify=context, trust_env=False) as client:
        yield client


@pytest.fixture
def bearer(http: httpx.Client, endpoint: dict[str, Any]) -> dict[str, str]:
    form = {"client_id": "c", "client_secret": "any", "grant_type": "client_credentials"}
    reply = http.post(f"/{endpoint['tenant']}/oauth2/v2.0/token", data=form)
    return {"Authorization": f"Bearer {reply.json()['access_token']}"}


def cluster_path(endpoint: dict[str, Any]) -> str:
    return (
        f"/subscriptions/{endpoint['subscription']}/resourceGroups/{endpoint['resource_group']}"
        f"/providers/Microsoft.ContainerService/managedClusters/{endpoint['cluster']}"
    )


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer other"}], ids=["none", "foreign"])
def test_arm_refuses_who_has_no_token_of_its_own(
    http: httpx.Client, endpoint: dict[str, Any], header: dict[str, str]
) -> None:
    reply = http.get(cluster_path(endpoint), headers=header)
    assert reply.status_code == 401
    assert reply.json()["error"]["code"] == "InvalidAuthenticationToken"


def test_any_api_version_is_accepted(
    http: httpx.Client, endpoint: dict[str, Any], bearer: dict[str, str]
) -> None:
    for version in ("2017-08-31", "2025-07-02-preview", ""):
        url = f"{cluster_path(endpoint)}?api-version={version}"
        assert http.get(url, headers=bearer).status_code == 200


def test_an_operation_is_polled_at_a_whole_address_with_a_short_delay(
    http: httpx.Client, endpoint: dict[str, Any], bearer: dict[str, str]
) -> None:
    body = {"properties": {"osType": "Windows", "osSKU": "Windows2022", "count": 0}}
    url = f"{cluster_path(endpoint)}/agentPools/wsx?api-version=2026-06-01"
    reply = http.put(url, json=body, headers=bearer)
    assert reply.status_code == 201
    assert reply.headers["x-ms-retry-after-ms"] == "50"
    assert reply.headers["x-ms-request-id"]
    assert "location" not in reply.headers
    address = reply.headers["azure-asyncoperation"]
    assert address.startswith(endpoint["arm"])
    assert http.get(address, headers=bearer).json()["status"]


def test_a_body_that_is_no_json_is_refused(
    http: httpx.Client, endpoint: dict[str, Any], bearer: dict[str, str]
) -> None:
    url = f"{cluster_path(endpoint)}/agentPools/wsx?api-version=2026-06-01"
    reply = http.put(url, content=b"{", headers=bearer)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "InvalidRequestContent")


def test_metadata_come_as_an_object_or_a_list_by_version(http: httpx.Client) -> None:
    newer = http.get("/metadata/endpoints?api-version=2022-09-01").json()
    older = http.get("/metadata/endpoints?api-version=2019-05-01").json()
    assert newer["authentication"]["loginEndpoint"] == newer["resourceManager"]
    assert [newer] == older


def test_the_sign_in_documents_lead_to_the_token_endpoint(
    http: httpx.Client, endpoint: dict[str, Any]
) -> None:
    document = http.get(f"/{endpoint['tenant']}/v2.0/.well-known/openid-configuration").json()
    assert document["token_endpoint"].startswith(endpoint["arm"])
    identity = http.get("/msi/token?resource=r").json()
    assert identity["expires_on"].isdigit()
    assert http.post(f"/{endpoint['tenant']}/oauth2/v2.0/token", data={}).status_code == 400


def test_the_registry_answers_as_a_mirror(http: httpx.Client) -> None:
    assert http.get("/v2/").status_code == 200
    url = "/v2/dotnet/framework/samples/manifests/aspnetapp-windowsservercore-ltsc2022"
    reply = http.get(url, params={"ns": "mcr.microsoft.com"})
    assert reply.headers["docker-content-digest"].startswith("sha256:")
    entry = reply.json()["manifests"][0]
    assert entry["platform"]["os.version"].startswith("10.0.20348.")
    manifest = http.get(f"/v2/dotnet/framework/samples/manifests/{entry['digest']}").json()
    config = http.get(f"/v2/any/blobs/{manifest['config']['digest']}").json()
    assert config["os.version"] == entry["platform"]["os.version"]
    missing = http.get(url.replace("ltsc2022", "nope"), params={"ns": "mcr.microsoft.com"})
    assert missing.json()["errors"][0]["code"] == "MANIFEST_UNKNOWN"


def test_the_controls_tell_and_refuse(http: httpx.Client) -> None:
    assert http.get("/_sim/clock").json()["speed"] == "max"
    assert http.post("/_sim/sleep", json={"minutes": 1}).status_code == 400
    state = http.get("/_sim/state").json()
    assert (state["scenario"], state["seed"]) == ("reference", 1)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param({}, 403, id="nobody"),
        pytest.param({"Authorization": "Bearer other"}, 401, id="foreign-token"),
    ],
)
def test_kubernetes_refuses_as_its_server_does(
    served: Path, endpoint: dict[str, Any], header: dict[str, str], status: int
) -> None:
    context = ssl.create_default_context(cafile=str(served / "ca.pem"))
    with httpx.Client(base_url=endpoint["kube"], verify=context, trust_env=False) as client:
        reply = client.get("/api/v1/nodes", headers=header)
        assert (reply.status_code, reply.json()["kind"]) == (status, "Status")


def test_files_with_secrets_are_the_users_alone(served: Path) -> None:
    for name in ("kubeconfig", "azure/service_principal_entries.json", "azure.env"):
        assert stat.S_IMODE((served / name).stat().st_mode) == 0o600
    kubeconfig = yaml.safe_load((served / "kubeconfig").read_text(encoding="utf-8"))
    assert kubeconfig["current-context"] == "myAKSCluster"


def test_the_environment_is_set_and_given_back(served: Path) -> None:
    script = (
        f"set -eu; export KUBECONFIG=mine; unset AZURE_CONFIG_DIR; . {served}/azure.env; "
        f". {served}/azure.env; "
        'echo "$KUBECONFIG|$AZURE_CONFIG_DIR|$NO_PROXY"; poolshift_sim_off; '
        'echo "$KUBECONFIG|${AZURE_CONFIG_DIR-unset}|${POOLSHIFT_SIM-unset}"'
    )
    done = subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    inside, after = done.stdout.splitlines()
    assert inside == f"{served}/kubeconfig|{served}/azure|127.0.0.1,localhost"
    assert after == "mine|unset|unset"


@pytest.mark.conformance
@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_kubectl_prints_the_nodes_of_the_how_to(served: Path) -> None:
    done = subprocess.run(
        [str(KUBECTL), "--kubeconfig", str(served / "kubeconfig"), "get", "nodes", "-o", "wide"],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "Windows Server 2019 Datacenter   10.0.17763.3165" in rows["akswspool000001"]
    assert "10.240.0.146" in rows["akswspool000001"]
    assert "containerd://1.5.11+azure-2" in rows["aks-agentpool-18877473-vmss000000"]
