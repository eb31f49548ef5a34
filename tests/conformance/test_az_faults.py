"""What the real `az` makes of a service in trouble: it bears what passes, and tells the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cli.served import own_scenario, served
from tests.conformance.azure import ABSENT, AZ, Client

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

_P = "--resource-group {group} --cluster-name {cluster}"
_ADD = f"aks nodepool add {_P} --os-type Windows --os-sku Windows2022 --node-count 1 --node-vm-size"
# What the subscription lacks, and what `az` meets on the way to it.
FAULTS = [
    {"name": "gateway-errors", "value": 5},
    {"name": "service-errors", "value": 3},
    {"name": "poll-errors"},
    {"name": "size-gone", "target": "Standard_D4s_v3"},
    {"name": "size-sold-out", "target": "Standard_D8s_v3"},
    {"name": "node-start-fails", "target": "nostrt", "value": 38},
    {"name": "delete-refused", "target": "wspool"},
]


@pytest.fixture(scope="module")
def az(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    if not AZ.exists():
        pytest.skip(f"az {ABSENT}")
    folder = tmp_path_factory.mktemp("troubled")
    path = own_scenario(folder / "scenario", faults=FAULTS)
    with served(folder / "sim", path) as aks:
        yield Client(aks, tmp_path_factory.mktemp("troubled-home"))


def test_az_bears_a_gateways_pages_500s_and_errors_in_polls(az: Client) -> None:
    added = az.az(f"{_ADD} Standard_D2s_v3 --name fine").value
    assert (added["provisioningState"], added["count"]) == ("Succeeded", 1)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (f"{_ADD} Standard_D4s_v3 --name nosize", "AllocationFailed", "sufficient capacity"),
        (f"{_ADD} Standard_D8s_v3 --name nosold", "SKUNotAvailable", "currently not available"),
        (
            f"{_ADD} Standard_D2s_v3 --name nostrt",
            "VMExtensionProvisioningError",
            "ExitCode: |38|, Output: |WINDOWS_CSE_ERROR_DOWNLOAD_GMSA_PACKAGE|",
        ),
        (
            f"aks nodepool delete {_P} --name wspool",
            "DeleteVMSSAgentPoolFailed",
            "scale set delete failed",
        ),
    ],
    ids=["size-gone", "size-sold-out", "node-start-fails", "delete-refused"],
)
def test_az_ends_with_the_services_code_and_words(
    az: Client, line: str, code: str, words: str
) -> None:
    ran = az.az(line)
    assert ran.code == 1
    assert f"({code})" in ran.err
    assert words in ran.err


def test_az_shows_why_a_pool_has_failed(az: Client) -> None:
    shown = az.az(f"aks nodepool show {_P} --name nostrt").value
    assert shown["provisioningState"] == "Failed"
    assert shown["status"]["provisioningError"]["code"] == "VMExtensionProvisioningError"
