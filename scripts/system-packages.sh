#!/usr/bin/env bash
# Installs system packages that some tests want, where there are rights for it:
#   kubectl   Debian's kubernetes-client, unless a kubectl is there
#   registry  Debian's docker-registry
#   chromium  Debian's chromium and poppler-utils, unless a Chromium and pdftotext are there
# Without rights the tests that need it are skipped with the reason.
set -euo pipefail
for name in "$@"; do
  case "$name" in
    kubectl)
      command -v kubectl >/dev/null && continue
      [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
        echo "no rights to install kubernetes-client; its tests will be skipped" >&2
        continue
      }
      apt-get update -qq && apt-get install -y -qq kubernetes-client >/dev/null ||
        echo "kubernetes-client could not be installed; its tests will be skipped" >&2
      ;;
    registry)
      command -v docker-registry >/dev/null && continue
      [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
        echo "no rights to install docker-registry; its tests will be skipped" >&2
        continue
      }
      # The package would start a service on every address; its tests start their own.
      policy=/usr/sbin/policy-rc.d
      [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && ours=1; }
      apt-get update -qq && apt-get install -y -qq docker-registry >/dev/null ||
        echo "docker-registry could not be installed; its tests will be skipped" >&2
      [ -z "${ours:-}" ] || rm -f "$policy"
      ;;
    chromium)
      command -v chromium >/dev/null && command -v pdftotext >/dev/null && continue
      [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
        echo "no rights to install chromium; its tests will be skipped" >&2
        continue
      }
      apt-get update -qq &&
        apt-get install -y -qq --no-install-recommends chromium poppler-utils >/dev/null ||
        echo "chromium could not be installed; its tests will be skipped" >&2
      ;;
  esac
done
