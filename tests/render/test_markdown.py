"""The runbook: its text, that its commands are bash, and that names stay names."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from tests.render.golden import check
from tests.render.plans import HOSTILE, PLANS, hostile, many_sided, procedure, reference

from poolshift.core.plan import Plan
from poolshift.render import Stage
from poolshift.render.markdown import render_markdown
from poolshift.render.quoting import shell

BASH = shutil.which("bash") or "bash"


def text_of(plan: Plan) -> str:
    single = render_markdown(procedure(plan)).single
    assert single is not None
    return single


def tokens(text: str) -> list[Any]:
    """Every token of a page, the inner ones too."""
    parsed = MarkdownIt("commonmark").enable("table").parse(text)
    return [t for outer in parsed for t in (outer, *(outer.children or ()))]


def sections(text: str) -> dict[str, str]:
    """Heading → what stands below it, up to the next of any rank."""
    parts = re.split(r"^#{2,3} (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("name", PLANS)
def test_golden(name: str) -> None:
    check(f"markdown/{name}.md", text_of(PLANS[name]()))


@pytest.mark.parametrize("name", PLANS)
def test_every_block_of_commands_is_bash(name: str) -> None:
    blocks = [t.content for t in tokens(text_of(PLANS[name]())) if t.type == "fence"]
    commands = [b for b in blocks if re.match(r"(az|kubectl|for|node_group|sleep)\b", b)]
    assert len(commands) > 15
    for block in commands:
        done = subprocess.run(
            [BASH, "-n"], input=block, capture_output=True, text=True, check=False
        )
        assert done.stderr == "", block


def of(text: str, stage: Stage) -> str:
    return sections(text)[f"{stage.number}. `{stage.step.id}`"]


@pytest.mark.parametrize("name", ["reference", "reference-2025", "manifests", "many-sided"])
def test_every_step_says_what_to_do_what_to_see_how_long_and_how_back(name: str) -> None:
    plan = PLANS[name]()
    text = text_of(plan)
    for stage in procedure(plan).stages:
        part = of(text, stage)
        if not stage.actions:
            assert "* [x] nothing to do: " in part
            continue
        ticked, _, back = part.partition(f"**To take step {stage.number} back:**")
        entries = re.split(r"^\* ", ticked, flags=re.MULTILINE)[1:]
        assert len(entries) == len(stage.actions)
        assert [e for e in entries if not e.startswith("[ ] ")] == []
        for told in ("In the portal: ", "You should see: "):
            assert [e for e in entries if told not in e] == []
        assert "Expected: " in ticked
        assert bool(back) == bool(stage.back)
        if stage.step.undo == "none":
            assert "There is no way back after it." in ticked
        if stage.step.gate:
            assert f"somebody approves `{stage.step.gate}`" in ticked


def test_limits_blockers_and_facts_come_before_the_steps() -> None:
    top = text_of(many_sided()).partition("## Steps")[0]
    assert "default/Deployment/sample belongs to argocd" in top
    assert "## What it rests on" in top
    assert "## Blockers" not in top
    assert "## Blockers: do not begin" in text_of(hostile()).partition("## Steps")[0]


def test_the_way_back_names_the_steps_from_the_last_to_the_first() -> None:
    back = sections(text_of(reference()))["To take it all back"]
    numbers = [int(n) for n in re.findall(r"^\* \[ \] step (\d+)", back, re.MULTILINE)]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == sum(bool(s.back) for s in procedure(reference()).stages)
    assert "has no way back" in back


def test_files_stand_in_the_folder_and_at_the_end_of_the_page() -> None:
    rendering = render_markdown(procedure(reference()))
    names = [f.name for f in rendering.files]
    assert names[0] == "runbook.md"
    assert "patches/default.deployment.sample.json" in names
    blocks = [t.content for t in tokens(text_of(reference())) if t.type == "fence"]
    assert [f.name for f in rendering.files[1:] if f.text not in blocks] == []


def test_hostile_names_make_no_markup_and_steer_nothing() -> None:
    text = text_of(hostile())
    found = tokens(text)
    assert [t.content for t in found if t.type == "html_block"] == []
    allowed = {"<!-- -->", "<code>", "</code>"}
    assert {t.content for t in found if t.type == "html_inline"} <= allowed
    assert [t for t in found if t.type in ("link_open", "image")] == []
    assert re.findall(r"[\x00-\x08\x0b-\x1f\u202e]", text) == []
    headings = [t.content for t in found if t.type == "inline"]
    assert all("\n# " not in h for h in headings)


def test_hostile_names_stand_quoted_in_the_commands() -> None:
    fences = "\n".join(t.content for t in tokens(text_of(hostile())) if t.type == "fence")
    for number, name in enumerate(HOSTILE):
        plain = name.replace("/", "-")
        assert f"kubectl patch {shell(f'deployment/{plain}{number}')} --namespace" in fences


def test_a_command_with_hostile_names_gives_whole_words(tmp_path: Path) -> None:
    fences = [t.content for t in tokens(text_of(hostile())) if t.type == "fence"]
    line = next(f for f in fences if f.startswith("az rest"))
    script = f'az() {{ printf "%s\\0" "$@"; }}\n{line}'
    done = subprocess.run(
        [BASH, "-c", script], cwd=tmp_path, capture_output=True, check=True, timeout=20
    )
    words = done.stdout.decode().split("\0")
    assert words[0] == "rest"
    assert f"--url={hostile().cluster}/agentPools/poolws?api-version=2026-06-01" in words
    assert words[words.index("--subscription") + 1] == "$(touch owned)"
    assert list(tmp_path.iterdir()) == []
