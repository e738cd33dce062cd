"""Instructions other than scripts: what a front end reads is what the plan says."""

from __future__ import annotations

import pytest

from dockwright.model.plan import (
    BaseImage,
    BootstrapImage,
    CacheMount,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Label,
    LayoutImage,
    Plan,
    RegistryImage,
    Run,
    Stage,
    StageMount,
    Step,
    Tag,
    User,
    Workdir,
    Write,
)
from dockwright.rendering.dialect import BUILDAH, BUILDKIT
from dockwright.rendering.dockerfile import Rendered, render


def rendered(*steps: Step, image: BaseImage | None = None, dialect: object = BUILDKIT) -> Rendered:
    plan = Plan(
        name="p",
        platform="linux/amd64",
        target="one",
        images={"image": image or RegistryImage(ref="registry.invalid/a:b")},
        stages=(Stage(name="one", base="image", summary="what it is", steps=steps),),
    )
    return render(plan, BUILDAH if dialect is BUILDAH else BUILDKIT)


def body(*steps: Step) -> str:
    return rendered(*steps).text.partition(" AS one\n")[2].removesuffix("\n")


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (RegistryImage(ref="registry.invalid/a@sha256:1"), "registry.invalid/a@sha256:1"),
        (
            LayoutImage(name="mine", digest="sha256:0123456789abcdef", ref="x"),
            "dockwright.invalid/oci/mine:0123456789ab",
        ),
    ],
)
def test_a_stage_says_what_it_is_and_where_it_starts(image: BaseImage, name: str) -> None:
    text = rendered(image=image).text
    assert text.startswith("# p for linux/amd64, written by dockwright")
    assert f"\n# what it is\nFROM {name} AS one\n" in text


def test_a_bootstrapped_image_is_named_by_its_request() -> None:
    def name(*packages: str) -> str:
        image = BootstrapImage(
            distribution="debian", suite="bookworm", arch="amd64", packages=packages
        )
        return rendered(image=image).text.split("FROM ")[1].split()[0]

    assert name("a").startswith("dockwright.invalid/bootstrap/debian:bookworm-")
    assert name("a") == name("a") != name("b")


def test_values_of_the_image_are_literal() -> None:
    values = {"B": 'say "$HOME" \\ here', "A": "plain", "EMPTY": ""}
    assert body(Env(values=values)) == (
        'ENV A="plain" \\\n    B="say \\"\\$HOME\\" \\\\ here" \\\n    EMPTY=""'
    )
    assert body(Label(values={"b": "$x", "a": "y"})) == 'LABEL a="y" \\\n      b="\\$x"'


def test_paths_go_in_front_and_leave_no_empty_element() -> None:
    prepend = {"PATH": ("/one", "/two"), "LD_LIBRARY_PATH": ("/lib",)}
    assert body(Env(prepend=prepend)) == (
        'ENV LD_LIBRARY_PATH="/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \\\n'
        '    PATH="/one:/two:${PATH}"'
    )


def test_small_instructions() -> None:
    steps = (
        Workdir(path="/w"),
        User(name="u"),
        Entrypoint(argv=("a b", '"')),
        Cmd(argv=("sh",)),
    )
    assert body(*steps) == 'WORKDIR /w\nUSER u\nENTRYPOINT ["a b","\\""]\nCMD ["sh"]'


def test_copies_are_linked_where_that_is_possible() -> None:
    step = Copy(stage="two", source="/a", target="/b")
    assert "COPY --link --from=two /a /b\n" in rendered(step).text
    assert "COPY --from=two /a /b\n" in rendered(step, dialect=BUILDAH).text


def test_written_files_are_named_by_their_content() -> None:
    one, two = Write(path="/x/file", text="one"), Write(path="/y/file", text="two")
    found = rendered(one, two)
    assert sorted(found.files.values()) == ["one", "two"]
    for name, text in found.files.items():
        assert name.endswith("/file")
        assert f"COPY {name} /{'x' if text == 'one' else 'y'}/file\n" in found.text
    # Equal content is one file, wherever it goes.
    assert len(rendered(one, Write(path="/z/file", text="one")).files) == 1


def test_mounts() -> None:
    mounts = (
        CacheMount(id="uv", target="/cache"),
        CacheMount(id="apt", target="/var/cache/apt", locked=True),
        StageMount(stage="two", source="/a", target="/b"),
    )
    text = rendered(Run(title="t", script="true", mounts=mounts, tags=(Tag.NETWORK,))).text
    assert "--mount=type=cache,id=uv,target=/cache,sharing=shared \\\n" in text
    assert "--mount=type=cache,id=apt,target=/var/cache/apt,sharing=locked \\\n" in text
    assert "--mount=type=bind,from=two,source=/a,target=/b \\\n" in text


def test_the_digest_is_of_the_text() -> None:
    first, second = rendered(User(name="a")), rendered(User(name="b"))
    assert len(first.sha256) == 64
    assert first.sha256 != second.sha256
