"""The verifier's kinds of check, on small real files and processes of this machine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dockwright.evidence import inside, inside_elf, inside_serve

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can play another user")


def outcome(capsys: pytest.CaptureFixture[str], kind: str, **arguments: Any) -> tuple[bool, str]:
    """Perform one check; whether it is ok, and its detail, as its line says it."""
    inside.perform({"component": "part", "name": "check", "kind": kind, **arguments})
    lines = capsys.readouterr().out.splitlines()
    answer = json.loads(lines[0].removeprefix(inside.MARK))
    assert (answer["component"], answer["check"]) == ("part", "check")
    if not answer["ok"]:
        assert lines[1].startswith("error: part: check: ")
    return answer["ok"], answer["detail"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"argv": ["echo", "tool: v1.2"], "expect": r"v1\.\d"}, (True, "v1.2")),
        ({"argv": ["echo", "first\nsecond"]}, (True, "first")),
        ({"argv": ["sh", "-c", "echo $WORD"], "env": {"WORD": "x"}, "expect": "^x$"}, (True, "x")),
        ({"argv": ["echo", "v2"], "expect": "v1"}, (False, "output does not match 'v1': echo v2")),
        ({"argv": ["sh", "-c", "exit 3"]}, (False, "exit code 3: sh -c exit 3")),
        (
            {"argv": ["sleep", "9"], "timeout": 0.2},
            (False, "sleep did not end within 0.2 s"),
        ),
        (
            {"argv": ["/nowhere"]},
            (False, "cannot run /nowhere: [Errno 2] No such file or directory: '/nowhere'"),
        ),
    ],
)
def test_run(
    capsys: pytest.CaptureFixture[str], arguments: dict[str, Any], expected: tuple[bool, str]
) -> None:
    assert outcome(capsys, "run", **arguments) == expected


def test_a_failure_shows_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    inside.perform({"kind": "run", "argv": ["sh", "-c", "echo why; exit 1"]})
    assert capsys.readouterr().out.splitlines()[-1] == "    why"


def test_a_timeout_ends_the_children_too(tmp_path: Path) -> None:
    marker = tmp_path / "late"
    command = f"(sleep 0.6; touch {marker}) & wait"
    with pytest.raises(inside.CheckError):
        inside.run(argv=["sh", "-c", command], timeout=0.1)
    subprocess.run(["sleep", "0.8"], check=True)
    assert not marker.exists()


def test_resolves(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(capsys, "resolves", paths=["/bin/ls", "/usr/bin/env"]) == (True, "2 files")


def test_resolves_wants_something_to_look_at(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("no program")
    nothing = (False, f"no program or library in {tmp_path}")
    assert outcome(capsys, "resolves", paths=[str(tmp_path)]) == nothing
    nowhere = f"{tmp_path}/*.so"
    assert outcome(capsys, "resolves", paths=[nowhere]) == (False, f"does not exist: {nowhere}")


def test_a_missing_library_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    broken = tmp_path / "ls"
    broken.write_bytes(Path("/bin/ls").read_bytes().replace(b"libc.so.6", b"libq.so.6"))
    found, detail = outcome(capsys, "resolves", paths=[str(tmp_path)])
    assert not found
    assert detail == f"library not found: {broken} needs libq.so.6"
    allowed = outcome(capsys, "resolves", paths=[str(tmp_path)], allow_missing=[r"libq\.so\.\d"])
    assert allowed == (True, "1 files")


def test_imports(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("print('noise')\n__version__ = '1.0'")
    (tmp_path / "bad.py").write_text("import nothing_like_this")
    (tmp_path / "fatal.py").write_text("import os; os._exit(9)")
    (tmp_path / "thing-2.0.dist-info").mkdir()
    (tmp_path / "thing-2.0.dist-info" / "METADATA").write_text("Name: thing\nVersion: 2.0\n")
    common = {"python": sys.executable, "env": {"PYTHONPATH": str(tmp_path)}}

    def attempt(*modules: str, **distributions: str) -> tuple[bool, str]:
        return outcome(capsys, "imports", modules=modules, distributions=distributions, **common)

    assert attempt("good", thing="2.0") == (True, "good 1.0, thing 2.0")
    assert attempt("good", "bad") == (
        False,
        "bad: ModuleNotFoundError: No module named 'nothing_like_this'",
    )
    assert attempt(thing="3.0") == (False, "thing: version 2.0, wanted 3.0")
    assert attempt("fatal", "good") == (False, "fatal: dies; good: not reached")


def test_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tool, link, lost = tmp_path / "tool", tmp_path / "link", tmp_path / "lost"
    tool.write_text("")
    tool.chmod(0o775)
    link.symlink_to("tool")
    owner = f"{tool.stat().st_uid}:{tool.stat().st_gid}"
    ok = outcome(
        capsys,
        "files",
        paths=[str(tool), f"{tmp_path}/l*"],
        executable=True,
        mode="775",
        owner=owner,
    )
    assert ok == (True, "2 paths")

    lost.symlink_to("nowhere")
    assert outcome(capsys, "files", paths=[str(lost)]) == (
        False,
        f"link leads nowhere: {lost} -> nowhere",
    )
    assert not outcome(capsys, "files", paths=[str(tool)], links_below=[str(tmp_path)])[0]
    tool.chmod(0o640)
    assert outcome(capsys, "files", paths=[str(tool)], executable=True) == (
        False,
        f"not executable by all: {tool} (-rw-r-----)",
    )
    assert outcome(capsys, "files", paths=[str(tool)], mode="775") == (
        False,
        f"mode of {tool} is 640, not 775",
    )
    assert outcome(capsys, "files", paths=[str(tool)], owner="77:77") == (
        False,
        f"owner of {tool} is {owner}, not 77:77",
    )
    assert outcome(capsys, "files", paths=[f"{tmp_path}/none"]) == (
        False,
        f"does not exist: {tmp_path}/none",
    )


def test_absent(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert outcome(capsys, "absent", paths=[f"{tmp_path}/*"]) == (True, "1 patterns")
    (tmp_path / "left").symlink_to("nowhere")
    for pattern in (f"{tmp_path}/*", f"{tmp_path}/left"):
        assert outcome(capsys, "absent", paths=[pattern]) == (
            False,
            f"must not be there: {tmp_path}/left",
        )


@needs_root
def test_writable_for_an_arbitrary_user_of_group_0(capsys: pytest.CaptureFixture[str]) -> None:
    # Not in tmp_path, which is closed to other users.
    made = subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True)
    folder = Path(made.stdout.strip())
    try:
        folder.chmod(0o775)
        assert outcome(capsys, "writable", paths=[str(folder)]) == (True, "1 directories")
        folder.chmod(0o755)
        ok, detail = outcome(capsys, "writable", paths=[str(folder)])
        assert not ok
        assert detail.startswith("not writable for 4242:0: ")
        assert str(folder) in detail
        assert list(folder.iterdir()) == []
    finally:
        folder.rmdir()


def test_writable_by_mode_if_not_root(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    gid = tmp_path.stat().st_gid
    tmp_path.chmod(0o775)
    answer = outcome(capsys, "writable", paths=[str(tmp_path)], gid=gid)
    assert answer == (True, "1 directories, by their modes")
    tmp_path.chmod(0o755)
    assert outcome(capsys, "writable", paths=[str(tmp_path)], gid=gid) == (
        False,
        f"not writable for group {gid}: {tmp_path} (drwxr-xr-x)",
    )


def test_user(capsys: pytest.CaptureFixture[str]) -> None:
    answer = outcome(capsys, "user", account="root", uid=0, gid=0, home="/home/x")
    assert answer[0] is False
    assert answer[1].startswith("root is (0, 0, '/root', '/bin/bash'), not (0, 0, '/home/x'")
    assert outcome(capsys, "user", account="no-one", uid=1, gid=0, home="/") == (
        False,
        "KeyError: \"getpwnam(): name not found: 'no-one'\"",
    )


def test_env(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOUR", "red")
    monkeypatch.setenv("SEARCH", "/a:/b")
    contains = {"SEARCH": ["/b"]}
    ok = outcome(capsys, "env", variables={"COLOUR": "red", "SEARCH": None}, contains=contains)
    assert ok == (True, "3 variables")
    assert outcome(capsys, "env", variables={"COLOUR": "blue"}) == (
        False,
        "COLOUR is 'red', not 'blue'",
    )
    assert outcome(capsys, "env", variables={"NOT_SET": None}) == (
        False,
        "NOT_SET is None, not None",
    )
    assert outcome(capsys, "env", variables={}, contains={"SEARCH": ["/c"]}) == (
        False,
        "SEARCH has no entry /c",
    )


def test_a_broken_check_fails_and_the_others_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = [
        {"component": "a", "name": "odd", "kind": "dance"},
        {"component": "b", "name": "wrong words", "kind": "run", "command": "true"},
        {"component": "c", "name": "good", "kind": "run", "argv": ["true"]},
    ]
    file, report = tmp_path / "checks.json", tmp_path / "report.json"
    file.write_text(json.dumps(checks))
    monkeypatch.setenv("REPORT", str(report))
    assert inside.main([str(file)]) == 1
    result = json.loads(report.read_text())
    assert result["ok"] is False
    assert [(check["component"], check["ok"]) for check in result["checks"]] == [
        ("a", False),
        ("b", False),
        ("c", True),
    ]
    assert capsys.readouterr().out.splitlines()[-1].startswith("verify: 3 checks, 2 failed, ")


def test_runs_as_a_plain_file_with_checks_from_the_environment() -> None:
    checks = [{"component": "c", "name": "n", "kind": "run", "argv": ["echo", "hi"]}]
    done = subprocess.run(
        [sys.executable, "-I", inside.__file__],
        env={**os.environ, "CHECKS": json.dumps(checks)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"ok": true' in done.stdout


def test_serve_names_the_process_that_fails(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    etcd = tmp_path / "etcd"
    etcd.write_text("#!/bin/sh\necho disk on fire\nexit 7\n")
    etcd.chmod(0o755)
    tools = {"etcd": str(etcd), "nats": "/bin/false", "python": sys.executable}
    inside.perform({"component": "dynamo", "name": "serves", "kind": "serve", **tools})
    text = capsys.readouterr().out
    assert "ended with exit code" in text
    assert "--- etcd (exit code 7), end of its log:" in text
    assert "disk on fire" in text


def test_the_tiny_model_has_a_text_for_every_byte_and_number() -> None:
    alphabet = inside_serve.byte_alphabet()
    assert len(set(alphabet)) == 256
    assert alphabet[ord("A")] == "A"
    assert alphabet[ord(" ")] == "Ġ"
    files = inside_serve.model_files()
    vocabulary = files["tokenizer.json"]["model"]["vocab"]
    assert sorted(vocabulary.values()) == list(range(files["config.json"]["vocab_size"]))
    assert {token["id"] for token in files["tokenizer.json"]["added_tokens"]} == {0, 1, 2}


def test_free_ports_differ() -> None:
    assert len(set(inside_serve.free_ports(8))) == 8


# Linkage, on libraries that the compiler of this machine makes


def library(path: Path, *options: str) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    path.parent.mkdir(parents=True, exist_ok=True)
    argv = [compiler, "-shared", "-nostdlib", "-o", str(path), *options, "-x", "c", "-"]
    subprocess.run(argv, input="int f(void) { return 1; }", text=True, check=True)
    return path


def test_what_a_library_says_of_itself(tmp_path: Path) -> None:
    path = library(
        tmp_path / "liba.so.1.2", "-Wl,-soname,liba.so.1", "-Wl,-rpath,/usr/local/a:$ORIGIN/../b"
    )
    expected = inside_elf.Dynamic(soname="liba.so.1", runpath=("/usr/local/a", "$ORIGIN/../b"))
    assert inside_elf.dynamic(str(path)) == expected
    assert inside_elf.dynamic(str(library(tmp_path / "b.so"))) == inside_elf.Dynamic()


def test_a_library_without_the_file_of_its_soname(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = library(tmp_path / "liba.so.1.2", "-Wl,-soname,liba.so.1")
    found = outcome(capsys, "resolves", paths=[str(tmp_path)], ours=True)
    reason = f"{path} is called liba.so.1 by what links it, and no such file is there"
    assert found == (False, reason)
    assert outcome(capsys, "resolves", paths=[str(tmp_path)]) == (True, "1 files")
    (tmp_path / "liba.so.1").symlink_to(path.name)
    assert outcome(capsys, "resolves", paths=[str(tmp_path)], ours=True) == (True, "1 files")


@pytest.mark.parametrize(
    ("runpath", "wrong"),
    [
        ("/src/ucx/tree/lib", "'/src/ucx/tree/lib'"),
        ("/usr/lib:/usr/../tmp/x", "'/usr/../tmp/x'"),
        ("lib:/usr/lib", "'lib'"),
        ("/usr/lib:", "''"),
        ("$ORIGIN/../x:/usr/lib:${ORIGIN}", ""),
        ("/srcs/x", ""),
    ],
)
def test_a_search_path_that_leads_into_the_build(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, runpath: str, wrong: str
) -> None:
    path = library(tmp_path / "liba.so", f"-Wl,-rpath,{runpath}")
    expected = (False, f"{path} looks for libraries in {wrong}") if wrong else (True, "1 files")
    assert outcome(capsys, "resolves", paths=[str(tmp_path)], ours=True) == expected
    assert outcome(capsys, "resolves", paths=[str(tmp_path)]) == (True, "1 files")
