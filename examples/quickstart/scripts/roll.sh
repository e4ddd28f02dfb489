#!/bin/sh
# roll.sh ENV IMAGE - stands for a real roll-out.
set -eu
echo "rolling out $2 to $1"
echo "url=https://$1.example/" >> "$BOTOPS_OUTPUT"
