# shellcheck shell=bash
# Runs the TensorRT installer that lies inside the installed package, with pip's work done by uv. It fills
# the directory TENSORRT. Needs: network, uv, curl. VENV, SITE: its packages. OWNER: "uid:gid" of what is new.
set -euo pipefail

umask 002
export VIRTUAL_ENV=$VENV PATH=$VENV/bin:$PATH UV_NO_PROGRESS=1 UV_LINK_MODE=copy
mapfile -t found < <(find "$SITE/tensorrt_llm" -name install_tensorrt.sh)
if [[ ${#found[@]} -ne 1 ]]; then
    printf 'error: install_tensorrt.sh was expected once in tensorrt_llm, it is there %s times\n' \
        "${#found[@]}" >&2
    exit 1
fi
installer=$(mktemp)
# The venv has no pip, and a pip of the system would install elsewhere.
sed -E 's/(^|[;&|[:space:]])(python3? -m )?pip3? (un)?install/\1uv pip \3install/g' "${found[0]}" >"$installer"
bash "$installer"
rm -f "$installer"
[[ -n $(ls -A -- "$TENSORRT") ]]
find "$VENV" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
