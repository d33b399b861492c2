#!/bin/sh
# Installs Debian packages for commands that are missing, and prints what it runs. Usage: need.sh COMMAND=PACKAGE[,PACKAGE] ...
set -eu
missing=""
for pair in "$@"; do
    command="${pair%%=*}"
    packages=$(printf %s "${pair#*=}" | tr ',' ' ')
    case "$command" in
        /*) found=$(ls -d $command 2>/dev/null | head -n 1 || true) ;;
        *) found=$(command -v "$command" || true) ;;
    esac
    [ -n "$found" ] || missing="$missing $packages"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo"; fi
echo "+ $as_root apt-get install -y --no-install-recommends$missing"
$as_root apt-get update -q
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends $missing
