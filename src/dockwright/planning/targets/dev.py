"""The dev images: tools and sources on top of the runtime, which keeps everything that it has.

`dev` is for root in a container; `local-dev` maps its user to the caller, so that files in a
mounted workspace belong to that person.
"""

from __future__ import annotations

from msgspec.structs import replace

from dockwright.catalog.checks import files, prints
from dockwright.catalog.components.dynamo import OF_WHEELS
from dockwright.catalog.components.rust import CARGO_HOME, RUST_PROVIDER, RUSTUP_HOME
from dockwright.catalog.parameters.axes import ARCH
from dockwright.catalog.parameters.native import NSIGHT_SYSTEMS_VERSION
from dockwright.catalog.parameters.people import USER_GID, USER_UID, WORKSPACE_DIR
from dockwright.catalog.parameters.vllm import TORCH_BACKEND
from dockwright.catalog.stack import TORCH_INDEX, TRITON
from dockwright.catalog.steps import python, shell
from dockwright.model.check import Check
from dockwright.model.plan import (
    Copy,
    Env,
    Label,
    Run,
    Stage,
    Step,
    Tag,
    User,
    Workdir,
    Write,
)
from dockwright.model.values import Device
from dockwright.planning import names
from dockwright.planning.site import Site
from dockwright.planning.targets import common
from dockwright.planning.targets.verify import OWNER_CHECK, USER_CHECK
from dockwright.planning.targets.workspace import workspace_copy

DEV, LOCAL_DEV = "dev", "local-dev"
PROFILE = "/etc/profile.d/50-framework-paths.sh"
DEVTOOLS = "https://developer.download.nvidia.com/devtools/repos"
GPU_TOOLS = ("nvtop",)

TOOLS: dict[str, tuple[str, ...]] = {
    "core": ("ca-certificates", "curl", "wget", "git", "git-lfs", "less", "grep", "sed"),
    "editors, shells": (
        *("vim", "nano", "htop", "tmux", "screen", "zsh", "fish"),
        "bash-completion",
    ),
    "network": ("net-tools", "openssh-client", "iproute2", "iputils-ping", "zip", "unzip", "rsync"),
    "build": (
        *("build-essential", "cmake", "autoconf", "automake", "libtool", "meson", "ninja-build"),
        *("pybind11-dev", "pkg-config", "protobuf-compiler", "patchelf", "clang", "libclang-dev"),
    ),
    "debug": ("gdb", "valgrind", "strace", "ltrace"),
    "text": ("jq", "yq", "tree", "fd-find", "ripgrep"),
    "privileges": ("sudo", "gnupg2", "gnupg1"),
    "python": ("python3", "python3-pip", "python3-venv"),
}


def dev_stage(site: Site, base: str) -> Stage:
    """Tools, tool chains and the editable sources, installed over the runtime as root."""
    params = site.read(DEV)
    workspace = params[WORKSPACE_DIR]
    cuda = site.context.device is Device.CUDA
    tools = [name for group in TOOLS.values() for name in group] + list(GPU_TOOLS if cuda else ())
    backend = params[TORCH_BACKEND]
    steps: list[Step] = [
        User(name="root"),
        Run(
            title="install the tools",
            script=shell("dev-tools.sh"),
            env={"PACKAGES": " ".join(sorted(tools)), "AWK": "gawk mawk original-awk"},
            tags=(Tag.NETWORK,),
        ),
        *(_profiler(site) if cuda else ()),
        *(
            Copy(stage="rust", source=path, target=path)
            for path in ((RUSTUP_HOME, CARGO_HOME) if site.has("rust") else ())
        ),
        *_interpreter(site),
        common.python_stack(
            site,
            "what tests and checks of the sources need",
            common.requirements("common", "test"),
            interpreter=f"{names.VENV}/bin/python",
            prefix=names.VENV,
            system=False,
            wheels=False,
            extra_index=f"{TORCH_INDEX}/{backend}" if backend else "",
        ),
        workspace_copy(whole=True, target=workspace),
        python(
            "the sources, editable",
            shell("editable.sh"),
            {
                "PYTHON": f"{names.VENV}/bin/python",
                "WORKSPACE": workspace,
                "PREFIX": names.VENV,
                "OWNER": f"{names.USER_ID}:0",
            },
        ),
        Write(path=PROFILE, text=shell("framework-paths.sh")),
        common.login_path(20, _prepend(site)["PATH"]),
        common.writable(workspace, names.VENV),
        Env(values=_environment(site, workspace), prepend=_prepend(site)),
        Workdir(path=workspace),
        *common.start(site),
        Label(values=common.labels(site)),
        *common.commit(site, DEV),
    ]
    return Stage(
        name=DEV,
        base=base,
        summary="dev: tools, tool chains and sources on the runtime",
        component="image",
        steps=tuple(steps),
    )


def _profiler(site: Site) -> tuple[Step, ...]:
    """NVIDIA's profiler, where its archive knows the system; a version said elsewhere is unread."""
    known = UBUNTU.get(site.context.os.release)
    if site.context.os.distribution != "ubuntu" or not known:
        return ()
    params = site.read(DEV)
    system = f"{site.context.os.distribution}{known}"
    return (
        Run(
            title="install Nsight Systems",
            script=shell("nsight.sh"),
            env={
                "REPOSITORY": f"{DEVTOOLS}/{system}/{params[ARCH].value}",
                "VERSION": params[NSIGHT_SYSTEMS_VERSION],
            },
            tags=(Tag.NETWORK,),
        ),
    )


UBUNTU = {"noble": "2404"}


def _interpreter(site: Site) -> tuple[Step, ...]:
    """The venv of development: the runtime's, or one that sees the system's packages."""
    if site.has_venv:
        return ()
    return (
        python(
            "a venv that sees the system's packages",
            shell("venv-system.sh"),
            {
                "VENV": names.VENV,
                "PYTHON": site.interpreter(DEV),
                "OWNER": f"{names.USER_ID}:0",
            },
        ),
    )


def _environment(site: Site, workspace: str) -> dict[str, str]:
    values = {
        "HOME": "/root",
        "WORKSPACE_DIR": workspace,
        "DYNAMO_HOME": workspace,
        "CARGO_TARGET_DIR": f"{workspace}/target",
        "VIRTUAL_ENV": names.VENV,
        "RUSTUP_HOME": RUSTUP_HOME,
        "CARGO_HOME": CARGO_HOME,
    }
    if site.context.device is Device.CUDA:
        values |= {
            "NVIDIA_DRIVER_CAPABILITIES": "video,compute,utility",
            "CUDA_HOME": "/usr/local/cuda",
            "CPATH": "/usr/local/cuda/include",
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            **TRITON,
        }
    return values


def _prepend(site: Site) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {"PATH": (common.VENV_BIN, f"{CARGO_HOME}/bin")}
    if site.context.device is Device.CUDA:
        # Behind ours: the driver's compatibility libraries must not hide anything.
        found["LD_LIBRARY_PATH"] = (
            *common.libraries(site.shipped),
            "/usr/local/cuda/compat/lib.real",
        )
    return found


def local_dev_stage(site: Site, base: str) -> Stage:
    """The image's user becomes the caller: ids, sudo, an own Rust, a history that stays."""
    params = site.read(LOCAL_DEV)
    home, workspace = common.HOME, params[WORKSPACE_DIR]
    # rustup changes its tool chains; there is nothing to change about the distribution's.
    path = (f"{home}/.cargo/bin", f"{CARGO_HOME}/bin", "/usr/local/bin")
    own_rust = site.has("rust") and params[RUST_PROVIDER] == "rustup"
    return Stage(
        name=LOCAL_DEV,
        base=base,
        summary="local-dev: dev, with the caller's user and group ids",
        component="image",
        steps=(
            User(name="root"),
            Run(
                title="the user gets the caller's ids",
                script=shell("ids.sh"),
                env={
                    "USER_NAME": names.USER,
                    "NEW_UID": str(params[USER_UID]),
                    "NEW_GID": str(params[USER_GID]),
                    "RUSTUP_HOME": RUSTUP_HOME if own_rust else "",
                },
            ),
            Env(
                values={
                    "HOME": home,
                    "RUSTUP_HOME": f"{home}/.rustup" if own_rust else RUSTUP_HOME,
                    "CARGO_HOME": f"{home}/.cargo",
                    "DYNAMO_HOME": workspace,
                    "CARGO_TARGET_DIR": f"{workspace}/target",
                },
                prepend={"PATH": path},
            ),
            common.login_path(30, path),
            Workdir(path=home),
            User(name=names.USER),
            *common.start(site),
        ),
    )


def for_sources(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The runtime's checks, where the sources take the place of Dynamo's wheel.

    Their version is the developer's, and what is installed beside them no longer is what one lock
    says.
    """
    return tuple(
        replace(check, name="modules import", args={**check.args, "distributions": {}})
        if (check.component, check.kind) == ("dynamo", "imports")
        else check
        for check in checks
        if check.component != "dynamo" or check.name not in OF_WHEELS
    )


def dev_checks(site: Site) -> tuple[Check, ...]:
    """Tools start, the sources are the ones that Python imports."""
    tools = ("git", "cmake", "gdb", "rg", "jq", "tmux")
    workspace = site.read(DEV)[WORKSPACE_DIR]
    return (
        *(
            prints("dev", f"/usr/bin/{tool}", "-V" if tool == "tmux" else "--version", expect=".")
            for tool in tools
        ),
        files("dev", "the sources are there", f"{workspace}/pyproject.toml", PROFILE),
        prints(
            "dev",
            f"{names.VENV}/bin/python",
            "-c",
            "import dynamo.frontend as f; print(list(f.__path__)[0])",
            expect=f"^{workspace}/",
            name="Python imports the sources, not a copy",
        ),
        *(
            (prints("dev", f"{CARGO_HOME}/bin/cargo", "--version", expect="cargo 1"),)
            if site.has("rust")
            else ()
        ),
    )


def local_dev_checks(site: Site) -> tuple[Check, ...]:
    """The user has the caller's ids, and group 0 beside its own."""
    params = site.read(LOCAL_DEV)
    uid, gid = params[USER_UID], params[USER_GID]
    return (
        prints(
            LOCAL_DEV,
            "/usr/bin/id",
            names.USER,
            expect=rf"uid={uid}\({names.USER}\) gid={gid}\(.*[=,]0\(root\)",
            name=f"{names.USER} is {uid}:{gid}, with group 0",
        ),
        prints(
            LOCAL_DEV,
            "/usr/bin/sudo",
            "-n",
            "-l",
            "-U",
            names.USER,
            expect="NOPASSWD: ALL",
            name="sudo asks for no password",
        ),
    )


def for_caller(site: Site, checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The checks of local-dev: those about the runtime's user give way."""
    kept = (check for check in checks if check.name not in {USER_CHECK, OWNER_CHECK})
    return (*kept, *local_dev_checks(site))
