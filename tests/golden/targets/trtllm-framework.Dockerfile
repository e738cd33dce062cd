# trtllm-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/pytorch:25.12-py3 AS base
# … as in trtllm-base.Dockerfile

# uv: Python package installer (wheel)
FROM base AS uv
# … as in none-base.Dockerfile

# pytorch_base: what is taken from the PyTorch image
FROM nvcr.io/nvidia/pytorch:25.12-py3 AS pytorch_base
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# collect torch and its friends
export BELOW=/usr/local/lib/python3.12/dist-packages
export INTO=/pieces/python
export OWNER=1000:0
export PATHS='torch-2.10.0a0+b4e4ee81d3.nv25.12*.dist-info
torch
torchgen
functorch
torchvision-0.25.0a0+ca221243*.dist-info
torchvision
torchvision.libs
torchao-0.15.0+git01374eb5*.dist-info
torchao
torchdata-0.11.0*.dist-info
torchdata
torchtitan-0.2.0*.dist-info
torchtitan
jinja2-3.1.6*.dist-info
jinja2
sympy-1.14.0*.dist-info
sympy
flash_attn-2.7.4.post1+25.12*.dist-info
flash_attn
flash_attn_2_cuda.cpython-*-linux-gnu.so
torch_tensorrt-2.10.0a0*.dist-info
torch_tensorrt
pytorch_triton-3.5.1+gitbfeb0668.nv25.12*.dist-info'
# Copies what matches the globs PATHS (lines, relative to the directory BELOW) to INTO, links as links.
# A glob that matches nothing is an error: a consumer would miss the file much later. OWNER: "uid:gid" that
# the copies get, writable for the group (may be empty: as they were).
set -euo pipefail

cd "$BELOW"
mkdir -p "$INTO"
shopt -s nullglob
status=0
while IFS= read -r pattern; do
    # Globs are meant to expand, words are not meant to split: no path here has a blank.
    # shellcheck disable=SC2206
    found=($pattern)
    if [[ ${#found[@]} -eq 0 || ! -e ${found[0]} ]]; then
        printf 'error: nothing matches %s/%s\n' "$BELOW" "$pattern" >&2
        status=1
        continue
    fi
    cp -a --parents -- "${found[@]}" "$INTO/"
done <<<"$PATHS"
if [[ -n ${OWNER:-} ]]; then
    chown -R -h "$OWNER" "$INTO"
    find "$INTO" ! -type l -exec chmod g=u {} +
fi
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# collect the CUDA tools
export BELOW=/usr/local/cuda
export INTO=/pieces/cuda
export OWNER=''
export PATHS='bin/nvcc
bin/cudafe++
bin/ptxas
bin/fatbinary
bin/cuobjdump
bin/nvdisasm
include
nvvm
lib64/libcudart.so*
lib64/libcupti*
lib64/libcusparseLt*'
# Copies what matches the globs PATHS (lines, relative to the directory BELOW) to INTO, links as links.
# A glob that matches nothing is an error: a consumer would miss the file much later. OWNER: "uid:gid" that
# the copies get, writable for the group (may be empty: as they were).
set -euo pipefail

cd "$BELOW"
mkdir -p "$INTO"
shopt -s nullglob
status=0
while IFS= read -r pattern; do
    # Globs are meant to expand, words are not meant to split: no path here has a blank.
    # shellcheck disable=SC2206
    found=($pattern)
    if [[ ${#found[@]} -eq 0 || ! -e ${found[0]} ]]; then
        printf 'error: nothing matches %s/%s\n' "$BELOW" "$pattern" >&2
        status=1
        continue
    fi
    cp -a --parents -- "${found[@]}" "$INTO/"
done <<<"$PATHS"
if [[ -n ${OWNER:-} ]]; then
    chown -R -h "$OWNER" "$INTO"
    find "$INTO" ! -type l -exec chmod g=u {} +
fi
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# collect native libraries
export BELOW=/usr/local/lib
export INTO=/pieces/lib
export OWNER=''
export PATHS='lib*'
# Copies what matches the globs PATHS (lines, relative to the directory BELOW) to INTO, links as links.
# A glob that matches nothing is an error: a consumer would miss the file much later. OWNER: "uid:gid" that
# the copies get, writable for the group (may be empty: as they were).
set -euo pipefail

cd "$BELOW"
mkdir -p "$INTO"
shopt -s nullglob
status=0
while IFS= read -r pattern; do
    # Globs are meant to expand, words are not meant to split: no path here has a blank.
    # shellcheck disable=SC2206
    found=($pattern)
    if [[ ${#found[@]} -eq 0 || ! -e ${found[0]} ]]; then
        printf 'error: nothing matches %s/%s\n' "$BELOW" "$pattern" >&2
        status=1
        continue
    fi
    cp -a --parents -- "${found[@]}" "$INTO/"
done <<<"$PATHS"
if [[ -n ${OWNER:-} ]]; then
    chown -R -h "$OWNER" "$INTO"
    find "$INTO" ! -type l -exec chmod g=u {} +
fi
exit "$status"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# collect NUMA's library
export BELOW=/usr/lib/x86_64-linux-gnu
export INTO=/pieces/multiarch
export OWNER=''
export PATHS='libnuma.so*'
# Copies what matches the globs PATHS (lines, relative to the directory BELOW) to INTO, links as links.
# A glob that matches nothing is an error: a consumer would miss the file much later. OWNER: "uid:gid" that
# the copies get, writable for the group (may be empty: as they were).
set -euo pipefail

cd "$BELOW"
mkdir -p "$INTO"
shopt -s nullglob
status=0
while IFS= read -r pattern; do
    # Globs are meant to expand, words are not meant to split: no path here has a blank.
    # shellcheck disable=SC2206
    found=($pattern)
    if [[ ${#found[@]} -eq 0 || ! -e ${found[0]} ]]; then
        printf 'error: nothing matches %s/%s\n' "$BELOW" "$pattern" >&2
        status=1
        continue
    fi
    cp -a --parents -- "${found[@]}" "$INTO/"
done <<<"$PATHS"
if [[ -n ${OWNER:-} ]]; then
    chown -R -h "$OWNER" "$INTO"
    find "$INTO" ! -type l -exec chmod g=u {} +
fi
exit "$status"
EOF

# trtllm_wheel_image: the release image that the wheel is taken from
FROM nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc1 AS trtllm_wheel_image

# framework: TensorRT-LLM and TensorRT in a virtual environment
FROM base AS framework
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the installers need
export PACKAGES='ca-certificates curl git git-lfs python3-pip python3.12-dev'
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# Installs PACKAGES (words) and leaves no package lists, caches or logs behind.
# With it, the bytecode of Python's packages is checked by hash, not by time: engines may rewrite times.
export DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH=315532800
apt-get -o Acquire::Retries=3 update
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends $PACKAGES
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log \
    /var/cache/ldconfig/aux-cache
EOF
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
ENV CUDA_HOME="/usr/local/cuda" \
    VIRTUAL_ENV="/opt/dynamo/venv" \
    PATH="/opt/dynamo/venv/bin:/usr/local/cuda/bin:${PATH}"
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# no foreign constraints and archives
export CONSTRAINTS=/etc/pip/constraint.txt
# Takes away what the PyTorch image says about versions (the file CONSTRAINTS is emptied) and its archives
# of CUDA packages, whose keys contradict those that are added later.
set -euo pipefail

if [[ -e $CONSTRAINTS ]]; then
    : >"$CONSTRAINTS"
fi
rm -f /etc/apt/sources.list.d/cuda*.list /etc/apt/sources.list.d/cuda*.sources \
    /usr/share/keyrings/cuda-archive-keyring.gpg /etc/apt/trusted.gpg.d/cuda*.gpg
EOF
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# the virtual environment
export OWNER=1000:0
export PYTHON=/usr/bin/python3.12
export REQUIREMENTS=''
export UV_CACHE_DIR=/root/.cache/uv
export VENV=/opt/dynamo/venv
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
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
EOF
COPY --link --from=pytorch_base /pieces/python /opt/dynamo/venv/lib/python3.12/site-packages
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# FlashInfer and cuda-python
export BACKEND=''
export INDEXES=''
export OWNER=1000:0
export REQUIREMENTS='flashinfer-python==0.6.1
cuda-python==13.0.2'
export UV_CACHE_DIR=/root/.cache/uv
export VENV=/opt/dynamo/venv
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# compile_since MARKER PYTHON PREFIX: the bytecode of what came below PREFIX since the file MARKER was written.
# Of nothing else: uv's own option makes that of a whole environment anew, a second copy of it in this layer.
# See wheel.sh about the kind of bytecode.
compile_since() {
    find "$3" -newercm "$1" -name '*.py' >"$1.modules"
    MODULES=$1.modules "$2" - <<'PROGRAM'
import multiprocessing, os, py_compile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

def compiled(module):
    try:
        mode = py_compile.PycInvalidationMode.CHECKED_HASH
        py_compile.compile(module, doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError:
        return False  # packages bring templates and code for other versions of Python along
    return True

modules = Path(os.environ["MODULES"]).read_text().splitlines()
fork = multiprocessing.get_context("fork")  # others cannot import a program without a file
with ProcessPoolExecutor(len(os.sched_getaffinity(0)), fork) as pool:
    done = list(pool.map(compiled, modules, chunksize=16))
print(f"bytecode of {sum(done)} modules; {done.count(False)} are no Python of this version")
PROGRAM
    rm "$1.modules"
}
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
EOF
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=bind,from=trtllm_wheel_image,source=/app/tensorrt_llm,target=/wheel-image \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# the TensorRT-LLM wheel
export FOLDER=/wheel-image
export INDEX=''
export MACHINE=x86_64
export OWNER=1000:0
export PYTHON_TAG=cp312
export REQUIREMENT=tensorrt-llm==1.3.0rc1
export TORCH_INDEX=https://download.pytorch.org/whl/cu130
export TRITON=triton==3.5.1
export UV_CACHE_DIR=/root/.cache/uv
export VENV=/opt/dynamo/venv
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
# TensorRT-LLM's wheel into the venv VENV, together with TRITON (the wheel lists it for x86_64 only).
# FOLDER: a directory with the wheel, at its top or below; empty to take REQUIREMENT (a URL or a requirement
# that INDEX answers). Needs: network, uv. PYTHON_TAG, MACHINE: what the wheel must fit.
# TORCH_INDEX: builds of torch. OWNER: "uid:gid" of what is new.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
options=(--python "$VENV/bin/python" --link-mode copy --index-strategy unsafe-best-match
    --extra-index-url "$TORCH_INDEX")
[[ -z $INDEX ]] || options+=(--extra-index-url "$INDEX")
wheel=$REQUIREMENT
if [[ -n $FOLDER ]]; then
    mapfile -t found < <(find "$FOLDER" -maxdepth 2 -name 'tensorrt_llm-*.whl' \
        \( -name "*-$PYTHON_TAG-*" -o -name '*-py3-*' \) \( -name "*_$MACHINE.whl" -o -name '*-any.whl' \))
    if [[ ${#found[@]} -ne 1 ]]; then
        printf 'error: one wheel of tensorrt_llm for %s on %s was expected, there are %s: %s\n' \
            "$PYTHON_TAG" "$MACHINE" "${#found[@]}" "${found[*]:-none}" >&2
        exit 1
    fi
    wheel=${found[0]}
fi
uv pip install "${options[@]}" "$wheel" "$TRITON"
find "$VENV" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$VENV" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
EOF
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# TensorRT, by the installer inside the wheel
export OWNER=1000:0
export SITE=/opt/dynamo/venv/lib/python3.12/site-packages
export TENSORRT=/usr/local/tensorrt
export UV_CACHE_DIR=/root/.cache/uv
export VENV=/opt/dynamo/venv
# Offers the host's CA bundle and proxy settings to this step only. Both mounts are always declared
# and optional, so that having them or not changes no cache key; neither stays in the image.
if [ -s /run/dockwright/ca.crt ]; then
    export SSL_CERT_FILE=/run/dockwright/ca.crt
    export CURL_CA_BUNDLE=$SSL_CERT_FILE GIT_SSL_CAINFO=$SSL_CERT_FILE PIP_CERT=$SSL_CERT_FILE
    export REQUESTS_CA_BUNDLE=$SSL_CERT_FILE CARGO_HTTP_CAINFO=$SSL_CERT_FILE
fi
if [ -s /run/dockwright/network.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/network.sh
fi
# libcurl has a bundle of its own in dnf, so SSL_CERT_FILE has to be said again.
# Not every script has packages of dnf, or asks for an address of its own.
# shellcheck disable=SC2329
dnf() {
    command dnf --setopt=retries=3 ${SSL_CERT_FILE:+--setopt="sslcacert=$SSL_CERT_FILE"} "$@"
}
# mirrored URL: where it is fetched from. The mirrors of whoever builds are words FROM=TO, longest first.
# shellcheck disable=SC2329
mirrored() {
    local mirror
    for mirror in ${DOCKWRIGHT_MIRRORS:-}; do
        if [[ $1 == "${mirror%%=*}"* ]]; then
            printf '%s\n' "${mirror#*=}${1#"${mirror%%=*}"}"
            return
        fi
    done
    printf '%s\n' "$1"
}
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
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# collect OpenMP's library
export BELOW=/usr/lib/x86_64-linux-gnu
export INTO=/collected/multiarch
export OWNER=''
export PATHS='libgomp.so*'
# Copies what matches the globs PATHS (lines, relative to the directory BELOW) to INTO, links as links.
# A glob that matches nothing is an error: a consumer would miss the file much later. OWNER: "uid:gid" that
# the copies get, writable for the group (may be empty: as they were).
set -euo pipefail

cd "$BELOW"
mkdir -p "$INTO"
shopt -s nullglob
status=0
while IFS= read -r pattern; do
    # Globs are meant to expand, words are not meant to split: no path here has a blank.
    # shellcheck disable=SC2206
    found=($pattern)
    if [[ ${#found[@]} -eq 0 || ! -e ${found[0]} ]]; then
        printf 'error: nothing matches %s/%s\n' "$BELOW" "$pattern" >&2
        status=1
        continue
    fi
    cp -a --parents -- "${found[@]}" "$INTO/"
done <<<"$PATHS"
if [[ -n ${OWNER:-} ]]; then
    chown -R -h "$OWNER" "$INTO"
    find "$INTO" ! -type l -exec chmod g=u {} +
fi
exit "$status"
EOF
