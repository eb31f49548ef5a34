#!/usr/bin/env bash
# Writes requirements/*.txt anew from pyproject.toml, with hashes and without any index address.
# Needs `uv` on the path (a tool of the maintainer, not of the user).
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
  --python-version 3.11 pyproject.toml "$@"; }
compile --output-file requirements/run.txt
compile --group test --output-file requirements/test.txt
compile --group test --group lint --output-file requirements/dev.txt
printf 'hatchling\neditables\n' | uv pip compile --quiet --universal --generate-hashes --no-header \
  --no-emit-index-url --python-version 3.11 - --output-file requirements/build.txt
