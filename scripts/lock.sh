#!/bin/sh
# Resolves the lock files from pyproject.toml: what running needs, what developing needs, what benchmarks need. Usage: lock.sh UV
set -eu
uv="$1"
compile() {
    out="requirements/$1.lock"; shift
    printf "hatchling\neditables\n" | "$uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
        --no-header "$@" pyproject.toml - -o "$out"
}
compile run --extra demo --extra dataframes
compile dev --extra demo --extra dataframes --extra postgres --extra spark --extra dev -c requirements/run.lock
compile bench --extra demo --extra dataframes --extra postgres --extra spark --extra dev --extra bench -c requirements/dev.lock
