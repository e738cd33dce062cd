# shellcheck shell=bash
# A venv VENV that sees the packages of PYTHON, the system's interpreter: its stack stays where it is.
# Needs: uv. OWNER: "uid:gid" of the tree.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --system-site-packages --python "$PYTHON" "$VENV"
find "$VENV" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
