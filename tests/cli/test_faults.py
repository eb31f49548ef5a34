"""Faults of a served local AKS, as clients over HTTP meet them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.cli.served import LocalAks, own_scenario, poolshift, served

from poolshift.sim.faults.table import FAULTS

GATEWAY = {"name": "gateway-errors", "value": 3}
LIST = "api-version=2026-06-01"


@pytest.fixture(scope="module")
def aks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAks]:
    folder = tmp_path_factory.mktemp("faults")
    path = own_scenario(folder / "scenario", faults=[GATEWAY])
    with served(folder / "sim", path) as aks:
        yield aks


def bearer(aks: LocalAks) -> dict[str, str]:
    form: dict[str, Any] = {"client_id": "c", "client_secret": "s", "grant_type": "x"}
    reply = aks.arm.post(f"/{aks.endpoint['tenant']}/oauth2/v2.0/token", data=form)
    return {"Authorization": f"Bearer {reply.json()['access_token']}"}


def test_a_gateways_page_comes_as_html(aks: LocalAks) -> None:
    token = bearer(aks)
    seen = [aks.arm.get(f"{aks.cluster_id}?{LIST}", headers=token) for _ in range(6)]
    assert sorted(reply.status_code for reply in seen) == [200, 200, 200, 200, 502, 504]
    page = next(reply for reply in seen if reply.status_code == 502)
    assert page.headers["content-type"].startswith("text/html")
    assert "<title>502 Bad Gateway</title>" in page.text


def test_poolshift_reads_a_cluster_behind_a_gateway_that_fails(aks: LocalAks) -> None:
    answer = aks.run("snapshot", "--out", aks.folder / "snapshot.json")
    assert answer.code == 0, answer.err
    assert (aks.folder / "snapshot.json").stat().st_size > 1000


def test_every_fault_is_listed_with_what_it_answers() -> None:
    answer = poolshift("sim", "faults")
    assert answer.code == 0
    for fault in FAULTS:
        assert fault.name in answer.out
        assert all(code in answer.out for code in fault.codes)
