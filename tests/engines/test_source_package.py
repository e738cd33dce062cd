"""Source packages of a distribution on a real base: whole, with holes, and not there at all.

The archive is a small one on loopback. Its index lists every version; some files answer 404, as
they do in archives that keep the newest only.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from dockwright.catalog.build_tools import SOURCE_PACKAGE
from dockwright.catalog.parameters.axes import ARCH
from dockwright.catalog.parameters.images import PYTHON_VERSION
from dockwright.model.plan import Copy, Plan, Run, Stage, Tag
from dockwright.model.values import Device
from dockwright.planning import names
from dockwright.planning.bases import base_image
from dockwright.planning.targets.base import base_stage
from dockwright.planning.toolchain import toolchain
from tests.builders import params
from tests.engines.bench import Bench
from tests.engines.built import build, plan_of
from tests.engines.servers import file_server

pytestmark = pytest.mark.engine

PATCH = """\
--- a/hello.txt
+++ b/hello.txt
@@ -1 +1 @@
-upstream
+patched
"""
CASES: Mapping[str, tuple[str, str]] = {
    "whole": ("whole", ""),
    "pinned": ("whole", "1.0-1"),
    "unknown version": ("whole", "9.9-9"),
    "without patches": ("halved", ""),
    "older": ("older", ""),
    "gone": ("gone", ""),
    "unknown": ("nothing", ""),
}
MISSING = ("halved_2.0-1.debian.tar.gz", "older_2.0", "gone_")
"""Beginnings of the names of files that the index lists and nobody has."""
EACH = """
mkdir -p /proof
# shellcheck disable=SC2034
if bash -euo pipefail -c "$SCRIPT" >"/proof/$CASE.out" 2>"/proof/$CASE.err"; then
    cat "$TREE/hello.txt" >"/proof/$CASE.text"
else
    printf 'failed\\n' >"/proof/$CASE.text"
fi
"""
ONLY = """
find /etc/apt -name 'sources.list*' -prune -exec rm -rf {} +
mkdir -p /etc/apt/sources.list.d
echo "deb [trusted=yes] $ARCHIVE ./" >/etc/apt/sources.list.d/test.list
"""


def tar(files: Mapping[str, str]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return target.getvalue()


def source(root: Path, package: str, version: str) -> str:
    """Write a source package; return its stanza of the index."""
    upstream = version.partition("-")[0]
    files = {
        f"{package}_{upstream}.orig.tar.gz": tar({f"{package}-{upstream}/hello.txt": "upstream\n"}),
        f"{package}_{version}.debian.tar.gz": tar(
            {
                "debian/source/format": "3.0 (quilt)\n",
                "debian/changelog": f"{package} ({version}) unstable; urgency=low\n\n  * x\n\n"
                " -- A <a@example.invalid>  Thu, 01 Jan 2026 00:00:00 +0000\n",
                "debian/patches/series": "one.patch\n",
                "debian/patches/one.patch": PATCH,
            }
        ),
    }

    def sums(content: Mapping[str, bytes], algorithm: str) -> str:
        rows = (
            f" {hashlib.new(algorithm, data).hexdigest()} {len(data)} {name}"
            for name, data in content.items()
        )
        return "\n" + "\n".join(rows)

    def stanza(content: Mapping[str, bytes], first: str) -> str:
        return (
            f"Format: 3.0 (quilt)\n{first}: {package}\nBinary: {package}\nArchitecture: any\n"
            f"Version: {version}\nMaintainer: A <a@example.invalid>\n"
            f"Checksums-Sha256:{sums(content, 'sha256')}\nFiles:{sums(content, 'md5')}\n"
        )

    described = stanza(files, "Source").encode()
    files = {**files, f"{package}_{version}.dsc": described}
    for name, data in files.items():
        if not name.startswith(MISSING):
            (root / name).write_bytes(data)
    return stanza(files, "Package") + "Directory: .\n\n"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("archive")
    index = "".join(
        source(root, package, version)
        for package in ("whole", "halved", "older", "gone")
        for version in ("1.0-1", "2.0-1")
    )
    (root / "Sources").write_text(index)
    (root / "Packages").write_text("")
    with file_server(root) as url:
        yield url


def plan(archive: str) -> Plan:
    values = params()
    image, system = base_image(values, values[ARCH], {})
    compilers, _ = toolchain(Device.CPU, system, values)
    steps = [
        Run(
            title=f"case: {case}",
            script=EACH,
            env={
                "ARCHIVES": f"/src/{number}/archives",
                "CASE": case,
                "COMPONENT": "part",
                "OTHERS": "package, source",
                "PACKAGE": package,
                "SCRIPT": SOURCE_PACKAGE,
                "TREE": f"/src/{number}/tree",
                "VERSION": version,
            },
            tags=(Tag.NETWORK,),
        )
        for number, (case, (package, version)) in enumerate(CASES.items())
    ]
    proof = Stage(
        name="proof",
        base=names.TOOLCHAIN,
        summary="every case",
        steps=(
            Run(title="this archive only", script=ONLY, env={"ARCHIVE": archive}),
            *steps,
        ),
        outputs=("/proof",),
    )
    base = base_stage("base-image", system, values[PYTHON_VERSION], Device.CPU)
    return plan_of(
        (base, compilers, proof),
        Copy(stage="proof", source="/proof", target="/"),
        {"base-image": image},
        values[ARCH].platform,
    )


def test_what_is_not_served_is_said_and_what_there_is(
    engine: Bench, archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in engine.env.items():
        monkeypatch.setenv(name, value)
    folder = build(plan(archive), engine, tmp_path).folder

    def answer(case: str) -> tuple[str, str, list[str]]:
        said = (folder / f"{case}.err").read_text().splitlines()
        ours = [line for line in said if line.startswith(("error: ", "hint: ", "warning: "))]
        out = (folder / f"{case}.out").read_text().splitlines()
        return (folder / f"{case}.text").read_text().strip(), (out or [""])[-1], ours

    other = "hint: use another provider (package, source), or a base image whose archive has it"
    lost = "warning: part: the archive lists the source package"
    assert answer("whole") == ("patched", "whole 2.0-1, with the patches of the distribution", [])
    assert answer("pinned")[1:] == ("whole 1.0-1, with the patches of the distribution", [])
    assert answer("unknown version")[2] == [
        "error: part: the archive has no source package whole 9.9-9; it has: 2.0-1, 1.0-1",
        "hint: name one of these, or none for the newest",
    ]
    text, _, said = answer("without patches")
    assert text == "upstream"
    no_patches = "the archive does not serve the patches of the distribution"
    assert said == [f"warning: halved 2.0-1: upstream's tarball only; {no_patches}"]
    assert answer("older") == (
        "patched",
        "older 1.0-1, with the patches of the distribution",
        [f"{lost} older 2.0-1 and does not serve it"],
    )
    assert answer("gone")[2] == [
        f"{lost} gone 2.0-1 and does not serve it",
        f"{lost} gone 1.0-1 and does not serve it",
        "error: part: no source package gone can be had; tried: 2.0-1 1.0-1",
        other,
    ]
    assert answer("unknown")[2] == ["error: part: the archive has no source package nothing", other]
    assert {case for case in CASES if answer(case)[0] == "failed"} == {
        "unknown version",
        "gone",
        "unknown",
    }
