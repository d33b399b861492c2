#!/bin/sh
# in_memory.sh COMMAND ...: runs a command whose temporary files stay in memory where there is room for them, so that nothing waits for a disk.
set -eu
ROOM=6000000 MEMORY=12000000 # kB
room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
memory=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo 2>/dev/null || echo 0)
if [ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || [ "${room:-0}" -lt "$ROOM" ] || [ "${memory:-0}" -lt "$MEMORY" ]; then
    exec "$@"
fi
TMPDIR=$(mktemp -d /dev/shm/touchpath.XXXXXX)
export TMPDIR
chmod 755 "$TMPDIR" # PostgreSQL runs as somebody else
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM
"$@"
