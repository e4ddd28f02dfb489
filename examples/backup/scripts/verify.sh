#!/bin/sh
# verify.sh FILE - a backup that cannot be read is none.
set -eu
[ -s "$1" ] || { echo "$1 is empty, or not there" >&2; exit 1; }
result=$(sqlite3 "$1" 'PRAGMA integrity_check')
if [ "$result" != ok ]; then
    echo "$result" >&2
    exit 1
fi
echo "tables=$(sqlite3 "$1" "SELECT count(*) FROM sqlite_master WHERE type = 'table'")" >> "$BOTOPS_OUTPUT"
