"""The real formatter of HCL, and a second parser, for what is written as Terraform."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import hcl2
import pytest

FOLDER = Path(__file__).parents[1] / ".tools" / "hcl"
PACKAGE = FOLDER / "node_modules" / "@cdktf" / "hcl-tools"
NODE = which("node")
ABSENT = "the formatter of HCL is not installed (scripts/clients.sh hcl needs node and npm)"
_LIMIT_S = 60
_PROGRAM = """
const {format} = require(process.argv[1]);
let text = '';
process.stdin.on('data', (part) => { text += part; });
process.stdin.on('end', async () => {
  const done = [];
  for (const one of JSON.parse(text)) done.push(await format(one));
  process.stdout.write(JSON.stringify(done), () => process.exit(0));
});
"""

needs_formatter = pytest.mark.skipif(NODE is None or not PACKAGE.is_dir(), reason=ABSENT)


def formatted(*texts: str) -> list[str]:
    """What `terraform fmt` makes of each text."""
    assert NODE is not None
    done = subprocess.run(
        [NODE, "-e", _PROGRAM, str(PACKAGE)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def parsed(text: str) -> dict[str, Any]:
    """The text as another parser of HCL reads it."""
    found: dict[str, Any] = hcl2.loads(text)
    return found
