"""NIXL, the native libraries below it, the services and the tool chain."""

from __future__ import annotations

from dockwright.model.kinds import GIT_REF, URL, VERSION
from dockwright.model.param import Default, Param
from dockwright.model.values import Framework

GROUP = "Native libraries and tools"

NIXL_REF: Param[str] = Param(
    name="NIXL_REF",
    kind=GIT_REF,
    help="NIXL: the library and its wheel.",
    default=Default(otherwise="0.9.0"),
    group=GROUP,
    metavar="REF",
)

NIXL_UCX_REF: Param[str] = Param(
    name="NIXL_UCX_REF",
    kind=GIT_REF,
    help="UCX, the transport below NIXL; tried with and without a leading v.",
    default=Default(otherwise="1.20.0"),
    group=GROUP,
    metavar="REF",
    example="v1.20.0",
)

NIXL_GDRCOPY_REF: Param[str] = Param(
    name="NIXL_GDRCOPY_REF",
    kind=GIT_REF,
    help="gdrcopy: copies between host and GPU memory.",
    default=Default(otherwise="v2.5.1"),
    group=GROUP,
    metavar="REF",
)

NIXL_LIBFABRIC_REF: Param[str] = Param(
    name="NIXL_LIBFABRIC_REF",
    kind=GIT_REF,
    help="libfabric, the transport of EFA.",
    default=Default(otherwise="v2.3.0"),
    group=GROUP,
    metavar="REF",
)

FFMPEG_VERSION: Param[str] = Param(
    name="FFMPEG_VERSION",
    kind=VERSION,
    help="FFmpeg release that ENABLE_MEDIA_FFMPEG builds.",
    default=Default(otherwise="7.1"),
    group=GROUP,
    metavar="VERSION",
)

AWS_SDK_CPP_VERSION: Param[str] = Param(
    name="AWS_SDK_CPP_VERSION",
    kind=GIT_REF,
    help="AWS SDK for C++, for NIXL's object store plugin; vLLM only.",
    default=Default(otherwise="1.11.581"),
    group=GROUP,
    only=(Framework.VLLM,),
    metavar="TAG",
)

NATS_VERSION: Param[str] = Param(
    name="NATS_VERSION",
    kind=VERSION,
    help="NATS server, the message bus.",
    default=Default(otherwise="v2.10.28"),
    group=GROUP,
    metavar="VERSION",
)

ETCD_VERSION: Param[str] = Param(
    name="ETCD_VERSION",
    kind=VERSION,
    help="etcd, the key-value store for discovery.",
    default=Default(otherwise="v3.5.21"),
    group=GROUP,
    metavar="VERSION",
)

RUST_VERSION: Param[str] = Param(
    name="RUST_VERSION",
    kind=VERSION,
    help="Rust tool chain that the wheels are built with.",
    default=Default(otherwise="1.90.0"),
    group=GROUP,
    metavar="VERSION",
)

RUSTUP_VERSION: Param[str] = Param(
    name="RUSTUP_VERSION",
    kind=VERSION,
    help="rustup-init that installs the Rust tool chain.",
    default=Default(otherwise="1.28.1"),
    group=GROUP,
    metavar="VERSION",
)

PROTOC_VERSION: Param[str] = Param(
    name="PROTOC_VERSION",
    kind=VERSION,
    help="Protocol buffers compiler.",
    default=Default(otherwise="25.3"),
    group=GROUP,
    metavar="VERSION",
)

GCC_TOOLSET_VERSION: Param[str] = Param(
    name="GCC_TOOLSET_VERSION",
    kind=VERSION,
    help="GCC toolset of the wheel builder, where its distribution has toolsets.",
    default=Default(otherwise="14"),
    group=GROUP,
    metavar="VERSION",
)

NSIGHT_SYSTEMS_VERSION: Param[str] = Param(
    name="NSIGHT_SYSTEMS_VERSION",
    kind=VERSION,
    help="Nsight Systems profiler of the dev image.",
    default=Default(otherwise="2025.5.1"),
    group=GROUP,
    metavar="VERSION",
)

DYNAMO_GIT_URL: Param[str] = Param(
    name="DYNAMO_GIT_URL",
    kind=URL,
    help="Where Dynamo's source comes from.",
    default=Default(otherwise="https://github.com/ai-dynamo/dynamo.git"),
    group=GROUP,
    metavar="URL",
)
