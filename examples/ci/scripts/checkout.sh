#!/bin/sh
# checkout.sh REPOSITORY REF - puts that commit, without history, into the folder `source`. Nothing that a
# repository brings along (hooks, symbolic links, submodules) is let act.
set -eu
git -c init.defaultBranch=main init -q source
cd source
git remote add origin -- "$1"
git -c core.hooksPath=/dev/null -c core.symlinks=false fetch -q --depth 1 origin "$2"
git -c core.hooksPath=/dev/null -c core.symlinks=false checkout -q --detach FETCH_HEAD
echo "commit=$(git rev-parse --short HEAD)" >> "$BOTOPS_OUTPUT"
