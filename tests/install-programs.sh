#!/bin/sh
# Installs the browser and the spreadsheet program that the slow tests drive, on Debian and Ubuntu as root.
# Elsewhere, or offline, it says what is missing; those tests are then skipped, or fail where CI=true.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-calc"
command -v pdftoppm >/dev/null 2>&1 || missing="$missing poppler-utils"
[ -z "$missing" ] && exit 0
# shellcheck disable=SC2086 # one word a package
install() {
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1 || ! install; then
  echo "not installed:$missing - tests that need them are skipped (Debian, Ubuntu: apt-get install$missing)"
fi
