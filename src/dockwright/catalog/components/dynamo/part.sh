# shellcheck shell=bash
# A part of a virtual environment: some of a lock's wheels where they belong below PREFIX. Several parts are
# laid over each other; the venv's own few files are the same in all of them.
# Needs: network, uv, the distribution's Python. PYTHON. REQUIREMENTS: a part of the lock, hashes included.
# USER_ID (1000): owner of the tree, with group 0. UV_CACHE_DIR: a cache mount.
set -euo pipefail

umask 002
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
uv venv --quiet --no-project --python "$PYTHON" "$PREFIX"

# Copies, because links into a cache mount end with the step; see wheel.sh about bytecode.
PYC_INVALIDATION_MODE=CHECKED_HASH uv pip install --quiet --python "$PREFIX/bin/python" \
    --require-hashes --no-deps --only-binary :all: --link-mode copy --compile-bytecode \
    --requirement "$lock"
rm -f "$lock" "$PREFIX/.lock"
chown -R "$USER_ID:0" "$PREFIX"
chmod -R g=u "$PREFIX"
