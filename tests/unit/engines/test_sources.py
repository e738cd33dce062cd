"""The store of sources: what is fetched, what is refused, what is left alone."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dockwright.engines.events import Event, Log
from dockwright.engines.network import Mirror, Policy
from dockwright.engines.objects import EPOCH
from dockwright.engines.sources import Fetcher, describe_tree
from dockwright.engines.store import folder
from dockwright.errors import EngineError, UserError
from dockwright.model.source import Archive, Directory, Git, context_name, select, selection


class Quiet(SimpleHTTPRequestHandler):
    """Serves a directory; the first `failing` requests are answered 503."""

    failing = 0
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if type(self).failing > 0:
            type(self).failing -= 1
            self.send_error(503)
            return
        super().do_GET()

    def log_message(self, *_: object) -> None:
        """Not in the tests' output."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    root = tmp_path / "www"
    root.mkdir()
    Quiet.failing = Quiet.asked = 0
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield root, f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    http.server_close()
    thread.join()


class Said(list[str]):
    """Lines that a fetcher logged."""

    def __call__(self, event: Event) -> None:
        if isinstance(event, Log):
            self.append(event.line)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def fetcher(tmp_path: Path, said: Said) -> Fetcher:
    policy = Policy(wait=lambda _: None, jitter=lambda: 1.0, tries=4)
    return Fetcher(store=tmp_path / "store", emit=said, env=dict(os.environ), policy=policy)


def tarball(path: Path, files: dict[str, str]) -> str:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            entry.mode = 0o755 if name.endswith(".sh") else 0o600
            archive.addfile(entry, io.BytesIO(text.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.invalid")
    argv = ["git", "-C", str(root), *identity, "-c", "commit.gpgsign=false", *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def repository(root: Path, files: dict[str, str]) -> str:
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=one")
    return git(root, "rev-parse", "HEAD")


# Archives


def test_an_archive_is_checked_unpacked_and_normalised(
    server: tuple[Path, str], fetcher: Fetcher
) -> None:
    root, url = server
    digest = tarball(root / "a.tar.gz", {"a-1/configure.sh": "run", "a-1/src/x.c": "code"})
    source = Archive(url=f"{url}/a.tar.gz", sha256=digest)
    tree = fetcher.fetch(source) / "tree"
    assert (tree / "src/x.c").read_text() == "code"
    assert (tree / "configure.sh").stat().st_mode & 0o777 == 0o755
    assert (tree / "src/x.c").stat().st_mode & 0o777 == 0o644
    assert {path.stat().st_mtime for path in tree.rglob("*")} == {EPOCH}
    Quiet.asked = 0
    assert fetcher.fetch(source) / "tree" == tree
    assert Quiet.asked == 0


def test_a_file_can_be_kept_as_it_is(server: tuple[Path, str], fetcher: Fetcher) -> None:
    root, url = server
    digest = tarball(root / "v1.tar.gz", {"a/b": "c"})
    source = Archive(url=f"{url}/v1.tar.gz", sha256=digest, unpack=False, name="a-1.tar.gz")
    made = fetcher.fetch(source)
    assert [path.name for path in (made / "tree").iterdir()] == ["a-1.tar.gz"]


def test_a_zip_keeps_its_programs(server: tuple[Path, str], fetcher: Fetcher) -> None:
    root, url = server
    with zipfile.ZipFile(root / "p.zip", "w") as archive:
        entry = zipfile.ZipInfo("bin/protoc")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, "program")
        archive.writestr("include/a.proto", "text")
    digest = hashlib.sha256((root / "p.zip").read_bytes()).hexdigest()
    tree = fetcher.fetch(Archive(url=f"{url}/p.zip", sha256=digest, strip=0)) / "tree"
    assert os.access(tree / "bin/protoc", os.X_OK)
    assert (tree / "include/a.proto").read_text() == "text"


def test_another_content_is_refused_and_leaves_nothing(
    server: tuple[Path, str], fetcher: Fetcher
) -> None:
    root, url = server
    tarball(root / "a.tar.gz", {"a/b": "evil"})
    source = Archive(url=f"{url}/a.tar.gz", sha256="0" * 64)
    with pytest.raises(EngineError, match="is not what its pin says") as caught:
        fetcher.fetch(source)
    assert caught.value.hint
    assert not folder(fetcher.store, source).exists()
    assert [path for path in fetcher.store.iterdir() if ".lock" not in path.name] == []


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil"])
def test_an_archive_cannot_leave_its_tree(
    server: tuple[Path, str], fetcher: Fetcher, name: str, tmp_path: Path
) -> None:
    root, url = server
    digest = tarball(root / "a.tar.gz", {name: "evil"})
    source = Archive(url=f"{url}/a.tar.gz", sha256=digest, strip=0)
    if name != "/evil":  # an absolute name is made relative
        with pytest.raises(EngineError, match="cannot be unpacked"):
            fetcher.fetch(source)
    else:
        fetcher.fetch(source)
    assert not (tmp_path / "evil").exists()
    assert not Path("/evil").exists()


def test_a_busy_server_is_asked_again(
    server: tuple[Path, str], fetcher: Fetcher, said: Said
) -> None:
    root, url = server
    digest = tarball(root / "a.tar.gz", {"a/b": "c"})
    Quiet.failing = 2
    fetcher.fetch(Archive(url=f"{url}/a.tar.gz", sha256=digest))
    assert [line for line in said if "again in" in line] == [
        f"{url}/a.tar.gz: the server answered 503; again in 1.0 s",
        f"{url}/a.tar.gz: the server answered 503; again in 2.0 s",
    ]


def test_a_missing_file_is_not_asked_for_again(server: tuple[Path, str], fetcher: Fetcher) -> None:
    _, url = server
    with pytest.raises(EngineError, match="the server answered 404"):
        fetcher.fetch(Archive(url=f"{url}/none.tar.gz", sha256="0" * 64))
    assert Quiet.asked == 1


def test_a_dead_server_ends_in_an_error_that_helps(fetcher: Fetcher) -> None:
    with pytest.raises(EngineError, match=r"tried 4 times") as caught:
        fetcher.fetch(Archive(url="http://127.0.0.1:9/a.tar.gz", sha256="0" * 64))
    assert "--source-mirror" in caught.value.hint


def test_what_a_killed_process_left_is_removed(server: tuple[Path, str], fetcher: Fetcher) -> None:
    root, url = server
    source = Archive(url=f"{url}/a.tar.gz", sha256=tarball(root / "a.tar.gz", {"a/b": "c"}))
    final = folder(fetcher.store, source)
    (fetcher.store / f".{final.name}.work-x" / "tree").mkdir(parents=True)
    fetcher.fetch(source)
    assert not list(fetcher.store.glob("*.work-*"))


# Git


def test_a_commit_becomes_a_tree_without_history(tmp_path: Path, fetcher: Fetcher) -> None:
    commit = repository(tmp_path / "repo", {"a.c": "code", "sub/b.c": "more"})
    git(tmp_path / "repo", "tag", "v1")
    (tmp_path / "repo/a.c").write_text("newer")
    git(tmp_path / "repo", "commit", "--quiet", "--all", "--message=two")
    source = Git(url=f"file://{tmp_path}/repo", commit=commit, ref="v1")
    tree = fetcher.fetch(source) / "tree"
    assert describe_tree(tree).keys() == {"a.c", "sub/b.c"}
    assert (tree / "a.c").read_text() == "code"
    assert not (tree / ".git").exists()


def test_a_commit_that_is_not_there_lists_the_tags(tmp_path: Path, fetcher: Fetcher) -> None:
    repository(tmp_path / "repo", {"a": "b"})
    git(tmp_path / "repo", "tag", "v9")
    with pytest.raises(EngineError, match="has no commit") as caught:
        fetcher.fetch(Git(url=f"file://{tmp_path}/repo", commit="0" * 40, ref="v1"))
    assert "v9" in caught.value.hint


def test_a_repository_that_is_not_there_is_not_asked_for_again(
    tmp_path: Path, fetcher: Fetcher, said: Said
) -> None:
    with pytest.raises(EngineError, match="does not appear to be a git repository"):
        fetcher.fetch(Git(url=f"file://{tmp_path}/none", commit="0" * 40))
    assert not [line for line in said if "again in" in line]


def test_submodules_come_along_from_the_mirror(tmp_path: Path, fetcher: Fetcher) -> None:
    repository(tmp_path / "mirror/inner", {"inner.c": "x"})
    outer = tmp_path / "mirror/outer"
    repository(outer, {"outer.c": "y"})
    allow = ("-c", "protocol.file.allow=always")
    git(outer, *allow, "submodule", "--quiet", "add", f"file://{tmp_path}/mirror/inner", "inner")
    address = "https://example.invalid/inner"
    git(outer, "config", "--file", ".gitmodules", "submodule.inner.url", address)
    git(outer, "commit", "--quiet", "--all", "--message=sub")
    commit = git(outer, "rev-parse", "HEAD")
    mirror = Mirror(old="https://example.invalid/", new=f"file://{tmp_path}/mirror/")
    here = Fetcher(
        store=fetcher.store,
        emit=fetcher.emit,
        env={**os.environ, "HOME": str(tmp_path / "home")},
        policy=Policy(mirrors=(mirror,)),
    )
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.gitconfig").write_text('[protocol "file"]\n\tallow = always\n')
    source = Git(url="https://example.invalid/outer", commit=commit, submodules=True)
    assert describe_tree(here.fetch(source) / "tree").keys() == {
        ".gitmodules",
        "inner/inner.c",
        "outer.c",
    }


def test_a_ref_without_commit_says_so(tmp_path: Path, fetcher: Fetcher, said: Said) -> None:
    commit = repository(tmp_path / "repo", {"a": "b"})
    git(tmp_path / "repo", "tag", "1.0")
    fetcher.fetch(Git(url=f"file://{tmp_path}/repo", ref="1.0"))
    assert any("not pinned" in line and commit in line for line in said)


# Directories


def test_a_directory_is_taken_as_it_was_planned(tmp_path: Path, fetcher: Fetcher) -> None:
    root = tmp_path / "tree"
    (root / "lib").mkdir(parents=True)
    (root / "lib/a.rs").write_text("1")
    (root / "lib/link").symlink_to("a.rs")
    (root / ".git").mkdir()
    (root / ".git/HEAD").write_text("x")
    (root / "other").write_text("2")
    files = describe_tree(root)
    assert files.keys() == {"lib/a.rs", "lib/link", "other"}
    content = selection(select(files, ("lib",)))
    source = Directory(path=str(root), paths=("lib",), content=content)
    tree = fetcher.fetch(source) / "tree"
    assert describe_tree(tree) == select(files, ("lib",))
    (root / "lib/a.rs").write_text("changed")
    stale = Directory(path=str(root), paths=("lib",), content="0" * 64)
    with pytest.raises(UserError, match="changed between planning and fetching"):
        fetcher.fetch(stale)


# Names


def test_the_name_is_of_the_content_only() -> None:
    one = Git(url="https://a.example/x", commit="0" * 40, ref="v1")
    two = Git(url="https://b.example/x", commit="0" * 40)
    assert context_name("x", one) == context_name("x", two)
    assert context_name("x", one) != context_name("x", Git(url="", commit="1" * 40))
    archive = Archive(url="https://a.example/x", sha256="0" * 64)
    assert archive.digest != Archive(url="https://a.example/x", sha256="0" * 64, strip=0).digest
