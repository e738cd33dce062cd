"""Stand-ins on loopback for what the dev, frontend and EFA images take from places out of reach.

Dynamo's tree is its released Python code with the projects around it, as far as recipes look at
them; the endpoint picker is a script in an image; EFA's installer puts the image's own libfabric
where AWS's puts another one, and is signed with a key of our own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from dockwright.planning.targets.efa import ADDRESS, FINGERPRINT
from tests.engines.registries import registry
from tests.engines.servers import committed, file_server, git, git_server
from tests.tree import ROOT

RELEASE = "0.9.0"
EFA_VERSION = "1.45.1"
EPP = "epp:1"
PICKER = "#!/bin/sh\necho endpoint picker\n"
_PROJECT = """\
[project]
name = "{name}"
version = "{version}"
description = "a stand-in"
{more}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""
_HOOK = """
[tool.hatch.build.hooks.custom]
path = "hatch_build.py"
"""
# As upstream's does: what it makes belongs to no commit.
_HATCH_BUILD = """\
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Version(BuildHookInterface):
    def initialize(self, version, build_data):
        for part in Path(self.root, "components/src/dynamo").iterdir():
            (part / "_version.py").write_text(f'__version__ = "{self.metadata.version}"\\n')
"""
_TREE = {
    "pyproject.toml": _PROJECT.format(
        name="ai-dynamo",
        version=RELEASE,
        more=f'dependencies = ["ai-dynamo-runtime=={RELEASE}"]\n',
        package="components/src/dynamo",
    )
    + _HOOK,
    "hatch_build.py": _HATCH_BUILD,
    "benchmarks/pyproject.toml": _PROJECT.format(
        name="data-generator",
        version="0.1.0",
        more='scripts = { datagen = "prefix_data_generator:main" }\n',
        package="prefix_data_generator",
    ),
    "benchmarks/prefix_data_generator/__init__.py": "def main():\n    print('data')\n",
    "rust-toolchain.toml": '[toolchain]\nchannel = "1.90.0"\n',
    "tests/test_a.py": "def test_a():\n    import dynamo.frontend\n",
    **dict.fromkeys(("deploy/a", "examples/a", "recipes/a", ".gitignore", "README.md"), "a\n"),
    **{f"ATTRIBUTIONS-{language}.md": "a\n" for language in ("Go", "Python", "Rust")},
    "LICENSE": "Apache-2.0\n",
}
_INSTALLER = """\
#!/bin/bash
# Stands in for AWS's installer: the same words, and files at the same places.
set -euo pipefail
[[ "$*" == "-y --skip-kmod --skip-limit-conf --no-verify" && $(id -u) == 0 ]]
library=$(find /usr/local /usr/lib -name 'libfabric.so.1.*' | head -n 1)
install -D -m 0755 "$library" /opt/amazon/efa/lib/libfabric.so.1
install -D -m 0755 "$library" /opt/amazon/ofi-nccl/lib/libnccl-net.so
echo /opt/amazon/efa/lib >/etc/ld.so.conf.d/000_efa.conf
echo /opt/amazon/ofi-nccl/lib >/etc/ld.so.conf.d/100_ofinccl.conf
ldconfig
"""


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """What a build must be told, and the environment that has the changed catalog.

    `mirrors` lead to the servers, `sources` name Dynamo's tree; `picker` is the image with the
    endpoint picker.
    """

    mirrors: tuple[str, ...]
    sources: tuple[str, ...]
    picker: str
    env: dict[str, str]


@contextmanager
def stand_ins(root: Path) -> Iterator[StandIns]:
    """Serve everything below an empty folder."""
    (root / "git").mkdir()
    (root / "files").mkdir()
    commit = dynamo(root / "git/ai-dynamo/dynamo.git")
    requirement = project(root / "git/ai-dynamo/aiperf.git")
    changed = catalog(root / "src", requirement, efa(root / "files", root / "gnupg"))
    with (
        git_server(root / "git") as git,
        file_server(root / "files") as files,
        registry(root / "registry") as running,
    ):
        running.push(EPP, text=PICKER, path="/epp", mode=0o755)
        registries = root / "registries.conf"
        registries.write_text(f'[[registry]]\nlocation = "{running.host}"\ninsecure = true\n')
        yield StandIns(
            mirrors=(
                *("--source-mirror", f"https://github.com/={git}/"),
                *("--source-mirror", f"{ADDRESS}={files}"),
            ),
            # The index of torch is out of reach, and no requirement of the catalog asks for torch.
            sources=("--dynamo-source", commit, "--torch-backend", ""),
            picker=f"{running.host}/{EPP}",
            env={"PYTHONPATH": str(changed), "CONTAINERS_REGISTRIES_CONF": str(registries)},
        )


def dynamo(tree: Path) -> str:
    """Dynamo's source tree as a repository; its commit."""
    code = tree / "components/src"
    argv = [find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--target", str(code)]
    subprocess.run([*argv, f"ai-dynamo=={RELEASE}"], check=True)
    for name in code.iterdir():
        if name.name != "dynamo":
            shutil.rmtree(name) if name.is_dir() else name.unlink()
    for path in (*code.rglob("_version.py"), *code.rglob("__pycache__")):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return _committed(tree, {**_TREE, ".gitignore": "_version.py\n__pycache__/\n"})


def project(tree: Path) -> str:
    """A small package that requirements name by its repository and commit."""
    text = _PROJECT.format(name="aiperf", version="1", more="", package="aiperf")
    return _committed(tree, {"pyproject.toml": text, "aiperf/__init__.py": ""})


def _committed(tree: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)

    commit = committed(tree)
    # A client that asks for one commit must be answered.
    git(tree, "config", "uploadpack.allowAnySHA1InWant", "true")
    return commit


def efa(folder: Path, keys: Path) -> str:
    """The installer's archive with its signature and key; the key's fingerprint."""
    name = f"aws-efa-installer-{EFA_VERSION}.tar.gz"
    (folder / "aws-efa-installer").mkdir()
    script = folder / "aws-efa-installer/efa_installer.sh"
    script.write_text(_INSTALLER)
    script.chmod(0o755)
    with tarfile.open(folder / name, "w:gz") as archive:
        archive.add(script.parent, "aws-efa-installer")
    keys.mkdir(mode=0o700)

    def gpg(*words: str) -> str:
        env = {**os.environ, "GNUPGHOME": str(keys)}
        argv = ["gpg", "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
        return subprocess.run(
            [*argv, *words], env=env, check=True, capture_output=True, text=True
        ).stdout

    gpg("--quick-generate-key", "stand-in@example.invalid", "ed25519", "sign", "2d")
    gpg("--detach-sign", "--output", str(folder / f"{name}.sig"), str(folder / name))
    gpg("--armor", "--export", "--output", str(folder / "aws-efa-installer.key"))
    listed = gpg("--with-colons", "--list-keys")
    # The agent would outlive the test.
    subprocess.run(
        ["gpgconf", "--homedir", str(keys), "--kill", "all"], check=True, capture_output=True
    )
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


def catalog(sources: Path, commit: str, fingerprint: str) -> Path:
    """Our own sources, with requirements that a test can install, and the key of the stand-in."""
    shutil.copytree(ROOT / "src", sources, ignore=shutil.ignore_patterns("__pycache__"))
    requirements = sources / "dockwright/catalog/requirements"
    url = f"aiperf @ git+https://github.com/ai-dynamo/aiperf.git@{commit}"
    (requirements / "common.txt").write_text(f"{url}\nftfy==6.3.1\npip<=25.0.1\n")
    (requirements / "test.txt").write_text("pytest==8.4.2\npytest-timeout==2.4.0\n")
    module = sources / "dockwright/planning/targets/efa.py"
    text = module.read_text()
    assert FINGERPRINT in text
    module.write_text(text.replace(FINGERPRINT, fingerprint))
    return sources
