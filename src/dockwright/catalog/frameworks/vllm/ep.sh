# shellcheck shell=bash
# The expert-parallel kernels (PPLX, DeepEP) with NVSHMEM, by the script that comes with vLLM.
# Needs: network, git, curl, nvcc, uv. TOOLS: vLLM's folder of tools. TORCH_CUDA_ARCH_LIST, PPLX_COMMIT_HASH
# and DEEPEP_COMMIT_HASH are read by the script. VENV, OWNER: "uid:gid" of what is new.
set -euo pipefail

umask 002
export VIRTUAL_ENV=$VENV PATH=$VENV/bin:$PATH UV_NO_PROGRESS=1 UV_LINK_MODE=copy
workspace=$TOOLS/ep_kernels/ep_kernels_workspace
cd "$TOOLS/ep_kernels"
bash install_python_libraries.sh --workspace "$workspace"

# Newer scripts unpack NVSHMEM, older ones install it; the loader path of the image knows one name.
[[ -e $workspace/nvshmem_install ]] || ln -s nvshmem "$workspace/nvshmem_install"
[[ -d $workspace/nvshmem_install/lib ]]
# The clones have done their work.
find "$workspace" -mindepth 1 -maxdepth 1 ! -name 'nvshmem*' -exec rm -rf {} +
find "$VENV" "$TOOLS" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" "$TOOLS" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
