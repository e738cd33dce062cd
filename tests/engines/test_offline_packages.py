"""Package managers behind the recording proxy, and again where there is no network: cargo and dnf.

apt, pip and uv run so in every quickstart. The catalog's own scripts run here on this machine's
programs, in a copy of its system that is thrown away.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from dockwright.catalog.steps import shell
from dockwright.cli import offline
from dockwright.cli.host import NETWORK_SECRET_VARIABLE
from dockwright.cli.offline import Network
from dockwright.model.plan import Plan, Run, Stage, Tag
from dockwright.planning.wrap import wrap_all
from tests.tree import ROOT
from tests.upstream import self_signed, serving

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="a copy of the system needs root"),
]

ROOM = r"""
mount -t tmpfs none "$ROOM"
root=$ROOM/root
mkdir "$ROOM/upper" "$ROOM/work" "$root"
mount -t overlay none -o "lowerdir=/,upperdir=$ROOM/upper,workdir=$ROOM/work" "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs none "$root/dev/shm"
mkdir -p "$root/run/dockwright" "$root/etc/yum.repos.d"
cp "$CA" "$root/run/dockwright/ca.crt"
printf %s "$NETWORK" >"$root/run/dockwright/network.sh"
[[ ! -f $FOLDER/x.repo ]] || cp "$FOLDER/x.repo" "$root/etc/yum.repos.d/"
exec chroot "$root" bash -euo pipefail -c "$SCRIPT"
"""


def plan(title: str, script: str, variables: Mapping[str, str]) -> Plan:
    """A step of the catalog, as a plan has it."""
    step = Run(title=title, script=script, env=variables, tags=(Tag.NETWORK,))
    stage = Stage(name="packages", base="scratch", summary=title, steps=(step,))
    name, platform = "packages", "linux/amd64"
    return wrap_all(Plan(name=name, platform=platform, target=name, images={}, stages=(stage,)))


def crates(folder: Path) -> Plan:
    variables = {"CRATE": str(folder / "crate"), "CARGO_HOME": str(folder / "cargo")}
    return plan("crates", shell("crates.sh"), variables)


def packages(_folder: Path) -> Plan:
    return plan("packages", shell("dnf.sh"), {"PACKAGES": "tiny"})


PLANS = {"cargo": crates, "dnf": packages}
PROOF = {"cargo": 'ls "$CARGO_HOME"/registry/cache/*/', "dnf": "rpm -q tiny"}


def execute(kind: str, folder: Path, network: Network) -> str:
    """Run the step as a build would, in a copy of this system; what is there afterwards."""
    (step,) = PLANS[kind](folder).stages[0].steps
    assert isinstance(step, Run)
    room = folder / "room"
    room.mkdir(exist_ok=True)
    ca = next(secret.path for secret in network.secrets if secret.source == "file")
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-euo", "pipefail", "-c", ROOM],
        env={
            **{name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ},
            **step.env,
            "ROOM": str(room),
            "FOLDER": str(folder),
            "CA": ca,
            "NETWORK": network.values[NETWORK_SECRET_VARIABLE],
            "SCRIPT": "\n".join((*step.prelude, step.script, PROOF[kind])),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def recorded(kind: str, folder: Path, env: Mapping[str, str]) -> str:
    """The step's proof, while every answer is kept."""
    plans = [PLANS[kind](folder)]
    with offline.recording(plans, env, print) as network:
        return execute(kind, folder, network)


def replayed(kind: str, folder: str) -> None:
    """Print the step's proof, out of what was kept; for a process without a network."""
    plans = [PLANS[kind](Path(folder))]
    with offline.replaying(plans, os.environ) as network:
        print(execute(kind, Path(folder), network), end="")


def again(kind: str, folder: Path, env: Mapping[str, str]) -> str:
    """The step's proof, in a network namespace where nothing but loopback is."""
    call = f"from {__name__} import replayed; replayed({kind!r}, {str(folder)!r})"
    script = 'ip link set lo up; test -z "$(ip route)"; exec "$@"'
    done = subprocess.run(
        ["unshare", "--net", "bash", "-ec", script, "bash", sys.executable, "-c", call],
        env={**env, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}


@pytest.mark.skipif(not shutil.which("cargo"), reason="needs cargo and its registry")
def test_cargo_fetches_again_without_a_network(tmp_path: Path, env: dict[str, str]) -> None:
    crate, home = tmp_path / "crate", tmp_path / "cargo"
    (crate / "src").mkdir(parents=True)
    (crate / "src/lib.rs").touch()
    (crate / "Cargo.toml").write_text(
        '[package]\nname = "tiny"\nversion = "0.1.0"\n[dependencies]\nitoa = "=1.0.9"\n'
    )
    home.mkdir()
    for name in ("config.toml", "credentials.toml"):
        if (path := Path("~/.cargo").expanduser() / name).is_file():
            shutil.copy(path, home)
    words = ["cargo", "generate-lockfile", "--quiet", "--manifest-path", str(crate / "Cargo.toml")]
    subprocess.run(words, check=True, env={**os.environ, "CARGO_HOME": str(home)})
    shutil.rmtree(home / "registry", ignore_errors=True)
    assert recorded("cargo", tmp_path, env) == "itoa-1.0.9.crate\n"
    assert again("cargo", tmp_path, env) == "itoa-1.0.9.crate\n"


SPEC = """\
Name: tiny
Version: 1
Release: 1
Summary: x
License: x
BuildArch: noarch
%description
x
%files
"""


@pytest.mark.skipif(
    not all(map(shutil.which, ("dnf", "createrepo_c", "rpmbuild"))),
    reason="needs dnf, createrepo_c and rpmbuild",
)
def test_dnf_installs_again_without_a_network(tmp_path: Path, env: dict[str, str]) -> None:
    """Over TLS, as mirrors of distributions are today."""
    repository = tmp_path / "repository"
    repository.mkdir()
    (tmp_path / "tiny.spec").write_text(SPEC)
    folders = ("--define", f"_topdir {tmp_path}/rpm", "--define", f"_rpmdir {repository}")
    words = ["rpmbuild", "-bb", "--quiet", *folders, str(tmp_path / "tiny.spec")]
    subprocess.run(words, check=True, capture_output=True)
    subprocess.run(["createrepo_c", "--quiet", str(repository)], check=True)
    with serving(certificate=self_signed(tmp_path)) as upstream:
        for path in repository.rglob("*"):
            if path.is_file():
                upstream.put(f"/{path.relative_to(repository)}", path.read_bytes())
        (tmp_path / "x.repo").write_text(
            f"[x]\nname=x\nbaseurl={upstream.url}/\ngpgcheck=0\nenabled=1\n"
        )
        said = recorded("dnf", tmp_path, {**env, "SSL_CERT_FILE": str(tmp_path / "tests.pem")})
        assert said.endswith("tiny-1-1.noarch\n")
        assert any(request.path.endswith(".rpm") for request in upstream.asked)
    assert again("dnf", tmp_path, env).endswith("tiny-1-1.noarch\n")
