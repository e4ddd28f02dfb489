#!/bin/sh
# backup.sh - a consistent copy while the database is in use; then only the newest seven are kept.
set -eu
. ./scripts/where.sh
[ -s "$database" ] || { echo "there is no database $database" >&2; exit 1; }
mkdir -p "$folder"
file=$folder/$(date -u +%Y%m%dT%H%M%S%3NZ).db
sqlite3 "$database" ".backup '$file.part'"
mv "$file.part" "$file"
ls -1 "$folder"/*.db | sort -r | tail -n +8 | while read -r old; do rm -- "$old"; done
{
    echo "file=$file"
    echo "size=$(stat -c %s "$file")"
} >> "$BOTOPS_OUTPUT"
