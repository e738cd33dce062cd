# shellcheck shell=bash
# DeepGEMM, by the script that comes with vLLM, so that its revision is the one vLLM was tested with.
# Needs: network, git, nvcc, uv. TOOLS: vLLM's folder of tools. CUDA: major.minor. REF: another revision,
# or empty. VENV, OWNER: "uid:gid" of what is new.
set -euo pipefail

umask 002
export VIRTUAL_ENV=$VENV PATH=$VENV/bin:$PATH UV_NO_PROGRESS=1 UV_LINK_MODE=copy
options=(--cuda-version "$CUDA")
[[ -z $REF ]] || options+=(--ref "$REF")
bash "$TOOLS/install_deepgemm.sh" "${options[@]}"
find "$VENV" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
