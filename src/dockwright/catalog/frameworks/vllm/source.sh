# shellcheck shell=bash
# vLLM compiled from the tree SOURCE, for a fork or a commit that no index has a wheel of.
# Needs: network, uv, nvcc, cmake, bytecode.sh. VENV. BACKEND: the builds of torch. VERSION: what the package is called,
# since the tree has no history. EXTRAS: "[a,b]". OWNER: "uid:gid" of what is new.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
export SETUPTOOLS_SCM_PRETEND_VERSION="$VERSION"
marker=$(mktemp)
uv pip install --python "$VENV/bin/python" --link-mode copy --torch-backend "$BACKEND" "$SOURCE$EXTRAS"
compile_since "$marker" "$VENV/bin/python" "$VENV"
rm -rf "$marker" "$SOURCE/build"
find "$VENV" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
