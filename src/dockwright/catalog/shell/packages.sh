# shellcheck shell=bash
# Installs REQUIREMENTS (lines) into the virtual environment VENV.
# Needs: network, uv, bytecode.sh. BACKEND: which builds of torch the resolver takes (may be empty).
# INDEXES: further indexes (words, may be empty). OWNER: "uid:gid" of what is new.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_GIT_LFS=1 UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
options=(--python "$VENV/bin/python" --link-mode copy)
[[ -z ${BACKEND:-} ]] || options+=(--torch-backend "$BACKEND")
for index in ${INDEXES:-}; do
    options+=(--extra-index-url "$(mirrored "$index")" --index-strategy unsafe-best-match)
done
wanted=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$wanted"
uv pip install "${options[@]}" --requirement "$wanted"
compile_since "$wanted" "$VENV/bin/python" "$VENV"
rm -f "$wanted"
find "$VENV" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
