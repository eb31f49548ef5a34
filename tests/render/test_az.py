"""The az script: its text, its grammar, and that every value of a plan stays one word."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.render.golden import check
from tests.render.plans import CATALOG, HOSTILE, PLANS, hostile, many_sided, procedure, reference

from poolshift.core import marks
from poolshift.core.plan import Plan
from poolshift.render import make_procedure
from poolshift.render.az import render_az
from poolshift.render.az.library import functions, used_by
from poolshift.render.az.pool import header_option, spoken
from poolshift.render.quoting import comment, shell

SHELLCHECK = Path(sys.executable).with_name("shellcheck")
BASH = shutil.which("bash") or "bash"
LIBRARY = "# Tells what happens."


def script_of(plan: Plan) -> str:
    return render_az(procedure(plan)).files[0].text


def without_library(script: str) -> str:
    """The script up to the functions that all scripts share, and the names of these."""
    own, _, rest = script.partition(LIBRARY)
    names = re.findall(r"^(\w+)\(\) \{$", rest, re.MULTILINE)
    return own + "\n".join(("# functions of the library:", *(f"#   {n}" for n in names), ""))


@pytest.mark.parametrize("name", PLANS)
def test_golden(name: str) -> None:
    rendering = render_az(procedure(PLANS[name]()))
    check(f"az/{name}.sh", without_library(rendering.files[0].text))
    if name != "hostile":
        for file in rendering.files[1:]:
            check(f"az/{name}/{file.name}", file.text)


@pytest.mark.parametrize("name", PLANS)
def test_shellcheck_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    if not SHELLCHECK.exists():
        pytest.skip("shellcheck is not installed beside this Python")
    rendering = render_az(procedure(PLANS[name]()))
    assert rendering.single is not None
    for form, text in (("folder", rendering.files[0].text), ("single", rendering.single)):
        path = tmp_path / f"{form}.sh"
        path.write_text(text)
        done = subprocess.run([SHELLCHECK, path], capture_output=True, text=True, check=False)
        assert done.stdout == "", done.stdout[:2000]


def test_every_function_of_the_library_is_used_by_some_script_and_comes_as_it_is() -> None:
    scripts = [script_of(PLANS[name]()) for name in PLANS]
    preview = render_az(make_procedure(PLANS["reference-2025"](), CATALOG, date(2026, 1, 1)))
    control_plane = tuple(
        replace(s, nothing_to_do="", parameters={"version": "1.24.0"})
        if s.kind == "control-plane"
        else s
        for s in reference().steps
    )
    scripts += [preview.files[0].text, script_of(replace(reference(), steps=control_plane))]
    missing = [n for n, text in functions().items() if not any(text in s for s in scripts)]
    assert missing == []


def test_a_script_takes_along_what_its_functions_call() -> None:
    assert {"move_off", "evict", "eviction", "say"} <= set(used_by('move_off "$a"'))
    assert "delete_pool" not in used_by('move_off "$a"')


def test_the_library_writes_the_marks_that_apply_writes() -> None:
    text = "\n".join(functions().values())
    written = [
        marks.CORDONED_BY,
        marks.EXCLUDED_BY,
        marks.EXCLUDED_AT,
        marks.HELD_BY,
        marks.ROLLOUT_HELD_BY,
        marks.ROLLOUT_HELD_FROM,
        marks.SURGED_BY,
        marks.SURGED_FROM,
        marks.SURGED_TO,
        marks.CHOSEN_BY,
        marks.EXCLUDE_LABEL,
        marks.HOLD_ANNOTATION,
        marks.DELETION_COST,
        marks.POOL_RUN_TAG,
        marks.RUN_LABEL,
        marks.GUARD_KEY.replace(".", r"\."),
    ]
    assert [m for m in written if m not in text] == []


def test_limits_and_blockers_stand_on_top_before_the_first_command() -> None:
    top = script_of(many_sided()).partition("set -euo pipefail")[0]
    assert "WHAT THIS SCRIPT CANNOT DO" in top
    assert "belongs to argocd" in top
    assert "BLOCKERS" not in top
    top = script_of(hostile()).partition("set -euo pipefail")[0]
    assert "BLOCKERS: the script refuses to run" in top
    assert all(line.startswith("#") or not line for line in top.splitlines())


def words_of(line: str) -> list[str]:
    """What bash makes of a line of words."""
    done = subprocess.run(
        [BASH, "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True, timeout=20
    )
    return done.stdout.decode().split("\0")[:-1]


def test_every_hostile_value_is_one_word_on_one_line() -> None:
    quoted = [shell(name) for name in HOSTILE]
    assert words_of(" ".join(quoted)) == list(HOSTILE)
    assert [q for q in quoted if "\n" in q or "\u202e" in q] == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), max_size=20))
def test_any_text_is_one_word(texts: list[str]) -> None:
    line = " ".join(shell(t) for t in texts)
    assert "\n" not in line
    assert (words_of(line) if texts else []) == texts


@given(st.text())
def test_a_comment_never_leaves_its_line(text: str) -> None:
    assert len(f"# {comment(text)}".splitlines()) == 1


def test_here_documents_carry_the_files_byte_for_byte(tmp_path: Path) -> None:
    rendering = render_az(procedure(hostile()))
    assert rendering.single is not None
    start = rendering.single.index("# ---- files")
    end = rendering.single.index("# Makes poolws")
    lines = rendering.single[start:end].replace("trap 'rm -rf \"$here\"' EXIT\n", "")
    (tmp_path / "files.sh").write_text(f"set -eu\n{lines}\nprintf '%s' \"$here\"\n")
    done = subprocess.run(
        [BASH, tmp_path / "files.sh"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    written = Path(done.stdout)
    for file in rendering.files[1:]:
        assert (written / file.name).read_bytes() == file.text.encode(), file.name
    assert not list(tmp_path.rglob("owned"))


# --- the body of a pool


def pool(**properties: Any) -> Any:
    return spoken({"osType": "Windows", **properties})


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"vmSize": "Standard_D2s_v3"}, ("--node-vm-size=Standard_D2s_v3",)),
        ({"enableFIPS": True}, ("--enable-fips-image",)),
        ({"availabilityZones": ["1", "2"]}, ("--zones", "1", "2")),
        ({"nodeLabels": {"a": "b c"}}, ("--labels", "a=b c")),
        ({"tags": {"k": "v=w"}}, ("--tags", "k=v=w")),
        ({"nodeTaints": ["a=b:NoSchedule", "c:X"]}, ("--node-taints=a=b:NoSchedule,c:X",)),
        ({"upgradeSettings": {"maxSurge": "33%"}}, ("--max-surge=33%",)),
        ({"windowsProfile": {"disableOutboundNat": True}}, ("--disable-windows-outbound-nat",)),
        ({"spotMaxPrice": -1.0}, ("--spot-max-price=-1.0",)),
    ],
    ids=str,
)
def test_a_field_is_said_by_its_option(properties: dict[str, Any], words: tuple[str, ...]) -> None:
    said = pool(**properties)
    assert words in said.options
    assert said.unsaid == ()


@pytest.mark.parametrize(
    "properties",
    [
        {"kubeletConfig": {"cpuManagerPolicy": "static"}},
        {"somethingNew": 1},
        {"kubeletDiskType": "Temporary"},
        {"windowsProfile": {"somethingNew": True}},
        {"tags": {"a=b": "c"}},
        {"tags": {"-a": "c"}},
        {"tags": {"a": "@file"}},
        {"vmSize": "@file"},
        {"nodeTaints": ["a=b,c:NoSchedule"]},
        {"nodeLabels": {"a": None}},
        {"enableFIPS": "yes"},
    ],
    ids=str,
)
def test_what_no_option_can_say_is_never_dropped(properties: dict[str, Any]) -> None:
    field = next(iter(properties))
    assert pool(**properties).unsaid == (field,)
    plan = reference()
    body = {"properties": {**plan.pools[0].body["properties"], **properties}}
    changed = replace(plan, pools=(replace(plan.pools[0], body=body),))
    rendering = render_az(procedure(changed))
    assert any(field in limit.what for limit in rendering.limits)
    assert "az rest --method=put" in rendering.files[0].text
    kept = next(f for f in rendering.files if f.name == "manifests/pool-poolws.json")
    sent = json.loads(kept.text)["properties"]
    expected = properties[field]
    if field == "tags":
        expected = {**expected, "poolshift-run": "plan-reference"}
    assert sent[field] == expected


def test_defaults_of_the_service_and_empty_fields_need_no_option() -> None:
    said = pool(
        kubeletDiskType="OS",
        workloadRuntime="OCIContainer",
        networkProfile={},
        securityProfile={"sshAccess": "LocalUser", "enableVTPM": False},
        count=3,
        enableAutoScaling=False,
    )
    assert said.options == (("--os-type=Windows",),)
    assert said.unsaid == ()
    assert said.by_default == ("kubeletDiskType", "workloadRuntime", "securityProfile.sshAccess")


def test_headers_go_with_every_put_of_the_pool() -> None:
    assert header_option({"UseWindowsGen2VM": "true"}) == (
        "--aks-custom-headers=UseWindowsGen2VM=true",
    )
    assert header_option({"a": "b,c"}) is None
    plan = many_sided()
    with_header = replace(plan.pools[0], headers={"UseWindowsGen2VM": "true"})
    text = script_of(replace(plan, pools=(with_header,)))
    assert text.count("--aks-custom-headers=") == 3


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert render_az(procedure(hostile())) == render_az(procedure(hostile()))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from", "0"), "there is no step 0"),
        (("--only", "99"), "there is no step 99"),
        (("--from", "five"), "--from takes the number of a step, not 'five'"),
        (("--to",), "--to takes the number of a step, not ''"),
        (("--loud",), "there is no option --loud"),
        (("--context",), "--context takes a name"),
    ],
    ids=str,
)
def test_wrong_options_are_refused_before_anything_is_called(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    single = render_az(procedure(reference())).single
    assert single is not None
    path = tmp_path / "move.sh"
    path.write_text(single)
    done = subprocess.run(
        ["bash", path, *options],
        env={"PATH": "/usr/bin:/bin", "KUBECONFIG": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 2
    assert f"refused: {said}" in done.stderr
