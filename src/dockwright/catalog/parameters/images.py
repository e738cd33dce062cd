"""Base and runtime images, and what is said about the platform's names."""

from __future__ import annotations

from dockwright.catalog.compat import Row, default_row
from dockwright.catalog.parameters.axes import ARCH, DEVICE, FRAMEWORK, row_of
from dockwright.catalog.systems import SYSTEMS
from dockwright.model.kinds import BASE_IMAGE as BASE_IMAGE_KIND
from dockwright.model.kinds import (
    IMAGE_NAME,
    IMAGE_REF,
    IMAGE_REF_OR_EMPTY,
    IMAGE_TAG,
    PYTHON,
    TEXT,
    pattern,
)
from dockwright.model.param import Concern, Default, Param, Params
from dockwright.model.values import Framework, ImageRef

GROUP = "Images"
_BY_ROW = "from the matrix"


def _row(params: Params) -> Row | None:
    # An invalid CUDA version is refused by name; until then the framework's own row stands in,
    # so that one mistake does not become five.
    return row_of(params) or default_row(params[FRAMEWORK], params[DEVICE])


def _base_image(params: Params) -> str:
    row = _row(params)
    return row.base_image if row else ""


BASE_IMAGE: Param[str] = Param(
    name="BASE_IMAGE",
    kind=BASE_IMAGE_KIND,
    help=(
        "Image that the build starts from: a registry name, oci:DIRECTORY[:TAG] (an OCI layout) "
        "or bootstrap:debian/bookworm (a root file system made from the distribution's archive)."
    ),
    default=_base_image,
    shown_default=_BY_ROW,
    group=GROUP,
    metavar="IMAGE",
    example="bootstrap:debian/trixie",
)


def _base_image_tag(params: Params) -> str:
    base = params[BASE_IMAGE]
    _, _, last = base.rpartition("/")
    # A layout, a distribution or a reference that has a tag or digest takes no second one.
    if base.startswith(("oci:", "bootstrap:")) or ":" in last or "@" in base:
        return ""
    row = _row(params)
    return row.base_tag if row else ""


BASE_IMAGE_TAG: Param[str] = Param(
    name="BASE_IMAGE_TAG",
    kind=IMAGE_TAG,
    help="Tag of BASE_IMAGE. An image without a tag keeps the default tag, and the reverse.",
    default=_base_image_tag,
    shown_default=_BY_ROW,
    group=GROUP,
    metavar="TAG",
    example="25.06-cuda12.9-devel-ubuntu24.04",
)


def _runtime_image(params: Params) -> str:
    row = _row(params)
    return row.runtime_image if row else ""


RUNTIME_IMAGE: Param[str] = Param(
    name="RUNTIME_IMAGE",
    kind=IMAGE_NAME,
    help="Image that the runtime starts from; the standard image starts from its base instead.",
    default=_runtime_image,
    shown_default=_BY_ROW,
    group=GROUP,
    only=(
        Framework.VLLM,
        Framework.TRTLLM,
        Framework.SGLANG,
    ),
    metavar="IMAGE",
    example="lmsysorg/sglang",
)


def _runtime_image_tag(params: Params) -> str:
    row = _row(params)
    return row.runtime_tag if row else ""


RUNTIME_IMAGE_TAG: Param[str] = Param(
    name="RUNTIME_IMAGE_TAG",
    kind=IMAGE_TAG,
    help="Tag of RUNTIME_IMAGE.",
    default=_runtime_image_tag,
    shown_default=_BY_ROW,
    group=GROUP,
    only=(
        Framework.VLLM,
        Framework.TRTLLM,
        Framework.SGLANG,
    ),
    metavar="TAG",
    example="v0.5.8-runtime",
)


def _base_ref(params: Params) -> ImageRef | None:
    """The base image of TensorRT-LLM: the pieces come from what the rest is built against."""
    base = params[BASE_IMAGE]
    foreign = not base or base.startswith(("oci:", "bootstrap:"))
    if params[FRAMEWORK] is not Framework.TRTLLM or foreign:
        return None
    return ImageRef.parse(base)


def _pytorch_image(params: Params) -> str:
    ref = _base_ref(params)
    return ref.name if ref else ""


PYTORCH_BASE_IMAGE: Param[str] = Param(
    name="PYTORCH_BASE_IMAGE",
    kind=IMAGE_NAME,
    help="PyTorch image that TensorRT-LLM copies torch, CUDA tools and HPC-X from.",
    default=_pytorch_image,
    shown_default="BASE_IMAGE for trtllm, else empty",
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="IMAGE",
    example="nvcr.io/nvidia/pytorch",
)


def _pytorch_tag(params: Params) -> str:
    ref = _base_ref(params)
    return ref.tag or params[BASE_IMAGE_TAG] if ref else ""


PYTORCH_BASE_IMAGE_TAG: Param[str] = Param(
    name="PYTORCH_BASE_IMAGE_TAG",
    kind=IMAGE_TAG,
    help="Tag of PYTORCH_BASE_IMAGE; the versions of the torch pieces are known per tag.",
    default=_pytorch_tag,
    shown_default="BASE_IMAGE_TAG for trtllm, else empty",
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="TAG",
    example="25.12-py3",
)

EPP_IMAGE: Param[str] = Param(
    name="EPP_IMAGE",
    kind=IMAGE_REF,
    help="Endpoint picker that the frontend image copies /epp from; naming one skips its build.",
    default=Default(
        otherwise=(
            "us-central1-docker.pkg.dev/k8s-staging-images/gateway-api-inference-extension/"
            "epp:v0.5.1"
        )
    ),
    group=GROUP,
    only=(Framework.NONE,),
    metavar="IMAGE",
    example="registry.example/epp:v1",
)


def _frontend_base(params: Params) -> str:
    # A base without a registry is what the wheels were made for, and needs no second image.
    if params[BASE_IMAGE].startswith(("oci:", "bootstrap:")):
        return ""
    return "nvcr.io/nvidia/base/ubuntu:noble-20250619"


FRONTEND_BASE_IMAGE: Param[str] = Param(
    name="FRONTEND_BASE_IMAGE",
    kind=IMAGE_REF_OR_EMPTY,
    help="Image that the frontend starts from; empty takes the base.",
    default=_frontend_base,
    shown_default="nvcr.io/nvidia/base/ubuntu:noble-20250619; empty on a bootstrapped base",
    group=GROUP,
    only=(Framework.NONE,),
    metavar="IMAGE",
)

MANYLINUX_IMAGE: Param[str] = Param(
    name="MANYLINUX_IMAGE",
    kind=IMAGE_REF,
    help="Image that native libraries and wheels are built in, where the base is not itself used.",
    default=lambda params: f"quay.io/pypa/manylinux_2_28_{params[ARCH].alt}",
    shown_default="quay.io/pypa/manylinux_2_28_<ARCH_ALT>",
    group=GROUP,
    metavar="IMAGE",
)


def _python(params: Params) -> str:
    base = params[BASE_IMAGE]
    for system in SYSTEMS:
        if base == f"bootstrap:{system.distribution}/{system.release}":
            return system.python
    return "3.12"


PYTHON_VERSION: Param[str] = Param(
    name="PYTHON_VERSION",
    kind=PYTHON,
    help="Python of the image and of every wheel that is built for it.",
    default=_python,
    shown_default="3.12; the distribution's own on a bootstrapped base",
    group=GROUP,
    metavar="MAJOR.MINOR",
    example="3.12",
)

ARCH_ALT: Param[str] = Param(
    name="ARCH_ALT",
    kind=pattern("machine", r"x86_64|aarch64", "x86_64 or aarch64", choices=("x86_64", "aarch64")),
    help="Architecture by the kernel's name; forms a pair with ARCH.",
    default=lambda params: params[ARCH].alt,
    shown_default="from the platform",
    group=GROUP,
    example="aarch64",
)

RUSTARCH: Param[str] = Param(
    name="RUSTARCH",
    kind=pattern("target triple", r"[a-z0-9_]+(-[a-z0-9_]+)+", "a Rust target triple"),
    help="Host triple of the Rust tool chain.",
    default=lambda params: f"{params[ARCH_ALT]}-unknown-linux-gnu",
    shown_default="<ARCH_ALT>-unknown-linux-gnu",
    group=GROUP,
    metavar="TRIPLE",
)

ECR_HOSTNAME: Param[str] = Param(
    name="ECR_HOSTNAME",
    kind=TEXT,
    help="Registry whose dockerhub/ path the endpoint picker's build pulls through.",
    default=Default(otherwise=""),
    group=GROUP,
    concern=Concern.BUILD,
    metavar="HOST",
)
