#!/bin/sh
# build.sh - builds and tests what stands in this folder, by what it finds.
set -eu
if [ -f Makefile ]; then
    make
    summary="make passed, there are no tests"
    if make -n test >/dev/null 2>&1; then
        make test
        summary="make and make test passed"
    fi
elif [ -f package.json ]; then
    npm ci
    npm test
    summary="npm test passed"
else
    echo "there is no Makefile and no package.json here" >&2
    exit 1
fi
echo "summary=$summary" >> "$BOTOPS_OUTPUT"
