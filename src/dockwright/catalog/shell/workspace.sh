# shellcheck shell=bash
# Moves the tree FROM to TO, for OWNER ("uid:gid") and writable for the group. Recursive, but on files that
# belong to this step alone: whoever copies the tree keeps owner and mode.
set -euo pipefail

mkdir -p "$TO"
cp -a "$FROM/." "$TO/"
rm -rf "$FROM"
chown -R "$OWNER" "$TO"
chmod -R u=rwX,g=u,o=rX "$TO"
