"""The provider `source` end to end, on real engines: pin, fetch, check, offline build, copy, run.

Small real projects of each build system come from a git server and an archive server on loopback;
the recipes name upstream's addresses, and a mirror leads to the servers.
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dockwright.catalog.parameters.axes import ARCH
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.engines.events import StageCached, StageFinished
from dockwright.errors import BuildFailed
from dockwright.model.plan import BuildKind, Copy, Plan, Run, Stage
from dockwright.model.recipe import Component, Context, On, Provider
from dockwright.model.source import Archive, Git, Source, Sourced
from dockwright.model.values import Device, Family, Framework
from dockwright.planning import names
from dockwright.planning.bases import base_image
from dockwright.planning.parts import parts
from dockwright.planning.targets.base import base_stage
from tests.builders import params
from tests.engines import built
from tests.engines.bench import Bench
from tests.engines.built import Built
from tests.engines.servers import committed, file_server, git, git_server

pytestmark = pytest.mark.engine

UPSTREAM = "https://upstream.example/"
HELLO = '#include <stdio.h>\nint main(void) { puts("hello from %s"); return 0; }\n'
PROJECTS: Mapping[str, Mapping[str, str]] = {
    "by_make": {
        "hello.c": HELLO % "by_make",
        "Makefile": "hello: hello.c\n\tcc -o $@ $<\ninstall: hello\n"
        "\tmkdir -p $(PREFIX)/bin && cp hello $(PREFIX)/bin/\n",
        # Engines read this file of a context; a source tree must arrive whole all the same.
        ".dockerignore": "*\n",
    },
    "by_autotools": {
        "hello.c": HELLO % "by_autotools",
        "configure.ac": "AC_INIT([hello], [1])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\n"
        "AC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n",
        "Makefile.am": "bin_PROGRAMS = hello\nhello_SOURCES = hello.c\n",
    },
    "by_cmake": {
        "hello.c": HELLO % "by_cmake",
        "CMakeLists.txt": "cmake_minimum_required(VERSION 3.13)\nproject(hello C)\n"
        "add_executable(hello hello.c)\ninstall(TARGETS hello DESTINATION bin)\n",
    },
    "by_meson": {
        "hello.c": HELLO % "by_meson",
        "meson.build": "project('hello', 'c')\nexecutable('hello', 'hello.c', install: true)\n",
    },
    "by_cargo": {
        "src/lib.rs": 'pub fn hello() -> &\'static str { "hello from by_cargo" }\n',
        "src/main.rs": 'fn main() { println!("{}", hello::hello()); }\n',
        "Cargo.toml": '[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2021"\n',
        "Cargo.lock": 'version = 3\n\n[[package]]\nname = "hello"\nversion = "1.0.0"\n',
    },
}
BUILDS = {
    "by_make": ('make -j "$JOBS" && make install PREFIX="$PREFIX"', ()),
    "by_autotools": (
        'autoreconf -i && ./configure --prefix="$PREFIX" && make -j "$JOBS" && make install',
        ("autoconf", "automake"),
    ),
    "by_cmake": (
        'cmake -B build -DCMAKE_INSTALL_PREFIX="$PREFIX" && make -C build -j "$JOBS" install',
        ("cmake",),
    ),
    "by_meson": (
        'meson setup build --prefix="$PREFIX" && ninja -C build -j "$JOBS" install',
        ("meson", "ninja-build"),
    ),
    "by_cargo": (
        'cargo install --quiet --locked --offline --path . --root "$PREFIX" --jobs "$JOBS"',
        ("cargo",),
    ),
}


KINDS = {
    "by_make": BuildKind.MAKE,
    "by_autotools": BuildKind.AUTOTOOLS,
    "by_cmake": BuildKind.CMAKE,
    "by_meson": BuildKind.MESON,
    "by_cargo": BuildKind.CARGO,
}


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """The pins of the projects, and where they really are."""

    pins: Mapping[str, Source]
    mirrors: tuple[str, ...]


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    root = tmp_path_factory.mktemp("upstream")
    pins: dict[str, Source] = {}
    for name, files in PROJECTS.items():
        folder = root / f"{name}-1"
        folder.mkdir()
        for path, text in files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text)
        if name == "by_meson":
            with tarfile.open(root / f"{name}.tar.gz", "w:gz") as archive:
                archive.add(folder, f"{name}-1")
            digest = hashlib.sha256((root / f"{name}.tar.gz").read_bytes()).hexdigest()
            pins[name] = Archive(url=f"{UPSTREAM}files/{name}.tar.gz", sha256=digest)
        else:
            # by_cmake comes by the dumb protocol, which cannot give one commit alone.
            kind = "files" if name == "by_cmake" else "git"
            commit = _commit(folder, root / f"{name}.git")
            pins[name] = Git(url=f"{UPSTREAM}{kind}/{name}.git", commit=commit, ref="v1")
    with git_server(root) as git_url, file_server(root) as files_url:
        yield Upstream(
            pins=pins,
            mirrors=(f"{UPSTREAM}git/={git_url}/", f"{UPSTREAM}files/={files_url}/"),
        )


def _commit(folder: Path, bare: Path) -> str:
    commit = committed(folder)
    # A newer commit, so that the pin is not the tip.
    (folder / "later").write_text("x")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=two")
    git(folder, "clone", "--quiet", "--bare", str(folder), str(bare))
    git(bare, "update-server-info")
    return commit


def component(name: str, source: Source, salt: str = "") -> Component:
    script, packages = BUILDS[name]
    return Component(
        name=name,
        summary="a test",
        licence="MIT",
        homepage="https://upstream.example",
        providers={
            "source": Provider(
                summary="upstream",
                # Nothing may be reachable while it compiles.
                script="! getent hosts upstream.example\n[[ ! -e .git ]]\n"
                # No packet is sent; without a network there is no socket or no route for one.
                "if (: >/dev/udp/198.51.100.1/9) 2>/dev/null; then echo 'a network'; exit 1; fi\n"
                f"{script}\n# {salt}\n",
                packages={Family.APT: packages},
                env=lambda _: {"PREFIX": f"/usr/local/{name}"},
                sources=lambda _: (Sourced(source=source, target=f"/src/{name}"),),
                on=On.TOOLCHAIN,
                build=KINDS[name],
            )
        },
        outputs=(f"/usr/local/{name}",),
    )


def plan(
    upstream: Upstream,
    *,
    only: tuple[str, ...] = (),
    tools: Mapping[str, Component] | None = None,
    salt: str = "",
) -> Plan:
    """What is built, and `tools` for its steps; another `salt` compiles everything again."""
    own = {
        name: component(name, pin, salt)
        for name, pin in upstream.pins.items()
        if name in (only or BUILDS)
    }
    catalog = {**own, **(tools or {})}
    values = params()
    image, system = base_image(values, values[ARCH], {})
    context = Context(
        framework=Framework.NONE,
        device=Device.CPU,
        arch=values[ARCH],
        os=system,
        provider="",
        has=frozenset(),
        params=values,
    )
    made = parts(catalog, catalog, context, {})
    last = Stage(
        name="proof",
        base=names.BASE,
        summary="what was built runs in another stage",
        steps=(
            *(
                Copy(stage=name, source=f"/usr/local/{name}", target=f"/usr/local/{name}")
                for name in own
            ),
            Run(title="run it", script="for p in /usr/local/by_*/bin/hello; do $p; done >/proof\n"),
        ),
        outputs=("/proof",),
    )
    base = base_stage("base-image", system, values[PYTHON_VERSION], Device.CPU)
    return built.plan_of(
        (base, *sorted(made.stages, key=lambda stage: stage.name in own), last),
        Copy(stage="proof", source="/proof", target="/proof"),
        {"base-image": image},
        values[ARCH].platform,
        made.sources,
    )


Build = Callable[..., Built]


@pytest.fixture
def build(
    engine: Bench, upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Build:
    """Builds a plan on the engine, with the mirrors."""
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)

    def one(value: Plan, name: str = "first") -> Built:
        return built.build(value, engine, tmp_path / name, upstream.mirrors)

    return one


def proof(of: Built) -> str:
    """What the programs said."""
    return (of.folder / "proof").read_text()


def test_every_build_system_from_a_pin_to_a_program_that_runs(
    build: Build, upstream: Upstream
) -> None:
    first = build(plan(upstream))
    assert proof(first) == "".join(f"hello from {name}\n" for name in sorted(BUILDS))
    # Once more: sources are in the store, stages in the cache.
    again = build(plan(upstream), "again")
    assert proof(again) == proof(first)
    assert "in the store" in again.lines
    cached = {event.stage for event in again.events if isinstance(event, StageCached)}
    assert set(BUILDS) <= cached


def test_a_new_pin_rebuilds_its_own_stage(build: Build, upstream: Upstream) -> None:
    build(plan(upstream))
    old = upstream.pins["by_make"]
    assert isinstance(old, Git)
    newer = subprocess.run(
        ["git", "ls-remote", f"{upstream.mirrors[0].partition('=')[2]}by_make.git", "HEAD"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()[0]
    pins = {**upstream.pins, "by_make": Git(url=old.url, commit=newer)}
    again = build(plan(replace(upstream, pins=pins)), "again")
    finished = {event.stage for event in again.events if isinstance(event, StageFinished)}
    assert "by_make" in finished
    assert not (set(BUILDS) - {"by_make"}) & finished


def test_what_is_not_the_pin_ends_the_build_before_the_engine(
    build: Build, upstream: Upstream
) -> None:
    old = upstream.pins["by_meson"]
    assert isinstance(old, Archive)
    pins = {"by_meson": Archive(url=old.url, sha256="0" * 64)}
    broken = plan(replace(upstream, pins=pins), only=("by_meson",))
    with pytest.raises(BuildFailed, match="is not what its pin says"):
        build(broken)
