#!/bin/sh
# status.sh SERVICE - sets state and since.
set -eu
{
    echo "state=$(systemctl show -p ActiveState --value -- "$1")"
    echo "since=$(systemctl show -p ActiveEnterTimestamp --value -- "$1")"
} >> "$BOTOPS_OUTPUT"
