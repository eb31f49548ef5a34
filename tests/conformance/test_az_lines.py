"""Every `az` line of the reference documents and of the wire contract's table, by the real `az`.

The lines run in order against one local AKS at full speed and share its state, as a runbook does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest
from tests.conformance.azure import Client

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

_C = "--resource-group {group} --name {cluster}"
_P = "--resource-group {group} --cluster-name {cluster}"
_GROUP_ID = "/subscriptions/{sub}/resourceGroups/{group}"
_NODES_ID = "/subscriptions/{sub}/resourceGroups/{nodes}"
_GEN2 = "[?capabilities[?name=='HyperVGenerations' && contains(value,'V2')]].name"
_KIND = r"\"Microsoft.ContainerService/managedClusters\""
_QUERY = f"""'{{{{"query": "Resources | where type =~ {_KIND} | project name"}}}}'"""
# A Windows pool of six minutes of the service's time.
_WALL_S = 5.0


@dataclass(frozen=True)
class Line:
    """A line as typed behind `az`.

    Attributes:
        gives: the JSON that it prints, or with `has` a part of it (of the text, or of a list).
        code: its exit code; with another than 0, `says` is in what it prints on stderr.
    """

    text: str
    gives: Any = None
    has: Any = None
    code: int = 0
    says: str = ""


# The reference documents, in order, as their errata correct them: names filled in, continuations
# mended, missing options added. Not run: `az extension add / update` (not needed any more, and
# their index is not reachable).
DOCUMENTS = (
    # 000, l. 65, 71, 77.
    Line(
        'feature register --namespace "Microsoft.ContainerService" --name "AksWindows2025Preview" '
        "--query name",
        gives="Microsoft.ContainerService/AksWindows2025Preview",
    ),
    Line(
        "feature show --namespace Microsoft.ContainerService --name AksWindows2025Preview "
        "--query properties.state",
        gives="Registered",
    ),
    Line("provider register --namespace Microsoft.ContainerService"),
    # 001, l. 111: the name is taken by the cluster that is there, `--enable-ahub` was missing.
    Line(
        "aks create --resource-group {group} --name faqCluster --load-balancer-sku Standard "
        "--windows-admin-password 'Password1234$5678' --windows-admin-username azure "
        "--network-plugin azure --enable-ahub --query windowsProfile.licenseType",
        gives="Windows_Server",
    ),
    # 001, l. 121: one line, with the option that it is about.
    Line(f"aks update {_C} --enable-ahub --query windowsProfile.licenseType", "Windows_Server"),
    # 001, l. 127: the name of a scale set, and the group of the nodes.
    Line(
        "vmss show --name aksws22 --resource-group {nodes} --query provisioningState", "Succeeded"
    ),
    Line(f"aks show {_C} --query windowsProfile.licenseType", "Windows_Server"),
    # 004, l. 27 and 29.
    Line(f"aks upgrade {_C} --node-image-only --yes --query provisioningState", "Succeeded"),
    Line(f"aks nodepool upgrade {_P} --name ws22 --node-image-only"),
    Line(f"aks nodepool show {_P} --name ws22 --query provisioningState", "Succeeded"),
    # 004, l. 58: Windows is no SKU of a new cluster.
    Line(
        "aks create --resource-group {group} --name gen2Cluster --node-vm-size Standard_D4s_v5 "
        "--query agentPoolProfiles[0].vmSize",
        gives="Standard_D4s_v5",
    ),
    Line(
        "aks create --resource-group {group} --name other --os-sku Windows2022 "
        "--node-vm-size Standard_D4s_v5",
        code=2,
        says="os-sku",
    ),
    # 004, l. 59, and what an older SKU on a size of generation 2 alone gets (l. 63).
    Line(
        f"aks nodepool add {_P} --name gen2 --os-type Windows --os-sku Windows2022 "
        "--node-vm-size Standard_D4s_v5 --node-count 1 --query provisioningState",
        gives="Succeeded",
    ),
    # 004, l. 73: the capability says it, not the name.
    Line(f'vm list-skus --location eastus --query "{_GEN2}"', has="Standard_D4s_v5"),
    # 004, l. 75.
    Line(
        f"aks nodepool show {_P} --name ws22 --query nodeImageVersion",
        has="AKSWindows-2022-containerd-",
    ),
    Line(
        f"aks nodepool get-upgrades {_P} --nodepool-name ws22 --query latestNodeImageVersion",
        has="AKSWindows-2022-containerd-",
    ),
)

# The table "calls of each az command" of the wire contract, row by row.
TABLE = (
    Line("aks list --query [].name", has="{cluster}"),
    Line("aks list --resource-group {group} --query [].name", has="{cluster}"),
    Line(f"aks show {_C} --query kubernetesVersion", "1.35.2"),
    Line("aks show --resource-group {group} --name nope", code=3, says="ResourceNotFound"),
    Line(f"aks get-credentials {_C} --file {{home}}/kubeconfig", says="Merged"),
    Line(f"aks get-credentials {_C} --admin --file {{home}}/admin", says="Merged"),
    Line("aks get-versions --location eastus --query values[].version", has="1.36"),
    Line("aks get-versions --location eastus --output table", has="1.35.2"),
    Line(f"aks get-upgrades {_C} --query controlPlaneProfile.kubernetesVersion", "1.35.2"),
    Line(f"aks get-upgrades {_C} --output table", has="default"),
    Line(f"aks update {_C} --tags team=shop --query tags", {"team": "shop"}),
    Line(
        f"aks update {_C} --enable-windows-gmsa --yes --query windowsProfile.gmsaProfile.enabled",
        gives=True,
    ),
    Line(f"aks nodepool list {_P} --query [].name", has="ws22"),
    Line(
        f"aks nodepool add {_P} --name toolong --os-type Windows --node-count 1",
        code=1,
        says="(WindowsAgentPoolNameTooLong)",
    ),
    Line(
        f"aks nodepool add {_P} --name nofips --os-type Windows --os-sku Windows2025",
        code=1,
        says="FIPS",
    ),
    Line(
        f"aks nodepool add {_P} --name win25 --os-type Windows --os-sku Windows2025 "
        "--node-count 2 --enable-fips-image --query enableFips",
        gives=True,
    ),
    Line(f"aks nodepool add {_P} --name win25 --os-type Windows", code=1, says="already exists"),
    Line(f"aks nodepool show {_P} --name win25 --query osSku", "Windows2025"),
    Line(f"aks nodepool show {_P} --name nope", code=3, says="NotFound"),
    Line(
        f"aks nodepool update {_P} --name win25 --labels tier=web --query nodeLabels",
        gives={"tier": "web"},
    ),
    Line(
        f"aks nodepool update {_P} --name win25 --node-taints os=win:PreferNoSchedule "
        "--query nodeTaints",
        gives=["os=win:PreferNoSchedule"],
    ),
    Line(f"aks nodepool scale {_P} --name win25 --node-count 3 --query count", 3),
    Line(
        f"aks nodepool update {_P} --name win25 --enable-cluster-autoscaler --min-count 1 "
        "--max-count 4 --query maxCount",
        gives=4,
    ),
    Line(
        f"aks nodepool update {_P} --name win25 --disable-cluster-autoscaler "
        "--query enableAutoScaling",
        gives=False,
    ),
    Line(f"aks nodepool upgrade {_P} --name win25 --node-image-only"),
    Line(f"aks nodepool get-upgrades {_P} --nodepool-name win25 --query osType", "Windows"),
    Line(f"aks nodepool get-rollback-versions {_P} --nodepool-name win25"),
    Line(f"aks machine list {_P} --nodepool-name win25 --query length(@)", 3),
    Line(
        f"aks nodepool delete-machines {_P} --name win25 --machine-names akswin25000000 "
        "--query name",
    ),
    Line(f"aks machine list {_P} --nodepool-name win25 --query length(@)", 2),
    Line(f"aks nodepool stop {_P} --nodepool-name win25 --query powerState.code", "Stopped"),
    Line(f"aks nodepool start {_P} --nodepool-name win25 --query powerState.code", "Running"),
    Line(f"aks nodepool wait {_P} --nodepool-name win25 --updated --interval 1"),
    Line(
        f"aks nodepool snapshot create --resource-group {{group}} --name snap "
        f"--nodepool-id {_GROUP_ID}/providers/Microsoft.ContainerService/managedClusters/"
        "{cluster}/agentPools/win25 --query osSku",
        gives="Windows2025",
    ),
    Line("aks nodepool snapshot show --resource-group {group} --name snap --query name", "snap"),
    Line("aks nodepool snapshot list --resource-group {group} --query [].name", ["snap"]),
    Line("aks nodepool snapshot delete --resource-group {group} --name snap --yes"),
    Line(f"aks maintenanceconfiguration list {_P}", []),
    Line(
        f"aks maintenanceconfiguration add {_P} --name default --weekday Monday --start-hour 1 "
        "--query timeInWeek[0].day",
        gives="Monday",
    ),
    Line(f"aks maintenanceconfiguration list {_P} --query [].name", ["default"]),
    Line(f"aks maintenanceconfiguration delete {_P} --name default"),
    Line(f"aks upgrade {_C} --kubernetes-version 1.36 --control-plane-only --yes --query name"),
    Line(f"aks nodepool upgrade {_P} --name win25 --kubernetes-version 1.36 --query name", "win25"),
    Line(f"aks nodepool rollback {_P} --nodepool-name win25 --query name"),
    # At full speed nothing runs any more when the next command has started.
    Line(
        f"aks nodepool operation-abort {_P} --nodepool-name gen2",
        code=1,
        says="(OperationNotAllowed)",
    ),
    Line(f"aks operation-abort {_C}", code=1, says="(OperationNotAllowed)"),
    Line(f"aks nodepool delete {_P} --name gen2"),
    Line(f"aks nodepool delete {_P} --name win25 --ignore-pdb"),
    Line(f"aks nodepool delete {_P} --name system", code=1, says="system"),
    Line("aks delete --resource-group {group} --name gen2Cluster --yes"),
    Line("aks delete --resource-group {group} --name faqCluster --yes"),
    Line("aks show --resource-group {group} --name faqCluster", code=3, says="ResourceNotFound"),
    Line(
        "provider show --namespace Microsoft.ContainerService --query registrationState",
        "Registered",
    ),
    Line("vm list-sizes --location eastus --query [].name", has="Standard_D4s_v5"),
    Line("vm list-skus --location eastus --query [].name", has="Standard_D4s_v5"),
    Line("vm list-usage --location eastus --query length(@)", has=""),
    Line("identity create --resource-group {group} --name app --query name", "app"),
    Line("identity show --resource-group {group} --name app --query type", has="userAssigned"),
    Line("identity list --resource-group {group} --query [].name", ["app"]),
    Line(
        "role assignment create --role Reader --assignee-object-id "
        "11111111-1111-4111-8111-111111111111 --assignee-principal-type ServicePrincipal "
        f"--scope {_GROUP_ID} --query principalType",
        gives="ServicePrincipal",
    ),
    Line(f"role assignment list --scope {_GROUP_ID} --query [].roleDefinitionName", has="Reader"),
    Line("vmss list --resource-group {nodes} --query [].name", has="aksws22"),
    Line(
        "vmss identity assign --resource-group {nodes} --name aksws22 --identities "
        f"{_GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app",
        has="userAssignedIdentities/app",
    ),
    Line("vmss identity show --resource-group {nodes} --name aksws22 --query type", "UserAssigned"),
    Line("keyvault show --name nope", code=1, says="not found"),
    Line(
        f"rest --method put --url {{arm}}{_GROUP_ID}/providers/Microsoft.KeyVault/vaults/safe"
        "?api-version=2023-07-01 --resource {arm} "
        """--body '{{"location": "eastus", "properties": {{"sku": {{"name": "standard"}}}}}}' """
        "--query name",
        gives="safe",
    ),
    Line("keyvault show --name safe --query name", "safe"),
    Line("resource list --resource-type Microsoft.KeyVault/vaults --query [].name", ["safe"]),
    Line(
        "rest --method post --resource {arm} --query data[].name --url "
        "{arm}/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01 --body " + _QUERY,
        has="{cluster}",
    ),
    Line(
        "group create --name other --location eastus --query properties.provisioningState",
        "Succeeded",
    ),
    Line("group exists --name other", True),
    Line("group list --query [].name", has="other"),
    Line("group show --name other --query location", "eastus"),
    Line("group delete --name other --yes"),
    Line("group exists --name other", False),
    Line("resource list --query [].name", has="{cluster}"),
    Line("account list-locations --query [].name", has="eastus"),
    Line("account show --query id", "{sub}"),
    Line(
        "rest --method get --url {arm}/subscriptions?api-version=2022-12-01 --resource {arm} "
        "--query value[0].state",
        gives="Enabled",
    ),
)


LINES = (*DOCUMENTS, *TABLE)


@pytest.mark.parametrize(
    "line", LINES, ids=[f"{n:03} {x.text.partition(' -')[0]}" for n, x in enumerate(LINES)]
)
def test_a_line_does_what_it_says(az: Client, line: Line) -> None:
    ran = az.az(line.text)
    assert ran.code == line.code, f"{ran.line}\n{ran.out}\n{ran.err}"
    assert "Traceback" not in ran.err
    if line.says:
        assert line.says.format(**az.words) in ran.err
    if line.has is not None:
        assert str(line.has).format(**az.words) in ran.out
    if line.gives is not None:
        wanted = line.gives.format(**az.words) if isinstance(line.gives, str) else line.gives
        assert ran.value == wanted


def test_a_windows_pool_takes_seconds_of_the_wall(az: Client) -> None:
    """Six minutes of the service, as the real `az` waits for them."""
    begun = time.monotonic()
    added = az.az(f"aks nodepool add {_P} --name wall --os-type Windows --os-sku Windows2022")
    assert added.value["provisioningState"] == "Succeeded"
    assert time.monotonic() - begun <= _WALL_S
    assert az.az(f"aks nodepool delete {_P} --name wall").code == 0


def test_login_by_commands(az: Client) -> None:
    """A cloud of one's own, registered by its metadata, and a sign-in by service principal."""
    folder = {"AZURE_CONFIG_DIR": f"{az.home}/registered", "AZURE_CORE_INSTANCE_DISCOVERY": "false"}
    registered = az.az("cloud register -n Mine --endpoint-resource-manager {arm}", **folder)
    assert registered.code == 0, registered.err
    assert az.az("cloud set -n Mine", **folder).code == 0
    signed_in = az.az(
        "login --service-principal -u 22222222-2222-4222-8222-222222222222 -p any "
        "--tenant {tenant}",
        **folder,
    )
    assert signed_in.value[0]["id"] == az.words["sub"]
    assert az.az("aks list --query length(@)", **folder).value >= 1


def test_login_by_managed_identity(az: Client) -> None:
    folder = {"AZURE_CONFIG_DIR": f"{az.home}/identity", "AZURE_CORE_INSTANCE_DISCOVERY": "false"}
    assert az.az("cloud register -n Mine --endpoint-resource-manager {arm}", **folder).code == 0
    assert az.az("cloud set -n Mine", **folder).code == 0
    endpoint = {"IDENTITY_ENDPOINT": f"{az.words['arm']}/msi/token", "IDENTITY_HEADER": "any"}
    signed_in = az.az("login --identity", **folder, **endpoint)
    assert signed_in.value[0]["id"] == az.words["sub"]
    assert az.az("aks list --query length(@)", **folder, **endpoint).value >= 1


def test_windows_2019_on_a_size_of_generation_2_alone(az: Client) -> None:
    """Nothing offers Windows2019 at this scenario's date; the client still sends it."""
    refused = az.az(
        f"aks nodepool add {_P} --name old --os-type Windows --os-sku Windows2019 "
        "--node-vm-size Standard_D4s_v5"
    )
    assert refused.code == 1
    assert "Windows2019" in refused.err
