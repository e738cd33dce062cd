# shellcheck shell=bash
# Dynamo from the Python index: a virtual environment that holds exactly the locked wheels.
# Needs: network, uv, the distribution's Python. PREFIX (/opt/dynamo/venv). PYTHON (/usr/bin/python3.11).
# REQUIREMENTS: the text of the lock, hashes included. USER_ID (1000): owner of the tree, with group 0.
# UV_CACHE_DIR: a cache mount. uv reads index, proxy and certificate settings from the environment.
set -euo pipefail

umask 002
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"

# The interpreter is the image's own. No pip inside: uv is in the image.
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$PREFIX"

# --no-deps: the lock is complete (uv pip check proves it). Copies, because links into a cache mount end
# with the step. Bytecode is made here, since the image's user may have a read-only root file system;
# it is checked by hash: by time it would become stale, and slow, when an engine rewrites timestamps,
# and unchecked it would hide an edit of the source.
PYC_INVALIDATION_MODE=CHECKED_HASH uv pip install --quiet --python "$PREFIX/bin/python" \
    --require-hashes --no-deps --only-binary :all: --link-mode copy --compile-bytecode \
    --requirement "$lock"
uv pip check --quiet --python "$PREFIX/bin/python"
rm -f "$lock" "$PREFIX/.lock"

# Recursive, but on a tree that this same step has made: one layer, and whoever copies it keeps it.
chown -R "$USER_ID:0" "$PREFIX"
chmod -R g=u "$PREFIX"
