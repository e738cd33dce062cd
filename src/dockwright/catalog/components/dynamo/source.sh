# shellcheck shell=bash
# Dynamo's virtual environment out of the wheels that other stages built: WHEELS (words) are folders. What
# they need from elsewhere is in REQUIREMENTS, a lock with hashes. Nothing of ours can come from an index:
# the wheels are named by their files, and no dependency is resolved. COMPLETE: "yes" when nothing may be
# missing afterwards. PREFIX, PYTHON, USER_ID, UV_CACHE_DIR: see wheel.sh.
set -euo pipefail

umask 002
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never PYC_INVALIDATION_MODE=CHECKED_HASH
uv venv --quiet --no-project --python "$PYTHON" "$PREFIX"
uv pip install --quiet --python "$PREFIX/bin/python" --require-hashes --no-deps --only-binary :all: \
    --link-mode copy --compile-bytecode --requirement "$lock"
found=()
for folder in $WHEELS; do found+=("$folder"/*.whl); done
uv pip install --quiet --python "$PREFIX/bin/python" --no-deps --no-index --link-mode copy \
    --compile-bytecode "${found[@]}"
[[ $COMPLETE != yes ]] || uv pip check --quiet --python "$PREFIX/bin/python"
rm -f "$lock" "$PREFIX/.lock"

# Recursive, but on a tree that this same step has made: one layer, and whoever copies it keeps it.
chown -R "$USER_ID:0" "$PREFIX"
chmod -R g=u "$PREFIX"
