"""What the images of all frameworks have in common: places, owner, checks of the Python stack."""

from __future__ import annotations

from collections.abc import Mapping

from dockwright.catalog.steps import shell
from dockwright.model.check import Check
from dockwright.model.plan import Run, Stage, StageMount

VENV = "/opt/dynamo/venv"
OWNER = "1000:0"
WHEELHOUSE = "/opt/dynamo/wheelhouse"
TORCH_INDEX = "https://download.pytorch.org/whl"
"""One index below it for each backend of torch, `cpu` among them."""
INSIDE_STACK = "/dockwright/verifier/inside_stack.py"
"""Where the verify stage has evidence/inside_stack.py (planning/names.py, VERIFIER)."""

DRIVER = (
    r"libcuda\.so\.1",
    r"libnvidia-.*\.so\.1",
    r"libnvcuvid\.so\.1",
    r"libcudadebugger\.so\.1",
)
"""Libraries that the host's GPU driver brings, so that no image has them."""

OPTIONAL = (
    r"libaws-(cpp-sdk-core|cpp-sdk-s3|crt-cpp)\.so",  # NIXL's plugin for object stores
    r"libcutensor(Mg)?\.so\.2",  # an extra of CuPy
    r"libfabric\.so\.1",  # of the EFA layer
    r"libgdrapi\.so\.2",  # works with a kernel module of the host
    r"lib(mpi|oshmem)\.so\.40|libpmix\.so\.2",  # NVSHMEM started by MPI
    r"libuc[ps]\.so\.0",  # NVSHMEM over UCX: NIXL's copy has other names
    r"lib(av[a-z]+|sw(resample|scale))\.so\.[0-9]+",  # TorchCodec, for whatever FFmpeg is there
    r"libtbb\.so\.12",  # one of Numba's three threading layers
)
"""Libraries that plugins in the engines' wheels look for, and do without."""

CUDA = "/usr/local/cuda"
TRITON = {
    **{f"TRITON_{name}_PATH": f"{CUDA}/include" for name in ("CUPTI", "CUDACRT", "CUDART")},
    **{
        f"TRITON_{name.upper()}_PATH": f"{CUDA}/bin/{name}"
        for name in ("cuobjdump", "nvdisasm", "ptxas")
    },
}
"""Where Triton finds the toolkit, since it looks for its own copy otherwise."""

MODULES = (
    "dynamo._core",
    "dynamo.runtime",
    "dynamo.llm",
    "dynamo.frontend",
    "dynamo.frontend.main",
    "dynamo.mocker",
    "dynamo.mocker.main",
    "dynamo.router",
)


def python_path(version: str) -> str:
    """The distribution's interpreter."""
    return f"/usr/bin/python{version}"


def imports(
    component: str,
    modules: tuple[str, ...],
    distributions: Mapping[str, str] | None = None,
    *,
    python: str = f"{VENV}/bin/python",
    name: str = "",
) -> Check:
    """Modules are imported by the image's user; distributions have these versions ("" = any)."""
    return Check(
        component=component,
        name=name or "modules import",
        kind="imports",
        args={
            "python": python,
            "user": "dynamo",
            "modules": list(modules),
            "distributions": dict(distributions or {}),
            "timeout": 300,
        },
    )


def stack_resolves(component: str, environment: str) -> Check:
    """Every library of a whole environment is found, but for the GPU driver's and OPTIONAL.

    What another wheel of it brings counts: Python has loaded that one before.
    """
    return Check(
        component=component,
        name="libraries resolve (but for the GPU driver's and optional plugins')",
        kind="resolves",
        args={
            "paths": [environment],
            "allow_missing": [*DRIVER, *OPTIONAL],
            "loaded": [environment],
        },
    )


def stack_holds(
    component: str, *words: str, name: str, python: str = f"{VENV}/bin/python"
) -> Check:
    """A check of evidence/inside_stack.py about the whole Python stack."""
    return Check(
        component=component,
        name=name,
        kind="run",
        args={"argv": [python, INSIDE_STACK, *words], "timeout": 120},
    )


def serves(python: str) -> Check:
    """The stack as a user runs it, with the mocker in place of an engine: no GPU is needed."""
    return Check(
        component="dynamo",
        name="etcd, NATS, mocker and frontend answer /v1/chat/completions",
        kind="serve",
        args={
            "python": python,
            "etcd": "/usr/local/bin/etcd/etcd",
            "nats": "/usr/bin/nats-server",
            "user": "dynamo",
            "timeout": 90,
        },
    )


def rest(venv: str, site: str, layers: tuple[str, ...], *, component: str) -> Stage:
    """A venv without the packages that have a layer of their own."""
    return Stage(
        name="venv-rest",
        base="base",
        summary="venv-rest: the small packages of the virtual environment, as one layer",
        component=component,
        steps=(
            Run(
                title="the virtual environment without its largest packages",
                script=shell("rest.sh"),
                env={
                    "SOURCE": "/stack",
                    "TARGET": "/rest",
                    "WITHOUT": "\n".join(
                        f"{site.removeprefix(f'{venv}/')}/{name}" for name in layers
                    ),
                },
                mounts=(StageMount(stage="framework", source=venv, target="/stack"),),
            ),
        ),
        outputs=("/rest",),
    )
