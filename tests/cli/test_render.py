"""poolshift render: where it writes, what it never overwrites, and what it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.cli.served import poolshift, refused
from tests.render.plans import hostile, many_sided, reference, reference_2025

from poolshift.core.plan import Plan, dump_plan


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return written(tmp_path / "plan.yaml", reference())


def written(path: Path, plan: Plan) -> Path:
    path.write_text(dump_plan(plan), encoding="utf-8")
    return path


def test_without_out_the_single_form_goes_to_stdout_alone(plan: Path) -> None:
    answer = poolshift("render", plan, "--as", "az")
    assert answer.code == 0
    assert answer.out.startswith("#!/usr/bin/env bash\n# Moves node pools")
    assert answer.out.endswith('main "$@"\n')
    assert "note: no lease is taken" in answer.err


def test_a_file_is_written_whole_and_can_be_run(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "move.sh"
    answer = poolshift("render", plan, "--as", "az", "--out", out)
    assert (answer.code, answer.out) == (0, "")
    assert out.read_text() == poolshift("render", plan, "--as", "az").out
    assert os.access(out, os.X_OK)
    # A second time it is ours.
    assert poolshift("render", plan, "--as", "az", "--out", out).code == 0


def test_a_folder_gets_the_script_and_its_files(plan: Path, tmp_path: Path) -> None:
    answer = poolshift("render", plan, "--as", "az", "--out", f"{tmp_path}/move/")
    assert answer.code == 0
    names = sorted(
        p.relative_to(tmp_path / "move").as_posix()
        for p in (tmp_path / "move").rglob("*")
        if p.is_file()
    )
    assert names == [
        ".poolshift-render.json",
        "manifests/pull-poolws-default.json",
        "move.sh",
        "patches/default.deployment.sample.back.json",
        "patches/default.deployment.sample.held.json",
        "patches/default.deployment.sample.json",
    ]
    assert os.access(tmp_path / "move" / "move.sh", os.X_OK)
    assert "begin with move.sh" in answer.err


def test_a_runbook_is_written_by_its_name(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "runbook.md"
    assert poolshift("render", plan, "--as", "markdown", "--out", out).code == 0
    assert out.read_text().startswith("# Runbook: `wspool` becomes `poolws`")


def test_a_file_of_somebody_else_is_never_overwritten(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "notes.md"
    out.write_text("mine\n")
    answer = poolshift("render", plan, "--as", "markdown", "--out", out)
    refused(answer, "PSE127", "notes.md", "render did not write it")
    assert out.read_text() == "mine\n"


def test_a_folder_keeps_what_is_not_in_the_way(plan: Path, tmp_path: Path) -> None:
    folder = tmp_path / "move"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine\n")
    assert poolshift("render", plan, "--as", "az", "--out", folder).code == 0
    assert (folder / "notes.txt").read_text() == "mine\n"


def test_files_in_the_way_are_named_and_nothing_is_written(plan: Path, tmp_path: Path) -> None:
    folder = tmp_path / "move"
    (folder / "patches").mkdir(parents=True)
    (folder / "move.sh").write_text("mine\n")
    (folder / "patches" / "default.deployment.sample.json").write_text("{}\n")
    answer = poolshift("render", plan, "--as", "az", "--out", folder)
    refused(answer, "PSE127", "move.sh", "patches/default.deployment.sample.json")
    assert (folder / "move.sh").read_text() == "mine\n"
    assert len(list(folder.rglob("*.json"))) == 1


def test_a_script_that_was_changed_by_hand_is_kept(plan: Path, tmp_path: Path) -> None:
    folder = tmp_path / "move"
    assert poolshift("render", plan, "--as", "az", "--out", f"{folder}/").code == 0
    script = folder / "move.sh"
    changed = script.read_text().replace("patience_s='7200'", "patience_s='60'")
    script.write_text(changed)
    refused(poolshift("render", plan, "--as", "az", "--out", folder), "PSE127", "move.sh")
    assert script.read_text() == changed


def test_another_plan_takes_the_place_of_the_one_before(plan: Path, tmp_path: Path) -> None:
    folder = tmp_path / "move"
    assert poolshift("render", plan, "--as", "az", "--out", f"{folder}/").code == 0
    edited = folder / "patches" / "default.deployment.sample.back.json"
    edited.write_text("{}\n")
    other = written(tmp_path / "other.yaml", reference_2025())
    answer = poolshift("render", other, "--as", "az", "--out", folder)
    assert answer.code == 0, answer.err
    assert "default.deployment.sample.held.json: removed" in answer.err
    assert "default.deployment.sample.back.json: kept, it was changed" in answer.err
    assert edited.read_text() == "{}\n"
    assert [p.name for p in (folder / "patches").iterdir()] == [edited.name]


def test_a_link_out_of_the_folder_is_in_the_way(plan: Path, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "move", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "patches").symlink_to(elsewhere)
    refused(poolshift("render", plan, "--as", "az", "--out", folder), "PSE127", "patches/")
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("out", ["nowhere/move.sh", "plan.yaml/x/"])
def test_what_cannot_be_written_is_one_clear_error(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(poolshift("render", plan, "--as", "az", "--out", out), "PSE105")


def bad(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("nonsense: [", "PSE120", ("is no YAML",)),
        ("a: 1\n", "PSE120", ("is no plan",)),
        ("schema: poolshift.plan/2\n", "PSE121", ("poolshift.plan/2", "Use the version")),
        ("schema: poolshift.plan/1\n", "PSE120", ("damaged",)),
    ],
    ids=["yaml", "plan", "newer", "damaged"],
)
def test_what_is_no_plan_of_this_version_is_refused(
    tmp_path: Path, text: str, code: str, words: tuple[str, ...]
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    refused(poolshift("render", path, "--as", "az"), code, *words)


def test_a_plan_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    refused(poolshift("render", tmp_path / "none.yaml", "--as", "az"), "PSE120", "none.yaml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    refused(poolshift("render", tmp_path / "binary", "--as", "az"), "PSE120", "binary")


def test_a_plan_without_a_day_needs_one(tmp_path: Path) -> None:
    path = written(tmp_path / "plan.yaml", replace(reference(), made_at="yesterday"))
    refused(poolshift("render", path, "--as", "az"), "PSE120", "yesterday", "--as-of")
    assert poolshift("render", path, "--as", "az", "--as-of", "2022-10-15").code == 0
    refused(poolshift("render", path, "--as", "az", "--as-of", "soon"), "PSE106", "soon")


def test_an_unknown_language_is_refused(plan: Path) -> None:
    answer = poolshift("render", plan, "--as", "cobol")
    refused(answer, "PSE100", "cobol")
    assert poolshift("render", plan).code == 2


def test_blockers_and_limits_are_said_on_stderr_as_well(tmp_path: Path) -> None:
    path = written(tmp_path / "plan.yaml", hostile())
    answer = poolshift("render", path, "--as", "az", "--out", tmp_path / "x.sh")
    assert answer.code == 0
    assert "the plan has 1 blocker; they stand on top" in answer.err
    assert "\x1b" not in answer.err
    path = written(tmp_path / "plan.yaml", many_sided())
    answer = poolshift("render", path, "--as", "markdown", "--out", tmp_path / "x.md")
    assert "belongs to argocd" in answer.err


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    path = written(tmp_path / "plan.yaml", hostile())
    from tests.render.plans import procedure

    from poolshift.render.az import render_az

    assert poolshift("render", path, "--as", "az").out == render_az(procedure(hostile())).single
