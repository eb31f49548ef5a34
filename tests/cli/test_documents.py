"""JSON documents, exit codes, and the runs of one cluster."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.cli.served import CART, CART_2022, Answer, LocalAks, poolshift, refused

pytestmark = [pytest.mark.slow]

# What checks outside the project rely on: paths of keys, `[]` for every element of a list.
KEYS: dict[str, list[str]] = {
    "assess": [
        "schema as_of cluster pools findings not_checked images summary",
        "cluster: id name region kubernetes_version",
        "pools[]: name os_type os_sku build count vm_size vm_generation node_image_version",
        "pools[].deadlines[]: what on source",
        "findings[]: rule name severity target what why fix deadline evidence docs",
        "not_checked[]: rule target reason",
        "images[]: ref builds size_bytes used_by verdict",
        "summary: required recommended info",
    ],
    "plan": [
        "schema snapshot_fingerprint made_at to pools workloads blockers facts steps estimate",
        "pools[]: blue green strategy surge guard owner",
        "workloads[]: target move old_image new_image from",
        "blockers[]: rule target why fix",
        "facts[]: id value source",
        "steps[]: id kind target needs gate undo undo_until expected_s samples summary",
        "estimate: duration_s peak_extra_nodes extra_node_hours",
    ],
    "rewrite": [
        "schema to files",
        "files[]: path kind verdict edits needs reasons",
        "files[].edits[]: line old new",
        "files[].needs[]: line reason suggestion",
    ],
    "runs": ["schema runs", "runs[]: run plan cluster state started_at"],
    "run": [
        "schema run plan cluster state waiting_on steps events",
        "waiting_on[]: what why since unblock",
        "steps[]: id state started_at ended_at",
        "events[]: at actor action target outcome",
    ],
    "explain": ["schema answers", "answers[]: id what why fix sources"],
    "catalog": ["schema records"],
    "snapshot": ["schema captured_at cluster pools nodes workloads pods images"],
}


def _at(document: Any, path: str) -> list[Any]:
    """Every value at a path."""
    found = [document]
    for part in path.split("."):
        name, many, _ = part.partition("[]")
        found = [f[name] for f in found]
        found = [e for f in found for e in f] if many else found
    return found


def hold(name: str, document: dict[str, Any]) -> None:
    """Hold a document to its schema and to the fixed keys."""
    schema = json.loads(poolshift("schema", name).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["schema"] == f"poolshift.{name}/1"
    for line in KEYS[name]:
        path, colon, keys = line.rpartition(": ")
        for value in _at(document, path) if colon else [document]:
            assert set(keys.split()) <= set(value), line


def printed(answer: Answer, name: str, code: int = 0) -> dict[str, Any]:
    """The document that stands alone on stdout, `schema` first."""
    assert answer.code == code, answer.err
    assert next(iter(answer.document)) == "schema"
    hold(name, answer.document)
    return answer.document


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "deploy"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM mcr.microsoft.com/windows/nanoserver:ltsc2019\n")
    (folder / "cart").mkdir()
    (folder / "cart" / "Dockerfile").write_text("FROM mcr.microsoft.com/windows:1809\n")
    (folder / "notes.txt").write_text("nothing\n")
    return folder


def test_assess_prints_its_document(aks: LocalAks) -> None:
    document = printed(aks.run("assess", "-o", "json"), "assess", 1)
    whats = {d["what"] for p in document["pools"] for d in p["deadlines"]}
    assert whats <= {"create", "patch", "upgrade", "scale"}
    assert document["as_of"] == "2022-10-15"
    assert {f["severity"] for f in document["findings"]} <= {"required", "recommended", "info"}


@pytest.mark.parametrize("option", ["-o", "--output", "--format"])
def test_every_spelling_of_the_output_option_works(snapshot_file: Path, option: str) -> None:
    printed(poolshift("assess", "--snapshot", snapshot_file, option, "json"), "assess", 1)


def test_assess_writes_its_document_to_a_file(snapshot_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.json"
    answer = poolshift("assess", "--snapshot", snapshot_file, "-o", "json", "--out", out)
    assert (answer.code, answer.out) == (1, "")
    hold("assess", json.loads(out.read_text()))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 1),
        (["--fail-on", "required"], 1),
        (["--fail-on", "recommended"], 1),
        (["--fail-on", "never"], 0),
        (["--to", "Windows2019", "--fail-on", "required"], 0),
        (["--to", "Windows2019", "--fail-on", "recommended"], 1),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else str(v),
)
def test_fail_on_sets_the_threshold(snapshot_file: Path, options: list[str], code: int) -> None:
    assert poolshift("assess", "--snapshot", snapshot_file, *options).code == code


def test_as_of_moves_today(snapshot_file: Path) -> None:
    options = ("--as-of", "2027-05-01", "-o", "json", "--to", "Windows2019")
    document = printed(poolshift("assess", "--snapshot", snapshot_file, *options), "assess", 1)
    assert document["as_of"] == "2027-05-01"
    required = [f for f in document["findings"] if f["severity"] == "required"]
    assert any(f["target"] == "pool/wspool" and f["rule"] == "PSW101" for f in required)


def test_snapshot_holds_what_its_schema_says(snapshot_file: Path) -> None:
    document = json.loads(gzip.decompress(snapshot_file.read_bytes()))
    hold("snapshot", document)


def test_plan_of_a_snapshot_is_the_plan_of_the_cluster(
    plan_file: Path, snapshot_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plan.yaml"
    options = ("--to", "Windows2022", "--green", "wspool=poolws", "--out", out)
    assert poolshift("plan", "--snapshot", snapshot_file, *options).code == 0
    assert yaml.safe_load(out.read_text()) == yaml.safe_load(plan_file.read_text())


def test_plan_says_what_met_nothing(snapshot_file: Path, tmp_path: Path) -> None:
    options = ("--to", "Windows2022", "--image", "typo:1=other:2", "--out", tmp_path / "p")
    answer = poolshift("plan", "--snapshot", snapshot_file, *options)
    assert answer.code == 0
    assert "--image typo:1: no workload of the cluster uses it" in answer.err.splitlines()


def test_plan_file_holds_its_document(plan_file: Path) -> None:
    text = plan_file.read_text()
    assert text.startswith("schema: poolshift.plan/1\n")
    hold("plan", yaml.safe_load(text))


def test_environment_names_the_local_aks_and_it_is_said(aks: LocalAks) -> None:
    answer = poolshift("assess", "-o", "json", POOLSHIFT_SIM=str(aks.folder))
    printed(answer, "assess", 1)
    assert answer.err == f"using the local AKS of POOLSHIFT_SIM={aks.folder}\n"


@pytest.mark.parametrize("named", ["group", "id", "lower-id", "alias"])
def test_real_path_reaches_the_local_aks_as_az_would(
    aks: LocalAks, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setattr("poolshift.adapters.http.BACK_OFF_S", (0.0,) * 5)
    source = {
        "group": ["-g", "myResourceGroup", "-n", "myAKSCluster"],
        "id": ["--cluster", aks.cluster_id],
        "lower-id": ["--ids", aks.cluster_id.lower()],
        "alias": ["-g", "myresourcegroup", "--cluster-name", "myakscluster"],
    }[named]
    document = printed(poolshift("assess", *source, "-o", "json", **aks.azure), "assess", 1)
    assert document["cluster"]["name"] == "myAKSCluster"
    # The wall's day counts: the address does not tell that it is a local AKS.
    assert document["as_of"] > "2026"
    # The registries are the real ones, which nobody reaches from here: not checked, never fine.
    assert {v for i in document["images"] for v in i["verdict"].values()} == {"unknown"}


@pytest.mark.parametrize("mode", [[], ["--check"], ["--diff"]], ids=["plain", "check", "diff"])
def test_rewrite_prints_its_document_and_leaves_the_files(files: Path, mode: list[str]) -> None:
    before = {p: p.read_bytes() for p in files.rglob("*") if p.is_file()}
    answer = poolshift("rewrite", files, "--to", "Windows2022", *mode, "-o", "json")
    document = printed(answer, "rewrite", 1 if mode == ["--check"] else 0)
    assert [f["path"] for f in document["files"]] == ["Dockerfile", "cart/Dockerfile"]
    assert {p: p.read_bytes() for p in before} == before


def test_rewrite_check_is_clean_after_write(files: Path) -> None:
    options = ("rewrite", files, "--to", "Windows2022", "--image")
    image = "mcr.microsoft.com/windows:1809=mcr.microsoft.com/windows/server:ltsc2022"
    assert poolshift(*options, image, "--check").code == 1
    assert poolshift(*options, image, "--write").code == 0
    assert poolshift(*options, image, "--check").code == 0
    assert "ltsc2022" in (files / "Dockerfile").read_text()


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (["PSW101"], 0),
        (["psw101"], 0),
        (["0xc0370101"], 0),
        (["the", "thing", "broke"], 1),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else str(v),
)
def test_explain_prints_its_document(what: list[str], code: int) -> None:
    document = printed(poolshift("explain", *what, "-o", "json"), "explain", code)
    assert document["known"] is (code == 0)


def test_catalog_prints_its_documents() -> None:
    assert printed(poolshift("catalog", "list", "-o", "json"), "catalog")["records"]
    shown = printed(poolshift("catalog", "show", "Windows2022", "-o", "json"), "catalog")
    assert [c["field"] for c in shown["records"][0]["claims"] if c["won"]]


def test_catalog_check_exits_by_what_it_found() -> None:
    answer = poolshift("catalog", "check", "--as-of", "2026-11-20")
    problems = len(answer.out.splitlines())
    assert answer.code == (1 if problems else 0)
    assert answer.err == f"{problems} problems\n"


@pytest.mark.parametrize("output", ["text", "json"])
def test_journal_that_does_not_exist_is_an_empty_list(
    tmp_path: Path, journal: str, output: str
) -> None:
    answer = poolshift("runs", "list", "--journal", journal, "-o", output)
    assert answer.code == 0
    if output == "json":
        assert printed(answer, "runs")["runs"] == []
    assert list(tmp_path.iterdir()) == []


def test_check_changes_nothing(aks: LocalAks, plan_file: Path, tmp_path: Path) -> None:
    before = aks.standing()
    journal = f"sqlite:{tmp_path / 'j.db'}"
    answer = aks.run("apply", plan_file, "--check", "--journal", journal)
    assert (answer.code, answer.out) == (0, ""), answer.err
    assert "nothing was changed" in answer.err
    assert aks.standing() == before
    assert list(tmp_path.iterdir()) == []


def test_image_without_an_answer_blocks_until_one_is_given(
    paced_aks: LocalAks, tmp_path: Path, journal: str
) -> None:
    aks, plan = paced_aks, tmp_path / "plan.yaml"
    aks.deploy("cart", CART)
    options = ["plan", "--to", "Windows2022", "--green", "wspool=poolws", "--out", plan]
    blocked = aks.run(*options)
    assert blocked.code == 3
    document = yaml.safe_load(plan.read_text())
    hold("plan", document)
    assert len(document["blockers"]) == 1
    assert document["blockers"][0]["target"] == "default/Deployment/cart"
    assert "Rebuild" in document["blockers"][0]["fix"]
    assert "--image" in document["blockers"][0]["fix"]
    before = aks.standing()
    refused_now = aks.run("apply", plan, "--yes", "--journal", journal)
    assert refused_now.code == 3
    assert "blocker" in refused_now.err
    assert aks.standing() == before
    assert poolshift("runs", "list", "--journal", journal, "-o", "json").document["runs"] == []

    assert aks.run(*options, "--image", f"{CART}={CART_2022}").code == 0
    done = aks.run("apply", plan, "--yes", "--approve", "delete-blue", "--journal", journal)
    assert done.code == 0, done.err
    assert "completed" in done.err
    assert aks.image_of("cart") == CART_2022
    assert {n[:9] for n in aks.standing()["nodes"] if n.startswith("aksp")} == {"akspoolws"}
    _finished_run(aks, plan, journal)


def _finished_run(aks: LocalAks, plan: Path, journal: str) -> None:
    """What `runs` says of a run that is over."""
    at = ("--journal", journal)
    listed = printed(poolshift("runs", "list", *at, "-o", "json"), "runs")["runs"]
    assert [r["state"] for r in listed] == ["completed"]
    run = listed[0]["run"]
    for name in ("latest", run, run[:6]):
        shown = printed(poolshift("runs", "show", name, *at, "-o", "json"), "run")
        assert shown["run"] == run
        assert {s["state"] for s in shown["steps"]} <= {"done", "skipped"}
    assert printed(poolshift("runs", "export", "latest", *at), "run")["events"]
    again = poolshift("runs", "resume", "latest", *at)
    assert (again.code, again.out) == (0, "")
    assert "completed" in again.err
    assert poolshift("runs", "watch", "latest", *at).code == 0
    for verb in ("pause", "rollback", "abort"):
        refused(poolshift("runs", verb, "latest", *at), "PSE144", run)
    refused(poolshift("runs", "show", "run-nope", *at), "PSE132", "run-nope")
    refused(aks.run("apply", plan, "--yes", *at), "PSE147", "poolws", run)


def test_waiting_run_goes_on_when_it_is_approved(
    paced_aks: LocalAks, tmp_path: Path, journal: str
) -> None:
    plan, at = tmp_path / "plan.yaml", ("--journal", journal)
    options = ("--to", "Windows2022", "--green", "wspool=poolws", "--out", plan)
    assert paced_aks.run("plan", *options).code == 0
    waiting = paced_aks.run("apply", plan, "--yes", *at)
    assert waiting.code == 3, waiting.err
    shown = printed(poolshift("runs", "show", "latest", *at, "-o", "json"), "run")
    assert shown["state"] == "waiting"
    assert shown["waiting_on"][0]["unblock"]
    assert poolshift("runs", "resume", "latest", *at).code == 3
    refused(poolshift("runs", "approve", "latest", "delete-green", *at), "PSE142", "delete-wspool")
    assert poolshift("runs", "approve", "latest", "delete-blue", *at, "--reason", "ok").code == 0
    end = poolshift("runs", "resume", "latest", *at)
    assert end.code == 0, end.err
    events = printed(poolshift("runs", "show", "latest", *at, "-o", "json"), "run")["events"]
    assert [e["reason"] for e in events if e["action"] == "approve"] == ["ok"]


def _waiting(aks: LocalAks, plan: Path, journal: str) -> None:
    """Carry the plan out as far as it goes without an approval."""
    options = ("--to", "Windows2022", "--green", "wspool=poolws", "--out", plan)
    assert aks.run("plan", *options).code == 0
    assert aks.run("apply", plan, "--yes", "--journal", journal).code == 3


def test_rollback_restores_and_exits_4(paced_aks: LocalAks, tmp_path: Path, journal: str) -> None:
    before = paced_aks.standing()
    _waiting(paced_aks, tmp_path / "plan.yaml", journal)
    assert paced_aks.image_of("sample").endswith("ltsc2022")
    end = poolshift("runs", "rollback", "latest", "--journal", journal)
    assert end.code == 4, end.err
    assert "rolled-back" in end.err
    assert paced_aks.image_of("sample").endswith("ltsc2019")
    assert set(paced_aks.standing()["nodes"]) == set(before["nodes"])
    again = poolshift("runs", "resume", "latest", "--journal", journal)
    assert again.code == 4


def test_run_without_its_journal_is_adopted(
    paced_aks: LocalAks, tmp_path: Path, journal: str
) -> None:
    plan, other = tmp_path / "plan.yaml", f"sqlite:{tmp_path / 'other.db'}"
    _waiting(paced_aks, plan, journal)
    run = poolshift("runs", "list", "--journal", journal, "-o", "json").document["runs"][0]["run"]
    refused(paced_aks.run("runs", "adopt", plan, "--journal", journal), "PSE162", run)
    adopted = paced_aks.run("runs", "adopt", plan, "--journal", other)
    assert adopted.code == 0, adopted.err
    assert f"runs resume {run}" in adopted.err
    options = ("--approve", "delete-blue", "--yes", "--journal", other)
    end = poolshift("runs", "resume", run, *options)
    assert end.code == 0, end.err


def test_nothing_to_adopt_is_said(aks: LocalAks, plan_file: Path, journal: str) -> None:
    answer = aks.run("runs", "adopt", plan_file, "--journal", journal)
    refused(answer, "PSE161", "poolshift apply")
