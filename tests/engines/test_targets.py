"""dev, local-dev, frontend and the EFA layer, built from stand-ins and looked at from inside.

One engine: what these images hold does not depend on it. The stages of the runtime are those of
the other tests of the session.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engines.bench import Bench, Said
from tests.engines.standins import PICKER, StandIns, stand_ins
from tests.tree import ROOT

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.parametrize("engine", ["buildah"], indirect=True, scope="session"),
    pytest.mark.skipif(not shutil.which("docker-registry"), reason="docker-registry is not there"),
]
VENV = "/opt/dynamo/venv"
IDS = ("--user-uid", "1234", "--user-gid", "1234", "--rust-provider", "package")


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with stand_ins(tmp_path_factory.mktemp("standins")) as found:
        yield found


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image in the engine's store, and what the build said."""

    name: str
    engine: Bench
    said: Said

    @property
    def config(self) -> dict[str, object]:
        """What the image says about its containers."""
        said = self.engine.raw("buildah", "inspect", "--type", "image", self.name)
        found: dict[str, object] = json.loads(said)["OCIv1"]["config"]
        return found

    def run(self, *argv: str, user: str = "") -> str:
        """A command inside, as the image's user or another; everything that it said."""
        with self._container() as container:
            words = ["buildah", "run", "--isolation", "chroot", *(("--user", user) if user else ())]
            done = subprocess.run(
                [*words, container, "--", *argv],
                env=self.engine.env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=120,
            )
            assert done.returncode == 0, done.stdout
            return done.stdout

    @contextmanager
    def mounted(self) -> Iterator[Path]:
        """The image's files."""
        with self._container() as container:
            yield Path(self.engine.raw("buildah", "mount", container).strip())

    @contextmanager
    def _container(self) -> Iterator[str]:
        container = self.engine.raw("buildah", "from", "--pull-never", self.name).strip()
        try:
            yield container
        finally:
            self.engine.raw("buildah", "rm", container)


def image(engine: Bench, upstream: StandIns, target: str, *words: str) -> Image:
    """Build a target; every check of its verify stage must hold."""
    name = f"targets/{target}:1"
    said = engine.build(
        *("--target", target, "--tag", name, *upstream.mirrors, *words), env=upstream.env
    )
    assert said.data["checks"]["ok"]
    return Image(name=name, engine=engine, said=said)


@pytest.fixture(scope="module")
def local_dev(engine: Bench, upstream: StandIns) -> Image:
    return image(engine, upstream, "local-dev", *upstream.sources, *IDS)


@pytest.fixture(scope="module")
def runtime(engine: Bench) -> Image:
    """What the others stand on; its checks are those of other tests."""
    said = engine.build("--tag", "targets/runtime:1", "--no-verify")
    return Image(name="targets/runtime:1", engine=engine, said=said)


@pytest.fixture(scope="module")
def with_efa(engine: Bench, upstream: StandIns) -> Image:
    return image(engine, upstream, "runtime", "--make-efa")


@pytest.fixture(scope="module")
def frontend(engine: Bench, upstream: StandIns) -> Image:
    return image(engine, upstream, "frontend", *upstream.sources, "--epp-image", upstream.picker)


WRITES = f"""
set -e
umask 002
for place in /workspace /workspace/components/src/dynamo/frontend /home/dynamo /home/dynamo/.cache \
    {VENV} {VENV}/bin {VENV}/lib/python3.*/site-packages; do
    touch "$place/written"
done
echo '# edited' >>/workspace/components/src/dynamo/frontend/main.py
"""


def test_local_dev_belongs_to_the_caller(local_dev: Image) -> None:
    assert local_dev.run("id") == "uid=1234(dynamo) gid=1234(dynamo) groups=1234(dynamo),0(root)\n"
    # Without a network of its own the container's name leads nowhere, of which sudo warns.
    assert local_dev.run("bash", "-c", "sudo -n id -u 2>/dev/null") == "0\n"
    local_dev.run("bash", "-c", f"[[ -O $HOME && $HOME == /home/dynamo ]]{WRITES}")
    history = "bash -ic 'echo $HISTFILE'"
    assert "/home/dynamo/.commandhistory/.bash_history" in local_dev.run("bash", "-c", history)


def test_any_user_of_group_0_can_write(local_dev: Image) -> None:
    local_dev.run("bash", "-c", WRITES, user="4242:0")


def test_what_is_imported_are_the_sources(local_dev: Image) -> None:
    shown = local_dev.run(
        f"{VENV}/bin/python", "-c", "import dynamo.mocker as m; print(m.__file__)"
    )
    assert shown == "/workspace/components/src/dynamo/mocker/__init__.py\n"
    assert "--http-port" in local_dev.run("python", "-m", "dynamo.frontend", "--help")
    assert local_dev.run(f"{VENV}/bin/datagen") == "data\n"
    tests = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "/workspace/tests")
    assert "1 passed" in local_dev.run(*tests)


CRATE = """
set -e
mkdir -p /workspace/crate/src && cd /workspace/crate
printf '[package]\\nname = "crate"\\nversion = "1.0.0"\\nedition = "2024"\\n' >Cargo.toml
printf 'fn main() { println!("compiled"); }\\n' >src/main.rs
cargo build --quiet --offline
ls /workspace/target/debug/crate
/workspace/target/debug/crate
"""


def test_rust_compiles_for_the_caller(local_dev: Image) -> None:
    assert local_dev.run("bash", "-c", CRATE) == "/workspace/target/debug/crate\ncompiled\n"


def test_nothing_of_the_runtime_is_overwritten(runtime: Image, local_dev: Image) -> None:
    """Bytes, owners, modes; package managers keep records, and the sources replace a wheel."""
    apart = (
        *("/var/lib/", "/var/cache/", "/var/log/", "/etc/", "/home/dynamo"),
        f"{VENV}/lib/python3.11/site-packages/dynamo/",
        f"{VENV}/lib/python3.11/site-packages/ai_dynamo-",
    )
    changed = []
    with runtime.mounted() as old, local_dev.mounted() as new:
        for folder, directories, files in os.walk(old):
            for path in (Path(folder, name) for name in (*directories, *files)):
                inside = f"/{path.relative_to(old)}"
                if not inside.startswith(apart) and differs(path, new / path.relative_to(old)):
                    changed.append(inside)
    assert changed == []


def differs(old: Path, new: Path) -> bool:
    """Whether kind, owner, mode or content are others. Equal times stand for equal bytes."""
    if not os.path.lexists(new):
        return True
    before, after = old.lstat(), new.lstat()
    if (before.st_mode, before.st_uid, before.st_gid) != (
        *(after.st_mode, after.st_uid, after.st_gid),
    ):
        return True
    if stat.S_ISLNK(before.st_mode):
        return old.readlink() != new.readlink()
    return stat.S_ISREG(before.st_mode) and (before.st_size, before.st_mtime_ns) != (
        *(after.st_size, after.st_mtime_ns),
    )


def test_efa_is_installed_as_root_and_the_user_is_as_before(with_efa: Image) -> None:
    assert with_efa.config["User"] == "dynamo"
    assert "EFA_VERSION=1.45.1" in with_efa.config["Env"]  # type: ignore[operator]
    listed = with_efa.run("/sbin/ldconfig", "-p")
    assert "/opt/amazon/efa/lib/libfabric.so.1" in listed
    assert "libnccl-net" not in listed
    shown = with_efa.run("ls", "-ln", "/opt/amazon/efa/lib/libfabric.so.1", "/opt/amazon")
    assert " 0 0 " in shown
    assert "ofi-nccl" not in shown
    with_efa.run("bash", "-c", "! ls -d /root/.cache /root/.gnupg", user="0")


def test_an_installer_with_a_foreign_signature_is_not_run(
    engine: Bench, upstream: StandIns
) -> None:
    env = {**upstream.env, "PYTHONPATH": str(ROOT / "src")}
    said = engine("build", "--make-efa", *upstream.mirrors, env=env)
    assert "is not signed by 4E9091BC" in said.explained(1)


def test_the_frontend_has_the_endpoint_picker_and_a_frontend(frontend: Image) -> None:
    assert frontend.config["Entrypoint"] == ["/epp"]
    assert frontend.config["User"] == "dynamo"
    assert frontend.run("/epp") == PICKER.splitlines()[1].removeprefix("echo ") + "\n"
    assert "--http-port" in frontend.run("python", "-m", "dynamo.frontend", "--help")
    frontend.run("bash", "-c", f"touch /workspace/w /home/dynamo/w {VENV}/w", user="4242:0")
    frontend.run("bash", "-c", "! ls /usr/bin/nats-server /usr/local/bin/etcd /usr/local/cargo")
