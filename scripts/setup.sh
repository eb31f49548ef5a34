#!/usr/bin/env bash
# Makes .venv and installs the locked packages into it: `setup.sh run` or `setup.sh dev`.
# A second run installs nothing again. Works as root and as an ordinary user.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:?run or dev}
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "poolshift needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11 demo" >&2
  exit 1
}

make_venv() {
  [ -x .venv/bin/python ] && return
  echo "making .venv" >&2
  if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv .venv
  elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # Debian keeps ensurepip in a package of its own.
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    "$python" -m venv .venv
  elif "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --without-pip .venv
  else
    echo "no way to make a virtual environment: install your system's python3-venv" >&2
    exit 1
  fi
}

pip_install() {
  if [ -x .venv/bin/pip ]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"
  else
    "$python" -m pip --python .venv/bin/python install --quiet --disable-pip-version-check "$@"
  fi
}

make_venv
echo "installing ($what)" >&2
pip_install --require-hashes -r "requirements/$what.txt"
pip_install --require-hashes -r requirements/build.txt
pip_install --no-deps --no-build-isolation --no-index -e .
touch .venv/.run
if [ "$what" = dev ]; then touch .venv/.dev; fi
