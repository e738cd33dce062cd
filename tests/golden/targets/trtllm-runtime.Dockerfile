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
RUN --mount=type=bind,from=framework,source=/opt/dynamo/venv,target=/stack \
    --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# the virtual environment without its largest packages
export SOURCE=/stack
export TARGET=/rest
export WITHOUT='lib/python3.12/site-packages/tensorrt_llm
lib/python3.12/site-packages/torch
lib/python3.12/site-packages/triton
lib/python3.12/site-packages/flash_attn'
# Copies the tree SOURCE to TARGET without the paths WITHOUT (lines, relative to SOURCE).
set -euo pipefail

mkdir -p "$TARGET"
excluded=$(mktemp)
while IFS= read -r path; do
    if [[ ! -e $SOURCE/$path ]]; then
        printf 'error: %s is not in %s, so it cannot be a layer of its own\n' "$path" "$SOURCE" >&2
        exit 1
    fi
    printf './%s\n' "$path"
done <<<"$WITHOUT" >"$excluded"
tar --create --directory "$SOURCE" --exclude-from "$excluded" --anchored --no-wildcards . |
    tar --extract --directory "$TARGET" --preserve-permissions --same-owner
rm -f "$excluded"
EOF

# workspace: trees of Dynamo's sources, writable for group 0
FROM base AS workspace
# … as in none-frontend.Dockerfile

# runtime: the image
FROM nvcr.io/nvidia/cuda-dl-base:25.12-cuda13.1-runtime-ubuntu24.04 AS runtime
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# the archive of CUDA packages
export REPOSITORY=https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64
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
# Adds REPOSITORY, NVIDIA's archive of CUDA packages, to apt, with its own key.
# Needs: network, apt.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get -o Acquire::Retries=3 update
apt-get -o Acquire::Retries=3 install --yes --no-install-recommends ca-certificates curl gnupg
rm -f /etc/apt/sources.list.d/cuda*.list /etc/apt/sources.list.d/cuda*.sources
keyring=/usr/share/keyrings/cuda-archive-keyring.gpg
curl --fail --silent --show-error --location --retry 3 --max-time 300 \
    "$REPOSITORY/3bf863cc.pub" | gpg --dearmor --yes --output "$keyring"
printf 'deb [signed-by=%s] %s /\n' "$keyring" "$REPOSITORY/" >/etc/apt/sources.list.d/cuda.list
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /root/.gnupg
EOF
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install the runtime libraries
export PACKAGES='build-essential curl g++ git git-lfs gnupg2 ibverbs-providers ibverbs-utils jq libcudnn9-cuda-13 libgomp1 libhwloc15 libibumad3 libibverbs1 libnuma1 libnvshmem3-cuda-13 librdmacm1 librdmacm1t64 libzmq3-dev ninja-build numactl openssh-client openssh-server python3-pip python3.12-dev rdma-core'
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
# python3 is Python 3.12
export PYTHON=/usr/bin/python3.12
# /usr/bin/python3 is PYTHON, as the rest of the build expects.
[[ -x $PYTHON ]]
if [[ ! -e /usr/bin/python3 ]]; then
    ln -s "$PYTHON" /usr/bin/python3
fi
"$PYTHON" -c 'import sys; print(sys.version)'
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# create the user dynamo
export USER_ID=1000
export USER_NAME=dynamo
# The user "dynamo" (uid 1000, primary group 0) and the directories that an arbitrary user of group 0 may
# write (OpenShift runs such users; dev containers have other uids than 1000).
# Needs: root, shadow's useradd and userdel. USER_NAME (dynamo), USER_ID (1000).
set -euo pipefail

# Ubuntu's base images come with the user "ubuntu", who has uid 1000.
if getent passwd ubuntu >/dev/null; then
    userdel --remove ubuntu
fi
# The day of the last change of its password, which it does not have: not the day of the build.
export SOURCE_DATE_EPOCH=315532800
useradd --create-home --home-dir "/home/$USER_NAME" --shell /bin/bash \
    --uid "$USER_ID" --gid 0 "$USER_NAME"
[[ $(id -u "$USER_NAME"):$(id -g "$USER_NAME") == "$USER_ID:0" ]]

# Not recursive on purpose: that costs minutes and doubles layers. The trees get their owner when copied.
install -d -o "$USER_NAME" -g 0 -m 0775 \
    "/home/$USER_NAME" "/home/$USER_NAME/.cache" /opt/dynamo /workspace

# An environment variable cannot set it: only login shells read this.
printf '# Files stay writable for group 0, see the image user.\numask 002\n' >/etc/profile.d/00-umask.sh
chmod 0644 /etc/profile.d/00-umask.sh
EOF
COPY --link --from=workspace /workspace /workspace
COPY --link --from=etcd /usr/local/bin/etcd /usr/local/bin/etcd
COPY --link --from=ffmpeg /usr/local/ffmpeg /usr/local/ffmpeg
COPY --link --from=ffmpeg /usr/local/src/ffmpeg /usr/local/src/ffmpeg
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --link --from=nats /usr/bin/nats-server /usr/bin/nats-server
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --link --from=ai_dynamo /opt/dynamo/wheelhouse/ai-dynamo /opt/dynamo/wheelhouse/ai-dynamo
COPY --link --from=libfabric /usr/local/libfabric /usr/local/libfabric
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=nixl /opt/nvidia/nvda_nixl /opt/nvidia/nvda_nixl
COPY --link --from=dynamo_runtime /opt/dynamo/wheelhouse/ai-dynamo-runtime /opt/dynamo/wheelhouse/ai-dynamo-runtime
COPY --link --from=kvbm /opt/dynamo/wheelhouse/kvbm /opt/dynamo/wheelhouse/kvbm
COPY --link --from=nixl_wheel /opt/dynamo/wheelhouse/nixl /opt/dynamo/wheelhouse/nixl
COPY --link --from=pytorch_base /pieces/cuda /usr/local/cuda
COPY --link --from=pytorch_base /pieces/lib /usr/local/lib
COPY --link --from=pytorch_base /pieces/multiarch /usr/lib/x86_64-linux-gnu
COPY --link --from=pytorch_base /opt/hpcx /opt/hpcx
COPY --link --from=framework /usr/local/tensorrt /usr/local/tensorrt
COPY --link --from=framework /collected/multiarch /usr/lib/x86_64-linux-gnu
COPY --link --from=framework /opt/dynamo/venv/lib/python3.12/site-packages/tensorrt_llm /opt/dynamo/venv/lib/python3.12/site-packages/tensorrt_llm
COPY --link --from=framework /opt/dynamo/venv/lib/python3.12/site-packages/torch /opt/dynamo/venv/lib/python3.12/site-packages/torch
COPY --link --from=framework /opt/dynamo/venv/lib/python3.12/site-packages/triton /opt/dynamo/venv/lib/python3.12/site-packages/triton
COPY --link --from=framework /opt/dynamo/venv/lib/python3.12/site-packages/flash_attn /opt/dynamo/venv/lib/python3.12/site-packages/flash_attn
COPY --link --from=venv-rest /rest /opt/dynamo/venv
RUN --mount=type=cache,id=dockwright-uv,target=/root/.cache/uv,sharing=shared \
    --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# Dynamo's wheels on top of the engine's stack
export EXTRA_INDEX=''
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
/workspace/benchmarks'
export SYSTEM=''
export UV_CACHE_DIR=/root/.cache/uv
export WHEELS='/opt/dynamo/wheelhouse/ai-dynamo /opt/dynamo/wheelhouse/ai-dynamo-runtime /opt/dynamo/wheelhouse/kvbm /opt/dynamo/wheelhouse/nixl'
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
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# libnccl.so by its plain name
export LINKS='/usr/lib/x86_64-linux-gnu/libnccl.so libnccl.so.2'
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
COPY 2d6d0a3f0c8973d1/.launch_screen /opt/dynamo/.launch_screen
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# show the banner in interactive shells
export ACTIVATE=/opt/dynamo/venv
export BANNER=/opt/dynamo/.launch_screen
# Every interactive shell prints the file BANNER; with ACTIVATE (a venv) it also activates that.
set -euo pipefail

chmod 0755 "$BANNER"
{
    printf '\n# Not in scripts: only a person reads it.\n'
    # shellcheck disable=SC2016 # the shell that reads it expands it
    printf 'if [[ $- == *i* ]]; then cat %s; fi\n' "$BANNER"
    if [[ -n $ACTIVATE ]]; then
        printf 'source %s/bin/activate\n' "$ACTIVATE"
    fi
} >>/etc/bash.bashrc
EOF
COPY a68980f9c45d56bb/10-image-path.sh /etc/profile.d/10-image-path.sh
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
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# tell the dynamic loader about the libraries
export LIBRARIES='/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu /opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins /usr/local/ucx/lib /usr/local/ucx/lib/ucx /usr/local/libfabric/lib /usr/local/gdrcopy/lib /usr/local/ffmpeg/lib /opt/hpcx/ompi/lib /usr/lib/x86_64-linux-gnu/nvshmem/13 /usr/local/tensorrt/targets/x86_64-linux-gnu/lib /opt/dynamo/venv/lib/python3.12/site-packages/torch/lib /opt/dynamo/venv/lib/python3.12/site-packages/torch_tensorrt/lib /usr/local/cuda/lib /usr/local/cuda/lib64 /opt/hpcx/ucc/lib'
# Tells the dynamic loader about the directories in LIBRARIES (words).
# LIBRARIES is a word list, made by the planner.
# shellcheck disable=SC2086
printf '%s\n' $LIBRARIES >/etc/ld.so.conf.d/dockwright.conf
ldconfig
rm -f /var/cache/ldconfig/aux-cache
EOF
ENV CUDA_HOME="/usr/local/cuda" \
    DYNAMO_HOME="/workspace" \
    ENV="/etc/shinit_v2" \
    HOME="/home/dynamo" \
    NIXL_LIB_DIR="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu" \
    NIXL_PLUGIN_DIR="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins" \
    NIXL_PREFIX="/opt/nvidia/nvda_nixl" \
    NVIDIA_DRIVER_CAPABILITIES="video,compute,utility" \
    OMPI_MCA_coll_ucc_enable="0" \
    OPAL_PREFIX="/opt/hpcx/ompi" \
    TENSORRT_LIB_DIR="/usr/local/tensorrt/targets/x86_64-linux-gnu/lib" \
    TRITON_CUDACRT_PATH="/usr/local/cuda/include" \
    TRITON_CUDART_PATH="/usr/local/cuda/include" \
    TRITON_CUOBJDUMP_PATH="/usr/local/cuda/bin/cuobjdump" \
    TRITON_CUPTI_PATH="/usr/local/cuda/include" \
    TRITON_NVDISASM_PATH="/usr/local/cuda/bin/nvdisasm" \
    TRITON_PTXAS_PATH="/usr/local/cuda/bin/ptxas" \
    VIRTUAL_ENV="/opt/dynamo/venv" \
    LD_LIBRARY_PATH="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu:/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins:/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/ffmpeg/lib:/opt/hpcx/ompi/lib:/usr/lib/x86_64-linux-gnu/nvshmem/13:/usr/local/tensorrt/targets/x86_64-linux-gnu/lib:/opt/dynamo/venv/lib/python3.12/site-packages/torch/lib:/opt/dynamo/venv/lib/python3.12/site-packages/torch_tensorrt/lib:/usr/local/cuda/lib:/usr/local/cuda/lib64:/opt/hpcx/ucc/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \
    PATH="/usr/local/bin/etcd:/usr/local/libfabric/bin:/usr/local/ucx/bin:/opt/hpcx/ompi/bin:/usr/local/cuda/bin:/usr/local/cuda/nvvm/bin:/opt/dynamo/venv/bin:${PATH}"
WORKDIR /workspace
USER dynamo
ENTRYPOINT ["/opt/nvidia/nvidia_entrypoint.sh"]
CMD []
LABEL io.dockwright.device="cuda" \
      io.dockwright.framework="trtllm" \
      org.opencontainers.image.description="NVIDIA Dynamo, framework trtllm, for cuda" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.title="dynamo-trtllm"

# verify: every declared check, inside the image, without network
FROM runtime AS verify
USER root
COPY b46262444b845e90/checks.json /dockwright/checks.json
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
