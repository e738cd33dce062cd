# shellcheck shell=bash
# Reinstalls PINS (lines name==version) into the system's Python, without their dependencies: what was
# installed before has other wishes, which DeepEP and cuDNN do not survive. Needs: network, uv. PYTHON.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
mapfile -t wanted <<<"$PINS"
uv pip install --python "$PYTHON" --system --break-system-packages --link-mode copy \
    --no-deps --reinstall "${wanted[@]}"
