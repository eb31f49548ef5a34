"""Whatever is wrong with the input: one clear error, the right code, and nothing changed."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from tests.cli.served import LocalAks, own_scenario, poolshift, refused, served, typed

from poolshift.core.errors import EXIT_USAGE
from poolshift.core.journal import SCHEMA_VERSION, RunState, Source
from poolshift.engine.journal import SqliteJournal

pytestmark = [pytest.mark.slow]

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["plan", "--to", "Windows2016", "--out", "{out}"], "PSE150", ["Windows2016", "known"]),
        (["assess", "--to", "Windows2016"], "PSE150", ["Windows2016", "Windows2022"]),
        (
            ["plan", "--to", "Windows2022", "--pool", "nope", "--out", "{out}"],
            "PSE151",
            ["no pool nope", "wspool"],
        ),
        (
            ["plan", "--to", "Windows2022", "--pool", "agentpool", "--out", "{out}"],
            "PSE152",
            ["agentpool"],
        ),
        (
            ["plan", "--to", "Windows2022", "--green", "wspool=toolongname", "--out", "{out}"],
            "PSE310",
            ["toolongname", "6", "--green wspool=NAME"],
        ),
        (
            ["plan", "--to", "Windows2022", "--green", "wspool=agentpool", "--out", "{out}"],
            "PSE310",
            ["agentpool"],
        ),
        (
            ["plan", "--to", "Windows2022", "--green", "poolws", "--out", "{out}"],
            "PSE109",
            ["--green poolws"],
        ),
        (
            ["plan", "--to", "Windows2022", "--image", "a=", "--out", "{out}"],
            "PSE109",
            ["--image a="],
        ),
        (
            ["plan", "--to", "Windows2022", "--keep-blue", "soon", "--out", "{out}"],
            "PSE106",
            ["soon", "30m"],
        ),
        (
            ["plan", "--to", "Windows2022", "--manifests", "/no/such", "--out", "{out}"],
            "PSE108",
            ["/no/such"],
        ),
        (["plan", "--to", "Windows2022", "--out", "/no/such/plan.yaml"], "PSE105", ["/no/such"]),
        (["plan", "--to", "Windows2022"], "PSE100", ["--out"]),
        (["plan", "--to", "Windows2022", "--guard", "maybe"], "PSE100", ["maybe", "strict"]),
        (["assess", "--as-of", "tomorrow"], "PSE106", ["tomorrow", "2026-11-20"]),
        (["assess", "--as-off", "2026-11-20"], "PSE100", ["--as-off"]),
        (["assess", "-o", "pdf"], "PSE100", ["pdf", "text, json"]),
        (["assess", "--snapshot", "x.snap"], "PSE102", ["--sim and --snapshot"]),
        (["assess", "-g", "a", "-n", "b"], "PSE102", ["-g/-n and --sim"]),
        (["assess", "--kubeconfig", "k"], "PSE102", ["--sim and --kubeconfig"]),
        (["snapshot", "--out", "/no/such/x.snap"], "PSE105", ["/no/such"]),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else value,
)
def test_wrong_value_is_one_error_that_names_it(
    aks: LocalAks, tmp_path: Path, arguments: list[str], code: str, words: list[str]
) -> None:
    before = aks.standing()
    out = tmp_path / "plan.yaml"
    refused(aks.run(*(a.format(out=out) for a in arguments)), code, *words)
    assert aks.standing() == before
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["assess"], "PSE103", ["--sim", "sim up"]),
        (["plan", "--to", "Windows2022", "--out", "p"], "PSE103", ["--cluster"]),
        (["assess", "-g", "shop"], "PSE104", ["-n"]),
        (["assess", "--cluster", "shop-aks"], "PSE104", ["shop-aks", "az aks show"]),
        (["assess", "--sim", "/no/such"], "PSE341", ["/no/such", "sim up"]),
        (["assess", "--cluster", "/a", "-g", "b", "-n", "c"], "PSE102", ["--cluster and -g/-n"]),
        (["sim", "down", "--dir", "/no/such"], "PSE341", ["/no/such"]),
        (["sim", "up", "--speed", "-1"], "PSE100", ["--speed"]),
        (["sim", "up", "--speed", "nan"], "PSE100", ["--speed"]),
        (["sim", "up", "--speed", "inf"], "PSE100", ["--speed"]),
        (["sim", "up", "--scenario", "nope", "--dir", "{tmp}"], "PSE100", ["nope", "reference"]),
        (["schema", "nope"], "PSE107", ["nope", "assess"]),
        (["catalog", "show", "nope"], "PSE301", ["nope", "catalog list"]),
        (["catalog", "check", "--as-of", "soon"], "PSE106", ["soon"]),
        (["rewrite", "/no/such", "--to", "Windows2022"], "PSE108", ["/no/such"]),
        (["rewrite", "{tmp}", "--to", "Windows2016"], "PSE150", ["Windows2016"]),
        (["rewrite", "{file}", "--to", "Windows2022", "--guard", "x"], "PSE311", ["'x'"]),
        (["runs", "show", "latest", "--journal", "sqlite:{tmp}/j.db"], "PSE132", ["runs list"]),
        (["runs", "list", "--journal", "mysql://x"], "PSE106", ["sqlite:PATH"]),
        (["runs", "list", "--journal", "sqlite:"], "PSE106", ["sqlite:PATH"]),
        (["nope"], "PSE100", ["nope", "--help"]),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else value,
)
def test_wrong_usage_without_a_cluster(
    tmp_path: Path, arguments: list[str], code: str, words: list[str]
) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM mcr.microsoft.com/windows/nanoserver:ltsc2019\n")
    shown = [a.format(tmp=tmp_path, file=file) for a in arguments]
    refused(poolshift(*shown, AZURE_CONFIG_DIR=str(tmp_path)), code, *words)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"garbage", "PSE110"),
        (b"\x1f\x8bgarbagegarbage", "PSE110"),
        (b"", "PSE110"),
        (b"[1]", "PSE110"),
        (b'{"schema":"poolshift.snapshot/9"}', "PSE111"),
        (b'{"schema":"poolshift.snapshot/1","pools":7}', "PSE110"),
        (None, "PSE110"),
    ],
    ids=["garbage", "bad-gzip", "empty", "list", "other-schema", "damaged", "missing"],
)
def test_unreadable_snapshot_says_how_to_take_a_new_one(
    tmp_path: Path, data: bytes | None, code: str
) -> None:
    path = tmp_path / "x.snap"
    if data is not None:
        path.write_bytes(data)
    refused(poolshift("assess", "--snapshot", path), code, str(path), "poolshift snapshot")


def test_truncated_snapshot_is_refused(snapshot_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.snap"
    path.write_bytes(snapshot_file.read_bytes()[:2000])
    refused(poolshift("assess", "--snapshot", path), "PSE110", "half.snap")


def _damaged(text: str) -> str:
    return text.replace("kind: delete-blue", "kind: delete-everything")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda _: "\x00\x01", "PSE120"),
        (lambda _: "a: [", "PSE120"),
        (lambda _: "- 1\n", "PSE120"),
        (lambda t: t.replace("poolshift.plan/1", "poolshift.plan/2"), "PSE121"),
        (_damaged, "PSE120"),
        (lambda t: t.replace("made_at:", "maid_at:"), "PSE120"),
        (lambda t: t[: len(t) // 2], "PSE120"),
        (None, "PSE120"),
    ],
    ids=["binary", "no-yaml", "list", "other-schema", "unknown-kind", "key", "half", "missing"],
)
def test_unreadable_plan_changes_nothing(
    aks: LocalAks, plan_file: Path, tmp_path: Path, journal: str, change: Any, code: str
) -> None:
    path = tmp_path / "edited.yaml"
    if change is not None:
        path.write_text(change(plan_file.read_text()))
    before = aks.standing()
    refused(aks.run("apply", path, "--yes", "--journal", journal), code, "edited.yaml")
    assert aks.standing() == before
    assert not (tmp_path / "j.db").exists()


def test_plan_of_another_cluster_is_refused(
    aks: LocalAks, plan_file: Path, tmp_path: Path, journal: str
) -> None:
    plain = yaml.safe_load(plan_file.read_text())
    plain["cluster"] = plain["cluster"].replace("myAKSCluster", "other")
    path = tmp_path / "other.yaml"
    path.write_text(yaml.safe_dump(plain))
    before = aks.standing()
    answer = aks.run("apply", path, "--yes", "--journal", journal)
    refused(answer, "PSE146", "managedClusters/other", "managedClusters/myAKSCluster")
    assert aks.standing() == before


def test_apply_without_a_terminal_needs_yes(aks: LocalAks, plan_file: Path, journal: str) -> None:
    refused(aks.run("apply", plan_file, "--journal", journal), "PSE160", "--yes", "--check")
    assert poolshift("runs", "list", "--journal", journal).code == 0


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_apply_asks_and_takes_no_for_an_answer(
    aks: LocalAks, plan_file: Path, journal: str
) -> None:
    before = aks.standing()
    arguments = ("apply", plan_file, "--sim", aks.folder, "--journal", journal)
    answer = typed(Terminal("n\n"), *arguments)
    assert "Move wspool → poolws (Windows2022) on" in answer.err
    assert answer.code == 2
    assert "PSE163" in answer.err
    assert aks.standing() == before
    assert poolshift("runs", "list", "--journal", journal, "-o", "json").document["runs"] == []


def test_unreadable_manifest_is_named(aks: LocalAks, tmp_path: Path) -> None:
    bad = tmp_path / "app.yaml"
    bad.write_text("a: [")
    out = tmp_path / "plan.yaml"
    answer = aks.run("plan", "--to", "Windows2022", "--manifests", bad, "--out", out)
    refused(answer, "PSE332", "app.yaml", "--manifests")
    assert not out.exists()


def test_unknown_gate_is_refused_before_anything(
    aks: LocalAks, plan_file: Path, journal: str
) -> None:
    answer = aks.run("apply", plan_file, "--yes", "--approve", "delete-green", "--journal", journal)
    refused(answer, "PSE142", "delete-green", "delete-wspool")


def test_journal_that_is_no_database_is_left_as_it_is(
    aks: LocalAks, plan_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(b"this is no database, " * 20)
    before = path.read_bytes()
    url = f"sqlite:{path}"
    for arguments in (["runs", "list"], ["runs", "resume", "latest"]):
        refused(poolshift(*arguments, "--journal", url), "PSE130", "bad.db", "--journal")
    refused(aks.run("apply", plan_file, "--yes", "--journal", url), "PSE130", "bad.db")
    assert path.read_bytes() == before


def test_journal_of_a_newer_version_is_left_as_it_is(
    aks: LocalAks, plan_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "new.db"
    db = sqlite3.connect(path)
    db.execute(f"pragma user_version={SCHEMA_VERSION + 1}")
    db.execute("create table run (later text)")
    db.close()
    before = path.read_bytes()
    url = f"sqlite:{path}"
    refused(poolshift("runs", "list", "--journal", url), "PSE131", "newer")
    refused(aks.run("apply", plan_file, "--yes", "--journal", url), "PSE131", "newer")
    assert path.read_bytes() == before


def test_damaged_run_in_a_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    journal = SqliteJournal(path)
    state = RunState(
        run="run-1",
        plan_id="p",
        plan_text="",
        cluster="c",
        source=Source(sim="s"),
        started_at="2026-11-20T08:00:00Z",
    )
    journal.create(state, ())
    journal.close()
    db = sqlite3.connect(path)
    db.execute("update run set state='{'")
    db.commit()
    db.close()
    refused(poolshift("runs", "list", "--journal", f"sqlite:{path}"), "PSE130", "damaged", "adopt")


def test_changed_cluster_is_refused_with_the_differences(
    own_aks: LocalAks, tmp_path: Path, journal: str
) -> None:
    plan = tmp_path / "plan.yaml"
    assert own_aks.run("plan", "--to", "Windows2022", "--out", plan).code == 0
    own_aks.set_image("sample", "mcr.microsoft.com/dotnet/framework/samples:another")
    before = own_aks.standing()
    answer = own_aks.run("apply", plan, "--yes", "--journal", journal)
    refused(answer, "PSE148", "default/Deployment/sample", "Plan again")
    assert own_aks.standing() == before
    assert poolshift("runs", "list", "--journal", journal, "-o", "json").document["runs"] == []


def test_second_apply_names_the_unfinished_run(
    paced_aks: LocalAks, tmp_path: Path, journal: str
) -> None:
    plan = tmp_path / "plan.yaml"
    options = ("--to", "Windows2022", "--green", "wspool=poolws", "--out", plan)
    assert paced_aks.run("plan", *options).code == 0
    first = paced_aks.run("apply", plan, "--yes", "--journal", journal)
    assert first.code == 3, first.err
    assert "runs approve" in first.err
    listed = poolshift("runs", "list", "--journal", journal, "-o", "json").document["runs"]
    before = paced_aks.standing()
    second = paced_aks.run("apply", plan, "--yes", "--journal", journal)
    refused(second, "PSE145", listed[0]["run"], "runs resume")
    other_journal = f"sqlite:{tmp_path / 'other.db'}"
    third = paced_aks.run("apply", plan, "--yes", "--journal", other_journal)
    refused(third, "PSE147", "poolws", listed[0]["run"])
    assert paced_aks.standing() == before
    assert poolshift("runs", "list", "--journal", journal, "-o", "json").document["runs"] == listed


class Holder:
    """Another machine's run: it renews the cluster's lease as it should."""

    def __init__(self, aks: LocalAks) -> None:
        self._aks = aks
        self._over = threading.Event()
        self._beat = threading.Thread(target=self._renew)

    def __enter__(self) -> None:
        self._beat.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._beat.join()
        self._aks.kube.delete(f"{LEASES}/poolshift")

    def _renew(self) -> None:
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": "poolshift", "namespace": "kube-system"},
            "spec": {"holderIdentity": "run-other@elsewhere", "leaseDurationSeconds": 60},
        }
        self._aks.send("POST", LEASES, body)
        second = 0
        while not self._over.wait(0.5):
            second += 1
            spec = {"renewTime": f"2026-11-20T08:{second // 60:02}:{second % 60:02}.000000Z"}
            self._aks.send("PATCH", f"{LEASES}/poolshift", {"spec": spec}, "merge-patch+json")


def test_living_run_elsewhere_is_named_within_seconds(
    aks: LocalAks, plan_file: Path, tmp_path: Path, journal: str
) -> None:
    began = time.monotonic()
    with Holder(aks):
        answer = aks.run("apply", plan_file, "--yes", "--journal", journal)
    refused(answer, "PSE140", "run-other@elsewhere")
    assert time.monotonic() - began < 15
    assert poolshift("runs", "list", "--journal", journal, "-o", "json").document["runs"] == []


def test_taken_green_name_is_refused(own_aks: LocalAks, tmp_path: Path, journal: str) -> None:
    plan = tmp_path / "plan.yaml"
    options = ("--to", "Windows2022", "--green", "wspool=poolws", "--out", plan)
    assert own_aks.run("plan", *options).code == 0
    own_aks.add_pool("poolws")
    before = own_aks.standing()
    answer = own_aks.run("apply", plan, "--yes", "--journal", journal)
    refused(answer, "PSE147", "poolws", "--green wspool=NAME")
    assert own_aks.standing() == before


def _copy(aks: LocalAks, folder: Path) -> Path:
    shutil.copytree(aks.folder, folder)
    return folder


def test_folder_of_a_dead_process_is_named(aks: LocalAks, tmp_path: Path) -> None:
    folder = _copy(aks, tmp_path / "sim")
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    endpoint = {**aks.endpoint, "pid": child}
    (folder / "endpoint.json").write_bytes(msgspec.json.encode(endpoint))
    refused(poolshift("assess", "--sim", folder), "PSE341", "has ended", "sim up")


@pytest.mark.parametrize("face", ["arm", "kube"])
def test_closed_port_is_one_error(
    aks: LocalAks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    monkeypatch.setattr("poolshift.adapters.http.BACK_OFF_S", (0.0,) * 5)
    folder = _copy(aks, tmp_path / "sim")
    closed = "https://127.0.0.1:9"
    for name in ("endpoint.json", "kubeconfig"):
        path = folder / name
        path.write_text(path.read_text().replace(aks.endpoint[face], closed))
    refused(poolshift("assess", "--sim", folder), "PSE201", "127.0.0.1:9")


def test_expired_kubernetes_token_is_one_error(aks: LocalAks, tmp_path: Path) -> None:
    folder = _copy(aks, tmp_path / "sim")
    path = folder / "kubeconfig"
    path.write_text(path.read_text().replace(aks.token, "expired"))
    refused(poolshift("assess", "--sim", folder), "PSE202", "401")


def test_expired_azure_token_is_one_error(aks: LocalAks, own_aks: LocalAks, tmp_path: Path) -> None:
    # A token that another process issued is what an expired one is: unknown to the service.
    azure = tmp_path / "azure"
    shutil.copytree(aks.folder / "azure", azure)
    clouds = azure / "clouds.config"
    kept = [
        f"endpoint_active_directory = {own_aks.endpoint['arm']}"
        if line.startswith("endpoint_active_directory =")
        else line
        for line in clouds.read_text().splitlines()
    ]
    clouds.write_text("\n".join(kept) + "\n")
    bundle = tmp_path / "both.pem"
    bundle.write_text((aks.folder / "ca.pem").read_text() + (own_aks.folder / "ca.pem").read_text())
    environment = {
        **aks.azure,
        "AZURE_CONFIG_DIR": str(azure),
        "REQUESTS_CA_BUNDLE": str(bundle),
    }
    answer = poolshift("assess", "-g", "myResourceGroup", "-n", "myAKSCluster", **environment)
    refused(answer, "PSE202", "401")


@pytest.mark.parametrize(
    ("denied", "words"),
    [
        ({"kube": [["list", "nodes"]]}, ["nodes"]),
        ({"arm": ["Microsoft.ContainerService/managedClusters/read"]}, ["managedClusters/read"]),
    ],
    ids=["kubernetes", "arm"],
)
def test_missing_read_permission_is_one_error(
    tmp_path: Path, denied: dict[str, Any], words: list[str]
) -> None:
    scenario = own_scenario(tmp_path / "scenario", denied=denied)
    with served(tmp_path / "sim", scenario) as aks:
        refused(aks.run("assess"), "PSE203", *words)


def test_missing_write_permission_is_found_before_any_change(tmp_path: Path, journal: str) -> None:
    denied = {"kube": [["create", "pods/eviction"]]}
    scenario = own_scenario(tmp_path / "scenario", denied=denied)
    plan = tmp_path / "plan.yaml"
    with served(tmp_path / "sim", scenario) as aks:
        assert aks.run("plan", "--to", "Windows2022", "--out", plan).code == 0
        before = aks.standing()
        answer = aks.run("apply", plan, "--yes", "--journal", journal)
        refused(answer, "PSE149", "evict")
        assert aks.standing() == before
    assert poolshift("runs", "list", "--journal", journal, "-o", "json").document["runs"] == []


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["-g", "myResourceGroup", "-n", "other"], ["no cluster other", "az aks list"]),
        (["-g", "other", "-n", "myAKSCluster"], ["ResourceGroupNotFound", "other"]),
    ],
    ids=["name", "group"],
)
def test_unknown_cluster_is_named(aks: LocalAks, names: list[str], words: list[str]) -> None:
    refused(poolshift("assess", *names, **aks.azure), "PSE204", *words)


def test_untrusted_certificate_says_what_to_set(aks: LocalAks) -> None:
    environment = {k: v for k, v in aks.azure.items() if k != "REQUESTS_CA_BUNDLE"}
    answer = poolshift("assess", "-g", "myResourceGroup", "-n", "myAKSCluster", **environment)
    refused(answer, "PSE201", "CERTIFICATE_VERIFY_FAILED", "SSL_CERT_FILE")


def test_missing_bundle_is_named(aks: LocalAks) -> None:
    environment = {**aks.azure, "REQUESTS_CA_BUNDLE": "/no/such.pem"}
    answer = poolshift("assess", "-g", "myResourceGroup", "-n", "myAKSCluster", **environment)
    refused(answer, "PSE345", "/no/such.pem")


def test_second_local_aks_in_a_folder_is_refused(aks: LocalAks) -> None:
    answer = poolshift("sim", "up", "--detach", "--dir", aks.folder)
    refused(answer, "PSE170", str(aks.endpoint["pid"]), "sim down")
    assert aks.run("assess").code != EXIT_USAGE
