"""One code, one meaning: the table and the sources agree."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import poolshift
from poolshift.core.error_codes import ERROR_CODES

ROOT = Path(poolshift.__file__).parent
TABLE = ROOT / "core" / "error_codes.py"
CODE = re.compile(r"PSE\d{3}")

# Codes that more than one module raises, because they mean the same thing there.
SHARED = {
    "PSE101": {"cli/main.py", "cli/options.py"},
    "PSE103": {"adapters/connect.py", "cli/source.py"},
    "PSE104": {"adapters/connect.py", "cli/source.py", "core/arm_client.py"},
    "PSE105": {"cli/folder.py", "cli/output.py", "cli/render.py", "cli/rewriting/files.py"},
    "PSE106": {
        "adapters/registry/limits.py",
        "cli/options.py",
        "cli/plan.py",
        "cli/running.py",
    },
    "PSE110": {"cli/source.py", "core/snapshot/files.py"},
    "PSE120": {
        "cli/planfile.py",
        "cli/render.py",
        "core/plan.py",
        "render/procedure.py",
        "render/workloads.py",
    },
    "PSE127": {"cli/folder.py", "cli/render.py"},
    "PSE132": {"engine/control.py", "engine/journal.py"},
    "PSE141": {"cli/runs.py", "engine/driver.py"},
    "PSE150": {"cli/rewrite.py", "planner/pools.py", "rules/run.py"},
    "PSE151": {"planner/pools.py", "report/explain/pool/story.py"},
    "PSE332": {"cli/plan.py", "rewrite/manifests/documents.py"},
    "PSE311": {"semantics/budgets.py", "semantics/quantities.py", "semantics/taints.py"},
}


def _raised() -> dict[str, set[str]]:
    """Every code that stands as a whole string or opens one, with the modules that have it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(ROOT.rglob("*.py")):
        if path == TABLE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                match = CODE.match(node.value)
                if match:
                    found[match[0]].add(path.relative_to(ROOT).as_posix())
    return found


def test_every_code_is_in_the_table() -> None:
    assert set(_raised()) - set(ERROR_CODES) == set()


def test_every_entry_of_the_table_is_used() -> None:
    assert set(ERROR_CODES) - set(_raised()) == set()


def test_code_is_shared_only_where_it_means_the_same() -> None:
    # core/errors.py holds the defaults of the classes and main.py the form of click's complaints.
    several = {
        code: modules
        for code, modules in _raised().items()
        if len(modules) > 1 and code not in ("PSE100",)
    }
    assert several == SHARED


def test_no_two_codes_mean_the_same() -> None:
    assert len(set(ERROR_CODES.values())) == len(ERROR_CODES)
    assert list(ERROR_CODES) == sorted(ERROR_CODES)
