"""Engines that only pretend: they write down how they were called and print what a real one would.

They show that a real run starts exactly what a dry run prints (law 8), without an engine.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

PROGRAM = """\
#!{python} -S
import json, os, sys
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
known = {{"mode": "", "version": "1.28.2", "report": {report!r}}}
known |= {{"store": "/storage", "driver": "docker-container", "status": ""}}
known.update(json.load(open({settings!r})))
QUESTIONS = "--version version info containers inspect image history imagetools".split()
if name == "python" or words[0] not in QUESTIONS:
    with open({record!r}, "a") as file:
        file.write(json.dumps([name, *words]) + "\\n")


def after(flag):
    return words[words.index(flag) + 1] if flag in words else ""


def build():
    if known["mode"] == "fail":
        print("STEP 1/2: FROM base AS base", flush=True)
        print("error building at STEP: no such thing", file=sys.stderr)
        sys.exit(125)
    output = after("--output")
    if "type=local" in output:
        folder = output.partition("dest=")[2]
        os.makedirs(folder)
        with open(folder + "/report.json", "w") as file:
            json.dump(known["report"], file)
    if after("--metadata-file"):
        with open(after("--metadata-file"), "w") as file:
            json.dump({{"containerimage.digest": "sha256:" + "1" * 64}}, file)


if name == "python":
    print(json.dumps({{"event": "log", "time": 1.0, "line": "base image is here"}}))
elif name == "buildah":
    if words[0] == "--version":
        print(f"buildah version {{known['version']}} (image-spec 1.0.2-dev, runtime-spec 1.0.2)")
    elif words[0] == "info":
        store = {{"GraphDriverName": "overlay", "GraphRoot": known["store"]}}
        print(json.dumps({{"host": {{"rootless": False}}, "store": store}}))
    elif words[0] == "inspect":
        manifest = {{"layers": [{{"size": 1000}}, {{"size": 234}}]}}
        digest = "sha256:" + "1" * 64
        print(json.dumps({{"Manifest": json.dumps(manifest), "FromImageDigest": digest}}))
    elif words[0] == "build":
        build()
elif name == "buildx":
    if words[0] == "version":
        print("github.com/docker/buildx v0.36.1 0000000")
    elif words[0] == "inspect":
        print(f"Name: pretended\\nDriver: {{known['driver']}}\\nBuildKit version: v0.33.0")
    elif words[0] == "build":
        build()
    elif words[0] == "imagetools":
        print(json.dumps({{"config": {{"size": 0}}, "layers": [{{"size": 1234}}]}}))
elif name == "docker":
    if words[:2] == ["image", "inspect"]:
        print("sha256:" + "1" * 64, 1234)
    elif words[0] == "info":
        print(known["status"] if "Status" in words[-1] else known["store"])
    elif words[0] == "history":
        print("234\\n1000")
"""

REPORT = {
    "ok": True,
    "seconds": 0.5,
    "checks": [{"component": "ucx", "check": "it starts", "ok": True, "seconds": 0.5}],
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fakes:
    """A folder for PATH with pretended programs, and what they were asked to do."""

    folder: Path
    record: Path
    settings: Path

    @property
    def python(self) -> Path:
        """Stands for the interpreter that runs `dockwright bootstrap`."""
        return self.folder / "python"

    def behave(self, **settings: object) -> None:
        """From now on: `mode="fail"`, another `version`, another `report`."""
        self.settings.write_text(json.dumps(settings))

    def calls(self) -> list[list[str]]:
        """Everything that was started, except questions; programs by name, not by path."""
        if not self.record.exists():
            return []
        return [json.loads(line) for line in self.record.read_text().splitlines()]


def fakes(folder: Path, *names: str) -> Fakes:
    """Put pretended programs of these names (buildah, crun, buildx, docker, python) in a folder."""
    folder.mkdir(exist_ok=True)
    made = Fakes(folder=folder, record=folder / "calls", settings=folder / "settings")
    made.behave()
    program = PROGRAM.format(
        python=sys.executable,
        record=str(made.record),
        settings=str(made.settings),
        report=REPORT,
    )
    for name in (*names, "python"):
        path = folder / name
        path.write_text(program)
        path.chmod(0o755)
    return made
