#!/usr/bin/env bash
# Installs system packages that some tests want, where there are rights for it:
#   kubectl   Debian's kubernetes-client, unless a kubectl is there
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
    chromium)
      command -v chromium >/dev/null && command -v pdftotext >/dev/null && continue
      [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
        echo "no rights to install chromium; its tests will be skipped" >&2
        continue
      }
      apt-get update -qq && apt-get install -y -qq chromium poppler-utils >/dev/null ||
        echo "chromium could not be installed; its tests will be skipped" >&2
      ;;
  esac
done
