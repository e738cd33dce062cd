# shellcheck shell=bash
# A part of a virtual environment as a tree of its own, which is a function of these wheels and the interpreter
# alone: the same bytes, order, owner, mode and times on every machine. Parts are laid over each other.
# Needs: network, uv, the distribution's Python. PREFIX: where the environment will be. PYTHON.
# REQUIREMENTS: a part of the lock, hashes included. INTO: directory that gets the tree, PREFIX below it.
# WITH_VENV: "yes" keeps the environment's own files too. USER_ID (1000): owner, with group 0. EPOCH: the time
# of every file, in seconds since 1970. UV_CACHE_DIR: a cache mount.
set -euo pipefail

umask 002
scratch=$(mktemp -d)
printf '%s\n' "$REQUIREMENTS" >"$scratch/lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
uv venv --quiet --no-project --python "$PYTHON" "$PREFIX"
find "$PREFIX" ! -type d -print0 >"$scratch/own"

# Copies, because links into a cache mount end with the step; see wheel.sh about bytecode.
PYTHONHASHSEED=0 PYC_INVALIDATION_MODE=CHECKED_HASH uv pip install --quiet --python "$PREFIX/bin/python" \
    --require-hashes --no-deps --only-binary :all: --link-mode copy --compile-bytecode \
    --requirement "$scratch/lock"
if [[ $WITH_VENV != yes ]]; then
    xargs -0 rm -f <"$scratch/own"
fi
rm -rf "$scratch" "$PREFIX/.lock"
find "$PREFIX" -depth -type d -empty -delete

# Whoever copies the tree gets the directories above PREFIX with it, as the image has them: each copy
# would else make them anew, with the time of the build.
mkdir -p "$INTO${PREFIX%/*}"
mv "$PREFIX" "$INTO$PREFIX"
home=$INTO${PREFIX%/*}
chown -R "$USER_ID:0" "$home"
chmod -R u=rwX,g=u,o=rX "$home"
chmod 0755 "$INTO" "${home%/*}"
find "$INTO" -exec touch --no-dereference --date "@$EPOCH" {} +
