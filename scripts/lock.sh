#!/bin/sh
# Resolves the lock files from pyproject.toml: what running needs, what developing needs, what benchmarks need;
# and what the published tracking clients need, which tests drive in environments of their own. Usage: lock.sh UV
set -eu
uv="$1"
resolve() { "$uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header "$@"; }
compile() {
    out="requirements/$1.lock"; shift
    printf "hatchling\neditables\n" | resolve "$@" pyproject.toml - -o "$out"
}
compile run --extra demo --extra dataframes
compile dev --extra demo --extra dataframes --extra postgres --extra spark --extra matching --extra dev -c requirements/run.lock
compile bench --extra demo --extra dataframes --extra postgres --extra spark --extra matching --extra dev --extra bench -c requirements/dev.lock
resolve requirements/clients.in -o requirements/clients.lock
resolve requirements/clients-old.in -o requirements/clients-old.lock
