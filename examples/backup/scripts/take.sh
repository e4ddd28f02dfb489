#!/bin/sh
# take.sh NAME - copies that backup into the work folder, as wanted.db.
set -eu
. ./scripts/where.sh
cp -- "$folder/$1" wanted.db
