# shellcheck shell=bash
# Installs REQUIREMENTS (lines) into the virtual environment VENV.
# Needs: network, uv. BACKEND: which builds of torch the resolver takes (may be empty).
# INDEXES: further indexes (words, may be empty). OWNER: "uid:gid" of what is new.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_GIT_LFS=1 UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
options=(--python "$VENV/bin/python" --link-mode copy --compile-bytecode)
[[ -z ${BACKEND:-} ]] || options+=(--torch-backend "$BACKEND")
for index in ${INDEXES:-}; do
    options+=(--extra-index-url "$index" --index-strategy unsafe-best-match)
done
wanted=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$wanted"
PYC_INVALIDATION_MODE=CHECKED_HASH uv pip install "${options[@]}" --requirement "$wanted"
rm -f "$wanted"
find "$VENV" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
