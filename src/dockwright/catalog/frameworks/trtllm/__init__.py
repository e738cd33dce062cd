"""TensorRT-LLM: torch out of the NGC PyTorch image, its wheel, and TensorRT by its installer."""

from __future__ import annotations

from dockwright.catalog import native
from dockwright.catalog.checks import files
from dockwright.catalog.parameters import trtllm as pieces
from dockwright.catalog.parameters.images import (
    PYTHON_VERSION,
    PYTORCH_BASE_IMAGE,
    PYTORCH_BASE_IMAGE_TAG,
)
from dockwright.catalog.parameters.trtllm import (
    CUDA_PYTHON_VERSION,
    FLASHINFER_PYTHON_VER,
    TRITON_VERSION,
)
from dockwright.catalog.parameters.vllm import TORCH_BACKEND
from dockwright.catalog.scripts import script
from dockwright.catalog.stack import OWNER, TORCH_INDEX, TRITON, VENV, imports, python_path, rest
from dockwright.catalog.steps import collect, install, installs, python, shell
from dockwright.model.check import Check
from dockwright.model.framework import Half, Own
from dockwright.model.plan import Copy, CopyContext, Env, Run, Stage, StageMount, Step, Tag
from dockwright.model.recipe import Context, FrameworkRecipe
from dockwright.model.values import Arch, Family, Framework

STAGE = "framework"
PYTORCH = "pytorch_base"
WHEEL_IMAGE = "trtllm_wheel_image"
CUDA = "/usr/local/cuda"
HPCX = "/opt/hpcx"
TENSORRT = "/usr/local/tensorrt"
CUDA_REPOSITORY = "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404"

# What the venv takes from the PyTorch image, by version, because a new tag brings other files
# silently. Not networkx, packaging, setuptools: TensorRT-LLM wants its own.
PACKAGES = (
    ("torch", pieces.TORCH_VER, ("torch", "torchgen", "functorch")),
    ("torchvision", pieces.TORCHVISION_VER, ("torchvision", "torchvision.libs")),
    ("torchao", pieces.TORCHAO_VER, ("torchao",)),
    ("torchdata", pieces.TORCHDATA_VER, ("torchdata",)),
    ("torchtitan", pieces.TORCHTITAN_VER, ("torchtitan",)),
    ("jinja2", pieces.JINJA2_VER, ("jinja2",)),
    ("sympy", pieces.SYMPY_VER, ("sympy",)),
    (
        "flash_attn",
        pieces.FLASH_ATTN_VER,
        ("flash_attn", "flash_attn_2_cuda.cpython-*-linux-gnu.so"),
    ),
    ("torch_tensorrt", pieces.TORCH_TENSORRT_VER, ("torch_tensorrt",)),
    # Its package comes from the index; torch asks for the metadata.
    ("pytorch_triton", pieces.PYTORCH_TRITON_VER, ()),
)

LAYERS = ("tensorrt_llm", "torch", "triton", "flash_attn")
# Each becomes a layer of its own, as in vLLM's image.

TOOLS = (
    *(
        f"bin/{name}"
        for name in ("nvcc", "cudafe++", "ptxas", "fatbinary", "cuobjdump", "nvdisasm")
    ),
    "include",
    "nvvm",
    "lib64/libcudart.so*",
    "lib64/libcupti*",
    "lib64/libcusparseLt*",
)


def site(context: Context) -> str:
    """The venv's packages."""
    return f"{VENV}/lib/python{context.params[PYTHON_VERSION]}/site-packages"


def _pytorch(context: Context) -> Stage:
    version = context.params[PYTHON_VERSION]
    dist = f"/usr/local/lib/python{version}/dist-packages"
    globs = [
        path
        for name, param, paths in PACKAGES
        for path in (f"{name}-{context.params[param]}*.dist-info", *paths)
    ]
    return Stage(
        name=PYTORCH,
        base="pytorch-image",
        summary="pytorch_base: what is taken from the PyTorch image",
        component="trtllm",
        steps=(
            collect(
                "collect torch and its friends",
                globs,
                below=dist,
                into="/pieces/python",
                owner=OWNER,
            ),
            collect("collect the CUDA tools", TOOLS, below=CUDA, into="/pieces/cuda"),
            collect(
                "collect native libraries", ("lib*",), below="/usr/local/lib", into="/pieces/lib"
            ),
            collect(
                "collect NUMA's library",
                ("libnuma.so*",),
                below=f"/usr/lib/{context.arch.multiarch}",
                into="/pieces/multiarch",
            ),
        ),
        outputs=("/pieces", HPCX),
    )


def _wheel(context: Context) -> tuple[Step, ...]:
    """The steps that install the wheel from the one source that was decided for it."""
    wheel = context.wheel
    mounts: tuple[StageMount, ...] = ()
    before: tuple[Step, ...] = ()
    folder = ""
    if wheel.context:
        folder = "/wheel"
        before = (CopyContext(context=wheel.context, source="/tree", target=folder),)
    elif wheel.image:
        folder = "/wheel-image"
        mounts = (StageMount(stage=WHEEL_IMAGE, source="/app/tensorrt_llm", target=folder),)
    backend = context.params[TORCH_BACKEND]
    return (
        *before,
        python(
            "the TensorRT-LLM wheel",
            script(__file__, "wheel.sh"),
            {
                "VENV": VENV,
                "FOLDER": folder,
                "PYTHON_TAG": "cp" + context.params[PYTHON_VERSION].replace(".", ""),
                "MACHINE": context.arch.alt,
                "REQUIREMENT": wheel.url or wheel.requirement,
                "INDEX": wheel.index,
                "TORCH_INDEX": f"{TORCH_INDEX}/{backend}",
                "TRITON": f"triton=={context.params[TRITON_VERSION]}",
                "OWNER": OWNER,
            },
            mounts=mounts,
        ),
        python(
            "TensorRT, by the installer inside the wheel",
            script(__file__, "tensorrt.sh"),
            {"VENV": VENV, "SITE": site(context), "TENSORRT": TENSORRT, "OWNER": OWNER},
        ),
    )


def _framework(context: Context) -> Stage:
    params = context.params
    version = params[PYTHON_VERSION]
    return Stage(
        name=STAGE,
        base="base",
        summary="framework: TensorRT-LLM and TensorRT in a virtual environment",
        component="trtllm",
        steps=(
            *install(
                (
                    f"python{version}-dev",
                    "python3-pip",
                    "curl",
                    "git",
                    "git-lfs",
                    "ca-certificates",
                ),
                Family.APT,
                title="install what the installers need",
            ),
            Copy(stage="uv", source="/usr/bin/uv", target="/usr/bin/uv"),
            Env(
                values={"CUDA_HOME": CUDA, "VIRTUAL_ENV": VENV},
                prepend={"PATH": (f"{VENV}/bin", f"{CUDA}/bin")},
            ),
            # The PyTorch image pins everything for its own solve, which is not ours.
            Run(
                title="no foreign constraints and archives",
                script=script(__file__, "clean.sh"),
                env={"CONSTRAINTS": "/etc/pip/constraint.txt"},
            ),
            python(
                "the virtual environment",
                shell("venv.sh"),
                {
                    "VENV": VENV,
                    "PYTHON": python_path(version),
                    "REQUIREMENTS": "",
                    "OWNER": OWNER,
                },
            ),
            Copy(stage=PYTORCH, source="/pieces/python", target=site(context)),
            python(
                "FlashInfer and cuda-python",
                installs(shell("packages.sh")),
                {
                    "VENV": VENV,
                    "REQUIREMENTS": f"flashinfer-python=={params[FLASHINFER_PYTHON_VER]}\n"
                    f"cuda-python=={params[CUDA_PYTHON_VERSION]}",
                    "BACKEND": "",
                    "INDEXES": "",
                    "OWNER": OWNER,
                },
            ),
            *_wheel(context),
            collect(
                "collect OpenMP's library",
                ("libgomp.so*",),
                below=f"/usr/lib/{context.arch.multiarch}",
                into="/collected/multiarch",
            ),
        ),
        outputs=(VENV, TENSORRT, "/collected"),
    )


def _half(context: Context) -> Half:
    version, major = context.params[PYTHON_VERSION], context.cuda_major
    multiarch = f"/usr/lib/{context.arch.multiarch}"
    tensorrt = f"{TENSORRT}/targets/{context.arch.multiarch}/lib"
    machine = {Arch.AMD64: "x86_64", Arch.ARM64: "sbsa"}[context.arch]
    return Half(
        prepare=(
            Run(
                title="the archive of CUDA packages",
                script=script(__file__, "archive.sh"),
                env={"REPOSITORY": f"{CUDA_REPOSITORY}/{machine}"},
                tags=(Tag.NETWORK,),
            ),
        ),
        packages=(
            "build-essential",
            "g++",
            "ninja-build",
            "git",
            "git-lfs",
            "gnupg2",
            "curl",
            "jq",
            f"python{version}-dev",
            "python3-pip",
            f"libcudnn9-cuda-{major}",
            f"libnvshmem3-cuda-{major}",
            "libzmq3-dev",
            "ibverbs-providers",
            "ibverbs-utils",
            "libibumad3",
            "libibverbs1",
            "libnuma1",
            "numactl",
            "librdmacm1",
            "rdma-core",
            "openssh-client",
            "openssh-server",
        ),
        copies=(
            Copy(stage=PYTORCH, source="/pieces/cuda", target=CUDA),
            Copy(stage=PYTORCH, source="/pieces/lib", target="/usr/local/lib"),
            Copy(stage=PYTORCH, source="/pieces/multiarch", target=multiarch),
            Copy(stage=PYTORCH, source=HPCX, target=HPCX),
            Copy(stage=STAGE, source=TENSORRT, target=TENSORRT),
            Copy(stage=STAGE, source="/collected/multiarch", target=multiarch),
            *(
                Copy(
                    stage=STAGE,
                    source=f"{site(context)}/{layer}",
                    target=f"{site(context)}/{layer}",
                )
                for layer in LAYERS
            ),
            Copy(stage="venv-rest", source="/rest", target=VENV),
        ),
        finish=(
            Run(
                title="libnccl.so by its plain name",
                script=shell("links.sh"),
                env={"LINKS": f"{multiarch}/libnccl.so libnccl.so.2"},
            ),
        ),
        env={
            "ENV": "/etc/shinit_v2",
            "DYNAMO_HOME": "/workspace",
            "OMPI_MCA_coll_ucc_enable": "0",
            "OPAL_PREFIX": f"{HPCX}/ompi",
            "CUDA_HOME": CUDA,
            **TRITON,
            "TENSORRT_LIB_DIR": tensorrt,
            "NVIDIA_DRIVER_CAPABILITIES": "video,compute,utility",
        },
        libraries=(
            f"{HPCX}/ompi/lib",
            f"{multiarch}/nvshmem/{major}",
            tensorrt,
            f"{site(context)}/torch/lib",
            f"{site(context)}/torch_tensorrt/lib",
            f"{CUDA}/lib",
            f"{CUDA}/lib64",
            f"{HPCX}/ucc/lib",
        ),
        path=(f"{HPCX}/ompi/bin", f"{CUDA}/bin", f"{CUDA}/nvvm/bin"),
    )


def own(context: Context) -> Own:
    """TensorRT-LLM's stages and its half of the runtime."""
    params = context.params
    wheel = context.wheel
    images = {"pytorch-image": f"{params[PYTORCH_BASE_IMAGE]}:{params[PYTORCH_BASE_IMAGE_TAG]}"}
    stages = [_pytorch(context)]
    if wheel.image:
        images["wheel-image"] = wheel.image
        stages.append(
            Stage(
                name=WHEEL_IMAGE,
                base="wheel-image",
                summary="trtllm_wheel_image: the release image that the wheel is taken from",
                component="trtllm",
                outputs=("/app/tensorrt_llm",),
            )
        )
    stages += [
        _framework(context),
        rest(VENV, site(context), LAYERS, component="trtllm"),
    ]
    return Own(
        images=images,
        sources={wheel.context: wheel.source} if wheel.source else {},
        stages=tuple(stages),
        half=_half(context),
        checks=_checks(context),
    )


def _checks(context: Context) -> tuple[Check, ...]:
    version = context.params[pieces.TORCH_VER]
    return (
        # tensorrt_llm itself asks for the GPU driver when it is imported.
        imports(
            "trtllm", ("torch", *native.modules(context)), {"torch": version, "tensorrt-llm": ""}
        ),
        files(
            "trtllm",
            "TensorRT and Open MPI are there",
            f"{TENSORRT}/targets/{context.arch.multiarch}/lib/libnvinfer.so*",
            f"{HPCX}/ompi/bin/mpirun",
        ),
        files(
            "trtllm",
            "the compiler of run-time kernels is there",
            *(f"{CUDA}/bin/{name}" for name in ("nvcc", "ptxas", "fatbinary", "cuobjdump")),
            executable=True,
        ),
    )


FRAMEWORK = FrameworkRecipe(
    name=Framework.TRTLLM,
    summary="TensorRT-LLM",
    components=native.components,
    own=own,
    from_image=True,
)
