"""FFmpeg's libraries, for decoding media: LGPL parts only, no programs, no encoders."""

from __future__ import annotations

from msgspec import structs

from dockwright.catalog import choices
from dockwright.catalog.build_tools import SOURCE_PACKAGE, source_package
from dockwright.catalog.checks import absent, files, loader, prints, resolves
from dockwright.catalog.parameters.native import FFMPEG_VERSION
from dockwright.catalog.pins import archive
from dockwright.catalog.scripts import script
from dockwright.model.check import Check
from dockwright.model.plan import BuildKind
from dockwright.model.recipe import Component, Context, On, Provider, Runtime
from dockwright.model.source import Sourced
from dockwright.model.values import Family

FFMPEG_PROVIDER = choices.provider("ffmpeg", ("source", "distro"), default="source")
FFMPEG_PACKAGE_VERSION = choices.package_version("ffmpeg")
PREFIX = "/usr/local/ffmpeg"
SOURCES = "/usr/local/src/ffmpeg"

FLAGS = (
    "--disable-gpl",
    "--disable-nonfree",
    "--disable-programs",
    "--disable-doc",
    "--disable-static",
    "--disable-x86asm",
    "--disable-postproc",
    "--disable-network",
    "--disable-encoders",
    "--disable-muxers",
    "--disable-bsfs",
    "--disable-devices",
    "--disable-libdrm",
    "--enable-shared",
)
BUILD_PACKAGES = {
    Family.DNF: ("diffutils", "make", "pkg-config", "xz"),
    Family.APT: ("make", "pkg-config", "xz-utils"),
}
LIBRARIES = ("avcodec", "avdevice", "avfilter", "avformat", "avutil", "swresample", "swscale")


def checks(context: Context) -> tuple[Check, ...]:
    """A small file is decoded through the libraries; they resolve, and their sources are there."""
    return (
        prints(
            "ffmpeg",
            "/usr/bin/python3",
            f"{PREFIX}/share/dockwright/decode.py",
            expect="decoded 3 frames of 64x48",
            name="decodes a small file",
            env={"PREFIX": PREFIX},
        ),
        resolves("ffmpeg", f"{PREFIX}/lib"),
        files(
            "ffmpeg",
            "libraries with their SONAME links, headers, build files and sources are there",
            *(f"{PREFIX}/lib/lib{name}.so.[0-9]*" for name in LIBRARIES),
            *(f"{PREFIX}/lib/pkgconfig/lib{name}.pc" for name in LIBRARIES),
            f"{PREFIX}/include/libavcodec/avcodec.h",
            f"{SOURCES}/*.tar.xz",
            f"{SOURCES}/configure-flags",
            links_below=(f"{PREFIX}/lib",),
        ),
        loader("ffmpeg", "libavcodec.so", f"{PREFIX}/lib"),
        absent(
            "ffmpeg", "no programs, no static libraries", f"{PREFIX}/bin/*", f"{PREFIX}/lib/*.a"
        ),
    )


def _env(context: Context) -> dict[str, str]:
    return {
        "DECODE": script(__file__, "decode.py"),
        "FLAGS": " ".join(FLAGS),
        "PREFIX": PREFIX,
        "SOURCES": SOURCES,
    }


COMPONENT = Component(
    name="ffmpeg",
    summary="libraries that decode media",
    licence="LGPL-2.1-or-later",
    homepage="https://ffmpeg.org",
    provider=FFMPEG_PROVIDER,
    providers={
        "source": Provider(
            summary="upstream's release archive",
            script=script(__file__, "source.sh"),
            packages=BUILD_PACKAGES,
            env=lambda context: {**_env(context), "ARCHIVES": "/src/ffmpeg/archives", "TREE": ""},
            sources=lambda context: (
                Sourced(
                    # The archive itself is shipped beside the libraries: the licence wants it.
                    source=structs.replace(
                        archive("ffmpeg", context, FFMPEG_VERSION), unpack=False
                    ),
                    target="/src/ffmpeg/archives",
                ),
            ),
            on=On.TOOLCHAIN,
            build=BuildKind.CONFIGURE,
        ),
        "distro": Provider(
            summary="the distribution's source package, compiled with our flags",
            script=script(__file__, "source.sh"),
            prepare=SOURCE_PACKAGE,
            packages=BUILD_PACKAGES,
            env=lambda context: {
                **_env(context),
                **source_package(context, "ffmpeg", "ffmpeg", FFMPEG_PACKAGE_VERSION, ("source",)),
            },
            on=On.TOOLCHAIN,
            build=BuildKind.CONFIGURE,
        ),
    },
    outputs=(PREFIX, SOURCES),
    runtime=Runtime(libraries=lambda _: (f"{PREFIX}/lib",)),
    checks=checks,
)
