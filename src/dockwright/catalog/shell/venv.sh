# shellcheck shell=bash
# Makes the virtual environment VENV for the interpreter PYTHON, and installs REQUIREMENTS (lines).
# Needs: network, uv. OWNER: "uid:gid" of the tree.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$VENV"
if [[ -n $REQUIREMENTS ]]; then
    wanted=$(mktemp)
    printf '%s\n' "$REQUIREMENTS" >"$wanted"
    uv pip install --python "$VENV/bin/python" --link-mode copy --requirement "$wanted"
    rm -f "$wanted"
fi
find "$VENV" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
