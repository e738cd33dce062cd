"""The wheel ai-dynamo-runtime: Dynamo's Rust core. The media switches choose its features."""

from __future__ import annotations

from dockwright.catalog.build_tools import WHEELHOUSE, rust_env, rust_wheel
from dockwright.catalog.checks import files
from dockwright.catalog.components import ffmpeg, nixl
from dockwright.catalog.parameters.features import ENABLE_MEDIA_FFMPEG, ENABLE_MEDIA_NIXL
from dockwright.model.check import Check
from dockwright.model.recipe import Component, Context

FOLDER = f"{WHEELHOUSE}/ai-dynamo-runtime"


def _wheel(context: Context) -> str:
    return f"ai_dynamo_runtime-*-abi3-*_{context.arch.alt}.whl"


def features(context: Context) -> tuple[str, ...]:
    """Cargo features. FFmpeg's includes NIXL's."""
    with_nixl, with_ffmpeg = context.params[ENABLE_MEDIA_NIXL], context.params[ENABLE_MEDIA_FFMPEG]
    if with_ffmpeg:
        return ("media-ffmpeg",)
    return ("dynamo-llm/media-nixl",) if with_nixl else ()


def media(context: Context) -> tuple[str, ...]:
    """What the features link."""
    ffmpeg_ = ("ffmpeg",) if context.params[ENABLE_MEDIA_FFMPEG] else ()
    return ("nixl", "ucx", *ffmpeg_) if features(context) else ()


def _env(context: Context) -> dict[str, str]:
    found = {
        **rust_env(context),
        "CRATE": "/src/dynamo/lib/bindings/python",
        "EXCLUDE": "",
        "FEATURES": ",".join(features(context)),
    }
    if features(context):
        found |= nixl_env(context)
        # One copy for each process: the image's, not one grafted into the wheel.
        found["EXCLUDE"] = "lib*.so*"
    if context.params[ENABLE_MEDIA_FFMPEG]:
        found["PKG_CONFIG_PATH"] = f"{ffmpeg.PREFIX}/lib/pkgconfig"
        found["LIBRARIES"] += f":{ffmpeg.PREFIX}/lib"
    return found


def nixl_env(context: Context) -> dict[str, str]:
    """What the crate nixl-sys reads. Without NIXL it would make a stub that aborts when called."""
    return {
        "LIBRARIES": f"{nixl.libraries(context)}:/usr/local/ucx/lib",
        "NIXL_NO_STUBS_FALLBACK": "1",
        "NIXL_PREFIX": nixl.PREFIX,
    }


def checks(context: Context) -> tuple[Check, ...]:
    """The wheel is there; the component dynamo imports it."""
    return (files("dynamo_runtime", "the wheel is there", f"{FOLDER}/{_wheel(context)}"),)


COMPONENT = Component(
    name="dynamo_runtime",
    summary="Dynamo's Rust core for Python",
    licence="Apache-2.0",
    homepage="https://github.com/ai-dynamo/dynamo",
    providers={
        "source": rust_wheel(folder=FOLDER, wheel=_wheel, env=_env, needs_if=media),
    },
    outputs=(FOLDER,),
    checks=checks,
)
