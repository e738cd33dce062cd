# sglang-cuda-amd64 for linux/amd64, written by dockwright; change the plan, not this.

# base: base-image with Python 3.12
FROM nvcr.io/nvidia/cuda-dl-base:25.06-cuda12.9-devel-ubuntu24.04 AS base
# … as in vllm-base.Dockerfile

# sccache: compiler cache, for the steps that compile (wheel)
FROM base AS sccache
# … as in none-wheel_builder.Dockerfile

# toolchain: GCC 14 on glibc 2.28, with the CUDA toolkit of the base
FROM quay.io/pypa/manylinux_2_28_x86_64 AS toolchain
# … as in none-wheel_builder.Dockerfile

# ffmpeg: libraries that decode media (source)
FROM toolchain AS ffmpeg
# … as in vllm-wheel_builder.Dockerfile

# gdrcopy: GPU memory mapping for the CPU (source)
FROM toolchain AS gdrcopy
# … as in none-wheel_builder.Dockerfile

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

# gpu_memory_service: weights that outlive an engine's process (source)
FROM toolchain AS gpu_memory_service
# … as in vllm-wheel_builder.Dockerfile

# libfabric: OpenFabrics Interfaces (source)
FROM toolchain AS libfabric
# … as in none-wheel_builder.Dockerfile

# ucx: unified communication transports (source)
FROM toolchain AS ucx
# … as in none-wheel_builder.Dockerfile

# nixl: transfer library and its plugins (source)
FROM toolchain AS nixl
# … as in none-wheel_builder.Dockerfile

# dynamo_runtime: Dynamo's Rust core for Python (source)
FROM toolchain AS dynamo_runtime
# … as in vllm-wheel_builder.Dockerfile

# nixl_wheel: Python bindings of NIXL (source)
FROM toolchain AS nixl_wheel
# … as in none-wheel_builder.Dockerfile

# wheel_builder: every native library and wheel, with the compilers
FROM toolchain AS wheel_builder
COPY --link --from=ffmpeg /usr/local/ffmpeg /usr/local/ffmpeg
COPY --link --from=ffmpeg /usr/local/src/ffmpeg /usr/local/src/ffmpeg
COPY --link --from=gdrcopy /usr/local/gdrcopy /usr/local/gdrcopy
COPY --link --from=protoc /usr/local/protoc /usr/local/protoc
COPY --link --from=rust /usr/local/rustup /usr/local/rustup
COPY --link --from=rust /usr/local/cargo /usr/local/cargo
COPY --link --from=sccache /opt/sccache /opt/sccache
COPY --link --from=uv /usr/bin/uv /usr/bin/uv
COPY --link --from=uv /usr/bin/uvx /usr/bin/uvx
COPY --link --from=ai_dynamo /opt/dynamo/wheelhouse/ai-dynamo /opt/dynamo/wheelhouse/ai-dynamo
COPY --link --from=gpu_memory_service /opt/dynamo/wheelhouse/gpu-memory-service /opt/dynamo/wheelhouse/gpu-memory-service
COPY --link --from=libfabric /usr/local/libfabric /usr/local/libfabric
COPY --link --from=ucx /usr/local/ucx /usr/local/ucx
COPY --link --from=nixl /opt/nvidia/nvda_nixl /opt/nvidia/nvda_nixl
COPY --link --from=dynamo_runtime /opt/dynamo/wheelhouse/ai-dynamo-runtime /opt/dynamo/wheelhouse/ai-dynamo-runtime
COPY --link --from=nixl_wheel /opt/dynamo/wheelhouse/nixl /opt/dynamo/wheelhouse/nixl
ENV NIXL_LIB_DIR="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu" \
    NIXL_PLUGIN_DIR="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins" \
    NIXL_PREFIX="/opt/nvidia/nvda_nixl" \
    LD_LIBRARY_PATH="/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu:/opt/nvidia/nvda_nixl/lib/x86_64-linux-gnu/plugins:/usr/local/ucx/lib:/usr/local/ucx/lib/ucx:/usr/local/libfabric/lib:/usr/local/gdrcopy/lib:/usr/local/ffmpeg/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
WORKDIR /workspace
LABEL io.dockwright.device="cuda" \
      io.dockwright.framework="sglang" \
      org.opencontainers.image.description="NVIDIA Dynamo, framework sglang, for cuda" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.title="dynamo-sglang"
