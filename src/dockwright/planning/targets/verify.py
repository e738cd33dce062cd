"""Checks of images, and the stages that run them inside and hand out the report."""

from __future__ import annotations

from pathlib import Path

import msgspec

from dockwright.catalog.checks import absent, files, prints
from dockwright.catalog.stack import stack_holds
from dockwright.catalog.steps import shell
from dockwright.model.check import Check
from dockwright.model.plan import Copy, Run, Stage, User, Write, encode
from dockwright.planning import names
from dockwright.planning.targets.common import BANNER, ENTRYPOINT, HOME

USER_CHECK = f"user {names.USER} is {names.USER_ID}:0 with umask 002"
VERIFIER_FILES = ("inside.py", "inside_elf.py", "inside_serve.py", "inside_stack.py")
OWNER_CHECK = "directories belong to the user and to group 0"


def image_checks(python: str, *, venv: bool = True) -> tuple[Check, ...]:
    """What every image with the image's user promises, whatever is in it (facts/images.md 2.1)."""
    modules = ["ssl", "sqlite3", "ctypes", "lzma", "bz2", "zlib", "uuid"]
    interpreter = (
        (
            prints(
                "image",
                f"{names.VENV}/bin/python",
                "-c",
                "import sys; print(sys.version_info[:2], sys.base_prefix)",
                expect=rf"\({python.replace('.', ', ')}\) /usr$",
                name=f"Python {python} is the interpreter of the venv",
            ),
        )
        if venv
        else ()
    )
    return (
        Check(
            component="image",
            name=USER_CHECK,
            kind="user",
            args={"account": names.USER, "uid": names.USER_ID, "gid": 0, "home": HOME},
        ),
        files(
            "image",
            OWNER_CHECK,
            *(HOME, f"{HOME}/.cache", "/opt/dynamo", names.WORKSPACE),
            owner=f"{names.USER_ID}:0",
            mode="775",
        ),
        Check(
            component="image",
            name="any user of group 0 can write",
            kind="writable",
            args={
                "paths": [
                    names.WORKSPACE,
                    HOME,
                    f"{HOME}/.cache",
                    *((names.VENV,) if venv else ()),
                ]
            },
        ),
        *(
            (
                stack_holds(
                    "image",
                    "group",
                    names.VENV,
                    name="any user of group 0 can change all of the venv",
                    python="/usr/bin/python3",
                ),
            )
            if venv
            else ()
        ),
        *interpreter,
        Check(
            component="image",
            name="Python's standard library is whole",
            kind="imports",
            args={"python": "/usr/bin/python3", "modules": modules},
        ),
        absent(
            "image",
            "no trace of the build's network, caches and sources",
            f"{names.SECRET_FOLDER}/*",
            "/run/secrets/*",
            "/root/.cache",
            "/src",
            "/var/lib/apt/lists/*_Packages*",
            "/var/cache/apt/archives/*.deb",
            "/home/ubuntu",
        ),
    )


def lean_check(python: str) -> Check:
    """What only builds and tests need, in no image that serves (facts/images.md 2.2, 5)."""
    sites = (
        f"{names.VENV}/lib/python{python}/site-packages",
        f"/usr/local/lib/python{python}/dist-packages",
    )
    # Of the test requirements those that nothing needs at run time; Dynamo itself asks for pytest.
    tests = ("boto3_stubs*", "pre_commit", "pyright", "pytest_cov", "pytest_httpserver", "xdist")
    return absent(
        "image",
        "no compiler caches, test requirements, cargo target trees or package lists",
        "/opt/dynamo/target",
        f"{names.WORKSPACE}/target",
        "/usr/local/cargo/registry",
        *(f"{home}/{name}" for home in ("/root", HOME) for name in (".cargo", ".ccache")),
        *(f"{home}/.cache/{name}" for home in ("/root", HOME) for name in ("pip", "sccache", "uv")),
        "/var/cache/apt/*.bin",
        "/var/lib/apt/lists/*_*",
        *(f"{site}/{name}" for site in sites for name in tests),
    )


def entrypoint_check() -> Check:
    """It went missing in images of a later release."""
    return files("image", "the entrypoint is there", ENTRYPOINT, executable=True)


def banner_check() -> Check:
    """The launch screen that interactive shells print."""
    return files("image", "the banner is there", BANNER, mode="755")


def verify_stage(base: str, checks: tuple[Check, ...]) -> Stage:
    """Runs every declared check inside the image, without network, and writes a report."""
    rows = [
        {"component": check.component, "name": check.name, "kind": check.kind, **check.args}
        for check in checks
    ]
    text = msgspec.json.format(encode(rows), indent=1).decode() + "\n"
    return Stage(
        name=names.VERIFY,
        base=base,
        summary="verify: every declared check, inside the image, without network",
        component="verify",
        steps=(
            User(name="root"),
            Write(path=names.CHECKS, text=text),
            *(
                Write(path=f"{names.VERIFIER}/{name}", text=verifier(name))
                for name in VERIFIER_FILES
            ),
            Run(
                title="verify the image",
                script=shell("verify.sh"),
                env={"CHECKS": names.CHECKS, "VERIFIER": names.VERIFIER, "REPORT": names.REPORT},
            ),
        ),
        outputs=(names.REPORT,),
    )


def evidence_stage() -> Stage:
    """Nothing but the report, so that an engine can hand it out as a file."""
    return Stage(
        name=names.EVIDENCE,
        base="scratch",
        summary="evidence: the report of the checks",
        steps=(Copy(stage=names.VERIFY, source=names.REPORT, target="/report.json"),),
    )


def verifier(name: str) -> str:
    """A file of the program that runs inside images; standard library only."""
    return (Path(__file__).parents[2] / "evidence" / name).read_text(encoding="utf-8")
