# vllm-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/cuda-dl-base:25.06-cuda12.9-devel-ubuntu24.04 AS base
# … as in vllm-base.Dockerfile

# sccache: compiler cache, for the steps that compile (wheel)
FROM base AS sccache
# … as in none-wheel_builder.Dockerfile

# uv: Python package installer (wheel)
FROM base AS uv
# … as in none-base.Dockerfile

# framework: vLLM v0.14.1 and its kernels
FROM base AS framework
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what vLLM's kernels are built with
export PACKAGES='build-essential cmake curl git ibverbs-providers ibverbs-utils libibumad-dev libibverbs-dev libnuma-dev librdmacm-dev python3.12-dev rdma-core'
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
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# libmlx5.so by its plain name
export LINKS='/usr/lib/x86_64-linux-gnu/libmlx5.so libmlx5.so.1'
# Makes the LINKS (lines "path target"), where the target must exist and the path must be free or a link.
# Libraries are asked for by names that packages without development files do not have.
set -euo pipefail

while read -r path target; do
    directory=${path%/*}
    if [[ ! -e $directory/$target && ! -e $target ]]; then
        printf 'error: %s would lead nowhere: no %s\n' "$path" "$target" >&2
        exit 1
    fi
    if [[ -e $path && ! -L $path ]]; then
        continue
    fi
    ln -sfn "$target" "$path"
done <<<"$LINKS"
EOF
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --from=source-vllm-b9a0399d46cf11fa /tree /opt/vllm
ENV CUDA_HOME="/usr/local/cuda" \
    VIRTUAL_ENV="/opt/dynamo/venv" \
    PATH="/opt/dynamo/venv/bin:/usr/local/cuda/bin:${PATH}"
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# the virtual environment
export OWNER=1000:0
export PYTHON=/usr/bin/python3.12
export REQUIREMENTS='pip
cuda-python'
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
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# LMCache
export BACKEND=cu129
export INDEXES=''
export OWNER=1000:0
export REQUIREMENTS=lmcache==0.3.12
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
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# vLLM v0.14.1
export BACKEND=cu129
export INDEXES=''
export OWNER=1000:0
export REQUIREMENTS='vllm[flashinfer,runai]==0.14.1'
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
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# FlashInfer 0.5.3: compiled kernels
export BACKEND=''
export INDEXES=''
export OWNER=1000:0
export REQUIREMENTS=flashinfer-cubin==0.5.3
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
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# FlashInfer 0.5.3: kernels for CUDA 12.9
export BACKEND=''
export INDEXES=https://flashinfer.ai/whl/cu129
export OWNER=1000:0
export REQUIREMENTS=flashinfer-jit-cache==0.5.3
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
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --mount=type=bind,from=sccache,source=/opt/sccache,target=/run/dockwright/sccache \
    --mount=type=cache,id=dockwright-sccache,target=/var/cache/dockwright-sccache,sharing=shared \
    --mount=type=secret,id=dockwright-cache,target=/run/dockwright/cache.sh,mode=0444,required=false \
    --mount=type=secret,id=aws-key-id,target=/run/dockwright/cache/aws-key-id,mode=0444,required=false \
    --mount=type=secret,id=aws-secret-id,target=/run/dockwright/cache/aws-secret-id,mode=0444,required=false \
    --mount=type=secret,id=aws-session-token,target=/run/dockwright/cache/aws-session-token,mode=0444,required=false \
    --mount=type=secret,id=aws-role-arn,target=/run/dockwright/cache/aws-role-arn,mode=0444,required=false \
    --mount=type=secret,id=aws-web-identity-token,target=/run/dockwright/cache/aws-web-identity-token,mode=0444,required=false \
    --mount=type=secret,id=aws-profile,target=/run/dockwright/cache/aws-profile,mode=0444,required=false \
    --mount=type=secret,id=sccache-redis-password,target=/run/dockwright/cache/sccache-redis-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-password,target=/run/dockwright/cache/sccache-webdav-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-token,target=/run/dockwright/cache/sccache-webdav-token,mode=0444,required=false \
    --mount=type=secret,id=actions-runtime-token,target=/run/dockwright/cache/actions-runtime-token,mode=0444,required=false \
    --mount=type=secret,id=sccache-dist-token,target=/run/dockwright/cache/sccache-dist-token,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# DeepGEMM
export CUDA=12.9
export OWNER=1000:0
export REF=''
export TOOLS=/opt/vllm/tools
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
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
# sha256 0dbd95afc520d4ec
export BUILD_KIND='setuptools'
. /run/dockwright/sccache/cache.sh
script=$(cat <<'SCRIPT'
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
SCRIPT
)
status=0
online "$script" || status=$?
cache_end
exit "$status"
EOF
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --mount=type=bind,from=sccache,source=/opt/sccache,target=/run/dockwright/sccache \
    --mount=type=cache,id=dockwright-sccache,target=/var/cache/dockwright-sccache,sharing=shared \
    --mount=type=secret,id=dockwright-cache,target=/run/dockwright/cache.sh,mode=0444,required=false \
    --mount=type=secret,id=aws-key-id,target=/run/dockwright/cache/aws-key-id,mode=0444,required=false \
    --mount=type=secret,id=aws-secret-id,target=/run/dockwright/cache/aws-secret-id,mode=0444,required=false \
    --mount=type=secret,id=aws-session-token,target=/run/dockwright/cache/aws-session-token,mode=0444,required=false \
    --mount=type=secret,id=aws-role-arn,target=/run/dockwright/cache/aws-role-arn,mode=0444,required=false \
    --mount=type=secret,id=aws-web-identity-token,target=/run/dockwright/cache/aws-web-identity-token,mode=0444,required=false \
    --mount=type=secret,id=aws-profile,target=/run/dockwright/cache/aws-profile,mode=0444,required=false \
    --mount=type=secret,id=sccache-redis-password,target=/run/dockwright/cache/sccache-redis-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-password,target=/run/dockwright/cache/sccache-webdav-password,mode=0444,required=false \
    --mount=type=secret,id=sccache-webdav-token,target=/run/dockwright/cache/sccache-webdav-token,mode=0444,required=false \
    --mount=type=secret,id=actions-runtime-token,target=/run/dockwright/cache/actions-runtime-token,mode=0444,required=false \
    --mount=type=secret,id=sccache-dist-token,target=/run/dockwright/cache/sccache-dist-token,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# expert-parallel kernels
export DEEPEP_COMMIT_HASH=73b6ea4
export OWNER=1000:0
export PPLX_COMMIT_HASH=12cecfd
export TOOLS=/opt/vllm/tools
export TORCH_CUDA_ARCH_LIST='9.0;10.0'
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
# How many compilers this step runs at once: min(cores, available memory / 2 GiB), read here and now so
# that it is in no cache key. The optional mount sets other numbers (COMPILE_JOBS, CARGO_BUILD_JOBS, MAX_JOBS).
JOBS=
if [ -s /run/dockwright/jobs.sh ]; then
    # shellcheck disable=SC1091
    . /run/dockwright/jobs.sh
fi
if [ -z "$JOBS" ]; then
    cores=$(nproc)
    kilobytes=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
    # A container's limit is not in /proc/meminfo.
    if [ -r /sys/fs/cgroup/memory.max ] && [ "$(cat /sys/fs/cgroup/memory.max)" != max ]; then
        limit=$(($(cat /sys/fs/cgroup/memory.max) / 1024))
        kilobytes=$((limit < kilobytes ? limit : kilobytes))
    fi
    JOBS=$((kilobytes / (2 * 1024 * 1024)))
    JOBS=$((JOBS > cores ? cores : JOBS < 1 ? 1 : JOBS))
fi
export JOBS MAKEFLAGS="-j$JOBS" CMAKE_BUILD_PARALLEL_LEVEL="$JOBS"
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-$JOBS}" MAX_JOBS="${MAX_JOBS:-$JOBS}"
# sha256 0dbd95afc520d4ec
export BUILD_KIND='setuptools'
. /run/dockwright/sccache/cache.sh
script=$(cat <<'SCRIPT'
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
SCRIPT
)
status=0
online "$script" || status=$?
cache_end
exit "$status"
EOF
