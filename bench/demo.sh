#!/bin/sh
# Makes the bundled demo a git repository of its own, so that there is something to convert.
set -eu
target=$1
rm -rf "$target"
mkdir -p "$target"
cp -R fixtures/standard-to-autopilot/before/. "$target"
cp fixtures/standard-to-autopilot/transformer.yaml "$target"
git -C "$target" init -q -b main
git -C "$target" add -A
git -C "$target" -c user.name=demo -c user.email=demo@localhost -c commit.gpgsign=false commit -q -m "The manifests as they run on GKE Standard"
