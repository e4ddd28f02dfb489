# shellcheck shell=sh
# common.sh - for the programs beside it, which speak TAP: where things are, and a folder of their own.
# BIN is a build with its crash points compiled in (make TESTING=1).
cd "$(dirname "$0")/../.." || exit 1
bin=${BIN:-build/testing}
case $bin in /*) ;; *) bin=$PWD/$bin ;; esac
tools=$bin/tests/chaos
server=${BOTOPS:-$bin/botops}
export BOTOPS_SHIM="${BOTOPS_SHIM:-$bin/botops-shim}"
seed=${SEED:-$(($(date +%s) % 1000000))}
for program in "$server" "$BOTOPS_SHIM" "$tools/storm" "$tools/checker" "$tools/pour"; do
    [ -x "$program" ] || {
        echo "Bail out! $program is not built: make TESTING=1"
        exit 1
    }
done
dir=$(mktemp -d "${TMPDIR:-/tmp}/storm.XXXXXX") || exit 1

# Kept when something failed, so that it can be looked at.
finish() {
    status=$?
    for d in "$dir"/*/; do [ -d "$d" ] && "$tools/storm" sweep "$d"; done
    if [ $status = 0 ]; then rm -rf "$dir"; else echo "# kept: $dir, seed $seed"; fi
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

# storm NAME ARGUMENT... - in a folder of that name
storm() {
    name=$1
    shift
    mkdir "$dir/$name" || exit 1
    "$tools/storm" "$server" "$tools/pour" "$dir/$name" "$seed" "$@"
}
