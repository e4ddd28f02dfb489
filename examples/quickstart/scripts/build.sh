#!/bin/sh
# Stands for a real build: prints what a build prints, and sets the output `image`.
set -eu
echo "building $SERVICE $VERSION"
echo "image=registry.example/$SERVICE:$VERSION" >> "$BOTOPS_OUTPUT"
