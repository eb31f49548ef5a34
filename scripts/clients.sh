#!/usr/bin/env bash
# Installs real clients that tests drive the local AKS with, each into an environment of its own
# below .tools; they are no requirements of the product:
#   az   azure-cli                                              .tools/az/bin/az
#   sdk  azure-mgmt-containerservice, azure-identity, aiohttp   .tools/sdk/bin/python
#   hcl  @cdktf/hcl-tools, the formatter of Terraform as wasm   .tools/hcl/node_modules (needs node)
# Where the package index cannot be reached, the tests that need a client are skipped with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON="${PYTHON:-python3}"

packages() {
  case "$1" in
    az) echo "azure-cli==2.91.0" ;;
    sdk) echo "azure-mgmt-containerservice==41.8.0 azure-identity==1.27.0 azure-core==1.41.0 aiohttp==3.14.5" ;;
    *) return 1 ;;
  esac
}

# Whether an environment that was made otherwise holds just what is wanted.
complete() {
  "$1/bin/python" - "${@:2}" 2>/dev/null <<'PYTHON'
import importlib.metadata, sys
for item in sys.argv[1:]:
    name, _, version = item.partition("==")
    if importlib.metadata.version(name) != (version or importlib.metadata.version(name)):
        raise SystemExit(1)
PYTHON
}

# The formatter comes from npm as that is configured; no lock is kept, as it would name its host.
install_hcl() {
  local wanted="@cdktf/hcl-tools@0.21.0" folder=".tools/hcl" log
  [ "$(cat "$folder/.installed" 2>/dev/null)" = "$wanted" ] && return
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "hcl needs node and npm; its tests will be skipped" >&2
    return
  fi
  echo "installing $wanted into $folder ..." >&2
  log="$(mktemp)"
  rm -rf "$folder"
  mkdir -p "$folder"
  if npm install --prefix "$folder" --no-audit --no-fund --no-package-lock --ignore-scripts \
    --loglevel=error --fetch-retries=1 --fetch-timeout=60000 "$wanted" >"$log" 2>&1; then
    echo "$wanted" >"$folder/.installed"
  else
    tail -n 3 "$log" >&2
    rm -rf "$folder"
    echo "hcl could not be installed; its tests will be skipped" >&2
  fi
  rm -f "$log"
}

for name in "$@"; do
  if [ "$name" = hcl ]; then
    install_hcl
    continue
  fi
  wanted="$(packages "$name")" || { echo "unknown client: $name (az, sdk, hcl)" >&2; exit 2; }
  folder=".tools/$name"
  [ "$(cat "$folder/.installed" 2>/dev/null)" = "$wanted" ] && continue
  # shellcheck disable=SC2086
  if complete "$folder" $wanted && "$folder/bin/python" -m pip check >/dev/null 2>&1; then
    echo "$wanted" >"$folder/.installed"
    continue
  fi
  echo "installing $wanted into $folder ..." >&2
  log="$(mktemp)"
  # An environment that is half there is none: the stamp is written last.
  rm -rf "$folder"
  # shellcheck disable=SC2086
  if "$PYTHON" -m venv "$folder" >"$log" 2>&1 &&
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check $wanted >>"$log" 2>&1; then
    echo "$wanted" >"$folder/.installed"
  else
    tail -n 3 "$log" >&2
    echo "$name could not be installed; its tests will be skipped" >&2
  fi
  rm -f "$log"
done
