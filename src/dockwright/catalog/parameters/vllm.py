"""vLLM and what is built beside it."""

from __future__ import annotations

import msgspec

from dockwright.catalog import choices
from dockwright.catalog.parameters.axes import row_of
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.model.kinds import GIT_REF, PATH, URL, VERSION, integer, pattern, words
from dockwright.model.param import Concern, Default, Param, Params
from dockwright.model.values import Framework

GROUP = "vLLM"

VLLM_PROVIDER: Param[str] = msgspec.structs.replace(
    choices.provider("vllm", ("build", "wheels"), default="build"),
    help="vLLM's Python stack: build (solved in the image, kernels compiled) or wheels (a lock).",
    only=(Framework.VLLM,),
)

VLLM_REF: Param[str] = Param(
    name="VLLM_REF",
    kind=GIT_REF,
    help="vLLM release: the wheel for every CUDA version, and the source that tools come from.",
    default=Default(otherwise="v0.14.1"),
    group=GROUP,
    only=(Framework.VLLM,),
    metavar="REF",
)

VLLM_GIT_URL: Param[str] = Param(
    name="VLLM_GIT_URL",
    kind=URL,
    help="Where vLLM's source comes from.",
    default=Default(otherwise="https://github.com/vllm-project/vllm.git"),
    group=GROUP,
    only=(Framework.VLLM,),
    metavar="URL",
)

FLASHINF_REF: Param[str] = Param(
    name="FLASHINF_REF",
    kind=VERSION,
    help="FlashInfer kernels that match the vLLM release.",
    default=Default(otherwise="v0.5.3"),
    group=GROUP,
    only=(Framework.VLLM,),
    metavar="VERSION",
)

DEEPGEMM_REF: Param[str] = Param(
    name="DEEPGEMM_REF",
    kind=pattern("git ref", r"[A-Za-z0-9][A-Za-z0-9._/+-]*", "a tag, branch or commit", empty=True),
    help="DeepGEMM; empty leaves the choice to vLLM's own script.",
    default=Default(otherwise=""),
    group=GROUP,
    only=(Framework.VLLM,),
    metavar="REF",
)


def _commit(name: str, what: str, default: str) -> Param[str]:
    return Param(
        name=name,
        kind=GIT_REF,
        help=f"{what}, one of the expert-parallel kernels.",
        default=Default(otherwise=default),
        group=GROUP,
        only=(Framework.VLLM,),
        metavar="COMMIT",
    )


# The original takes what vLLM's script happens to say; these are the script's own for VLLM_REF.
PPLX_REF = _commit("PPLX_REF", "PPLX kernels", "12cecfd")
DEEPEP_REF = _commit("DEEPEP_REF", "DeepEP", "73b6ea4")

LMCACHE_REF: Param[str] = Param(
    name="LMCACHE_REF",
    kind=VERSION,
    help="LMCache; installed with CUDA 12 on amd64 only.",
    default=Default(otherwise="0.3.12"),
    group=GROUP,
    only=(Framework.VLLM,),
    metavar="VERSION",
)

TORCH_CUDA_ARCH_LIST: Param[tuple[str, ...]] = Param(
    name="TORCH_CUDA_ARCH_LIST",
    kind=words(
        pattern("compute capability", r"[0-9]+\.[0-9]+[a-z]?(\+PTX)?", "such as 9.0 or 9.0a"),
        separator=";",
    ),
    help="GPU architectures that the expert-parallel kernels are compiled for.",
    default=Default(otherwise=("9.0", "10.0")),
    group=GROUP,
    only=(Framework.VLLM,),
    metavar="LIST",
    example="9.0;10.0",
)


def _torch_backend(params: Params) -> str:
    row = row_of(params)
    return row.torch_backend if row else ""


TORCH_BACKEND: Param[str] = Param(
    name="TORCH_BACKEND",
    kind=pattern("torch backend", r"cpu|cu[0-9]{3}", "cpu or cu with three digits", empty=True),
    help="Which builds of torch the Python resolver takes.",
    default=_torch_backend,
    shown_default="from the matrix",
    group=GROUP,
    metavar="BACKEND",
)

MAX_JOBS: Param[int] = Param(
    name="MAX_JOBS",
    kind=integer(least=1),
    help="Parallel compile jobs of vLLM's kernels.",
    default=Default(otherwise=16),
    group=GROUP,
    only=(Framework.VLLM,),
    concern=Concern.BUILD,
    metavar="N",
    aliases=("vllm-max-jobs",),
)

SITE_PACKAGES: Param[str] = Param(
    name="SITE_PACKAGES",
    kind=PATH,
    help="Where the virtual environment keeps packages; splits vLLM's layers.",
    default=lambda params: f"/opt/dynamo/venv/lib/python{params[PYTHON_VERSION]}/site-packages",
    shown_default="/opt/dynamo/venv/lib/python<PYTHON_VERSION>/site-packages",
    group=GROUP,
    only=(Framework.VLLM,),
    metavar="PATH",
)
