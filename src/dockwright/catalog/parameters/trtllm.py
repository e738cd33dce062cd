"""TensorRT-LLM: where its wheel comes from, and the pieces beside it."""

from __future__ import annotations

from dockwright.catalog.compat import pytorch_pieces
from dockwright.catalog.parameters.images import PYTORCH_BASE_IMAGE_TAG
from dockwright.model.kinds import IMAGE_REF_OR_EMPTY, URL_OR_EMPTY, VERSION, pattern, words
from dockwright.model.param import Default, Param, Params
from dockwright.model.values import Framework

GROUP = "TensorRT-LLM"

_REF = pattern("git ref", r"[A-Za-z0-9][A-Za-z0-9._/+-]*", "a tag, branch or commit", empty=True)
_PATH = pattern("path", r"[^\x00-\x1f]+", "a path", empty=True)
_REQUIREMENT = pattern(
    "requirement",
    r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]+\])?([ ]*[=<>!~]=?=?[ ]*[A-Za-z0-9.*+!_-]+)?"
    r"|https?://[^\s]+",
    "a requirement such as tensorrt-llm==1.3.0rc1, or a wheel's URL",
    empty=True,
)

TENSORRTLLM_PIP_WHEEL: Param[str] = Param(
    name="TENSORRTLLM_PIP_WHEEL",
    kind=_REQUIREMENT,
    help="Wheel to download: name==version.",
    default=Default(otherwise="tensorrt-llm==1.3.0rc1"),
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="REQUIREMENT",
)

TENSORRTLLM_INDEX_URL: Param[str] = Param(
    name="TENSORRTLLM_INDEX_URL",
    kind=URL_OR_EMPTY,
    help="Package index that the wheel is downloaded from; only together with a wheel.",
    default=Default(otherwise="https://pypi.nvidia.com/"),
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="URL",
)

TENSORRTLLM_PIP_WHEEL_DIR: Param[str] = Param(
    name="TENSORRTLLM_PIP_WHEEL_DIR",
    kind=_PATH,
    help="Directory with a wheel to install, or the output of a build from source.",
    default=Default(otherwise=""),
    shown_default="empty; /tmp/trtllm_wheel/ for a build from source",
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="DIR",
)

TRTLLM_GIT_URL: Param[str] = Param(
    name="TRTLLM_GIT_URL",
    kind=URL_OR_EMPTY,
    help="Repository to build the wheel from; needs TRTLLM_COMMIT.",
    default=Default(otherwise=""),
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="URL",
    example="https://github.com/NVIDIA/TensorRT-LLM.git",
    aliases=("tensorrtllm-git-url",),
)

TRTLLM_COMMIT: Param[str] = Param(
    name="TRTLLM_COMMIT",
    kind=_REF,
    help="Commit, tag or branch that belongs to the wheel.",
    default=Default(otherwise=""),
    shown_default="the version of TENSORRTLLM_PIP_WHEEL",
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="REF",
    aliases=("tensorrtllm-commit",),
)

TRTLLM_WHEEL_IMAGE: Param[str] = Param(
    name="TRTLLM_WHEEL_IMAGE",
    kind=IMAGE_REF_OR_EMPTY,
    help="Image that the wheel is taken from when index wheels do not match the PyTorch image.",
    default=Default(otherwise=""),
    shown_default="chosen by the wheel's version",
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="IMAGE",
)

TRTLLM_ABI_INCOMPATIBLE_VERSIONS: Param[tuple[str, ...]] = Param(
    name="TRTLLM_ABI_INCOMPATIBLE_VERSIONS",
    kind=words(VERSION),
    help="Versions whose index wheels do not match the ABI of the PyTorch image.",
    default=Default(otherwise=("1.3.0rc1",)),
    group=GROUP,
    only=(Framework.TRTLLM,),
)

CUDA_PYTHON_VERSION: Param[str] = Param(
    name="CUDA_PYTHON_VERSION",
    kind=VERSION,
    help="cuda-python beside TensorRT-LLM.",
    default=Default(otherwise="13.0.2"),
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="VERSION",
)

TRITON_VERSION: Param[str] = Param(
    name="TRITON_VERSION",
    kind=VERSION,
    help="Triton beside the TensorRT-LLM wheel.",
    default=Default(otherwise="3.5.1"),
    group=GROUP,
    only=(Framework.TRTLLM,),
    metavar="VERSION",
)


def _piece(name: str, what: str) -> Param[str]:
    def default(params: Params) -> str:
        # Only tags with a row in the table have known pieces; config/rules.py asks for the rest.
        return pytorch_pieces().get(params[PYTORCH_BASE_IMAGE_TAG], {}).get(name, "")

    return Param(
        name=name,
        kind=pattern("version", r"[0-9][A-Za-z0-9.+_-]*", "a version such as 1.2.3", empty=True),
        help=f"Version of {what} in the PyTorch image.",
        default=default,
        shown_default="by PYTORCH_BASE_IMAGE_TAG",
        group=GROUP,
        only=(Framework.TRTLLM,),
        metavar="VERSION",
    )


TORCH_VER = _piece("TORCH_VER", "torch")
TORCH_TENSORRT_VER = _piece("TORCH_TENSORRT_VER", "torch_tensorrt")
PYTORCH_TRITON_VER = _piece("PYTORCH_TRITON_VER", "pytorch-triton")
FLASH_ATTN_VER = _piece("FLASH_ATTN_VER", "flash-attn")
FLASHINFER_PYTHON_VER = _piece("FLASHINFER_PYTHON_VER", "flashinfer-python (from the index)")
SYMPY_VER = _piece("SYMPY_VER", "sympy")
TORCHVISION_VER = _piece("TORCHVISION_VER", "torchvision")
TORCHAO_VER = _piece("TORCHAO_VER", "torchao")
TORCHDATA_VER = _piece("TORCHDATA_VER", "torchdata")
TORCHTITAN_VER = _piece("TORCHTITAN_VER", "torchtitan")
JINJA2_VER = _piece("JINJA2_VER", "jinja2")
