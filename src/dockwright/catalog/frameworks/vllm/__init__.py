"""vLLM: a venv with its wheel, kernels and caches, and what they need at run time."""

from __future__ import annotations

import re

from dockwright.catalog import native
from dockwright.catalog.checks import files
from dockwright.catalog.compat import find_row
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.catalog.parameters.vllm import (
    DEEPEP_REF,
    DEEPGEMM_REF,
    FLASHINF_REF,
    LMCACHE_REF,
    PPLX_REF,
    SITE_PACKAGES,
    TORCH_BACKEND,
    TORCH_CUDA_ARCH_LIST,
    VLLM_GIT_URL,
    VLLM_REF,
)
from dockwright.catalog.pins import spellings, table
from dockwright.catalog.scripts import script
from dockwright.catalog.stack import OWNER, TORCH_INDEX, VENV, imports, python_path, rest
from dockwright.catalog.steps import collect, install, installs, python, shell
from dockwright.model.check import Check
from dockwright.model.framework import Half, Own
from dockwright.model.plan import BuildKind, Copy, CopyContext, Env, Run, Stage, Step
from dockwright.model.recipe import Context, FrameworkRecipe
from dockwright.model.source import Git, context_name
from dockwright.model.values import Family, Framework, Regex

STAGE = "framework"
COMMIT = Regex(r"[0-9a-f]{40}")
SOURCE = "/opt/vllm"
TOOLS = f"{SOURCE}/tools"
NVSHMEM = f"{TOOLS}/ep_kernels/ep_kernels_workspace/nvshmem_install/lib"
CUDA = "/usr/local/cuda"
EXTRAS = "[flashinfer,runai]"
FLASHINFER_INDEX = "https://flashinfer.ai/whl"

# Uncompressed sizes at 0.14.1: 4.5, 4.1, 2.1, 1.2, 0.6 and 0.4 GB. One layer each, so that pulls
# run in parallel and a new vLLM does not move torch.
LAYERS = ("nvidia", "flashinfer_jit_cache", "torch", "vllm", "triton", "flashinfer_cubin")

RDMA = (
    "ibverbs-providers",
    "ibverbs-utils",
    "rdma-core",
)
# What DeepGEMM and FlashInfer call when they compile kernels at run time.
JIT = (
    "bin/nvcc",
    "bin/cudafe++",
    "bin/ptxas",
    "bin/fatbinary",
    "include",
    "nvvm",
    "lib64/libcudart.so*",
    "lib64/stubs",
)


def source(context: Context) -> Git:
    """The tree that the tools, and for a fork the package itself, come from.

    A release's tag is fetched as such where its commit is not known here; a fork needs a commit.
    """
    ref, url = context.params[VLLM_REF], context.params[VLLM_GIT_URL]
    if COMMIT.fullmatch(ref):
        return Git(url=url, commit=ref)
    known = table()["vllm"]
    for spelling in spellings(ref):
        if commit := context.lock.commit(url, spelling):
            return Git(url=url, commit=commit, ref=spelling)
        if spelling in known["commits"] and url == known["git"]:
            return Git(url=url, commit=known["commits"][spelling], ref=spelling)
    return Git(url=url, ref=ref)


def is_release(context: Context) -> bool:
    """Whether wheels of the ref exist: upstream's repository and a version."""
    version = re.fullmatch(r"v?[0-9]+(\.[0-9]+)+(rc[0-9]+|\.post[0-9]+)?", context.params[VLLM_REF])
    return bool(version) and context.params[VLLM_GIT_URL] == table()["vllm"]["git"]


def _package(context: Context) -> Step:
    """The step that installs vLLM itself."""
    ref, backend = context.params[VLLM_REF], context.params[TORCH_BACKEND]
    row = find_row(context.framework, context.device, context.cuda)
    if not is_release(context):
        return python(
            f"compile vLLM {ref}",
            installs(script(__file__, "source.sh")),
            {
                "VENV": VENV,
                "SOURCE": SOURCE,
                "VERSION": f"0.0.0+g{ref[:12]}" if COMMIT.fullmatch(ref) else "0.0.0",
                "EXTRAS": EXTRAS,
                "BACKEND": backend,
                "OWNER": OWNER,
            },
            build=BuildKind.SETUPTOOLS,
        )
    version = ref.removeprefix("v")
    requirement = f"vllm{EXTRAS}=={version}"
    if row and row.vllm_wheel:
        url = row.vllm_wheel.format(version=version, backend=backend, machine=context.arch.alt)
        requirement = f"vllm{EXTRAS} @ {url}"
    return packages(
        f"vLLM {ref}",
        (requirement,),
        backend=backend,
        indexes=(f"{TORCH_INDEX}/{backend}",) if row and row.vllm_wheel else (),
    )


def packages(
    title: str, requirements: tuple[str, ...], *, backend: str = "", indexes: tuple[str, ...] = ()
) -> Run:
    """A step that installs packages into the venv."""
    return python(
        title,
        installs(shell("packages.sh")),
        {
            "VENV": VENV,
            "REQUIREMENTS": "\n".join(requirements),
            "BACKEND": backend,
            "INDEXES": " ".join(indexes),
            "OWNER": OWNER,
        },
    )


def _kernels(context: Context) -> tuple[Step, ...]:
    params = context.params
    archs: tuple[str, ...] = params[TORCH_CUDA_ARCH_LIST]
    flashinfer = params[FLASHINF_REF].removeprefix("v")
    common = {"VENV": VENV, "TOOLS": TOOLS, "OWNER": OWNER}
    return (
        packages(
            f"FlashInfer {flashinfer}: compiled kernels", (f"flashinfer-cubin=={flashinfer}",)
        ),
        packages(
            f"FlashInfer {flashinfer}: kernels for CUDA {context.cuda}",
            (f"flashinfer-jit-cache=={flashinfer}",),
            indexes=(f"{FLASHINFER_INDEX}/{params[TORCH_BACKEND]}",),
        ),
        python(
            "DeepGEMM",
            script(__file__, "deepgemm.sh"),
            {**common, "CUDA": context.cuda, "REF": params[DEEPGEMM_REF]},
            build=BuildKind.SETUPTOOLS,
        ),
        python(
            "expert-parallel kernels",
            script(__file__, "ep.sh"),
            {
                **common,
                "TORCH_CUDA_ARCH_LIST": TORCH_CUDA_ARCH_LIST.kind.show(archs),
                "PPLX_COMMIT_HASH": params[PPLX_REF],
                "DEEPEP_COMMIT_HASH": params[DEEPEP_REF],
            },
            build=BuildKind.SETUPTOOLS,
        ),
    )


def _framework(context: Context, tree: str) -> Stage:
    version, library = context.params[PYTHON_VERSION], f"/usr/lib/{context.arch.multiarch}"
    row = find_row(context.framework, context.device, context.cuda)
    steps: list[Step] = [
        *install(
            (
                f"python{version}-dev",
                "build-essential",
                "cmake",
                "curl",
                "git",
                "libibumad-dev",
                "libibverbs-dev",
                "libnuma-dev",
                "librdmacm-dev",
                *RDMA,
            ),
            Family.APT,
            title="install what vLLM's kernels are built with",
        ),
        # Ubuntu 24.04 has the library only by its versioned name on arm64; harmless elsewhere.
        Run(
            title="libmlx5.so by its plain name",
            script=shell("links.sh"),
            env={"LINKS": f"{library}/libmlx5.so libmlx5.so.1"},
        ),
        Copy(stage="uv", source="/usr/bin/uv", target="/usr/bin/uv"),
        CopyContext(context=tree, source="/tree", target=SOURCE),
        Env(
            values={"CUDA_HOME": CUDA, "VIRTUAL_ENV": VENV},
            prepend={"PATH": (f"{VENV}/bin", f"{CUDA}/bin")},
        ),
        python(
            "the virtual environment",
            shell("venv.sh"),
            {
                "VENV": VENV,
                "PYTHON": python_path(version),
                "REQUIREMENTS": "pip\ncuda-python",
                "OWNER": OWNER,
            },
        ),
    ]
    if row and context.arch in row.lmcache:
        # Before vLLM, so that vLLM's requirements have the last word.
        steps.append(
            packages(
                "LMCache",
                (f"lmcache=={context.params[LMCACHE_REF]}",),
                backend=context.params[TORCH_BACKEND],
            )
        )
    steps += [_package(context), *_kernels(context)]
    return Stage(
        name=STAGE,
        base="base",
        summary=f"framework: vLLM {context.params[VLLM_REF]} and its kernels",
        component="vllm",
        steps=tuple(steps),
        outputs=(VENV, SOURCE),
    )


def _kit() -> Stage:
    return Stage(
        name="cuda-jit",
        base="base",
        summary="cuda-jit: the part of the CUDA toolkit that compiles kernels at run time",
        component="vllm",
        steps=(collect("collect the CUDA compiler", JIT, below=CUDA, into="/cuda"),),
        outputs=("/cuda",),
    )


def _half(context: Context) -> Half:
    version, major = context.params[PYTHON_VERSION], context.cuda_major
    site = context.params[SITE_PACKAGES]
    blas = "\n".join(
        f"{CUDA}/lib64/{name}.so {name}.so.{major}" for name in ("libcublas", "libcublasLt")
    )
    return Half(
        packages=(
            f"python{version}-dev",
            "build-essential",
            "g++",
            "ninja-build",
            "jq",
            "curl",
            "git",
            "git-lfs",
            "gnupg2",
            "libibverbs1",
            "libibumad3",
            "libnuma1",
            "librdmacm1",
            *RDMA,
            "ca-certificates",
            "libxcb1",
            f"cuda-command-line-tools-{context.cuda.replace('.', '-')}",
        ),
        copies=(
            Copy(stage="cuda-jit", source="/cuda", target=CUDA),
            *(
                Copy(stage=STAGE, source=f"{site}/{layer}", target=f"{site}/{layer}")
                for layer in LAYERS
            ),
            Copy(stage="venv-rest", source="/rest", target=VENV),
            Copy(stage=STAGE, source=SOURCE, target=SOURCE),
        ),
        finish=(
            Run(
                title="CUDA libraries by their plain names",
                script=shell("links.sh"),
                env={"LINKS": blas},
            ),
        ),
        env={
            "DYNAMO_HOME": "/workspace",
            "PYTHON_VERSION": version,
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            "CUDA_HOME": CUDA,
            "CPATH": f"{CUDA}/include",
            "NVIDIA_DRIVER_CAPABILITIES": "video,compute,utility",
            "VLLM_USE_FLASHINFER_SAMPLER": "1",
        },
        libraries=(NVSHMEM,),
        path=(f"{CUDA}/bin", f"{CUDA}/nvvm/bin"),
    )


def own(context: Context) -> Own:
    """vLLM's stages and its half of the runtime."""
    tree = source(context)
    name = context_name("vllm", tree)
    return Own(
        sources={name: tree},
        stages=(
            _framework(context, name),
            _kit(),
            rest(VENV, context.params[SITE_PACKAGES], LAYERS, component="vllm"),
        ),
        half=_half(context),
        checks=_checks(context),
    )


def _checks(context: Context) -> tuple[Check, ...]:
    version = context.params[VLLM_REF].removeprefix("v") if is_release(context) else ""
    return (
        imports(
            "vllm",
            ("torch", "vllm", *native.modules(context)),
            {"vllm": "" if context.cuda_major else version},
        ),
        files("vllm", "the tools and NVSHMEM are there", TOOLS, NVSHMEM),
        files(
            "vllm",
            "the compiler of run-time kernels is there",
            *(f"{CUDA}/bin/{name}" for name in ("nvcc", "ptxas", "fatbinary", "cudafe++")),
            executable=True,
        ),
        files(
            "vllm",
            "CUDA libraries have their plain names",
            f"{CUDA}/lib64/libcublas.so",
            f"{CUDA}/lib64/libcublasLt.so",
        ),
    )


FRAMEWORK = FrameworkRecipe(
    name=Framework.VLLM,
    summary="vLLM",
    components=native.components,
    own=own,
    from_image=True,
)
