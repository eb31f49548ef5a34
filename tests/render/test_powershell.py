"""The PowerShell script: parsed by a real grammar, and every value of a plan stays one string."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import tree_sitter_powershell
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.render.golden import check
from tests.render.plans import HOSTILE, PLANS, hostile, procedure, reference, reference_2025

from poolshift.core import marks
from poolshift.core.plan import Plan
from poolshift.render.powershell import render_powershell
from poolshift.render.powershell.library import functions, used_by
from poolshift.render.powershell.pool import said_by_cmdlet
from poolshift.render.powershell.values import literal, text

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
LIBRARY = "# Tells what happens."
_STEPS = "# Makes "
KUBECTL = shutil.which("kubectl")


def script_of(plan: Plan) -> str:
    return render_powershell(procedure(plan)).files[0].text


def tree(script: str) -> tree_sitter.Node:
    """The script as its grammar reads it, without an error."""
    root = PARSER.parse(script.encode()).root_node
    wrong = [n.start_point for n in nodes(root) if n.is_error or n.is_missing]
    assert wrong == []
    return root


def nodes(root: tree_sitter.Node) -> list[tree_sitter.Node]:
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += node.children
    return found


def said(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode()


def strings(root: tree_sitter.Node) -> list[str]:
    """What the verbatim strings of a script hold."""
    return [
        re.sub("(['\u2018-\u201b])\\1", r"\1", said(n)[1:-1])
        for n in nodes(root)
        if n.type == "verbatim_string_characters"
    ]


def without_library(script: str) -> str:
    """The script but for the functions that all scripts share, and the names of these."""
    own, _, rest = script.partition(LIBRARY)
    shared, mark, steps = rest.partition(_STEPS)
    names = re.findall(r"^function ([\w-]+)", shared, re.MULTILINE)
    listed = "\n".join(("# functions of the library:", *(f"#   {n}" for n in names), ""))
    return f"{own}{listed}\n{mark}{steps}"


@pytest.mark.parametrize("name", PLANS)
def test_golden(name: str) -> None:
    rendering = render_powershell(procedure(PLANS[name]()))
    check(f"powershell/{name}.ps1", without_library(rendering.files[0].text))


@pytest.mark.parametrize("name", PLANS)
def test_the_grammar_reads_both_forms(name: str) -> None:
    rendering = render_powershell(procedure(PLANS[name]()))
    assert rendering.single is not None
    tree(rendering.files[0].text)
    held = strings(tree(rendering.single))
    for file in rendering.files[1:]:
        assert file.text in held


def test_each_function_of_the_library_is_read_alone_and_used_by_some_script() -> None:
    for name, code in functions().items():
        tree(code)
        assert f"function {name}" in code
    control_plane = tuple(
        replace(s, nothing_to_do="", parameters={"version": "1.24.0"})
        if s.kind == "control-plane"
        else replace(s, nothing_to_do="", parameters={"features": ["SomePreview"]})
        if s.kind == "features"
        else s
        for s in reference().steps
    )
    scripts = [script_of(PLANS[name]()) for name in PLANS]
    scripts.append(script_of(replace(reference(), steps=control_plane)))
    assert [n for n, code in functions().items() if not any(code in s for s in scripts)] == []


def test_a_script_takes_along_what_its_functions_call() -> None:
    assert {"Move-Some", "Request-Eviction", "Write-Line"} <= set(used_by("Move-Off $a"))
    assert "Remove-Pool" not in used_by("Move-Off $a")


def test_the_library_writes_the_marks_that_apply_writes() -> None:
    library = "\n".join(functions().values())
    for mark in (marks.CORDONED_BY, marks.EXCLUDED_BY, marks.POOL_RUN_TAG, f"{marks.GUARD_KEY}="):
        assert mark in library


def test_it_is_strict_and_every_native_call_is_judged_by_its_code() -> None:
    script = script_of(reference())
    assert "Set-StrictMode -Version 3.0" in script
    assert "$ErrorActionPreference = 'Stop'" in script
    for name, code in functions().items():
        if "& kubectl" in code:
            assert "$LASTEXITCODE" in code, name


def test_every_loop_of_the_library_is_bounded() -> None:
    for name, code in functions().items():
        if "while (" in code:
            assert "Wait-More" in code, name


def kubectl_calls() -> list[list[str]]:
    """The words of each call of kubectl in the library, variables as plain words."""
    library = "\n".join(functions().values())
    found = []
    for match in re.finditer(
        r"(Get-Kube(?:Items)?|Invoke-\w+|Use-Kubectl) @\(([^@]*?)\)+\n", library
    ):
        words = re.findall(r"""'([^']*)'|"([^"]*)"|(\$\w+|\(Get-ObjectName)""", match[2])
        plain = [re.sub(r"\$\(.*?\)|\$\{?\w+\}?", "x1", a or b or c) for a, b, c in words]
        plain = ["x1" if w.startswith("(") else w for w in plain]
        found.append([*plain, *(["--output=json"] if match[1].startswith("Get-") else [])])
    return found


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_kubectl_knows_every_option_that_it_is_given(tmp_path: Path) -> None:
    calls = kubectl_calls()
    assert len(calls) > 35
    for words in calls:
        done = subprocess.run(
            [str(KUBECTL), f"--kubeconfig={tmp_path / 'none'}", "--request-timeout=1s", *words],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            input="",
        )
        assert "unknown flag" not in done.stderr, (words, done.stderr)
        assert "unknown command" not in done.stderr, (words, done.stderr)


def test_hostile_names_are_strings_and_nothing_else() -> None:
    script = script_of(hostile())
    root = tree(script)
    plain = [n for n in HOSTILE if n.isprintable() and "\u202e" not in n]
    held = "\n".join(strings(root))
    for name in plain:
        assert name in held
    code = [
        said(n)
        for n in nodes(root)
        if n.type in ("command_name", "generic_token", "expandable_string_literal", "variable")
    ]
    assert not [c for c in code if "touch owned" in c or c == "owned"]


def test_a_field_without_a_parameter_goes_by_the_whole_body() -> None:
    body = {"osSKU": "Windows2022", "enableFIPS": True, "securityProfile": {"x": 1}, "count": 3}
    found = said_by_cmdlet({**body, "nodeLabels": {"a": "b"}, "enableUltraSSD": False})
    assert found.arguments == {"OsSKU": "Windows2022", "EnableFIPS": True, "NodeLabel": {"a": "b"}}
    assert found.unsaid == ("securityProfile.x",)
    pool = reference().pools[0]
    properties = {**pool.body["properties"], "securityProfile": {"x": 1}}
    plan = replace(reference(), pools=(replace(pool, body={"properties": properties}),))
    rendering = render_powershell(procedure(plan))
    assert any("securityProfile.x" in limit.what for limit in rendering.limits)
    head = rendering.files[0].text.partition("param(")[0]
    assert "cannot say securityProfile.x" in re.sub(r"\n#\s+", " ", head)
    assert re.search(r"\$arguments = @\{\n  \}", rendering.files[0].text)


def test_the_cmdlet_gets_the_plan_s_values() -> None:
    script = script_of(reference_2025())
    block = script[script.index("$arguments = @{") : script.index("New-Green $green_1")]
    assert "'OsSKU' = 'Windows2025'" in block
    assert "'EnableFIPS' = $true" in block
    files = {f.name: f.text for f in render_powershell(procedure(reference_2025())).files}
    body = json.loads(files["manifests/pool-ws25.json"])
    assert body["properties"]["osSKU"] == "Windows2025"


def decoded(code: str) -> str:
    """The value of a string expression."""
    parts = []
    for node in sorted(nodes(tree(f"$x = {code}\n")), key=lambda n: n.start_byte):
        if node.type == "verbatim_string_characters":
            parts.append(re.sub("(['\u2018-\u201b])\\1", r"\1", said(node)[1:-1]))
        elif node.type == "decimal_integer_literal":
            parts.append(chr(int(said(node))))
    return "".join(parts)


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        st.characters(exclude_categories=["Cs"]) | st.sampled_from("'\u2018\u2019\u201a\u201b$`\"")
    )
)
def test_any_string_is_read_as_it_was(value: str) -> None:
    assert "\n" not in text(value)
    assert decoded(text(value)) == value


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (True, "$true"),
        (3, "3"),
        (-1.5, "-1.5"),
        ({}, "@{}"),
        ({"a b": ["c", 1]}, "@{ 'a b' = @('c', 1) }"),
        ("it's", "'it''s'"),
    ],
)
def test_values_of_json(value: Any, code: str) -> None:
    assert literal(value) == code
